package webhooks

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	batchSize   = 20
	maxAttempts = 5
	firstRetry  = 30 * time.Second
)

// Sign returns the signature that partners check: the hex HMAC-SHA256 of the body.
func Sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// Deliver sends what is due and returns how many deliveries succeeded.
func (s *Service) Deliver(ctx context.Context) (int, error) {
	due, err := s.dueDeliveries(ctx, s.clock.Now(), batchSize)
	if err != nil {
		return 0, fmt.Errorf("load due deliveries: %w", err)
	}
	sent := 0
	for _, d := range due {
		if ctx.Err() != nil {
			return sent, ctx.Err()
		}
		sendErr := s.send(ctx, d)
		if sendErr == nil {
			sent++
		}
		if err := s.finish(ctx, d, sendErr); err != nil {
			return sent, fmt.Errorf("record delivery %d: %w", d.id, err)
		}
	}
	return sent, nil
}

func (s *Service) send(ctx context.Context, d dueDelivery) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.url, bytes.NewReader(d.body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Shop-Topic", d.topic)
	req.Header.Set("X-Shop-Signature", Sign(d.secret, d.body))
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if resp.StatusCode >= 300 {
		return fmt.Errorf("partner answered %s", resp.Status)
	}
	return nil
}

// finish records the outcome: the pause doubles after each failed attempt, and
// after the last one the contact of the partner is told.
func (s *Service) finish(ctx context.Context, d dueDelivery, sendErr error) error {
	now := s.clock.Now()
	if sendErr == nil {
		return s.markDelivered(ctx, d.id, now)
	}
	s.log.WarnContext(ctx, "webhook failed", "delivery", d.id, "attempt", d.attempts+1, "error", sendErr)
	if d.attempts+1 < maxAttempts {
		return s.markRetry(ctx, d.id, sendErr.Error(), now.Add(firstRetry<<d.attempts))
	}
	return s.markFailed(ctx, d, sendErr.Error(), now)
}

// Run delivers at each interval until ctx is done.
func (s *Service) Run(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if _, err := s.Deliver(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "background job failed", "error", err)
		}
	}
}
