//go:build unix

package socket

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
)

func rawOf(conn net.Conn) syscall.RawConn {
	if sys, ok := conn.(syscall.Conn); ok {
		if raw, err := sys.SyscallConn(); err == nil {
			return raw
		}
	}
	return nil
}

// call is one read or write under way. Its functions are bound once, not for each.
type call struct {
	p   []byte
	n   int
	err error // of the last system call

	read, write, ask func(fd uintptr) (done bool)
	look             func(fd uintptr)
}

var calls = sync.Pool{New: func() any {
	c := &call{}
	c.read, c.write, c.ask, c.look = c.doRead, c.doWrite, c.doAsk, c.doLook
	return c
}}

func begin(p []byte) *call {
	c := calls.Get().(*call)
	c.p, c.n, c.err = p, 0, nil
	return c
}

func (c *call) end() {
	c.p = nil
	calls.Put(c)
}

// read is what Read does unseen.
func (c *Conn) read(p []byte) (int, error) {
	call := begin(p)
	defer call.end()
	err := c.raw.Read(call.read)
	switch {
	case err != nil || call.err != nil:
		return 0, c.failure("read", err, call.err)
	case call.n == 0:
		return 0, io.EOF
	}
	return call.n, nil
}

// write is what Write does unseen.
func (c *Conn) write(p []byte) (int, error) {
	call := begin(p)
	defer call.end()
	err := c.raw.Write(call.write)
	if err != nil || call.n < len(p) {
		return call.n, c.failure("write", err, call.err)
	}
	return call.n, nil
}

// failure is the error that the connection itself would give: waiting is the error of
// what waits for the socket, system that of the system call.
func (c *Conn) failure(op string, waiting, system error) error {
	if e, ok := waiting.(*net.OpError); ok {
		e.Op = op // it says raw-read, which callers do not know
		return e
	}
	if waiting == nil {
		waiting = os.NewSyscallError(op, system)
	}
	local := c.LocalAddr()
	return &net.OpError{Op: op, Net: local.Network(), Source: local, Addr: c.RemoteAddr(), Err: waiting}
}

func (c *call) doRead(fd uintptr) bool {
	for {
		c.n, c.err = readNow(fd, c.p)
		if c.err != syscall.EINTR {
			return c.err != syscall.EAGAIN
		}
	}
}

// doWrite goes on where it was when the socket could take no more.
func (c *call) doWrite(fd uintptr) bool {
	for c.n < len(c.p) {
		var n int
		n, c.err = writeNow(fd, c.p[c.n:])
		switch {
		case c.err == syscall.EINTR:
		case c.err == syscall.EAGAIN:
			return false
		case c.err != nil:
			return true
		default:
			c.n += n
		}
	}
	return true
}

// Ask writes a request and waits until the connection can be read, within its deadline for
// reads: to read before there is anything would be a system call for nothing. It returns
// what was written; when that is not all, it has not waited. Nothing may be there to read
// before.
func (c *Conn) Ask(request []byte) int {
	if c.raw == nil {
		return 0
	}
	call := begin(request)
	defer call.end()
	call.n = -1
	_ = c.raw.Read(call.ask) // that the deadline is over, the next read will say
	return max(call.n, 0)
}

// doAsk is called twice: at once, and when there is something to read. The connection
// counts as not readable from before the first call, so that no answer is missed.
func (c *call) doAsk(fd uintptr) bool {
	if c.n >= 0 {
		return true
	}
	if c.n, c.err = writeNow(fd, c.p); c.err != nil {
		c.n = 0 // the ordinary way will find out
	}
	return c.n < len(c.p)
}

// Silent reports whether the other side has neither closed the connection nor sent
// anything, of which it takes a byte. By Control, not by Read: a deadline that is over would
// be mistaken for that.
func (c *Conn) Silent() bool {
	if c.raw == nil {
		return true
	}
	call := begin(nil)
	defer call.end()
	err := c.raw.Control(call.look)
	return err == nil && call.err == syscall.EAGAIN
}

// doLook reads a byte if there is one.
func (c *call) doLook(fd uintptr) {
	var one [1]byte
	_, c.err = readNow(fd, one[:])
}

// CanAwait reports whether Await works.
func (c *Conn) CanAwait() bool { return c.raw != nil }

// Await waits until there is something to read, an end or an error among it, within the
// deadline for reads. It reads nothing, and needs next to no stack.
func (c *Conn) Await() error { return c.raw.Read(readable) }

// readable looks, which the waiting does not do by itself: what came before it counts as
// seen.
func readable(fd uintptr) bool {
	for {
		if err := peekNow(fd); err != syscall.EINTR {
			return err != syscall.EAGAIN
		}
	}
}
