package admin

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ficus-dev/ficus/strangler/rollout"
)

// Client talks to the admin listener of a running proxy.
type Client struct {
	// URL of the listener, e.g. http://127.0.0.1:8081.
	URL string
	// Name of the listener in errors; URL when "".
	Name string
	// Token to show, when the listener asks for one.
	Token string
	// HTTP is a client with a timeout of ten seconds when nil.
	HTTP *http.Client
}

// ErrUnreachable: nothing answers at the client's URL.
var ErrUnreachable = errors.New("no proxy answers")

// APIError is a refusal by the admin listener.
type APIError struct {
	Status  int
	Message string
}

func (e *APIError) Error() string { return e.Message }

// Status of every route.
func (c *Client) Status(ctx context.Context) (StatusReply, error) {
	var out StatusReply
	err := c.do(ctx, http.MethodGet, "/api/v1/status", nil, &out)
	return out, err
}

// History is every decision, oldest first.
func (c *Client) History(ctx context.Context) ([]rollout.Record, error) {
	var out HistoryReply
	err := c.do(ctx, http.MethodGet, "/api/v1/history", nil, &out)
	return out.Records, err
}

// Evidence of a route.
func (c *Client) Evidence(ctx context.Context, name string) (rollout.Evidence, error) {
	var out rollout.Evidence
	err := c.do(ctx, http.MethodGet, "/api/v1/evidence/"+url.PathEscape(name), nil, &out)
	return out, err
}

// Operate sends a command: share, pause, resume, advance or rollback.
func (c *Client) Operate(ctx context.Context, name, verb string, cmd Command) (StatusReply, error) {
	var out StatusReply
	err := c.do(ctx, http.MethodPost, "/api/v1/routes/"+url.PathEscape(name)+"/"+verb, cmd, &out)
	return out, err
}

func (c *Client) name() string { return cmp.Or(c.Name, c.URL) }

func (c *Client) do(ctx context.Context, method, path string, in, out any) error {
	req, err := c.request(ctx, method, path, in)
	if err != nil {
		return err
	}
	client := c.HTTP
	if client == nil {
		client = &http.Client{Timeout: 10 * time.Second}
	}
	resp, err := client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w at %s (%w)", ErrUnreachable, c.name(), cause(err))
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.name(), err)
	}
	if resp.StatusCode != http.StatusOK {
		return apiError(c.name(), resp, data)
	}
	if err := json.Unmarshal(data, out); err != nil {
		return fmt.Errorf("read the answer of %s: is it the admin listener of a ficus proxy? %w", c.name(), err)
	}
	return nil
}

func (c *Client) request(ctx context.Context, method, path string, in any) (*http.Request, error) {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return nil, fmt.Errorf("write the request: %w", err)
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.URL, "/")+path, body)
	if err != nil {
		return nil, fmt.Errorf("admin address %q is no URL: %w", c.URL, err)
	}
	req.Header.Set("Content-Type", "application/json")
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	return req, nil
}

func apiError(name string, resp *http.Response, data []byte) error {
	var e ErrorReply
	switch err := json.Unmarshal(data, &e); {
	case bytes.Contains(data, []byte("HTTP request to an HTTPS server")): // net/http's words
		return fmt.Errorf("%s speaks TLS: write its address with https://", name)
	case err != nil || e.Error == "":
		return fmt.Errorf("%s answered %s: is it the admin listener of a ficus proxy?", name, resp.Status)
	}
	return &APIError{Status: resp.StatusCode, Message: e.Error}
}

// cause drops method and URL from a client error: the caller names them.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
