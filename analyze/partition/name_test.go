package partition

import (
	"slices"
	"testing"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// named gives the name of one service that has all of a package's declarations.
func named(t *testing.T, dir string, blind bool, decls ...string) string {
	t.Helper()
	f := &facts.Facts{}
	for _, name := range decls {
		f.Decls = append(f.Decls, facts.Decl{Atom: model.Atom{ID: "m." + name, Kind: model.KindFunc, Package: "m", Name: name, Lines: 10}})
	}
	g := coupling.Build(coupling.Input{Facts: f, Packages: []model.Package{{Path: "m", Dir: dir, Lines: 100}}})
	atoms := g.Packages[0].Atoms
	s := &solver{g: g, lay: &layout{}, opt: Options{Blind: blind}, words: coupling.NewVocabulary(), cells: &cells{g: g, list: []cell{{atoms: atoms, whole: true, lines: 100}}},
		net: &network{nodes: []node{{cells: []int{0}, table: noAtom, lines: 100}}}}
	return s.names(&assignment{group: []int{0}, services: 1})[0]
}

func TestNamesByWhatDeclarationsSpeakOf(t *testing.T) {
	decls := []string{"NewInvoice", "PayInvoice", "InvoiceLines"}
	for _, tt := range []struct {
		dir   string
		blind bool
		want  string
	}{
		{"internal/billing", false, "billing"}, // a folder that says something
		{"internal/services", false, "invoice"},
		{"internal/services", true, "services"},
		{".", false, "invoice"},
		{".", true, "service-1"},
	} {
		if got := named(t, tt.dir, tt.blind, decls...); got != tt.want {
			t.Errorf("%s, blind %v: %s, want %s", tt.dir, tt.blind, got, tt.want)
		}
	}
}

// A folder of a few lines, and one that owns nothing, does not name what stands
// beside it.
func TestHelpersDoNotNameServices(t *testing.T) {
	g := parse(t, "cmd/app 40 main: accounts/auth stock\naccounts/auth 300: users! /users accounts/decay\naccounts/decay 400:\nstock 700: items! /items\n")
	r := solve(t, g, Options{Seed: 1})
	if got := r.Units[r.UnitOf[atoms(t, g, "accounts/auth.Service")[0]]].Service; got == "decay" {
		t.Errorf("what answers and keeps users is called %s:\n%s", got, places(r))
	}
}

// Paths of routes name what no table and no folder does: by their first word that is the
// service's own, not by parameters, prefixes of all or what is done.
func TestRoutesNameServices(t *testing.T) {
	pkg := func(dir string) model.Package { return model.Package{Path: dir, Dir: dir, Lines: 100} }
	f := &facts.Facts{}
	add := func(name, dir string, patterns ...string) {
		f.Decls = append(f.Decls, facts.Decl{Atom: model.Atom{ID: dir + "." + name, Kind: model.KindFunc, Package: dir, Name: name, Lines: 100}})
		for _, p := range patterns {
			f.Routes = append(f.Routes, facts.Route{Method: "GET", Pattern: p, Handler: facts.Ref{Atom: dir + "." + name}})
		}
	}
	add("Answer", "api", "/shop/invoices", "/shop/invoices/{id}", "/shop/invoices/new")
	add("Serve", "server", "/shop/{user}/parcels", "/shop/me")
	g := coupling.Build(coupling.Input{Facts: f, Packages: []model.Package{pkg("api"), pkg("server")}})
	s := &solver{g: g, lay: &layout{}, words: coupling.NewVocabulary(), cells: &cells{g: g}, net: &network{}}
	for p := range g.Packages {
		s.cells.list = append(s.cells.list, cell{pkg: int32(p), atoms: g.Packages[p].Atoms, whole: true, lines: 100})
		s.net.nodes = append(s.net.nodes, node{cells: []int{p}, table: noAtom, lines: 100})
	}
	got := s.names(&assignment{group: []int{0, 1}, services: 2})
	if want := []string{"invoices", "parcels"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestBare(t *testing.T) {
	for name, want := range map[string]string{
		"orders": "orders", "handlers": "", "paymentUseCases": "payment", "payment-service": "payment", "orderItemRepository": "order-item",
		"core-data": "core-data", "user_handler_test": "user", "v1": "", "jwtauth": "jwtauth", "HTTPServer": "httpserver", "": "", "-": "",
	} {
		if got := bare(name); got != want {
			t.Errorf("bare(%q) = %q, want %q", name, got, want)
		}
	}
}
