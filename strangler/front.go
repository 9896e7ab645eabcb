package strangler

import (
	"net"
	"sync/atomic"
	"time"
)

// Bounds of a client that does not read its answer: each write has at least
// writeTimeout less extendEvery.
const (
	writeTimeout = 60 * time.Second
	extendEvery  = 10 * time.Second
)

// front accepts connections that bound every write. The server could bound whole
// answers only, or each request anew at a cost; a connection's deadline is moved every
// few seconds.
type front struct{ net.Listener }

// Accept wraps the next connection.
func (f front) Accept() (net.Conn, error) {
	conn, err := f.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &frontConn{Conn: conn}, nil
}

type frontConn struct {
	net.Conn
	until    atomic.Int64 // deadline of writes, in ns since 1970; 0 when none is set
	explicit atomic.Bool  // the server has set one of its own
}

// Write writes within writeTimeout.
func (c *frontConn) Write(p []byte) (int, error) {
	if !c.explicit.Load() {
		c.extend()
	}
	return c.Conn.Write(p)
}

func (c *frontConn) extend() {
	now := time.Now()
	if c.until.Load()-now.UnixNano() >= int64(writeTimeout-extendEvery) {
		return
	}
	deadline := now.Add(writeTimeout)
	c.until.Store(deadline.UnixNano())
	_ = c.Conn.SetWriteDeadline(deadline) // a closed connection says so when it is written to
}

// SetWriteDeadline takes the place of the bound, until it is set to none.
func (c *frontConn) SetWriteDeadline(t time.Time) error {
	c.explicit.Store(!t.IsZero())
	c.until.Store(0)
	return c.Conn.SetWriteDeadline(t)
}

// SetDeadline sets both deadlines.
func (c *frontConn) SetDeadline(t time.Time) error {
	c.explicit.Store(!t.IsZero())
	c.until.Store(0)
	return c.Conn.SetDeadline(t)
}
