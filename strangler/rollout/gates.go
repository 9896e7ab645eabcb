package rollout

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/ficus-dev/ficus/strangler/rollout/sequential"
	"github.com/ficus-dev/ficus/strangler/route"
)

// gates are the conditions to advance to the next step.
func gates(s *State, p route.Policy, n Numbers, next route.Share, now time.Time) []Gate {
	list := []Gate{timeGate(s, p, now)}
	if s.Unhealthy != "" {
		list = append(list, Gate{Name: "health", Text: "the new side is out of health: " + s.Unhealthy})
	}
	if s.Shadowed {
		list = append(list, parityGate(s, p, n, now))
	}
	if s.Share > 0 {
		list = append(list, rateGate(s, p, n, next, now), ratioGate(s, p, n, now))
	}
	return list
}

func timeGate(s *State, p route.Policy, now time.Time) Gate {
	left := p.MinStep.Std() - now.Sub(s.Step().Since)
	if left <= 0 {
		return Gate{Name: "time", OK: true, Text: fmt.Sprintf("held at %s for %s", s.Share, p.MinStep)}
	}
	return Gate{Name: "time", Text: fmt.Sprintf("held at %s for at least %s", s.Share, p.MinStep), Seconds: seconds(left.Seconds())}
}

// parityGate wants the share of differing answers provably below the allowed rate.
func parityGate(s *State, p route.Policy, n Numbers, now time.Time) Gate {
	g := Gate{Name: "parity"}
	par := s.Parity
	elapsed := now.Sub(s.runSince()).Seconds()
	switch {
	case n.ParityUpper < p.MaxErrorRate:
		g.OK = true
		g.Text = fmt.Sprintf("%s of %s comparisons equal; differing below %s", thousands(par.Compared-par.Different), thousands(par.Compared), percent(n.ParityUpper))
	case par.Compared == 0:
		g.Text = "no answer compared yet"
		if elapsed > 60 {
			g.Text += "; copied is only what is safe to repeat (safe: always)"
		}
	case rateOf(par.Different, par.Compared) >= p.MaxErrorRate:
		g.Text = fmt.Sprintf("%s in %s of answers (%d of %s)", differs(par.Fields), percent(rateOf(par.Different, par.Compared)), par.Different, thousands(par.Compared))
	default:
		t := sequential.Trials{N: par.Compared, Failed: par.Different}
		more := sequential.Rate{P: p.MaxErrorRate, Grid: sequential.RateBelow()}.TrialsUntil(t, p.Alpha, rateOf(par.Different, par.Compared))
		g.Seconds = eta(more, par.Compared, elapsed)
		g.Text = fmt.Sprintf("%s answers compared, about %s more to show fewer than %s differ", thousands(par.Compared), countText(more), percent(p.MaxErrorRate))
	}
	return g
}

func differs(fields map[string]int64) string {
	name, most := "", int64(0)
	for f, n := range fields {
		if n > most || n == most && f < name {
			name, most = f, n
		}
	}
	if name == "" {
		return "the new side differs"
	}
	if len(fields) > 1 {
		return fmt.Sprintf("%s and %d more fields differ", name, len(fields)-1)
	}
	return name + " differs"
}

// rateGate wants that at the next step at most MaxErrorRate of all users could
// meet a failure of the new side: upper bound × next share. At 100% this is the
// plain rule; at small shares it needs correspondingly less traffic.
func rateGate(s *State, p route.Policy, n Numbers, next route.Share, now time.Time) Gate {
	g := Gate{Name: "errors"}
	limit := min(p.MaxErrorRate/next.Ratio(), 1)
	c := s.Step().New
	t := sequential.Trials{N: c.Requests, Failed: c.Failures}
	switch {
	case n.NewRateUpper < limit:
		g.OK = true
		g.Text = fmt.Sprintf("new side fails below %s (%d of %s answers); below %s is needed for %s", percent(n.NewRateUpper), c.Failures, thousands(c.Requests), percent(limit), next)
	case c.Requests == 0:
		g.Text = "no traffic on the new side yet"
	case c.Rate() >= limit:
		g.Text = fmt.Sprintf("%s of the new side's answers fail, less than %s is needed for %s", percent(c.Rate()), percent(limit), next)
		if old := s.Step().Old; old.Requests >= leastOld && old.Rate() >= p.MaxErrorRate {
			g.Text += fmt.Sprintf("; the monolith fails at %s itself, above max_error_rate", percent(old.Rate()))
		}
	default:
		more := sequential.Rate{P: limit, Grid: sequential.RateBelow()}.TrialsUntil(t, p.Alpha, c.Rate())
		g.Seconds = eta(more, c.Requests, now.Sub(s.Step().Since).Seconds())
		g.Text = fmt.Sprintf("%s answers of the new side, about %s more to show fewer than %s fail", thousands(c.Requests), countText(more), percent(limit))
	}
	return g
}

// ratioGate wants the new side shown to be less than MaxRatio times as bad, once
// there are enough failures that an equal service would have shown it. Without
// failures there is nothing to compare, and the absolute bound suffices.
func ratioGate(s *State, p route.Policy, n Numbers, now time.Time) Gate {
	g := Gate{Name: "ratio"}
	test := sequential.Ratio{Theta: p.MaxRatio, Grid: sequential.RatioBelow()}
	steps := s.ratioSteps()
	switch {
	case n.LogEPromote >= -math.Log(p.Alpha):
		g.OK = true
		g.Text = fmt.Sprintf("shown to fail less than %g× as often as the monolith: e-value %s", p.MaxRatio, expText(n.LogEPromote))
	case n.Lower > 1:
		g.Text = fmt.Sprintf("the new side fails %s× as often as the monolith %s", ratioText(n.Ratio), intervalText(n.Lower, n.Upper))
	case float64(n.Events) < n.enough:
		g.OK = true
		g.Text = fmt.Sprintf("%d failed users on both sides: too few to compare (about %s would do), the absolute bound decides", n.Events, countText(n.enough))
	default:
		more := test.EventsUntil(steps, p.Alpha, s.Share.Ratio(), min(n.Ratio, p.MaxRatio))
		g.Seconds = eta(more, n.Events, now.Sub(s.runSince()).Seconds())
		g.Text = fmt.Sprintf("not yet shown to fail less than %g× as often as the monolith: %s %s", p.MaxRatio, ratioText(n.Ratio), intervalText(n.Lower, n.Upper))
	}
	return g
}

func (s *State) runSince() time.Time {
	if len(s.Steps) == 0 {
		return time.Time{}
	}
	return s.Steps[0].Since
}

// eta is the time for more trials at the rate seen so far; nil when not in sight.
func eta(more float64, seen int64, elapsed float64) *float64 {
	if seen == 0 || math.IsInf(more, 0) || elapsed <= 0 {
		return nil
	}
	return seconds(more * elapsed / float64(seen))
}

// maxETA is the longest wait that is worth announcing: beyond it things change.
const maxETA = 30 * 24 * 3600

func seconds(s float64) *float64 {
	if math.IsNaN(s) || s > maxETA {
		return nil
	}
	s = math.Ceil(s)
	return &s
}

func firstClosed(gates []Gate) int {
	for i, g := range gates {
		if !g.OK {
			return i
		}
	}
	return -1
}

// waitText is what a route waits for: the time when all closed gates have one, else
// the first that has none.
func waitText(gates []Gate, verb string, next route.Share) string {
	longest := 0.0
	for _, g := range gates {
		if g.OK {
			continue
		}
		if g.Seconds == nil {
			return "waits: " + g.Text
		}
		longest = max(longest, *g.Seconds)
	}
	return fmt.Sprintf("%s %s in about %s", verb, next, about(time.Duration(longest)*time.Second))
}

// about writes a duration to one figure: 40 s, 6 min, 3 h, 2 d.
func about(d time.Duration) string {
	switch {
	case d < 90*time.Second:
		return fmt.Sprintf("%d s", max(1, int(d.Round(time.Second).Seconds())))
	case d < 90*time.Minute:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 36*time.Hour:
		return fmt.Sprintf("%.0f h", d.Hours())
	}
	return fmt.Sprintf("%.0f d", d.Hours()/24)
}

func advanceReason(gates []Gate) string {
	texts := make([]string, len(gates))
	for i, g := range gates {
		texts[i] = g.Text
	}
	return strings.Join(texts, "; ")
}
