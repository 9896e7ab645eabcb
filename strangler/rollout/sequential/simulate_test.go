package sequential_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ficus-dev/ficus/strangler/rollout/sequential"
)

// world is a simulated rollout: what the table of a design study used. Steps of 1, 5,
// 10, 25 and 50%, 12 minutes each, a look every minute.
type world struct {
	perMinute, errorRate, theta float64
	outage                      float64 // failure rate of both for three minutes
}

// outcome of one simulated rollout; minutes are 0 when it did not happen.
type outcome struct{ rolledBack, promoted int }

func (w world) run(rng *rand.Rand, alpha float64) (o outcome) {
	rollback := sequential.Ratio{Theta: 1, Grid: sequential.RatioAbove()}
	promote := sequential.Ratio{Theta: 1.5, Grid: sequential.RatioBelow()}
	var steps []sequential.Step
	for minute := 1; minute <= 60; minute++ {
		share := []float64{.01, .05, .10, .25, .50}[(minute-1)/12]
		if (minute-1)%12 == 0 {
			steps = append(steps, sequential.Step{Share: share})
		}
		rate := w.errorRate
		if w.outage > 0 && minute > 20 && minute <= 23 {
			rate = w.outage
		}
		s := &steps[len(steps)-1]
		onNew := poisson(rng, w.perMinute*share*rate*w.theta)
		s.New += onNew
		s.Events += onNew + poisson(rng, w.perMinute*(1-share)*rate)
		if o.rolledBack == 0 && rollback.LogE(steps) >= -math.Log(alpha) {
			o.rolledBack = minute
		}
		if o.promoted == 0 && promote.LogE(steps) >= -math.Log(alpha) {
			o.promoted = minute
		}
	}
	return o
}

// poisson draws by counting exponential gaps; means are small.
func poisson(rng *rand.Rand, mean float64) (n int64) {
	for t := rng.ExpFloat64(); t < mean; t += rng.ExpFloat64() {
		n++
	}
	return n
}

// rates are the shares of runs that were rolled back and promoted.
func (w world) rates(runs int, alpha float64) (rolledBack, promoted float64) {
	rng := rand.New(rand.NewPCG(7, 11))
	for range runs {
		o := w.run(rng, alpha)
		if o.rolledBack > 0 {
			rolledBack++
		}
		if o.promoted > 0 {
			promoted++
		}
	}
	return rolledBack / float64(runs), promoted / float64(runs)
}

// The table: same services are hardly ever rolled back although they are looked at 60
// times and share an outage; worse ones are, and are not promoted. Bounds for wrong
// decisions are α plus three standard errors of 300 runs; the wanted powers were
// measured with 2,000 runs (94.8, 100, 100 and 98.5%).
func TestSimulatedTable(t *testing.T) {
	const runs, alpha = 300, 0.05
	wrong := alpha + 3*math.Sqrt(alpha*(1-alpha)/runs)
	for _, c := range []struct {
		name                      string
		w                         world
		maxRollback, minRollback  float64
		maxPromotion, minPromoted float64
	}{
		{"same, busy, outage of both", world{6000, .002, 1, .03}, wrong, 0, 1, 0.88},
		{"same, quiet", world{120, .005, 1, 0}, wrong, 0, 1, 0},
		{"same, quiet, outage of both", world{120, .015, 1, .05}, wrong, 0, 1, 0},
		{"better", world{6000, .002, 0.5, 0}, wrong, 0, 1, 0.95},
		{"2× worse, busy, outage of both", world{6000, .002, 2, .03}, 1, 0.97, wrong, 0},
		{"5× worse, busy", world{6000, .002, 5, 0}, 1, 0.99, wrong, 0},
		{"5× worse, quiet", world{120, .005, 5, 0}, 1, 0.93, wrong, 0},
		{"1.5× worse: the border", world{6000, .002, 1.5, 0}, 1, 0, wrong, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			rolledBack, promoted := c.w.rates(runs, alpha)
			t.Logf("rolled back %.1f%%, promoted %.1f%%", 100*rolledBack, 100*promoted)
			if rolledBack > c.maxRollback || rolledBack < c.minRollback {
				t.Errorf("rolled back %.3f of the runs, want within [%.3f, %.3f]", rolledBack, c.minRollback, c.maxRollback)
			}
			if promoted > c.maxPromotion || promoted < c.minPromoted {
				t.Errorf("promoted %.3f of the runs, want within [%.3f, %.3f]", promoted, c.minPromoted, c.maxPromotion)
			}
		})
	}
}

// Looked at after every answer, the bounds of an absolute rate fail in at most α of
// the runs.
func TestBoundsHoldAtAllTimes(t *testing.T) {
	const runs, answers, p, alpha = 300, 3000, 0.01, 0.05
	rng := rand.New(rand.NewPCG(3, 5))
	above := sequential.Rate{P: p, Grid: sequential.RateBelow()} // refutes p as too high: wrong
	below := sequential.Rate{P: p, Grid: sequential.RateAbove()}
	var wrongAbove, wrongBelow float64
	for range runs {
		var trials sequential.Trials
		var tooHigh, tooLow bool
		for i := 1; i <= answers; i++ {
			trials.N++
			failed := rng.Float64() < p
			if failed {
				trials.Failed++
			}
			// E moves against "too high" without failures and for "too low" with them.
			tooLow = tooLow || failed && below.LogE(trials) >= -math.Log(alpha)
			tooHigh = tooHigh || i%10 == 0 && above.LogE(trials) >= -math.Log(alpha)
		}
		wrongAbove += b2f(tooHigh) / runs
		wrongBelow += b2f(tooLow) / runs
	}
	limit := alpha + 3*math.Sqrt(alpha*(1-alpha)/runs)
	t.Logf("wrong: %.3f above, %.3f below", wrongAbove, wrongBelow)
	if wrongAbove > limit || wrongBelow > limit {
		t.Errorf("bounds failed in %.3f (upper) and %.3f (lower) of the runs, want at most %.3f", wrongAbove, wrongBelow, limit)
	}
}

func b2f(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func BenchmarkLogE(b *testing.B) {
	test := sequential.Ratio{Theta: 1, Grid: sequential.RatioAbove()}
	steps := []sequential.Step{{Share: .01, Events: 100, New: 2}, {Share: .05, Events: 80, New: 4}, {Share: .25, Events: 50, New: 12}}
	for b.Loop() {
		test.LogE(steps)
	}
}

func BenchmarkInterval(b *testing.B) {
	steps := []sequential.Step{{Share: .01, Events: 100, New: 2}, {Share: .05, Events: 80, New: 4}, {Share: .25, Events: 50, New: 12}}
	for b.Loop() {
		sequential.Interval(steps, 0.05)
	}
}
