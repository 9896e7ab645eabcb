package analyze

import (
	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// reacher follows calls from an entry point to the tables behind it.
type reacher struct {
	calls    map[facts.Ref][]hop
	accesses map[facts.Ref][]facts.TableAccess
	packages map[string]string // atom → package
	unclear  map[string]bool   // packages with SQL that was not understood
}

// hop is one call. A wide one is dispatched, from a place whose callees are in
// many packages: a helper that runs what it is handed (a transaction wrapper, an
// event bus). Who can be handed there is not who is on this way.
type hop struct {
	to   facts.Ref
	wide bool
}

// widePackages is from how many packages of callees a dispatching function is wide.
const widePackages = 3

func newReacher(f *facts.Facts) *reacher {
	r := &reacher{calls: map[facts.Ref][]hop{}, accesses: map[facts.Ref][]facts.TableAccess{}, packages: map[string]string{}, unclear: map[string]bool{}}
	for _, d := range f.Decls {
		r.packages[d.ID] = d.Package
	}
	wide := r.wideCallers(f)
	for _, c := range f.Calls {
		r.calls[c.From] = append(r.calls[c.From], hop{c.To, c.Mode == facts.Dynamic && wide[c.From]})
	}
	for _, acc := range f.Accesses {
		r.accesses[acc.From] = append(r.accesses[acc.From], acc)
	}
	for _, u := range f.Unresolved {
		if u.Code == "sql" {
			r.unclear[u.Package] = true
		}
	}
	return r
}

func (r *reacher) wideCallers(f *facts.Facts) map[facts.Ref]bool {
	callees := map[facts.Ref]map[string]bool{}
	for _, c := range f.Calls {
		if c.Mode == facts.Dynamic {
			if callees[c.From] == nil {
				callees[c.From] = map[string]bool{}
			}
			callees[c.From][r.packages[c.To.Atom]] = true
		}
	}
	wide := map[facts.Ref]bool{}
	for from, packages := range callees {
		wide[from] = len(packages) >= widePackages
	}
	return wide
}

// from gives the tables on the way from an entry point, and whether nothing is
// written behind it. The tables leave out wide calls, so that a list is of use;
// the promise to write nothing does not: it follows all, and is not given when a
// package behind the entry has SQL that was not understood.
func (r *reacher) from(entry facts.Ref) (tables []model.RouteTable, readOnly bool) {
	access := map[string]model.Access{}
	r.walk(entry, false, func(at facts.Ref) {
		for _, acc := range r.accesses[at] {
			access[acc.Table] = coupling.MergeAccess(access[acc.Table], acc.Access)
		}
	})
	readOnly = true
	r.walk(entry, true, func(at facts.Ref) {
		for _, acc := range r.accesses[at] {
			readOnly = readOnly && acc.Access == model.Read
		}
		readOnly = readOnly && !r.unclear[r.packages[at.Atom]]
	})
	return tableList(access), readOnly
}

func (r *reacher) walk(entry facts.Ref, wide bool, visit func(facts.Ref)) {
	seen, stack := map[facts.Ref]bool{}, []facts.Ref{entry}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[at] {
			continue
		}
		seen[at] = true
		visit(at)
		for _, h := range r.calls[at] {
			if wide || !h.wide {
				stack = append(stack, h.to)
			}
		}
	}
}
