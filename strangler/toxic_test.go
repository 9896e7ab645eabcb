package strangler

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// behind puts toxiproxy with a fault before a server.
func behind(t *testing.T, url, fault string) string {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	p := toxiproxy.NewProxy(server, "p", "127.0.0.1:0", strings.TrimPrefix(url, "http://"))
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	if _, err := p.Toxics.AddToxicJson(strings.NewReader(fault)); err != nil {
		t.Fatal(err)
	}
	return "http://" + p.Listen
}

// toxics are faults of the network, with what a client gets whose request may run twice.
var toxics = []struct {
	name, fault string
	late        bool   // the service's time must be up
	get         string // from the new arm with the fault
	alone       string // from the monolith with the fault
}{
	{"latency", `{"type": "latency", "attributes": {"latency": 10, "jitter": 10}}`, false, "200 new", "200 old"},
	{"latency of requests", `{"type": "latency", "stream": "upstream", "attributes": {"latency": 10}}`, false, "200 new", "200 old"},
	{"latency above the timeout", `{"type": "latency", "attributes": {"latency": 3600000}}`, true, "200 old", "504"},
	{"timeout: nothing comes", `{"type": "timeout", "attributes": {"timeout": 0}}`, true, "200 old", "504"},
	{"timeout: requests do not arrive", `{"type": "timeout", "stream": "upstream", "attributes": {"timeout": 0}}`, true, "200 old", "504"},
	{"timeout: closed without a word", `{"type": "timeout", "attributes": {"timeout": 5}}`, false, "200 old", "502"},
	{"reset_peer", `{"type": "reset_peer", "attributes": {"timeout": 0}}`, false, "200 old", "502"},
	{"reset_peer of requests", `{"type": "reset_peer", "stream": "upstream", "attributes": {"timeout": 0}}`, false, "200 old", "502"},
	{"slow_close", `{"type": "slow_close", "attributes": {"delay": 20}}`, false, "200 new", "200 old"},
	{"limit_data: nothing", `{"type": "limit_data", "attributes": {"bytes": 0}}`, false, "200 old", "502"},
	{"limit_data: in the header", `{"type": "limit_data", "attributes": {"bytes": 30}}`, false, "200 old", "502"},
	{"limit_data: in the body", `{"type": "limit_data", "attributes": {"bytes": 3000}}`, false, "cut off", "cut off"},
	{"limit_data: in the request", `{"type": "limit_data", "stream": "upstream", "attributes": {"bytes": 20}}`, false, "200 old", "502"},
	{"bandwidth", `{"type": "bandwidth", "attributes": {"rate": 1000}}`, false, "200 new", "200 old"},
	{"slicer", `{"type": "slicer", "attributes": {"average_size": 100, "size_variation": 50, "delay": 10}}`, false, "200 new", "200 old"},
}

// TestToxics: while the network before the new arm has a fault, no request that may run
// twice fails, unless its answer had begun; what the monolith had to answer counts as the
// new arm's failure, and it answers nothing that may not run twice. A fault before the
// monolith is told to the client, and the new arm's requests do not feel it.
func TestToxics(t *testing.T) {
	const config = `
version: 1
monolith: {url: "$OLD", timeout: $MONOLITH}
services: {s: {url: "$NEW", timeout: $SERVICE}}
routes: [{name: r, match: {path: "/items/*"}, service: s, weight: 100%}]
`
	side := func(name string) string {
		return serve(t, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			fmt.Fprint(w, name, strings.Repeat(".", 20000))
		}).URL
	}
	old, service := side("old"), side("new")
	for _, toxic := range toxics {
		t.Run(toxic.name, func(t *testing.T) {
			t.Parallel() // most of it is waiting
			timeout := patience.String()
			if toxic.late {
				timeout = "100ms"
			}
			r := start(t, config, map[string]string{"OLD": old, "NEW": behind(t, service, toxic.fault), "MONOLITH": patience.String(), "SERVICE": timeout})
			askMany(t, r, "GET", "/items/1", toxic.get)
			checkFailures(t, r, toxic.get != "200 new")
			askMany(t, r, "GET", "/elsewhere", "200 old")
			for range 3 {
				if got := askToxic(t, r, "POST", "/items/1"); strings.HasPrefix(got, "200 old") {
					t.Errorf("POST: the monolith answered what may have run")
				}
			}
			if err := r.stop(); err != nil {
				t.Error(err)
			}
			r = start(t, config, map[string]string{"OLD": behind(t, old, toxic.fault), "NEW": service, "MONOLITH": timeout, "SERVICE": patience.String()})
			askMany(t, r, "GET", "/elsewhere", toxic.alone)
			askMany(t, r, "GET", "/items/1", "200 new")
			checkFailures(t, r, false)
		})
	}
}

// askMany asks a few times, several at a time, over kept connections where there are.
func askMany(t *testing.T, r *rig, method, path, want string) {
	t.Helper()
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 4 {
				if got := askToxic(t, r, method, path); got != want {
					t.Errorf("%s %s: %s, want %s", method, path, got, want)
				}
			}
		})
	}
	wait.Wait()
}

// askToxic is status and first letters of an answer, or that it was cut off.
func askToxic(t *testing.T, r *rig, method, path string) string {
	t.Helper()
	req, err := http.NewRequest(method, r.url+path, nil)
	if err != nil {
		t.Error(err)
		return ""
	}
	res, err := http.DefaultClient.Do(req)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF): // nothing of it was flushed
		return "cut off"
	case err != nil:
		return err.Error()
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	switch {
	case err != nil:
		return "cut off"
	case res.StatusCode != 200:
		return fmt.Sprint(res.StatusCode)
	}
	return fmt.Sprintf("200 %.3s", body)
}

// checkFailures looks at what was observed of the route: all requests failed, or none.
func checkFailures(t *testing.T, r *rig, all bool) {
	t.Helper()
	r.access.await(t, "\n")
	r.fake.mu.Lock()
	defer r.fake.mu.Unlock()
	for _, o := range r.fake.observations {
		if o.Failed != all {
			t.Errorf("observed %+v, want failed %t", o, all)
		}
	}
}
