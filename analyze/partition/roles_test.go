package partition

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

// pathsOf are the packages for which keep is true.
func pathsOf(l *layout, keep []bool) []string {
	var out []string
	for p, pkg := range l.g.Packages {
		if keep[p] {
			out = append(out, pkg.Path)
		}
	}
	return out
}

// A second main that starts the same (a generator of documentation) does not keep
// the composition root from being one.
func TestTwinMainHidesNoRoot(t *testing.T) {
	l := newLayout(parse(t, `
		cmd/shop 50 main: app config log
		cmd/docs 90 main: app
		app 300: orders billing stock log
		orders 900: log
		billing 900: log
		stock 900: log
		config 30:
		log 60:`))
	if got := pathsOf(l, l.peeled); !slices.Equal(got, []string{"app", "cmd/docs", "cmd/shop"}) {
		t.Errorf("peeled %v, want app and both mains", got)
	}
}

// One binary that starts each component by name, and a client of its own beside it:
// the binary is no process among two, the components come apart.
func TestBinaryOfManyComponentsIsNoProcess(t *testing.T) {
	g := parse(t, `
		cmd/all 60 main: cmd/ra cmd/va cmd/ca log
		cmd/ra 100: ra log
		cmd/va 100: va log
		cmd/ca 100: ca log
		ra 900: ra/proto log
		va 900: va/proto log
		ca 900: ca/proto log
		ra/proto 90:
		va/proto 90:
		ca/proto 90:
		log 50:
		cmd/admin 700 main: admin log
		admin 500: log`)
	l := newLayout(g)
	if l.many {
		t.Errorf("processes %v, want none: one of them is the monolith", l.process)
	}
	r := solve(t, g, Options{Seed: 1, Blind: true})
	for _, pair := range [][2]string{{"ra", "va"}, {"ra", "ca"}, {"va", "ca"}} {
		if placeOf(t, r, pair[0]) == placeOf(t, r, pair[1]) {
			t.Errorf("%s and %s in one service:\n%s", pair[0], pair[1], places(r))
		}
	}
	for _, pair := range [][2]string{{"ra", "cmd/ra"}, {"va", "va/proto"}} {
		if placeOf(t, r, pair[0]) != placeOf(t, r, pair[1]) {
			t.Errorf("%s and %s apart:\n%s", pair[0], pair[1], places(r))
		}
	}
}

// Adapters that only the root knows own nothing but themselves: no modules. They go
// with whose interfaces they implement.
func TestAdaptersAreNoModules(t *testing.T) {
	g := parse(t, `
		cmd/shop 60 main: orders/http orders/pg billing/http billing/pg
		orders/http 300: orders /orders
		orders/pg 300: orders orders! ^orders.Store
		billing/http 300: billing /bills
		billing/pg 300: billing bills! ^billing.Store
		orders 300:
		orders.Store 10:
		billing 300:
		billing.Store 10:`)
	r := solve(t, g, Options{Seed: 1, Blind: true})
	for _, pair := range [][2]string{{"orders", "orders/http"}, {"orders", "orders/pg"}, {"billing", "billing/http"}, {"billing", "billing/pg"}} {
		if placeOf(t, r, pair[0]) != placeOf(t, r, pair[1]) {
			t.Errorf("%s and %s apart:\n%s", pair[0], pair[1], places(r))
		}
	}
	if placeOf(t, r, "orders") == placeOf(t, r, "billing") {
		t.Errorf("all in one:\n%s", places(r))
	}
}

// An API and a consumer with one set of tables are one service; two services with a
// library in common stay two.
func TestMainsOfOneServiceAreOneProcess(t *testing.T) {
	g := parse(t, `
		cmd/orders-api 30 main: orders/api log
		cmd/orders-jobs 30 main: orders/jobs log
		cmd/stock 30 main: stock log
		cmd/mail 30 main: mail log
		cmd/bills 30 main: bills pdf log
		cmd/print 30 main: print pdf log
		orders/api 200: orders /orders
		orders/jobs 200: orders
		orders 700: orders!
		stock 900: stock!
		mail 900: mails!
		bills 500: bills!
		print 500: prints!
		pdf 900:
		log 60:`)
	l := newLayout(g)
	process := func(path string) string {
		p, ok := g.Package(path)
		if !ok || l.process[p] == nothing {
			return ""
		}
		return g.Packages[l.process[p]].Path
	}
	for path, want := range map[string]string{"orders/api": "cmd/orders-api", "orders/jobs": "cmd/orders-api", "orders": "cmd/orders-api", "stock": "cmd/stock",
		"bills": "cmd/bills", "print": "cmd/print", "pdf": "", "log": ""} {
		if got := process(path); got != want {
			t.Errorf("process of %s: %q, want %q", path, got, want)
		}
	}
}

// What every service uses, through however many steps, is a library, though one
// service is its nearest neighbour; the top of a service is none.
func TestSharedAtADistanceIsKernel(t *testing.T) {
	g := parse(t, `
		cmd/shop 60 main: orders billing stock mail log
		orders 900: orders/rules orders/items store log
		orders/rules 300: orders/items
		orders/items 300:
		billing 900: billing/rules billing/items store log
		billing/rules 300: billing/items
		billing/items 300:
		stock 900: stock/rules stock/items store log
		stock/rules 300: stock/items
		stock/items 300:
		mail 900: mail/rules mail/items store log
		mail/rules 300: mail/items
		mail/items 300:
		store 400: codec log
		codec 300:
		log 60:`)
	r := solve(t, g, Options{Seed: 1, Blind: true})
	for _, unit := range []string{"store", "codec", "log"} {
		if got := placeOf(t, r, unit); got != model.Library {
			t.Errorf("%s is in %s:\n%s", unit, got, places(r))
		}
	}
	if len(r.Services) != 4 {
		t.Errorf("services %v, want four", r.Services)
	}
}

// Several programs that start different handlers of one package share a layer; where
// they start the same, it is their root.
func TestLayerOfSeveralProgramsIsNoRoot(t *testing.T) {
	text := `
		cmd/a 20 main: handlers.A
		cmd/b 20 main: handlers.%s
		handlers.A 40: orders log
		handlers.B 40: billing log
		handlers.C 20: stock log
		orders 900: log
		billing 900: log
		stock 900: log
		log 60:`
	for other, want := range map[string]bool{"A": true, "B": false} {
		l := newLayout(parse(t, fmt.Sprintf(text, other)))
		if got := slices.Contains(pathsOf(l, l.peeled), "handlers"); got != want {
			t.Errorf("mains start handlers.A and handlers.%s: taken for a root: %v, want %v", other, got, want)
		}
	}
}

// One binary a database: what differs are adapters behind one port, and the service is
// one. Two that share a library and differ in what they are stay two.
func TestBinariesThatDifferInAnAdapterAreOneService(t *testing.T) {
	for _, c := range []struct {
		implements string
		one        bool
	}{{"^reader.Repository", true}, {"", false}} {
		g := parse(t, fmt.Sprintf(`
			cmd/reader-pg 90 main: reader pg log
			cmd/reader-mongo 90 main: reader mongo log
			cmd/stock 30 main: stock log
			cmd/mail 30 main: mail log
			cmd/bills 30 main: bills log
			cmd/users 30 main: users log
			pg 300: reader %[1]s
			mongo 300: reader %[1]s
			reader 350: log
			reader.Repository 10:
			stock 900: log
			mail 900: log
			bills 900: log
			users 900: log
			log 60:`, c.implements))
		l := newLayout(g)
		one := func(path string) int32 {
			p, _ := g.Package(path)
			return l.firstOf(p)
		}
		if got := one("cmd/reader-pg") == one("cmd/reader-mongo"); got != c.one {
			t.Errorf("implementing %q: one service %v, want %v", c.implements, got, c.one)
		}
	}
}

// A struct of all use cases holds them only in name: they are beside each other. What
// has code of its own, or insides that know each other, holds them.
func TestGatherers(t *testing.T) {
	const below = `
		order 300: usecase.Order
		user 300: usecase.User
		cmd/app 60 main: order user
		usecase 40: usecase/order usecase/user usecase/payment
		usecase.Order 5: usecase
		usecase.User 5: usecase
		`
	for name, c := range map[string]struct {
		text    string
		gathers bool
	}{
		"strangers":       {"usecase/order 200:\nusecase/user 200:\nusecase/payment 200:", true},
		"small insides":   {"usecase/order 60:\nusecase/user 60:\nusecase/payment 60:", false},
		"know each other": {"usecase/order 200: usecase/user\nusecase/user 200:\nusecase/payment 200: usecase/user", false},
	} {
		g := parse(t, below+c.text)
		s := &solver{g: g, lay: newLayout(g)}
		above := s.lay.dominators(s.lay.where(func(p int) bool { return s.lay.peeled[p] || s.lay.top(p) }))
		got := false
		for p, gathers := range s.gatherers(above) {
			got = got || gathers && g.Packages[p].Dir == "usecase"
		}
		if got != c.gathers {
			t.Errorf("%s: gathers %v, want %v", name, got, c.gathers)
		}
	}
}
