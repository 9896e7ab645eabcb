package rollout

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ficus-dev/ficus/strangler/route"
)

var start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func policy() route.Policy {
	p := route.DefaultPolicy()
	p.Mode = route.ModeAuto
	return p
}

// stateAt is a route on a step since start with the given counts.
func stateAt(share route.Share, a Arms) *State {
	s := &State{Route: "r", Service: "s", Share: share, Run: 1}
	s.enter(share, start)
	s.record(share, a)
	return s
}

func TestDecide(t *testing.T) {
	clean := func(old, new int64) Arms { return Arms{Old: Counts{Requests: old}, New: Counts{Requests: new}} }
	failing := func(old, oldFailed, new, newFailed int64) Arms {
		return Arms{Old: Counts{old, oldFailed, oldFailed}, New: Counts{new, newFailed, newFailed}}
	}
	for _, c := range []struct {
		name   string
		state  *State
		change func(*State, *route.Policy)
		after  time.Duration
		action Action
		to     route.Share
		text   string
	}{
		{"waits for the time", stateAt(500, clean(10_000, 500)), nil, 20 * time.Second, Hold, 500, "advance to 25% in about 40 s"},
		{"advances", stateAt(500, clean(10_000, 500)), nil, time.Minute, Advance, 2500, "advances to 25%"},
		{"starts without evidence", stateAt(0, clean(100, 0)), nil, time.Minute, Advance, 100, "advances to 1%"},
		{"few answers suffice for a small step", stateAt(100, clean(1500, 16)), nil, time.Minute, Advance, 500, "advances"},
		{"but not for a large one", stateAt(5000, clean(200, 200)), nil, time.Minute, Hold, 5000, "advance to 100% in about"},
		{"no traffic", stateAt(500, clean(0, 0)), nil, time.Hour, Hold, 500, "waits: no traffic"},
		{"too many failures for the next step", stateAt(5000, failing(1000, 12, 1000, 12)), nil, time.Hour, Hold, 5000, "waits: 1.2% of the new side's answers fail, less than 1% is needed for 100%; the monolith fails at 1.2% itself"},
		{"manual holds", stateAt(500, clean(10_000, 500)), func(_ *State, p *route.Policy) { p.Mode = route.ModeManual }, time.Hour, Hold, 500, "manual; ready for 25%"},
		{"manual is never said to advance", stateAt(500, clean(10_000, 500)), func(_ *State, p *route.Policy) { p.Mode = route.ModeManual }, 20 * time.Second, Hold, 500, "manual; ready for 25% in about 40 s"},
		{"paused holds", stateAt(500, clean(10_000, 500)), func(s *State, _ *route.Policy) { s.Paused = true }, time.Hour, Hold, 500, "paused; ready for 25%"},
		{"end", stateAt(10000, clean(0, 500)), nil, time.Hour, Hold, 10000, "done"},
		{"end of shorter steps", stateAt(5000, clean(500, 500)), func(_ *State, p *route.Policy) { p.Steps = []route.Share{5000} }, time.Hour, Hold, 5000, "done"},

		{"worse than the monolith", stateAt(2500, failing(3000, 2, 1000, 12)), nil, 0, Rollback, 0, "fails more than the monolith"},
		{"worse, though paused and manual", stateAt(2500, failing(3000, 2, 1000, 12)), func(s *State, p *route.Policy) { s.Paused, p.Mode = true, route.ModeManual }, 0, Rollback, 0, "fails more than the monolith"},
		{"above the limit at 100%", stateAt(10000, failing(0, 0, 100, 12)), nil, 0, Rollback, 0, "fails too often: since 09:00:00 12 of 100 answers failed (12 users), 1% allowed"},
		{"above the limit like the monolith", stateAt(2500, failing(3000, 360, 1000, 120)), nil, 0, Hold, 2500, "waits"},
		{"one user who fails again and again", stateAt(10000, Arms{New: Counts{1000, 100, 1}}), nil, time.Hour, Hold, 10000, "done"},
		{"out of health", stateAt(500, clean(1000, 50)), func(s *State, _ *route.Policy) { s.Unhealthy = "refused" }, 0, Rollback, 0, "out of health: refused"},
		{"out of health at 0%", stateAt(0, clean(1000, 0)), func(s *State, _ *route.Policy) { s.Unhealthy = "refused" }, time.Hour, Hold, 0, "waits: the new side is out of health"},
		{"rolled back stays", stateAt(0, clean(1000, 0)), func(s *State, _ *route.Policy) { s.RolledBack, s.LastReason = true, "because" }, time.Hour, Hold, 0, "rolled back: because"},
		{"parity proved", stateAt(0, clean(1000, 0)), func(s *State, _ *route.Policy) { s.Shadowed, s.Parity = true, Parity{Compared: 400} }, time.Hour, Advance, 100, "advances"},
		{"parity not yet", stateAt(0, clean(1000, 0)), func(s *State, _ *route.Policy) { s.Shadowed, s.Parity = true, Parity{Compared: 200} }, time.Minute, Hold, 0, "advance to 1% in about"},
		{"parity broken", stateAt(0, clean(1000, 0)), func(s *State, _ *route.Policy) {
			s.Shadowed, s.Parity = true, Parity{Compared: 400, Different: 40, Fields: map[string]int64{"$.a": 40, "$.b": 1}}
		}, time.Hour, Hold, 0, "waits: $.a and 1 more fields differ in 10% of answers (40 of 400)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := policy()
			if c.change != nil {
				c.change(c.state, &p)
			}
			before := c.state.clone()
			d := decide(c.state, p, start.Add(c.after))
			if d.Action != c.action || d.To != c.to || !strings.Contains(d.Text, c.text) {
				t.Errorf("%s to %s: %q\nwant %s to %s: %q", d.Action, d.To, d.Text, c.action, c.to, c.text)
			}
			if (d.Action != Hold) != (d.Reason != "") {
				t.Errorf("%s has the reason %q", d.Action, d.Reason)
			}
			if !reflect.DeepEqual(before, *c.state) {
				t.Error("deciding changed the state")
			}
		})
	}
}

// With enough failures on both sides the comparison is asked for as well.
func TestRatioGateIsAskedForWithEnoughFailures(t *testing.T) {
	equal := stateAt(5000, Arms{Old: Counts{100_000, 500, 500}, New: Counts{100_000, 500, 500}})
	if d := decide(equal, policy(), start.Add(time.Hour)); d.Action != Advance || !strings.Contains(d.Reason, "shown to fail less than 1.5×") {
		t.Errorf("equal sides with many failures: %s %q", d.Action, d.Reason)
	}
	// 1.3 times as bad: neither shown better than 1.5× nor shown worse than 1×.
	worse := stateAt(5000, Arms{Old: Counts{100_000, 170, 170}, New: Counts{100_000, 221, 221}})
	d := decide(worse, policy(), start.Add(time.Hour))
	if d.Action != Hold || !strings.Contains(fmt.Sprint(d.Gates), "not yet shown to fail less than 1.5×") {
		t.Errorf("a side 1.3 times as bad: %s %q", d.Action, d.Text)
	}
}

// The whole rollback rule, both tests and all starting blocks, looked at every 20
// seconds for 20 minutes: a service like its monolith is rolled back in at most α of
// the runs, a worse one nearly always.
func TestFalseRollbacksOfTheWholePolicy(t *testing.T) {
	const runs = 80
	rolledBack := func(theta float64) (n float64) {
		rng := rand.New(rand.NewPCG(9, 9))
		for range runs {
			s := stateAt(1000, Arms{})
			for look := range 60 {
				now := start.Add(time.Duration(look) * 20 * time.Second)
				s.record(1000, twentySeconds(rng, .006, theta))
				s.roll(now)
				if rollbackReason(s, policy(), computeNumbers(s, policy(), &memo{steps: s.ratioSteps(), alpha: policy().Alpha})) != "" {
					n++
					break
				}
			}
		}
		return n / runs
	}
	limit := 0.05 + 3*math.Sqrt(0.05*0.95/runs)
	if wrong := rolledBack(1); wrong > limit {
		t.Errorf("an equal service was rolled back in %.3f of the runs, want at most %.3f", wrong, limit)
	}
	if right := rolledBack(6); right < 0.95 {
		t.Errorf("a service six times as bad was rolled back in %.3f of the runs only", right)
	}
}

// twentySeconds draws 1000 answers, a tenth of them of the new side.
func twentySeconds(rng *rand.Rand, rate, theta float64) (a Arms) {
	for range 1000 {
		arm, p := &a.Old, rate
		if rng.Float64() < 0.1 {
			arm, p = &a.New, rate*theta
		}
		arm.Requests++
		if rng.Float64() < p {
			arm.Failures++
			arm.FailedUnits++
		}
	}
	return a
}

func TestNumbersInJSON(t *testing.T) {
	n := computeNumbers(stateAt(2500, Arms{New: Counts{10, 3, 3}}), policy(), &memo{})
	n.enough = 0 // computed anew, never read
	data, err := n.MarshalJSON()
	if err != nil || !strings.Contains(string(data), `"ratio_upper":null`) {
		t.Errorf("%s, %v", data, err)
	}
	var back Numbers
	if err := back.UnmarshalJSON(data); err != nil || back != n {
		t.Errorf("%+v read back as %+v, %v", n, back, err)
	}
}

// Whatever was counted, deciding neither panics nor gives figures that are no numbers.
func FuzzDecide(f *testing.F) {
	f.Add(int64(100), int64(3), int64(90), int64(2), int64(2), 500, int64(60), int64(10), int64(1))
	f.Add(int64(0), int64(0), int64(0), int64(0), int64(0), 10000, int64(0), int64(0), int64(0))
	f.Fuzz(func(t *testing.T, old, oldFailed, new, newFailed, units int64, share int, after, compared, different int64) {
		for _, n := range []int64{old, oldFailed, new, newFailed, units, after, compared, different} {
			if n < 0 || n > 1<<40 {
				t.Skip()
			}
		}
		if share < 0 || share > 10000 || different > compared || oldFailed > old || newFailed > new || units > min(oldFailed, newFailed) {
			t.Skip()
		}
		s := stateAt(route.Share(share), Arms{Old: Counts{old, oldFailed, units}, New: Counts{new, newFailed, units}})
		s.Shadowed, s.Parity = compared > 0, Parity{Compared: compared, Different: different}
		d := decide(s, policy(), start.Add(time.Duration(after)*time.Second))
		n := d.Numbers
		for _, x := range []float64{n.LogERatio, n.LogERate, n.LogEPromote, n.Ratio, n.Lower, n.Upper, n.NewRateUpper, n.ParityUpper} {
			if math.IsNaN(x) {
				t.Fatalf("not a number in %+v", n)
			}
		}
		if d.Action == Advance && d.To <= d.From || d.Action == Rollback && d.To != 0 || d.Text == "" {
			t.Fatalf("decision %+v", d)
		}
	})
}
