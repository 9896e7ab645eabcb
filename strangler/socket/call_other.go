//go:build !unix

package socket

import (
	"errors"
	"net"
	"syscall"
)

const unseen = false

func rawOf(net.Conn) syscall.RawConn { return nil }

func (c *Conn) read(p []byte) (int, error) { return c.Conn.Read(p) }

func (c *Conn) write(p []byte) (int, error) { return c.Conn.Write(p) }

// Ask writes nothing here.
func (*Conn) Ask([]byte) int { return 0 }

// Silent cannot be seen here without waiting: a connection that was closed is found out
// when it is used, and a request that may be repeated is.
func (*Conn) Silent() bool { return true }

// CanAwait reports that Await does not work here.
func (*Conn) CanAwait() bool { return false }

// Await cannot be had here.
func (*Conn) Await() error { return errors.ErrUnsupported }
