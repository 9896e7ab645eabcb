package strangler

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/strangler/rollout"
)

const oneService = `
version: 1
monolith: {url: "$OLD", timeout: 1m}
services: {s: {url: "$NEW", timeout: $TIMEOUT}}
routes:
  - {name: auto, match: {path: /auto}, service: s, weight: 100%}
  - {name: always, match: {path: /always}, service: s, weight: 100%, safe: always}
  - {name: never, match: {path: /never}, service: s, weight: 100%, safe: never}
`

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

// hang answers nothing until the test ends.
func hang(t *testing.T) string {
	t.Helper()
	end := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		select {
		case <-end:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(s.Close)
	t.Cleanup(func() { close(end) })
	return s.URL
}

// cutOff reads the request and closes the connection without an answer.
func cutOff(t *testing.T) string {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			conn.Close()
		}
	}).URL
}

func fails(t *testing.T) string {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		http.Error(w, "broken", http.StatusServiceUnavailable)
	}).URL
}

func TestFallback(t *testing.T) {
	big := strings.Repeat("x", 100<<10) // more than MaxReplay
	tests := []struct {
		name         string
		new          func(*testing.T) string
		timeout      string
		method, path string
		body         string
		status       int
		from         string // X-From of the answer
		reason       string // fallback in the access log, "" when there is none
	}{
		{"refused GET", closedPort, "1m", "GET", "/auto", "", 200, "old", "connect"},
		{"refused POST: nothing was sent", closedPort, "1m", "POST", "/auto", "data", 200, "old", "connect"},
		{"refused POST with a large body", closedPort, "1m", "POST", "/auto", big, 200, "old", "connect"},
		{"refused though never safe", closedPort, "1m", "GET", "/never", "", 200, "old", "connect"},
		{"5xx GET", fails, "1m", "GET", "/auto", "", 200, "old", "5xx"},
		{"5xx POST may have run", fails, "1m", "POST", "/auto", "data", 503, "", ""},
		{"5xx GET never safe", fails, "1m", "GET", "/never", "", 503, "", ""},
		{"5xx POST always safe", fails, "1m", "POST", "/always", "data", 200, "old", "5xx"},
		{"5xx POST always safe, body not kept", fails, "1m", "POST", "/always", big, 503, "", ""},
		{"timeout GET", hang, "50ms", "GET", "/auto", "", 200, "old", "timeout"},
		{"timeout POST may have run", hang, "50ms", "POST", "/auto", "data", 504, "", ""},
		{"cut off GET", cutOff, "1m", "GET", "/auto", "", 200, "old", "broken"},
		{"cut off POST may have run", cutOff, "1m", "POST", "/auto", "data", 502, "", ""},
		{"cut off POST always safe", cutOff, "1m", "POST", "/always", "data", 200, "old", "broken"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := start(t, oneService, map[string]string{"OLD": backend(t, "old").URL, "NEW": tt.new(t), "TIMEOUT": tt.timeout})
			got := r.ask(t, tt.method, tt.path, tt.body)
			if got.status != tt.status || got.header.Get("X-From") != tt.from {
				t.Fatalf("answer %d from %q: %.80s", got.status, got.header.Get("X-From"), got.body)
			}
			if tt.from == "old" && got.body != "old "+tt.method+" "+tt.path+" "+tt.body {
				t.Errorf("the monolith got another request: %.200s", got.body)
			}
			if err := r.stop(); err != nil {
				t.Fatal(err)
			}
			if o := r.fake.last(t); !o.Failed || o.Arm != rollout.New {
				t.Errorf("not counted as the new arm's failure: %+v", o)
			}
			if want := `"fallback":"` + tt.reason + `"`; tt.reason != "" != strings.Contains(r.access.String(), want) {
				t.Errorf("access log %s, fallback %q", r.access, tt.reason)
			}
		})
	}
}

func TestFallbackWithMonolithDown(t *testing.T) {
	r := start(t, oneService, map[string]string{"OLD": closedPort(t), "NEW": fails(t), "TIMEOUT": "1m"})
	if got := r.ask(t, "GET", "/auto", ""); got.status != 502 {
		t.Errorf("answer %d", got.status)
	}
	if got := r.ask(t, "GET", "/other", ""); got.status != 502 || !strings.Contains(got.body, "cannot be reached") {
		t.Errorf("answer %d %s", got.status, got.body)
	}
}

// TestUnhealthyServiceIsAvoided: while the health check fails, the service is not
// asked at all, and its cohort's requests count as its failures.
func TestUnhealthyServiceIsAvoided(t *testing.T) {
	asked := make(chan struct{}, 100)
	service := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/health" {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		asked <- struct{}{}
	})
	down := make(chan string, 10)
	r := start(t, strings.Replace(oneService, `url: "$NEW",`, `url: "$NEW", health: /health,`, 1),
		map[string]string{"OLD": backend(t, "old").URL, "NEW": service.URL, "TIMEOUT": "1m"},
		func(o *Options) {
			o.HealthInterval = 5e6
			o.OnHealth = func(name string, healthy bool, reason string) {
				if !healthy {
					down <- name + ": " + reason
				}
			}
		})
	if got := <-down; got != "s: GET /health answers 503 Service Unavailable" {
		t.Errorf("health: %s", got)
	}
	if got := r.ask(t, "POST", "/auto", "data"); got.status != 200 || got.header.Get("X-From") != "old" {
		t.Errorf("answer %+v", got)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if len(asked) > 0 || !r.fake.last(t).Failed {
		t.Errorf("asked %d times, observation %+v", len(asked), r.fake.last(t))
	}
	for _, h := range r.Status().Upstreams {
		if h.Healthy != (h.Name == "monolith") {
			t.Errorf("status %+v", h)
		}
	}
}
