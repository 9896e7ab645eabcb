package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// output collects what a command writes while it runs.
type output struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	note chan struct{}
}

func newOutput() *output { return &output{note: make(chan struct{}, 1000)} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.buf.Write(p)
	select {
	case o.note <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// await waits for a match and returns its groups.
func (o *output) await(t *testing.T, pattern string) []string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	limit := time.After(time.Minute)
	for {
		if m := re.FindStringSubmatch(o.String()); m != nil {
			return m
		}
		select {
		case <-o.note:
		case <-limit:
			t.Fatalf("%s never came; got:\n%s", pattern, o)
		}
	}
}

// proxyFile writes a strangler.yaml for two sides and returns its name.
func proxyFile(t *testing.T, old, new string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "strangler.yaml")
	writeProxyFile(t, file, old, new, "/items/{id}")
	return file
}

func writeProxyFile(t *testing.T, file, old, new, path string) {
	t.Helper()
	text := fmt.Sprintf(`version: 1
listen: 127.0.0.1:0
admin: 127.0.0.1:0
monolith: {url: %q}
services: {s: {url: %q}}
cohort: {cookie: uid}
routes:
  - {name: items, match: {path: %q}, service: s}
`, old, new, path)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func side(t *testing.T, name string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, name) }))
	t.Cleanup(s.Close)
	return s.URL
}

func get(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestProxyRuns: the command as a whole: traffic, moved by ficus rollout; admin,
// metrics, access log; reload by file; a stop that leaves the state behind.
func TestProxyRuns(t *testing.T) {
	old, service := side(t, "old"), side(t, "new")
	file := proxyFile(t, old, service)
	out, errs := newOutput(), newOutput()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	exit := make(chan exitCode, 1)
	go func() { exit <- run(ctx, newConsole(strings.NewReader(""), out, errs, nil), []string{"proxy", file}) }()
	banner := errs.await(t, `listening on (http://\S+) for \S+ \(1 route\); admin and dashboard on (http://\S+)/\n`)
	url, admin := banner[1], banner[2]

	if got := get(t, url+"/items/1"); got != "old" {
		t.Errorf("before: %q", got)
	}
	said := newOutput()
	if code := run(ctx, newConsole(strings.NewReader(""), said, said, nil), []string{"rollout", "set", "items", "100%", "--admin", admin}); code != exitOK {
		t.Fatalf("rollout set: exit %d\n%s", code, said)
	}
	if got := get(t, url+"/items/1"); got != "new" {
		t.Errorf("after rollout set: %q", got)
	}
	out.await(t, `"route":"items","arm":"new"`)
	if got := get(t, admin+"/api/v1/proxy"); !strings.Contains(got, `"revision": 1`) && !strings.Contains(got, `"revision":1`) {
		t.Errorf("status of the proxy: %s", got)
	}
	if got := get(t, admin+"/metrics"); !strings.Contains(got, `strangler_requests_total{arm="new",route="items"} 1`) {
		t.Errorf("metrics:\n%s", got)
	}
	said = newOutput()
	if code := run(ctx, newConsole(strings.NewReader(""), said, said, nil), []string{"proxy", "explain", "GET", "/items/1", "-f", file, "--admin", admin}); code != exitOK || !strings.Contains(said.String(), "(100%) → new") {
		t.Errorf("explain with the share in force: exit %d\n%s", code, said)
	}
	writeProxyFile(t, file, old, service, "/things/{id}")
	errs.await(t, "configuration in force")
	if got := get(t, url+"/things/1") + get(t, url+"/items/1"); got != "newold" {
		t.Errorf("after the reload: %q", got)
	}
	if err := os.WriteFile(file, []byte("version: 1\nmonolith: {url: nonsense}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	errs.await(t, "monolith.url")
	said = newOutput()
	if code := run(ctx, newConsole(strings.NewReader(""), said, said, nil), []string{"rollout", "status", "--admin", admin}); code != exitOK || !strings.Contains(said.String(), "strangler.yaml:2:17: monolith.url") {
		t.Errorf("status while the file is refused: exit %d\n%s", code, said)
	}
	cancel()
	if code := <-exit; code != exitOK {
		t.Errorf("exit %d\n%s", code, errs)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".ficus", "strangler.state*")); len(left) == 0 {
		t.Error("no state is left")
	}
}

func TestProxyPortTaken(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := proxyFile(t, "http://127.0.0.1:1", "http://127.0.0.1:2")
	for _, flag := range []string{"--listen", "--admin"} {
		errs := newOutput()
		code := runInProcess(t, newConsole(strings.NewReader(""), io.Discard, errs, nil), "proxy", flag, taken.Addr().String(), file)
		if code != exitFailed || !strings.Contains(errs.String(), "choose another address with "+flag) || !strings.Contains(errs.String(), "in use") {
			t.Errorf("%s: exit %d: %s", flag, code, errs)
		}
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(file), ".ficus")); err == nil {
		t.Error("a start that failed left state behind")
	}
}

func TestProxyUnwritableState(t *testing.T) {
	file := proxyFile(t, "http://127.0.0.1:1", "http://127.0.0.1:2")
	if err := os.WriteFile(filepath.Join(filepath.Dir(file), ".ficus"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	errs := newOutput()
	if code := runInProcess(t, newConsole(strings.NewReader(""), io.Discard, errs, nil), "proxy", file); code != exitFailed || !strings.Contains(errs.String(), "state") {
		t.Errorf("exit %d: %s", code, errs)
	}
	errs = newOutput()
	if code := runInProcess(t, newConsole(strings.NewReader(""), io.Discard, errs, nil), "proxy", "--access-log", filepath.Join(file, "x"), file); code != exitFailed || !strings.Contains(errs.String(), "open access log") {
		t.Errorf("exit %d: %s", code, errs)
	}
}
