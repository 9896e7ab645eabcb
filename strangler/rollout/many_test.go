package rollout

import (
	"fmt"
	"testing"
	"time"

	"github.com/ficus-dev/ficus/strangler/route"
)

// manyRoutes is a configuration of n routes.
func manyRoutes(n int) *route.Config {
	cfg := &route.Config{Version: 1, Monolith: route.Upstream{URL: "http://127.0.0.1:9"},
		Services: map[string]route.Upstream{"s": {URL: "http://127.0.0.1:10"}}}
	for i := range n {
		cfg.Routes = append(cfg.Routes, route.Route{Name: fmt.Sprintf("r%d", i), Service: "s", Weight: 5000,
			Match: route.Match{Path: fmt.Sprintf("/api/%d/{id}", i)}})
	}
	return cfg
}

// BenchmarkEvaluate is one look at the evidence of 10,000 routes, one of which has
// traffic: it happens every second beside the traffic.
func BenchmarkEvaluate(b *testing.B) {
	now := time.Unix(1e9, 0)
	c, err := NewController(Options{Config: manyRoutes(10000), Clock: func() time.Time { return now }})
	if err != nil {
		b.Fatal(err)
	}
	c.Evaluate()
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(time.Second)
		c.Observe(Observation{Route: "r7", Arm: Old, Unit: uint64(now.Unix()), Share: 5000, Latency: time.Millisecond})
		c.Evaluate()
	}
}
