package plan

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ficus-dev/ficus/analyze/model"
)

// TestFreeze: under the frozen plan every atom is pinned where its unit is; a pin
// given besides wins.
func TestFreeze(t *testing.T) {
	m := shopModel()
	m.Units[2].Atoms = []string{"example.com/shop/internal/models.Invoice"}
	homes := func(p *Plan) map[string]string {
		out := map[string]string{}
		for id, pinned := range p.Assign(m.Module.Path, m.Atoms) {
			out[m.Rel(id)] = pinned.Service
		}
		return out
	}
	want := map[string]string{"internal/billing.Service": "billing", "internal/models.ID": model.Library, "internal/models.Invoice": "billing", "internal/orders.Place": "orders"}
	if diff := cmp.Diff(want, homes(Freeze(m))); diff != "" {
		t.Errorf("frozen (-want +got):\n%s", diff)
	}
	want["internal/orders.Place"] = "billing"
	if diff := cmp.Diff(want, homes(Freeze(m, Home("internal/orders", "billing")))); diff != "" {
		t.Errorf("orders moved (-want +got):\n%s", diff)
	}
	want["internal/orders.Place"], want["internal/models.Invoice"] = "orders", model.Root
	if diff := cmp.Diff(want, homes(Freeze(m, Home("internal/models.Invoice", model.Root)))); diff != "" {
		t.Errorf("Invoice moved (-want +got):\n%s", diff)
	}
	if problems := contradictions(Freeze(m, Home("internal/orders", "billing"))); len(problems) > 0 {
		t.Errorf("the frozen plan contradicts itself: %v", problems)
	}
}

// TestFreezePart: a part that is moved as a whole takes its declarations along.
func TestFreezePart(t *testing.T) {
	m := shopModel()
	m.Units[2].Atoms = []string{"example.com/shop/internal/models.Invoice"}
	p := Freeze(m, Home("internal/models#invoice", "orders"))
	if got := p.Assign(m.Module.Path, m.Atoms)["example.com/shop/internal/models.Invoice"].Service; got != "orders" {
		t.Errorf("Invoice is in %q, want orders", got)
	}
}

// TestFreezeTypeTakesItsMethods: a pin of a god type moves the methods too, though the
// model has them elsewhere.
func TestFreezeTypeTakesItsMethods(t *testing.T) {
	const pkg = "example.com/m/store"
	atoms := []model.Atom{
		{ID: pkg + ".Store", Kind: model.KindType, Package: pkg, Name: "Store", Unit: pkg + "#a"},
		{ID: pkg + ".Store.Get", Kind: model.KindMethod, Package: pkg, Name: "Store.Get", Type: pkg + ".Store", Unit: pkg + "#b"},
		{ID: pkg + ".Other", Kind: model.KindFunc, Package: pkg, Name: "Other", Unit: pkg + "#b"},
	}
	m := &model.Model{Module: model.Module{Path: "example.com/m"}, Atoms: atoms, Units: []model.Unit{
		{ID: pkg + "#a", Package: pkg, Atoms: []string{pkg + ".Store"}, Service: "a"},
		{ID: pkg + "#b", Package: pkg, Atoms: []string{pkg + ".Other", pkg + ".Store.Get"}, Service: "b"},
	}}
	for ref, want := range map[string][3]string{
		"store.Store":     {"c", "c", "b"},
		"store.Store.Get": {"a", "c", "b"},
		"store.Other":     {"a", "b", "c"},
	} {
		got := Freeze(m, Home(ref, "c")).Assign(m.Module.Path, atoms)
		for i, a := range atoms {
			if got[a.ID].Service != want[i] {
				t.Errorf("with %s pinned, %s is in %q, want %q", ref, a.ID, got[a.ID].Service, want[i])
			}
		}
	}
}
