package rollout_test

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/route"
)

func TestSimulate(t *testing.T) {
	s := rollout.Simulation{Config: config(nil), Route: orders, Users: 5000, PerMinute: 6000, OldRate: .001, NewRate: .001,
		For: 8 * time.Minute, BreakAfter: 6 * time.Minute, BreakRate: 1, Seed: 3}
	got, err := rollout.Simulate(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if got.Requests != 48_000 || got.Final.Stage != rollout.StageRolledBack {
		t.Errorf("%d requests, then %s: %s", got.Requests, got.Final.Stage, got.Final.Decision.Text)
	}
	last := got.Records[len(got.Records)-1]
	if last.Action != string(rollout.Rollback) || last.Time.Sub(got.Start) > s.BreakAfter+3*time.Second {
		t.Errorf("broken after %s, rolled back after %s", s.BreakAfter, last.Time.Sub(got.Start))
	}
	again, err := rollout.Simulate(t.Context(), s)
	if err != nil || !reflect.DeepEqual(again, got) {
		t.Errorf("the same seed gives another result (%v)", err)
	}
}

func TestSimulateShadow(t *testing.T) {
	s := rollout.Simulation{Config: config(func(c *route.Config) { c.Routes[0].Shadow = 5000 }), Route: orders, Users: 100, PerMinute: 6000, Differing: .2, For: 2 * time.Minute}
	got, err := rollout.Simulate(t.Context(), s)
	if err != nil || got.Final.Stage != rollout.StageShadow || got.Final.Parity.Different == 0 {
		t.Errorf("%+v, %v", got.Final, err)
	}
}

func TestSimulateRefuses(t *testing.T) {
	good := rollout.Simulation{Config: config(nil), Route: orders, Users: 10, PerMinute: 10, For: time.Minute}
	for name, change := range map[string]func(*rollout.Simulation){
		"unknown route": func(s *rollout.Simulation) { s.Route = "x" },
		"no users":      func(s *rollout.Simulation) { s.Users = 0 },
		"rate above 1":  func(s *rollout.Simulation) { s.NewRate = 2 },
		"too long":      func(s *rollout.Simulation) { s.PerMinute = 1 << 30 },
	} {
		s := good
		change(&s)
		if _, err := rollout.Simulate(t.Context(), s); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := rollout.Simulate(ctx, good); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
