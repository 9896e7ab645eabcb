package sequential

import (
	"cmp"
	"math"
	"slices"
)

// Step is what a rollout saw at one share of traffic: failures counted once a unit.
type Step struct {
	// Share is the probability of the new side, 0 to 1.
	Share float64
	// Events is the number of failures on both sides, New of them on the new side.
	Events, New int64
}

// Merge adds up the counts of equal shares: sums are all that the tests need, so
// replicas and restarts combine by addition. The result is sorted by share.
func Merge(steps ...[]Step) []Step {
	sums := map[float64]Step{}
	for _, list := range steps {
		for _, s := range list {
			m := sums[s.Share]
			sums[s.Share] = Step{s.Share, m.Events + s.Events, m.New + s.New}
		}
	}
	out := make([]Step, 0, len(sums))
	for _, s := range sums {
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Step) int { return cmp.Compare(a.Share, b.Share) })
	return out
}

// onNew is p(θ): the probability that a failure is on the new side, which has the
// share w and fails theta times as often as the old side.
func onNew(w, theta float64) float64 {
	if d := w*theta + 1 - w; d > 0 {
		return w * theta / d
	}
	return 0
}

// Ratio is the e-process of a hypothesis about θ, the failure rate of the new side
// divided by that of the old one.
type Ratio struct {
	// Theta is the hypothesis' border: θ ≤ Theta with a grid above 1, θ ≥ Theta with
	// a grid below 1.
	Theta float64
	Grid  Grid
}

// LogE is ln E for the counts: E_t(θ0) = Σ_k π_k Π_s r_k^{New_s} / (1 + (r_k−1)
// p_s(θ0))^{Events_s}, where r_k = θ_k/θ0 are the grid's ratios.
func (r Ratio) LogE(steps []Step) float64 { return logSumExp(r.Grid.terms(r.logs(steps))) }

// logs are the logarithmic likelihood ratios per alternative, without weights.
func (r Ratio) logs(steps []Step) []float64 {
	out := make([]float64, len(r.Grid.ratio))
	for _, s := range steps {
		if s.Events > 0 {
			r.Grid.addLogs(out, float64(s.New), float64(s.Events), r.Grid.costs(onNew(s.Share, r.Theta)))
		}
	}
	return out
}

// EventsUntil estimates how many more failures lead to E ≥ 1/alpha if the true
// ratio is theta and the share stays; +Inf when the test would never get there.
func (r Ratio) EventsUntil(steps []Step, alpha, share, theta float64) float64 {
	p, p0 := onNew(share, theta), onNew(share, r.Theta)
	return r.Grid.trialsUntil(r.logs(steps), alpha, p, p0)
}

// trialsUntil is the number of further trials after which E reaches 1/alpha if each
// succeeds with probability p. Alternative r then grows by p ln r − ln(1 + (r−1) p0) a
// trial, and ln E as a function of the number is convex: it crosses upwards once.
func (g Grid) trialsUntil(logs []float64, alpha, p, p0 float64) float64 {
	terms, border := g.terms(logs), -math.Log(alpha)
	if logSumExp(terms) >= border {
		return 0
	}
	growth, enough := make([]float64, len(terms)), math.Inf(1)
	g.addLogs(growth, p, 1, g.costs(p0))
	for i, x := range terms {
		if growth[i] > 0 && !math.IsInf(x, -1) {
			enough = min(enough, max(0, (border-x)/growth[i])) // this one alone would do
		}
	}
	if math.IsInf(enough, 1) {
		return enough
	}
	at := make([]float64, len(terms))
	lo, hi := 0.0, enough
	for range 50 {
		mid := (lo + hi) / 2
		for i := range terms {
			at[i] = terms[i] + mid*growth[i]
		}
		if logSumExp(at) >= border {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi
}

// Interval is the set of ratios that the counts do not refute, with probability 1 −
// alpha right at all times together. It inverts the two one-sided tests at alpha/2
// each; both are monotone in Theta, so the set is an interval. Without failures it
// is [0, +Inf].
func Interval(steps []Step, alpha float64) (lo, hi float64) {
	border := math.Log(2 / alpha)
	above, below := RatioAbove(), RatioBelow()
	lo = lastTrue(func(theta float64) bool { return Ratio{theta, above}.LogE(steps) >= border })
	hi = lastTrue(func(theta float64) bool { return Ratio{theta, below}.LogE(steps) < border })
	return lo, hi
}

// Ratios beyond this are reported as 0 and +Inf.
const (
	minTheta = 1e-6
	maxTheta = 1e6
)

// lastTrue is the largest ratio for which a test holds that holds for all smaller
// ones: by bisection in the logarithm, 0 for none and +Inf for all.
func lastTrue(test func(theta float64) bool) float64 {
	if !test(minTheta) {
		return 0
	}
	if test(maxTheta) {
		return math.Inf(1)
	}
	lo, hi := math.Log(minTheta), math.Log(maxTheta)
	for range 40 { // to 2.5e-11
		if mid := (lo + hi) / 2; test(math.Exp(mid)) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return math.Exp(lo)
}

// Estimate is the ratio that makes the counts most likely: the root of Σ (New_s −
// Events_s p_s(θ)) = 0, which falls in θ. It is 0 if no failure was on the
// new side, +Inf if all were, and ok is false when there is nothing to compare.
func Estimate(steps []Step) (theta float64, ok bool) {
	var events, onNewSide int64
	for _, s := range steps {
		if s.Share > 0 && s.Share < 1 {
			events, onNewSide = events+s.Events, onNewSide+s.New
		}
	}
	switch {
	case events == 0:
		return 0, false
	case onNewSide == 0:
		return 0, true
	case onNewSide == events:
		return math.Inf(1), true
	}
	return lastTrue(func(theta float64) bool { return score(steps, theta) > 0 }), true
}

// score is Σ (New_s − Events_s p_s(θ)), the derivative of the log-likelihood by ln θ.
func score(steps []Step, theta float64) float64 {
	sum := 0.0
	for _, s := range steps {
		sum += float64(s.New) - float64(s.Events)*onNew(s.Share, theta)
	}
	return sum
}
