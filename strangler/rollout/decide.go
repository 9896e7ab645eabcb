package rollout

import (
	"fmt"
	"math"
	"time"

	"github.com/ficus-dev/ficus/strangler/rollout/sequential"
	"github.com/ficus-dev/ficus/strangler/route"
)

// Action is what a decision does.
type Action string

// The actions.
const (
	Hold     Action = "hold"
	Advance  Action = "advance"
	Rollback Action = "rollback"
)

// Decision is the answer for one route at one time, with its figures.
type Decision struct {
	Action Action      `json:"action"`
	From   route.Share `json:"from"`
	To     route.Share `json:"to"`
	// Text is for a table: "advance in about 6 min", "waits: …".
	Text string `json:"text"`
	// Reason is the full sentence, with figures; set for advance and rollback.
	Reason string `json:"reason,omitempty"`
	// Gates are the conditions to advance, in the order in which they are read.
	Gates   []Gate  `json:"gates,omitempty"`
	Numbers Numbers `json:"numbers"`
}

// Ready reports that nothing but a person holds the route back.
func (d Decision) Ready() bool {
	return d.Action == Hold && len(d.Gates) > 0 && firstClosed(d.Gates) < 0
}

// Gate is one condition to advance.
type Gate struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Text string `json:"text"`
	// Seconds until it is expected to hold; 0 when it does, absent when it is not in
	// sight.
	Seconds *float64 `json:"seconds,omitempty"`
}

// decide computes what to do with a route: a pure function of what was counted, the
// policy and the time. The package comment explains the rules.
func decide(s *State, p route.Policy, now time.Time) Decision {
	return decideBy(computeNumbers(s, p, &memo{}), s, p, now)
}

// decideBy is decide with the numbers already computed.
func decideBy(n Numbers, s *State, p route.Policy, now time.Time) Decision {
	d := Decision{Action: Hold, From: s.Share, To: s.Share, Numbers: n}
	if s.Share > 0 {
		if reason := rollbackReason(s, p, n); reason != "" {
			d.Action, d.To, d.Reason = Rollback, 0, reason
			d.Text = "rolls back: " + reason
			return d
		}
	}
	if s.RolledBack {
		d.Text = "rolled back: " + s.LastReason
		return d
	}
	next, more := nextStep(p, s.Share)
	if !more {
		d.Text = "done: the new side answers everything"
		return d
	}
	d.Gates = gates(s, p, n, next, now)
	open := firstClosed(d.Gates) < 0
	switch {
	case s.Paused && open:
		d.Text = fmt.Sprintf("paused; ready for %s", next)
	case s.Paused:
		d.Text = "paused; " + waitText(d.Gates, "ready for", next)
	case p.Mode != route.ModeAuto && open:
		d.Text = fmt.Sprintf("manual; ready for %s", next)
	case p.Mode != route.ModeAuto:
		d.Text = "manual; " + waitText(d.Gates, "ready for", next)
	case open:
		d.Action, d.To = Advance, next
		d.Text = fmt.Sprintf("advances to %s", next)
		d.Reason = advanceReason(d.Gates)
	default:
		d.Text = waitText(d.Gates, "advance to", next)
	}
	return d
}

// nextStep is the policy's first step above the share.
func nextStep(p route.Policy, share route.Share) (route.Share, bool) {
	for _, step := range p.Steps {
		if step > share {
			return step, true
		}
	}
	return share, false
}

// rollbackReason is why the route must go back to the monolith now, "" when nothing
// says so.
func rollbackReason(s *State, p route.Policy, n Numbers) string {
	border := rollbackBorder(p)
	switch {
	case s.Unhealthy != "":
		return "the new side is out of health: " + s.Unhealthy
	case n.LogERatio >= border:
		return ratioReason(s, p, n)
	case n.LogERate >= border && !commonCause(s, p):
		return rateReason(s, p, n)
	}
	return ""
}

// rollbackBorder is ln(2/α): two tests may roll back, with α/2 each.
func rollbackBorder(p route.Policy) float64 { return math.Log(2 / p.Alpha) }

func ratioReason(s *State, p route.Policy, n Numbers) string {
	w := s.suspect(ratioTest().Restarted)
	return fmt.Sprintf("the new side fails more than the monolith: since %s %d of its %d answers failed (%d users), "+
		"of the monolith's %d of %d (%d users); e-value %s ≥ %s (2/α)",
		w.since.UTC().Format(time.TimeOnly), w.New.Failures, w.New.Requests, w.New.FailedUnits,
		w.Old.Failures, w.Old.Requests, w.Old.FailedUnits, expText(n.LogERatio), expText(rollbackBorder(p)))
}

func rateReason(s *State, p route.Policy, n Numbers) string {
	w := s.suspect(rateTest(p).Restarted)
	return fmt.Sprintf("the new side fails too often: since %s %d of %d answers failed (%d users), %s allowed; e-value %s ≥ %s (2/α)",
		w.since.UTC().Format(time.TimeOnly), w.New.Failures, w.New.Requests, w.New.FailedUnits,
		percent(p.MaxErrorRate), expText(n.LogERate), expText(rollbackBorder(p)))
}

// leastOld is how many answers of the monolith it takes to blame a common cause.
const leastOld = 20

// commonCause reports that the monolith, over the time in which the new side
// looks worst, fails above the allowed rate as well: then the comparison decides.
func commonCause(s *State, p route.Policy) bool {
	w := s.suspect(rateTest(p).Restarted)
	return w.Old.Requests >= leastOld && w.Old.Rate() > p.MaxErrorRate
}

// window is the stretch up to now in which things look worst.
type window struct {
	since time.Time
	Arms
}

// suspect finds the block from which on the test is most convinced.
func (s *State) suspect(logE func([]sequential.Block) float64) window {
	blocks := s.sequentialBlocks()
	best, most := 0, math.Inf(-1)
	for i := range blocks {
		// One block as the sum of all from i on: the process that starts there.
		if e := logE(startingAt(blocks[i:])); e > most {
			best, most = i, e
		}
	}
	w := window{}
	for i := best; i < len(s.Blocks); i++ {
		if i == best {
			w.since = s.Blocks[i].Start
		}
		w.Arms = w.add(s.Blocks[i].Arms)
	}
	return w
}

// startingAt is the evidence of several blocks as one, with the first's ordinal.
func startingAt(blocks []sequential.Block) []sequential.Block {
	sum := sequential.Block{Ordinal: blocks[0].Ordinal}
	for _, b := range blocks {
		sum.Steps = append(sum.Steps, b.Steps...)
		sum.Trials = sum.Trials.Add(b.Trials)
	}
	sum.Steps = sequential.Merge(sum.Steps)
	return []sequential.Block{sum}
}

// expText writes e^x for people: 0.03, 41, 4,740, 10^9.
func expText(x float64) string {
	switch {
	case x > math.Log(1e6):
		return fmt.Sprintf("10^%.0f", x/math.Ln10)
	case x > math.Log(100):
		return thousands(int64(math.Exp(x)))
	}
	return fmt.Sprintf("%.2g", math.Exp(x))
}

// percent writes a rate: 1%, 0.21%.
func percent(p float64) string {
	switch {
	case p != 0 && math.Abs(p) < 0.0001:
		return fmt.Sprintf("%.1e", p)
	default:
		return fmt.Sprintf("%.3g%%", p*100)
	}
}
