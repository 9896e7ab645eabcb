package strangler

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestRewrite: the new arm gets the rewritten request, also as a copy; the monolith
// gets it as it came, also as a fallback.
func TestRewrite(t *testing.T) {
	const config = `
version: 1
monolith: {url: "$OLD"}
services: {s: {url: "$NEW"}, down: {url: "$DOWN"}}
routes:
  - {name: new, match: {path: "/shop/{id}/items/*"}, service: s, weight: 100%, rewrite: $REWRITE}
  - {name: copy, match: {path: "/copy/{id}/items/*"}, service: s, shadow: 100%, rewrite: $REWRITE}
  - {name: down, match: {path: "/down/{id}/items/*"}, service: down, weight: 100%, rewrite: $REWRITE}
`
	seen := make(chan string, 10)
	side := func(name string) string {
		return serve(t, func(_ http.ResponseWriter, r *http.Request) {
			seen <- fmt.Sprintf("%s %s %s Set=%s Gone=%s", name, r.Host, r.RequestURI, r.Header.Get("X-Set"), r.Header.Get("X-Gone"))
		}).URL
	}
	r := start(t, config, map[string]string{"OLD": side("old"), "NEW": side("new"), "DOWN": closedPort(t),
		"REWRITE": `{path: "/v2/*/of/{id}", host: internal.example, set_headers: {x-set: "1"}, remove_headers: [X-Gone]}`})
	for _, tt := range []struct{ path, want string }{
		{"/shop/a%20b/items/x/y%41?q=1", "new internal.example /v2/x/y%41/of/a%20b?q=1 Set=1 Gone="},
		{"/copy/7/items/", "old " + r.addr + " /copy/7/items/ Set= Gone=yes"},
		{"", "new internal.example /v2//of/7 Set=1 Gone="}, // the copy of the one before
		{"/down/7/items/x", "old " + r.addr + " /down/7/items/x Set= Gone=yes"},
	} {
		if tt.path != "" {
			r.ask(t, "GET", tt.path, "", "X-Gone: yes")
		}
		if got := <-seen; got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.path, got, tt.want)
		}
	}
}

func TestRouteTimeout(t *testing.T) {
	const config = `
version: 1
monolith: {url: "$OLD", timeout: 1m}
services: {s: {url: "$NEW", timeout: 1m}}
routes: [{name: r, match: {path: /r}, service: s, weight: $WEIGHT, timeout: 30ms}]
`
	for weight, from := range map[string]string{"100%": "new", "0%": "old"} {
		r := start(t, config, map[string]string{"OLD": hang(t), "NEW": hang(t), "WEIGHT": weight})
		if got := r.ask(t, "POST", "/r", "data"); got.status != 504 {
			t.Errorf("%s: answer %d", from, got.status)
		}
	}
}

func TestMaxBody(t *testing.T) {
	const config = `
version: 1
monolith: {url: "$OLD"}
services: {s: {url: "$NEW"}}
routes: [{name: r, match: {path: /r}, service: s, weight: 100%, max_body: 1KB}]
`
	r := start(t, config, arms(t, ""))
	if got := r.ask(t, "POST", "/r", strings.Repeat("x", 1024)); got.status != 200 {
		t.Errorf("at the limit: %d", got.status)
	}
	if got := r.ask(t, "POST", "/r", strings.Repeat("x", 1025)); got.status != 413 {
		t.Errorf("declared above the limit: %d", got.status)
	}
	res, err := http.Post(r.url+"/r", "", io.MultiReader(strings.NewReader(strings.Repeat("x", 100<<10))))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 413 {
		t.Errorf("streamed above the limit: %d", res.StatusCode)
	}
	if got := r.ask(t, "POST", "/other", strings.Repeat("x", 2000)); got.status != 200 {
		t.Errorf("no rule, no limit: %d", got.status)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if n := len(r.fake.observations); n != 1 {
		t.Errorf("%d observations: a refused body says nothing about a side", n)
	}
}

// TestClientBreaksOff: a client that leaves in the middle of its body is nobody's
// failure.
func TestClientBreaksOff(t *testing.T) {
	r := start(t, onlyService, arms(t, ""))
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "POST /r HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
	conn.Close()
	r.access.await(t, `"status":499`)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if n := len(r.fake.observations); n != 0 {
		t.Errorf("observed %+v", r.fake.observations)
	}
}

const withBreaker = `
version: 1
monolith: {url: "$OLD"}
services: {s: {url: "$NEW", breaker: {failures: 3, pause: $PAUSE}}}
routes: [{name: r, service: s, weight: 100%}]
`

// TestBreaker: after failures in a row the service is not asked.
func TestBreaker(t *testing.T) {
	var asked atomic.Int64
	service := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusInternalServerError)
	})
	r := start(t, withBreaker, map[string]string{"OLD": backend(t, "old").URL, "NEW": service.URL, "PAUSE": "1h"})
	for range 3 {
		if got := r.ask(t, "GET", "/", ""); got.header.Get("X-From") != "old" {
			t.Fatalf("answer %+v", got)
		}
	}
	r.ask(t, "POST", "/", "data") // nothing was sent: the monolith may answer
	r.access.await(t, `"fallback":"breaker"`)
	if asked.Load() != 3 || !r.fake.last(t).Failed {
		t.Errorf("asked %d times, observed %+v", asked.Load(), r.fake.last(t))
	}
	if h := r.Status().Upstreams[1]; h.Breaker == "closed" || h.Breaker == "" {
		t.Errorf("status %+v", h)
	}
}

// TestBreakerCloses: after the pause one request tries the service, and its success
// closes the breaker.
func TestBreakerCloses(t *testing.T) {
	var broken atomic.Bool
	service := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.Header().Set("X-From", "new")
	})
	r := start(t, withBreaker, map[string]string{"OLD": backend(t, "old").URL, "NEW": service.URL, "PAUSE": "20ms"})
	broken.Store(true)
	for range 3 {
		r.ask(t, "GET", "/", "")
	}
	broken.Store(false)
	limit := time.Now().Add(patience)
	for r.ask(t, "GET", "/", "").header.Get("X-From") != "new" {
		if time.Now().After(limit) {
			t.Fatal("the service never gets another try")
		}
	}
	if h := r.Status().Upstreams[1]; h.Breaker != "closed" {
		t.Errorf("status %+v", h)
	}
}

// TestSeveralUpstreams: requests are spread, and one that is down is passed over,
// also by requests that may not run twice, because nothing was sent to it.
func TestSeveralUpstreams(t *testing.T) {
	const config = `
version: 1
monolith: {urls: ["$OLD", "$DOWN"]}
services: {s: {urls: ["$NEW1", "$NEW2", "$DOWN"]}}
routes: [{name: r, match: {path: /r}, service: s, weight: 100%}]
`
	r := start(t, config, map[string]string{"OLD": backend(t, "old").URL, "DOWN": closedPort(t),
		"NEW1": backend(t, "one").URL, "NEW2": backend(t, "two").URL})
	from := map[string]int{}
	for range 12 {
		got := r.ask(t, "POST", "/r", "data")
		if got.body != got.header.Get("X-From")+" POST /r data" {
			t.Fatalf("answer %+v", got)
		}
		from[got.header.Get("X-From")]++
		if r.ask(t, "GET", "/", "").status != 200 {
			t.Fatal("the monolith that is down was not passed over")
		}
	}
	if from["one"] < 4 || from["two"] < 4 {
		t.Errorf("spread %v", from)
	}
	if r.fake.last(t).Failed || len(r.Status().Upstreams) != 5 {
		t.Errorf("observed %+v, status %+v", r.fake.last(t), r.Status().Upstreams)
	}
}

// TestSlowBody: a client that stops in the middle of its body is told so, and
// nobody else is blamed.
func TestSlowBody(t *testing.T) {
	service := serve(t, func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) })
	r := start(t, oneService, map[string]string{"OLD": backend(t, "old").URL, "NEW": service.URL, "TIMEOUT": "50ms"})
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST /always HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
	reply, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(reply), "HTTP/1.1 408") {
		t.Errorf("reply %q, %v", reply, err)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if len(r.fake.observations) > 0 {
		t.Errorf("observed %+v", r.fake.observations)
	}
}

// TestServiceDiesUnderLoad: the service is killed while requests run, connections
// and all, and comes back; no client that only reads notices.
func TestServiceDiesUnderLoad(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	service := httptest.NewServer(handler)
	address := service.Listener.Addr().String()
	r := start(t, onlyService, map[string]string{"OLD": backend(t, "old").URL, "NEW": service.URL})
	var stop atomic.Bool
	var failed, answered atomic.Int64
	var wait sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}
	for range 8 {
		wait.Go(func() {
			for !stop.Load() {
				res, err := client.Get(r.url + "/x")
				if err != nil || res.StatusCode != 200 {
					failed.Add(1)
				}
				if err == nil {
					_, err = io.Copy(io.Discard, res.Body)
					res.Body.Close()
					if err != nil {
						failed.Add(1)
					}
				}
				answered.Add(1)
			}
		})
	}
	more := func(n int64) {
		for seen := answered.Load(); answered.Load() < seen+n; {
			r.ask(t, "GET", "/x", "")
		}
	}
	for range 5 {
		more(30)
		service.CloseClientConnections()
		service.Close()
		more(30)
		ln, err := net.Listen("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		service = &httptest.Server{Listener: ln, Config: &http.Server{Handler: handler}}
		service.Start()
	}
	more(30)
	stop.Store(true)
	wait.Wait()
	service.Close()
	if failed.Load() > 0 {
		t.Errorf("%d of %d requests failed", failed.Load(), answered.Load())
	}
}
