package bill

import (
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// compared are the crossings that price comparisons.
func compared(f *facts.Facts) (out []model.Crossing) {
	in := input(f)
	for _, t := range f.NilTests {
		in.Service[t.From.Atom], _, _ = strings.Cut(t.From.Atom, ".")
	}
	for _, i := range f.Identities {
		in.Service[i.From.Atom], _, _ = strings.Cut(i.From.Atom, ".")
	}
	for id, home := range in.Service {
		if home == "lib" {
			in.Service[id] = model.Library
		}
	}
	for _, c := range Crossings(in) {
		if c.CureKind == CurePresence || c.CureKind == CureCompare {
			out = append(out, c)
		}
	}
	return out
}

func uses(from, to string) facts.Use {
	return facts.Use{From: ref(from), To: to, Kind: model.CouplingType, InAPI: true, Evidence: at(9)}
}

// What is compared and whether it crosses; the prices are those of the package
// comment.
func TestComparisonsOfCopies(t *testing.T) {
	result := facts.NilTest{From: ref("a.F"), Of: ref("b.S.List"), Evidence: at(5)}
	field := facts.NilTest{From: ref("b.S.Save"), Of: facts.Ref{Atom: "lib.Order"}, Field: "Tags", Evidence: at(6)}
	pointer := facts.Identity{From: ref("a.F"), Kind: "pointer", Type: "*lib.Order", Evidence: at(7)}
	clock := facts.Identity{From: ref("b.S.Save"), Kind: "time", Type: "time.Time", Evidence: at(8)}
	save := []facts.Call{call("a.F", "b.S.Save")}
	carries := []facts.Use{uses("b.S.Save", "lib.Order")}
	nested := []facts.Use{uses("b.S.Save", "lib.Cart"), uses("lib.Cart", "lib.Order")}
	tests := []struct {
		name  string
		f     facts.Facts
		price float64 // 0: nothing crosses
		kind  string
		why   string
		line  int
	}{
		{"nil result of the other side", facts.Facts{NilTests: []facts.NilTest{result}, Calls: []facts.Call{call("a.F", "b.S.List")}}, 0.5, CurePresence, "nil and empty results of b.S.List", 5},
		{"a result that is never nil", facts.Facts{NilTests: []facts.NilTest{result}, Calls: []facts.Call{call("a.F", "b.S.List")},
			NilResults: []facts.NilResult{{Func: ref("b.S.List")}}}, 0, "", "", 0},
		{"a result that may be nil", facts.Facts{NilTests: []facts.NilTest{result}, Calls: []facts.Call{call("a.F", "b.S.List")},
			NilResults: []facts.NilResult{{Func: ref("b.S.List"), Nil: true}}}, 0.5, CurePresence, "told apart", 5},
		{"another result of it is never nil", facts.Facts{NilTests: []facts.NilTest{result}, Calls: []facts.Call{call("a.F", "b.S.List")},
			NilResults: []facts.NilResult{{Func: ref("b.S.List"), Result: 1}}}, 0.5, CurePresence, "told apart", 5},
		{"nil result of the same side", facts.Facts{NilTests: []facts.NilTest{{From: ref("b.G"), Of: ref("b.S.List")}}, Calls: save}, 0, "", "", 0},
		{"field of what is carried", facts.Facts{NilTests: []facts.NilTest{field}, Calls: save, Uses: carries}, 0.5, CurePresence, "in lib.Order.Tags, which crosses with b.S.Save", 6},
		{"field of what is carried inside", facts.Facts{NilTests: []facts.NilTest{field}, Calls: save, Uses: nested}, 0.5, CurePresence, "lib.Order.Tags", 6},
		{"field of what stays", facts.Facts{NilTests: []facts.NilTest{field}, Calls: save}, 0, "", "", 0},
		{"field tested by a third", facts.Facts{NilTests: []facts.NilTest{{From: ref("c.F"), Of: facts.Ref{Atom: "lib.Order"}, Field: "Tags"}}, Calls: save, Uses: carries}, 0, "", "", 0},
		{"pointers of copies", facts.Facts{Identities: []facts.Identity{pointer}, Calls: save, Uses: carries}, 1, CureCompare, "lib.Order is compared by address", 7},
		{"pointers of what stays", facts.Facts{Identities: []facts.Identity{pointer}, Calls: save}, 0, "", "", 0},
		{"times in what is called", facts.Facts{Identities: []facts.Identity{clock}, Calls: save}, 0.5, CureCompare, "b.S.Save compares by ==", 8},
		{"times in what is not", facts.Facts{Identities: []facts.Identity{clock}, Calls: []facts.Call{call("a.F", "b.S.Other")}}, 0, "", "", 0},
		{"structs that hold a time", facts.Facts{Identities: []facts.Identity{{From: ref("a.F"), Kind: "time", Type: "lib.Order", Evidence: at(3)}}, Calls: save, Uses: carries}, 0.5, CureCompare, "with its time by ==", 3},
		{"nothing is cut", facts.Facts{NilTests: []facts.NilTest{field}, Identities: []facts.Identity{pointer, clock}, Calls: []facts.Call{call("b.F", "b.S.Save")}, Uses: carries}, 0, "", "", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := compared(&tt.f)
			if tt.price == 0 {
				if len(got) != 0 {
					t.Errorf("got %+v, want nothing", got)
				}
				return
			}
			if len(got) != 1 {
				t.Fatalf("got %d: %+v", len(got), got)
			}
			c := got[0]
			if c.Price != tt.price || c.CureKind != tt.kind || !strings.Contains(c.Why, tt.why) || c.Cure == "" {
				t.Errorf("price %v (want %v), kind %s (want %s), why %q (want %q)", c.Price, tt.price, c.CureKind, tt.kind, c.Why, tt.why)
			}
			if len(c.Evidence) != 1 || c.Evidence[0].Line != tt.line {
				t.Errorf("shown at %+v, want line %d", c.Evidence, tt.line)
			}
		})
	}
}

func TestATypeIsPricedOnceBetweenTwoServices(t *testing.T) {
	f := &facts.Facts{
		NilTests: []facts.NilTest{{From: ref("b.S.Save"), Of: facts.Ref{Atom: "lib.Order"}, Field: "Tags", Evidence: at(1)},
			{From: ref("b.S.Save"), Of: facts.Ref{Atom: "lib.Order"}, Field: "Lines", Evidence: at(2)}},
		Calls: []facts.Call{call("a.F", "b.S.Save"), call("a.G", "b.S.Save"), call("a.G", "b.S.Load"), call("c.F", "b.S.Load")},
		Uses:  []facts.Use{uses("b.S.Save", "lib.Order"), uses("b.S.Load", "lib.Order")},
	}
	got := compared(f)
	if len(got) != 2 || got[0].FromService == got[1].FromService {
		t.Fatalf("got %+v, want one for a and one for c", got)
	}
	for _, c := range got {
		if !strings.Contains(c.Why, "lib.Order.Lines, Tags") || len(c.Evidence) != 2 {
			t.Errorf("got %+v", c)
		}
	}
}

func TestRegistrationsMove(t *testing.T) {
	value := call("a.Start", "b.S.Run")
	value.Mode = facts.Value
	f := &facts.Facts{Calls: []facts.Call{value}, Surfaces: []facts.Surface{plain("b.S.Run")},
		EntryPoints: []facts.EntryPoint{{Kind: "cron", Name: "@daily", Func: ref("b.S.Run"), Registrar: ref("a.Start")}}}
	if c := one(t, f); c.CureKind != CureMove || !strings.Contains(c.Why, "as cron @daily") {
		t.Errorf("got %+v", c)
	}
	f.EntryPoints = nil
	f.Routes = []facts.Route{{Method: "GET", Pattern: "/x", Handler: ref("b.S.Run"), Registrar: ref("a.Start")}}
	if c := one(t, f); c.CureKind != CureMove || !strings.Contains(c.Why, "as route GET /x") {
		t.Errorf("got %+v", c)
	}
}

// A call through an interface of the caller's own names it; where two fit, or one
// place calls the type itself, there is no such seam.
func TestSeamsOfCallers(t *testing.T) {
	decl := func(id string) facts.Decl {
		pkg, name, _ := strings.Cut(id, ".")
		return facts.Decl{Atom: model.Atom{ID: id, Package: pkg, Name: name}}
	}
	dynamic := call("a.F", "b.S.Find")
	dynamic.Mode = facts.Dynamic
	lookup := facts.Interface{Type: "a.Lookup", Implementations: []string{"b.S"}, CallerSide: true}
	other := facts.Interface{Type: "a.Other", Implementations: []string{"b.S"}, CallerSide: true}
	own := facts.Interface{Type: "b.Finder", Implementations: []string{"b.S"}}
	tests := []struct {
		name  string
		calls []facts.Call
		ifs   []facts.Interface
		want  string
	}{
		{"through it", []facts.Call{dynamic}, []facts.Interface{lookup, own}, "a.Lookup"},
		{"two fit", []facts.Call{dynamic}, []facts.Interface{lookup, other}, ""},
		{"the callee's own", []facts.Call{dynamic}, []facts.Interface{own}, ""},
		{"also direct", []facts.Call{dynamic, call("a.F", "b.S.Find")}, []facts.Interface{lookup}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := one(t, &facts.Facts{Calls: tt.calls, Interfaces: tt.ifs, Surfaces: []facts.Surface{plain("b.S.Find")},
				Decls: []facts.Decl{decl("a.F"), decl("a.Lookup"), decl("a.Other"), decl("b.S"), decl("b.Finder")}})
			if c.Through != tt.want || (tt.want != "") != strings.Contains(c.Cure, "your own a.Lookup") {
				t.Errorf("through %q, want %q; cure %q", c.Through, tt.want, c.Cure)
			}
		})
	}
}
