package main

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ficus-dev/ficus/strangler/admin"
	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/route"
)

// TestRolloutScript runs ficus rollout against the admin listener of a proxy without
// traffic of its own. Two commands are added to the scripts:
//
//	proxy start [token]   starts it and sets FICUS_ADMIN
//	proxy stop            stops it: nothing answers there then
//	break ROUTE           makes the route's new side fail until it is rolled back
func TestRolloutScript(t *testing.T) {
	var controllers, servers sync.Map // by the script's folder; scripts run at the same time
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/rollout",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"proxy": func(ts *testscript.TestScript, _ bool, args []string) {
				if args[0] == "stop" {
					running, _ := servers.LoadAndDelete(ts.Getenv("WORK"))
					running.(*httptest.Server).Close()
					return
				}
				c := scriptController(ts)
				server := httptest.NewServer(admin.New(admin.Options{Controller: c, Token: strings.Join(args[1:], "")}))
				controllers.Store(ts.Getenv("WORK"), c)
				servers.Store(ts.Getenv("WORK"), server)
				ts.Defer(server.Close)
				ts.Setenv("FICUS_ADMIN", server.URL)
			},
			"break": func(ts *testscript.TestScript, _ bool, args []string) {
				c, _ := controllers.Load(ts.Getenv("WORK"))
				breakRoute(c.(*rollout.Controller), args[0])
			},
		},
	})
}

func scriptController(ts *testscript.TestScript) *rollout.Controller {
	rule := func(name, path string, weight route.Share) route.Route {
		return route.Route{Name: name, Service: "shop", Weight: weight, Match: route.Match{Path: path, Methods: []string{"GET"}}}
	}
	c, err := rollout.NewController(rollout.Options{Config: &route.Config{
		Version: 1, Monolith: route.Upstream{URL: "http://127.0.0.1:1"},
		Services: map[string]route.Upstream{"shop": {URL: "http://127.0.0.1:2"}},
		Routes:   []route.Route{rule("billing", "/invoices/*", 500), rule("catalogue", "/products/*", 10000), rule("search", "/search", 0)},
	}})
	ts.Check(err)
	for unit := range uint64(400) {
		c.Observe(rollout.Observation{Route: "billing", Arm: rollout.Old, Unit: unit, Share: 500, Latency: time.Millisecond})
	}
	c.Evaluate()
	return c
}

func breakRoute(c *rollout.Controller, name string) {
	for unit := uint64(0); c.Share(name) > 0; unit++ {
		c.Observe(rollout.Observation{Route: name, Arm: rollout.New, Unit: unit, Share: c.Share(name), Failed: true})
		c.Evaluate()
	}
}

// A wide terminal gets a table, a narrow one blocks that fit 80 columns.
func TestStatusWidths(t *testing.T) {
	st := admin.StatusReply{Routes: []rollout.RouteStatus{{
		Route: "billing", Match: "GET /invoices/*", Stage: rollout.StageCanary, Share: 500,
		Step: rollout.Arms{Old: rollout.Counts{Requests: 182_411, Failures: 383}, New: rollout.Counts{Requests: 9_000, Failures: 20}},
		Decision: rollout.Decision{
			Text:    "waits: not yet shown to fail less than 1.5× as often as the monolith: 1.04 [0.71, 1.49]",
			Numbers: rollout.Numbers{Events: 80, Ratio: 1.04, Lower: 0.71, Upper: 1.49},
		},
	}}}
	var out bytes.Buffer
	printStatus(newConsole(nil, &out, &out, nil), st, false)
	for line := range strings.Lines(out.String()) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > 80 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	for _, want := range []string{"191,411 requests", "0.21 % / 0.22 %", "1.04 [0.71, 1.49]"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	out.Reset()
	printWide(newConsole(nil, &out, &out, nil), st.Routes)
	if lines := strings.Count(out.String(), "\n"); lines != 2 {
		t.Errorf("the table of one route has %d lines, want 2:\n%s", lines, out.String())
	}
}

func TestParityText(t *testing.T) {
	fields := []rollout.FieldCount{{Field: "$.a", Count: 3}, {Field: "$.b", Count: 1}}
	for want, p := range map[string]rollout.ParityStatus{
		"–":                {},
		"none yet":         {Shadowed: true},
		"50.00 %, 1 field": {Shadowed: true, Compared: 6, Different: 3, Fields: fields[:1]},
		"0.00 %, 2 fields": {Shadowed: true, Compared: 3, Different: 3, Fields: fields},
		"99.99 % of 9,999": {Shadowed: true, Compared: 9999, Different: 1, Fields: fields[1:]},
	} {
		if got := parityText(rollout.RouteStatus{Parity: p}); got != want {
			t.Errorf("%+v: %q, want %q", p, got, want)
		}
	}
}
