package partition

import (
	"slices"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

// A process that is small, and tied to nothing but the library, runs by itself as its
// binary does: it is no library.
func TestSmallProcessIsNoLibrary(t *testing.T) {
	g := parse(t, `
		cmd/orders 60 main: orders log
		cmd/billing 60 main: billing log
		cmd/stock 60 main: stock log
		cmd/probe 20 main: probe
		orders 2900: log orders!
		billing 2900: log bills!
		stock 2900: log items!
		probe 30: log
		log 60:`)
	r := solve(t, g, Options{Seed: 1, Blind: true})
	for unit, library := range map[string]bool{"probe": false, "cmd/probe": false, "log": true} {
		if got := placeOf(t, r, unit); (got == model.Library) != library || !library && !model.IsService(got) {
			t.Errorf("%s is in %s:\n%s", unit, got, places(r))
		}
	}
}

// A background loop makes no service of what all use: a logger flushes, a pool
// expires. A call that the outside makes does.
func TestLoopIsNoEntry(t *testing.T) {
	for _, c := range []struct {
		loops   int
		library bool
	}{{1, true}, {0, false}} {
		g := parse(t, `
			cmd/shop 60 main: orders billing stock mail
			orders 900: orders/items log
			orders/items 300:
			billing 900: billing/items log
			billing/items 300:
			stock 900: stock/items log
			stock/items 300:
			mail 900: mail/items log
			mail/items 300:
			log 160:`)
		a := atoms(t, g, "log")[0]
		g.Atoms[a].Entries, g.Atoms[a].Loops = 1, c.loops
		r := solve(t, g, Options{Seed: 1, Blind: true})
		if got := placeOf(t, r, "log"); (got == model.Library) != c.library {
			t.Errorf("of its one entry %d are loops, and log is in %s:\n%s", c.loops, got, places(r))
		}
	}
}

// Who implements the server side of a generated contract by hand answers it, however
// it is registered; clients, mocks and generated stubs do not.
func TestServersOfContracts(t *testing.T) {
	g := parse(t, `
		cmd/shop 60 main: orders mocks
		orders 900: orderspb ^orderspb.OrdersServer ^orderspb.OrdersClient
		orders.Stub 90: ^orderspb.OrdersServer
		mocks 900: orderspb ^orderspb.OrdersClient
		orderspb 90:
		orderspb.OrdersServer 10:
		orderspb.OrdersClient 10:`)
	for _, name := range []string{"orderspb", "orderspb.OrdersServer", "orderspb.OrdersClient", "orders.Stub"} {
		g.Atoms[atoms(t, g, name)[0]].Generated = true
	}
	if got, want := serverTypes(g), atoms(t, g, "orders"); !slices.Equal(got, want) {
		t.Errorf("servers %v, want %v", got, want)
	}
}
