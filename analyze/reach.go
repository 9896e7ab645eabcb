package analyze

import (
	"slices"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// reacher follows calls from an entry point to the tables behind it.
type reacher struct {
	number   map[facts.Ref]int
	calls    [][]hop
	accesses [][]facts.TableAccess
	packages map[string]string // atom → package
	unclear  map[string]bool   // packages with SQL that was not understood
	// writes: something behind it, wide calls included, writes or has SQL that was
	// not understood.
	writes []bool
	seen   []int // the walk that came by last
	walks  int
}

// hop is one call. A wide one is dispatched, from a place whose callees are in
// many packages: a helper that runs what it is handed (a transaction wrapper, an
// event bus). Who can be handed there is not who is on this way.
type hop struct {
	to   int
	wide bool
}

// widePackages is from how many packages of callees a dispatching function is wide.
const widePackages = 3

func newReacher(f *facts.Facts) *reacher {
	r := &reacher{number: map[facts.Ref]int{}, packages: map[string]string{}}
	for _, d := range f.Decls {
		r.packages[d.ID] = d.Package
	}
	wide := r.wideCallers(f)
	for _, c := range f.Calls {
		from, to := r.at(c.From), r.at(c.To)
		r.calls[from] = append(r.calls[from], hop{to, c.Mode == facts.Dynamic && wide[c.From]})
	}
	for _, acc := range f.Accesses {
		at := r.at(acc.From)
		r.accesses[at] = append(r.accesses[at], acc)
	}
	r.unclear = map[string]bool{}
	for _, u := range f.Unresolved {
		if u.Code == "sql" {
			r.unclear[u.Package] = true
		}
	}
	r.findWrites()
	r.seen = make([]int, len(r.calls))
	return r
}

// at numbers a declaration.
func (r *reacher) at(ref facts.Ref) int {
	n, ok := r.number[ref]
	if !ok {
		n = len(r.calls)
		r.number[ref] = n
		r.calls, r.accesses = append(r.calls, nil), append(r.accesses, nil)
	}
	return n
}

// findWrites goes back over all calls from what writes itself.
func (r *reacher) findWrites() {
	r.writes = make([]bool, len(r.calls))
	callers := make([][]int, len(r.calls))
	for from, hops := range r.calls {
		for _, h := range hops {
			callers[h.to] = append(callers[h.to], from)
		}
	}
	var stack []int
	for ref, n := range r.number {
		if r.unclear[r.packages[ref.Atom]] || slices.ContainsFunc(r.accesses[n], func(a facts.TableAccess) bool { return a.Access != model.Read }) {
			stack = append(stack, n)
		}
	}
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !r.writes[n] {
			r.writes[n] = true
			stack = append(stack, callers[n]...)
		}
	}
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
	first, ok := r.number[entry]
	if !ok {
		return nil, !r.unclear[r.packages[entry.Atom]]
	}
	access := map[string]model.Access{}
	r.walks++
	stack := []int{first}
	for len(stack) > 0 {
		at := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if r.seen[at] == r.walks {
			continue
		}
		r.seen[at] = r.walks
		for _, acc := range r.accesses[at] {
			access[acc.Table] = coupling.MergeAccess(access[acc.Table], acc.Access)
		}
		for _, h := range r.calls[at] {
			if !h.wide {
				stack = append(stack, h.to)
			}
		}
	}
	return tableList(access), !r.writes[first]
}
