package admin_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/route"
)

// sample is a controller whose routes stand in every stage after 40 simulated
// minutes, and which goes on by real time.
type sample struct {
	*rollout.Controller
	now time.Time
	rng *rand.Rand
	// fails are the probabilities of failure by route and arm.
	fails map[string]map[rollout.Arm]float64
	units map[string]int // answers in five seconds, by route
}

func newSample(t *testing.T) *sample {
	t.Helper()
	s := &sample{
		now: time.Now().Add(-40 * time.Minute), rng: rand.New(rand.NewPCG(1, 2)),
		fails: map[string]map[rollout.Arm]float64{
			"billing":   {rollout.Old: .002, rollout.New: .0021},
			"checkout":  {rollout.Old: .003, rollout.New: .003},
			"catalogue": {},
			"search":    {rollout.Old: .001, rollout.New: .001},
		},
		units: map[string]int{"billing": 130, "checkout": 90, "catalogue": 160, "search": 80, "webhooks": 6},
	}
	c, err := rollout.NewController(rollout.Options{Config: sampleConfig(), Clock: func() time.Time { return s.now }})
	if err != nil {
		t.Fatal(err)
	}
	s.Controller = c
	s.play(40 * 60)
	s.now = time.Now()
	return s
}

func sampleConfig() *route.Config {
	get := func(name, service, path string, weight, shadow route.Share) route.Route {
		return route.Route{Name: name, Service: service, Match: route.Match{Path: path, Methods: []string{"GET"}}, Weight: weight, Shadow: shadow}
	}
	c := &route.Config{
		Version: 1, Monolith: route.Upstream{URL: "http://127.0.0.1:1"},
		Services: map[string]route.Upstream{"billing": {URL: "http://127.0.0.1:2"}, "catalogue": {URL: "http://127.0.0.1:3"}},
		Rollout:  route.Policy{Mode: route.ModeAuto, MinStep: route.Duration(6 * time.Minute)},
		Routes: []route.Route{
			get("billing", "billing", "/invoices/{id}", 0, 0),
			get("checkout", "billing", "/checkout/*", 2500, 0),
			get("catalogue", "catalogue", "/products/*", 10000, 0),
			get("search", "catalogue", "/search", 0, 10000),
			get("webhooks", "billing", "/hooks/{partner}", 0, 0),
		},
	}
	c.Routes[0].Rollout = &route.Policy{MinStep: route.Duration(11 * time.Minute)}
	c.Routes[1].Match.Methods = []string{"POST"}
	c.Routes[4].Rollout = &route.Policy{Mode: route.ModeManual}
	return c
}

// play serves simulated seconds, five at a time.
func (s *sample) play(seconds int) {
	for i := range seconds / 5 {
		if i == 25*60/5 {
			s.fails["checkout"][rollout.New] = .06
		}
		for _, name := range []string{"billing", "checkout", "catalogue", "search", "webhooks"} {
			for range s.units[name] {
				s.answer(name)
			}
		}
		s.Compare(rollout.Comparison{Route: "search", Equal: s.rng.Float64() > .03, Fields: []string{"$.results[].score"}})
		s.now = s.now.Add(5 * time.Second)
		s.Evaluate()
	}
}

func (s *sample) answer(name string) {
	unit := s.rng.Uint64N(8000) * 0x9e3779b97f4a7c15
	arm, share := rollout.Old, s.Share(name)
	if int(unit%10000) < share {
		arm = rollout.New
	}
	latency := time.Duration(8+s.rng.ExpFloat64()*6) * time.Millisecond
	s.Observe(rollout.Observation{Route: name, Arm: arm, Unit: unit, Share: share, Failed: s.rng.Float64() < s.fails[name][arm], Latency: latency})
}
