package analyze

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// TestReach: tables come in the order in which the code reaches them first; of a
// shared store an entry reaches what its own registrar, or the types on its way, are
// given; the promise to write nothing counts everything.
func TestReach(t *testing.T) {
	ref := func(name string) facts.Ref { return facts.Ref{Atom: "m." + name} }
	at := func(line int) model.Evidence { return model.Evidence{File: "m.go", Line: line} }
	call := func(from, to string, line int) facts.Call {
		return facts.Call{From: ref(from), To: ref(to), Mode: facts.Static, Evidence: at(line)}
	}
	access := func(from, table string, a model.Access, line int, of string) facts.TableAccess {
		acc := facts.TableAccess{From: ref(from), Table: table, Access: a, Evidence: at(line)}
		if of != "" {
			acc.For = ref(of)
		}
		return acc
	}
	f := &facts.Facts{
		Decls: []facts.Decl{{Atom: model.Atom{ID: "m.Order", Kind: model.KindType, Package: "m"}}, {Atom: model.Atom{ID: "m.Stock", Kind: model.KindType, Package: "m"}}},
		Calls: []facts.Call{
			call("handle", "late", 20), call("handle", "early", 10), call("early", "save", 30),
			call("startOrders", "registerOrders", 40), call("startStock", "registerStock", 41),
			call("typed", "list", 50), call("reader", "early2", 60),
		},
		Accesses: []facts.TableAccess{
			access("handle", "z_first", model.Read, 5, ""), access("late", "a_last", model.Write, 70, ""),
			access("early", "users", model.Read, 31, ""), access("late", "users", model.Write, 71, ""),
			access("save", "orders.events", model.Write, 40, "startOrders"), access("save", "stock.events", model.Write, 41, "startStock"),
			access("list", "orders", model.Read, 80, "Order"), access("list", "stock", model.Read, 80, "Stock"),
			access("early2", "users", model.Read, 90, ""),
		},
		Uses: []facts.Use{{From: ref("typed"), To: "m.Order", Kind: model.CouplingType}},
	}
	tests := []struct{ entry, registrar, want string }{
		{"handle", "registerOrders", "read z_first, write orders.events, read+write users, write a_last; writes"},
		{"handle", "registerStock", "read z_first, write stock.events, read+write users, write a_last; writes"},
		{"handle", "elsewhere", "read z_first, write orders.events, write stock.events, read+write users, write a_last; writes"},
		{"typed", "", "read orders; reads only"},
		{"reader", "", "read users; reads only"},
	}
	for _, tt := range tests {
		tables, readOnly := newReacher(f).from(ref(tt.entry), ref(tt.registrar))
		var parts []string
		for _, x := range tables {
			parts = append(parts, fmt.Sprintf("%s %s", x.Access, x.Table))
		}
		got := strings.Join(parts, ", ") + map[bool]string{true: "; reads only", false: "; writes"}[readOnly]
		if got != tt.want {
			t.Errorf("%s registered by %s:\n got  %s\n want %s", tt.entry, tt.registrar, got, tt.want)
		}
	}
}

// TestReachThroughDispatch: what one place dispatches to many packages is left out of
// the list; what other places of the same function dispatch is not.
func TestReachThroughDispatch(t *testing.T) {
	f := &facts.Facts{}
	dynamic := func(to string, line int) {
		f.Decls = append(f.Decls, facts.Decl{Atom: model.Atom{ID: to + ".F", Kind: model.KindFunc, Package: to}})
		f.Calls = append(f.Calls, facts.Call{From: facts.Ref{Atom: "m.handle"}, To: facts.Ref{Atom: to + ".F"}, Mode: facts.Dynamic,
			Evidence: model.Evidence{File: "m.go", Line: line}})
		f.Accesses = append(f.Accesses, facts.TableAccess{From: facts.Ref{Atom: to + ".F"}, Table: to, Access: model.Read,
			Evidence: model.Evidence{File: to + ".go", Line: 1}})
	}
	dynamic("store", 10)
	for _, to := range []string{"one", "two", "three"} {
		dynamic(to, 20)
	}
	tables, _ := newReacher(f).from(facts.Ref{Atom: "m.handle"}, facts.Ref{})
	if len(tables) != 1 || tables[0].Table != "store" {
		t.Errorf("got %v, want store alone", tables)
	}
}
