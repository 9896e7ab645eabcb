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
	refs     []facts.Ref // by number
	events   [][]event
	uses     map[facts.Ref]map[string]bool // types that a function names
	types    map[string]bool               // atoms that are types
	packages map[string]string             // atom → package
	unclear  map[string]bool               // packages with SQL that was not understood
	// writes: something behind it, wide calls included, writes or has SQL that was
	// not understood.
	writes []bool
	// touches: a walk from it comes by an access.
	touches []bool
	seen    []int // the walk that came by last
	walks   int
	behind  map[facts.Ref]map[int]bool // all that is called behind a giver of names
}

// event is a call or an access, where it stands in the code. A wide call is
// dispatched, from a place whose callees are in many packages: a helper that runs
// what it is handed (a transaction wrapper, an event bus). Who can be handed there
// is not who is on this way.
type event struct {
	to     int
	wide   bool
	access *facts.TableAccess // nil: a call
	at     *model.Evidence
}

// widePackages is from how many packages of callees a dispatching call is wide.
const widePackages = 3

func newReacher(f *facts.Facts) *reacher {
	r := &reacher{number: map[facts.Ref]int{}, uses: map[facts.Ref]map[string]bool{}, types: map[string]bool{},
		packages: map[string]string{}, unclear: map[string]bool{}, behind: map[facts.Ref]map[int]bool{}}
	for _, d := range f.Decls {
		r.packages[d.ID] = d.Package
		r.types[d.ID] = d.Kind == model.KindType
	}
	wide := r.wideCallers(f)
	for i := range f.Calls {
		c := &f.Calls[i]
		from, to := r.at(c.From), r.at(c.To)
		r.events[from] = append(r.events[from], event{to: to, wide: c.Mode == facts.Dynamic && wide[placeOf(c)], at: &c.Evidence})
	}
	for i := range f.Accesses {
		acc := &f.Accesses[i]
		at := r.at(acc.From)
		r.events[at] = append(r.events[at], event{access: acc, at: &acc.Evidence})
	}
	for _, list := range r.events {
		slices.SortStableFunc(list, func(x, y event) int { return coupling.CompareEvidence(*x.at, *y.at) })
	}
	for _, u := range f.Unresolved {
		if u.Code == "sql" {
			r.unclear[u.Package] = true
		}
	}
	r.typeUses(f)
	r.findWrites()
	r.findTouches()
	r.seen = make([]int, len(r.events))
	return r
}

// typeUses keeps who names the types that generic code is made for.
func (r *reacher) typeUses(f *facts.Facts) {
	made := map[string]bool{}
	for _, acc := range f.Accesses {
		if r.types[acc.For.Atom] {
			made[acc.For.Atom] = true
		}
	}
	for _, u := range f.Uses {
		if made[u.To] {
			if r.uses[u.From] == nil {
				r.uses[u.From] = map[string]bool{}
			}
			r.uses[u.From][u.To] = true
		}
	}
}

// at numbers a declaration.
func (r *reacher) at(ref facts.Ref) int {
	n, ok := r.number[ref]
	if !ok {
		n = len(r.events)
		r.number[ref] = n
		r.refs, r.events = append(r.refs, ref), append(r.events, nil)
	}
	return n
}

// findWrites goes back over all calls from what writes itself.
func (r *reacher) findWrites() {
	r.writes = make([]bool, len(r.events))
	callers := make([][]int, len(r.events))
	var stack []int
	for from, list := range r.events {
		writes := r.unclear[r.packages[r.refs[from].Atom]]
		for _, e := range list {
			if e.access == nil {
				callers[e.to] = append(callers[e.to], from)
			} else {
				writes = writes || e.access.Access != model.Read
			}
		}
		if writes {
			stack = append(stack, from)
		}
	}
	markBack(r.writes, stack, callers)
}

// findTouches goes back over the calls that walk follows, from all accesses.
func (r *reacher) findTouches() {
	r.touches = make([]bool, len(r.events))
	callers := make([][]int, len(r.events))
	var stack []int
	for from, list := range r.events {
		for _, e := range list {
			switch {
			case e.access != nil:
				stack = append(stack, from)
			case !e.wide:
				callers[e.to] = append(callers[e.to], from)
			}
		}
	}
	markBack(r.touches, stack, callers)
}

// markBack marks what is on the stack and all that calls it.
func markBack(marked []bool, stack []int, callers [][]int) {
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !marked[n] {
			marked[n] = true
			stack = append(stack, callers[n]...)
		}
	}
}

// callPlace is where a call stands.
type callPlace struct {
	from         facts.Ref
	file         string
	line, column int
}

func placeOf(c *facts.Call) callPlace {
	return callPlace{c.From, c.Evidence.File, c.Evidence.Line, c.Evidence.Column}
}

func (r *reacher) wideCallers(f *facts.Facts) map[callPlace]bool {
	callees := map[callPlace]map[string]bool{}
	for i := range f.Calls {
		c := &f.Calls[i]
		if c.Mode != facts.Dynamic {
			continue
		}
		at := placeOf(c)
		if callees[at] == nil {
			callees[at] = map[string]bool{}
		}
		callees[at][r.packages[c.To.Atom]] = true
	}
	wide := map[callPlace]bool{}
	for at, packages := range callees {
		wide[at] = len(packages) >= widePackages
	}
	return wide
}

// from gives the tables on the way from an entry point, in the order in which the
// code reaches them first, and whether nothing is written behind it. The tables
// leave out wide calls, and what shared code does for others, so that a list is of
// use; the promise to write nothing does not: it follows all, and is not given when
// a package behind the entry has SQL that was not understood.
func (r *reacher) from(entry, registrar facts.Ref) (tables []model.RouteTable, readOnly bool) {
	first, ok := r.number[entry]
	if !ok {
		return nil, !r.unclear[r.packages[entry.Atom]]
	}
	if !r.touches[first] {
		return nil, !r.writes[first]
	}
	var found []*facts.TableAccess
	way := r.walk(first, func(acc *facts.TableAccess) { found = append(found, acc) })
	at := map[string]int{}
	for _, acc := range r.own(found, way, registrar) {
		i, ok := at[acc.Table]
		if !ok {
			i = len(tables)
			at[acc.Table] = i
			tables = append(tables, model.RouteTable{Table: acc.Table})
		}
		tables[i].Access = coupling.MergeAccess(tables[i].Access, acc.Access)
	}
	return tables, !r.writes[first]
}

// own leaves out what shared code does on behalf of others: of those who give it
// names, only who also registers the entry is meant; of types only those that the
// way names. Where that leaves nothing of one function, all of it counts.
func (r *reacher) own(found []*facts.TableAccess, way []int, registrar facts.Ref) []*facts.TableAccess {
	any := map[facts.Ref]bool{} // functions of shared code of which something is meant
	meant := make([]bool, len(found))
	for i, acc := range found {
		meant[i] = acc.For.Atom == "" || r.meant(acc.For, way, registrar)
		any[acc.From] = any[acc.From] || meant[i]
	}
	var out []*facts.TableAccess
	for i, acc := range found {
		if meant[i] || !any[acc.From] {
			out = append(out, acc)
		}
	}
	return out
}

func (r *reacher) meant(of facts.Ref, way []int, registrar facts.Ref) bool {
	if r.types[of.Atom] && of.Method == "" {
		return slices.ContainsFunc(way, func(n int) bool { return r.uses[r.refs[n]][of.Atom] })
	}
	if n, ok := r.number[of]; ok && slices.Contains(way, n) {
		return true
	}
	return of == registrar || r.reaches(of, registrar) || r.reaches(registrar, of)
}

// reaches tells whether a function of the module is called behind another.
func (r *reacher) reaches(from, to facts.Ref) bool {
	first, ok := r.number[from]
	last, ok2 := r.number[to]
	if !ok || !ok2 {
		return false
	}
	set := r.behind[from]
	if set == nil {
		set = map[int]bool{}
		for _, n := range r.walk(first, func(*facts.TableAccess) {}) {
			set[n] = true
		}
		r.behind[from] = set
	}
	return set[last]
}

// walk goes through the code in its order, calls first to last and each function
// once, and gives the functions that it came through.
func (r *reacher) walk(entry int, visit func(*facts.TableAccess)) []int {
	r.walks++
	r.seen[entry] = r.walks
	way, stack := []int{entry}, [][]event{r.events[entry]}
	for len(stack) > 0 {
		top := len(stack) - 1
		if len(stack[top]) == 0 {
			stack = stack[:top]
			continue
		}
		next := &stack[top][0]
		stack[top] = stack[top][1:]
		switch {
		case next.access != nil:
			visit(next.access)
		case !next.wide && r.seen[next.to] != r.walks:
			r.seen[next.to] = r.walks
			way = append(way, next.to)
			stack = append(stack, r.events[next.to])
		}
	}
	return way
}
