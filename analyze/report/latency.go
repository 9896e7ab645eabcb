package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ficus-dev/ficus/analyze/model"
)

// DefaultRTT is the round trip that added latency is told for when nobody says
// otherwise: half a millisecond, a call between two machines of one zone with its
// encoding.
const DefaultRTT = 500 * time.Microsecond

func (o Options) rtt() time.Duration {
	if o.RTT > 0 {
		return o.RTT
	}
	return DefaultRTT
}

// slowed is an entry point with what becomes remote behind it.
type slowed struct {
	name   string
	remote *model.Remote
}

// slowest lists entry points by the remote calls behind them, most first.
func (ix *index) slowest() []slowed {
	var out []slowed
	for _, r := range ix.m.Routes {
		if r.Remote != nil {
			out = append(out, slowed{strings.TrimPrefix(r.RouteID(), "route:"), r.Remote})
		}
	}
	for _, p := range ix.m.EntryPoints {
		if p.Remote != nil {
			out = append(out, slowed{p.Kind + " " + orSay(p.Name, ix.goName(p.Handler)), p.Remote})
		}
	}
	slices.SortStableFunc(out, func(a, b slowed) int {
		return cmp.Or(cmp.Compare(b.remote.Calls, a.remote.Calls), cmp.Compare(a.name, b.name))
	})
	return out
}

// latency writes the entry points that the cuts slow down most.
func (v *textView) latency() {
	list := v.ix.slowest()
	if len(list) == 0 {
		return
	}
	const most = 3
	v.head(fmt.Sprintf("What the cuts add to entry points (%s a round trip):", v.o.rtt()))
	rows := make([]row, 0, most)
	for _, s := range firstN(list, most) {
		rows = append(rows, row{{s.name, plain}, {v.added(s.remote), bold}, {remoteCount(s.remote.Calls), plain}, {v.steps(s.remote, 1), dim}})
	}
	v.table("  ", []column{{limit: 40}, {align: alignRight}, {align: alignRight}, {flex: true}}, rows)
	if n := len(list) - most; n > 0 {
		v.line(span{fmt.Sprintf("  and %d more (ficus explain ROUTE)", n), dim})
	}
}

// added is the latency that remote calls add, one after the other.
func (v *textView) added(r *model.Remote) string {
	return "+" + shortDuration(time.Duration(r.Calls*float64(v.o.rtt())))
}

// shortDuration has three figures at most.
func shortDuration(d time.Duration) string {
	switch {
	case d >= 100*time.Millisecond:
		return d.Round(time.Millisecond).String()
	case d >= time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(time.Microsecond).String()
}

func remoteCount(n float64) string {
	if n == 1 {
		return "1 remote call"
	}
	return amount(n) + " remote calls"
}

// steps names the functions called most.
func (v *textView) steps(r *model.Remote, most int) string {
	var parts []string
	for _, s := range firstN(r.Steps, most) {
		parts = append(parts, amount(s.Calls)+" × "+v.ix.goName(s.Callee))
	}
	if n := len(r.Steps) - most; n > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", n))
	}
	return strings.Join(parts, ", ")
}

// explainLatency writes what becomes remote behind a route, or behind the entry points
// of a declaration.
func (v *textView) explainLatency(e *Explanation) {
	var list []slowed
	if e.Kind == TargetRoute || e.Kind == TargetSymbol {
		for _, r := range e.Routes {
			if r.Remote != nil {
				list = append(list, slowed{strings.TrimPrefix(r.RouteID(), "route:"), r.Remote})
			}
		}
		for _, p := range e.EntryPoints {
			if p.Remote != nil {
				list = append(list, slowed{p.Kind + " " + p.Name, p.Remote})
			}
		}
	}
	for _, s := range firstN(list, 3) {
		v.head(fmt.Sprintf("After the cuts %s waits for %s: %s at %s a round trip.", s.name, remoteCount(s.remote.Calls), v.added(s.remote), v.o.rtt()))
		rows := make([]row, 0, len(s.remote.Steps))
		for _, step := range s.remote.Steps {
			how := ""
			if step.Measured {
				how = "measured"
			}
			cells := row{{amount(step.Calls) + " ×", plain}, {v.ix.goName(step.Callee), plain}, {position(step.Evidence.File, step.Evidence.Line), dim}, {how, dim}}
			if v.wide() {
				cells = append(cells, span{step.FromService + " → " + step.ToService, dim})
			}
			rows = append(rows, cells)
		}
		v.table("  ", []column{{align: alignRight}, {flex: true}, {flex: true, keepEnd: true}, {}, {}}, rows)
	}
}
