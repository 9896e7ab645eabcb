package facts

import (
	"fmt"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

// answering makes a type whose methods are handlers; each calls what calls says, by name,
// in other packages. A name in capitals works on a table, two calls below.
func answering(handlers int, calls func(i int) []string) *Facts {
	f := store("Handler", handlers, func(int) []string { return nil })
	for i, m := range f.Decls[0].Methods {
		f.Routes = append(f.Routes, Route{Method: "GET", Pattern: "/" + m, Handler: Ref{"p.Handler", m}})
		for _, name := range calls(i) {
			f.Calls = append(f.Calls, Call{From: Ref{"p.Handler", m}, To: Ref{name, "Do"}})
			if name < "a" {
				f.Calls = append(f.Calls, Call{From: Ref{name, "Do"}, To: Ref{name + "Repository", "Do"}})
				f.Accesses = append(f.Accesses, TableAccess{From: Ref{name + "Repository", "Do"}, Table: name, Access: model.Read})
			}
		}
	}
	return f
}

// TestHandlersOfSeveralDomains holds each condition of handlesAll to its bound.
func TestHandlersOfSeveralDomains(t *testing.T) {
	each := func(services int) func(int) []string {
		return func(i int) []string { return []string{fmt.Sprintf("S%d", i%services)} }
	}
	own := func(f *Facts, methods int) *Facts {
		for _, m := range f.Decls[0].Methods[:methods] {
			f.Accesses = append(f.Accesses, TableAccess{From: Ref{"p.Handler", m}, Table: "visits", Access: model.Write})
		}
		return f
	}
	helped := answering(12, func(int) []string { return nil })
	for i, m := range helped.Decls[0].Methods {
		helper := fmt.Sprintf("load%d", i%4)
		helped.Calls = append(helped.Calls, Call{From: Ref{"p.Handler", m}, To: Ref{"p.Handler", helper}}, Call{From: Ref{"p.Handler", helper}, To: Ref{fmt.Sprintf("S%d", i%4), "Do"}})
		helped.Accesses = append(helped.Accesses, TableAccess{From: Ref{fmt.Sprintf("S%d", i%4), "Do"}, Table: "t", Access: model.Read})
	}
	generated := answering(8, each(4))
	generated.Decls[0].Generated = true
	tests := []struct {
		name string
		f    *Facts
		god  bool
	}{
		{"eight handlers of four services", answering(8, each(4)), true},
		{"seven handlers", answering(7, each(4)), false},
		{"two services", answering(8, each(2)), false},
		{"what calls no data", answering(8, func(i int) []string { return []string{fmt.Sprintf("s%d", i%4)} }), false},
		{"one service in all, beside others", answering(12, func(i int) []string { return append(each(4)(i), "Session") }), true},
		{"one domain, a service that a quarter calls beside it", answering(8, func(i int) []string {
			if i < 2 {
				return []string{"Users"}
			}
			return nil
		}), false},
		{"half touch a table themselves", own(answering(8, each(4)), 4), false},
		{"less than half do", own(answering(8, each(4)), 3), true},
		{"through methods of its own", helped, true},
		{"generated", generated, false},
	}
	for _, tt := range tests {
		if got := len(tt.f.GodTypes()) == 1; got != tt.god {
			t.Errorf("%s: god type %v, want %v", tt.name, got, tt.god)
		}
	}
}
