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
			out = append(out, slowed{ix.entryName(p), p.Remote})
		}
	}
	slices.SortStableFunc(out, func(a, b slowed) int {
		return cmp.Or(cmp.Compare(b.remote.Calls, a.remote.Calls), cmp.Compare(a.name, b.name))
	})
	return out
}

// entryName is an entry point as people tell it apart: jobs, which are called after
// what wakes them, by their function.
func (ix *index) entryName(p model.EntryPoint) string {
	if p.Kind == "job" && p.Handler != "" {
		return "job " + ix.goName(p.Handler)
	}
	return p.Kind + " " + orSay(p.Name, ix.goName(p.Handler))
}

// latency writes the entry points that the cuts slow down most.
func (v *textView) latency() {
	list := v.ix.slowest()
	if len(list) == 0 {
		return
	}
	const most = 3
	v.head(fmt.Sprintf("What the cuts add to entry points (%s a round trip, a loop taken as %d turns):", v.o.rtt(), list[0].remote.Turns))
	rows := make([]row, 0, most)
	for _, s := range firstN(list, most) {
		cells := row{{s.name, plain}, {v.added(s.remote), bold}, {remoteCount(s.remote), plain}}
		if v.wide() {
			cells = append(cells, span{v.steps(s.remote), dim})
		}
		rows = append(rows, cells)
	}
	columns := []column{{flex: true}, {align: alignRight}, {align: alignRight}, {flex: true}}
	v.table("  ", columns[:len(rows[0])], rows)
	if n := len(list) - most; n > 0 {
		v.line(span{fmt.Sprintf("  and %d more (ficus explain ROUTE)", n), dim})
	}
}

// added is the latency that remote calls add, one after the other.
func (v *textView) added(r *model.Remote) string { return v.addedBy(r.Calls) }

func (v *textView) addedBy(calls float64) string {
	return "+" + shortDuration(time.Duration(calls*float64(v.o.rtt())))
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

// remoteCount says how many remote calls those are, and how many of them repeat.
func remoteCount(r *model.Remote) string {
	text := counted(r.Places, "remote call")
	if r.InLoops > 0 {
		text += fmt.Sprintf(", %d in loops", r.InLoops)
	}
	return text
}

// steps names the functions called most, and how many more there are.
func (v *textView) steps(r *model.Remote) string {
	shown, text := 0, ""
	for _, s := range firstN(r.Steps, 1) {
		shown += s.Places
		text = amount(s.Calls) + " × " + v.ix.goName(s.Callee)
	}
	if n := r.Places - shown; n > 0 {
		text += fmt.Sprintf(", and %d more", n)
	}
	return text
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
				list = append(list, slowed{v.ix.entryName(p), p.Remote})
			}
		}
	}
	for _, s := range firstN(list, 3) {
		v.head(fmt.Sprintf("After the cuts %s waits for %s: %s at %s a round trip%s.", s.name, remoteCount(s.remote), v.added(s.remote), v.o.rtt(), turnsNote(s.remote)))
		rows := make([]row, 0, len(s.remote.Steps))
		for _, step := range s.remote.Steps {
			cells := row{{amount(step.Calls) + " ×", plain}, {v.ix.goName(step.Callee), plain}, {position(step.Evidence.File, step.Evidence.Line), dim}, {v.stepNote(step), dim}}
			if v.wide() {
				cells = append(cells, span{step.FromService + " → " + step.ToService, dim})
			}
			rows = append(rows, cells)
		}
		v.table("  ", []column{{align: alignRight}, {flex: true}, {flex: true, keepEnd: true}, {}, {}}, rows)
		v.moreSteps(s.remote)
	}
}

// moreSteps says how much the steps that the model has leave out.
func (v *textView) moreSteps(r *model.Remote) {
	n := r.Places
	for _, step := range r.Steps {
		n -= step.Places
	}
	if n > 0 {
		v.line(span{fmt.Sprintf("  and %d more places", n), dim})
	}
}

func turnsNote(r *model.Remote) string {
	if r.InLoops == 0 {
		return ""
	}
	return fmt.Sprintf(", a loop taken as %d turns", r.Turns)
}

// stepNote says how a step's number of calls came about.
func (v *textView) stepNote(s model.RemoteStep) string {
	switch {
	case s.Measured:
		return "measured"
	case s.Loop != nil && v.wide():
		return "loop at " + position(baseName(s.Loop.File), s.Loop.Line)
	case s.InLoops > 0:
		return "in a loop"
	case s.Places > 1:
		return fmt.Sprintf("%d places", s.Places)
	}
	return ""
}
