package coupling

import (
	"cmp"
	"slices"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// Input is what the graph is built from.
type Input struct {
	Facts *facts.Facts
	// Packages are all of the module's, with lines and imports.
	Packages []model.Package
}

// Build makes the graph. Facts about atoms that are not declared in it are left
// out.
func Build(in Input) *Graph {
	b := &builder{
		graph:   &Graph{},
		number:  map[string]int32{},
		edges:   map[key]*Coupling{},
		dynamic: map[key]bool{},

		registered: map[[2]int32]bool{},
	}
	b.packages(in.Packages)
	b.atoms(in.Facts)
	b.calls(in.Facts.Calls)
	b.uses(in.Facts.Uses)
	b.states(in.Facts.States)
	b.tables(in.Facts.Accesses)
	b.transactions(in.Facts)
	b.resources(in.Facts)
	b.routes(in.Facts.Routes)
	b.flows(in.Facts.Measured.Flows)
	b.useCases(in.Facts.Measured.UseCases)
	b.coChanges(in.Facts.Measured.Changes)
	b.entries(in.Facts.EntryPoints)
	b.implements(in.Facts.Interfaces)
	b.seal()
	return b.graph
}

type key struct {
	from, to int32
	kind     model.CouplingKind
}

type builder struct {
	graph   *Graph
	number  map[string]int32
	edges   map[key]*Coupling
	dynamic map[key]bool // calls without a static place
	cases   [][]int32    // use cases of every atom, sorted; nil when there are none
	// registered are the functions that a route has from another, by both.
	registered map[[2]int32]bool
}

func (b *builder) packages(list []model.Package) {
	list = slices.Clone(list)
	slices.SortFunc(list, func(x, y model.Package) int { return cmp.Compare(x.Path, y.Path) })
	at := map[string]int32{}
	for i, p := range list {
		at[p.Path] = int32(i)
	}
	testers := map[string][]int32{}
	for i, p := range list {
		for _, imp := range p.TestImports {
			testers[imp] = append(testers[imp], int32(i))
		}
	}
	for _, p := range list {
		pkg := Package{Path: p.Path, Name: p.Name, Dir: p.Dir, Lines: p.Lines, Generated: p.Generated, Broken: p.Broken, Testers: testers[p.Path]}
		for _, imp := range p.Imports {
			if j, ok := at[imp]; ok {
				pkg.Imports = append(pkg.Imports, j)
			}
		}
		slices.Sort(pkg.Imports)
		b.graph.Packages = append(b.graph.Packages, pkg)
	}
}

// atoms numbers declarations, tables and routes in the order of their IDs.
func (b *builder) atoms(f *facts.Facts) {
	for _, d := range f.Decls {
		pkg, ok := b.graph.Package(d.Package)
		if !ok {
			continue
		}
		b.graph.Atoms = append(b.graph.Atoms, Atom{ID: d.ID, Kind: d.Kind, Name: d.Name, Package: pkg,
			Lines: d.Lines, File: d.File, Exported: d.Exported, Generated: d.Generated})
	}
	for _, name := range TableNames(f) {
		b.graph.Atoms = append(b.graph.Atoms, Atom{ID: model.TableID(name), Kind: model.KindTable, Name: name, Package: NoPackage})
	}
	for _, r := range f.Routes {
		id := model.RouteID(r.Method, r.Host, r.Pattern)
		b.graph.Atoms = append(b.graph.Atoms, Atom{ID: id, Kind: model.KindRoute, Name: id[len("route:"):], Package: NoPackage})
	}
	slices.SortFunc(b.graph.Atoms, func(x, y Atom) int { return cmp.Compare(x.ID, y.ID) })
	b.graph.Atoms = slices.CompactFunc(b.graph.Atoms, func(x, y Atom) bool { return x.ID == y.ID })
	for i, a := range b.graph.Atoms {
		b.number[a.ID] = int32(i)
		if a.Package != NoPackage {
			p := &b.graph.Packages[a.Package]
			p.Atoms = append(p.Atoms, int32(i))
		}
	}
}

// TableNames are the tables that are defined or accessed, sorted.
func TableNames(f *facts.Facts) []string {
	var names []string
	for _, t := range f.Tables {
		names = append(names, t.Name)
	}
	for _, a := range f.Accesses {
		names = append(names, a.Table)
		names = append(names, a.Joined...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (b *builder) calls(calls []facts.Call) {
	static := map[key]bool{}
	for _, c := range calls {
		e := b.edge(c.From.Atom, c.To.Atom, model.CouplingCall, c.Evidence)
		if e == nil {
			continue
		}
		e.InLoop = e.InLoop || c.InLoop
		e.Repeats = dearestRepeat(e.Repeats, c)
		e.Named = e.Named || c.Mode != facts.Dynamic
		if c.Mode == facts.Static {
			static[key{e.From, e.To, e.Kind}] = true
		}
	}
	for k := range b.edges {
		b.dynamic[k] = !static[k]
	}
}

// dearestRepeat is the dearer of what is known of a coupling and of one more call.
func dearestRepeat(known string, c facts.Call) string {
	for _, r := range c.Repeats {
		known = DearerRepeat(known, RepeatName(r.Cure))
	}
	return known
}

// DearerRepeat is the one of two cures, as RepeatName gives them, whose repetition
// costs more; empty for none.
func DearerRepeat(a, b string) string {
	if a == "" || b != "" && slices.Index(repeatOrder, b) < slices.Index(repeatOrder, a) {
		return b
	}
	return a
}

// repeatOrder is what is done about repeated calls, the dearest first.
var repeatOrder = []string{"batch", "serial", "other", "outer", "hoist"}

// RepeatName is a cure as the model names it.
func RepeatName(c facts.RepeatCure) string { return cmp.Or(string(c), "other") }

func (b *builder) uses(uses []facts.Use) {
	for _, u := range uses {
		kind := model.CouplingType
		if u.Kind == model.CouplingConst {
			kind = model.CouplingConst
		}
		if e := b.edge(u.From.Atom, u.To, kind, u.Evidence); e != nil {
			e.API, e.Named = e.API || u.InAPI, true
		}
	}
}

func (b *builder) states(states []facts.State) {
	for _, s := range states {
		if s.Infra || s.Init {
			continue
		}
		if e := b.edge(s.From.Atom, s.Var, model.CouplingState, s.Evidence); e != nil {
			e.Access, e.Named = MergeAccess(e.Access, s.Access), true
		}
	}
}

func (b *builder) tables(accesses []facts.TableAccess) {
	for _, a := range accesses {
		if e := b.edge(a.Owner().Atom, model.TableID(a.Table), model.CouplingTable, a.Evidence); e != nil {
			e.Access = MergeAccess(e.Access, a.Access)
			e.InLoop = e.InLoop || a.InLoop
		}
	}
}

// transactions bind the atom that opens one to all atoms that write in it: a
// star, not a clique, so that a long transaction does not weigh by its square. A
// helper without tables of its own, which runs in a transaction what those hand it
// who import it, binds nobody: its callers do.
func (b *builder) transactions(f *facts.Facts) {
	withTables := map[int32]bool{}
	for _, a := range f.Accesses {
		if n, ok := b.number[a.Owner().Atom]; ok {
			withTables[b.graph.Atoms[n].Package] = true
		}
	}
	for _, tx := range f.Transactions {
		opener, ok := b.number[tx.From.Atom]
		helper := ok && !withTables[b.graph.Atoms[opener].Package]
		for _, i := range tx.Reached {
			a := f.Accesses[i]
			if a.Access != model.Read && !(helper && b.imports(a.Owner().Atom, tx.From.Atom)) {
				b.edge(tx.From.Atom, a.Owner().Atom, model.CouplingTx, a.Evidence)
			}
		}
	}
}

// imports reports whether the package of one atom imports that of another.
func (b *builder) imports(atom, other string) bool {
	a, okA := b.number[atom]
	o, okO := b.number[other]
	if !okA || !okO {
		return false
	}
	from, to := b.graph.Atoms[a].Package, b.graph.Atoms[o].Package
	if from == NoPackage || to == NoPackage {
		return false
	}
	_, ok := slices.BinarySearch(b.graph.Packages[from].Imports, to)
	return ok
}

func (b *builder) routes(routes []facts.Route) {
	for _, r := range routes {
		b.edge(model.RouteID(r.Method, r.Host, r.Pattern), r.Handler.Atom, model.CouplingRoute, r.Evidence)
		from, okF := b.number[r.Registrar.Atom]
		to, okT := b.number[r.Handler.Atom]
		if okF && okT {
			b.registered[[2]int32{from, to}] = true
		}
	}
}

// entries counts the entry points of declarations; mains and commands start the
// whole and say nothing of a domain.
func (b *builder) entries(points []facts.EntryPoint) {
	for _, e := range points {
		if n, ok := b.number[e.Func.Atom]; ok && e.Kind != "main" && e.Kind != "command" {
			b.graph.Atoms[n].Entries++
			if e.Kind == "job" {
				b.graph.Atoms[n].Loops++
			}
		}
	}
}

func (b *builder) implements(list []facts.Interface) {
	for _, i := range list {
		to, ok := b.number[i.Type]
		for _, id := range i.Implementations {
			if from, known := b.number[id]; ok && known && b.graph.Atoms[from].Package != b.graph.Atoms[to].Package {
				b.graph.Implements = append(b.graph.Implements, Implement{from, to})
			}
		}
	}
}

// edge finds or makes the coupling and counts one place; nil for unknown atoms
// and for an atom's coupling to itself.
func (b *builder) edge(from, to string, kind model.CouplingKind, ev model.Evidence) *Coupling {
	f, okF := b.number[from]
	t, okT := b.number[to]
	if !okF || !okT || f == t {
		return nil
	}
	k := key{f, t, kind}
	e := b.edges[k]
	if e == nil {
		e = &Coupling{From: f, To: t, Kind: kind}
		b.edges[k] = e
	}
	e.Count++
	e.Evidence = append(e.Evidence, ev)
	return e
}

// seal sorts the couplings, bounds their evidence and weighs them.
func (b *builder) seal() {
	g := b.graph
	g.Couplings = make([]Coupling, 0, len(b.edges))
	for _, e := range b.edges {
		slices.SortFunc(e.Evidence, CompareEvidence)
		e.Evidence = slices.CompactFunc(e.Evidence, func(x, y model.Evidence) bool { return x == y })
		if len(e.Evidence) > MaxEvidence {
			e.Evidence = slices.Clip(e.Evidence[:MaxEvidence])
		}
		g.Couplings = append(g.Couplings, *e)
	}
	slices.SortFunc(g.Couplings, func(x, y Coupling) int {
		return cmp.Or(cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To), cmp.Compare(x.Kind, y.Kind))
	})
	b.weigh()
	g.index()
}

// MergeAccess is what two accesses are together.
func MergeAccess(a, b model.Access) model.Access {
	if a == "" || a == b {
		return b
	}
	return model.ReadWrite
}

// CompareEvidence orders evidence by file and position.
func CompareEvidence(x, y model.Evidence) int {
	return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column),
		cmp.Compare(x.Confidence, y.Confidence), cmp.Compare(x.Func, y.Func), cmp.Compare(x.Detail, y.Detail))
}
