package strangler

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"testing"
	"time"
)

// played is a connection whose reads end as they are told, and that notes its deadlines.
type played struct {
	net.Conn
	reads chan error // nil: a byte comes
	set   []time.Time
}

func (c *played) Read(p []byte) (int, error) {
	if err := <-c.reads; err != nil {
		return 0, err
	}
	return 1, nil
}

func (c *played) SetReadDeadline(t time.Time) error {
	c.set = append(c.set, t)
	return nil
}

func play(reads ...error) *played {
	c := &played{reads: make(chan error, len(reads))}
	for _, err := range reads {
		c.reads <- err
	}
	return c
}

func TestReadingDeadline(t *testing.T) {
	soon, late := time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)
	over := os.ErrDeadlineExceeded
	type step struct {
		deadline time.Time
		read     bool
		fails    error
	}
	for _, tt := range []struct {
		name  string
		reads []error
		steps []step
		want  []time.Time // deadlines of the connection
	}{
		{"none is never set", []error{nil}, []step{{read: true}}, nil},
		{"set when it is read", []error{nil}, []step{{deadline: late}, {deadline: soon}, {read: true}}, []time.Time{soon}},
		{"a later one is not set", []error{nil, nil}, []step{{deadline: soon}, {read: true}, {deadline: late}, {read: true}}, []time.Time{soon}},
		{"an earlier one is", []error{nil, nil}, []step{{deadline: late}, {read: true}, {deadline: soon}, {read: true}}, []time.Time{late, soon}},
		{"one of before is not the present one's end", []error{nil, over, nil}, []step{{deadline: soon}, {read: true}, {deadline: late}, {read: true}}, []time.Time{soon, late}},
		{"nor where there is none any more", []error{nil, over, nil}, []step{{deadline: soon}, {read: true}, {}, {read: true}}, []time.Time{soon, {}}},
		{"the present one is", []error{over}, []step{{deadline: soon}, {read: true, fails: over}}, []time.Time{soon}},
		{"as is another error", []error{nil, io.EOF}, []step{{deadline: soon}, {read: true}, {}, {read: true, fails: io.EOF}}, []time.Time{soon}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conn := play(tt.reads...)
			r := &reading{conn: conn}
			for i, s := range tt.steps {
				if !s.read {
					_ = r.SetReadDeadline(s.deadline)
					continue
				}
				if _, err := r.Read(make([]byte, 10)); !errors.Is(err, s.fails) {
					t.Errorf("step %d: %v, want %v", i, err, s.fails)
				}
			}
			if !slices.Equal(conn.set, tt.want) {
				t.Errorf("set %v, want %v", conn.set, tt.want)
			}
		})
	}
}

// tcpPair is a connection's two ends.
func tcpPair(t *testing.T) (client, server net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if client, err = net.Dial("tcp", ln.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	if server, err = ln.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	return client, server
}

// A deadline reaches a read that waits already.
func TestReadingInterrupted(t *testing.T) {
	client, server := tcpPair(t)
	r := &reading{conn: server}
	got := make(chan error, 1)
	go func() {
		_, err := r.Read(make([]byte, 10))
		got <- err
	}()
	for { // until it has begun
		r.mu.Lock()
		busy := r.busy
		r.mu.Unlock()
		if busy {
			break
		}
	}
	_ = r.SetReadDeadline(past)
	if err := <-got; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
	_ = r.SetReadDeadline(time.Time{})
	if _, err := client.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if n, err := r.Read(make([]byte, 10)); n != 1 || err != nil {
		t.Errorf("afterwards: %d, %v", n, err)
	}
}

// What the server reads on the side waits until it is wanted.
func TestReadingOnTheSide(t *testing.T) {
	for _, tt := range []struct {
		name  string
		end   func(*frontConn)
		fails error
		left  int // answers that were not read
	}{
		{"the handler is done", func(c *frontConn) { _ = c.SetReadDeadline(past) }, os.ErrDeadlineExceeded, 1},
		{"the handler wants to know", func(c *frontConn) { c.Watch() }, io.EOF, 0},
		{"the connection ends", func(c *frontConn) { _ = c.Close() }, io.EOF, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conn := play(io.EOF)
			_, conn.Conn = tcpPair(t)
			c := &frontConn{Conn: conn, reading: reading{conn: conn}}
			c.serveHTTP1()
			got := make(chan error, 1)
			go func() {
				_, err := c.Read(make([]byte, 1))
				got <- err
			}()
			for {
				c.mu.Lock()
				waiting := c.waiting
				c.mu.Unlock()
				if waiting {
					break
				}
			}
			if len(conn.reads) != 1 {
				t.Error("it was read before")
			}
			tt.end(c)
			if err := <-got; !errors.Is(err, tt.fails) || len(conn.reads) != tt.left {
				t.Errorf("%v, %d left", err, len(conn.reads))
			}
		})
	}
}

// HTTP/2 may have frames of one byte: it is not held up. Nor is anybody who waits for the
// client to leave.
func TestReadingOfOneByte(t *testing.T) {
	r := &reading{conn: play(nil)}
	if n, err := r.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Error(n, err)
	}
	r = &reading{conn: play(nil)}
	r.serveHTTP1()
	r.Watch()
	if n, err := r.Read(make([]byte, 1)); n != 1 || err != nil {
		t.Error(n, err)
	}
}

// The client that leaves while an upstream takes its time ends the request there.
func TestClientLeavesWhileUpstreamWaits(t *testing.T) {
	for _, method := range []string{"GET", "POST"} { // either client of upstreams
		t.Run(method, func(t *testing.T) {
			begun, ended := make(chan bool, 1), make(chan bool, 1)
			slow := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				begun <- true
				<-r.Context().Done()
				ended <- true
			})
			r := start(t, "version: 1\nmonolith: {url: $SLOW, timeout: 10m}\n", map[string]string{"SLOW": slow})
			conn, err := net.Dial("tcp", r.addr)
			if err != nil {
				t.Fatal(err)
			}
			text := "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
			if method == "POST" {
				text = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
			}
			if _, err := io.WriteString(conn, text); err != nil {
				t.Fatal(err)
			}
			<-begun
			conn.Close()
			select {
			case <-ended:
			case <-time.After(patience):
				t.Error("the upstream's request goes on")
			}
		})
	}
}
