package bill

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

const (
	// mostSteps bounds the calls listed of one entry point.
	mostSteps = 10
	// widePackages is from how many packages of callees a dispatching function runs
	// what it is handed, and is not followed.
	widePackages = 3
	// loopReach is how many calls below a loop still count as in it.
	loopReach = 3
)

// Latency counts the calls behind entry points that the boundaries make remote.
type Latency struct {
	in     Input
	number map[facts.Ref]int
	refs   []facts.Ref // by number
	places [][]callPlace
	leads  []bool             // something behind it is remote
	plain  map[facts.Ref]bool // linked where it is called
	traced map[tracedKey]float64

	// of the walk at hand, all by number
	reached []bool
	order   []int
	loop    []*callPlace // the nearest loop above, nil when there is none
}

// callPlace is one call site that is waited for.
type callPlace struct {
	from     int
	targets  []int // of which one is called
	remote   int   // the first of them that is remote, -1 when none is
	inLoop   bool
	loop     model.Evidence // its statement, when inLoop; without a file when not told
	evidence model.Evidence
}

type tracedKey struct {
	entry    string
	from, to facts.Ref
}

// NewLatency prepares counting for a partition.
func NewLatency(in Input) *Latency {
	l := &Latency{in: in, number: map[facts.Ref]int{}, traced: map[tracedKey]float64{}, plain: plainOf(in.Facts)}
	l.read(in.Facts)
	for _, f := range in.Facts.Measured.Flows {
		if f.PerRequest > 0 {
			l.traced[tracedKey{f.Entry, f.From, f.To}] = f.PerRequest
		}
	}
	l.findLeads()
	l.reached, l.loop = make([]bool, len(l.refs)), make([]*callPlace, len(l.refs))
	return l
}

func (l *Latency) at(ref facts.Ref) int {
	n, ok := l.number[ref]
	if !ok {
		n = len(l.refs)
		l.number[ref] = n
		l.refs, l.places = append(l.refs, ref), append(l.places, nil)
	}
	return n
}

// site tells call sites apart. A site that dispatches has several targets.
type site struct {
	from      int
	file      string
	line, col int
	dynamic   bool
}

func (l *Latency) read(f *facts.Facts) {
	at := map[site]int{}
	for i := range f.Calls {
		c := &f.Calls[i]
		if c.Mode == facts.Value || c.Callback || c.Go || dataMethods[c.To.Method] {
			continue
		}
		from, to := l.at(c.From), l.at(c.To)
		s := site{from, c.Evidence.File, c.Evidence.Line, c.Evidence.Column, c.Mode == facts.Dynamic}
		n, ok := at[s]
		if !ok || !s.dynamic {
			n = len(l.places[from])
			at[s] = n
			l.places[from] = append(l.places[from], newPlace(from, c))
		}
		l.places[from][n].targets = append(l.places[from][n].targets, to)
	}
	packages := map[string]string{}
	for _, d := range f.Decls {
		packages[d.ID] = d.Package
	}
	for from := range l.places {
		l.places[from] = slices.DeleteFunc(l.places[from], func(p callPlace) bool { return l.wide(p.targets, packages) })
		for i := range l.places[from] {
			l.places[from][i].remote = l.firstRemote(from, l.places[from][i].targets)
		}
	}
}

func newPlace(from int, c *facts.Call) callPlace {
	p := callPlace{from: from, inLoop: c.InLoop, evidence: c.Evidence}
	if c.InLoop && len(c.Repeats) > 0 && c.Repeats[0].Cure != facts.RepeatOuter {
		p.loop = c.Repeats[0].Loop
	}
	return p
}

func (l *Latency) wide(targets []int, packages map[string]string) bool {
	var seen []string
	for _, t := range targets {
		if p := packages[l.refs[t].Atom]; !slices.Contains(seen, p) {
			seen = append(seen, p)
		}
	}
	return len(seen) >= widePackages
}

// firstRemote is the first target by name that is in another service, -1 when none is.
func (l *Latency) firstRemote(from int, targets []int) int {
	first := -1
	for _, t := range targets {
		if l.remote(from, t) && (first < 0 || refID(l.refs[t]) < refID(l.refs[first])) {
			first = t
		}
	}
	return first
}

func (l *Latency) remote(from, to int) bool {
	f, t := l.in.Service[l.refs[from].Atom], l.in.Service[l.refs[to].Atom]
	return model.IsService(f) && model.IsService(t) && f != t && !l.plain[l.refs[to]]
}

// findLeads goes back over all calls from the remote ones: nothing else has to be
// walked through.
func (l *Latency) findLeads() {
	l.leads = make([]bool, len(l.refs))
	callers := make([][]int, len(l.refs))
	var stack []int
	for from, places := range l.places {
		for _, p := range places {
			for _, t := range p.targets {
				callers[t] = append(callers[t], from)
			}
			if p.remote >= 0 && !l.leads[from] {
				l.leads[from] = true
				stack = append(stack, from)
			}
		}
	}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, c := range callers[at] {
			if !l.leads[c] {
				l.leads[c] = true
				stack = append(stack, c)
			}
		}
	}
}

// Of counts the remote calls behind the function that answers an entry point, named
// as traces name it; nil when there are none.
func (l *Latency) Of(fn facts.Ref, entry string) *model.Remote {
	n, known := l.number[fn]
	if fn.Atom == "" || !known || !l.leads[n] {
		return nil
	}
	l.walk(n)
	l.markLoops()
	steps := map[[2]int]*model.RemoteStep{}
	for _, at := range l.order {
		for i := range l.places[at] {
			if p := &l.places[at][i]; p.remote >= 0 {
				l.step(steps, p)
			}
		}
	}
	return l.sum(steps, entry)
}

// walk lists the functions behind one that lead to something remote, each once.
func (l *Latency) walk(start int) {
	for _, at := range l.order {
		l.reached[at], l.loop[at] = false, nil
	}
	l.order = append(l.order[:0], start)
	l.reached[start] = true
	for i := 0; i < len(l.order); i++ {
		for _, p := range l.places[l.order[i]] {
			for _, t := range p.targets {
				if l.leads[t] && !l.reached[t] {
					l.reached[t] = true
					l.order = append(l.order, t)
				}
			}
		}
	}
}

// markLoops gives the functions at most loopReach calls below a loop that loop, the
// nearest one, of equals the first by position.
func (l *Latency) markLoops() {
	var level []*callPlace
	for _, at := range l.order {
		for i := range l.places[at] {
			if p := &l.places[at][i]; p.inLoop {
				level = append(level, p)
			}
		}
	}
	slices.SortFunc(level, func(a, b *callPlace) int { return compareEvidence(a.evidence, b.evidence) })
	type below struct {
		place *callPlace // whose targets are in the loop
		loop  *callPlace
	}
	var now, next []below
	for _, p := range level {
		now = append(now, below{p, p})
	}
	for depth := 1; depth <= loopReach; depth++ {
		next = next[:0]
		for _, b := range now {
			for _, t := range b.place.targets {
				if !l.reached[t] || l.loop[t] != nil {
					continue
				}
				l.loop[t] = b.loop
				for i := range l.places[t] {
					next = append(next, below{&l.places[t][i], b.loop})
				}
			}
		}
		now, next = next, now
	}
}

// step adds one call site to what a function calls remotely.
func (l *Latency) step(steps map[[2]int]*model.RemoteStep, p *callPlace) {
	k := [2]int{p.from, p.remote}
	s := steps[k]
	if s == nil {
		from, to := l.refs[p.from], l.refs[p.remote]
		s = &model.RemoteStep{Callee: refID(to), FromService: l.in.Service[from.Atom], ToService: l.in.Service[to.Atom], Evidence: p.evidence}
		steps[k] = s
	}
	if compareEvidence(p.evidence, s.Evidence) < 0 {
		s.Evidence = p.evidence
	}
	s.Places++
	loop := l.loop[p.from]
	if p.inLoop {
		loop = p
	}
	if loop != nil {
		s.InLoops++
		if at := loop.loop; at.File != "" && (s.Loop == nil || compareEvidence(at, *s.Loop) < 0) {
			s.Loop = &at
		}
	}
}

// sum adds up the steps. Where traces have a pair they say how often, whatever its
// sites and loops.
func (l *Latency) sum(steps map[[2]int]*model.RemoteStep, entry string) *model.Remote {
	out := &model.Remote{Turns: model.LoopTurns}
	for k, s := range steps {
		s.Calls = float64(s.Places + (model.LoopTurns-1)*s.InLoops)
		if traced, ok := l.traced[tracedKey{entry, l.refs[k[0]], l.refs[k[1]]}]; ok {
			s.Calls, s.Measured, s.InLoops, s.Loop = model.Round(traced), true, 0, nil
		}
		out.Steps = append(out.Steps, *s)
	}
	slices.SortFunc(out.Steps, func(x, y model.RemoteStep) int {
		return cmp.Or(cmp.Compare(y.Calls, x.Calls), strings.Compare(x.Callee, y.Callee), compareEvidence(x.Evidence, y.Evidence))
	})
	for _, s := range out.Steps {
		out.Calls += s.Calls
		out.Places += s.Places
		out.InLoops += s.InLoops
	}
	out.Calls = model.Round(out.Calls)
	out.Steps = slices.Clip(out.Steps[:min(len(out.Steps), mostSteps)])
	return out
}
