package strangler

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// reading is the reading side of a client's connection. net/http moves its deadline seven
// times a request, and has a goroutine read on while the handler works, to notice that
// the client leaves; both cost system calls, or nearly as much. Here a deadline is set
// when a read would wait beyond it, and nobody reads on before somebody wants to know
// (Watch): most requests are answered before.
type reading struct {
	conn  net.Conn
	parks time.Duration // as parkAfter; 0: never

	mu      sync.Mutex
	want    time.Time // the deadline, zero for none
	set     time.Time // conn's own: never later than want while a read is under way
	busy    bool      // a read of conn is under way
	phase   phase     // between requests
	leaving bool      // the read under way ends with errParked when its deadline is over
	parked  bool      // it has
	gone    bool      // it was handed over
	http1   bool      // the proxy serves HTTP/1 here: a read of one byte is the server's, on the side
	watched bool      // it is read on the side
	waiting bool      // a read on the side waits for wake
	wake    chan struct{}
}

// connKey is for the *frontConn in the context of requests.
type connKey struct{}

// withConn is http.Server.ConnContext.
func withConn(ctx context.Context, conn net.Conn) context.Context {
	if front, ok := conn.(*frontConn); ok { // with TLS it is wrapped
		return context.WithValue(ctx, connKey{}, front)
	}
	return ctx
}

// serveHTTP1 is called when a request of HTTP/1 begins, after its header was read.
func (c *reading) serveHTTP1() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.http1, c.watched = true, false
}

// Watch lets the server notice from now on that the client leaves, which ends the
// context of the request.
func (c *reading) Watch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watched = true
	c.rouse()
}

// rouse ends the wait of a read on the side. c.mu is held.
func (c *reading) rouse() {
	if c.waiting {
		c.waiting = false
		c.wake <- struct{}{}
	}
}

// Read reads within the deadline.
func (c *reading) Read(p []byte) (int, error) {
	if len(p) == 1 && c.pause() {
		return 0, os.ErrDeadlineExceeded
	}
	c.begin(len(p))
	for {
		n, err := c.conn.Read(p)
		again, err := c.ended(n, err)
		if !again {
			return n, err
		}
	}
}

// wakes are for connections with a request: those without have no use for one.
var wakes = sync.Pool{New: func() any { return make(chan struct{}, 1) }}

// pause holds a read on the side until it is wanted, and reports whether its deadline was
// over first.
func (c *reading) pause() (over bool) {
	c.mu.Lock()
	if !c.http1 || c.watched || !c.want.IsZero() {
		c.mu.Unlock()
		return false
	}
	wake := wakes.Get().(chan struct{})
	c.wake, c.waiting = wake, true
	c.mu.Unlock()
	<-wake
	wakes.Put(wake)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wake = nil
	return !c.want.IsZero() && !c.want.After(time.Now())
}

// begin is called before conn is read into a buffer of a size.
func (c *reading) begin(size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = true
	if c.leaving = c.beginIdle(size); c.leaving {
		return
	}
	if !c.want.IsZero() && (c.set.IsZero() || c.set.After(c.want)) {
		c.apply()
	}
}

// ended is called after conn was read. When only a deadline of before ended the read, it
// begins again with the present one, unless the connection is to be parked.
func (c *reading) ended(n int, err error) (again bool, _ error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n > 0 {
		c.phase = serving
	}
	if n == 0 && err != nil && (c.want.IsZero() || c.set.Before(c.want)) && errors.Is(err, os.ErrDeadlineExceeded) {
		if c.leaving && c.phase == idle {
			c.parked, c.busy = true, false
			return false, errParked
		}
		if c.apply() == nil {
			return true, nil
		}
	}
	c.busy = false
	return false, err
}

func (c *reading) apply() error {
	c.set = c.want
	return c.conn.SetReadDeadline(c.want)
}

// SetReadDeadline moves the deadline; a read under way heeds it.
func (c *reading) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.want = t
	c.noteDeadline(t)
	if t.IsZero() {
		return nil
	}
	c.rouse()
	if c.busy && (c.set.IsZero() || t.Before(c.set)) {
		return c.apply()
	}
	return nil
}
