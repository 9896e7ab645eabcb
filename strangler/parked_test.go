//go:build unix

package strangler

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ficus-dev/ficus/strangler/socket"
)

// parking is a server whose connections are parked almost as soon as they wait.
type parking struct {
	address string
	lot     *parked
	open    *inflight
	server  *http.Server
}

func startParking(t *testing.T, idleTimeout time.Duration) *parking {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &parking{address: ln.Addr().String(), lot: newParked(ln.Addr(), time.Millisecond), open: &inflight{quiet: make(chan struct{}, 1)}}
	p.server = &http.Server{ConnContext: withConn, ConnState: noteState, IdleTimeout: idleTimeout, ReadHeaderTimeout: patience,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Context().Value(connKey{}).(*frontConn).serveHTTP1()
			fmt.Fprint(w, r.URL.Path)
		})}
	var wait sync.WaitGroup
	wait.Go(func() {
		_ = p.server.Serve(front{Listener: socket.Listener{Listener: ln}, open: p.open, bound: writeTimeout, lot: p.lot})
	})
	wait.Go(func() { _ = p.server.Serve(p.lot) })
	t.Cleanup(func() {
		p.server.Close()
		wait.Wait()
		p.lot.holds.Wait()
	})
	return p
}

// parkedNow waits until n connections are parked.
func (p *parking) parkedNow(t *testing.T, n int) {
	t.Helper()
	for limit := time.Now().Add(patience); ; <-time.After(time.Millisecond) {
		p.lot.mu.Lock()
		now := len(p.lot.waiting)
		p.lot.mu.Unlock()
		if now == n {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("%d connections are parked, want %d", now, n)
		}
	}
}

// allClosed waits until no connection counts as open.
func (p *parking) allClosed(t *testing.T) {
	t.Helper()
	limit, done := context.WithTimeout(context.Background(), patience)
	defer done()
	if !p.open.wait(limit.Done()) || p.open.n.Load() != 0 {
		t.Errorf("%d connections count as open", p.open.n.Load())
	}
}

// caller is a client's connection.
type caller struct {
	net.Conn
	in *bufio.Reader
}

func (p *parking) dial(t *testing.T) *caller {
	t.Helper()
	conn, err := net.Dial("tcp", p.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	return &caller{conn, bufio.NewReader(conn)}
}

func (c *caller) send(text string) error {
	_, err := io.WriteString(c, text)
	return err
}

// answer reads an answer, which is the path of its request.
func (c *caller) answer(path string) error {
	res, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && string(body) != path {
		err = fmt.Errorf("answer %q, want %q", body, path)
	}
	return err
}

func (c *caller) get(path string) error {
	return errors.Join(c.send("GET "+path+" HTTP/1.1\r\nHost: a\r\n\r\n"), c.answer(path))
}

func TestParkedConnectionIsServedOn(t *testing.T) {
	t.Parallel()
	p := startParking(t, patience)
	c := p.dial(t)
	for i := range 5 {
		path := fmt.Sprintf("/%d", i)
		if err := errors.Join(c.send("GET "+path), c.send(" HTTP/1.1\r\nHost: a\r\n\r\n"), c.answer(path)); err != nil {
			t.Fatal(err)
		}
		p.parkedNow(t, 1)
	}
	if n := p.open.n.Load(); n != 1 {
		t.Errorf("%d connections are open", n)
	}
	c.Close()
	p.allClosed(t)
}

// TestParkedIsOnlyWhatWaits: neither a connection without a request, nor one of which a part
// of the next request was read.
func TestParkedIsOnlyWhatWaits(t *testing.T) {
	t.Parallel()
	const request, next = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
	p := startParking(t, patience)
	p.dial(t)
	for cut := 1; cut < len(next); cut++ {
		c := p.dial(t)
		if err := errors.Join(c.send(request+next[:cut]), c.answer("/1")); err != nil {
			t.Fatal(err)
		}
		<-time.After(20 * p.lot.after) // whatever is there would be lost
		if err := errors.Join(c.send(next[cut:]), c.answer("/2")); err != nil {
			t.Errorf("after %q: %v", next[:cut], err)
		}
		p.parkedNow(t, cut)
	}
}

func TestParkedConnectionsEnd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		idleTimeout time.Duration
		end         func(*parking) error
	}{
		{"with the idle timeout", 100 * time.Millisecond, func(*parking) error { return nil }},
		{"with the server", patience, func(p *parking) error {
			p.parkedNow(t, 3)
			return p.server.Shutdown(context.Background())
		}},
		{"when it is closed", patience, func(p *parking) error { return p.server.Close() }},
	} {
		p := startParking(t, tt.idleTimeout)
		var callers []*caller
		for range 3 {
			callers = append(callers, p.dial(t))
			if err := callers[len(callers)-1].get("/"); err != nil {
				t.Fatal(err)
			}
		}
		if err := tt.end(p); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		for _, c := range callers {
			if _, err := c.in.ReadByte(); err == nil || strings.Contains(err.Error(), "timeout") {
				t.Errorf("%s: read: %v", tt.name, err)
			}
		}
		p.allClosed(t)
	}
}

// TestParkedUnderLoad: clients that ask about when their connection is parked get their
// answers.
func TestParkedUnderLoad(t *testing.T) {
	t.Parallel()
	p := startParking(t, patience)
	var wait sync.WaitGroup
	for user := range 30 {
		c := p.dial(t)
		wait.Go(func() {
			for i := range 60 {
				if err := c.get(fmt.Sprintf("/%d/%d", user, i)); err != nil {
					t.Error(err)
					return
				}
				<-time.After(p.lot.after * time.Duration((user+i)%8) / 4)
			}
		})
	}
	wait.Wait()
}
