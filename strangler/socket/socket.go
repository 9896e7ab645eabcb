// Package socket reads and writes TCP connections for less.
//
// Go tells its scheduler of every system call, as most may block. When it was idle before,
// that wakes its monitor thread, which then sleeps and wakes every 20 µs until it finds
// the process idle again. A proxy that waits between requests pays that twice a request:
// more wake-ups, and more system calls, than the request itself takes. Sockets in Go never
// block; on Linux they are read and written here without telling anybody. The monitor wakes
// with the next timer or other system call, of which a proxy has several a second.
//
// Beside that a Conn can do what a net.Conn cannot: look whether it is still open, write and
// wait for an answer in one, and wait without a buffer.
package socket

import (
	"net"
	"syscall"
)

// Conn is a connection. What is no socket, and what is not on unix, works as it does
// without it.
type Conn struct {
	net.Conn
	raw syscall.RawConn // nil: none
}

// New wraps a connection.
func New(conn net.Conn) *Conn { return &Conn{Conn: conn, raw: rawOf(conn)} }

// Listener wraps the connections that it accepts.
type Listener struct{ net.Listener }

// Accept wraps the next connection.
func (l Listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return New(conn), nil
}

// most is how much is read or written unseen: to copy it takes microseconds, for which the
// scheduler can wait.
const most = 64 << 10

// Read reads as the connection does.
func (c *Conn) Read(p []byte) (int, error) {
	if !unseen || c.raw == nil || len(p) == 0 || len(p) > most {
		return c.Conn.Read(p)
	}
	return c.read(p)
}

// Write writes as the connection does.
func (c *Conn) Write(p []byte) (int, error) {
	if !unseen || c.raw == nil || len(p) == 0 || len(p) > most {
		return c.Conn.Write(p)
	}
	return c.write(p)
}
