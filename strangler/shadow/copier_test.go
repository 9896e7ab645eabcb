package shadow

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// events are what a copier reports.
type events struct {
	done    chan Result
	dropped chan Reason
}

func newEvents(o *Options) *events {
	e := &events{make(chan Result, 100), make(chan Reason, 100)}
	o.Done = func(r Result) { e.done <- r }
	o.Dropped = func(_ *Job, why Reason) { e.dropped <- why }
	return e
}

func job(send func(*http.Request) (*http.Response, error)) *Job {
	return &Job{Method: "GET", URL: &url.URL{Path: "/"}, Header: http.Header{"Accept-Encoding": {"br"}}, Old: Answer{Status: 200, Header: http.Header{}}, Send: send}
}

func response(status int, body io.Reader) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(body)}
}

func running(t *testing.T, c *Copier) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); c.Run(ctx) }()
	stop = func() { cancel(); <-done }
	t.Cleanup(stop)
	return stop
}

func TestCopierOutcomes(t *testing.T) {
	tests := []struct {
		name string
		send func(*http.Request) (*http.Response, error)
		want string
	}{
		{"equal", func(r *http.Request) (*http.Response, error) {
			if r.Header.Get(Header) != "1" || r.Header.Get("Accept-Encoding") != "" {
				return nil, errors.New("header of the copy is wrong")
			}
			return response(200, strings.NewReader("")), nil
		}, ""},
		{"status", func(*http.Request) (*http.Response, error) { return response(500, strings.NewReader("")), nil }, "status"},
		{"no answer", func(*http.Request) (*http.Response, error) { return nil, errors.New("refused") }, "error"},
		{"cut off", func(*http.Request) (*http.Response, error) {
			return response(200, io.MultiReader(strings.NewReader("x"), badReader{})), nil
		}, "error"},
		{"late", func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }, "error"},
		{"large", func(*http.Request) (*http.Response, error) {
			return response(200, strings.NewReader(strings.Repeat("x", 2000))), nil
		}, "dropped body_too_large"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := Options{MaxBody: 1000}
			e := newEvents(&o)
			c := New(o)
			running(t, c)
			j := job(tt.send)
			if tt.name == "late" {
				j.Timeout = 50 * time.Millisecond
			}
			c.Offer(j)
			var got string
			select {
			case r := <-e.done:
				got = string(r.Diff.Class)
			case why := <-e.dropped:
				got = "dropped " + string(why)
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

type badReader struct{}

func (badReader) Read([]byte) (int, error) { return 0, errors.New("connection reset") }

// TestCopierNeverBlocks: without a worker the queue fills, and the rest is dropped.
func TestCopierNeverBlocks(t *testing.T) {
	o := Options{Queue: 3}
	e := newEvents(&o)
	c := New(o)
	for range 10 {
		c.Offer(job(nil))
	}
	if c.Waiting() != 3 || len(e.dropped) != 7 {
		t.Errorf("%d wait, %d dropped", c.Waiting(), len(e.dropped))
	}
}

func TestCopierBoundsMemory(t *testing.T) {
	o := Options{MaxMemory: 1000}
	e := newEvents(&o)
	c := New(o)
	for range 5 {
		j := job(nil)
		j.Body = make([]byte, 400)
		c.Offer(j)
	}
	if c.Waiting() != 2 || len(e.dropped) != 3 {
		t.Errorf("%d wait, %d dropped", c.Waiting(), len(e.dropped))
	}
}

// TestCopierStop: what is under way is cut off, what waits is dropped, later offers
// too.
func TestCopierStop(t *testing.T) {
	o := Options{Workers: 1}
	e := newEvents(&o)
	c := New(o)
	stop := running(t, c)
	begun := make(chan struct{})
	c.Offer(job(func(r *http.Request) (*http.Response, error) {
		close(begun)
		<-r.Context().Done()
		return nil, r.Context().Err()
	}))
	<-begun
	c.Offer(job(nil))
	stop()
	c.Offer(job(nil))
	for range 3 {
		if why := <-e.dropped; why != ShuttingDown {
			t.Errorf("dropped for %s", why)
		}
	}
}

func TestCapture(t *testing.T) {
	read := func(limit int, body io.Reader) (string, Reason) {
		c := NewCapture(io.NopCloser(body), limit)
		io.Copy(io.Discard, c)
		kept, why := c.Body()
		return string(kept), why
	}
	if kept, why := read(5, strings.NewReader("12345")); kept != "12345" || why != "" {
		t.Errorf("%q %s", kept, why)
	}
	if _, why := read(4, strings.NewReader("12345")); why != TooLarge {
		t.Errorf("%s", why)
	}
	if _, why := read(9, io.MultiReader(strings.NewReader("1"), badReader{})); why != Incomplete {
		t.Errorf("%s", why)
	}
}
