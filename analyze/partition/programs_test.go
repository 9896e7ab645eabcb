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

// Programs that share layers run what they name. That a consumer calls back what each
// hands to it gives none of them the others' handlers.
func TestCallbacksDoNotShareWhatProcessesOwn(t *testing.T) {
	g := parse(t, `
		cmd/orders 20 main: api.Orders
		cmd/billing 20 main: api.Billing
		api.Orders 300: core.Orders queue
		api.Billing 300: core.Billing queue
		core.Orders 500: orders!
		core.Billing 500: bills!
		queue 90: ~core.Orders ~core.Billing`)
	r := solve(t, g, Options{Seed: 1, Blind: true})
	of := func(name string) string { return r.Units[r.UnitOf[atoms(t, g, name)[0]]].Service }
	if of("api.Orders") != of("core.Orders") || of("api.Billing") != of("core.Billing") || of("core.Orders") == of("core.Billing") || of("queue") != model.Library {
		t.Errorf("want two services over a library:\n%s", places(r))
	}
}

// Several mains over layers are no processes where one has four fifths of what is
// anybody's alone: the monolith beside its tools.
func TestMonolithBesideItsToolsOverLayers(t *testing.T) {
	for lines, many := range map[int]bool{1200: true, 2400: false} {
		text := fmt.Sprintf("cmd/shop 20 main: api.Shop\ncore.Shop 60: orders!\ncore.All 2500:\napi.Shop %d: core.Shop core.All\n", lines)
		for _, tool := range []string{"Audit", "Clean", "Count", "Dump", "Fill"} {
			text += fmt.Sprintf("cmd/%[1]s 20 main: api.%[1]s\napi.%[1]s 100: core.All\n", tool)
		}
		g := parse(t, text)
		l := newLayout(g)
		if l.findAtomProcesses(make([]int, len(g.Atoms))); l.many != many {
			t.Errorf("%d lines of the shop: processes %v, want %v", lines, l.many, many)
		}
	}
}

// Faces of one program, its command line and its windows, are no services however much
// of the code they are; programs that answer somebody are.
func TestFacesOfOneProgramAreNoProcesses(t *testing.T) {
	for _, c := range []struct {
		answers string
		many    bool
	}{{"", false}, {"/orders", true}} {
		l := newLayout(parse(t, `
			cmd/cli 60 main: app cli
			cmd/gui 60 main: app gui
			cli 900: orders billing
			gui 900: orders billing `+c.answers+`
			app 60: orders billing stock
			orders 600: log
			billing 600: log
			stock 600: log
			log 60:`))
		if l.many != c.many {
			t.Errorf("answering %q: processes %v, want %v", c.answers, l.many, c.many)
		}
	}
}

// A program whose service another program has built in too is no tool; one that uses
// what all use is.
func TestProgramOfABuiltInServiceIsNoTool(t *testing.T) {
	l := newLayout(parse(t, `
		cmd/fraud 60 main: fraud log
		cmd/mobile 60 main: mobile fraud log
		cmd/orders 60 main: orders log
		cmd/stock 60 main: stock log
		cmd/bills 60 main: bills log
		cmd/mail 60 main: mail log
		cmd/migrate 60 main: log
		fraud 300: log /fraud
		mobile 900: log /mobile
		orders 900: log /orders
		stock 900: log /stock
		bills 900: log /bills
		mail 900: log /mail
		log 60:`))
	if got := pathsOf(l, l.tools); !slices.Equal(got, []string{"cmd/migrate"}) {
		t.Errorf("tools %v, want cmd/migrate", got)
	}
}

// A program of some weight stays a service of its own in a large module, though it
// hangs on another; a handful of lines beside a service goes with it.
func TestSmallProgramsOfALargeModule(t *testing.T) {
	for _, c := range []struct {
		lines string
		own   bool
	}{{"400", true}, {"90", false}} {
		g := parse(t, `
			cmd/orders 60 main: orders log
			cmd/billing 60 main: billing log
			cmd/stock 60 main: stock log
			cmd/exporter 60 main: exporter log
			orders 9000: orders/items orders/web orders/db orders! /orders
			orders/web 300: orders/items
			orders/db 300: orders/items
			orders/items 300:
			billing 9000: log bills! /bills
			stock 9000: log items! /items
			exporter `+c.lines+`: orders/items log
			log 60:`)
		r := solve(t, g, Options{Seed: 1, Blind: true})
		if got := placeOf(t, r, "exporter") != placeOf(t, r, "orders"); got != c.own {
			t.Errorf("%s lines: apart from orders %v, want %v:\n%s", c.lines, got, c.own, places(r))
		}
	}
}

// A main with most of the code that starts modules is a monolith beside its tools; where
// several others answer something too, it is one of several services.
func TestLargeMainBesideServices(t *testing.T) {
	text := `
		cmd/engine 60 main: actors bindings workflows
		actors 900: actors/table
		actors/table 900:
		bindings 900: bindings/queue
		bindings/queue 900:
		workflows 900: workflows/steps
		workflows/steps 900:
		cmd/injector 60 main: injector
		injector 300: %s
		cmd/placement 60 main: placement
		placement 300: %s
		cmd/sentry 60 main: sentry
		sentry 300: %s`
	for _, c := range []struct {
		name   string
		routes [3]any
		many   bool
	}{
		{"tools", [3]any{"", "", ""}, false},
		{"one answers", [3]any{"/inject", "", ""}, false},
		{"all answer", [3]any{"/inject", "/place", "/sign"}, true},
	} {
		l := newLayout(parse(t, fmt.Sprintf(text, c.routes[:]...)))
		if l.many != c.many {
			t.Errorf("%s: mains are processes: %v, want %v", c.name, l.many, c.many)
		}
	}
}
