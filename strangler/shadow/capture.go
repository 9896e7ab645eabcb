package shadow

import (
	"errors"
	"io"
)

// Capture keeps what a client reads from a body, up to a limit, without delaying
// or changing it.
type Capture struct {
	io.ReadCloser
	limit int
	kept  []byte
	large bool
	ended bool
}

// NewCapture keeps at most limit bytes of what is read from body.
func NewCapture(body io.ReadCloser, limit int) *Capture {
	return &Capture{ReadCloser: body, limit: limit}
}

// Read passes the read on and keeps a copy.
func (c *Capture) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	switch {
	case c.large:
	case len(c.kept)+n > c.limit:
		c.large, c.kept = true, nil
	default:
		c.kept = append(c.kept, p[:n]...)
	}
	c.ended = c.ended || errors.Is(err, io.EOF)
	return n, err
}

// Body is what was kept; the reason is not empty when it is not the whole.
func (c *Capture) Body() ([]byte, Reason) {
	switch {
	case c.large:
		return nil, TooLarge
	case !c.ended:
		return nil, Incomplete
	}
	return c.kept, ""
}
