package rollout

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/ficus-dev/ficus/strangler/rollout/sequential"
	"github.com/ficus-dev/ficus/strangler/route"
)

// Numbers are the statistics behind a decision. Logarithms are natural; the
// formulas are in package sequential.
type Numbers struct {
	// LogERatio is ln E of "the new side fails at most as often as the monolith",
	// restarted at every block: rollback at ln(2/α).
	LogERatio float64
	// LogERate is ln E of "the new side fails at most at MaxErrorRate", restarted:
	// rollback at ln(2/α), unless the monolith fails as well.
	LogERate float64
	// LogEPromote is ln E of "the new side fails at least MaxRatio times as often":
	// ln(1/α) shows that it does not.
	LogEPromote float64
	// Events are the failed units of this run, on both sides at shares above 0% and
	// below 100%.
	Events int64
	// Ratio is the likeliest ratio, between Lower and Upper with probability 1−α at
	// all times; all are NaN-free, Upper is +Inf while nothing bounds it.
	Ratio, Lower, Upper float64
	// NewRateUpper bounds the new side's failure rate on this step (1−α).
	NewRateUpper float64
	// ParityUpper bounds the rate of differing answers of this run (1−α).
	ParityUpper float64

	enough float64 // failed users at which an equal service would have passed the ratio gate; not stored
}

func ratioTest() sequential.Ratio {
	return sequential.Ratio{Theta: 1, Grid: sequential.RatioAbove()}
}

func rateTest(p route.Policy) sequential.Rate {
	return sequential.Rate{P: p.MaxErrorRate, Grid: sequential.RateAbove()}
}

// memo keeps the costliest numbers, which change only with the failures.
type memo struct {
	steps               []sequential.Step
	alpha               float64
	ratio, lower, upper float64
	enough              map[enoughKey]float64 // of all routes
}

// enoughKey is all that Numbers.enough depends on: few for however many routes.
type enoughKey struct {
	theta, alpha float64
	share        route.Share
}

// enoughEvents is how many failed users an equal service needs to pass the ratio gate.
func (m *memo) enoughEvents(p route.Policy, share route.Share) float64 {
	key := enoughKey{p.MaxRatio, p.Alpha, share}
	if n, ok := m.enough[key]; ok {
		return n
	}
	n := sequential.Ratio{Theta: p.MaxRatio, Grid: sequential.RatioBelow()}.EventsUntil(nil, p.Alpha, share.Ratio(), 1)
	if m.enough == nil {
		m.enough = map[enoughKey]float64{}
	}
	if len(m.enough) >= maxEnough {
		clear(m.enough)
	}
	m.enough[key] = n
	return n
}

// maxEnough bounds the memo: steps of policies that are no longer in force stay in it.
const maxEnough = 10000

// interval is the ratio with its interval, from the memo when nothing changed.
func (m *memo) interval(steps []sequential.Step, alpha float64) (ratio, lower, upper float64) {
	if m.alpha != alpha || !slices.Equal(m.steps, steps) {
		m.steps, m.alpha = steps, alpha
		m.ratio, _ = sequential.Estimate(steps)
		m.lower, m.upper = sequential.Interval(steps, alpha)
	}
	return m.ratio, m.lower, m.upper
}

func computeNumbers(s *State, p route.Policy, known *memo) Numbers {
	blocks, steps := s.sequentialBlocks(), s.ratioSteps()
	c := s.Step().New
	n := Numbers{
		LogERatio:    ratioTest().Restarted(blocks),
		LogERate:     rateTest(p).Restarted(blocks),
		LogEPromote:  sequential.Ratio{Theta: p.MaxRatio, Grid: sequential.RatioBelow()}.LogE(steps),
		NewRateUpper: sequential.UpperBound(sequential.Trials{N: c.Requests, Failed: min(c.Failures, c.Requests)}, p.Alpha),
		ParityUpper:  sequential.UpperBound(sequential.Trials{N: s.Parity.Compared, Failed: s.Parity.Different}, p.Alpha),
	}
	if s.Share > 0 {
		n.enough = known.enoughEvents(p, s.Share)
	}
	for _, step := range steps {
		if step.Share > 0 && step.Share < 1 {
			n.Events += step.Events
		}
	}
	n.Ratio, n.Lower, n.Upper = known.interval(steps, p.Alpha)
	return n
}

// numbersJSON is Numbers in JSON: what is not finite is null.
type numbersJSON struct {
	LogERatio    *float64 `json:"log_e_ratio"`
	LogERate     *float64 `json:"log_e_rate"`
	LogEPromote  *float64 `json:"log_e_promote"`
	Events       int64    `json:"events"`
	Ratio        *float64 `json:"ratio"`
	Lower        *float64 `json:"ratio_lower"`
	Upper        *float64 `json:"ratio_upper"`
	NewRateUpper *float64 `json:"new_rate_upper"`
	ParityUpper  *float64 `json:"parity_upper"`
}

// MarshalJSON writes infinities as null: the ratio without failed users, and its
// upper end while nothing bounds it.
func (n Numbers) MarshalJSON() ([]byte, error) {
	j := numbersJSON{
		LogERatio: finite(n.LogERatio), LogERate: finite(n.LogERate), LogEPromote: finite(n.LogEPromote),
		Events: n.Events, Ratio: finite(n.Ratio), Lower: finite(n.Lower), Upper: finite(n.Upper),
		NewRateUpper: finite(n.NewRateUpper), ParityUpper: finite(n.ParityUpper),
	}
	if n.Events == 0 {
		j.Ratio = nil
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads null as +Inf, for the ratio without events as 0.
func (n *Numbers) UnmarshalJSON(data []byte) error {
	var j numbersJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	*n = Numbers{
		LogERatio: orInf(j.LogERatio), LogERate: orInf(j.LogERate), LogEPromote: orInf(j.LogEPromote),
		Events: j.Events, Ratio: orInf(j.Ratio), Lower: orInf(j.Lower), Upper: orInf(j.Upper),
		NewRateUpper: orInf(j.NewRateUpper), ParityUpper: orInf(j.ParityUpper),
	}
	if n.Events == 0 {
		n.Ratio = 0
	}
	return nil
}

func finite(x float64) *float64 {
	if math.IsInf(x, 0) || math.IsNaN(x) {
		return nil
	}
	return &x
}

func orInf(x *float64) float64 {
	if x == nil {
		return math.Inf(1)
	}
	return *x
}

func rateOf(k, n int64) float64 {
	if n == 0 {
		return 0
	}
	return float64(k) / float64(n)
}

func ratioText(x float64) string {
	if math.IsInf(x, 1) {
		return "∞"
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}

func intervalText(lo, hi float64) string {
	return fmt.Sprintf("[%s, %s]", ratioText(lo), ratioText(hi))
}

// thousands writes 12990 as 12,990.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// countText rounds an estimated number to two figures.
func countText(x float64) string {
	if math.IsInf(x, 0) || x > 1e15 {
		return "∞"
	}
	if x >= 100 {
		scale := math.Pow(10, math.Floor(math.Log10(x))-1)
		x = math.Round(x/scale) * scale
	}
	return thousands(int64(math.Ceil(x)))
}
