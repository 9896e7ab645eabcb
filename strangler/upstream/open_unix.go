//go:build unix

package upstream

import (
	"net"
	"syscall"
)

// probe looks into a connection without waiting, and asks through it.
type probe struct {
	raw     syscall.RawConn // nil: cannot look
	looking func(fd uintptr)
	asking  func(fd uintptr) bool
	open    bool
	request []byte // that is to be written
	sent    int    // of it; less than 0 before
}

func newProbe(conn net.Conn) *probe {
	p := &probe{}
	p.looking, p.asking = p.look, p.send
	if sys, ok := conn.(syscall.Conn); ok {
		p.raw, _ = sys.SyscallConn()
	}
	return p
}

// stillOpen looks whether an idle connection was closed by the other side. Bytes
// that nobody asked for end it as well. By Control, not by Read: a deadline that is over
// would be mistaken for that.
func (p *probe) stillOpen() bool {
	if p.raw == nil {
		return true
	}
	p.open = false
	err := p.raw.Control(p.looking)
	return err == nil && p.open
}

// look reads a byte if there is one.
func (p *probe) look(fd uintptr) {
	var one [1]byte
	_, err := syscall.Read(int(fd), one[:]) // the descriptor does not block
	p.open = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
}

// ask writes a request and waits until the connection can be read, within its deadline. It
// returns what was written; when that is not all, it has not waited.
func (p *probe) ask(request []byte) int {
	if p.raw == nil {
		return 0
	}
	p.request, p.sent = request, -1
	_ = p.raw.Read(p.asking) // that the deadline is over, the next read will say
	p.request = nil
	return max(p.sent, 0)
}

// send is called twice: at once, and when there is something to read. The connection
// counts as not readable from before the first call, so that no answer is missed.
func (p *probe) send(fd uintptr) bool {
	if p.sent >= 0 {
		return true
	}
	n, err := syscall.Write(int(fd), p.request)
	if err != nil {
		n = 0 // the ordinary way will find out
	}
	p.sent = n
	return n < len(p.request)
}
