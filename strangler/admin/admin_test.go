package admin_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ficus-dev/ficus/strangler/admin"
	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/route"
)

func newServer(t *testing.T, change func(*admin.Options)) (*rollout.Controller, *httptest.Server) {
	t.Helper()
	c := controller(t)
	registry := prometheus.NewRegistry()
	registry.MustRegister(c.Collector())
	o := admin.Options{Controller: c, Registry: registry, ProxyStatus: func() any { return map[string]int{"open": 3} }}
	if change != nil {
		change(&o)
	}
	server := httptest.NewServer(admin.New(o))
	t.Cleanup(server.Close)
	return c, server
}

func controller(t *testing.T) *rollout.Controller {
	t.Helper()
	c, err := rollout.NewController(rollout.Options{Config: sampleConfig()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ask makes one request; headers are "Name: value".
func ask(t *testing.T, server *httptest.Server, method, path, body string, headers ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			req.Host = value
		}
		req.Header.Set(name, value)
	}
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

const asJSON = "Content-Type: application/json"

func TestRequests(t *testing.T) {
	_, server := newServer(t, nil)
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		want                     string
	}{
		{"page", "GET", "/", "", nil, 200, "<title>ficus rollout</title>"},
		{"script", "GET", "/static/app.js", "", nil, 200, "import"},
		{"health", "GET", "/healthz", "", nil, 200, "ok"},
		{"metrics", "GET", "/metrics", "", nil, 200, `strangler_cohort_weight_ratio{route="checkout",stage="canary"} 0.25`},
		{"status", "GET", "/api/v1/status", "", nil, 200, `"route":"billing"`},
		{"history", "GET", "/api/v1/history", "", nil, 200, `"records":`},
		{"proxy", "GET", "/api/v1/proxy", "", nil, 200, `{"open":3}`},
		{"evidence", "GET", "/api/v1/evidence/billing", "", nil, 200, `"formula":"ficus.rollout/1"`},
		{"evidence of nothing", "GET", "/api/v1/evidence/bill", "", nil, 404, `no route \"bill\"; there are: \"billing\"`},
		{"curve", "GET", "/api/v1/curve/billing", "", nil, 200, `"points":[`},
		{"nothing", "GET", "/api/v2", "", nil, 404, "nothing at GET /api/v2"},
		{"wrong method", "GET", "/api/v1/routes/billing/pause", "", nil, 404, "nothing at GET"},

		{"set", "POST", "/api/v1/routes/billing/share", `{"share":"5%","who":"ann"}`, []string{asJSON}, 200, `"share":"5%"`},
		{"pause", "POST", "/api/v1/routes/billing/pause", ``, []string{asJSON}, 200, `"stage":"paused"`},
		{"resume all", "POST", "/api/v1/routes/*/resume", `{}`, []string{asJSON}, 200, `"paused":false`},
		{"advance", "POST", "/api/v1/routes/billing/advance", ``, []string{asJSON}, 200, `"share":"25%"`},
		{"rollback", "POST", "/api/v1/routes/billing/rollback", `{"reason":"odd"}`, []string{asJSON}, 200, `rolled back: odd`},
		{"set without share", "POST", "/api/v1/routes/billing/share", `{}`, []string{asJSON}, 400, "the body needs"},
		{"set too much", "POST", "/api/v1/routes/billing/share", `{"share":"101%"}`, []string{asJSON}, 400, "not within"},
		{"set a number", "POST", "/api/v1/routes/billing/share", `{"share":5}`, []string{asJSON}, 400, "read the request"},
		{"misspelt", "POST", "/api/v1/routes/billing/share", `{"weight":"5%"}`, []string{asJSON}, 400, "unknown field"},
		{"unknown route", "POST", "/api/v1/routes/x/pause", ``, []string{asJSON}, 404, "no route"},
		{"refused", "POST", "/api/v1/routes/catalogue/advance", ``, []string{asJSON}, 409, "the last step"},

		{"a form of another page", "POST", "/api/v1/routes/billing/pause", "a=b", []string{"Content-Type: application/x-www-form-urlencoded"}, 415, "application/json"},
		{"a fetch of another page", "POST", "/api/v1/routes/billing/pause", "{}", []string{"Content-Type: text/plain"}, 415, "application/json"},
		{"another origin", "POST", "/api/v1/routes/billing/pause", "{}", []string{asJSON, "Origin: https://evil.example"}, 403, "refused for origin"},
		{"no origin", "POST", "/api/v1/routes/billing/pause", "{}", []string{asJSON, "Origin: null"}, 403, "refused for origin"},
		{"rebound name", "GET", "/api/v1/status", "", []string{"Host: evil.example:8081"}, 421, "not this machine"},
		{"local name", "GET", "/api/v1/status", "", []string{"Host: localhost:8081"}, 200, "billing"},
		{"IPv6", "GET", "/healthz", "", []string{"Host: [::1]:8081"}, 200, "ok"},
		{"name that only begins so", "GET", "/healthz", "", []string{"Host: 127.0.0.1.evil.example"}, 421, "not this machine"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, body := ask(t, server, c.method, c.path, c.body, c.headers...)
			if status != c.status || !strings.Contains(body, c.want) {
				t.Errorf("%d %s\nwant %d with %q", status, body, c.status, c.want)
			}
		})
	}
}

func TestHugeBodyIsRefused(t *testing.T) {
	_, server := newServer(t, nil)
	status, _ := ask(t, server, "POST", "/api/v1/routes/billing/rollback", `{"reason":"`+strings.Repeat("x", 1<<20)+`"}`, asJSON)
	if status != 400 {
		t.Errorf("a body of a megabyte is answered %d", status)
	}
}

func TestToken(t *testing.T) {
	_, server := newServer(t, func(o *admin.Options) { o.Token = "s3cret" })
	for _, path := range []string{"/api/v1/status", "/metrics", "/api/v1/stream", "/api/v1/nothing"} {
		for _, header := range []string{"X-None: 1", "Authorization: Bearer wrong", "Authorization: s3cret"} {
			if status, _ := ask(t, server, "GET", path, "", header); status != 401 {
				t.Errorf("%s with %q is answered %d, want 401", path, header, status)
			}
		}
	}
	if status, _ := ask(t, server, "GET", "/api/v1/status", "", "Authorization: Bearer s3cret"); status != 200 {
		t.Errorf("with the token: %d", status)
	}
	for _, path := range []string{"/", "/static/style.css", "/healthz"} {
		if status, _ := ask(t, server, "GET", path, ""); status != 200 {
			t.Errorf("%s needs a token: %d", path, status)
		}
	}
	if status, _ := ask(t, server, "POST", "/api/v1/routes/billing/pause", "{}", asJSON); status != 401 {
		t.Errorf("a change without the token is answered %d", status)
	}
}

// The page brings everything itself and may load nothing else.
func TestPageLoadsNothingForeign(t *testing.T) {
	_, server := newServer(t, nil)
	for _, path := range []string{"/", "/static/app.js", "/static/api.js", "/static/chart.js", "/static/format.js", "/static/theme.js", "/static/style.css"} {
		status, body := ask(t, server, "GET", path, "")
		if status != 200 {
			t.Errorf("%s: %d", path, status)
		}
		for _, foreign := range []string{"https://", "//cdn", "@import", "http://"} {
			if strings.Contains(strings.ReplaceAll(body, "http://www.w3.org/2000/svg", ""), foreign) {
				t.Errorf("%s refers to %s", path, foreign)
			}
		}
	}
	resp, err := server.Client().Get(server.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
		t.Errorf("content security policy %q", policy)
	}
}

func TestStream(t *testing.T) {
	c, server := newServer(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", server.URL+"/api/v1/stream", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	first := nextEvent(t, lines, "status")
	if err := c.Set("billing", 500, "ann"); err != nil {
		t.Fatal(err)
	}
	var status admin.StatusReply
	for second := nextEvent(t, lines, "status"); ; second = nextEvent(t, lines, "status") {
		if err := json.Unmarshal([]byte(second), &status); err != nil {
			t.Fatal(err)
		}
		if status.Routes[0].Share == 500 {
			break
		}
	}
	var history admin.HistoryReply
	if err := json.Unmarshal([]byte(nextEvent(t, lines, "history")), &history); err != nil {
		t.Fatal(err)
	}
	if len(history.Records) != 1 || history.Records[0].Who != "ann" || !strings.Contains(first, `"share":"0%"`) {
		t.Errorf("the stream told of %+v", history.Records)
	}
}

func nextEvent(t *testing.T, lines *bufio.Scanner, name string) string {
	t.Helper()
	for lines.Scan() {
		if lines.Text() == "event: "+name && lines.Scan() {
			return strings.TrimPrefix(lines.Text(), "data: ")
		}
	}
	t.Fatalf("the stream ended before %s: %v", name, lines.Err())
	return ""
}

func TestClient(t *testing.T) {
	_, server := newServer(t, func(o *admin.Options) { o.Token = "s3cret" })
	client := &admin.Client{URL: server.URL + "/", Token: "s3cret"}
	share := route.Share(500)
	st, err := client.Operate(t.Context(), "billing", "share", admin.Command{Share: &share, Who: "ann"})
	if err != nil || st.Routes[0].Share != 500 || st.Config == "" {
		t.Errorf("set: %+v, %v", st, err)
	}
	e, err := client.Evidence(t.Context(), "billing")
	if err != nil || e.Verify() != nil {
		t.Errorf("evidence: %v, %v", err, e.Verify())
	}
	h, err := client.History(t.Context())
	if err != nil || len(h) != 1 || h[0].Who != "ann" {
		t.Errorf("history: %+v, %v", h, err)
	}
	var api *admin.APIError
	if _, err := client.Operate(t.Context(), "x", "pause", admin.Command{}); !errors.As(err, &api) || api.Status != 404 {
		t.Errorf("unknown route: %v", err)
	}
	if _, err := (&admin.Client{URL: deadURL(t)}).Status(t.Context()); !errors.Is(err, admin.ErrUnreachable) {
		t.Errorf("nobody there: %v", err)
	}
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	if _, err := (&admin.Client{URL: other.URL}).Status(t.Context()); err == nil || !strings.Contains(err.Error(), "is it the admin listener") {
		t.Errorf("another server: %v", err)
	}
}

// deadURL is an address at which nothing listens any more.
func deadURL(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	return server.URL
}
