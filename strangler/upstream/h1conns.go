package upstream

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/ficus-dev/ficus/strangler/socket"
)

// Bounds of idle connections.
const (
	maxIdleConns      = 1024
	idleTimeout       = 60 * time.Second
	maxResponseHeader = 1 << 20
)

// h1Conn is one connection.
type h1Conn struct {
	*socket.Conn
	in       *bufio.Reader // of the conn itself, within left
	out      *bufio.Writer
	left     int64 // what may still be read
	reused   bool
	answered bool // something of the answer to the present request was read
	given    bool // the header of the answer is the client's own map
	since    time.Time
	readBy   time.Time // deadlines that are set; zero for none
	writeBy  time.Time
	late     bool // a read or write has met its deadline
	begun    bool // a part of the present request was written
	asking   bool // what is written is a whole request: an answer comes next
	wait          // in the present exchange
	retired  int  // h1Conns.retired when it was made
}

var errHeaderTooLarge = errors.New("response header is larger than 1 MB")

// Read reads from the connection, within the bound.
func (c *h1Conn) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errHeaderTooLarge
	}
	if int64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.Conn.Read(p)
	c.left -= int64(n)
	c.note(err)
	return n, err
}

// Write writes to the connection. Where an answer comes next, it waits for that as well: to
// read before there is anything would be a system call for nothing.
func (c *h1Conn) Write(p []byte) (n int, err error) {
	if c.asking {
		n = c.Ask(p)
	}
	if n < len(p) {
		var more int
		more, err = c.Conn.Write(p[n:])
		n += more
	}
	c.begun = true
	c.note(err)
	return n, err
}

func (c *h1Conn) note(err error) {
	if err != nil && errors.Is(err, os.ErrDeadlineExceeded) {
		c.late = true
	}
}

// h1Conns are the connections to one address. What is idle is kept in a stack: the
// last used is used next, so that those that are not needed grow old.
type h1Conns struct {
	address string
	dialer  net.Dialer

	mu      sync.Mutex
	idle    []*h1Conn // the oldest first
	retired int       // how often all were retired
}

func newH1Conns(address string) *h1Conns {
	return &h1Conns{address: address, dialer: net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}}
}

// justUsed is for how long a connection needs no look before it carries a request that may
// be sent again: http.Transport too needs a moment to notice that it was closed.
const justUsed = time.Millisecond

// take is an idle connection that is still open, nil when there is none. Only for a
// request that may be sent again is a connection just used taken without a look.
func (p *h1Conns) take(now time.Time, again bool) *h1Conn {
	for {
		conn := p.pop()
		if conn == nil {
			return nil
		}
		idle := now.Sub(conn.since)
		if idle < justUsed && again || idle < idleTimeout && conn.Silent() {
			conn.reused, conn.answered = true, false
			return conn
		}
		conn.Close()
	}
}

// dial makes a connection.
func (p *h1Conns) dial(ctx context.Context) (*h1Conn, error) {
	p.mu.Lock()
	retired := p.retired
	p.mu.Unlock()
	raw, err := p.dialer.DialContext(ctx, "tcp", p.address)
	if err != nil {
		return nil, err
	}
	conn := &h1Conn{Conn: socket.New(raw), retired: retired}
	conn.in, conn.out = bufio.NewReader(conn), bufio.NewWriter(conn)
	return conn, nil
}

func (p *h1Conns) pop() *h1Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle) - 1
	if n < 0 {
		return nil
	}
	conn := p.idle[n]
	p.idle[n] = nil
	p.idle = p.idle[:n]
	return conn
}

// put keeps a connection that carries nothing.
func (p *h1Conns) put(conn *h1Conn) {
	conn.since = time.Now()
	p.mu.Lock()
	full := len(p.idle) >= maxIdleConns || conn.retired != p.retired
	if !full {
		p.idle = append(p.idle, conn)
	}
	p.mu.Unlock()
	if full {
		conn.Close()
	}
}

// prune closes connections that have been idle for long.
func (p *h1Conns) prune(now time.Time) {
	p.mu.Lock()
	old := 0
	for old < len(p.idle) && now.Sub(p.idle[old].since) >= idleTimeout {
		old++
	}
	closing := append([]*h1Conn{}, p.idle[:old]...)
	p.idle = append(p.idle[:0], p.idle[old:]...)
	p.mu.Unlock()
	for _, conn := range closing {
		conn.Close()
	}
}

// retire closes what is idle now, and what is in use when it would be idle.
func (p *h1Conns) retire() {
	p.mu.Lock()
	p.retired++
	p.mu.Unlock()
	p.closeAll()
}

func (p *h1Conns) closeAll() { p.prune(time.Now().Add(2 * idleTimeout)) }
