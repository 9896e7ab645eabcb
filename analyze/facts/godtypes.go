package facts

import (
	"cmp"
	"go/ast"
	"maps"
	"slices"

	"github.com/ficus-dev/ficus/analyze/model"
)

// What makes a god type; see GodTypes.
const (
	godMethods  = 20
	godTables   = 5
	godWithData = 0.5
	godCohesion = 0.5
	// godCommon is the share of the methods that may call a function before it counts
	// as what all use: who is logged in, what stands in every page's head.
	godCommon = 0.25
)

// GodTypes are the types whose methods work on several domains, by atom ID, sorted: a
// storage.Storage, a handler of all routes, the queries that were generated for all tables
// (whoever cuts one domain out has its queries generated there). A type is one if
//
//   - it has at least 20 methods,
//   - more than half of them touch tables, 5 or more between them, themselves or by a
//     function that they and at most a quarter of all methods call,
//   - less than half of the pairs of those methods have a table in common.
//
// The last is tight class cohesion (TCC; Bieman and Kang, SSR 1995) with tables in
// place of fields, since all methods of such a type share one field, the handle of the
// database. God Class, the smell, is a TCC under a third, many methods, and much data
// that is not its own (Lanza and Marinescu, Object-Oriented Metrics in Practice, 2006,
// section 5.3). In nineteen systems the types found have 0.09 to 0.34, miniflux's
// Storage 0.18, woodpecker's 0.12, gotify's 0.25, listmonk's App 0.34; types of 20
// methods that serve one domain 0.46 and more (saas-kit's UserManager, on 4 tables),
// most 0.86 and more (gogs' UsersStore).
//
// Types without tables behind them are none, however large: what a client, a builder
// or a scheduler's methods have in common is the work they do together. But a type whose
// methods answer routes is one as well where services stand between it and the tables:
// see handlesAll.
func (f *Facts) GodTypes() []string {
	t := newTouches(f)
	var out []string
	for i := range f.Decls {
		d := &f.Decls[i]
		if d.Kind == model.KindType && len(d.Bodies) == len(d.Methods) && (t.isGod(d) || !d.Generated && t.handlesAll(d)) {
			out = append(out, d.ID)
		}
	}
	slices.Sort(out)
	return out
}

// touches knows which tables functions access, and which functions they call.
type touches struct {
	tables   map[Ref]map[string]bool
	calls    map[Ref]map[Ref]bool
	handlers map[string][]string // methods of types
	pkg      map[string]string   // of declarations
	working  map[string]bool     // declarations that work on tables, once asked for
}

func newTouches(f *Facts) *touches {
	t := &touches{tables: map[Ref]map[string]bool{}, calls: map[Ref]map[Ref]bool{}, handlers: handlersOf(f), pkg: packagesOf(f)}
	for _, a := range f.Accesses {
		if t.tables[a.Owner()] == nil {
			t.tables[a.Owner()] = map[string]bool{}
		}
		t.tables[a.Owner()][a.Table] = true
	}
	for _, c := range f.Calls {
		if c.Mode == Value || c.Callback {
			continue
		}
		if t.calls[c.From] == nil {
			t.calls[c.From] = map[Ref]bool{}
		}
		t.calls[c.From][c.To] = true
	}
	return t
}

func (t *touches) isGod(d *Decl) bool {
	if len(d.Methods) < godMethods {
		return false
	}
	return severalDomains(t.byMethod(d), len(d.Methods), godTables)
}

// severalDomains tells whether sets of most methods have so many elements between them,
// and less than half of their pairs one in common.
func severalDomains(sets []map[string]bool, methods, least int) bool {
	all := map[string]bool{}
	for _, s := range sets {
		maps.Copy(all, s)
	}
	return len(all) >= least && float64(len(sets)) > godWithData*float64(methods) && cohesion(sets) < godCohesion
}

// byMethod gives the tables that each method touches, of those that touch any.
func (t *touches) byMethod(d *Decl) []map[string]bool {
	callers := map[Ref]int{}
	for _, m := range d.Methods {
		for to := range t.calls[Ref{d.ID, m}] {
			callers[to]++
		}
	}
	var out []map[string]bool
	for _, m := range d.Methods {
		own := map[string]bool{}
		add := func(of Ref) {
			for table := range t.tables[of] {
				own[table] = true
			}
		}
		add(Ref{d.ID, m})
		for to := range t.calls[Ref{d.ID, m}] {
			if float64(callers[to]) <= godCommon*float64(len(d.Methods)) {
				add(to)
			}
		}
		if len(own) > 0 {
			out = append(out, own)
		}
	}
	return out
}

// cohesion is the share of the pairs that have an element in common.
func cohesion(sets []map[string]bool) float64 {
	pairs, tied := 0, 0
	for i, a := range sets {
		for _, b := range sets[:i] {
			pairs++
			if overlap(a, b) {
				tied++
			}
		}
	}
	if pairs == 0 {
		return 1
	}
	return float64(tied) / float64(pairs)
}

func overlap(a, b map[string]bool) bool {
	for x := range a {
		if b[x] {
			return true
		}
	}
	return false
}

// Loosen makes the methods of god types atoms of their own, so that they can part: a
// method is named pkg.Type.Method, where its facts were the type's. It names its type,
// as its receiver does. What is left of the type is its declaration. Loosened facts
// stay as they are.
func Loosen(f *Facts) {
	l := &loosener{atom: map[Ref]string{}}
	gods := f.GodTypes()
	if len(gods) == 0 {
		return
	}
	for i := range f.Decls {
		if _, ok := slices.BinarySearch(gods, f.Decls[i].ID); ok {
			l.part(f, i)
		}
	}
	slices.SortStableFunc(f.Decls, func(a, b Decl) int { return cmp.Compare(a.ID, b.ID) })
	f.eachRef(l.rename)
	f.Uses = append(f.Uses, l.receivers...)
	f.sortUses()
}

type loosener struct {
	atom      map[Ref]string // of the methods
	receivers []Use
}

// part takes the methods of a type out of its declaration.
func (l *loosener) part(f *Facts, i int) {
	d := f.Decls[i]
	for k, name := range d.Methods {
		at := d.Bodies[k]
		m := Decl{Generated: d.Generated, Atom: model.Atom{ID: d.ID + "." + name, Kind: model.KindMethod, Package: d.Package,
			Name: d.Name + "." + name, Type: d.ID, File: at.File, Line: at.Line, Lines: at.Lines, Exported: d.Exported && ast.IsExported(name)}}
		l.atom[Ref{d.ID, name}] = m.ID
		l.receivers = append(l.receivers, Use{From: Ref{Atom: m.ID}, To: d.ID, Kind: model.CouplingType,
			Evidence: model.Evidence{File: at.File, Line: at.Line, Confidence: model.Proved, Func: at.Func, Detail: "receiver"}})
		f.Decls = append(f.Decls, m)
		f.Decls[i].Lines -= at.Lines
	}
	f.Decls[i].Methods, f.Decls[i].Bodies = nil, nil
}

func (l *loosener) rename(r *Ref) {
	if id, ok := l.atom[*r]; ok {
		*r = Ref{Atom: id}
	}
}

// eachRef visits every reference of the facts.
func (f *Facts) eachRef(visit func(*Ref)) {
	for i := range f.Calls {
		c := &f.Calls[i]
		visit(&c.From)
		visit(&c.To)
		for k := range c.Repeats {
			visit(&c.Repeats[k].In)
		}
	}
	for i := range f.Uses {
		visit(&f.Uses[i].From)
	}
	for i := range f.States {
		visit(&f.States[i].From)
	}
	for i := range f.Accesses {
		visit(&f.Accesses[i].From)
		visit(&f.Accesses[i].For)
	}
	for i := range f.DataSites {
		visit(&f.DataSites[i].From)
	}
	for i := range f.Resources {
		visit(&f.Resources[i].From)
		visit(&f.Resources[i].For)
	}
	for i := range f.Transactions {
		visit(&f.Transactions[i].From)
	}
	for i := range f.Routes {
		visit(&f.Routes[i].Handler)
		visit(&f.Routes[i].Registrar)
	}
	f.eachShapeRef(visit)
}

func (f *Facts) eachShapeRef(visit func(*Ref)) {
	for i := range f.Surfaces {
		visit(&f.Surfaces[i].Func)
	}
	for i := range f.Plain {
		visit(&f.Plain[i])
	}
	for i := range f.ErrorTests {
		visit(&f.ErrorTests[i].From)
	}
	for i := range f.Identities {
		visit(&f.Identities[i].From)
	}
	for i := range f.NilTests {
		visit(&f.NilTests[i].From)
		visit(&f.NilTests[i].Of)
	}
	for i := range f.NilResults {
		visit(&f.NilResults[i].Func)
	}
	for i := range f.EntryPoints {
		visit(&f.EntryPoints[i].Func)
		visit(&f.EntryPoints[i].Registrar)
	}
	for i := range f.InitEffects {
		visit(&f.InitEffects[i].From)
	}
}
