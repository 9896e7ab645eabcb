package facts

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/ficus-dev/ficus/analyze/model"
)

// store makes a type with methods; each does to the tables what tables say, by name.
func store(name string, methods int, tables func(i int) []string) *Facts {
	f := &Facts{Decls: []Decl{{Atom: model.Atom{ID: "p." + name, Package: "p", Name: name, Kind: model.KindType, Lines: 5 + 10*methods}}}}
	for i := range methods {
		m := fmt.Sprintf("M%03d", i)
		f.Decls[0].addMethod(m, Body{File: "p/" + m + ".go", Line: 1, Lines: 10, Func: "(*" + name + ")." + m})
		for _, t := range tables(i) {
			f.Accesses = append(f.Accesses, TableAccess{From: Ref{"p." + name, m}, Table: t, Access: model.Read})
		}
	}
	return f
}

// TestGodTypes holds each condition to its bound: just over it is a god type, just
// under it none.
func TestGodTypes(t *testing.T) {
	own := func(tables int) func(int) []string {
		return func(i int) []string { return []string{fmt.Sprintf("t%d", i%tables)} }
	}
	some := func(n int) func(int) []string {
		return func(i int) []string {
			if i >= n {
				return nil
			}
			return own(5)(i)
		}
	}
	joined := func(i int) []string { return append(own(6)(i), "products") }
	generated := store("Store", 30, own(6))
	generated.Decls[0].Generated = true
	tests := []struct {
		name string
		f    *Facts
		god  bool
	}{
		{"twenty methods on five tables", store("Store", 20, own(5)), true},
		{"nineteen methods", store("Store", 19, own(5)), false},
		{"four tables", store("Store", 20, own(4)), false},
		{"more than half with data", store("Store", 20, some(11)), true},
		{"half with data", store("Store", 20, some(10)), false},
		{"one domain: a table in all statements", store("Repo", 40, joined), false},
		{"no data", store("Client", 40, func(int) []string { return nil }), false},
		{"generated for all tables", generated, true},
	}
	for _, tt := range tests {
		if got := len(tt.f.GodTypes()) == 1; got != tt.god {
			t.Errorf("%s: god type %v, want %v", tt.name, got, tt.god)
		}
	}
}

// TestGodTypesLeaveOutWhatAllCall: tables behind a function that many of the methods
// call (who is logged in) say nothing, those behind a function of few do.
func TestGodTypesLeaveOutWhatAllCall(t *testing.T) {
	f := store("Server", 20, func(int) []string { return nil })
	f.Accesses = append(f.Accesses, TableAccess{From: Ref{"p.User", ""}, Table: "users", Access: model.Read})
	for i, m := range f.Decls[0].Methods {
		table := fmt.Sprintf("t%d", i%5)
		f.Calls = append(f.Calls, Call{From: Ref{"p.Server", m}, To: Ref{"p.User", ""}}, Call{From: Ref{"p.Server", m}, To: Ref{"p.Store", table}})
		f.Accesses = append(f.Accesses, TableAccess{From: Ref{"p.Store", table}, Table: table, Access: model.Read})
	}
	if got := f.GodTypes(); !slices.Equal(got, []string{"p.Server"}) {
		t.Errorf("god types %v", got)
	}
}

func TestLoosen(t *testing.T) {
	f := store("Store", 20, func(i int) []string { return []string{fmt.Sprintf("t%d", i%5)} })
	f.Calls = []Call{{From: Ref{"p.F", ""}, To: Ref{"p.Store", "M001"}}, {From: Ref{"p.Store", "M001"}, To: Ref{"p.Store", "M002"}}}
	Loosen(f)
	if len(f.Decls) != 21 || f.Decls[0].ID != "p.Store" || f.Decls[0].Lines != 5 || f.Decls[0].Methods != nil {
		t.Fatalf("the type: %d declarations, first %+v", len(f.Decls), f.Decls[0])
	}
	want := model.Atom{ID: "p.Store.M001", Kind: model.KindMethod, Package: "p", Name: "Store.M001", Type: "p.Store",
		File: "p/M001.go", Line: 1, Lines: 10}
	if got := f.Decls[2].Atom; !reflect.DeepEqual(got, want) {
		t.Errorf("a method: %+v, want %+v", got, want)
	}
	if got := f.Calls[1]; got.From.Atom != "p.Store.M001" || got.To.Atom != "p.Store.M002" || got.From.Method != "" {
		t.Errorf("a call: %+v", got)
	}
	if len(f.Uses) != 20 || f.Uses[0].To != "p.Store" || f.Uses[0].Evidence.Func != "(*Store).M000" {
		t.Errorf("receivers: %d, first %+v", len(f.Uses), f.Uses[0])
	}
	before := fmt.Sprintf("%+v", f)
	Loosen(f)
	if after := fmt.Sprintf("%+v", f); after != before {
		t.Error("loosened facts changed again")
	}
}

// TestEachRefVisitsAll fills every Ref that the facts can hold, by reflection, and
// expects each to be visited: a new kind of fact must not keep the old name.
func TestEachRefVisitsAll(t *testing.T) {
	f := &Facts{}
	filled := fill(reflect.ValueOf(f).Elem(), "")
	seen := 0
	f.eachRef(func(r *Ref) {
		if r.Atom != "x" {
			t.Errorf("visited twice, or never filled: %+v", *r)
		}
		r.Atom, seen = "y", seen+1
	})
	if left := unvisited(reflect.ValueOf(f).Elem(), "Facts"); len(left) > 0 || seen != filled {
		t.Errorf("%d of %d references visited, not %v", seen, filled, left)
	}
}

// fill gives every list one element and every Ref an atom, but of what is measured
// later, and counts the Refs.
func fill(v reflect.Value, path string) int {
	if v.Type() == reflect.TypeFor[Ref]() {
		v.Field(0).SetString("x")
		return 1
	}
	n := 0
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; name != "Measured" {
				n += fill(v.Field(i), path+"."+name)
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		n += fill(v.Index(0), path)
	}
	return n
}

func unvisited(v reflect.Value, path string) (left []string) {
	if v.Type() == reflect.TypeFor[Ref]() {
		if v.Field(0).String() == "x" {
			return []string{path}
		}
		return nil
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			left = append(left, unvisited(v.Field(i), path+"."+v.Type().Field(i).Name)...)
		}
	case reflect.Slice:
		for i := range v.Len() {
			left = append(left, unvisited(v.Index(i), path)...)
		}
	}
	return left
}

// TestMethodsHavePlaces: every method of the fixture is where it says, with its lines.
func TestMethodsHavePlaces(t *testing.T) {
	ar := txtar.Parse([]byte(`kinds: decls
-- go.mod --
module example.com/m

go 1.24
-- a.go --
package m

type T struct{}

// Second has a comment.
func (t *T) Second() {
}
-- b.go --
package m

func (T) First() {}
`))
	_, f := extractFixture(t, ar, nil)
	i := slices.IndexFunc(f.Decls, func(d Decl) bool { return strings.HasSuffix(d.ID, ".T") })
	want := []Body{{"b.go", 3, 1, "T.First"}, {"a.go", 6, 3, "(*T).Second"}}
	if d := f.Decls[i]; !slices.Equal(d.Methods, []string{"First", "Second"}) || !slices.Equal(d.Bodies, want) {
		t.Errorf("methods %v at %v, want %v", d.Methods, d.Bodies, want)
	}
}
