package rollout

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ficus-dev/ficus/strangler/route"
)

// Simulation is made-up traffic for one route, to see when its policy would decide.
type Simulation struct {
	// Config with the route of that name.
	Config *route.Config
	Route  string
	// Users who make requests, PerMinute of them together.
	Users     int
	PerMinute int
	// OldRate and NewRate are the probabilities that an answer fails.
	OldRate, NewRate float64
	// Differing is the probability that a shadowed answer differs.
	Differing float64
	// BreakAfter, when positive, is when NewRate becomes BreakRate.
	BreakAfter time.Duration
	BreakRate  float64
	// For is how long it runs, in simulated time.
	For time.Duration
	// Seed of the randomness; equal seeds give equal results.
	Seed uint64
}

// SimulationResult is what the policy did.
type SimulationResult struct {
	Start   time.Time   `json:"start"`
	Records []Record    `json:"records"`
	Final   RouteStatus `json:"final"`
	// NewFailures are answers of the new side that failed, in all runs.
	NewFailures int64 `json:"new_failures"`
	Requests    int64 `json:"requests"`
}

// maxSimulated bounds the requests of a simulation to about half a minute of work.
const maxSimulated = 50_000_000

// Simulate plays the traffic to a controller with a clock of its own. Errors: no such
// route, figures out of range, the context ended.
func Simulate(ctx context.Context, s Simulation) (SimulationResult, error) {
	if err := s.check(); err != nil {
		return SimulationResult{}, err
	}
	now := time.Unix(0, 0).UTC()
	out := SimulationResult{Start: now}
	only := *s.Config
	only.Routes = []route.Route{*s.Config.Find(s.Route)}
	c, err := NewController(Options{Config: &only, Clock: func() time.Time { return now }})
	if err != nil {
		return out, err
	}
	const look = time.Second
	rng := rand.New(rand.NewPCG(s.Seed, 1))
	due := 0.0
	for elapsed := time.Duration(0); elapsed < s.For; elapsed += look {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		newRate := s.NewRate
		if s.BreakAfter > 0 && elapsed >= s.BreakAfter {
			newRate = s.BreakRate
		}
		for due += float64(s.PerMinute) * look.Minutes(); due >= 1; due-- {
			out.Requests++
			if s.request(c, rng, newRate) {
				out.NewFailures++
			}
		}
		now = now.Add(look)
		c.Evaluate()
	}
	out.Records, out.Final = c.History(), c.Status()[0]
	return out, nil
}

func (s Simulation) check() error {
	probability := func(p float64) bool { return p >= 0 && p <= 1 }
	switch {
	case s.Config == nil || s.Config.Find(s.Route) == nil:
		return fmt.Errorf("simulate: %w %q", ErrUnknownRoute, s.Route)
	case s.Users < 1 || s.PerMinute < 0 || s.For < 0:
		return fmt.Errorf("simulate: needs at least one user, and no negative rate or time")
	case !probability(s.OldRate) || !probability(s.NewRate) || !probability(s.BreakRate) || !probability(s.Differing):
		return fmt.Errorf("simulate: failure rates lie between 0 and 1")
	case float64(s.PerMinute)*s.For.Minutes() > maxSimulated:
		return fmt.Errorf("simulate: %d requests a minute for %s are more than %d; make it shorter", s.PerMinute, s.For, maxSimulated)
	}
	return nil
}

// request is one user's request; it reports a failure of the new side.
func (s Simulation) request(c *Controller, rng *rand.Rand, newRate float64) bool {
	unit := mix(uint64(rng.IntN(s.Users)) + s.Seed<<32 + 1)
	share := c.Share(s.Route)
	o := Observation{Route: s.Route, Arm: Old, Unit: unit, Share: share}
	rate := s.OldRate
	if int(unit%route.Buckets) < share {
		o.Arm, rate = New, newRate
	}
	o.Failed = rng.Float64() < rate
	c.Observe(o)
	if r := s.Config.Find(s.Route); o.Arm == Old && r.Shadow > 0 && rng.IntN(route.Buckets) < int(r.Shadow) {
		c.Compare(Comparison{Route: s.Route, Unit: unit, Equal: rng.Float64() >= s.Differing})
	}
	return o.Arm == New && o.Failed
}
