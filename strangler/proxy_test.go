package strangler

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/route"
)

// patience bounds waits for events that must come.
const patience = time.Minute

// fake is Recorder and Weights.
type fake struct {
	mu           sync.Mutex
	observations []rollout.Observation
	comparisons  chan rollout.Comparison
	shares       map[string]int
}

func newFake() *fake {
	return &fake{comparisons: make(chan rollout.Comparison, 1000), shares: map[string]int{}}
}

func (f *fake) Observe(o rollout.Observation) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.observations = append(f.observations, o)
}

func (f *fake) Compare(c rollout.Comparison) { f.comparisons <- c }

func (f *fake) Share(name string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.shares[name]
}

func (f *fake) set(name string, share int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.shares[name] = share
}

// last is the last observation.
func (f *fake) last(t *testing.T) rollout.Observation {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.observations) == 0 {
		t.Fatal("nothing was observed")
	}
	return f.observations[len(f.observations)-1]
}

// lines collects what is written; safe for concurrent use.
type lines struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	note chan struct{}
}

func newLines() *lines { return &lines{note: make(chan struct{}, 10000)} }

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Write(p)
	select {
	case l.note <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// await waits until text has been written.
func (l *lines) await(t *testing.T, text string) {
	t.Helper()
	limit := time.After(patience)
	for !strings.Contains(l.String(), text) {
		select {
		case <-l.note:
		case <-limit:
			t.Fatalf("%q was never written; got:\n%s", text, l.String())
		}
	}
}

// rig is a proxy that runs, with its surroundings.
type rig struct {
	*Proxy
	url      string
	addr     string
	fake     *fake
	log      *lines
	access   *lines
	registry *prometheus.Registry
	stop     func() error // ends Run and returns its error
}

// start runs a proxy for a configuration in YAML; $NAME is replaced.
func start(t *testing.T, yaml string, replace map[string]string, adjust ...func(*Options)) *rig {
	t.Helper()
	for name, value := range replace {
		yaml = strings.ReplaceAll(yaml, "$"+name, value)
	}
	cfg, err := route.Parse("strangler.yaml", []byte(yaml))
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{fake: newFake(), log: newLines(), access: newLines(), registry: prometheus.NewRegistry()}
	for _, rule := range cfg.Routes {
		r.fake.set(rule.Name, int(rule.Weight))
	}
	o := Options{
		Config: cfg, Logger: slog.New(slog.NewTextHandler(r.log, nil)), AccessLog: r.access,
		Recorder: r.fake, Weights: r.fake, Registry: r.registry, ShutdownTimeout: 5 * time.Second,
	}
	for _, f := range adjust {
		f(&o)
	}
	if r.Proxy, err = New(o); err != nil {
		t.Fatal(err)
	}
	r.serve(t)
	return r
}

func (r *rig) serve(t *testing.T) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.addr = ln.Addr().String()
	r.url = "http://" + r.addr
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx, ln) }()
	var once sync.Once
	var result error
	r.stop = func() error {
		once.Do(func() {
			cancel()
			select {
			case result = <-done:
			case <-time.After(patience):
				t.Error("Run did not return")
			}
		})
		return result
	}
	t.Cleanup(func() { _ = r.stop() })
}

// backend is an HTTP server that says its name.
func backend(t *testing.T, name string) *httptest.Server {
	t.Helper()
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-From", name)
		fmt.Fprintf(w, "%s %s %s %s", name, r.Method, r.URL.RequestURI(), body)
	})
}

func newServer(t testing.TB, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// answer is a response that has been read.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends a request; header is "Name: value" lines.
func (r *rig) ask(t *testing.T, method, path, body string, header ...string) answer {
	t.Helper()
	req, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body == "" {
		req.Body = http.NoBody
	}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Add(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

// user is the cookie of user n.
func user(n int) string { return fmt.Sprintf("Cookie: uid=%d", n) }

const twoArms = `
version: 1
monolith: {url: "$OLD"}
services: {s: {url: "$NEW", timeout: 1m}}
cohort: {cookie: uid, salt: test}
routes:
  - {name: items, match: {path: "/items/{id}"}, service: s, weight: $WEIGHT}
  - {name: orders, match: {path: /orders}, service: s, weight: $WEIGHT}
`

func arms(t *testing.T, weight string) map[string]string {
	return map[string]string{"OLD": backend(t, "old").URL, "NEW": backend(t, "new").URL, "WEIGHT": weight}
}

// TestArmIsSticky: the arm of a user is what the bucket says, on every request and
// every route, and widening the share moves nobody back.
func TestArmIsSticky(t *testing.T) {
	r := start(t, twoArms, arms(t, "0%"))
	const users = 120
	onNew := map[int]bool{}
	for _, share := range []int{0, 500, 2500, 5000, 10000} {
		r.fake.set("items", share)
		r.fake.set("orders", share)
		for u := range users {
			want := "old"
			if route.Bucket("test", fmt.Sprint(u)) < share {
				want = "new"
			}
			for _, path := range []string{"/items/1", "/orders"} {
				if got := r.ask(t, "GET", path, "", user(u)).header.Get("X-From"); got != want {
					t.Fatalf("share %d user %d path %s: %s answers, want %s", share, u, path, got, want)
				}
			}
			if onNew[u] && want == "old" {
				t.Fatalf("user %d moved back at share %d", u, share)
			}
			onNew[u] = want == "new"
		}
	}
	if got := r.ask(t, "GET", "/other", "", user(1)).body; got != "old GET /other " {
		t.Errorf("without a rule: %q", got)
	}
}

func TestObservationAndAccessLog(t *testing.T) {
	r := start(t, twoArms, arms(t, "100%"))
	r.ask(t, "GET", "/items/7?secret=1", "", user(42))
	o := r.fake.last(t)
	key := (&route.Cohort{Cookie: "uid", Salt: "test"}).Of(&http.Request{Header: http.Header{"Cookie": {"uid=42"}}}, route.ClientAddr(&http.Request{}))
	if o.Route != "items" || o.Arm != rollout.New || o.Unit != key.Unit || o.Share != 10000 || o.Failed || o.Latency <= 0 {
		t.Errorf("observation %+v", o)
	}
	r.access.await(t, "\n")
	var line map[string]any
	if err := json.Unmarshal([]byte(r.access.String()), &line); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{
		"method": "GET", "path": "/items/7", "status": 200.0, "route": "items", "arm": "new", "revision": 1.0,
		"bucket": float64(key.Bucket), "share": 10000.0, "upstream": "s", "bytes": float64(len("new GET /items/7?secret=1 ")),
	} {
		if line[name] != want {
			t.Errorf("access log %s = %v, want %v", name, line[name], want)
		}
	}
	if strings.Contains(r.access.String(), "secret") || strings.Contains(r.access.String(), "uid") {
		t.Errorf("access log holds query or cookie: %s", r.access)
	}
}

func TestMetrics(t *testing.T) {
	r := start(t, twoArms, arms(t, "100%"))
	r.ask(t, "GET", "/items/7", "", user(1))
	r.ask(t, "BREW", "/other", "")
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	families, err := r.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range families {
		for _, m := range f.Metric {
			var labels []string
			for _, l := range m.Label {
				labels = append(labels, l.GetName()+"="+l.GetValue())
			}
			value := m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
			got = append(got, fmt.Sprintf("%s{%s} %v", f.GetName(), strings.Join(labels, ","), value))
		}
	}
	for _, want := range []string{
		"strangler_requests_total{arm=new,route=items} 1",
		"strangler_requests_total{arm=old,route=items} 0",
		"strangler_requests_total{arm=old,route=(none)} 1",
		"http_server_request_duration_seconds{http_request_method=GET,http_response_status_code=200,http_route=items} 1",
		"http_server_request_duration_seconds{http_request_method=_OTHER,http_response_status_code=200,http_route=(none)} 1",
		"http_client_request_duration_seconds{error_type=,http_request_method=GET,http_response_status_code=200,server_address=127.0.0.1,",
		"http_client_request_duration_seconds{error_type=,http_request_method=_OTHER,http_response_status_code=200,server_address=127.0.0.1,",
		"strangler_plan_revision{} 1",
		"strangler_upstream_healthy{upstream=monolith,url=" + r.plan.Load().config.Monolith.URL + "} 1",
	} {
		if !strings.Contains(strings.Join(got, "\n"), want) {
			t.Errorf("no %s in\n%s", want, strings.Join(got, "\n"))
		}
	}
}

func TestExplainAgreesWithServing(t *testing.T) {
	r := start(t, twoArms, arms(t, "50%"))
	for u := range 40 {
		req := httptest.NewRequest("GET", "/items/1", nil)
		req.Header.Set("Cookie", fmt.Sprintf("uid=%d", u))
		d := r.Explain(req)
		got := r.ask(t, "GET", "/items/1", "", user(u)).header.Get("X-From")
		if string(d.Arm) != got || d.Route != "items" || d.Share != 5000 || !d.Repeatable {
			t.Fatalf("user %d: explained %+v, served by %s", u, d, got)
		}
	}
	d := r.Explain(httptest.NewRequest("GET", "/items//1", nil))
	if d.Unclear != "an empty segment" || d.Upstream != "monolith" || d.Route != "" {
		t.Errorf("unclear path: %+v", d)
	}
	d = r.Explain(httptest.NewRequest("POST", "/nothing", nil))
	if len(d.Tried) != 2 || d.Tried[0].Mismatch != "path" || d.Upstream != "monolith" {
		t.Errorf("no rule: %+v", d)
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := New(Options{}); err == nil {
		t.Error("no error without a configuration")
	}
	if _, err := New(Options{Config: &route.Config{Version: 1}}); err == nil || !strings.Contains(err.Error(), "url is missing") {
		t.Errorf("err = %v", err)
	}
}

func mustWrite(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
