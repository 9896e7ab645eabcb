package strangler

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/net/websocket"

	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/route"
)

// counting is a backend that counts its connections.
func counting(t *testing.T) (url string, connections *atomic.Int64) {
	t.Helper()
	connections = &atomic.Int64{}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s.URL, connections
}

// TestReloadUnderLoad: no request fails while the configuration is replaced again
// and again, and the connections of upstreams that did not change stay.
func TestReloadUnderLoad(t *testing.T) {
	old, oldConns := counting(t)
	service, _ := counting(t)
	replace := map[string]string{"OLD": old, "NEW": service, "WEIGHT": "50%"}
	r := start(t, twoArms, replace)
	const workers, reloads = 8, 60
	var stop atomic.Bool
	var wait sync.WaitGroup
	var failed, answered atomic.Int64
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	for w := range workers {
		wait.Go(func() {
			for i := 0; !stop.Load(); i++ {
				req, _ := http.NewRequest("GET", r.url+"/items/1", nil)
				req.Header.Set("Cookie", fmt.Sprintf("uid=%d", w*1000+i))
				res, err := client.Do(req)
				if err != nil || res.StatusCode != 200 {
					failed.Add(1)
				}
				if err == nil {
					res.Body.Close()
				}
				answered.Add(1)
			}
		})
	}
	for i := range reloads {
		cfg := *r.plan.Load().config
		cfg.Routes = append([]route.Route{}, cfg.Routes...)
		if i%2 == 0 {
			cfg.Routes = cfg.Routes[:1]
		} else {
			cfg.Routes = append(cfg.Routes[:1], route.Route{Name: "more", Service: "s", Match: route.Match{Path: fmt.Sprintf("/more/%d", i)}})
		}
		if err := r.Reload(&cfg); err != nil {
			t.Fatal(err)
		}
		for seen := answered.Load(); answered.Load() < seen+3; { // some traffic on every plan
			r.ask(t, "GET", "/", "")
		}
	}
	stop.Store(true)
	wait.Wait()
	if failed.Load() > 0 {
		t.Errorf("%d of %d requests failed", failed.Load(), answered.Load())
	}
	if n := oldConns.Load(); n > 3*workers {
		t.Errorf("%d connections to an upstream that did not change, for %d clients", n, workers)
	}
	if got := r.Status().Revision; got != reloads+1 {
		t.Errorf("revision %d", got)
	}
}

func TestReloadRefusedChangesNothing(t *testing.T) {
	r := start(t, twoArms, arms(t, "100%"))
	before := r.plan.Load()
	if err := r.Reload(&route.Config{Version: 1}); err == nil {
		t.Fatal("no error")
	}
	if r.plan.Load() != before || r.Status().Refused == nil || !strings.Contains(r.Status().Refused.Error, "url is missing") {
		t.Errorf("status %+v", r.Status())
	}
	r.log.await(t, "configuration refused")
	if err := r.Reload(before.config); err != nil || r.Status().Refused != nil {
		t.Errorf("an accepted one: %v, status %+v", err, r.Status())
	}
}

func TestReloadMovesToAnotherUpstream(t *testing.T) {
	r := start(t, twoArms, arms(t, "0%"))
	cfg := *r.plan.Load().config
	cfg.Monolith.URL = backend(t, "other").URL
	if err := r.Reload(&cfg); err != nil {
		t.Fatal(err)
	}
	if got := r.ask(t, "GET", "/", "").header.Get("X-From"); got != "other" {
		t.Errorf("%q answers", got)
	}
}

// TestFileReload: a change of the file comes into force, however it is written; a
// bad one is refused and seen.
func TestFileReload(t *testing.T) {
	file := filepath.Join(t.TempDir(), "strangler.yaml")
	replace := arms(t, "0%")
	text := twoArms
	for name, value := range replace {
		text = strings.ReplaceAll(text, "$"+name, value)
	}
	mustWrite(t, file, text)
	loaded := make(chan *route.Config, 10)
	r := start(t, text, nil, func(o *Options) {
		o.ConfigFile = file
		o.OnReload = func(c *route.Config) { loaded <- c }
	})
	mustWrite(t, file, strings.Replace(text, "/orders", "/purchases", 1))
	if c := <-loaded; c.Routes[1].Match.Path != "/purchases" {
		t.Errorf("loaded %+v", c)
	}
	mustWrite(t, file, "version: 1\nmonolith: [\n")
	r.log.await(t, "strangler.yaml:2:") // an empty file, while it was written, may have been refused before
	if s := r.Status(); s.Revision != 2 || s.Refused == nil || !strings.Contains(s.Refused.Error, "strangler.yaml:2:") {
		t.Errorf("status %+v", s)
	}
	// As editors and Kubernetes do it: another file takes the name.
	mustWrite(t, file+".new", strings.Replace(text, "/orders", "/replaced", 1))
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
	if c := <-loaded; c.Routes[1].Match.Path != "/replaced" {
		t.Errorf("loaded %+v", c)
	}
	mustWrite(t, file, strings.Replace(text, "/orders", "/by-hand", 1))
	if err := r.ReloadFile(); err != nil {
		t.Fatal(err)
	}
	if c := <-loaded; c.Routes[1].Match.Path != "/by-hand" {
		t.Errorf("loaded %+v", c)
	}
}

// TestConnectionsOutliveWeights: shares change without a reload, and a reload of another
// route closes nothing: one connection of a client sees all of it, an upgraded one stays,
// and so do those to the upstreams.
func TestConnectionsOutliveWeights(t *testing.T) {
	old, oldConns := counting(t)
	service, newConns := counting(t)
	echo := newServer(t, websocket.Handler(func(c *websocket.Conn) { _, _ = io.Copy(c, c) }).ServeHTTP)
	r := start(t, `
version: 1
monolith: {url: "$OLD"}
services: {s: {url: "$NEW"}, ws: {url: "$WS"}}
cohort: {cookie: uid}
routes:
  - {name: items, match: {path: "/items/{id}"}, service: s, weight: 0%}
  - {name: live, match: {path: /live}, service: ws, weight: 100%}
`, map[string]string{"OLD": old, "NEW": service, "WS": echo})
	upgraded, err := websocket.Dial("ws://"+r.addr+"/live", "", r.url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { upgraded.Close() })
	conn, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	in := bufio.NewReader(conn)
	revision := r.Status().Revision
	for i, share := range []int{0, route.Buckets, 0, route.Buckets, 0} {
		r.fake.set("items", share)
		fmt.Fprint(conn, "GET /items/1 HTTP/1.1\r\nHost: shop\r\nCookie: uid=1\r\n\r\n")
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatalf("at %d: %v", share, err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil || res.Close {
			t.Fatalf("at %d: %v, close %t", share, err, res.Close)
		}
		if arm := r.fake.last(t).Arm; (arm == rollout.New) != (share > 0) {
			t.Errorf("at %d: arm %s", share, arm)
		}
		if i < 2 {
			if now := r.Status().Revision; now != revision {
				t.Errorf("revision %d after a share was set, before %d", now, revision)
			}
			continue
		}
		cfg := *r.plan.Load().config
		cfg.Routes = append(slices.Clone(cfg.Routes), route.Route{Name: fmt.Sprint("more", i), Service: "s", Match: route.Match{Path: fmt.Sprintf("/more/%d", i)}})
		if err := r.Reload(&cfg); err != nil {
			t.Fatal(err)
		}
	}
	if oldConns.Load() != 1 || newConns.Load() != 1 {
		t.Errorf("connections to the upstreams: %d and %d, want one each", oldConns.Load(), newConns.Load())
	}
	said := make([]byte, len("still here"))
	fmt.Fprint(upgraded, "still here")
	if _, err := io.ReadFull(upgraded, said); err != nil || string(said) != "still here" {
		t.Errorf("the upgraded connection says %q, %v", said, err)
	}
}
