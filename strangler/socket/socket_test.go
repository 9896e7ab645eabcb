package socket

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// pair is both ends of a connection, the first of them wrapped.
func pair(t *testing.T) (*Conn, *net.TCPConn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	wrapped := Listener{ln}
	defer wrapped.Close()
	far, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	near, err := wrapped.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	return near.(*Conn), far.(*net.TCPConn)
}

// TestEcho: what one end writes the other reads, in pieces of all sizes, more than the
// socket takes at once.
func TestEcho(t *testing.T) {
	t.Parallel()
	for _, size := range []int{16, most, most + 1, 1 << 20} {
		near, far := pair(t)
		sent := bytes.Repeat([]byte("0123456789abcde\n"), 2<<20/16)
		failed := make(chan error, 2)
		go func() { // ends with the connection
			_, err := io.CopyBuffer(struct{ io.Writer }{far}, struct{ io.Reader }{far}, make([]byte, 32<<10))
			failed <- errors.Join(err, far.CloseWrite())
		}()
		go func() {
			var err error
			for rest := sent; len(rest) > 0 && err == nil; {
				var n int
				n, err = near.Write(rest[:min(size, len(rest))])
				rest = rest[n:]
			}
			failed <- errors.Join(err, near.Conn.(*net.TCPConn).CloseWrite())
		}()
		got := make([]byte, 0, len(sent)+size)
		for {
			n, err := near.Read(got[len(got):min(len(got)+size, cap(got))])
			got = got[:len(got)+n]
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("pieces of %d: read: %v", size, err)
			}
		}
		if err := errors.Join(<-failed, <-failed); err != nil {
			t.Errorf("pieces of %d: %v", size, err)
		}
		if !bytes.Equal(got, sent) {
			t.Errorf("pieces of %d: read %d bytes, not the %d that were sent", size, len(got), len(sent))
		}
	}
}

// TestErrors: they are those of the connection itself.
func TestErrors(t *testing.T) {
	t.Parallel()
	past := time.Unix(1, 0)
	for _, tt := range []struct {
		name  string
		spoil func(near *Conn, far *net.TCPConn) error
		cause error
	}{
		{"deadline", func(near *Conn, _ *net.TCPConn) error { return near.SetDeadline(past) }, os.ErrDeadlineExceeded},
		{"closed", func(near *Conn, _ *net.TCPConn) error { return near.Close() }, net.ErrClosed},
		{"reset", func(_ *Conn, far *net.TCPConn) error { return errors.Join(far.SetLinger(0), far.Close()) }, syscall.ECONNRESET},
	} {
		t.Run(tt.name, func(t *testing.T) {
			near, far := pair(t)
			plain, plainFar := pair(t)
			if err := errors.Join(tt.spoil(near, far), tt.spoil(plain, plainFar)); err != nil {
				t.Fatal(err)
			}
			_, got := near.Read(make([]byte, 1))
			_, want := plain.Conn.Read(make([]byte, 1))
			same(t, got, want)
			if runtime.GOOS != "windows" && !errors.Is(got, tt.cause) {
				t.Errorf("read: %v, want %v", got, tt.cause)
			}
			_, got = near.Write([]byte("x"))
			_, want = plain.Conn.Write([]byte("x"))
			same(t, got, want)
		})
	}
}

// same compares errors of two connections, but for their addresses.
func same(t *testing.T, got, want error) {
	t.Helper()
	g, w := new(net.OpError), new(net.OpError)
	if !errors.As(got, &g) || !errors.As(want, &w) {
		t.Fatalf("got %v, want %v", got, want)
	}
	if g.Op != w.Op || g.Net != w.Net || g.Timeout() != w.Timeout() || g.Err.Error() != w.Err.Error() || (g.Addr == nil) != (w.Addr == nil) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestDeadlineEndsWaiting: of a read and of a write that are under way.
func TestDeadlineEndsWaiting(t *testing.T) {
	t.Parallel()
	near, _ := pair(t)
	ended := make(chan error, 2)
	go func() {
		_, err := near.Read(make([]byte, 1))
		ended <- err
	}()
	go func() {
		var err error
		for err == nil { // nobody reads
			_, err = near.Write(make([]byte, most))
		}
		ended <- err
	}()
	if err := near.SetDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("ended with %v", err)
		}
	}
}

// TestAsk: when it has written all, there is something to read.
func TestAsk(t *testing.T) {
	t.Parallel()
	near, far := pair(t)
	if near.raw == nil {
		t.Skip("this system cannot ask")
	}
	go func() { // ends with the connection
		buf := make([]byte, 16)
		for {
			n, err := far.Read(buf)
			if err != nil {
				return
			}
			_, _ = far.Write(bytes.ToUpper(buf[:n]))
		}
	}()
	buf := make([]byte, 16)
	for range 100 {
		if !near.Silent() {
			t.Fatal("something is there before it was asked for")
		}
		if n := near.Ask([]byte("ping")); n != 4 {
			t.Fatalf("wrote %d of 4 bytes", n)
		}
		if near.Silent() {
			t.Fatal("nothing is there after the answer was waited for")
		}
		if n, err := near.Read(buf[1:]); err != nil || n != 3 { // Silent took the first
			t.Fatalf("read %q, %v", buf[1:1+n], err)
		}
	}
	if err := near.SetReadDeadline(time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if n := near.Ask([]byte("ping")); n != 0 {
		t.Errorf("wrote %d bytes after the deadline", n)
	}
}

// TestSilent: not when the other side has closed.
func TestSilent(t *testing.T) {
	t.Parallel()
	near, far := pair(t)
	if near.raw == nil {
		t.Skip("this system cannot look")
	}
	if !near.Silent() {
		t.Error("an open connection is not silent")
	}
	if err := far.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if n := near.Ask([]byte("x")); n != 1 { // waits for the end to arrive
		t.Fatalf("wrote %d bytes", n)
	}
	if near.Silent() {
		t.Error("a closed connection is silent")
	}
}

// TestNoSocket: what is none works as well.
func TestNoSocket(t *testing.T) {
	t.Parallel()
	a, b := net.Pipe()
	defer b.Close()
	near := New(a)
	defer near.Close()
	go func() { _, _ = b.Write([]byte("x")) }()
	if n, err := near.Read(make([]byte, 4)); n != 1 || err != nil {
		t.Errorf("read %d bytes, %v", n, err)
	}
	if n := near.Ask([]byte("x")); n != 0 {
		t.Errorf("asked with %d bytes", n)
	}
	if !near.Silent() {
		t.Error("it is known to be closed")
	}
}
