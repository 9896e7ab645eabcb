package coupling

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

func decl(pkg, name string) facts.Decl {
	return facts.Decl{Atom: model.Atom{ID: pkg + "." + name, Kind: model.KindType, Package: pkg, Name: name, Lines: 10}}
}

func ref(id string) facts.Ref { return facts.Ref{Atom: id} }

func at(line int) model.Evidence { return model.Evidence{File: "x.go", Line: line} }

var packages = []model.Package{{Path: "m/b", Imports: []string{"m/a", "fmt"}}, {Path: "m/a"}}

// sample has one coupling of every kind.
func sample() *facts.Facts {
	return &facts.Facts{
		Decls: []facts.Decl{decl("m/a", "S"), decl("m/a", "V"), decl("m/a", "K"), decl("m/a", "T"), decl("m/b", "S"), decl("m/b", "H")},
		Calls: []facts.Call{
			{From: ref("m/b.S"), To: ref("m/a.S"), Mode: facts.Static, Evidence: at(1), InLoop: true},
			{From: ref("m/b.S"), To: ref("m/a.S"), Mode: facts.Dynamic, Evidence: at(2)},
			{From: ref("m/b.H"), To: ref("m/b.S"), Mode: facts.Value, Evidence: at(3)},
		},
		Uses: []facts.Use{{From: ref("m/b.S"), To: "m/a.T", Kind: model.CouplingType, InAPI: true, Evidence: at(4)},
			{From: ref("m/b.S"), To: "m/a.K", Kind: model.CouplingConst, Evidence: at(5)}},
		States: []facts.State{{From: ref("m/b.S"), Var: "m/a.V", Access: model.Read, Evidence: at(6)}, {From: ref("m/b.S"), Var: "m/a.V", Access: model.Write, Evidence: at(7)}},
		Tables: []facts.TableDef{{Name: "unused"}},
		Accesses: []facts.TableAccess{{From: ref("m/a.S"), Table: "as", Access: model.Write, Evidence: at(8)},
			{From: ref("m/b.S"), Table: "bs", Access: model.Write, Joined: []string{"joined"}, Evidence: at(9)}},
		Transactions: []facts.Transaction{{From: ref("m/b.S"), Evidence: at(9), Reached: []int{0, 1}}},
		Routes:       []facts.Route{{Method: "GET", Pattern: "/b", Handler: ref("m/b.H"), Evidence: at(10)}},
	}
}

func find(t *testing.T, g *Graph, from, to string, kind model.CouplingKind) *Coupling {
	t.Helper()
	f, okF := g.Atom(from)
	o, okO := g.Atom(to)
	if !okF || !okO {
		t.Fatalf("no atom %s or %s", from, to)
	}
	for i, c := range g.Out(f) {
		if c.To == o && c.Kind == kind {
			return &g.Out(f)[i]
		}
	}
	return nil
}

func TestEveryKindBecomesACoupling(t *testing.T) {
	g := Build(Input{Facts: sample(), Packages: packages})
	for _, tt := range []struct {
		from, to string
		kind     model.CouplingKind
		count    int
		access   model.Access
	}{
		{"m/b.S", "m/a.S", model.CouplingCall, 2, ""},
		{"m/b.H", "m/b.S", model.CouplingCall, 1, ""},
		{"m/b.S", "m/a.T", model.CouplingType, 1, ""},
		{"m/b.S", "m/a.K", model.CouplingConst, 1, ""},
		{"m/b.S", "m/a.V", model.CouplingState, 2, model.ReadWrite},
		{"m/b.S", "table:bs", model.CouplingTable, 1, model.Write},
		{"m/b.S", "m/a.S", model.CouplingTx, 1, ""},
		{"route:GET /b", "m/b.H", model.CouplingRoute, 1, ""},
	} {
		c := find(t, g, tt.from, tt.to, tt.kind)
		if c == nil {
			t.Errorf("no %s from %s to %s", tt.kind, tt.from, tt.to)
			continue
		}
		if c.Count != tt.count || c.Access != tt.access || c.Weight <= 0 || len(c.Evidence) != tt.count {
			t.Errorf("%s from %s to %s: %+v", tt.kind, tt.from, tt.to, c)
		}
	}
	if c := find(t, g, "m/b.S", "m/a.S", model.CouplingCall); !c.InLoop {
		t.Error("the loop got lost")
	}
	for _, table := range []string{"table:unused", "table:joined"} {
		if _, ok := g.Atom(table); !ok {
			t.Errorf("no atom %s", table)
		}
	}
}

// By hand: a static call of one place to a target of one user weighs its strength;
// two places weigh 1 + ln 2 as much; a target of four users half of that.
func TestWeightByHand(t *testing.T) {
	f := &facts.Facts{Decls: []facts.Decl{decl("m/a", "S"), decl("m/a", "Log"), decl("m/b", "S"), decl("m/b", "T"), decl("m/b", "U"), decl("m/b", "V")}}
	call := func(from, to string) {
		f.Calls = append(f.Calls, facts.Call{From: ref(from), To: ref(to), Mode: facts.Static, Evidence: at(len(f.Calls))})
	}
	call("m/b.S", "m/a.S")
	call("m/b.S", "m/a.S")
	for _, from := range []string{"m/b.S", "m/b.T", "m/b.U", "m/b.V"} {
		call(from, "m/a.Log")
	}
	g := Build(Input{Facts: f, Packages: packages})
	if got, want := find(t, g, "m/b.S", "m/a.S", model.CouplingCall).Weight, 1.5*(1+math.Ln2); math.Abs(got-want) > 1e-12 {
		t.Errorf("two places weigh %v, want %v", got, want)
	}
	if got, want := find(t, g, "m/b.S", "m/a.Log", model.CouplingCall).Weight, 1.5/2; math.Abs(got-want) > 1e-12 {
		t.Errorf("a target of four users weighs %v, want %v", got, want)
	}
}

func TestOrderOfStrengths(t *testing.T) {
	kinds := []Coupling{
		{Kind: model.CouplingTx},
		{Kind: model.CouplingTable, Access: model.Write},
		{Kind: model.CouplingState, Access: model.ReadWrite},
		{Kind: model.CouplingTable, Access: model.Read},
		{Kind: model.CouplingCall},
		{Kind: model.CouplingConst},
	}
	for i := 1; i < len(kinds); i++ {
		if strength(&kinds[i-1], false) <= strength(&kinds[i], false) {
			t.Errorf("%v is not stronger than %v", kinds[i-1], kinds[i])
		}
	}
	call := Coupling{Kind: model.CouplingCall}
	if strength(&call, true) >= strength(&call, false) {
		t.Error("a dispatched call is as strong as a static one")
	}
}

func TestLeftOut(t *testing.T) {
	f := &facts.Facts{
		Decls: []facts.Decl{decl("m/a", "S"), decl("m/b", "S"), decl("elsewhere", "S")},
		States: []facts.State{{From: ref("m/b.S"), Var: "m/a.S", Access: model.Write, Infra: true},
			{From: ref("m/b.S"), Var: "m/a.S", Access: model.Write, Init: true}},
		Calls:    []facts.Call{{From: ref("m/b.S"), To: ref("m/b.S")}, {From: ref("m/b.S"), To: ref("fmt.Println")}, {From: facts.Ref{}, To: ref("m/a.S")}},
		Accesses: []facts.TableAccess{{From: ref("m/b.S"), Table: "t", Access: model.Read}},
		// Only reads inside: no tie.
		Transactions: []facts.Transaction{{From: ref("m/a.S"), Reached: []int{0}}},
		Routes:       []facts.Route{{Pattern: "/x"}},
	}
	g := Build(Input{Facts: f, Packages: packages})
	if len(g.Couplings) != 1 || g.Couplings[0].Kind != model.CouplingTable {
		t.Errorf("got %+v", g.Couplings)
	}
	if _, ok := g.Atom("elsewhere.S"); ok {
		t.Error("an atom of no package of the module")
	}
}

func TestGeneratedCountsAThird(t *testing.T) {
	f := &facts.Facts{Decls: []facts.Decl{decl("m/a", "S"), decl("m/b", "S")},
		Calls: []facts.Call{{From: ref("m/b.S"), To: ref("m/a.S"), Mode: facts.Static}}}
	full := Build(Input{Facts: f, Packages: packages}).Couplings[0].Weight
	f.Decls[1].Generated = true
	if got := Build(Input{Facts: f, Packages: packages}).Couplings[0].Weight; math.Abs(got-full/3) > 1e-12 {
		t.Errorf("weighs %v, written by hand %v", got, full)
	}
}

func TestOffsetsCoverAllCouplings(t *testing.T) {
	g := Build(Input{Facts: sample(), Packages: packages})
	out, in := 0, 0
	for a := range g.Atoms {
		for _, c := range g.Out(int32(a)) {
			if c.From != int32(a) {
				t.Errorf("Out(%d) gives a coupling from %d", a, c.From)
			}
			out++
		}
		for _, e := range g.In(int32(a)) {
			if g.Couplings[e].To != int32(a) {
				t.Errorf("In(%d) gives a coupling to %d", a, g.Couplings[e].To)
			}
			in++
		}
	}
	if out != len(g.Couplings) || in != len(g.Couplings) {
		t.Errorf("%d out, %d in, of %d", out, in, len(g.Couplings))
	}
	if b, _ := g.Package("m/b"); !reflect.DeepEqual(g.Packages[b].Imports, []int32{0}) {
		t.Errorf("imports of m/b: %v", g.Packages[b].Imports)
	}
}

func TestOrderOfFactsDoesNotMatter(t *testing.T) {
	want := Build(Input{Facts: sample(), Packages: packages})
	rnd := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		f := sample()
		rnd.Shuffle(len(f.Decls), func(i, j int) { f.Decls[i], f.Decls[j] = f.Decls[j], f.Decls[i] })
		rnd.Shuffle(len(f.Calls), func(i, j int) { f.Calls[i], f.Calls[j] = f.Calls[j], f.Calls[i] })
		rnd.Shuffle(len(f.Uses), func(i, j int) { f.Uses[i], f.Uses[j] = f.Uses[j], f.Uses[i] })
		if got := Build(Input{Facts: f, Packages: packages}); !reflect.DeepEqual(got, want) {
			t.Fatal("another order of facts gave another graph")
		}
	}
}

func TestEvidenceIsBounded(t *testing.T) {
	f := &facts.Facts{Decls: []facts.Decl{decl("m/a", "S"), decl("m/b", "S")}}
	for i := range 50 {
		f.Calls = append(f.Calls, facts.Call{From: ref("m/b.S"), To: ref("m/a.S"), Evidence: at(50 - i)})
	}
	c := Build(Input{Facts: f, Packages: packages}).Couplings[0]
	if c.Count != 50 || len(c.Evidence) != MaxEvidence || c.Evidence[0].Line != 1 {
		t.Errorf("%d places, %d listed, first at line %d", c.Count, len(c.Evidence), c.Evidence[0].Line)
	}
}
