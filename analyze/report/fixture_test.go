package report

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const fixtureModule = "example.com/shop"

// fixture is a shop that is realistic in shape: pure packages, one package in
// parts, a library, roots, a package that no unit covers, transactions across
// services, blind spots. One line a thing, so that it can be read.
const fixture = `
# kind        fields
unit internal/billing              640 billing      1     owns the tables invoices, invoice_lines and all routes under /invoices
unit internal/models#billing       120 billing      0.96  only billing reads and writes Invoice and InvoiceLine
unit internal/catalogue            710 catalogue    1     owns the tables products, categories, prices
unit internal/search               260 catalogue    0.94  reads products only, called by catalogue's routes
unit internal/cart                 380 orders       0.88  writes carts, read by checkout in one transaction
unit internal/discounts            190 orders       0.61  called by orders.Total; catalogue would be as near
unit internal/inventory            450 orders       0.91  its table stock is written in checkout's transaction
unit internal/orders               900 orders       0.97  owns the tables orders, order_lines and the checkout
unit internal/models#orders        180 orders       0.97  Order and OrderLine follow orders
unit internal/payments             520 payments     0.88  owns the table payments and all routes under /payments
unit internal/models               80  @library     1     imported by every service, no table, no state
unit internal/money                90  @library     1     imported by every service, no table, no state
unit internal/clock                40  @library     1     imported by 3 of 4 services, no table, no state
unit cmd/shop                      180 @root        1     the only main: builds everything
unit internal/web                  420 @root        1     routes to every service, owns no table
unit internal/testutil             120 @unassigned  1     used by tests only
bare internal/legacy               60  broken
bare internal/fixtures             0

atom internal/billing.Service          type service.go:18   320 billing    Issue,Get,Pay,Export,handleGet,handleIssue
atom internal/billing.New              func service.go:40   22  billing
atom internal/billing.ErrPaid          var  errors.go:9     3   billing
atom internal/billing.CSV              func export.go:31    60  billing
atom internal/models.Invoice           type invoice.go:8    60  billing    Total
atom internal/models.InvoiceLine       type invoice.go:80   20  billing
atom internal/models.Order             type order.go:10     70  orders
atom internal/models.ID                type id.go:5         30  @library   String
atom internal/catalogue.Service        type service.go:22   400 catalogue  PriceOf,Describe,handleList
atom internal/catalogue.cache          var  cache.go:11     4   catalogue
atom internal/search.Query             func query.go:14     90  catalogue
atom internal/cart.Total               func total.go:30     44  orders
atom internal/cart.Service             type service.go:12   210 orders     Add,Get
atom internal/discounts.Apply          func apply.go:20     60  orders
atom internal/inventory.Reserve        func reserve.go:25   70  orders
atom internal/orders.Checkout          type checkout.go:40  310 orders     Place,prepare
atom internal/orders.Service           type service.go:20   280 orders     Get,List,handlePlace,handleGet
atom internal/orders.sortLines         func lines.go:19     25  orders
atom internal/payments.Charge          func charge.go:33    80  payments
atom internal/payments.Service         type service.go:15   230 payments   Refund,handleRefund
atom internal/money.Amount             type amount.go:9     80  @library   Add,String
atom internal/clock.System             func clock.go:12     10  @library
atom internal/web.Router               func router.go:25    200 @root
atom cmd/shop.main                     func main.go:31      120 @root
atom internal/testutil.DB              func db.go:14        60  @unassigned

table invoices       billing    internal/billing.Service=read+write@internal/billing/store.go:51
table invoice_lines  billing    internal/billing.Service=write@internal/billing/store.go:77
table products       catalogue  internal/catalogue.Service=read+write@internal/catalogue/store.go:30 internal/search.Query=read@internal/search/query.go:22
table prices         catalogue  internal/catalogue.Service=read@internal/catalogue/store.go:64 internal/discounts.Apply=read@internal/discounts/apply.go:33
table orders         orders     internal/orders.Checkout=write@internal/orders/checkout.go:95 internal/orders.Service=read@internal/orders/store.go:19 internal/billing.Service=read@internal/billing/store.go:112
table stock          orders     internal/inventory.Reserve=read+write@internal/inventory/reserve.go:40
table carts          orders     internal/cart.Service=read+write@internal/cart/store.go:18
table payments       payments   internal/payments.Charge=write@internal/payments/charge.go:58 internal/payments.Service=read+write@internal/payments/store.go:20

route GET  /invoices/{id}     net/http internal/billing.Service.handleGet    internal/web/router.go:61  billing    invoices=read
route POST /invoices          net/http internal/billing.Service.handleIssue  internal/web/router.go:62  billing    invoices=read+write,invoice_lines=write,orders=read
route GET  /products          net/http internal/catalogue.Service.handleList internal/web/router.go:40  catalogue  products=read
route POST /checkout          chi      internal/orders.Service.handlePlace   internal/web/router.go:48  orders     orders=write,stock=read+write,payments=write,carts=read+write
route GET  /orders/{id}       chi      internal/orders.Service.handleGet     internal/web/router.go:49  orders     orders=read
route POST /payments/refund   net/http internal/payments.Service.handleRefund internal/web/router.go:70 payments   payments=read+write

tx internal/orders.Checkout (*Checkout).Place internal/orders/checkout.go:88 orders=write,stock=read+write,payments=write internal/orders.Checkout,internal/inventory.Reserve,internal/payments.Charge orders,payments

entry job  ticker  internal/billing.Service.Export  cmd/shop/main.go:80      billing  invoices=read
entry cron @daily  internal/search.Query            internal/web/router.go:90 catalogue products=read
entry main shop    cmd/shop.main                    cmd/shop/main.go:77      @root    -

iface internal/orders.Invoicer internal/billing.Service internal/orders/service.go:20 caller

compare nil     internal/orders.Service   internal/billing.Service.Get  -     internal/orders/service.go:143 (*Service).List
compare nil     internal/billing.Service  internal/models.Invoice       Lines internal/billing/service.go:50 (*Service).Issue
compare pointer internal/orders.Checkout  *internal/models.Order        -     internal/orders/checkout.go:99 (*Checkout).Place
compare time    internal/billing.Service  time.Time                     -     internal/billing/service.go:70 (*Service).Pay

effect import   internal/billing -                     github.com/lib/pq        database_driver internal/billing/store.go:9    -
effect register internal/billing internal/billing.New  encoding/gob.Register    -               internal/billing/service.go:38 -
effect write    internal/billing internal/billing.New  internal/catalogue.cache -               internal/billing/service.go:39 internal/catalogue/cache.go:20

coupling call  internal/orders.Checkout -> internal/payments.Charge    6.5 internal/orders/checkout.go:101 (*Checkout).Place | payments.Charge
coupling call  internal/orders.Checkout -> internal/inventory.Reserve  6   internal/orders/checkout.go:97  (*Checkout).Place | inventory.Reserve
coupling call  internal/orders.Checkout -> internal/cart.Total         4   internal/orders/checkout.go:90  (*Checkout).Place | cart.Total
coupling call  internal/orders.Checkout -> internal/orders.sortLines   2   internal/orders/checkout.go:92  (*Checkout).Place | sortLines
coupling call  internal/cart.Total -> internal/catalogue.Service       3   internal/cart/total.go:41       Total | (*Service).PriceOf
coupling call  internal/cart.Total -> internal/discounts.Apply         3   internal/cart/total.go:66       Total | discounts.Apply
coupling call  internal/orders.Service -> internal/billing.Service     3   internal/orders/service.go:140  (*Service).handlePlace | (*Service).Issue
coupling call  internal/payments.Charge -> internal/billing.Service    2   internal/payments/charge.go:71  Charge | (*Service).Pay
coupling call  internal/billing.Service -> internal/catalogue.Service  2   internal/billing/service.go:96  (*Service).Issue | (*Service).Describe
coupling call  internal/catalogue.Service -> internal/search.Query     3   internal/catalogue/list.go:25   (*Service).handleList | search.Query
coupling call  internal/billing.Service -> internal/money.Amount       1   internal/billing/service.go:88  (*Service).Issue | (Amount).Add
coupling call  internal/web.Router -> internal/orders.Service          1   internal/web/router.go:48       Router | (*Service).handlePlace
coupling call  cmd/shop.main -> internal/web.Router                    1   cmd/shop/main.go:77             main | web.Router
coupling state internal/orders.Service -> internal/catalogue.cache     5   internal/orders/service.go:61   (*Service).List | cache
coupling type  internal/billing.Service -> internal/models.Invoice     4   internal/billing/service.go:44  (*Service).Get | models.Invoice
coupling type  internal/orders.Service -> internal/models.Order        4   internal/orders/service.go:30   (*Service).Get | models.Order
coupling type  internal/billing.Service -> internal/models.Order       2   internal/billing/store.go:110   (*Service).Issue | models.Order
coupling table internal/billing.Service -> table:orders                4   internal/billing/store.go:112   (*Service).Issue | SELECT … FROM orders
coupling table internal/discounts.Apply -> table:prices                3   internal/discounts/apply.go:33  Apply | SELECT amount FROM prices
coupling tx    internal/orders.Checkout -> internal/payments.Charge    9   internal/orders/checkout.go:88  (*Checkout).Place | orders, stock, payments

crossing tx    orders payments internal/orders.Checkout -> internal/payments.Charge    40 internal/orders/checkout.go:88  tx   | one transaction writes orders, stock, payments | saga, or keep orders and payments together | saga
crossing call  orders payments internal/orders.Checkout -> internal/payments.Charge    9.5 internal/orders/checkout.go:101 tx  | Charge is called inside the transaction | charge after commit, from an outbox | saga
crossing call  payments billing internal/payments.Charge -> internal/billing.Service   3  internal/payments/charge.go:71  -    | Pay becomes a remote call; callers test ErrPaid | keep the sentinel in the contract | remote
crossing call  orders billing internal/orders.Service -> internal/billing.Service      3  internal/orders/service.go:140  -    | Issue becomes a remote call | one call, as it is | remote
crossing table billing orders internal/billing.Service -> table:orders                 4  internal/billing/store.go:112   -    | billing reads table orders of orders | ask orders for it, or replicate the columns | replicate
crossing type  billing orders internal/billing.Service -> internal/models.Order        1  internal/billing/store.go:110   -    | models.Order crosses: 9 fields | a message in the contract | dto
crossing call  orders catalogue internal/cart.Total -> internal/catalogue.Service      8  internal/cart/total.go:41       loop | PriceOf is called in a loop over cart lines | batch it: PricesOf([]SKU) | batch
crossing state orders catalogue internal/orders.Service -> internal/catalogue.cache    5  internal/orders/service.go:61   -    | package variable cache is shared | ask catalogue for the value | owner
crossing table orders catalogue internal/discounts.Apply -> table:prices               3  internal/discounts/apply.go:33  -    | discounts reads table prices of catalogue | move internal/discounts to catalogue, or ask for it | replicate
crossing call  billing catalogue internal/billing.Service -> internal/catalogue.Service 2 internal/billing/service.go:96  -    | Describe becomes a remote call | one call, as it is | remote
`

// shop builds the fixture's model.
func shop(t testing.TB) *model.Model {
	t.Helper()
	b := &builder{t: t, m: &model.Model{
		Version: model.Version, Tool: "test", Seed: 1,
		Module: model.Module{Path: fixtureModule, GoVersion: "1.26"},
		Stats:  model.Stats{CallGraph: "vta (module only)"},
	}}
	for line := range strings.Lines(fixture) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		b.line(f[0], f[1:], line)
	}
	return b.finish()
}

type builder struct {
	t testing.TB
	m *model.Model
}

func (b *builder) line(kind string, f []string, line string) {
	switch kind {
	case "unit":
		b.unit(f)
	case "bare":
		b.pkg(f[0], atoi(b.t, f[1]), len(f) > 2)
	case "atom":
		b.atom(f)
	case "table":
		b.table(f)
	case "route":
		b.route(f)
	case "tx":
		b.tx(f)
	case "entry":
		b.entry(f)
	case "iface":
		b.m.Interfaces = append(b.m.Interfaces, model.Interface{Type: full(f[0]), Implementations: []string{full(f[1])}, CallerSide: f[3] == "caller", Evidence: b.at(f[2], "", "")})
	case "compare":
		b.compare(f)
	case "effect":
		b.effect(f)
	case "coupling":
		b.coupling(f, line)
	case "crossing":
		b.crossing(f, line)
	default:
		b.t.Fatalf("fixture: unknown line %q", line)
	}
}

func full(rel string) string {
	if strings.HasPrefix(rel, "table:") {
		return rel
	}
	return fixtureModule + "/" + rel
}

func (b *builder) pkg(rel string, lines int, broken bool) {
	path := full(rel)
	for i := range b.m.Packages {
		if b.m.Packages[i].Path == path {
			b.m.Packages[i].Lines += lines
			return
		}
	}
	b.m.Packages = append(b.m.Packages, model.Package{Path: path, Name: filepath.Base(rel), Dir: rel, Lines: lines, Broken: broken})
}

func (b *builder) unit(f []string) {
	rel, _, _ := strings.Cut(f[0], "#")
	lines := atoi(b.t, f[1])
	stability, err := strconv.ParseFloat(f[3], 64)
	if err != nil {
		b.t.Fatal(err)
	}
	b.pkg(rel, lines, false)
	b.m.Units = append(b.m.Units, model.Unit{ID: full(f[0]), Package: full(rel), Lines: lines, Service: f[2], Stability: stability, Reason: strings.Join(f[4:], " ")})
}

// atom puts the atom into the unit of its package and service.
func (b *builder) atom(f []string) {
	slash := strings.LastIndex(f[0], "/")
	pkg, name, _ := strings.Cut(f[0][slash+1:], ".")
	pkg = f[0][:slash+1] + pkg
	file, at, _ := strings.Cut(f[2], ":")
	a := model.Atom{ID: full(f[0]), Kind: model.AtomKind(f[1]), Package: full(pkg), Name: name, File: pkg + "/" + file,
		Line: atoi(b.t, at), Lines: atoi(b.t, f[3]), Service: f[4], Exported: name[0] >= 'A' && name[0] <= 'Z'}
	if len(f) > 5 {
		a.Methods = strings.Split(f[5], ",")
		slices.Sort(a.Methods)
	}
	for i, u := range b.m.Units {
		if u.Package == a.Package && u.Service == a.Service {
			a.Unit = u.ID
			if strings.Contains(u.ID, "#") {
				b.m.Units[i].Atoms = append(u.Atoms, a.ID)
			}
		}
	}
	if a.Unit == "" {
		b.t.Fatalf("fixture: no unit for %s", a.ID)
	}
	b.m.Atoms = append(b.m.Atoms, a)
}

func (b *builder) at(text, fn, detail string) model.Evidence {
	file, line, _ := strings.Cut(text, ":")
	return model.Evidence{File: file, Line: atoi(b.t, line), Column: 2, Confidence: model.Proved, Func: fn, Detail: detail}
}

func (b *builder) table(f []string) {
	table := model.Table{Name: f[0], Service: f[1], Columns: []string{"id"}, Defined: &model.Evidence{File: "migrations/0001_init.sql", Line: 4, Confidence: model.Proved}}
	for _, use := range f[2:] {
		atom, rest, _ := strings.Cut(use, "=")
		access, place, _ := strings.Cut(rest, "@")
		table.Accesses = append(table.Accesses, model.TableAccess{Atom: full(atom), Access: model.Access(access), Evidence: []model.Evidence{b.at(place, "", "")}})
	}
	b.m.Tables = append(b.m.Tables, table)
	b.m.Atoms = append(b.m.Atoms, model.Atom{ID: "table:" + f[0], Kind: model.KindTable, Name: f[0], Service: f[1]})
}

func cells(list string) []model.RouteTable {
	var out []model.RouteTable
	for _, c := range strings.Split(list, ",") {
		table, access, _ := strings.Cut(c, "=")
		out = append(out, model.RouteTable{Table: table, Access: model.Access(access)})
	}
	slices.SortFunc(out, func(a, b model.RouteTable) int { return strings.Compare(a.Table, b.Table) })
	return out
}

func (b *builder) route(f []string) {
	r := model.Route{Method: f[0], Pattern: f[1], Router: f[2], Handler: full(f[3]), Atom: full(f[3][:strings.LastIndex(f[3], ".")]),
		Registered: b.at(f[4], "Router", ""), Service: f[5], Tables: cells(f[6])}
	r.ReadOnly = !strings.Contains(f[6], "write")
	if f[1] == "/checkout" {
		r.Remote = &model.Remote{Calls: 10, Places: 4, InLoops: 2, Turns: 4, Steps: []model.RemoteStep{
			{Callee: full("internal/catalogue.Service.PriceOf"), FromService: "orders", ToService: "catalogue", Calls: 8, Places: 2, InLoops: 2, Evidence: b.at("internal/cart/total.go:41", "Total", ""), Loop: &model.Evidence{File: "internal/cart/total.go", Line: 39}},
			{Callee: full("internal/payments.Charge"), FromService: "orders", ToService: "payments", Calls: 1, Places: 1, Measured: true, Evidence: b.at("internal/orders/checkout.go:101", "", "")},
			{Callee: full("internal/billing.Service.Issue"), FromService: "orders", ToService: "billing", Calls: 1, Places: 1, Evidence: b.at("internal/orders/service.go:140", "", "")}}}
	}
	b.m.Routes = append(b.m.Routes, r)
	b.m.Atoms = append(b.m.Atoms, model.Atom{ID: r.RouteID(), Kind: model.KindRoute, Name: r.Method + " " + r.Pattern, Service: r.Service})
}

func (b *builder) tx(f []string) {
	tx := model.Transaction{Atom: full(f[0]), Func: f[1], Evidence: b.at(f[2], f[1], "BeginTx"), Tables: cells(f[3]), Services: strings.Split(f[5], ",")}
	for _, a := range strings.Split(f[4], ",") {
		tx.Atoms = append(tx.Atoms, full(a))
	}
	b.m.Transactions = append(b.m.Transactions, tx)
}

func (b *builder) entry(f []string) {
	p := model.EntryPoint{Kind: f[0], Name: f[1], Handler: full(f[2]), Atom: full(f[2]), Registrar: full("cmd/shop.main"), Registered: b.at(f[3], "main", ""), Service: f[4]}
	if strings.Count(f[2], ".") > 1 {
		p.Atom = p.Atom[:strings.LastIndex(p.Atom, ".")]
	}
	if f[5] != "-" {
		p.Tables = cells(f[5])
	}
	b.m.EntryPoints = append(b.m.EntryPoints, p)
}

func (b *builder) compare(f []string) {
	c := model.Comparison{Kind: model.ComparisonKind(f[0]), Atom: full(f[1]), Of: f[2], Evidence: b.at(f[4], f[5], "==")}
	if star, ok := strings.CutPrefix(f[2], "*"); ok {
		c.Of = "*" + full(star)
	} else if f[0] == "nil" {
		c.Of = full(f[2])
	}
	if f[3] != "-" {
		c.Field = f[3]
	}
	b.m.Comparisons = append(b.m.Comparisons, c)
}

// effect: kind, package, what runs, what is changed, name, place, where it happens.
func (b *builder) effect(f []string) {
	x := model.InitEffect{Kind: model.InitEffectKind(f[0]), Package: full(f[1]), Target: f[3], Evidence: b.at(f[5], "", "")}
	if f[2] != "-" {
		x.Atom = full(f[2])
	}
	if strings.HasPrefix(f[3], "internal/") {
		x.Target = full(f[3])
	}
	if f[4] != "-" {
		x.Name = strings.ReplaceAll(f[4], "_", " ")
	}
	if f[2] == "-" {
		x.Evidence.Confidence = model.Guessed
	}
	if f[6] != "-" {
		x.Evidence.Confidence, x.Via = model.Resolved, []model.Evidence{b.at(f[6], "", "")}
	}
	b.m.InitEffects = append(b.m.InitEffects, x)
}

func (b *builder) coupling(f []string, line string) {
	weight, err := strconv.ParseFloat(f[4], 64)
	if err != nil {
		b.t.Fatal(err)
	}
	_, detail, _ := strings.Cut(line, "|")
	b.m.Couplings = append(b.m.Couplings, model.Coupling{From: full(f[1]), To: full(f[3]), Kind: model.CouplingKind(f[0]), Weight: weight, Count: 1,
		Evidence: []model.Evidence{b.at(f[5], f[6], strings.TrimSpace(detail))}})
}

func (b *builder) crossing(f []string, line string) {
	price, err := strconv.ParseFloat(f[6], 64)
	if err != nil {
		b.t.Fatal(err)
	}
	text := strings.Split(strings.TrimSpace(line), "|")
	c := model.Crossing{ID: fmt.Sprintf("%s:%s>%s", f[0], f[3], f[5]), Kind: model.CouplingKind(f[0]), From: full(f[3]), To: full(f[5]), FromService: f[1], ToService: f[2],
		Price: price, Why: strings.TrimSpace(text[1]), Cure: strings.TrimSpace(text[2]), CureKind: strings.TrimSpace(text[3]), InLoop: f[8] == "loop", InTx: f[8] == "tx",
		Evidence: []model.Evidence{b.at(f[7], "", "")}}
	if c.InLoop {
		c.Loops = []model.Loop{{Cure: "batch", Loop: model.Evidence{File: "internal/cart/total.go", Line: 38}, Call: c.Evidence[0], Varies: []string{"sku"}}}
	}
	if c.Kind == model.CouplingTx {
		c.Steps = []model.CureStep{
			{Service: f[1], Do: "in orders.Checkout.Place, in one transaction: insert into orders, update stock as pending, and a message for payments into an outbox",
				Undo: "delete, or mark cancelled, the rows inserted into orders", Evidence: c.Evidence},
			{Service: f[2], Do: "once for the message's id, in one transaction: insert into payments; then answer orders",
				Undo: "delete, or mark cancelled, the rows inserted into payments", Evidence: []model.Evidence{b.at("internal/payments/charge.go:52", "", "")}},
			{Service: f[1], Do: "on the answer, take the mark of pending off orders; on a refusal, run the compensations backwards"}}
	}
	for _, service := range []string{f[1], f[2]} {
		i := slices.IndexFunc(b.m.Bills, func(o model.Bill) bool { return o.Service == service })
		if i < 0 {
			i = len(b.m.Bills)
			b.m.Bills = append(b.m.Bills, model.Bill{Service: service})
		}
		bill := &b.m.Bills[i]
		bill.Crossings = append(bill.Crossings, c)
		bill.Price += price
		if c.Kind == model.CouplingCall && service == f[1] {
			bill.Out++
		} else if c.Kind == model.CouplingCall {
			bill.In++
		}
	}
}

// finish fills in what follows from the rest, sorts, and checks the model.
func (b *builder) finish() *model.Model {
	m := b.m
	b.services()
	slices.SortFunc(m.Packages, func(a, b model.Package) int { return strings.Compare(a.Path, b.Path) })
	slices.SortFunc(m.Atoms, func(a, b model.Atom) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(m.Tables, func(a, b model.Table) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(m.Units, func(a, b model.Unit) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(m.Bills, func(a, b model.Bill) int { return strings.Compare(a.Service, b.Service) })
	for _, bill := range m.Bills {
		slices.SortStableFunc(bill.Crossings, func(a, b model.Crossing) int { return cmp.Compare(b.Price, a.Price) })
	}
	for _, p := range m.Packages {
		m.Stats.Packages++
		m.Stats.Lines += p.Lines
	}
	m.Candidates = []model.Candidate{{Services: 3, Price: 51, Score: 0.5, Stability: 0.9, Inside: 0.93}, {Services: 4, Price: 78.5, Score: 0.71, Stability: 0.94, Inside: 0.88}, {Services: 5, Price: 131, Score: 0.4, Stability: 0.72, Inside: 0.61}}
	m.Verdict = model.Verdict{Split: true, FirstCut: "billing", Order: []string{"billing", "catalogue", "payments", "orders"},
		Summary: "Split it, but slowly: 4 services stand out, 2 are cheap. Start with billing.",
		Reasons: []string{"billing owns its 2 tables alone and is called in 2 places", "orders and payments share a transaction: cut them last"}}
	m.Unresolved = []model.Problem{
		{Code: "sql", File: "internal/search/query.go", Line: 61, Message: "the SQL is built at run time: its tables are unknown", Cure: "write //ficus:table products r above the line"},
		{Code: "sql", File: "internal/legacy/report.go", Line: 12, Message: "the SQL is built at run time: its tables are unknown", Cure: "write //ficus:table orders r above the line"},
		{Code: "reflect", File: "internal/web/bind.go", Line: 30, Message: "reflection calls a method by name"},
	}
	m.Problems = []model.Problem{{Code: "type", File: "internal/legacy/report.go", Line: 3, Package: full("internal/legacy"), Message: "undefined: oldSchema"}}
	if err := m.Validate(); err != nil {
		b.t.Fatalf("fixture: %v", err)
	}
	return m
}

func (b *builder) services() {
	for _, name := range []string{"billing", "catalogue", "orders", "payments"} {
		s := model.Service{Name: name}
		sum := 0.0
		for _, u := range b.m.Units {
			if u.Service != name {
				continue
			}
			s.Units = append(s.Units, u.ID)
			if u.ID == u.Package {
				s.Packages = append(s.Packages, u.ID)
			}
			s.Lines += u.Lines
			sum += u.Stability * float64(u.Lines)
		}
		s.Stability = model.Round(sum / float64(s.Lines))
		for _, r := range b.m.Routes {
			if r.Service == name {
				s.Routes = append(s.Routes, r.RouteID())
			}
		}
		for _, table := range b.m.Tables {
			if table.Service == name {
				s.Tables = append(s.Tables, table.Name)
			}
		}
		slices.Sort(s.Units)
		b.m.Services = append(b.m.Services, s)
	}
}

func atoi(t testing.TB, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("fixture: %v", err)
	}
	return n
}

// golden compares with testdata/name, or rewrites it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; write it with -update", err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s differs; look, then -update\n%s", name, lineDiff(string(want), string(got)))
	}
}
