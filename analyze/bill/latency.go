package bill

import (
	"cmp"
	"slices"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

const (
	// loopTurns is how often a call in a loop is made, where nothing measured it.
	loopTurns = 4
	// mostRemote bounds what nested loops multiply to.
	mostRemote = 1e6
	// mostSteps bounds the calls listed of one entry point.
	mostSteps = 10
	// widePackages is from how many packages of callees a dispatching function runs
	// what it is handed, and is not followed.
	widePackages = 3
)

// Latency counts the calls behind entry points that the boundaries make remote.
type Latency struct {
	b      *biller
	places map[facts.Ref][]callPlace
	cost   map[facts.Ref]float64
	open   map[facts.Ref]bool
	traced map[tracedKey]float64
}

// callPlace is one call site that is waited for.
type callPlace struct {
	evidence model.Evidence
	times    float64
	targets  []facts.Ref // of which one is called
}

type tracedKey struct {
	entry    string
	from, to facts.Ref
}

// NewLatency prepares counting for a partition.
func NewLatency(in Input) *Latency {
	l := &Latency{b: &biller{in: in}, places: map[facts.Ref][]callPlace{}, cost: map[facts.Ref]float64{}, open: map[facts.Ref]bool{}, traced: map[tracedKey]float64{}}
	l.read(in.Facts)
	for _, f := range in.Facts.Measured.Flows {
		if f.PerRequest > 0 {
			l.traced[tracedKey{f.Entry, f.From, f.To}] = f.PerRequest
		}
	}
	return l
}

func (l *Latency) read(f *facts.Facts) {
	packages := map[string]string{}
	for _, d := range f.Decls {
		packages[d.ID] = d.Package
	}
	type site struct {
		from      facts.Ref
		file      string
		line, col int
		dynamic   bool
	}
	at := map[site]int{}
	for _, c := range f.Calls {
		if c.Mode == facts.Value || c.Callback || c.Go || dataMethods[c.To.Method] {
			continue
		}
		s := site{c.From, c.Evidence.File, c.Evidence.Line, c.Evidence.Column, c.Mode == facts.Dynamic}
		i, ok := at[s]
		if !ok || !s.dynamic {
			p := callPlace{evidence: c.Evidence, times: 1}
			if c.InLoop {
				p.times = loopTurns
			}
			i = len(l.places[c.From])
			at[s] = i
			l.places[c.From] = append(l.places[c.From], p)
		}
		p := &l.places[c.From][i]
		p.targets = append(p.targets, c.To)
	}
	for from, places := range l.places {
		l.places[from] = slices.DeleteFunc(places, func(p callPlace) bool { return wide(p.targets, packages) })
	}
}

func wide(targets []facts.Ref, packages map[string]string) bool {
	seen := map[string]bool{}
	for _, t := range targets {
		seen[packages[t.Atom]] = true
	}
	return len(seen) >= widePackages
}

// costOf is the number of remote calls behind a function. What calls itself is
// counted once.
func (l *Latency) costOf(fn facts.Ref) float64 {
	if n, ok := l.cost[fn]; ok {
		return n
	}
	if l.open[fn] {
		return 0
	}
	l.open[fn] = true
	sum := 0.0
	for _, p := range l.places[fn] {
		_, n := l.dearest(fn, p)
		sum = min(mostRemote, sum+p.times*n)
	}
	delete(l.open, fn)
	l.cost[fn] = sum
	return sum
}

// dearest is the target of a call site with most remote calls, itself included.
func (l *Latency) dearest(from facts.Ref, p callPlace) (to facts.Ref, n float64) {
	for i, t := range p.targets {
		c := l.costOf(t)
		if l.remote(from, t) {
			c++
		}
		if i == 0 || c > n {
			to, n = t, c
		}
	}
	return to, n
}

func (l *Latency) remote(from, to facts.Ref) bool {
	_, _, ok := l.b.cuts(from.Atom, to.Atom)
	return ok
}

// Of counts the remote calls behind the function that answers an entry point, named
// as traces name it; nil when there are none.
func (l *Latency) Of(fn facts.Ref, entry string) *model.Remote {
	if fn.Atom == "" || l.costOf(fn) == 0 {
		return nil
	}
	times := map[facts.Ref]float64{fn: 1}
	steps := map[[2]facts.Ref]*model.RemoteStep{}
	for _, at := range l.order(fn) {
		for _, p := range l.places[at] {
			to, _ := l.dearest(at, p)
			n := min(mostRemote, times[at]*p.times)
			times[to] = min(mostRemote, times[to]+n)
			if l.remote(at, to) {
				l.step(steps, at, to, n, p.evidence, entry)
			}
		}
	}
	out := &model.Remote{}
	for _, s := range steps {
		out.Steps = append(out.Steps, *s)
	}
	slices.SortFunc(out.Steps, func(x, y model.RemoteStep) int {
		return cmp.Or(cmp.Compare(y.Calls, x.Calls), cmp.Compare(x.Callee, y.Callee), compareEvidence(x.Evidence, y.Evidence))
	})
	for i := range out.Steps {
		out.Calls = min(mostRemote, out.Calls+out.Steps[i].Calls)
		out.Steps[i].Calls = model.Round(out.Steps[i].Calls)
	}
	out.Calls = model.Round(out.Calls)
	out.Steps = out.Steps[:min(len(out.Steps), mostSteps)]
	return out
}

// step adds one call site to what a function calls remotely; where traces have the
// pair, they say how often, whatever the sites.
func (l *Latency) step(steps map[[2]facts.Ref]*model.RemoteStep, from, to facts.Ref, n float64, ev model.Evidence, entry string) {
	k := [2]facts.Ref{from, to}
	s := steps[k]
	if s == nil {
		s = &model.RemoteStep{Callee: refID(to), FromService: l.b.in.Service[from.Atom], ToService: l.b.in.Service[to.Atom], Evidence: ev}
		steps[k] = s
	}
	if traced, ok := l.traced[tracedKey{entry, from, to}]; ok {
		s.Calls, s.Measured = traced, true
		return
	}
	s.Calls = min(mostRemote, s.Calls+n)
}

// order lists the functions behind one so that callers stand before callees, calls
// back to what is open left out.
func (l *Latency) order(fn facts.Ref) []facts.Ref {
	var post []facts.Ref
	seen := map[facts.Ref]bool{}
	var visit func(facts.Ref)
	visit = func(at facts.Ref) {
		seen[at] = true
		for _, p := range l.places[at] {
			if to, _ := l.dearest(at, p); !seen[to] {
				visit(to)
			}
		}
		post = append(post, at)
	}
	visit(fn)
	slices.Reverse(post)
	return post
}
