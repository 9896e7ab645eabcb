package upstream

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// patience bounds waits for what must come.
const patience = time.Minute

// TestMain silences what net/http logs about upstreams that break the rules.
func TestMain(m *testing.M) {
	log.SetOutput(io.Discard)
	m.Run()
}

// closedPort is an address that refuses connections until the test ends: the near end of
// a connection, whose port nobody else gets. That of a listener just closed might.
func closedPort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	held, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { held.Close() })
	return "http://" + held.LocalAddr().String()
}

// canned is an upstream that answers each connection's requests with bytes. It
// closes the connection after them when shut is set.
func canned(t testing.TB, shut bool, answers ...string) (target *url.URL, connections *atomic.Int64) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	connections = &atomic.Int64{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			go speak(conn, shut, answers)
		}
	}()
	t.Cleanup(func() { ln.Close(); <-done })
	target, err = url.Parse("http://" + ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return target, connections
}

func speak(conn net.Conn, shut bool, answers []string) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for _, a := range answers {
		if _, err := http.ReadRequest(in); err != nil {
			return
		}
		if _, err := io.WriteString(conn, a); err != nil {
			return
		}
	}
	if !shut {
		_, _ = io.Copy(io.Discard, in) // until the client closes
	}
}

// clients are the two ways for the same target.
func clients(target *url.URL, timeout time.Duration) map[string]Client {
	reverse := newReverseClient("s", target, timeout, bare(target), log.New(io.Discard, "", 0))
	other := newReverseClient("s", target, timeout, bare(target), log.New(io.Discard, "", 0))
	return map[string]Client{"net/http": reverse, "h1": newH1Client(other, newH1Conns(targetAddress(target)))}
}

// final is a recorder of the final answer: httptest's takes a 1xx for it.
type final struct{ *httptest.ResponseRecorder }

func (f final) WriteHeader(status int) {
	if status >= 200 || status == http.StatusSwitchingProtocols {
		f.ResponseRecorder.WriteHeader(status)
	}
}

// outcome is all that a client of the proxy could see.
func outcome(c Client, r *http.Request) string { return outcomeOf(c, r, nil) }

// outcomeOf is outcome with a look at the response.
func outcomeOf(c Client, r *http.Request, accept func(*http.Response) error) (text string) {
	w := final{httptest.NewRecorder()}
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			text = fmt.Sprintf("status %d, cut off", w.Code)
		}
	}()
	ctx := context.WithValue(r.Context(), http.ServerContextKey, &http.Server{}) // as under a server
	err := c.Send(w, &Exchange{Request: r.WithContext(ctx), Accept: accept})
	var f *Failure
	if errors.As(err, &f) {
		return "failure " + string(f.Kind)
	}
	res := w.Result()
	var b bytes.Buffer
	fmt.Fprintf(&b, "status %d %q\n", res.StatusCode, w.Body)
	for _, h := range []http.Header{res.Header, res.Trailer} {
		for name := range h {
			slices.Sort(h[name])
		}
		_ = h.Write(&b)
		b.WriteByte('\n')
	}
	return b.String()
}

// TestH1AgreesWithTransport: both ways show the same to a client, whatever the
// upstream answers.
func TestH1AgreesWithTransport(t *testing.T) {
	answers := map[string]string{
		"length":              "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-A: 1\r\nX-A: 2\r\n\r\nbody",
		"empty":               "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"chunked":             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n",
		"trailers":            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n4\r\nbody\r\n0\r\nX-Sum: 7\r\n\r\n",
		"trailer unannounced": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX-Late: 7\r\n\r\n",
		"until the end":       "HTTP/1.1 200 OK\r\n\r\nbody",
		"HTTP/1.0":            "HTTP/1.0 200 OK\r\n\r\nbody",
		"no content":          "HTTP/1.1 204 No Content\r\n\r\n",
		"not modified":        "HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\nETag: x\r\n\r\n",
		"hop by hop":          "HTTP/1.1 200 OK\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nProxy-Authenticate: x\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n",
		"early hints":         "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
		"too short":           "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody",
		"broken chunk":        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"chunk cut off":       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nbody",
		"two lengths":         "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody",
		"length and chunked":  "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
		"bad status":          "HTTP/1.1 2000 OK\r\n\r\n",
		"bad header":          "HTTP/1.1 200 OK\r\nX A: 1\r\n\r\n",
		"bad version":         "HTTP/3.7 200 OK\r\n\r\n",
		"no HTTP":             "SSH-2.0-x\r\n",
		"nothing":             "",
		"header cut off":      "HTTP/1.1 200 OK\r\nX-A: 1\r\n",
		"switch unasked":      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
		"huge header":         "HTTP/1.1 200 OK\r\nX-A: " + strings.Repeat("x", 2<<20) + "\r\n\r\n",
		"server error":        "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 1\r\n\r\nx",
	}
	for name, text := range answers {
		for _, method := range []string{"GET", "HEAD", "DELETE"} {
			t.Run(name+"/"+method, func(t *testing.T) {
				target, _ := canned(t, true, text)
				got := map[string]string{}
				for way, c := range clients(target, patience) {
					got[way] = outcome(c, httptest.NewRequest(method, "http://shop.example/a", nil))
					c.CloseIdle()
				}
				if got["h1"] != got["net/http"] {
					t.Errorf("h1:\n%s\nnet/http:\n%s", got["h1"], got["net/http"])
				}
			})
		}
	}
}

// TestH1RequestAgrees: the upstream gets the same request either way.
func TestH1RequestAgrees(t *testing.T) {
	seen := make(chan string, 10)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		fmt.Fprintf(&b, "%s %s %s %d %v\n", r.Method, r.RequestURI, r.Host, r.ContentLength, r.TransferEncoding)
		_ = r.Header.Write(&b)
		seen <- b.String()
	}))
	defer s.Close()
	target, _ := url.Parse(s.URL)
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"} {
		for _, path := range []string{"/", "/a%2Fb?x=1;y&%zz", "//a", "/a?"} {
			got := map[string]string{}
			for way, c := range clients(target, patience) {
				r := httptest.NewRequest(method, path, nil)
				r.Host = "shop.example:81"
				r.Header = http.Header{"User-Agent": {"x"}, "Connection": {"X-Private, close"}, "X-Private": {"1"}, "Te": {"trailers, gzip"},
					"X_Y": {"1"}, "X-Many": {"1", "2"}, "X-Forwarded-For": {"6.6.6.6"}, "Forwarded": {"x"}, "Accept-Encoding": {"br"}, "Content-Length": {"0"}}
				if text := outcome(c, r); !strings.HasPrefix(text, "status 200") {
					t.Fatalf("%s %s %s: %s", way, method, path, text)
				}
				got[way] = <-seen
				c.CloseIdle()
			}
			if got["h1"] != got["net/http"] {
				t.Errorf("h1:\n%s\nnet/http:\n%s", got["h1"], got["net/http"])
			}
		}
	}
}

func TestH1KeepsConnections(t *testing.T) {
	ok := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	target, connections := canned(t, false, ok, ok, ok, ok, ok)
	c := clients(target, patience)["h1"]
	for range 5 {
		if got := outcome(c, httptest.NewRequest("GET", "/", nil)); !strings.HasPrefix(got, `status 200 "ok"`) {
			t.Fatal(got)
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections for 5 requests in a row", n)
	}
	c.CloseIdle()
}

// TestH1RefusedKeepsConnection: a service that answers 5xx again and again does not
// cost a connection each time.
func TestH1RefusedKeepsConnection(t *testing.T) {
	bad := "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 6\r\nSet-Cookie: a=b\r\n\r\nbroken"
	target, connections := canned(t, false, bad, bad, bad, bad)
	c := clients(target, patience)["h1"]
	for range 4 {
		w := httptest.NewRecorder()
		err := c.Send(w, &Exchange{Request: httptest.NewRequest("GET", "/", nil), Accept: func(*http.Response) error { return errors.New("5xx") }})
		var f *Failure
		if !errors.As(err, &f) || f.Kind != Refused || w.Body.Len() > 0 || len(w.Header()) > 0 {
			t.Fatalf("%v, header %v, body %q", err, w.Header(), w.Body)
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections for 4 refused answers", n)
	}
	c.CloseIdle()
}

// TestH1StaleConnection: an upstream that closes idle connections costs no request,
// and bytes after an answer are never taken for the next one.
func TestH1StaleConnection(t *testing.T) {
	ok := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	for name, text := range map[string]string{"closed": ok, "more than asked for": ok + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"} {
		target, connections := canned(t, true, text)
		c := clients(target, patience)["h1"]
		for range 20 {
			if got := outcome(c, httptest.NewRequest("GET", "/", nil)); !strings.HasPrefix(got, `status 200 "ok"`) {
				t.Fatalf("%s: %s", name, got)
			}
		}
		if n := connections.Load(); n != 20 {
			t.Errorf("%s: %d connections", name, n)
		}
	}
}

func TestH1TimeoutAndLeave(t *testing.T) {
	target, _ := canned(t, false)
	c := clients(target, 20*time.Millisecond)["h1"]
	if got := outcome(c, httptest.NewRequest("GET", "/", nil)); got != "failure timeout" {
		t.Errorf("timeout: %s", got)
	}
	c = clients(target, patience)["h1"]
	ctx, leave := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer leave()
	if got := outcome(c, httptest.NewRequest("GET", "/", nil).WithContext(ctx)); got != "failure client left" {
		t.Errorf("leave: %s", got)
	}
}

// TestH1StreamHasNoTimeout: a stream that was answered in time may last, and ends when
// the client leaves. On a machine too busy to answer in time, it is given more.
func TestH1StreamHasNoTimeout(t *testing.T) {
	t.Parallel()
	target, _ := canned(t, false, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nbody")
	for timeout := 100 * time.Millisecond; ; timeout *= 4 {
		ctx, leave := context.WithTimeout(context.Background(), 2*timeout)
		got := outcome(clients(target, timeout)["h1"], httptest.NewRequest("GET", "/", nil).WithContext(ctx))
		left := ctx.Err() != nil
		leave()
		switch {
		case got == "status 200, cut off" && left:
			return
		case got != "failure timeout" && got != "failure client left" || timeout > patience:
			t.Fatalf("stream: %s, client left: %t", got, left)
		}
	}
}

func TestH1Unreachable(t *testing.T) {
	target, _ := url.Parse(closedPort(t))
	for way, c := range clients(target, patience) {
		if got := outcome(c, httptest.NewRequest("GET", "/", nil)); got != "failure connect" {
			t.Errorf("%s: %s", way, got)
		}
	}
}

func TestH1Prune(t *testing.T) {
	target, _ := canned(t, false)
	p := newH1Conns(targetAddress(target))
	for range 3 {
		conn, err := p.dial(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		p.put(conn)
	}
	p.idle[0].since = time.Now().Add(-2 * idleTimeout)
	p.prune(time.Now())
	if len(p.idle) != 2 {
		t.Errorf("%d are left", len(p.idle))
	}
	p.closeAll()
	if len(p.idle) != 0 {
		t.Errorf("%d are left", len(p.idle))
	}
}

func TestWriteValueBreaksNoLine(t *testing.T) {
	var b bytes.Buffer
	out := bufio.NewWriter(&b)
	writeValue(out, "a\r\nX-Evil: 1\x00")
	out.Flush()
	if b.String() != "a  X-Evil: 1 " {
		t.Errorf("%q", b.String())
	}
}

// FuzzH1Response: whatever an upstream sends, the client sees what it would see
// through http.Transport, and nothing panics or hangs.
func FuzzH1Response(f *testing.F) {
	f.Add("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", true)
	f.Add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: A\r\n\r\n1\r\nx\r\n0\r\nA: 1\r\n\r\n", false)
	f.Add("HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.0 204 No\r\n\r\n", true)
	f.Fuzz(func(t *testing.T, text string, get bool) {
		target, _ := canned(t, true, text)
		method := "HEAD"
		if get {
			method = "GET"
		}
		got := map[string]string{}
		for way, c := range clients(target, patience) {
			got[way] = outcome(c, httptest.NewRequest(method, "/", nil))
			c.CloseIdle()
		}
		if got["h1"] != got["net/http"] {
			t.Fatalf("answer %q\nh1:\n%s\nnet/http:\n%s", text, got["h1"], got["net/http"])
		}
	})
}

// bare is a transport without certificates of its own, which cannot fail.
func bare(target *url.URL) *http.Transport {
	transport, err := newTransport(target, TLS{})
	if err != nil {
		panic(err)
	}
	return transport
}

func now() time.Time { return time.Now() }

// TestH1OpenAfterDeadline: a connection whose deadline is over is still open, however long
// the way to the look at it takes.
func TestH1OpenAfterDeadline(t *testing.T) {
	target, _ := canned(t, false)
	p := newH1Conns(targetAddress(target))
	conn, err := p.dial(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := conn.armRead(began.Add(1)); err != nil { // it will be over before the look
		t.Fatal(err)
	}
	p.put(conn)
	if p.take(began, false) != conn {
		t.Error("the connection counts as closed")
	}
	conn.Close()
}
