package strangler

import (
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/summerwind/h2spec/config"
	"github.com/summerwind/h2spec/generic"
	"github.com/summerwind/h2spec/hpack"
	"github.com/summerwind/h2spec/http2"
	"github.com/summerwind/h2spec/spec"
)

// h2specFails are the cases of h2spec that do not pass, each with the reason. All are
// net/http's.
var h2specFails = map[string]string{
	"http2/6.5.3/1":   "a SETTINGS frame that says a thing twice ends the connection: nobody needs it but who looks for holes",
	"http2/8.1.2.2/1": "fields of a connection are answered 400, not by RST_STREAM; the request goes nowhere (RFC 9113, 8.1.1 allows the answer)",
	"http2/8.1.2.2/2": "so is a Te that is not \"trailers\"",
}

// h2cFails are more of them, without TLS.
var h2cFails = map[string]string{
	"http2/3.5/2": "what does not begin with the preface is HTTP/1, and is answered 400 as such",
}

// h2specCases are the cases of h2spec, strict ones among them, by section and number.
func h2specCases() map[string]*spec.TestCase {
	cases := map[string]*spec.TestCase{}
	var add func(g *spec.TestGroup)
	add = func(g *spec.TestGroup) {
		for i, c := range slices.Concat(g.Tests, g.StrictTests) {
			cases[fmt.Sprintf("%s/%d", g.ID(), i+1)] = c
		}
		for _, sub := range g.Groups {
			add(sub)
		}
	}
	for _, root := range []*spec.TestGroup{generic.Spec(), http2.Spec(), hpack.Spec()} {
		add(root)
	}
	return cases
}

// h2specRun runs cases against a server, several at a time, each with a connection of its
// own: the cases that fail, and why.
func h2specRun(c config.Config, cases map[string]*spec.TestCase) map[string]string {
	failed := map[string]string{}
	var mu sync.Mutex
	var wait sync.WaitGroup
	slots := make(chan struct{}, 16) // most of a failure is waiting
	for name, one := range cases {
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			own := c // RunMode notes things in it
			if err := h2specCase(&own, one); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed[name] = err.Error()
			}
		})
	}
	wait.Wait()
	return failed
}

func h2specCase(c *config.Config, one *spec.TestCase) (err error) {
	defer func() {
		if r := recover(); r != nil { // it looks at an event that never came
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	conn, err := spec.Dial(c)
	if err != nil {
		return err
	}
	defer conn.Close()
	return one.Run(c, conn)
}

// TestH2Spec: h2spec's cases pass, by h2c and by TLS, but for those listed, which net/http
// alone does not pass either.
func TestH2Spec(t *testing.T) {
	origin := backend(t, "old").URL
	t.Run("h2c", func(t *testing.T) {
		expected := maps.Clone(h2specFails)
		maps.Copy(expected, h2cFails)
		r := start(t, "version: 1\nmonolith: {url: $OLD}\n", map[string]string{"OLD": origin})
		checkH2Spec(t, h2specConfig(t, r.addr, false), h2specConfig(t, bareH2(t, ""), false), expected)
	})
	t.Run("TLS", func(t *testing.T) {
		a, folder := newAuthority(t), t.TempDir()
		a.write(t, folder, "server", "h2")
		r := startFile(t, folder, tlsFront, map[string]string{"OLD": origin})
		checkH2Spec(t, h2specConfig(t, r.addr, true), h2specConfig(t, bareH2(t, folder), true), h2specFails)
	})
}

func h2specConfig(t *testing.T, addr string, secure bool) config.Config {
	t.Helper()
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return config.Config{Host: host, Port: port, Path: "/", Timeout: 2 * time.Second, MaxHeaderLen: 4000, Strict: true, TLS: secure, Insecure: true}
}

// checkH2Spec runs all cases against ours, and those that are expected to fail against
// bare as well. What is late on a busy machine looks like a failure: what fails and should
// not has a second try with more patience.
func checkH2Spec(t *testing.T, ours, bare config.Config, expected map[string]string) {
	t.Helper()
	cases, again := h2specCases(), map[string]*spec.TestCase{}
	all, failed := len(cases), h2specRun(ours, cases)
	for name := range failed {
		if _, known := expected[name]; !known {
			again[name] = cases[name]
		}
	}
	ours.Timeout = patience
	for name, why := range h2specRun(ours, again) {
		t.Errorf("%s %s: %s", name, cases[name].Desc, strings.ReplaceAll(why, "\n", "; "))
	}
	maps.DeleteFunc(cases, func(name string, _ *spec.TestCase) bool { _, known := expected[name]; return !known })
	t.Logf("%d of %d cases pass", all-len(expected), all)
	oracle := h2specRun(bare, cases)
	for name := range expected {
		if failed[name] == "" {
			t.Errorf("%s passes: take it from the list", name)
		}
		if oracle[name] == "" {
			t.Errorf("%s: net/http alone passes it", name)
		}
	}
}

// bareH2 is the address of net/http alone; with TLS when there is a folder with
// certificates.
func bareH2(t *testing.T, folder string) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Protocols: &http.Protocols{}, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "bare ", r.Method) })}
	s.Protocols.SetHTTP1(true)
	s.Protocols.SetHTTP2(true)
	s.Protocols.SetUnencryptedHTTP2(true)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if folder == "" {
			_ = s.Serve(ln)
			return
		}
		_ = s.ServeTLS(ln, filepath.Join(folder, "server.pem"), filepath.Join(folder, "server.key"))
	}()
	t.Cleanup(func() { s.Close(); <-done })
	return ln.Addr().String()
}
