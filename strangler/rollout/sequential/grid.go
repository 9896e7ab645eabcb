package sequential

import "math"

// Grid is a finite mixture of alternatives: the factors by which the odds differ
// from the hypothesis, with weights that sum to at most 1.
type Grid struct {
	ratio     []float64
	logRatio  []float64 // −Inf for the ratio 0
	logWeight []float64
}

// NewGrid returns the mixture of ratios with weights. Both have the same length,
// ratios are ≥ 0, weights > 0 with a sum of at most 1; otherwise it panics, since a
// grid is written by a programmer and never comes from input.
func NewGrid(ratios, weights []float64) Grid {
	if len(ratios) != len(weights) || len(ratios) == 0 {
		panic("sequential.NewGrid: needs as many ratios as weights, and at least one")
	}
	n := len(ratios)
	g := Grid{ratio: make([]float64, n), logRatio: make([]float64, n), logWeight: make([]float64, n)}
	sum := 0.0
	for i, r := range ratios {
		if r < 0 || math.IsInf(r, 0) || math.IsNaN(r) || !(weights[i] > 0) {
			panic("sequential.NewGrid: ratios must be finite and ≥ 0, weights > 0")
		}
		g.ratio[i], g.logRatio[i], g.logWeight[i] = r, math.Log(r), math.Log(weights[i])
		sum += weights[i]
	}
	if sum > 1+1e-9 {
		panic("sequential.NewGrid: weights must sum to at most 1")
	}
	return g
}

// logSpaced is n ratios from lo to hi with equal weights that sum to total.
func logSpaced(lo, hi float64, n int, total float64) (ratios, weights []float64) {
	step := math.Log(hi/lo) / float64(n-1)
	for i := range n {
		ratios = append(ratios, lo*math.Exp(step*float64(i)))
		weights = append(weights, total/float64(n))
	}
	return ratios, weights
}

// RatioAbove is the mixture of "worse than the hypothesis": 40 factors from 1.05 to
// 30, evenly spaced in the logarithm, with equal weights.
func RatioAbove() Grid { return NewGrid(logSpaced(1.05, 30, 40, 1)) }

// RatioBelow is the mixture of "better than the hypothesis": 40 factors from 1/30
// to 0.967. With the hypothesis θ ≥ 1.5 these are the ratios 0.05 to 1.45.
func RatioBelow() Grid { return NewGrid(logSpaced(1.0/30, 0.967, 40, 1)) }

// RateAbove is the mixture for absolute rates above the hypothesis: 40 odds ratios
// from 1.1 to 1000, so that a side that fails always is seen within a few failures.
func RateAbove() Grid { return NewGrid(logSpaced(1.1, 1000, 40, 1)) }

// RateBelow is the mixture for absolute rates below the hypothesis. Half of the
// weight lies on "never fails", the usual truth: with no failure n ≈ ln(2/α)/p0
// trials prove a rate below p0.
func RateBelow() Grid {
	ratios, weights := logSpaced(1.0/100, 0.95, 40, 0.5)
	return NewGrid(append([]float64{0}, ratios...), append([]float64{0.5}, weights...))
}

// costs are ln(1 + (r−1) p) per alternative: what each trial costs it when success
// has the probability p under the hypothesis. It is −Inf for "never" (r = 0) where the
// hypothesis says "always".
func (g Grid) costs(p float64) []float64 {
	out := make([]float64, len(g.ratio))
	for i, r := range g.ratio {
		out[i] = math.Log1p((r - 1) * p)
	}
	return out
}

// addLogs adds ln L_r(k, n, p) = k ln r − n ln(1 + (r−1) p) per alternative; see the
// package comment. costs are those of p.
func (g Grid) addLogs(sum []float64, k, n float64, costs []float64) {
	if n <= 0 {
		return
	}
	for i, cost := range costs {
		switch {
		case k <= 0:
			sum[i] -= n * cost
		case g.ratio[i] == 0: // "never" is refuted by one success
			sum[i] = math.Inf(-1)
		default:
			sum[i] += k*g.logRatio[i] - n*cost
		}
	}
}

// logSumExp is ln Σ exp(x_i), −Inf for none.
func logSumExp(xs []float64) float64 {
	top := math.Inf(-1)
	for _, x := range xs {
		top = math.Max(top, x)
	}
	if math.IsInf(top, 0) {
		return top
	}
	sum := 0.0
	for _, x := range xs {
		sum += math.Exp(x - top)
	}
	return top + math.Log(sum)
}

// terms adds the logarithmic weights to the alternatives' likelihood ratios.
func (g Grid) terms(logs []float64) []float64 {
	out := make([]float64, len(logs))
	for i, x := range logs {
		out[i] = g.logWeight[i] + x
	}
	return out
}

// logMean is ln of the mixture: ln Σ_k π_k exp(logs_k). scratch has the length of logs.
func (g Grid) logMean(logs, scratch []float64) float64 {
	for i, x := range logs {
		scratch[i] = g.logWeight[i] + x
	}
	return logSumExp(scratch)
}
