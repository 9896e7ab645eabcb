package sequential

import "math"

// Trials are the answers of one side: N of them, Failed of which failed.
type Trials struct {
	N, Failed int64
}

// Add is the sum of two counts.
func (t Trials) Add(u Trials) Trials { return Trials{t.N + u.N, t.Failed + u.Failed} }

// Rate is the e-process of a hypothesis about the probability p of failure: p ≤ P
// with a grid above 1, p ≥ P with a grid below 1. It holds for probabilities that
// change and depend on the past, as long as each obeys the hypothesis.
type Rate struct {
	P    float64
	Grid Grid
}

// LogE is ln E for the counts.
func (r Rate) LogE(t Trials) float64 { return logSumExp(r.Grid.terms(r.logs(t))) }

func (r Rate) logs(t Trials) []float64 {
	out := make([]float64, len(r.Grid.ratio))
	r.Grid.addLogs(out, float64(t.Failed), float64(t.N), r.Grid.costs(r.P))
	return out
}

// TrialsUntil estimates how many more trials lead to E ≥ 1/alpha if each fails with
// probability p; +Inf when the test would never get there.
func (r Rate) TrialsUntil(t Trials, alpha, p float64) float64 {
	return r.Grid.trialsUntil(r.logs(t), alpha, p, r.P)
}

// UpperBound is the smallest rate that the counts refute as too high: with
// probability 1 − alpha the failure rate lies below it at all times together. It is
// 1 without trials. E rises with P (every term does), so it is found by bisection.
func UpperBound(t Trials, alpha float64) float64 {
	if t.N == 0 { // thousands of routes may wait for their first request
		return 1
	}
	grid, border := RateBelow(), -math.Log(alpha)
	return bisect(func(p float64) bool { return Rate{p, grid}.LogE(t) < border })
}

// LowerBound is the largest rate that the counts refute as too low; 0 without
// failures.
func LowerBound(t Trials, alpha float64) float64 {
	grid, border := RateAbove(), -math.Log(alpha)
	return bisect(func(p float64) bool { return Rate{p, grid}.LogE(t) >= border })
}

// bisect is the border in (0, 1) below which the test holds.
func bisect(test func(p float64) bool) float64 {
	lo, hi := 0.0, 1.0
	for range 45 { // to 3e-14
		if mid := (lo + hi) / 2; test(mid) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi
}
