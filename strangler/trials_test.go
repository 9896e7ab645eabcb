package strangler

import (
	"bufio"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

var long = flag.Bool("big", false, "make the large bodies 1 GB and the floods ten times as long; takes a few minutes")

// zeros is a body of n bytes that is never in memory as a whole; every so many bytes
// it notes how much heap is in use.
type zeros struct {
	left, since int64
	peak        *uint64
}

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), z.left))
	clear(p[:n])
	z.left -= int64(n)
	if z.since += int64(n); z.since >= 8<<20 {
		z.since = 0
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		*z.peak = max(*z.peak, m.HeapInuse)
	}
	return n, nil
}

// TestLargeBodiesInConstantMemory: 64 MB (1 GB with -big) up and down, with and without a length, on
// both arms, while the body could be repeated and the monolith's answer be compared.
// Client and upstream are in this process as well.
func TestLargeBodiesInConstantMemory(t *testing.T) {
	const most = 24 << 20
	size := int64(64 << 20)
	if *long {
		size = 1 << 30
	}
	var peak uint64
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		w.Header().Set("X-Got", fmt.Sprint(n, err))
		if r.Method == http.MethodGet {
			io.Copy(w, &zeros{left: size, peak: &peak})
		}
	})
	for _, moving := range []string{"weight: 100%, safe: always", "shadow: 100%, safe: auto"} {
		r := start(t, strings.Replace(onlyService, "weight: 100%", moving, 1), map[string]string{"OLD": s.URL, "NEW": s.URL})
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		before := m.HeapInuse
		peak = before
		for _, length := range []int64{size, -1} {
			req, err := http.NewRequest("POST", r.url, &zeros{left: size, peak: &peak})
			if err != nil {
				t.Fatal(err)
			}
			req.ContentLength = length
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if got := res.Header.Get("X-Got"); got != fmt.Sprint(size, nil) {
				t.Errorf("%s: the upstream got %s", moving, got)
			}
		}
		res, err := http.Get(r.url)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := io.Copy(io.Discard, res.Body); n != size || err != nil {
			t.Errorf("%s: %d bytes came down, %v", moving, n, err)
		}
		res.Body.Close()
		t.Logf("%s: heap in use %.1f MB before, at most %.1f MB", moving, float64(before)/(1<<20), float64(peak)/(1<<20))
		if peak-before > most {
			t.Errorf("%s: heap in use grew by %d MB", moving, (peak-before)>>20)
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	}
}

// TestSlowHeader: a client that sends its header a byte at a time is closed, by plain
// TCP as in a TLS handshake, and the upstream sees nothing.
func TestSlowHeader(t *testing.T) {
	old, seen := requests(t)
	a, folder := newAuthority(t), t.TempDir()
	a.write(t, folder, "server", "one")
	quick := func(o *Options) { o.HeaderTimeout = 150 * time.Millisecond }
	plain := "version: 1\nmonolith: {url: $OLD}\n"
	for name, r := range map[string]*rig{
		"plain": start(t, plain, map[string]string{"OLD": old}, quick),
		"tls":   startFile(t, folder, "tls: {cert: server.pem, key: server.key}\n"+plain, map[string]string{"OLD": old}, quick),
	} {
		conn, err := net.Dial("tcp", r.addr)
		if err != nil {
			t.Fatal(err)
		}
		closed := make(chan struct{})
		go func() { // ends when the proxy closes, or the test does below
			defer close(closed)
			_, _ = io.Copy(io.Discard, conn)
		}()
		drip := time.NewTicker(10 * time.Millisecond)
		limit := time.After(patience)
		header := strings.NewReader("\x16\x03\x01\x02\x00" + strings.Repeat("x", 5000)) // the begin of a TLS record
		if name == "plain" {
			header = strings.NewReader("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: " + strings.Repeat("x", 5000))
		}
	dripping:
		for {
			select {
			case <-closed:
				break dripping
			case <-drip.C:
				_, _ = io.CopyN(conn, header, 1)
			case <-limit:
				t.Errorf("%s: the connection is still open", name)
				break dripping
			}
		}
		drip.Stop()
		conn.Close()
		<-closed
	}
	if got := seen(); len(got) > 0 {
		t.Errorf("the upstream saw %v", got)
	}
}

// liar is an upstream that reads a request and answers with that text, and then closes
// the connection, or is silent until the other side does.
func liar(t *testing.T, secure *tls.Config, text string, silent bool) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	scheme := "http://"
	if secure != nil {
		ln, scheme = tls.NewListener(ln, secure), "https://"
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go lie(conn, text, silent) // ends with the connection
		}
	}()
	t.Cleanup(func() { ln.Close(); <-done })
	return scheme + ln.Addr().String()
}

func lie(conn net.Conn, text string, silent bool) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		if _, err := io.WriteString(conn, text); err != nil || !silent {
			return
		}
	}
}

// TestUpstreamsThatLie: whatever an upstream does, the client gets a whole answer, the
// proxy's error or an answer that is plainly broken off; and no goroutine stays.
func TestUpstreamsThatLie(t *testing.T) {
	const cutOff = "cut off"
	faults := []struct {
		name, text string
		silent     bool
		get, post  string // what the client gets
	}{
		{"closes without an answer", "", false, "200 old", "502"},
		{"never answers", "", true, "200 old", "504"},
		{"answers nonsense", "220 smtp.example ESMTP\r\n", false, "200 old", "502"},
		{"stops in the header", "HTTP/1.1 200 OK\r\nContent-Le", false, "200 old", "502"},
		{"is silent in the header", "HTTP/1.1 200 OK\r\nContent-Le", true, "200 old", "504"},
		{"says two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc", false, "200 old", "502"},
		{"says a length that is none", "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nabc", false, "200 old", "502"},
		{"sends less than it says", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", false, cutOff, cutOff},
		{"stops in a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf", false, cutOff, cutOff},
		{"stops before the last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", false, cutOff, cutOff},
		{"sends a chunk of no size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhalf\r\n", false, cutOff, cutOff},
	}
	a, folder := newAuthority(t), t.TempDir()
	a.writeCA(t, folder, "ca.pem")
	secure := &tls.Config{Certificates: []tls.Certificate{a.pair(t, "new")}}
	old := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "old") })
	const config = `
version: 1
monolith: {url: "$OLD"}
services: {s: {url: "$NEW", timeout: $WAIT$TLS}}
routes: [{name: all, service: s, weight: 100%}]
`
	for _, fault := range faults {
		for scheme, server := range map[string]*tls.Config{"http": nil, "https": secure} {
			t.Run(fault.name+" by "+scheme, func(t *testing.T) {
				replace := map[string]string{"OLD": old.URL, "NEW": liar(t, server, fault.text, fault.silent), "TLS": "", "WAIT": patience.String()}
				if fault.silent { // only there must the time be up
					replace["WAIT"] = "60ms"
				}
				if server != nil {
					replace["TLS"] = ", tls: {ca: " + filepath.ToSlash(filepath.Join(folder, "ca.pem")) + "}"
				}
				r := start(t, config, replace)
				ask := func(method, want string) {
					t.Helper()
					got := askOnce(t, r, method)
					for tries := 5; fault.silent && strings.HasPrefix(got, "408 ") && tries > 0; tries-- {
						got = askOnce(t, r, method) // the body itself was late: this process was held up
					}
					if got != want && !(len(want) == 3 && strings.HasPrefix(got, want+" ")) {
						t.Errorf("%s: %q, want %q", method, got, want)
					}
				}
				ask("GET", fault.get)
				before := exchanging()
				for range 6 {
					ask("GET", fault.get)
					ask("POST", fault.post)
				}
				awaitGoroutines(t, before)
			})
		}
	}
}

// askOnce sends a request over a connection of its own: status and body, or that it
// was cut off.
func askOnce(t *testing.T, r *rig, method string) string {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	req, err := http.NewRequest(method, r.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader("body")), 4
	}
	res, err := (&http.Client{Transport: transport}).Do(req)
	if err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return "cut off"
		}
		return err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return "cut off"
	}
	return fmt.Sprintf("%d %s", res.StatusCode, body)
}

// awaitGoroutines waits until no more than so many goroutines are exchanging.
func awaitGoroutines(t *testing.T, most int) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for exchanging() > most {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%d goroutines, %d before:\n%s", exchanging(), most, stacks())
		}
	}
}

// exchanging counts the goroutines without those that a proxy runs from its start on:
// nothing tells when all of these have begun, and on a busy machine that is after the
// first answers. Idle connections of http.Transport, and the liar's end of them, do not
// count either: one that was dialled too late for its request is kept for a minute.
func exchanging() int {
	background := []string{"shadow.(*Copier).", "upstream.(*Pool).Run", "strangler.(*accessLog).run",
		"http.(*persistConn).", "http.(*Transport).", "strangler.lie("}
	n := 0
	for stack := range strings.SplitSeq(stacks(), "\n\n") {
		if !slices.ContainsFunc(background, func(of string) bool { return strings.Contains(stack, of) && !strings.Contains(stack, "ServeHTTP(") }) {
			n++
		}
	}
	return n
}

func stacks() string {
	for size := 1 << 16; ; size *= 2 {
		text := make([]byte, size)
		if n := runtime.Stack(text, true); n < size {
			return string(text[:n])
		}
	}
}

// TestClientLeavesSilentUpstream: when the client goes away in the middle of an answer
// that does not go on, nothing of the exchange stays.
func TestClientLeavesSilentUpstream(t *testing.T) {
	r := start(t, onlyService, map[string]string{"OLD": closedPort(t), "NEW": liar(t, nil, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", true)})
	leaveEarly(t, r) // from here on all that a proxy always runs does run
	r.access.await(t, "\n")
	before := exchanging()
	for range 5 {
		leaveEarly(t, r)
	}
	awaitGoroutines(t, before)
	if err := r.stop(); err != nil {
		t.Error(err)
	}
	for _, o := range r.fake.observations {
		if o.Failed {
			t.Errorf("that the client left counts against the service: %+v", o)
		}
	}
}

// TestHalfClosed: a client that closes its side, before its request is whole or while it
// waits, is answered or closed, blames nobody, and leaves nothing behind.
func TestHalfClosed(t *testing.T) {
	const whole = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
	silent := liar(t, nil, "", true)
	for name, tt := range map[string]struct{ sent, service string }{
		"before anything":            {"", silent},
		"in the request line":        {"GET /", silent},
		"in the header":              {"GET / HTTP/1.1\r\nHost: x\r\nX-Y", silent},
		"in a body":                  {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf", silent},
		"in a long body":             {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nhalf", silent},
		"in a chunk":                 {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf", silent},
		"while it waits":             {whole, silent},
		"in the middle of an answer": {whole, liar(t, nil, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", true)},
		"and is answered":            {whole, backend(t, "new").URL},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, onlyService, map[string]string{"OLD": closedPort(t), "NEW": tt.service})
			halfClose(t, r, tt.sent) // from here on all that a proxy always runs does run
			before := exchanging()
			for range 20 {
				halfClose(t, r, tt.sent)
			}
			awaitGoroutines(t, before+10) // kept connections come and go
			if err := r.stop(); err != nil {
				t.Error(err)
			}
			for _, o := range r.fake.observations {
				if o.Failed {
					t.Errorf("it counts against the service: %+v", o)
				}
			}
		})
	}
}

// halfClose sends, closes its side, and waits until the proxy closes the other.
func halfClose(t *testing.T, r *rig, sent string) {
	t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, err = io.WriteString(conn, sent)
	err = errors.Join(err, conn.(*net.TCPConn).CloseWrite())
	if _, last := io.Copy(io.Discard, conn); err != nil || last != nil && !isClosed(last) {
		t.Errorf("%v, %v", err, last)
	}
}

// leaveEarly closes the connection in the middle of the answer.
func leaveEarly(t *testing.T, r *rig) {
	t.Helper()
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(res.Body, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
}
