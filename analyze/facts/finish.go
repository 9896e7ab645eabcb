package facts

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// finish sorts every list, so that the same program gives the same facts.
func (e *extractor) finish() {
	e.finishTables()
	e.finishInits()
	f := e.out
	slices.SortStableFunc(f.Calls, func(a, b Call) int {
		return cmp.Or(compareRef(a.From, b.From), compareRef(a.To, b.To), compareEvidence(a.Evidence, b.Evidence), cmp.Compare(a.Mode, b.Mode))
	})
	f.sortUses()
	slices.SortStableFunc(f.States, func(a, b State) int {
		return cmp.Or(compareRef(a.From, b.From), cmp.Compare(a.Var, b.Var), compareEvidence(a.Evidence, b.Evidence), cmp.Compare(a.Access, b.Access))
	})
	f.States = slices.Compact(f.States)
	e.sortAccesses()
	slices.SortStableFunc(f.Resources, func(a, b ResourceUse) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Access, b.Access), compareRef(a.From, b.From), compareEvidence(a.Evidence, b.Evidence))
	})
	slices.SortStableFunc(f.Transactions, func(a, b Transaction) int { return compareEvidence(a.Evidence, b.Evidence) })
	slices.SortStableFunc(f.Routes, func(a, b Route) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.Pattern, b.Pattern), cmp.Compare(a.Method, b.Method), compareEvidence(a.Evidence, b.Evidence))
	})
	f.Routes = slices.Compact(f.Routes)
	slices.SortStableFunc(f.Surfaces, func(a, b Surface) int { return compareRef(a.Func, b.Func) })
	slices.SortStableFunc(f.ErrorTests, func(a, b ErrorTest) int {
		return cmp.Or(compareRef(a.From, b.From), cmp.Compare(a.Error, b.Error), compareEvidence(a.Evidence, b.Evidence))
	})
	f.ErrorTests = slices.Compact(f.ErrorTests)
	f.sortShapes()
	for _, file := range slices.Sorted(maps.Keys(e.reads)) {
		f.Reads = append(f.Reads, Read{File: file, Sum: e.reads[file]})
	}
	slices.SortStableFunc(f.Unresolved, func(a, b model.Problem) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Message, b.Message))
	})
	f.Unresolved = slices.Compact(f.Unresolved)
}

func (f *Facts) sortUses() {
	slices.SortStableFunc(f.Uses, func(a, b Use) int {
		return cmp.Or(compareRef(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Kind, b.Kind), compareEvidence(a.Evidence, b.Evidence))
	})
	f.Uses = slices.Compact(f.Uses)
}

// sortShapes sorts the facts about interfaces, comparisons and entry points.
func (f *Facts) sortShapes() {
	slices.SortStableFunc(f.Interfaces, func(a, b Interface) int { return cmp.Compare(a.Type, b.Type) })
	slices.SortStableFunc(f.Identities, func(a, b Identity) int {
		return cmp.Or(compareRef(a.From, b.From), compareEvidence(a.Evidence, b.Evidence))
	})
	slices.SortStableFunc(f.NilTests, func(a, b NilTest) int {
		return cmp.Or(compareRef(a.From, b.From), compareRef(a.Of, b.Of), cmp.Compare(a.Field, b.Field), cmp.Compare(a.Result, b.Result), compareEvidence(a.Evidence, b.Evidence))
	})
	f.NilTests = slices.Compact(f.NilTests)
	slices.SortStableFunc(f.NilResults, func(a, b NilResult) int {
		return cmp.Or(compareRef(a.Func, b.Func), cmp.Compare(a.Result, b.Result))
	})
	slices.SortStableFunc(f.EntryPoints, func(a, b EntryPoint) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), compareRef(a.Func, b.Func), compareEvidence(a.Evidence, b.Evidence))
	})
	f.EntryPoints = slices.Compact(f.EntryPoints)
}

// finishInits declares the atom init of packages in which something runs while the
// package is initialised that belongs to no declaration: var _ = f().
func (e *extractor) finishInits() {
	known := map[string]bool{}
	for _, d := range e.out.Decls {
		known[d.ID] = true
	}
	add := func(r Ref, ev model.Evidence) {
		pkg := strings.TrimSuffix(r.Atom, ".init")
		if pkg == r.Atom || known[r.Atom] || !e.paths[pkg] {
			return
		}
		known[r.Atom] = true
		e.out.Decls = append(e.out.Decls, Decl{Atom: model.Atom{ID: r.Atom, Kind: model.KindFunc, Package: pkg, Name: "init", File: ev.File, Line: ev.Line}})
	}
	for _, c := range e.out.Calls {
		add(c.From, c.Evidence)
	}
	for _, s := range e.out.States {
		add(s.From, s.Evidence)
	}
	for _, a := range e.out.Accesses {
		add(a.From, a.Evidence)
		add(a.For, a.Evidence)
	}
	for _, u := range e.out.Resources {
		add(u.From, u.Evidence)
		add(u.For, u.Evidence)
	}
	for _, r := range e.out.Routes {
		add(r.Registrar, r.Evidence)
	}
	for _, x := range e.out.InitEffects {
		add(x.From, x.Evidence)
	}
	slices.SortStableFunc(e.out.Decls, func(a, b Decl) int { return cmp.Compare(a.ID, b.ID) })
}

// sortAccesses sorts accesses and keeps the transactions' indexes right.
func (e *extractor) sortAccesses() {
	f := e.out
	forgetTypes(f.Accesses)
	order := make([]int, len(f.Accesses))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return compareAccess(f.Accesses[i], f.Accesses[j]) })
	place := make([]int, len(order))
	sorted := make([]TableAccess, 0, len(order))
	for _, from := range order {
		a := f.Accesses[from]
		if n := len(sorted); n > 0 && compareAccess(sorted[n-1], a) == 0 {
			sorted[n-1].merge(a)
		} else {
			sorted = append(sorted, a)
		}
		place[from] = len(sorted) - 1
	}
	f.Accesses = sorted
	for i := range f.Transactions {
		r := f.Transactions[i].Reached
		for j := range r {
			r[j] = place[r[j]]
		}
		slices.Sort(r)
		f.Transactions[i].Reached = slices.Compact(r)
	}
}

func compareAccess(a, b TableAccess) int {
	return cmp.Or(compareRef(a.From, b.From), compareRef(a.For, b.For), cmp.Compare(a.Table, b.Table), compareEvidence(a.Evidence, b.Evidence))
}

func (a *TableAccess) merge(b TableAccess) {
	a.Access = merge(a.Access, b.Access)
	a.InLoop, a.InTx = a.InLoop || b.InLoop, a.InTx || b.InTx
	a.Joined = unionSorted(a.Joined, b.Joined)
}

// forgetTypes takes the type back where generic code accesses the same tables
// whatever type it is made for: it then does so for itself.
func forgetTypes(list []TableAccess) {
	type spot struct {
		file      string
		line, col int
	}
	tables := map[spot]map[Ref]map[string]bool{}
	at := func(a TableAccess) spot { return spot{a.Evidence.File, a.Evidence.Line, a.Evidence.Column} }
	for _, a := range list {
		if a.For.Atom == "" {
			continue
		}
		of := tables[at(a)]
		if of == nil {
			of = map[Ref]map[string]bool{}
			tables[at(a)] = of
		}
		if of[a.For] == nil {
			of[a.For] = map[string]bool{}
		}
		of[a.For][a.Table] = true
	}
	for i := range list {
		if of := tables[at(list[i])]; list[i].For.Atom != "" && len(of) > 1 && allSame(of) {
			list[i].For = Ref{}
		}
	}
}

func allSame(of map[Ref]map[string]bool) bool {
	var first map[string]bool
	for _, names := range of {
		if first == nil {
			first = names
		}
		if !maps.Equal(names, first) {
			return false
		}
	}
	return true
}

func compareRef(a, b Ref) int {
	return cmp.Or(cmp.Compare(a.Atom, b.Atom), cmp.Compare(a.Method, b.Method))
}

func compareEvidence(a, b model.Evidence) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Detail, b.Detail))
}
