// Package payments authorizes, captures and refunds payments.
package payments

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/shop/internal/clock"
	"example.com/shop/internal/events"
	"example.com/shop/internal/models"
	"example.com/shop/internal/storage"
)

// Errors of this package, see also ErrDeclined.
var (
	ErrNotFound        = errors.New("payment not found")
	ErrUnknownProvider = errors.New("unknown payment method")
	ErrWrongStatus     = errors.New("payment is in the wrong status")
	ErrTooMuch         = errors.New("more than what was paid")
)

// Service handles payments.
type Service struct {
	db        *storage.DB
	bus       *events.Bus
	clock     clock.Clock
	log       *slog.Logger
	providers map[string]Provider
	retries   int
}

// Option configures a Service.
type Option func(*Service)

// WithProvider adds a provider.
func WithProvider(p Provider) Option {
	return func(s *Service) { s.providers[p.Name()] = p }
}

// WithRetries sets how often an unavailable provider is asked again.
func WithRetries(n int) Option {
	return func(s *Service) { s.retries = n }
}

// New returns a payment service. Without WithProvider it accepts nothing.
func New(db *storage.DB, bus *events.Bus, clk clock.Clock, log *slog.Logger, opts ...Option) *Service {
	s := &Service{db: db, bus: bus, clock: clk, log: log.With("domain", "payments"), providers: map[string]Provider{}}
	for _, opt := range opts {
		opt(s)
	}
	return s
}

func (s *Service) provider(name string) (Provider, error) {
	p, ok := s.providers[name]
	if !ok {
		return nil, fmt.Errorf("%q: %w", name, ErrUnknownProvider)
	}
	return p, nil
}

// Authorize asks the provider for the money. An unavailable provider is asked
// again at once, up to the configured number of retries.
func (s *Service) Authorize(ctx context.Context, method, token string, amount models.Money) (*Authorization, error) {
	p, err := s.provider(method)
	if err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		auth, err := p.Authorize(ctx, token, amount)
		if err == nil {
			return auth, nil
		}
		if !errors.Is(err, ErrUnavailable) || try >= s.retries {
			return nil, fmt.Errorf("authorize %s: %w", amount, err)
		}
		s.log.WarnContext(ctx, "payment provider unavailable, retry", "provider", method, "try", try+1)
	}
}

// RecordTx stores an authorization as the payment of an order, in the
// transaction of the checkout.
func (s *Service) RecordTx(ctx context.Context, tx *sql.Tx, orderID int64, auth *Authorization) (models.Payment, error) {
	now := s.clock.Now()
	if !auth.ValidAt(now) {
		return models.Payment{}, fmt.Errorf("record payment of order %d: authorization has expired: %w", orderID, ErrWrongStatus)
	}
	p := models.Payment{
		OrderID: orderID, Provider: auth.Provider(), Reference: auth.Reference(), Status: models.PaymentAuthorized,
		Amount: auth.Amount(), AuthorizedAt: now, UpdatedAt: now,
	}
	if err := s.insertPayment(ctx, tx, &p); err != nil {
		return models.Payment{}, fmt.Errorf("record payment of order %d: %w", orderID, err)
	}
	return p, nil
}

// VoidTx drops the open authorizations of an order, in the transaction of its
// cancellation. Captured payments have to be refunded.
func (s *Service) VoidTx(ctx context.Context, tx *sql.Tx, orderID int64) error {
	_, err := tx.ExecContext(ctx, `UPDATE payments SET status = 'voided', updated_at = ? WHERE order_id = ? AND status = 'authorized'`,
		s.clock.Now(), orderID)
	if err != nil {
		return fmt.Errorf("void payments of order %d: %w", orderID, err)
	}
	return nil
}

// Payment returns one payment.
func (s *Service) Payment(ctx context.Context, id int64) (models.Payment, error) {
	p, err := s.paymentWhere(ctx, `id = ?`, id)
	if err != nil {
		return models.Payment{}, fmt.Errorf("payment %d: %w", id, err)
	}
	return p, nil
}

// ForOrder returns the payments of an order, nil if there are none.
func (s *Service) ForOrder(ctx context.Context, orderID int64) ([]models.Payment, error) {
	payments, err := s.paymentsOf(ctx, orderID)
	if err != nil {
		return nil, fmt.Errorf("list payments of order %d: %w", orderID, err)
	}
	if len(payments) == 0 {
		return nil, nil
	}
	return payments, nil
}

// Capture takes an authorized payment and marks its order as paid.
func (s *Service) Capture(ctx context.Context, id int64) (models.Payment, error) {
	p, err := s.Payment(ctx, id)
	if err != nil {
		return models.Payment{}, err
	}
	return s.capture(ctx, p)
}

// ConfirmTransfer captures the bank transfer with the given reference, if the
// amount that arrived is the right one.
func (s *Service) ConfirmTransfer(ctx context.Context, reference string, amount models.Money) (models.Payment, error) {
	p, err := s.paymentWhere(ctx, `provider = 'bank_transfer' AND reference = ?`, reference)
	if err != nil {
		return models.Payment{}, fmt.Errorf("transfer %q: %w", reference, err)
	}
	if p.Amount != amount {
		return models.Payment{}, fmt.Errorf("transfer %q: got %s, want %s: %w", reference, amount, p.Amount, ErrWrongStatus)
	}
	return s.capture(ctx, p)
}

func (s *Service) capture(ctx context.Context, p models.Payment) (models.Payment, error) {
	if p.Status != models.PaymentAuthorized {
		return models.Payment{}, fmt.Errorf("capture payment %d, which is %s: %w", p.ID, p.Status, ErrWrongStatus)
	}
	provider, err := s.provider(p.Provider)
	if err != nil {
		return models.Payment{}, err
	}
	if err := provider.Capture(ctx, p.Reference, p.Amount); err != nil {
		return models.Payment{}, fmt.Errorf("capture payment %d: %w", p.ID, err)
	}
	now := s.clock.Now()
	err = s.db.InTx(ctx, func(tx *sql.Tx) error { return s.markCaptured(ctx, tx, p, now) })
	if err != nil {
		return models.Payment{}, fmt.Errorf("capture payment %d: %w", p.ID, err)
	}
	p.Status, p.CapturedAt, p.UpdatedAt = models.PaymentCaptured, &now, now
	s.bus.Publish(ctx, models.TopicPaymentCaptured, models.PaymentEvent{PaymentID: p.ID, OrderID: p.OrderID, Amount: p.Amount})
	return p, nil
}

func (s *Service) markCaptured(ctx context.Context, tx *sql.Tx, p models.Payment, now time.Time) error {
	res, err := tx.ExecContext(ctx, `UPDATE payments SET status = 'captured', captured_at = ?, updated_at = ?
		WHERE id = ? AND status = 'authorized'`, now, now, p.ID)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrWrongStatus)
	}
	_, err = tx.ExecContext(ctx, `UPDATE orders SET status = 'paid', updated_at = ? WHERE id = ? AND status = 'pending'`, now, p.OrderID)
	return err
}

// Refund gives back a part of a captured payment, or what is left of it if
// amount is zero.
func (s *Service) Refund(ctx context.Context, id int64, amount models.Money, reason string) (models.Refund, error) {
	p, err := s.Payment(ctx, id)
	if err != nil {
		return models.Refund{}, err
	}
	if p.Status != models.PaymentCaptured {
		return models.Refund{}, fmt.Errorf("refund payment %d, which is %s: %w", id, p.Status, ErrWrongStatus)
	}
	refunded, err := s.refundedAmount(ctx, id)
	if err != nil {
		return models.Refund{}, fmt.Errorf("refund payment %d: %w", id, err)
	}
	left := models.Money{Amount: p.Amount.Amount - refunded, Currency: p.Amount.Currency}
	if amount.IsZero() {
		amount = left
	}
	if amount.Currency != left.Currency || amount.Amount > left.Amount {
		return models.Refund{}, fmt.Errorf("refund %s of %s: %w", amount, left, ErrTooMuch)
	}
	provider, err := s.provider(p.Provider)
	if err != nil {
		return models.Refund{}, err
	}
	reference, err := provider.Refund(ctx, p.Reference, amount)
	if err != nil {
		return models.Refund{}, fmt.Errorf("refund payment %d: %w", id, err)
	}
	r := models.Refund{PaymentID: id, Amount: amount, Reason: reason, Reference: reference, CreatedAt: s.clock.Now()}
	if err := s.saveRefund(ctx, &r, amount == left); err != nil {
		return models.Refund{}, fmt.Errorf("refund payment %d: %w", id, err)
	}
	s.bus.Publish(ctx, models.TopicPaymentRefunded, models.PaymentEvent{PaymentID: id, OrderID: p.OrderID, Amount: amount})
	return r, nil
}
