//go:build unix

package upstream

import (
	"net"
	"syscall"
)

// probe looks into a connection without waiting.
type probe struct {
	raw  syscall.RawConn // nil: cannot look
	open bool
}

func newProbe(conn net.Conn) *probe {
	p := &probe{}
	if sys, ok := conn.(syscall.Conn); ok {
		p.raw, _ = sys.SyscallConn()
	}
	return p
}

// stillOpen looks whether an idle connection was closed by the other side. Bytes
// that nobody asked for end it as well.
func (p *probe) stillOpen() bool {
	if p.raw == nil {
		return true
	}
	p.open = false
	err := p.raw.Read(p.look)
	return err == nil && p.open
}

// look returns true in any case: it never waits.
func (p *probe) look(fd uintptr) bool {
	var one [1]byte
	_, err := syscall.Read(int(fd), one[:])
	p.open = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
	return true
}
