package coupling

import (
	"math"
	"testing"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// twoPackages calls p.A → q.B and p.A → q.C once each.
func twoPackages() Input {
	decl := func(pkg, name, file string, lines int) facts.Decl {
		return facts.Decl{Atom: model.Atom{ID: pkg + "." + name, Kind: model.KindFunc, Package: pkg, Name: name, File: file, Lines: lines}}
	}
	call := func(from, to string) facts.Call {
		return facts.Call{From: facts.Ref{Atom: from}, To: facts.Ref{Atom: to}, Mode: facts.Static, Evidence: model.Evidence{File: "p.go", Line: 1}}
	}
	return Input{
		Packages: []model.Package{{Path: "p", Imports: []string{"q"}}, {Path: "q"}},
		Facts: &facts.Facts{
			Decls: []facts.Decl{decl("p", "A", "p.go", 9), decl("p", "Small", "p.go", 2), decl("q", "B", "q.go", 5), decl("q", "C", "c.go", 7)},
			Calls: []facts.Call{call("p.A", "q.B"), call("p.A", "q.C")},
		},
	}
}

func weight(t *testing.T, in Input, from, to string, kind model.CouplingKind) float64 {
	t.Helper()
	g := Build(in)
	for _, c := range g.Couplings {
		if g.Atoms[c.From].ID == from && g.Atoms[c.To].ID == to && c.Kind == kind {
			return c.Weight
		}
	}
	return 0
}

// The factors are those of the package comment, by hand.
func TestWhatWasMeasured(t *testing.T) {
	plain := weight(t, twoPackages(), "p.A", "q.B", model.CouplingCall)
	a, b, c := facts.Ref{Atom: "p.A"}, facts.Ref{Atom: "q.B"}, facts.Ref{Atom: "q.C"}
	use := func(name string, fn ...facts.Ref) facts.UseCase { return facts.UseCase{Name: name, Funcs: fn} }
	tests := []struct {
		name     string
		measured facts.Measured
		factor   float64
	}{
		{"nothing", facts.Measured{}, 1},
		{"half as hot as counts in full", facts.Measured{Flows: []facts.Flow{{From: a, To: b, Share: 0.05}}}, 1.5},
		{"very hot", facts.Measured{Flows: []facts.Flow{{From: a, To: b, Share: 0.7}}}, 2},
		{"another call is hot", facts.Measured{Flows: []facts.Flow{{From: a, To: c, Share: 0.7}}}, 1},
		{"nine calls a request", facts.Measured{Flows: []facts.Flow{{From: a, To: b, PerRequest: 9}}}, 2},
		{"one call a request", facts.Measured{Flows: []facts.Flow{{From: a, To: b, PerRequest: 1}}}, 1 + math.Log10(2)},
		{"hot and chatty is one thing", facts.Measured{Flows: []facts.Flow{{From: a, To: b, PerRequest: 99, Share: 0.5}}}, 2},
		{"the same use cases", facts.Measured{UseCases: []facts.UseCase{use("x", a, b), use("y", a, b)}}, 1.5},
		{"one use case of three", facts.Measured{UseCases: []facts.UseCase{use("x", a, b), use("y", a), use("z", b)}}, 0.5 + 1.0/3},
		{"no use case in common", facts.Measured{UseCases: []facts.UseCase{use("x", a), use("y", b)}}, 0.5},
		{"one end never ran", facts.Measured{UseCases: []facts.UseCase{use("x", a)}}, 1},
		{"a flow of what is not declared", facts.Measured{Flows: []facts.Flow{{From: facts.Ref{Atom: "z.Z"}, To: b, Share: 1}}}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := twoPackages()
			in.Facts.Measured = tt.measured
			if got := weight(t, in, "p.A", "q.B", model.CouplingCall); math.Abs(got-plain*tt.factor) > 1e-9 {
				t.Errorf("factor %v, want %v", got/plain, tt.factor)
			}
		})
	}
}

func TestFilesThatChangeTogether(t *testing.T) {
	in := twoPackages()
	in.Facts.Measured.Changes = []facts.CoChange{{A: "c.go", B: "p.go", Shared: 8, Degree: 0.5}, {A: "gone.go", B: "p.go", Shared: 9, Degree: 1}}
	want := 0.5 * (1 + math.Log(8))
	if got := weight(t, in, "p.A", "q.C", model.CouplingCoChange); math.Abs(got-want) > 1e-9 {
		t.Errorf("weight %v, want %v, between the largest declarations", got, want)
	}
	if got, plain := weight(t, in, "p.A", "q.C", model.CouplingCall), weight(t, twoPackages(), "p.A", "q.C", model.CouplingCall); got != plain {
		t.Errorf("the call weighs %v, before %v: history is no use", got, plain)
	}
}
