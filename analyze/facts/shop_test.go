package facts

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/source"
)

var shopDir = filepath.Join("..", "..", "samples", "shop")

// loadShop extracts the sample shop's facts once for all tests.
var loadShop = sync.OnceValues(func() (*source.Program, *Facts) {
	p, err := source.Load(context.Background(), source.Options{Dir: shopDir})
	if err != nil {
		panic(err)
	}
	f, err := Extract(context.Background(), p, Options{})
	if err != nil {
		panic(err)
	}
	return p, f
})

// shop gives the sample shop's facts, to be read only.
func shop(t *testing.T) (*source.Program, *Facts) {
	t.Helper()
	p, f := loadShop()
	if len(p.Problems) > 0 {
		t.Fatalf("the shop does not load: %+v", p.Problems)
	}
	return p, f
}

// TestShop finds the knots of the sample shop: of each kind that a fact names, what
// samples/shop/KNOTS.md lists and nothing else. Not found as facts are:
//   - K29, the comparisons in tests: facts are of what runs; tests are only counted.
//   - K14, payments.ErrDeclined: only tests look for it.
//   - K34, that two processes would do the work twice: the fact is the job; whether
//     doing it twice hurts depends on its statements.
//   - K24, that the provider is chosen at run time: the fact is that two types
//     implement the interface and that calls reach both.
//   - K22, that an error of the callback ends the loop: the fact is the callback.
//   - K33, that the bus is synchronous: the fact is that Publish itself runs its
//     handlers, in no goroutine.
func TestShop(t *testing.T) {
	p, f := shop(t)
	if bad := dangling(f); len(bad) > 0 {
		t.Error("facts of what is not declared:", bad)
	}
	k := &knots{f: f, mod: p.Module.Path}
	for _, tt := range []struct {
		name string
		got  []string
		want string
	}{
		{"what is not understood", k.unresolved(), ""},
		{"K01 checkout", k.written("internal/orders.Service.place"), "carts order_lines orders payments stock_levels stock_movements stock_reservations"},
		{"K02 cancel", k.written("internal/orders.Service.Cancel"), "orders payments stock_levels stock_movements"},
		{"K03 capture", k.written("internal/payments.Service.capture"), "orders payments"},
		{"K01 to K03, K07: transactions across domains", k.crossing(), "orders.Service.Cancel orders.Service.place payments.Service.capture webhooks.Service.markFailed"},
		{"K04 god packages", k.godPackages(), "models"},
		{"K05 to K07: tables with several writers", k.sharedTables(), "carts:cart,orders notifications:events,webhooks orders:orders,payments"},
		{"K08 tax rates written", k.writers("tax_rates"), "billing"},
		{"K08 to K12: tables of others read", k.foreignReads(), "billing.Service.draftFromOrder:customers billing.Service.draftFromOrder:order_lines billing.Service.draftFromOrder:orders events.Service.notificationsOf:customers orders.Service.salesByCustomer:customers orders.Service.taxRate:tax_rates recommendations.Service.ForCustomer:order_lines recommendations.Service.ForCustomer:orders recommendations.Service.Related:order_lines"},
		{"K09 to K12: joins with tables of others", k.foreignJoins(), "billing.Service.draftFromOrder:customers×orders billing.Service.draftFromOrder:orders×customers events.Service.notificationsOf:customers×notifications orders.Service.salesByCustomer:customers×orders recommendations.Service.ForCustomer:order_lines×orders,product_views recommendations.Service.ForCustomer:orders×order_lines,product_views"},
		{"K13 variables written", k.variables(), "models.TaxRates"},
		{"K14 sentinel errors", k.errorTests(false), "cart→catalogue.ErrNoPrice cart→catalogue.ErrNotFound cart→customers.ErrInactive cart→customers.ErrNotFound cart→inventory.ErrNotStocked inventory→catalogue.ErrNotFound orders→billing.ErrNotFound orders→cart.ErrCheckedOut orders→cart.ErrNotFound orders→catalogue.ErrNotFound orders→customers.ErrAddressNotFound orders→customers.ErrInactive orders→customers.ErrNotFound orders→payments.ErrUnknownProvider recommendations→catalogue.ErrNotFound webhooks→catalogue.ErrNoPrice webhooks→catalogue.ErrNotFound"},
		{"K15 typed errors", k.errorTests(true), "cart→catalogue.InvalidProductError cart→inventory.OutOfStockError orders→catalogue.InvalidProductError orders→inventory.OutOfStockError orders→payments.DeclinedError webhooks→billing.RowError"},
		{"K16 calls in loops", k.loops(), "cart→catalogue cart→inventory orders→catalogue recommendations→inventory webhooks→catalogue"},
		{"K17 K18 arguments changed", k.obstacles("mutated", ""), "inventory.Service.ArrangeForPicking inventory.Service.FillAvailability web.Decode web.Read"},
		{"K19 streams in", k.obstacles("stream", "parameter"), "billing.Service.ImportInvoices webhooks.Service.UploadInvoices"},
		{"K20 streams out", k.obstacles("stream", "result"), "billing.Service.ExportCSV billing.Service.OrderCSV"},
		{"K21 options", k.obstacles("options", ""), "events.Service.Notify orders.Service.List payments.New"},
		{"K22 callbacks", inDomains(k.obstacles("callback", "parameter")), "billing.Service.ImportInvoices events.Bus.Handle events.Subscribe inventory.Service.EachBelow"},
		{"K22 called back", k.calledBack(), "billing.Service.ImportInvoices→webhooks.Service.UploadInvoices events.Bus.Publish→webhooks.Service.enqueue events.Subscribe→billing.New inventory.Service.EachBelow→webhooks.Service.LowStock"},
		{"K23 generic functions", inDomains(k.obstacles("generic", "")), "events.Subscribe"},
		{"K23 generic results", k.apiUses("pagination.Page"), "billing.Service.List events.Service.Entries orders.Service.List"},
		{"K24 several implementations", k.implementations(), "payments.Provider:payments.BankTransfer,payments.CardGateway"},
		{"K24 calls reach both", k.providers(), "payments.BankTransfer payments.CardGateway"},
		{"K25 interfaces of callers", k.callerSide(), "cart.CustomerLookup inventory.ProductLookup orders.InvoiceExporter orders.ProductChecker"},
		{"K25 concrete dependencies", k.holders("catalogue.Service"), "cart.Service recommendations.Service webhooks.Service"},
		{"K26 context values", k.contextValues(), "billing.Service.InvoiceOrder:tenantKey cart.Service.Create:currencyKey customers.Service.Register:tenantKey events.Bus.Publish:tenantKey inventory.Service.Adjust:tenantKey inventory.Service.WarnLow:tenantKey orders.Service.Cancel:tenantKey orders.Service.Checkout:tenantKey orders.Service.Ship:tenantKey payments.Service.Capture:tenantKey payments.Service.ConfirmTransfer:tenantKey payments.Service.Refund:tenantKey"},
		{"K27 no error result", k.noError(), "events.Bus.Publish events.Service.Notify inventory.Service.Available inventory.Service.WarnLow recommendations.Service.RecordView"},
		{"K28 unexported fields", k.opaque(), "payments.Authorization"},
		{"K29 times compared", k.identities("time"), "customers.Service.Update orders.Service.SetNote"},
		{"pointers compared", k.identities("pointer"), ""},
		{"K30 nil tested", k.nilTests(), "catalogue.ProductUpdate.Attributes catalogue.ProductUpdate.Tags payments.Service.ForOrder recommendations.Service.ForCustomer recommendations.Service.Popular recommendations.Service.Related"},
		{"K30 nil for none", k.nilResults(true), "catalogue.Service.ChangedSince payments.Service.ForOrder recommendations.Service.ForCustomer recommendations.Service.Popular recommendations.Service.Related"},
		{"K30 never nil", within(k.nilResults(false), "catalogue"), "catalogue.Service.Categories catalogue.Service.ListProducts catalogue.Service.Prices catalogue.Service.ProductsByID"},
		{"K31 prefixes of several domains", k.sharedPrefixes(), "/customers:customers,events,recommendations /orders:orders,payments /products:catalogue,recommendations"},
		{"K32 second router", k.routers("chi"), "webhooks.Service.Router"},
		{"K33 publishers", k.callers("events.Bus.Publish"), "billing customers inventory orders payments"},
		{"K33 handlers that publishing runs", k.busHandlers(), "billing.New events.Service.announceShipping events.Service.confirmOrder events.Service.record events.Service.welcome events.Subscribe webhooks.Service.enqueue"},
		{"K34 jobs", k.jobs(), "inventory.Service.Run←app.App.Start webhooks.Service.Run←app.App.Start"},
		{"K35 foreign keys across domains", k.foreignKeys(), "carts→customers orders→customers partners→customers payments→orders"},
		{"routes without a handler", k.unhandled(), ""},
	} {
		if got := strings.Join(tt.got, " "); got != tt.want {
			t.Errorf("%s:\n got  %s\n want %s", tt.name, got, tt.want)
		}
	}
	if n := len(f.Routes); n != 69 {
		t.Errorf("%d routes, its README lists 69", n)
	}
}

// dangling gives the atoms that facts name and no declaration makes, and evidence
// without a place.
func dangling(f *Facts) []string {
	known, bad := map[string]bool{"": true}, map[string]bool{}
	for _, d := range f.Decls {
		known[d.ID] = true
	}
	eachEvidence(f, func(kind string, ev model.Evidence, atoms ...string) {
		if ev.File == "" || ev.Line == 0 {
			bad[kind+" without a place"] = true
		}
		for _, a := range atoms {
			if !known[a] {
				bad[kind+" "+a] = true
			}
		}
	})
	return slices.Sorted(maps.Keys(bad))
}

// eachEvidence calls do for each fact with the atoms that it names.
func eachEvidence(f *Facts, do func(kind string, ev model.Evidence, atoms ...string)) {
	for _, c := range f.Calls {
		do("call", c.Evidence, c.From.Atom, c.To.Atom)
	}
	for _, u := range f.Uses {
		do("use", u.Evidence, u.From.Atom, u.To)
	}
	for _, s := range f.States {
		do("state", s.Evidence, s.From.Atom, s.Var)
	}
	for _, a := range f.Accesses {
		do("access", a.Evidence, a.From.Atom, a.For.Atom)
	}
	for _, u := range f.Resources {
		do("resource", u.Evidence, u.From.Atom, u.For.Atom)
	}
	for _, x := range f.Transactions {
		do("transaction", x.Evidence, x.From.Atom)
	}
	for _, r := range f.Routes {
		do("route", r.Evidence, r.Handler.Atom, r.Registrar.Atom)
	}
	for _, s := range f.Surfaces {
		do("surface", s.Evidence, s.Func.Atom)
	}
	for _, x := range f.ErrorTests {
		do("error test", x.Evidence, x.From.Atom, x.Error)
	}
	for _, x := range f.Interfaces {
		do("interface", x.Evidence, append(slices.Clone(x.Implementations), x.Type)...)
	}
	for _, x := range f.Identities {
		do("comparison", x.Evidence, x.From.Atom)
	}
	for _, x := range f.NilTests {
		do("test for nil", x.Evidence, x.From.Atom, x.Of.Atom)
	}
	for _, x := range f.NilResults {
		do("result", x.Evidence, x.Func.Atom)
	}
	for _, x := range f.InitEffects {
		do("effect of an import", x.Evidence, x.From.Atom)
	}
	for _, x := range f.EntryPoints {
		do("entry point", x.Evidence, x.Func.Atom, x.Registrar.Atom)
	}
}
