package strangler

import (
	"errors"
	"math/bits"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/ficus-dev/ficus/strangler/socket"
)

// parkAfter is how long a connection waits for its next request before it is parked: at
// least about this, at most twice as long. To park one and to take it up again costs a
// quarter of what a request does.
const parkAfter = 250 * time.Millisecond

// slots is how many times in parkAfter connections are parked, those together whose time has
// come: to wake up for each costs more than to park it.
const slots = 16

// parked holds connections of HTTP/1 that wait for their next request. To net/http each is a
// goroutine with 8 KB of stack and 8 KB of buffers; here it is one with 2 KB and without
// buffers. net/http is told that the connection has ended, and gets it as a new one when
// there is something to read: parked is the listener that it comes from.
type parked struct {
	address net.Addr
	after   time.Duration // as parkAfter
	back    chan net.Conn
	over    chan struct{}
	holds   sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	waiting map[*frontConn]struct{}
}

func newParked(address net.Addr, after time.Duration) *parked {
	return &parked{address: address, after: after, back: make(chan net.Conn), over: make(chan struct{}), waiting: map[*frontConn]struct{}{}}
}

// Accept returns a connection that has something to read.
func (l *parked) Accept() (net.Conn, error) {
	select {
	case conn := <-l.back:
		return conn, nil
	case <-l.over:
		return nil, net.ErrClosed
	}
}

// Addr is that of the listener that the connections came from.
func (l *parked) Addr() net.Addr { return l.address }

// Close ends the connections that wait, as net/http does with idle ones.
func (l *parked) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil
	}
	l.closed = true
	close(l.over)
	for c := range l.waiting {
		_ = c.Close()
	}
	return nil
}

// hold takes a connection whose reading wants to park until its deadline; it reports
// whether it did.
func (l *parked) hold(conn *socket.Conn, c *frontConn, until time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || conn.SetReadDeadline(until) != nil {
		return false
	}
	l.waiting[c] = struct{}{}
	l.holds.Go(func() { l.await(conn, c) })
	return true
}

// await hands the connection back when there is something to read. Its frames are few and
// small: they are what a connection that waits costs.
func (l *parked) await(conn *socket.Conn, c *frontConn) {
	err := conn.Await()
	l.mu.Lock()
	delete(l.waiting, c)
	l.mu.Unlock()
	if err == nil && conn.SetReadDeadline(time.Time{}) == nil {
		select {
		case l.back <- c:
			return
		case <-l.over:
		}
	}
	_ = c.Close()
}

// phase says how far net/http is with a connection between two requests. Only when it waits
// for the first byte of one does nothing get lost when it is told that there will be none.
type phase int

const (
	serving  phase = iota
	answered       // the answer was written; the deadline for the next request comes next
	idle           // that deadline is set, and nothing was read
)

// errParked ends the read of a connection that is to be parked.
var errParked = errors.New("parked until there is something to read")

// noteState is http.Server.ConnState.
func noteState(conn net.Conn, state http.ConnState) {
	if c, ok := conn.(*frontConn); ok && state == http.StateIdle { // with TLS it is wrapped
		c.noteAnswered()
	}
}

func (c *reading) noteAnswered() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phase = answered
}

// beginIdle is called before conn is read into a buffer of a size, and reports whether it may
// be parked when nothing comes before the deadline that it sets. net/http's buffer has a
// power of two of bytes; when there are one to three of the next request in it, what it
// reads into is that much shorter. c.mu is held.
func (c *reading) beginIdle(size int) bool {
	if c.parks == 0 || !c.http1 || c.phase != idle || bits.OnesCount(uint(size)) != 1 {
		return false
	}
	if soonest := time.Now().Add(c.parks); c.set.Before(soonest) || c.set.After(soonest.Add(c.parks)) {
		c.set = soonest.Add(c.parks).Truncate(c.parks / slots)
		_ = c.conn.SetReadDeadline(c.set) // a closed connection says so when it is read
	}
	return c.set.Before(c.want)
}

// noteDeadline is called when net/http sets a deadline. c.mu is held.
func (c *reading) noteDeadline(t time.Time) {
	if c.phase == answered && !t.IsZero() {
		c.phase = idle
	} else {
		c.phase = serving
	}
}

// park hands a connection over whose reading has ended with errParked; net/http closes it
// then. It reports whether it has been handed over, now or before.
func (c *frontConn) park() bool {
	c.mu.Lock()
	parks, gone, until := c.parked && !c.gone, c.gone, c.want
	c.gone = gone || parks
	c.mu.Unlock()
	conn, ok := c.Conn.(*socket.Conn)
	return gone || parks && ok && c.lot.hold(conn, c.again(), until)
}

// again is the same connection as if it had just been accepted.
func (c *frontConn) again() *frontConn {
	return &frontConn{Conn: c.Conn, reading: reading{conn: c.Conn, parks: c.lot.after}, lot: c.lot, open: c.open, bound: c.bound, bare: c.bare}
}
