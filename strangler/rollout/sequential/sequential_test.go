package sequential_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ficus-dev/ficus/strangler/rollout/sequential"
)

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance || math.IsNaN(got) {
		t.Errorf("%s = %v, want %v ± %v", what, got, want, tolerance)
	}
}

func lbeta(a, b float64) float64 {
	x, _ := math.Lgamma(a)
	y, _ := math.Lgamma(b)
	z, _ := math.Lgamma(a + b)
	return x + y - z
}

// With a Beta(a, b) prior on the probability q that an event is on the new side and a
// fixed share w, the mixture has the closed form B(a+n1, b+n0)/B(a, b) ÷ (w^n1
// (1−w)^n0): the multinomial test of Lindon and Malek (NeurIPS 2022) for two arms. A
// fine grid with the prior's masses must agree with it.
func TestRatioAgainstBetaClosedForm(t *testing.T) {
	const a, b, cells = 2.0, 3.0, 20000
	for _, c := range []struct {
		w      float64
		n1, n0 int64
	}{{0.01, 0, 5}, {0.05, 3, 20}, {0.25, 40, 60}, {0.5, 7, 7}, {0.5, 30, 2}, {0.9, 1, 12}} {
		var ratios, weights []float64
		sum := 0.0
		for i := range cells {
			q := (float64(i) + 0.5) / cells
			ratios = append(ratios, q/(1-q)*(1-c.w)/c.w)
			weight := math.Exp((a-1)*math.Log(q) + (b-1)*math.Log1p(-q) - lbeta(a, b))
			weights = append(weights, weight/cells)
			sum += weight / cells
		}
		for i := range weights {
			weights[i] /= sum
		}
		test := sequential.Ratio{Theta: 1, Grid: sequential.NewGrid(ratios, weights)}
		got := test.LogE([]sequential.Step{{Share: c.w, Events: c.n0 + c.n1, New: c.n1}})
		want := lbeta(a+float64(c.n1), b+float64(c.n0)) - lbeta(a, b) - float64(c.n1)*math.Log(c.w) - float64(c.n0)*math.Log1p(-c.w)
		near(t, fmt.Sprintf("ln E at %+v", c), got, want, 1e-4)
	}
}

// The oracle is the definition: for each alternative the product over single
// events, then the average.
func TestRatioAgainstBruteForce(t *testing.T) {
	type event struct {
		w     float64
		onNew bool
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		theta0 := []float64{0.7, 1, 1.5, 4}[rng.IntN(4)]
		alternatives := []float64{0.2, 0.9, 1.3, 6}
		var events []event
		counts := map[float64]sequential.Step{}
		for range rng.IntN(30) {
			e := event{[]float64{0.01, 0.1, 0.5}[rng.IntN(3)], rng.IntN(3) == 0}
			events = append(events, e)
			s := counts[e.w]
			s.Share, s.Events = e.w, s.Events+1
			if e.onNew {
				s.New++
			}
			counts[e.w] = s
		}
		sum := 0.0
		for _, r := range alternatives {
			product := 1.0
			for _, e := range events {
				p := func(theta float64) float64 {
					p := e.w * theta / (e.w*theta + 1 - e.w)
					if e.onNew {
						return p
					}
					return 1 - p
				}
				product *= p(r*theta0) / p(theta0)
			}
			sum += product / 4
		}
		var steps []sequential.Step
		for _, s := range counts {
			steps = append(steps, s)
		}
		grid := sequential.NewGrid(alternatives, []float64{.25, .25, .25, .25})
		near(t, "ln E", sequential.Ratio{Theta: theta0, Grid: grid}.LogE(steps), math.Log(sum), 1e-9)
	}
}

// No mixture may gain on average at the border of its hypothesis: the mean of E over
// all outcomes of n events is at most 1, summed exactly.
func TestRatioIsAnEProcess(t *testing.T) {
	const n = 40
	for _, c := range []struct {
		name  string
		test  sequential.Ratio
		theta []float64 // members of the hypothesis
	}{
		{"rollback", sequential.Ratio{Theta: 1, Grid: sequential.RatioAbove()}, []float64{0.1, 0.5, 1}},
		{"promotion", sequential.Ratio{Theta: 1.5, Grid: sequential.RatioBelow()}, []float64{1.5, 2, 10}},
	} {
		for _, theta := range c.theta {
			for _, w := range []float64{0.01, 0.25, 0.9} {
				p := w * theta / (w*theta + 1 - w)
				mean := 0.0
				for k := int64(0); k <= n; k++ {
					logP := -lbeta(float64(k)+1, n-float64(k)+1) - math.Log(n+1) + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p)
					mean += math.Exp(logP + c.test.LogE([]sequential.Step{{Share: w, Events: n, New: k}}))
				}
				if mean > 1+1e-9 {
					t.Errorf("%s: mean of E at θ = %v, w = %v is %v, more than 1", c.name, theta, w, mean)
				}
			}
		}
	}
}

// Restarting must keep the mean at most 1 too: all outcomes of 12 trials in 4 blocks.
func TestRestartedIsAnEProcess(t *testing.T) {
	const blocks, each, p = 4, 3, 0.2
	mean := 0.0
	var walk func(i int, logP float64, done []sequential.Block)
	test := sequential.Rate{P: p, Grid: sequential.RateAbove()}
	walk = func(i int, logP float64, done []sequential.Block) {
		if i == blocks {
			mean += math.Exp(logP + test.Restarted(done))
			return
		}
		for k := int64(0); k <= each; k++ {
			lp := math.Log([]float64{1, 3, 3, 1}[k]) + float64(k)*math.Log(p) + float64(each-k)*math.Log1p(-p)
			walk(i+1, logP+lp, append(done[:i:i], sequential.Block{Ordinal: i, Trials: sequential.Trials{N: each, Failed: k}}))
		}
	}
	walk(0, 0, nil)
	if mean > 1+1e-9 || mean < 0.5 {
		t.Errorf("mean of the restarted E is %v, want at most 1", mean)
	}
}

// A month of good answers must not hide a service that breaks now.
func TestRestartedSeesAChange(t *testing.T) {
	test := sequential.Rate{P: 0.01, Grid: sequential.RateAbove()}
	good := make([]sequential.Block, 40)
	for i := range good {
		good[i] = sequential.Block{Ordinal: i * 1000, Trials: sequential.Trials{N: 100_000}}
	}
	broken := append(good, sequential.Block{Ordinal: 40_000, Trials: sequential.Trials{N: 10, Failed: 10}})
	if e := test.Restarted(broken); e < math.Log(40) {
		t.Errorf("ten failures in a row after 4 million good answers give ln E = %v, want ≥ ln 40", e)
	}
	sum := sequential.Trials{}
	for _, b := range broken {
		sum = sum.Add(b.Trials)
	}
	if e := test.LogE(sum); e > 0 {
		t.Errorf("the plain process sees it too (ln E = %v): this test shows nothing", e)
	}
}

func TestMergeIsAddition(t *testing.T) {
	a := []sequential.Step{{Share: 0.05, Events: 4, New: 1}, {Share: 0.01, Events: 9}}
	b := []sequential.Step{{Share: 0.05, Events: 2, New: 2}}
	got := fmt.Sprint(sequential.Merge(a, b))
	if want := "[{0.01 9 0} {0.05 6 3}]"; got != want {
		t.Errorf("Merge = %s, want %s", got, want)
	}
}

func TestIntervalHoldsEstimate(t *testing.T) {
	for _, steps := range [][]sequential.Step{
		{{Share: 0.05, Events: 100, New: 5}},
		{{Share: 0.01, Events: 300, New: 2}, {Share: 0.5, Events: 40, New: 25}},
		{{Share: 0.25, Events: 1, New: 1}},
		{{Share: 0.25, Events: 60, New: 0}},
		{{Share: 0.25, Events: 60, New: 60}},
	} {
		theta, ok := sequential.Estimate(steps)
		lo, hi := sequential.Interval(steps, 0.05)
		if !ok || lo > theta || hi < theta || lo < 0 {
			t.Errorf("%v: estimate %v (%v) outside [%v, %v]", steps, theta, ok, lo, hi)
		}
	}
	if lo, hi := sequential.Interval(nil, 0.05); lo != 0 || !math.IsInf(hi, 1) {
		t.Errorf("without events the interval is [%v, %v], want [0, +Inf]", lo, hi)
	}
	if _, ok := sequential.Estimate([]sequential.Step{{Share: 1, Events: 9, New: 9}}); ok {
		t.Error("at 100% there is nothing to compare, yet there is an estimate")
	}
}

// With one share the estimate is the odds ratio of the counts to the share.
func TestEstimateOneShare(t *testing.T) {
	theta, _ := sequential.Estimate([]sequential.Step{{Share: 0.2, Events: 50, New: 30}})
	near(t, "estimate", theta, 30.0/20/(0.2/0.8), 1e-6)
}

// Half of the prior on "never fails": at most n = ln(2/α)/p0 clean answers are needed,
// and no test needs fewer than ln(1/α)/p0.
func TestUpperBoundWithoutFailures(t *testing.T) {
	for _, n := range []int64{50, 369, 3700, 100_000} {
		got := sequential.UpperBound(sequential.Trials{N: n}, 0.05)
		// The point mass alone: (1−p)^−n / 2 = 20; the best of all tests: (1−p)^−n = 20.
		most, least := 1-math.Pow(2*20, -1/float64(n)), 1-math.Pow(20, -1/float64(n))
		if got > most+1e-12 || got < least {
			t.Errorf("upper bound after %d clean answers is %v, want within [%v, %v]", n, got, least, most)
		}
	}
	near(t, "upper bound without trials", sequential.UpperBound(sequential.Trials{}, 0.05), 1, 1e-9)
	near(t, "lower bound without trials", sequential.LowerBound(sequential.Trials{}, 0.05), 0, 1e-9)
}

// The Bernoulli confidence sequence {p : B(a+s, b+n−s)/B(a, b) / (p^s (1−p)^(n−s)) <
// 1/α} with a = b = 1/2 (Robbins 1970) is the oracle: ours, one-sided with another
// prior, must be of its size.
func TestBoundsAgainstBetaBinomial(t *testing.T) {
	for _, c := range []sequential.Trials{{N: 100, Failed: 3}, {N: 1000, Failed: 10}, {N: 10_000, Failed: 20}, {N: 400, Failed: 200}} {
		s, f := float64(c.Failed), float64(c.N-c.Failed)
		refuted := func(p float64) bool {
			return lbeta(0.5+s, 0.5+f)-lbeta(0.5, 0.5)-s*math.Log(p)-f*math.Log1p(-p) >= math.Log(20)
		}
		mean := s / (s + f)
		lo, hi := mean, mean
		for !refuted(lo) {
			lo *= 0.999
		}
		for !refuted(hi) {
			hi += (1 - hi) * 0.0005
		}
		near(t, fmt.Sprintf("width above at %v", c), (sequential.UpperBound(c, 0.05)-mean)/(hi-mean), 1, 0.3)
		near(t, fmt.Sprintf("width below at %v", c), (mean-sequential.LowerBound(c, 0.05))/(mean-lo), 1, 0.3)
	}
}

func TestMonotone(t *testing.T) {
	up := func(n, k int64) float64 { return sequential.UpperBound(sequential.Trials{N: n, Failed: k}, 0.05) }
	low := func(n, k int64) float64 { return sequential.LowerBound(sequential.Trials{N: n, Failed: k}, 0.05) }
	for n := int64(10); n < 2000; n *= 2 {
		for k := int64(0); k < n; k += max(1, n/7) {
			if up(n, k+1) < up(n, k)-1e-12 || low(n, k+1) < low(n, k)-1e-12 {
				t.Errorf("one more failure in %d of %d lowers a bound", k, n)
			}
			if up(n+10, k) > up(n, k)+1e-12 || low(n+10, k) > low(n, k)+1e-12 {
				t.Errorf("ten more good answers after %d of %d raise a bound", k, n)
			}
			if low(n, k) > up(n, k) {
				t.Errorf("bounds of %d of %d cross", k, n)
			}
		}
	}
	worse := sequential.Ratio{Theta: 1, Grid: sequential.RatioAbove()}
	for k := int64(0); k < 30; k++ {
		a := worse.LogE([]sequential.Step{{Share: 0.1, Events: 30, New: k}})
		b := worse.LogE([]sequential.Step{{Share: 0.1, Events: 30, New: k + 1}})
		if b <= a {
			t.Errorf("a failure moved to the new side lowers E (%v → %v)", a, b)
		}
	}
}

// What the estimate promises is what comes out when the events come as assumed.
func TestEventsUntil(t *testing.T) {
	for _, c := range []struct{ theta, w float64 }{{5, 0.05}, {2, 0.25}, {10, 0.5}} {
		test := sequential.Ratio{Theta: 1, Grid: sequential.RatioAbove()}
		n := test.EventsUntil(nil, 0.05, c.w, c.theta)
		p := c.w * c.theta / (c.w*c.theta + 1 - c.w)
		at := func(n float64) float64 {
			return test.LogE([]sequential.Step{{Share: c.w, Events: int64(n), New: int64(math.Round(n * p))}})
		}
		if at(1.1*n+3) < math.Log(20) || at(0.5*n) > math.Log(20) {
			t.Errorf("θ = %v, w = %v: decided after %v events is wrong: ln E = %v at half, %v at it", c.theta, c.w, n, at(n/2), at(n))
		}
	}
	same := sequential.Ratio{Theta: 1, Grid: sequential.RatioAbove()}
	if n := same.EventsUntil(nil, 0.05, 0.1, 1); !math.IsInf(n, 1) {
		t.Errorf("an equal service would be rolled back after %v events", n)
	}
	clean := sequential.Rate{P: 0.01, Grid: sequential.RateBelow()}
	near(t, "answers to show < 1%", clean.TrialsUntil(sequential.Trials{}, 0.05, 0), 320, 5)
}

func TestNewGridRefuses(t *testing.T) {
	for name, f := range map[string]func(){
		"empty":      func() { sequential.NewGrid(nil, nil) },
		"negative":   func() { sequential.NewGrid([]float64{-1}, []float64{1}) },
		"too heavy":  func() { sequential.NewGrid([]float64{1, 2}, []float64{1, 1}) },
		"weightless": func() { sequential.NewGrid([]float64{1}, []float64{0}) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("accepted")
				}
			}()
			f()
		})
	}
}

func FuzzNeverNaN(f *testing.F) {
	f.Add(int64(10), int64(3), 0.05, 1.0, 0.05)
	f.Add(int64(1<<40), int64(1<<40), 1.0, 1e6, 1e-9)
	f.Add(int64(0), int64(0), 0.0, 0.0, 1.0)
	f.Fuzz(func(t *testing.T, n, k int64, w, theta, alpha float64) {
		if n < 0 || k < 0 || k > n || !(w >= 0 && w <= 1) || !(theta >= 0 && theta <= 1e9) || !(alpha > 1e-300 && alpha < 1) {
			t.Skip()
		}
		steps := []sequential.Step{{Share: w, Events: n, New: k}, {Share: 0.5, Events: n, New: n - k}}
		trials := sequential.Trials{N: n, Failed: k}
		lo, hi := sequential.Interval(steps, alpha)
		theta2, _ := sequential.Estimate(steps)
		for name, x := range map[string]float64{
			"worse":  sequential.Ratio{Theta: theta, Grid: sequential.RatioAbove()}.LogE(steps),
			"better": sequential.Ratio{Theta: theta, Grid: sequential.RatioBelow()}.LogE(steps),
			"lo":     lo, "hi": hi, "estimate": theta2,
			"upper": sequential.UpperBound(trials, alpha), "lower": sequential.LowerBound(trials, alpha),
			"until":      sequential.Ratio{Theta: theta, Grid: sequential.RatioAbove()}.EventsUntil(steps, alpha, w, theta),
			"rate until": sequential.Rate{P: w, Grid: sequential.RateBelow()}.TrialsUntil(trials, alpha, w),
			"restarted":  sequential.Rate{P: 0.01, Grid: sequential.RateAbove()}.Restarted([]sequential.Block{{Trials: trials}, {Ordinal: 1, Trials: trials}}),
		} {
			if math.IsNaN(x) {
				t.Errorf("%s is NaN for n = %d, k = %d, w = %v, θ = %v, α = %v", name, n, k, w, theta, alpha)
			}
		}
		if lo > hi {
			t.Errorf("interval [%v, %v] is empty", lo, hi)
		}
	})
}
