package upstream

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// seen is a server that notes each request as it came.
func seen(t *testing.T) (target *url.URL, requests chan string) {
	t.Helper()
	requests = make(chan string, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		requests <- fmt.Sprintf("%s %s length %d %v, body of %d %x %v, header %v", r.Method, r.RequestURI,
			r.ContentLength, r.TransferEncoding, len(body), sha256.Sum256(body), err, r.Header)
		fmt.Fprint(w, "ok")
	}))
	t.Cleanup(s.Close)
	target, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return target, requests
}

// send sends one request with a body of which the client is src.
func send(c Client, method string, src io.Reader, length int64, header ...string) (*httptest.ResponseRecorder, error) {
	r := httptest.NewRequest(method, "http://shop.example/a%2Fb?q=1", src)
	r.ContentLength = length
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	ctx := context.WithValue(r.Context(), http.ServerContextKey, &http.Server{})
	return w, c.Send(w, &Exchange{Request: r.WithContext(ctx), Body: NewReplay(src, 1<<20).Attempt()})
}

// TestH1Bodies: a request with a body arrives as it would through http.Transport,
// whatever the client said of it in its own header.
func TestH1Bodies(t *testing.T) {
	target, requests := seen(t)
	ways := clients(target, patience)
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "GET"} {
		for _, size := range []int{1, 4000, ShortBody, ShortBody + 1} {
			var got []string
			for _, way := range []string{"net/http", "h1"} {
				body := strings.NewReader(strings.Repeat("b", size))
				w, err := send(ways[way], method, body, int64(size), "Content-Length: 7", "Te: trailers", "Connection: X-Hop", "X-Hop: 1",
					"Content_Length: 9", "X-Forwarded-For: 6.6.6.6", "Content-Type: text/plain", "Cookie: a=1", "Cookie: b=2")
				if err != nil || w.Body.String() != "ok" {
					t.Fatalf("%s %s %d: %v %q", way, method, size, err, w.Body)
				}
				got = append(got, <-requests)
			}
			if got[0] != got[1] || !strings.Contains(got[1], fmt.Sprintf("length %d [], body of %d ", size, size)) {
				t.Errorf("%s %d:\nnet/http %s\nh1       %s", method, size, got[0], got[1])
			}
		}
	}
	ways["h1"].CloseIdle()
}

// TestH1BodyOfAnotherLength: a client that sends less than it said is not forwarded.
func TestH1BodyOfAnotherLength(t *testing.T) {
	target, requests := seen(t)
	c := clients(target, patience)["h1"]
	if _, err := send(c, "POST", strings.NewReader("half"), 8); err == nil || len(requests) > 0 {
		t.Errorf("%v, %d requests arrived", err, len(requests))
	}
	w, err := send(c, "POST", strings.NewReader("whole"), 5) // over the same connection
	if err != nil || w.Code != 200 {
		t.Errorf("after it: %v %d", err, w.Code)
	}
	c.CloseIdle()
}

// once answers one request a connection with text, reading at most so many bytes of it,
// and closes.
func once(t *testing.T, answer string, read int64) (target *url.URL, requests *atomic.Int64) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	requests = &atomic.Int64{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			in := bufio.NewReader(conn)
			if r, err := http.ReadRequest(in); err == nil {
				requests.Add(1)
				_, _ = io.CopyN(io.Discard, r.Body, read)
				_, _ = io.WriteString(conn, answer)
			}
			_ = conn.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, in)
			conn.Close()
		}
	}()
	t.Cleanup(func() { ln.Close(); <-done })
	target, err = url.Parse("http://" + ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return target, requests
}

// TestH1EarlyAnswer: an upstream that answers before it has read the body is heard, and
// its connection is not used again when it says so.
func TestH1EarlyAnswer(t *testing.T) {
	target, requests := once(t, "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig", 0)
	c := clients(target, patience)["h1"]
	for range 5 {
		w, err := send(c, "POST", strings.NewReader(strings.Repeat("b", ShortBody)), ShortBody)
		if err != nil || w.Code != 413 || w.Body.String() != "big" {
			t.Fatalf("%v %d %q", err, w.Code, w.Body)
		}
	}
	if requests.Load() != 5 {
		t.Errorf("%d requests arrived", requests.Load())
	}
}

// TestH1PostIsSentOnce: a POST whose upstream closes without an answer may have run, so
// it is sent again only when it says that it may be.
func TestH1PostIsSentOnce(t *testing.T) {
	for _, tt := range []struct {
		header string
		want   int64
	}{{"A: b", 2}, {"Idempotency-Key: 7", 3}} {
		ln, requests := dropSecond(t)
		c := clients(ln, patience)["h1"]
		if _, err := send(c, "POST", strings.NewReader("body"), 4, tt.header); err != nil {
			t.Fatal(err)
		}
		_, err := send(c, "POST", strings.NewReader("body"), 4, tt.header)
		var f *Failure
		if again := tt.want == 3; again != (err == nil) || !again && (!errors.As(err, &f) || f.Kind != Broken) {
			t.Errorf("%s: %v", tt.header, err)
		}
		if got := requests.Load(); got != tt.want {
			t.Errorf("%s: %d requests arrived, want %d", tt.header, got, tt.want)
		}
		c.CloseIdle()
	}
}

// dropSecond answers requests, but closes at the second of the first connection.
func dropSecond(t *testing.T) (target *url.URL, requests *atomic.Int64) {
	t.Helper()
	requests = &atomic.Int64{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if requests.Add(1) == 2 {
			panic(http.ErrAbortHandler)
		}
		fmt.Fprint(w, "ok")
	}))
	t.Cleanup(s.Close)
	target, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return target, requests
}

// slow is a body whose second half comes when it is let.
type slow struct {
	first, second io.Reader
	wait          func()
}

func (s *slow) Read(p []byte) (int, error) {
	if n, err := s.first.Read(p); err == nil {
		return n, nil
	}
	if s.wait != nil {
		s.wait()
		s.wait = nil
	}
	return s.second.Read(p)
}

// TestH1ConnectionClosedWhileTheClientSends: the upstream gives up an idle connection
// while a slow client still sends; the request goes over a new one, once.
func TestH1ConnectionClosedWhileTheClientSends(t *testing.T) {
	var arrived atomic.Int64
	closed := make(chan struct{}, 10)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived.Add(1)
		_, _ = io.Copy(w, r.Body)
	}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			closed <- struct{}{}
		}
	}
	s.Start()
	defer s.Close()
	target, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := clients(target, patience)["h1"]
	if _, err := send(c, "POST", strings.NewReader("x"), 1); err != nil {
		t.Fatal(err)
	}
	body := &slow{first: strings.NewReader("half"), second: strings.NewReader("half"), wait: func() {
		s.CloseClientConnections()
		<-closed
		<-time.After(2 * staleAfter) // at least: the client must have been slow
	}}
	w, err := send(c, "POST", body, 8)
	if err != nil || w.Body.String() != "halfhalf" || arrived.Load() != 2 {
		t.Errorf("%v %q, %d requests arrived", err, w.Body, arrived.Load())
	}
	c.CloseIdle()
}

// TestH1SlowClient: a client that does not go on with its body is nobody's failure.
func TestH1SlowClient(t *testing.T) {
	target, requests := seen(t)
	c := clients(target, 30*time.Millisecond)["h1"]
	over := make(chan struct{})
	src := &slow{first: strings.NewReader("half"), second: iotestErr{}, wait: func() { <-over }}
	r := httptest.NewRequest("POST", "/", nil)
	r.ContentLength = 8
	err := c.Send(httptest.NewRecorder(), &Exchange{Request: r, Body: NewReplay(src, 8).Attempt(), Stalled: func() { close(over) }})
	var f *Failure
	if !errors.As(err, &f) || f.Kind != Left || !errors.Is(err, ErrSlowClient) || len(requests) > 0 {
		t.Errorf("%v, %d requests arrived", err, len(requests))
	}
	c.CloseIdle()
}

type iotestErr struct{}

func (iotestErr) Read([]byte) (int, error) { return 0, errors.New("deadline") }
