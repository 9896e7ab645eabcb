package rollout

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/ficus-dev/ficus/strangler/route"
)

// RouteStatus is all there is to know about a route now.
type RouteStatus struct {
	Route   string `json:"route"`
	Service string `json:"service"`
	// Match is the rule in short: GET /invoices/*.
	Match string `json:"match"`
	Stage Stage  `json:"stage"`
	// Share in force, e.g. "5%", and the same in 1/10000.
	Share   route.Share `json:"share"`
	Buckets int         `json:"buckets"`
	Mode    string      `json:"mode"`
	Paused  bool        `json:"paused"`
	Run     int         `json:"run"`
	// Since when the share is in force.
	Since time.Time `json:"since"`
	// Step counts since then, Total since the run began.
	Step  Arms `json:"step"`
	Total Arms `json:"total"`
	// Users seen on this step, by arm, estimated to about 1%.
	Users ArmNumbers[int64] `json:"users"`
	// Latency until the response headers since the proxy started, in milliseconds.
	P50 ArmNumbers[float64] `json:"p50_ms"`
	P99 ArmNumbers[float64] `json:"p99_ms"`
	// Parity of shadow comparisons; Fields are the most frequent differences.
	Parity ParityStatus `json:"parity"`
	// Decision is what happens next and why.
	Decision Decision `json:"decision"`
	// Border is ln(2/α): a logarithmic e-value of rollback that reaches it decides.
	Border    float64      `json:"border"`
	Unhealthy string       `json:"unhealthy,omitempty"`
	Policy    route.Policy `json:"policy"`
}

// ArmNumbers is a figure of both sides.
type ArmNumbers[T any] struct {
	Old T `json:"old"`
	New T `json:"new"`
}

// ParityStatus sums up the comparisons of a route.
type ParityStatus struct {
	Shadowed  bool         `json:"shadowed"`
	Compared  int64        `json:"compared"`
	Different int64        `json:"different"`
	Fields    []FieldCount `json:"fields,omitempty"`
}

// FieldCount is how often a JSON path differed.
type FieldCount struct {
	Field string `json:"field"`
	Count int64  `json:"count"`
}

// Status of every route, in the configuration's order, with all that was counted until
// now. What follows from it is said, but left to Run.
func (c *Controller) Status() []RouteStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.collect()
	now := c.clock()
	out := make([]RouteStatus, 0, len(c.order))
	for _, name := range c.order {
		m := c.routes[name]
		if m.counted {
			m.decide(now)
			m.stale = true // Run has not acted on it
		}
		out = append(out, m.status())
	}
	return out
}

func (m *managed) status() RouteStatus {
	s := m.state
	d := m.decision
	d.Gates = slices.Clone(d.Gates)
	return RouteStatus{
		Route: m.rule.Name, Service: m.rule.Service, Match: matchText(m.rule.Match),
		Stage: s.Stage(), Share: s.Share, Buckets: int(s.Share), Mode: m.policy.Mode, Paused: s.Paused, Run: s.Run,
		Since: s.Step().Since.UTC(), Step: s.Step().Arms, Total: s.Total(),
		Users: ArmNumbers[int64]{m.counter.seen[0].estimate(), m.counter.seen[1].estimate()},
		P50:   m.latency(0.5), P99: m.latency(0.99),
		Parity:   s.parityStatus(),
		Decision: d, Border: rollbackBorder(m.policy), Unhealthy: s.Unhealthy, Policy: m.policy,
	}
}

func (m *managed) latency(q float64) ArmNumbers[float64] {
	ms := func(h *histogram) float64 { return float64(h.quantile(q).Microseconds()) / 1000 }
	return ArmNumbers[float64]{ms(&m.counter.latency[0]), ms(&m.counter.latency[1])}
}

func (s *State) parityStatus() ParityStatus {
	p := ParityStatus{Shadowed: s.Shadowed, Compared: s.Parity.Compared, Different: s.Parity.Different}
	for f, n := range s.Parity.Fields {
		p.Fields = append(p.Fields, FieldCount{f, n})
	}
	slices.SortFunc(p.Fields, func(a, b FieldCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), strings.Compare(a.Field, b.Field))
	})
	return p
}

// matchText writes a rule in short: methods, host and path.
func matchText(m route.Match) string {
	text := m.Host + m.Path
	if len(m.Methods) > 0 {
		text = strings.Join(m.Methods, ",") + " " + text
	}
	return text
}

// History is every record, oldest first.
func (c *Controller) History() []Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.history)
}

// HistorySince is every record after a sequence number.
func (c *Controller) HistorySince(seq int64) []Record {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, _ := slices.BinarySearchFunc(c.history, seq+1, func(r Record, s int64) int { return cmp.Compare(r.Seq, s) })
	return slices.Clone(c.history[i:])
}
