package partition

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

// A package from which one function starts all domains is a root. One in which a
// function each starts one domain is their upper layer, though one binary starts all.
func TestLayerOfOneProgramIsNoRoot(t *testing.T) {
	text := `
		cmd/shop 20 main: %s log
		%s
		orders 900: orders.Store
		orders.Store 40: log
		billing 900: billing.Store
		billing.Store 40: log
		stock 900: stock.Store
		stock.Store 40: log
		log 60:`
	for _, c := range []struct {
		starts, top string
		root        bool
	}{
		{"app", "app 60: orders billing stock orders.Store billing.Store stock.Store", true},
		{"app.A app.B app.C", "app.A 20: orders orders.Store\napp.B 20: billing billing.Store\napp.C 20: stock stock.Store", false},
		{"app", "app 20: app.A app.B app.C\napp.A 20: orders orders.Store\napp.B 20: billing billing.Store\napp.C 20: stock stock.Store", true},
	} {
		l := newLayout(parse(t, fmt.Sprintf(text, c.starts, c.top)))
		if got := slices.Contains(pathsOf(l, l.peeled), "app"); got != c.root {
			t.Errorf("%s: taken for a root: %v, want %v", c.top, got, c.root)
		}
	}
}

// What known processes share comes apart where each uses declarations of its own.
func TestSharedLayerOfProcessesComesApart(t *testing.T) {
	g := parse(t, `
		cmd/orders 60 main: orders
		cmd/billing 60 main: billing
		orders 900: store.Orders log
		billing 900: store.Billing log
		store.Orders 700: orders!
		store.Billing 700: bills!
		log 60:`)
	r := solve(t, g, Options{Seed: 1, Blind: true})
	of := func(name string) string { return r.Units[r.UnitOf[atoms(t, g, name)[0]]].Service }
	for name, with := range map[string]string{"store.Orders": "orders", "store.Billing": "billing"} {
		if of(name) != of(with) {
			t.Errorf("%s is apart from %s:\n%s", name, with, places(r))
		}
	}
	if of("orders") == of("billing") || of("log") != model.Library {
		t.Errorf("want two services over a library:\n%s", places(r))
	}
}

// The monolith beside its services, over layers that all share, owns none of them.
func TestMonolithBesideItsServicesOverLayers(t *testing.T) {
	g := parse(t, `
		cmd/all 80 main: api.Orders api.Billing api.Stock api.Pages
		cmd/orders 20 main: api.Orders api.OrdersJob
		cmd/billing 20 main: api.Billing api.BillingJob
		cmd/stock 20 main: api.Stock
		api.OrdersJob 600:
		api.BillingJob 600:
		api.Orders 300: core.Orders
		api.Billing 300: core.Billing
		api.Stock 300: core.Stock
		api.Pages 500:
		core.Orders 500: orders!
		core.Billing 500: bills!
		core.Stock 500: items!`)
	r := solve(t, g, Options{Seed: 1, Blind: true})
	of := func(name string) string { return r.Units[r.UnitOf[atoms(t, g, name)[0]]].Service }
	seen := map[string]bool{}
	for _, domain := range []string{"Orders", "Billing", "Stock"} {
		if of("api."+domain) != of("core."+domain) {
			t.Errorf("the layers of %s are apart:\n%s", domain, places(r))
		}
		seen[of("core."+domain)] = true
	}
	if len(seen) != 3 {
		t.Errorf("%d services, want three:\n%s", len(seen), places(r))
	}
}
