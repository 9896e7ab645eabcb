package strangler

import (
	"errors"
	"net"
	"sync/atomic"
	"time"

	"github.com/pires/go-proxyproto"

	"github.com/ficus-dev/ficus/strangler/socket"
)

// extendings is how often a connection's deadline is moved within its bound, so that
// each write has at least the bound less a sixth.
const extendings = 6

// front accepts connections that bound every write. The server could bound whole
// answers only, or each request anew at a cost; a connection's deadline is moved every
// few seconds.
type front struct {
	net.Listener
	open  *inflight
	bound time.Duration  // of a write
	bare  func(net.Addr) // told of a balancer's connection without a PROXY header
	lot   *parked        // takes connections that wait; nil: none
}

// behindBalancers reads the PROXY protocol header of connections from the sources that
// the configuration in force names. It is read when the connection is first used, not
// while others wait to be accepted.
func (p *Proxy) behindBalancers(ln net.Listener) net.Listener {
	return &proxyproto.Listener{Listener: ln, ReadHeaderTimeout: p.options.HeaderTimeout,
		ConnPolicy: func(o proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) {
			announce := p.plan.Load().announce
			if tcp, ok := o.Upstream.(*net.TCPAddr); ok && len(announce) > 0 && within(announce, tcp.AddrPort().Addr().Unmap()) {
				return proxyproto.REQUIRE, nil
			}
			return proxyproto.SKIP, nil
		}}
}

// Accept wraps the next connection.
func (f front) Accept() (net.Conn, error) {
	conn, err := f.Listener.Accept()
	if err != nil {
		return nil, err
	}
	f.open.enter()
	c := &frontConn{Conn: conn, reading: reading{conn: conn}, lot: f.lot, open: f.open, bound: f.bound, bare: f.bare}
	if plain, ok := conn.(*socket.Conn); ok && f.lot != nil && plain.CanAwait() { // a PROXY header's reader has a buffer
		c.parks = f.lot.after
	}
	return c, nil
}

type frontConn struct {
	net.Conn
	reading
	lot      *parked   // where it is parked
	open     *inflight // nil: not counted
	bound    time.Duration
	bare     func(net.Addr) // nil: nobody is told
	closed   atomic.Bool
	until    atomic.Int64 // deadline of writes, in ns since 1970; 0 when none is set
	explicit atomic.Bool  // the server has set one of its own
}

// Read reads within the deadline, and tells of a connection that is closed for want of a PROXY header.
func (c *frontConn) Read(p []byte) (int, error) {
	n, err := c.reading.Read(p)
	if err != nil && c.bare != nil && errors.Is(err, proxyproto.ErrNoProxyProtocol) {
		c.bare(c.RemoteAddr())
	}
	return n, err
}

// bareEvery is how often the log says that PROXY headers are missing.
const bareEvery = time.Minute

// noHeader warns of a connection without a PROXY header, not of each.
func (p *Proxy) noHeader(from net.Addr) {
	now, last := time.Now().UnixNano(), p.warnedBare.Load()
	if now-last < int64(bareEvery) || !p.warnedBare.CompareAndSwap(last, now) {
		return
	}
	p.log.Warn("closed a connection without a PROXY header: its source is listed in proxy_protocol", "from", from.String())
}

// Write writes within the bound.
func (c *frontConn) Write(p []byte) (int, error) {
	if !c.explicit.Load() {
		c.extend()
	}
	return c.Conn.Write(p)
}

func (c *frontConn) extend() {
	now := time.Now()
	if c.until.Load()-now.UnixNano() >= int64(c.bound-c.bound/extendings) {
		return
	}
	deadline := now.Add(c.bound)
	c.until.Store(deadline.UnixNano())
	_ = c.Conn.SetWriteDeadline(deadline) // a closed connection says so when it is written to
}

// Close closes the connection, unless it is to be parked.
func (c *frontConn) Close() error {
	if c.park() {
		return nil
	}
	if c.open != nil && !c.closed.Swap(true) {
		c.open.leave()
	}
	err := c.Conn.Close()
	c.Watch() // a read that waits meets the end
	return err
}

// SetReadDeadline moves the deadline of reads.
func (c *frontConn) SetReadDeadline(t time.Time) error { return c.reading.SetReadDeadline(t) }

// SetWriteDeadline takes the place of the bound, until it is set to none. net/http sets none
// after each request: the bound stays as it is then.
func (c *frontConn) SetWriteDeadline(t time.Time) error {
	if before := c.explicit.Swap(!t.IsZero()); !before && t.IsZero() {
		return nil
	}
	c.until.Store(0)
	return c.Conn.SetWriteDeadline(t)
}

// SetDeadline sets both deadlines.
func (c *frontConn) SetDeadline(t time.Time) error {
	return errors.Join(c.reading.SetReadDeadline(t), c.SetWriteDeadline(t))
}
