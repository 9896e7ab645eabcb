package strangler

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/strangler/route"
)

// discard is a ResponseWriter that keeps nothing, so that only the proxy is measured.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

// BenchmarkProxy is one proxied GET with 1 KB of answer over loopback, everything
// on: cohort, metrics, access log. The allocations are those of the proxy with its
// upstream client, without net/http's server in front.
func BenchmarkProxy(b *testing.B) {
	body := strings.Repeat("x", 1024)
	upstream := newServer(b, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) })
	cfg := &route.Config{Version: 1, Monolith: route.Upstream{URL: upstream}, Services: map[string]route.Upstream{"s": {URL: upstream}},
		Cohort: route.Cohort{Cookie: "uid"},
		Routes: []route.Route{{Name: "r", Service: "s", Weight: 5000, Match: route.Match{Path: "/items/{id}"}}}}
	p, err := New(Options{Config: cfg, AccessLog: io.Discard})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		r, _ := http.NewRequest("GET", "/items/1", nil)
		r.RemoteAddr = "127.0.0.1:5000"
		r.Header.Set("Cookie", "uid=42")
		for pb.Next() {
			w := &discard{http.Header{}}
			p.ServeHTTP(w, r)
		}
	})
}
