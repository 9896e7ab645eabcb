package analyze

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// The layers of a repacked system, top to bottom.
var layerNames = []string{"handlers", "services", "repositories", "models"}

// repacked is a system whose services' declarations stand in layers.
type repacked struct {
	*system
	service map[string]string // declaration, by its new ID → its true service
}

// repack moves every declaration of the packages that the truth gives to services
// into one of four layers, as if they had been written so: data types without code
// into models, the rest by how deep it stands in the chain of who needs whom.
// Needing goes down only, so the layers' imports have no cycle. Mains, and what the
// truth calls shared, stay where they are. Names are numbers.
func repack(s *system) *repacked {
	owner := s.wanted().Packages
	for _, p := range s.model.Packages {
		if 2*p.Generated > p.Lines {
			delete(owner, p.Path) // generated code has its own packages everywhere
		}
	}
	g := s.graph()
	layer := layersOf(g, func(p string) bool { return owner[p] != "" })
	id := map[string]string{}
	r := &repacked{system: &system{name: s.name, truth: s.truth}, service: map[string]string{}}
	for n, a := range g.Atoms {
		if layer[n] >= 0 {
			id[a.ID] = fmt.Sprintf("layered/%s.D%d", layerNames[layer[n]], n)
			r.service[id[a.ID]] = owner[g.Packages[a.Package].Path]
		}
	}
	r.facts = renamed(s.facts, id)
	r.model = &model.Model{Module: s.model.Module, Packages: r.packages(s, owner, id)}
	return r
}

// layersOf gives the atoms of the chosen packages their layer, −1 to others.
func layersOf(g *coupling.Graph, chosen func(path string) bool) []int {
	of := make([]int, len(g.Atoms))
	var atoms []int32
	for n, a := range g.Atoms {
		of[n] = -1
		if a.Package != coupling.NoPackage && g.Packages[a.Package].Name != "main" && chosen(g.Packages[a.Package].Path) {
			of[n] = 0
			atoms = append(atoms, int32(n))
		}
	}
	down := func(a int32) (out []int32) {
		for _, c := range g.Out(a) {
			upward := c.Kind == model.CouplingCall && !imports(g, g.Atoms[a].Package, g.Atoms[c.To].Package)
			if of[c.To] >= 0 && c.Kind != model.CouplingTx && !upward {
				out = append(out, c.To)
			}
		}
		return out
	}
	comp, order := components(len(g.Atoms), atoms, down)
	height, depth := make([]int, len(order)), make([]int, len(order))
	data := make([]bool, len(order))
	for c, members := range order { // needed ones first
		data[c] = true
		for _, a := range members {
			data[c] = data[c] && g.Atoms[a].Kind != model.KindFunc && !hasCode(g, a)
			for _, to := range down(a) {
				if d := comp[to]; d != c {
					height[c] = max(height[c], height[d]+1)
					data[c] = data[c] && data[d]
				}
			}
		}
	}
	for c := len(order) - 1; c >= 0; c-- {
		for _, a := range order[c] {
			for _, to := range down(a) {
				if d := comp[to]; d != c {
					depth[d] = max(depth[d], depth[c]+1)
				}
			}
		}
	}
	for c, members := range order {
		for _, a := range members {
			switch place := float64(depth[c]+1) / float64(depth[c]+height[c]+2); {
			case data[c]:
				of[a] = 3
			case place > 2.0/3:
				of[a] = 2
			case place > 1.0/3:
				of[a] = 1
			default:
				of[a] = 0
			}
		}
	}
	return of
}

func imports(g *coupling.Graph, p, q int32) bool {
	if p == q || p < 0 || q < 0 {
		return true
	}
	_, ok := slices.BinarySearch(g.Packages[p].Imports, q)
	return ok
}

// hasCode reports whether a declaration calls anything or touches data.
func hasCode(g *coupling.Graph, a int32) bool {
	for _, c := range g.Out(a) {
		if c.Kind != model.CouplingType && c.Kind != model.CouplingConst {
			return true
		}
	}
	return false
}

// components are the strongly connected ones, those that are needed first (Tarjan).
func components(n int, atoms []int32, down func(int32) []int32) (comp []int, order [][]int32) {
	comp = make([]int, n)
	index, low := make([]int, n), make([]int, n)
	var stack []int32
	next := 1
	var visit func(a int32)
	visit = func(a int32) {
		index[a], low[a] = next, next
		next++
		stack = append(stack, a)
		for _, b := range down(a) {
			if index[b] == 0 {
				visit(b)
				low[a] = min(low[a], low[b])
			} else if comp[b] == -1 {
				low[a] = min(low[a], index[b])
			}
		}
		if low[a] != index[a] {
			return
		}
		at := slices.Index(stack, a)
		for _, b := range stack[at:] {
			comp[b] = len(order)
		}
		order = append(order, slices.Clone(stack[at:]))
		stack = stack[:at]
	}
	for _, a := range atoms {
		comp[a] = -1
	}
	for _, a := range atoms {
		if index[a] == 0 {
			visit(a)
		}
	}
	return comp, order
}

// packages are those of the system without what moved, and the layers.
func (r *repacked) packages(s *system, owner map[string]string, id map[string]string) []model.Package {
	layer := func(p string) bool { return strings.HasPrefix(p, "layered/") }
	home := map[string]string{}
	lines := map[string]int{}
	for _, d := range r.facts.Decls {
		home[d.ID] = d.Package
		lines[d.Package] += d.Lines
	}
	used := map[string]map[string]bool{}
	use := func(from, to string) {
		p, q := home[from], home[to]
		if p == "" || q == "" || p == q || layer(q) && layer(p) && rank(q) <= rank(p) {
			return
		}
		if used[p] == nil {
			used[p] = map[string]bool{}
		}
		used[p][q] = true
	}
	for _, c := range r.facts.Calls {
		if c.Mode != facts.Dynamic {
			use(c.From.Atom, c.To.Atom)
		}
	}
	for _, u := range r.facts.Uses {
		use(u.From.Atom, u.To)
	}
	for _, st := range r.facts.States {
		use(st.From.Atom, st.Var)
	}
	var out []model.Package
	for _, p := range s.model.Packages {
		if owner[p.Path] != "" && p.Name != "main" {
			continue
		}
		kept := map[string]bool{}
		for _, imp := range p.Imports {
			if owner[imp] == "" {
				kept[imp] = true
			}
		}
		for q := range used[p.Path] {
			kept[q] = true
		}
		p.Imports = sortedNames(kept)
		out = append(out, p)
	}
	for _, l := range layerNames {
		p := "layered/" + l
		out = append(out, model.Package{Path: p, Name: l, Dir: "internal/" + l, Lines: lines[p], Imports: sortedNames(used[p])})
	}
	return out
}

func rank(path string) int { return slices.Index(layerNames, strings.TrimPrefix(path, "layered/")) }

// renamed is the facts with other IDs.
func renamed(f *facts.Facts, id map[string]string) *facts.Facts {
	out := *f
	name := func(s string) string {
		if n, ok := id[s]; ok {
			return n
		}
		return s
	}
	ref := func(r facts.Ref) facts.Ref { return facts.Ref{Atom: name(r.Atom), Method: r.Method} }
	out.Decls = slices.Clone(f.Decls)
	for i := range out.Decls {
		d := &out.Decls[i]
		if n, ok := id[d.ID]; ok {
			d.ID, d.Package, d.Name = n, n[:strings.LastIndexByte(n, '.')], n[strings.LastIndexByte(n, '.')+1:]
			d.File = d.Package + ".go"
		}
	}
	out.Calls = slices.Clone(f.Calls)
	for i := range out.Calls {
		out.Calls[i].From, out.Calls[i].To = ref(f.Calls[i].From), ref(f.Calls[i].To)
	}
	out.Uses = slices.Clone(f.Uses)
	for i := range out.Uses {
		out.Uses[i].From, out.Uses[i].To = ref(f.Uses[i].From), name(f.Uses[i].To)
	}
	out.States = slices.Clone(f.States)
	for i := range out.States {
		out.States[i].From, out.States[i].Var = ref(f.States[i].From), name(f.States[i].Var)
	}
	out.Accesses = slices.Clone(f.Accesses)
	for i := range out.Accesses {
		out.Accesses[i].From = ref(f.Accesses[i].From)
	}
	out.Transactions = slices.Clone(f.Transactions)
	for i := range out.Transactions {
		out.Transactions[i].From = ref(f.Transactions[i].From)
	}
	out.Routes = slices.Clone(f.Routes)
	for i := range out.Routes {
		out.Routes[i].Handler, out.Routes[i].Registrar = ref(f.Routes[i].Handler), ref(f.Routes[i].Registrar)
	}
	out.EntryPoints = slices.Clone(f.EntryPoints)
	for i := range out.EntryPoints {
		out.EntryPoints[i].Func, out.EntryPoints[i].Registrar = ref(f.EntryPoints[i].Func), ref(f.EntryPoints[i].Registrar)
	}
	return &out
}

// scoreShuffled scores repacked systems by declaration.
func scoreShuffled(t *testing.T, systems []*system, blind bool) {
	var mojo, ari []float64
	text := fmt.Sprintf("%-28s %6s %6s %5s %4s %4s %6s %6s\n", "system", "MoJoFM", "ARI", "F1", "got", "true", "decls", "s")
	for _, s := range systems {
		if len(s.truth.Services) == 0 {
			continue
		}
		r := repack(s)
		got := solveGraph(t, r.graph(), options(blind))
		a, b := &Assignment{Packages: map[string]string{}}, &Assignment{Packages: r.service}
		for n, u := range got.parts.UnitOf {
			if u >= 0 {
				a.Packages[got.graph.Atoms[n].ID] = got.parts.Units[u].Service
			}
		}
		agree, err := Compare(a, b)
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
			continue
		}
		text += fmt.Sprintf("%-28s %6.1f %6.3f %5.2f %4d %4d %6d %6.2f\n", s.name, agree.MoJoFM, agree.ARI, agree.F1, len(got.parts.Services), agree.GroupsB, agree.Common, got.took.Seconds())
		mojo, ari = append(mojo, agree.MoJoFM), append(ari, agree.ARI)
		if *verbose {
			text += byLayer(r, got)
		}
	}
	t.Logf("\n%s%-28s %6.1f %6.3f\n%-28s %6.1f %6.3f\n%-28s %6.1f %6.3f", text, "median", median(mojo), median(ari), "mean", mean(mojo), mean(ari), "least", least(mojo), least(ari))
}

// byLayer tells where the declarations of every layer and service went, in lines.
func byLayer(r *repacked, got *solved) string {
	lines := map[string]map[string]int{}
	for n, u := range got.parts.UnitOf {
		a := got.graph.Atoms[n]
		service := r.service[a.ID]
		if u < 0 || service == "" {
			continue
		}
		key := got.graph.Packages[a.Package].Name + " " + service
		if lines[key] == nil {
			lines[key] = map[string]int{}
		}
		lines[key][got.parts.Units[u].Service] += a.Lines
	}
	text := ""
	for _, key := range sortedNames(lines) {
		text += fmt.Sprintf("    %-40s %v\n", key, lines[key])
	}
	return text
}
