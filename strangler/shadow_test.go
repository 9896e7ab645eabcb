package strangler

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/strangler/shadow"
)

const shadowed = `
version: 1
monolith: {url: "$OLD"}
services: {s: {url: "$NEW", timeout: 1m}}
routes:
  - {name: items, match: {path: "/items/{id}"}, service: s, shadow: 100%, ignore: ["$.at"]}
  - {name: search, match: {path: /search}, service: s, shadow: 100%, safe: always}
`

func jsonBackend(t *testing.T, text string) string {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, text)
	}).URL
}

// TestShadowNeverDelays: the new side blocks until after the client has its answer.
func TestShadowNeverDelays(t *testing.T) {
	release, arrived := make(chan struct{}), make(chan string, 1)
	service := serve(t, func(w http.ResponseWriter, r *http.Request) {
		arrived <- r.Header.Get(shadow.Header) + r.Header.Get("X-Forwarded-For") + " " + r.URL.RequestURI()
		<-release
		fmt.Fprint(w, "old GET /items/1?a=1;b ")
	})
	r := start(t, shadowed, map[string]string{"OLD": backend(t, "old").URL, "NEW": service.URL})
	got := r.ask(t, "GET", "/items/1?a=1;b", "", "X-Forwarded-For: 6.6.6.6")
	if got.header.Get("X-From") != "old" {
		t.Fatalf("answer %+v", got)
	}
	if copied := <-arrived; copied != "1127.0.0.1 /items/1?a=1;b" {
		t.Errorf("copy: %s", copied)
	}
	close(release)
	if c := <-r.fake.comparisons; !c.Equal || c.Route != "items" || c.Unit == 0 {
		t.Errorf("comparison %+v", c)
	}
}

func TestShadowCompares(t *testing.T) {
	old := jsonBackend(t, `{"n": 1.0, "list": [1,2], "at": 1, "copy": 0}`)
	service := jsonBackend(t, `{"copy": 1, "n": 1, "list": [2,1], "at": 2}`)
	r := start(t, shadowed, map[string]string{"OLD": old, "NEW": service})
	r.ask(t, "GET", "/items/1", "")
	c := <-r.fake.comparisons
	if c.Equal || fmt.Sprint(c.Fields) != "[$.copy $.list[*]]" {
		t.Errorf("comparison %+v", c)
	}
	if s := r.Status().Shadow; s.Compared != 1 || s.Mismatched != 1 {
		t.Errorf("status %+v", s)
	}
}

// TestShadowBody: the body of a request that is declared safe is copied.
func TestShadowBody(t *testing.T) {
	r := start(t, shadowed, map[string]string{"OLD": backend(t, "x").URL, "NEW": backend(t, "x").URL})
	r.ask(t, "POST", "/search", `{"q": "shoes"}`)
	if c := <-r.fake.comparisons; !c.Equal || c.Route != "search" {
		t.Errorf("comparison %+v", c)
	}
	r.ask(t, "POST", "/items/1", "not safe")
	r.ask(t, "GET", "/items/1", "")
	if c := <-r.fake.comparisons; c.Route != "items" || len(r.fake.comparisons) > 0 {
		t.Errorf("a POST that may write was copied: %+v", c)
	}
}

// TestShadowBounds: what does not fit is dropped and counted, and the owner waits
// for a copy under way at the stop.
func TestShadowBounds(t *testing.T) {
	release, arrived := make(chan struct{}), make(chan struct{}, 10)
	service := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	old := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/items/large" {
			fmt.Fprint(w, strings.Repeat("x", 2000))
		}
	})
	r := start(t, shadowed, map[string]string{"OLD": old.URL, "NEW": service.URL}, func(o *Options) {
		o.Shadow = shadow.Options{Workers: 1, Queue: 1, MaxBody: 1000}
	})
	r.ask(t, "GET", "/items/1", "")
	<-arrived // the worker is busy
	r.ask(t, "GET", "/items/2", "")
	r.access.await(t, "/items/2") // the answer may be here before the offer
	r.ask(t, "GET", "/items/3", "")
	r.ask(t, "GET", "/items/large", "")
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	want := map[string]float64{"queue_full": 1, "body_too_large": 1, "shutdown": 2}
	families, _ := r.registry.Gather()
	for _, f := range families {
		if f.GetName() != "strangler_shadow_dropped_total" {
			continue
		}
		for _, m := range f.Metric {
			reason := m.Label[0].GetValue()
			if m.GetCounter().GetValue() != want[reason] {
				t.Errorf("dropped for %s: %v, want %v", reason, m.GetCounter().GetValue(), want[reason])
			}
			delete(want, reason)
		}
	}
	if len(want) > 0 || len(r.fake.comparisons) > 0 {
		t.Errorf("not dropped: %v", want)
	}
}
