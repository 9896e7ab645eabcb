package partition

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/topo"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// randomModule has packages that import only later ones, with declarations that use
// each other at random inside of their package, in circles too.
func randomModule(r *rand.Rand) *coupling.Graph {
	f := &facts.Facts{}
	var packages []model.Package
	var decls [][]string
	for p := range 2 + r.IntN(4) {
		pkg := model.Package{Path: fmt.Sprintf("m/p%d", p), Name: "x", Dir: fmt.Sprintf("p%d", p)}
		var ids []string
		for d := range 2 + r.IntN(30) {
			id := fmt.Sprintf("%s.D%02d", pkg.Path, d)
			lines := 10 + r.IntN(50)
			f.Decls = append(f.Decls, facts.Decl{Atom: model.Atom{ID: id, Kind: model.KindFunc, Package: pkg.Path, Name: id[strings.LastIndex(id, ".")+1:], Lines: lines}})
			pkg.Lines += lines
			ids = append(ids, id)
		}
		packages, decls = append(packages, pkg), append(decls, ids)
	}
	for p, ids := range decls {
		for range r.IntN(3 * len(ids)) {
			use(f, r, ids[r.IntN(len(ids))], ids[r.IntN(len(ids))])
		}
		if q := p + 1; q < len(decls) {
			packages[p].Imports = []string{packages[q].Path}
			for range r.IntN(2 * len(ids)) {
				use(f, r, ids[r.IntN(len(ids))], decls[q][r.IntN(len(decls[q]))])
			}
		}
	}
	return coupling.Build(coupling.Input{Facts: f, Packages: packages})
}

// use is a call by name, a call through an interface, which is no import, or a type.
func use(f *facts.Facts, r *rand.Rand, from, to string) {
	switch r.IntN(4) {
	case 0:
		f.Calls = append(f.Calls, facts.Call{From: facts.Ref{Atom: from}, To: facts.Ref{Atom: to}, Mode: facts.Dynamic})
	case 1:
		f.Uses = append(f.Uses, facts.Use{From: facts.Ref{Atom: from}, To: to, Kind: model.CouplingType})
	default:
		f.Calls = append(f.Calls, facts.Call{From: facts.Ref{Atom: from}, To: facts.Ref{Atom: to}, Mode: facts.Static})
	}
}

// cycle makes every unit and level a package, draws the imports that the code then
// has, and gives the packages of the first circle. The uses are read from the facts
// anew, not through what is tested.
func cycle(t *testing.T, g *coupling.Graph, unitOf []int) []string {
	t.Helper()
	name, number, names := make([]string, len(g.Atoms)), map[string]int64{}, []string{}
	for p, pkg := range g.Packages {
		level, ok := Levels(g, int32(p), unitOf)
		if !ok {
			return []string{pkg.Path + ": a circle of declarations goes through several units"}
		}
		for _, a := range pkg.Atoms {
			name[a] = fmt.Sprintf("%s#%d/%d", pkg.Path, unitOf[a], level[a])
			if _, seen := number[name[a]]; !seen {
				number[name[a]] = int64(len(names))
				names = append(names, name[a])
			}
		}
	}
	imports := simple.NewDirectedGraph()
	for _, c := range g.Couplings {
		if c.Named && name[c.From] != name[c.To] && name[c.From] != "" && name[c.To] != "" {
			imports.SetEdge(imports.NewEdge(simple.Node(number[name[c.From]]), simple.Node(number[name[c.To]])))
		}
	}
	_, err := topo.Sort(imports)
	circles, _ := err.(topo.Unorderable)
	if len(circles) == 0 {
		return nil
	}
	var out []string
	for _, n := range circles[0] {
		out = append(out, names[n.ID()])
	}
	slices.Sort(out)
	return out
}

// TestPartsNeverImportInCircles: whatever parts clustering finds, those that are left
// once circles are joined can be moved as packages.
func TestPartsNeverImportInCircles(t *testing.T) {
	circles := 0
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 5))
		g := randomModule(r)
		parts := make([]int, len(g.Atoms))
		for a := range parts {
			parts[a] = r.IntN(4)
		}
		if cycle(t, g, parts) != nil {
			circles++
		}
		untangle(g, parts)
		if c := cycle(t, g, parts); c != nil {
			t.Fatalf("seed %d: packages import each other: %v", seed, c)
		}
	}
	if circles < 200 {
		t.Errorf("only %d of 300 modules had a circle to join", circles)
	}
}

// TestSolvedUnitsNeverImportInCircles asks the same of whole proposals of layered
// modules, whose packages come apart.
func TestSolvedUnitsNeverImportInCircles(t *testing.T) {
	apart := 0
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 6))
		g := parse(t, knottedLayers(r))
		res, err := Solve(context.Background(), g, Options{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		for _, u := range res.Units {
			if u.Part {
				apart++
			}
		}
		if c := cycle(t, g, res.UnitOf); c != nil {
			t.Errorf("seed %d: packages import each other: %v", seed, c)
		}
	}
	if apart < 40 {
		t.Errorf("only %d parts of packages in 40 modules", apart)
	}
}

// knottedLayers has handlers, services and repositories of four domains, and uses at
// random inside of each layer.
func knottedLayers(r *rand.Rand) string {
	domains := []string{"Orders", "Billing", "Stock", "Users"}
	layer := []string{"handlers", "services", "repos"}
	var b strings.Builder
	b.WriteString("cmd/app 40 main:")
	for _, d := range domains {
		for n := range 3 {
			fmt.Fprintf(&b, " handlers.%s%d", d, n)
		}
	}
	b.WriteString("\n")
	for l, pkg := range layer {
		for _, d := range domains {
			for n := range 3 {
				fmt.Fprintf(&b, "%s.%s%d %d:", pkg, d, n, 60+r.IntN(60))
				if l+1 < len(layer) {
					fmt.Fprintf(&b, " %s.%s%d %s.%s%d", layer[l+1], d, n, layer[l+1], d, (n+1)%3)
				} else {
					fmt.Fprintf(&b, " %s! %s%d!", strings.ToLower(d), strings.ToLower(d), n)
				}
				if l == 0 {
					fmt.Fprintf(&b, " /%s%d", strings.ToLower(d), n)
				}
				for range r.IntN(3) {
					fmt.Fprintf(&b, " %s.%s%d", pkg, domains[r.IntN(len(domains))], r.IntN(3))
				}
				b.WriteString("\n")
			}
		}
	}
	return b.String()
}
