package plan

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ficus-dev/ficus/analyze/model"
)

func TestRefMatch(t *testing.T) {
	const module = "example.com/shop"
	invoice := model.Atom{ID: module + "/internal/models.Invoice", Package: module + "/internal/models", Name: "Invoice", Unit: module + "/internal/models#billing"}
	rootMain := model.Atom{ID: module + ".main", Package: module, Name: "main", Unit: module}
	table := model.Atom{ID: "table:invoices", Kind: model.KindTable, Name: "invoices"}
	for _, tt := range []struct {
		ref  string
		atom model.Atom
		want bool
	}{
		{"internal/models", invoice, true},
		{"example.com/shop/internal/models", invoice, true},
		{"internal/models.Invoice", invoice, true},
		{"example.com/shop/internal/models.Invoice", invoice, true},
		{"internal/models#billing", invoice, true},
		{"internal/models.Invoices", invoice, false},
		{"internal/model", invoice, false},
		{"internal", invoice, false},
		{"internal/...", invoice, true},
		{"internal/models/...", invoice, true},
		{"inter/...", invoice, false},
		{"...", invoice, true},
		{".", rootMain, true},
		{".", invoice, false},
		{".main", rootMain, true},
		{"example.com/shop.main", rootMain, true},
		{"table:invoices", table, true},
		{"...", table, false},
		{"invoices", table, false},
	} {
		if got := (Ref{Text: tt.ref}).Match(module, tt.atom); got != tt.want {
			t.Errorf("%q matches %s: %v, want %v", tt.ref, tt.atom.ID, got, tt.want)
		}
	}
}

func TestRefMatchFunc(t *testing.T) {
	const module, pkg = "example.com/shop", "example.com/shop/internal/billing"
	for _, tt := range []struct {
		ref, name string
		want      bool
	}{
		{"billing.Export", "Export", true},
		{"internal/billing.Export", "Export", true},
		{"example.com/shop/internal/billing.Export", "Export", true},
		{"billing.(*Service).Export", "Service.Export", true},
		{"billing.Service.Export", "Service.Export", true},
		{"billing.Export", "Service.Export", false},
		{"illing.Export", "Export", false},
		{"orders.Export", "Export", false},
		{"billing", "Export", false},
	} {
		if got := (Ref{Text: tt.ref}).MatchFunc(module, pkg, tt.name); got != tt.want {
			t.Errorf("%q matches %s of %s: %v, want %v", tt.ref, tt.name, pkg, got, tt.want)
		}
	}
}

// TestAssign: the more specific reference wins, whatever the order.
func TestAssign(t *testing.T) {
	m := shopModel()
	p, err := Parse("ficus.yaml", []byte(`version: 1
services:
  billing:
    owns: [internal/models.Invoice, internal/...]
pins:
  - library: [internal/models]
    why: everyone imports it
  - root: [table:orders]
`))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for id, pinned := range p.Assign(m.Module.Path, m.Atoms) {
		got[id] = pinned.Service + " " + pinned.Ref.Text + " " + pinned.Why
	}
	want := map[string]string{
		"example.com/shop/internal/billing.Service": "billing internal/... ",
		"example.com/shop/internal/models.Invoice":  "billing internal/models.Invoice ",
		"example.com/shop/internal/models.ID":       "@library internal/models everyone imports it",
		"example.com/shop/internal/orders.Place":    "billing internal/... ",
		"table:orders":                              "@root table:orders ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("assignment differs (-want +got):\n%s", diff)
	}
}

func TestCheck(t *testing.T) {
	p, err := Parse("ficus.yaml", []byte(`version: 1
services:
  billing:
    owns: [internal/biling, internal/billing.Service.Issue, internal/billing]
    local: [billing.Service.Issue, billing.Service.Isue, orders.Place]
  biling:
  catalogue:
pins:
  - in: {internal/models: catalogue}
  - library: [table:ordres, internal/orders/...]
`))
	if err != nil {
		t.Fatal(err)
	}
	err = p.Check(shopModel())
	want := `ficus.yaml:4:12: internal/biling names nothing in module example.com/shop; did you mean internal/billing?
ficus.yaml:4:29: internal/billing.Service.Issue is a method: it goes where its type goes; pin internal/billing.Service
ficus.yaml:5:36: billing.Service.Isue names no function of module example.com/shop; did you mean billing.Service.Issue?
ficus.yaml:6:3: service biling owns nothing: the proposal has no service of that name (billing, orders); did you mean billing?; give it owns, or remove it
ficus.yaml:10:15: table:ordres names nothing in module example.com/shop; did you mean table:orders?`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("problems differ (-want +got):\n%s", diff)
	}
}

func TestCheckOtherModule(t *testing.T) {
	p := &Plan{File: "ficus.yaml", Version: 1, Module: "example.com/other"}
	err := p.Check(shopModel())
	if err == nil || err.Error() != "ficus.yaml:1:1: the plan is for module example.com/other, the model for example.com/shop; run ficus analyze in the plan's module" {
		t.Errorf("error is %v", err)
	}
}

func TestClosest(t *testing.T) {
	among := []string{"internal/orders", "internal/billing", "cmd/shop"}
	for name, want := range map[string]string{"internal/biling": "internal/billing", "orders": "internal/orders", "zebra": "", "cmd/shp": "cmd/shop"} {
		if got := Closest(name, among); got != want {
			t.Errorf("Closest(%q) = %q, want %q", name, got, want)
		}
	}
}

// shopModel is a small model with a service, a shared package and tables.
func shopModel() *model.Model {
	const module = "example.com/shop"
	pkg := func(name string) string { return module + "/internal/" + name }
	return &model.Model{
		Version:  model.Version,
		Module:   model.Module{Path: module},
		Packages: []model.Package{{Path: pkg("billing")}, {Path: pkg("models")}, {Path: pkg("orders")}},
		Atoms: []model.Atom{
			{ID: pkg("billing") + ".Service", Kind: model.KindType, Package: pkg("billing"), Name: "Service", Methods: []string{"Issue"}, Unit: pkg("billing")},
			{ID: pkg("models") + ".ID", Kind: model.KindType, Package: pkg("models"), Name: "ID", Unit: pkg("models")},
			{ID: pkg("models") + ".Invoice", Kind: model.KindType, Package: pkg("models"), Name: "Invoice", Unit: pkg("models") + "#invoice"},
			{ID: pkg("orders") + ".Place", Kind: model.KindFunc, Package: pkg("orders"), Name: "Place", Unit: pkg("orders")},
			{ID: "table:orders", Kind: model.KindTable, Name: "orders"},
		},
		Units: []model.Unit{
			{ID: pkg("billing"), Package: pkg("billing"), Service: "billing"},
			{ID: pkg("models"), Package: pkg("models"), Service: model.Library},
			{ID: pkg("models") + "#invoice", Package: pkg("models"), Service: "billing"},
			{ID: pkg("orders"), Package: pkg("orders"), Service: "orders"},
		},
		Services: []model.Service{
			{Name: "billing", Units: []string{pkg("billing"), pkg("models") + "#invoice"}, Routes: []string{"route:GET /invoices"}, Tables: []string{"invoices", "payments"}},
			{Name: "orders", Units: []string{pkg("orders")}},
		},
		Bills:   []model.Bill{{Service: "billing", Price: 11.2}, {Service: "orders", Price: 63}},
		Verdict: model.Verdict{Split: true, FirstCut: "billing", Order: []string{"orders", "billing"}},
	}
}

// TestIndexAgreesWithMatch: what is looked up is what asking every atom finds.
func TestIndexAgreesWithMatch(t *testing.T) {
	const module = "example.com/shop"
	var atoms []model.Atom
	for _, pkg := range []string{module, module + "/a", module + "/a/b", module + "/ab", "elsewhere.org/x"} {
		for _, name := range []string{"F", "T"} {
			atoms = append(atoms, model.Atom{ID: pkg + "." + name, Package: pkg, Name: name, Unit: pkg + "#" + name})
		}
		atoms = append(atoms, model.Atom{ID: pkg + ".G", Package: pkg, Name: "G", Unit: pkg})
	}
	atoms = append(atoms, model.Atom{ID: "table:a"}, model.Atom{ID: "route:GET /a"})
	ix := newAtomIndex(module, atoms)
	refs := []string{".", "...", "a", "a/...", "a/b", "ab", "a.F", "a/b.T", ".F", "#F", "a#F", "a#none", "none", "none/...", "table:a", "route:GET /a", "table:b",
		module, module + "/a", module + "/a.F", module + "/...", module + ".F", "elsewhere.org/x", "elsewhere.org/x.F", "elsewhere.org/..."}
	for _, text := range refs {
		r, want, got := Ref{Text: text}, []int(nil), []int(nil)
		for i, a := range atoms {
			if r.Match(module, a) {
				want = append(want, i)
			}
		}
		ix.each(r, func(i int) bool { got = append(got, i); return true })
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: found %v, want %v", text, got, want)
		}
	}
}
