package analyze

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/ficus-dev/ficus/analyze/cache"
	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
)

var update = flag.Bool("update", false, "rewrite the expectations inside testdata")

// unpack writes the files of an archive into a fresh folder.
func unpack(t *testing.T, path string) (dir string, ar *txtar.Archive) {
	t.Helper()
	ar, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir = t.TempDir()
	for _, f := range ar.Files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir, ar
}

// run analyses with the cache that tests share.
func run(t *testing.T, opt Options) *model.Model {
	t.Helper()
	opt.Cache = shared
	return runAnew(t, opt)
}

// runAnew analyses with no cache but that of opt.
func runAnew(t *testing.T, opt Options) *model.Model {
	t.Helper()
	m, err := Run(context.Background(), opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Validate(); err != nil {
		t.Errorf("the model breaks its own rules: %v", err)
	}
	return m
}

// places is who belongs to whom, one service a line.
func places(m *model.Model) string {
	by := map[string][]string{}
	for _, u := range m.Units {
		by[u.Service] = append(by[u.Service], m.Rel(u.ID))
	}
	var lines []string
	for s, units := range by {
		lines = append(lines, s+": "+strings.Join(units, " "))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n"
}

func TestRun(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			dir, ar := unpack(t, file)
			got := places(run(t, Options{Dir: dir, Seed: 1, Plan: planIn(t, dir)}))
			i := slices.IndexFunc(ar.Files, func(f txtar.File) bool { return f.Name == "want" })
			if *update {
				ar.Files[i].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := string(ar.Files[i].Data); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func planIn(t *testing.T, dir string) *plan.Plan {
	t.Helper()
	path := filepath.Join(dir, plan.FileName)
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	p, err := plan.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestMarket(t *testing.T) {
	t.Parallel()
	dir, _ := unpack(t, "testdata/market.txtar")
	m := run(t, Options{Dir: dir, Seed: 1})
	t.Run("tables have owners", func(t *testing.T) {
		for table, want := range map[string]string{"orders": "orders", "payments": "orders", "products": "catalogue", "votes": "reviews"} {
			if got, ok := m.Table(table); !ok || got.Service != want {
				t.Errorf("table %s belongs to %+v, want %s", table, got, want)
			}
		}
	})
	t.Run("routes go with their handlers", func(t *testing.T) {
		i := slices.IndexFunc(m.Routes, func(r model.Route) bool { return r.RouteID() == "route:POST /orders" })
		if i < 0 {
			t.Fatalf("no such route among %v", m.Routes)
		}
		r := m.Routes[i]
		if r.Service != "orders" || r.ReadOnly || !slices.Contains(r.Tables, model.RouteTable{Table: "payments", Access: model.Write}) {
			t.Errorf("got %+v", r)
		}
		i = slices.IndexFunc(m.Routes, func(r model.Route) bool { return r.RouteID() == "route:GET /catalogue/{id}" })
		if r := m.Routes[i]; !r.ReadOnly || !slices.Equal(r.Tables, []model.RouteTable{{Table: "products", Access: model.Read}}) {
			t.Errorf("got %+v", r)
		}
	})
	t.Run("the transaction is listed", func(t *testing.T) {
		if len(m.Transactions) != 1 || !slices.Equal(m.Transactions[0].Services, []string{"orders"}) || len(m.Transactions[0].Tables) != 3 {
			t.Errorf("got %+v", m.Transactions)
		}
	})
	t.Run("calls in loops are seen", func(t *testing.T) {
		bill, _ := m.Bill("catalogue")
		if !slices.ContainsFunc(bill.Crossings, func(c model.Crossing) bool { return c.InLoop && c.FromService == "orders" }) {
			t.Errorf("got %+v", bill.Crossings)
		}
	})
	t.Run("verdict", func(t *testing.T) {
		if m.Verdict.Summary == "" || len(m.Candidates) == 0 {
			t.Errorf("got %+v", m.Verdict)
		}
	})
}

// TestEqualInputGivesEqualBytes asks for the packages in other orders, with one
// processor and two.
func TestEqualInputGivesEqualBytes(t *testing.T) {
	dir, _ := unpack(t, "testdata/market.txtar")
	var patterns []string
	for _, pkg := range runAnew(t, Options{Dir: dir, Seed: 1}).Packages {
		patterns = append(patterns, "./"+pkg.Dir)
	}
	first := encode(t, runAnew(t, Options{Dir: dir, Seed: 1, Patterns: patterns}))
	if bytes.Contains(first, []byte(dir)) {
		t.Error("the model names a folder of this machine")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for i, procs := range []int{1, 2} {
		runtime.GOMAXPROCS(procs)
		rand.New(rand.NewPCG(uint64(i), 0)).Shuffle(len(patterns), func(i, j int) { patterns[i], patterns[j] = patterns[j], patterns[i] })
		if again := encode(t, runAnew(t, Options{Dir: dir, Seed: 1, Patterns: patterns})); !bytes.Equal(first, again) {
			t.Errorf("%d processors, packages %v: another model", procs, patterns)
		}
	}
}

func encode(t *testing.T, m *model.Model) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := m.Write(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestPinsOfThePlan(t *testing.T) {
	t.Parallel()
	dir, _ := unpack(t, "testdata/market.txtar")
	parse := func(text string) *plan.Plan {
		p, err := plan.Parse("ficus.yaml", []byte("version: 1\nmodule: example.com/market\n"+text))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	t.Run("kept", func(t *testing.T) {
		m := run(t, Options{Dir: dir, Seed: 1, Plan: parse(`
services:
  shopfront:
    owns: [internal/catalogue, table:votes]
pins:
  - in: {internal/orders.Order: shopfront}
  - together: [internal/billing, internal/reviews]
  - library: [internal/customers]
  - root: [internal/web]
`)})
		for unit, want := range map[string]string{"example.com/market/internal/catalogue": "shopfront", "example.com/market/internal/orders#shopfront": "shopfront",
			"example.com/market/internal/customers": model.Library, "example.com/market/internal/web": model.Root} {
			if u, ok := m.Unit(unit); !ok || u.Service != want || !u.Pinned {
				t.Errorf("%s: got %+v, want it pinned to %s\n%s", unit, u, want, places(m))
			}
		}
		if v, _ := m.Table("votes"); v.Service != "shopfront" {
			t.Errorf("table votes belongs to %s", v.Service)
		}
		a, _ := m.Unit("example.com/market/internal/billing")
		b, _ := m.Unit("example.com/market/internal/reviews")
		if a.Service != b.Service {
			t.Errorf("billing in %s, reviews in %s", a.Service, b.Service)
		}
	})
	t.Run("naming nothing", func(t *testing.T) {
		_, err := Run(context.Background(), Options{Dir: dir, Cache: shared, Plan: parse("pins:\n  - library: [internal/clokc]\n")})
		var problems plan.Problems
		if !errors.As(err, &problems) || !strings.Contains(err.Error(), "internal/clock") {
			t.Errorf("got %v, want a suggestion", err)
		}
	})
	t.Run("contradicting in effect", func(t *testing.T) {
		_, err := Run(context.Background(), Options{Dir: dir, Cache: shared, Plan: parse(`
pins:
  - together: [internal/billing, internal/orders]
  - apart: [internal/billing/..., internal/orders/...]
`)})
		if err == nil || !strings.Contains(err.Error(), "ficus.yaml:5:") || !strings.Contains(err.Error(), "ficus.yaml:6:") {
			t.Errorf("got %v, want both pins named", err)
		}
	})
}

func TestBlindAnalysisDiffersInNothingThatStructureTells(t *testing.T) {
	dir, _ := unpack(t, "testdata/market.txtar")
	blind := run(t, Options{Dir: dir, Seed: 1, Blind: true})
	for _, u := range blind.Units {
		if len(u.Terms) > 0 {
			t.Errorf("%s speaks of %v, though names are withheld", u.ID, u.Terms)
		}
	}
	if got, want := places(blind), places(run(t, Options{Dir: dir, Seed: 1})); got != want {
		t.Errorf("blind\n%s\nwith names\n%s", got, want)
	}
}

func TestCancel(t *testing.T) {
	dir, _ := unpack(t, "testdata/market.txtar")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, Options{Dir: dir}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestCancelWhileProposing ends the context when a step that follows the facts is
// told: none goes on to the end.
func TestCancelWhileProposing(t *testing.T) {
	dir, _ := unpack(t, "testdata/market.txtar")
	opt := Options{Dir: dir, Cache: cache.New(t.TempDir(), cache.Options{})}
	var steps []string
	for range 2 { // the facts of the first are those of all others
		steps = nil
		opt.Progress = func(s string) { steps = append(steps, s) }
		run(t, opt)
	}
	first := slices.Index(steps, "boundaries")
	if first < 0 || !slices.Contains(steps, "bills") {
		t.Fatalf("steps %q: want those of boundaries and bills", steps)
	}
	for _, at := range steps[first:] {
		ctx, cancel := context.WithCancel(context.Background())
		var last string
		opt.Progress = func(s string) {
			if last = s; s == at {
				cancel()
			}
		}
		_, err := Run(ctx, opt)
		if cancel(); !errors.Is(err, context.Canceled) {
			t.Errorf("stopped at %q: got %v, the last step %q", at, err, last)
		}
	}
}

// TestShop holds the proposal for the sample against what its authors list as its
// knots: who is free, who is tied, and which cut is the easiest.
func TestShop(t *testing.T) {
	if testing.Short() {
		t.Skip("loads the sample and its dependencies")
	}
	t.Parallel()
	dir := filepath.Join("..", "samples", "shop")
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		t.Skip("no sample")
	}
	m := run(t, Options{Dir: dir, Seed: 1})
	service := func(rel string) string {
		u, ok := m.Unit("example.com/shop/internal/" + rel)
		if !ok {
			t.Fatalf("no unit %s in\n%s", rel, places(m))
		}
		return u.Service
	}
	if a, b, c := service("orders"), service("inventory"), service("payments"); a != b || b != c {
		t.Errorf("one transaction writes for all of them, but they are in %s, %s, %s", a, b, c)
	}
	seen := map[string]string{}
	for _, domain := range []string{"billing", "cart", "catalogue", "customers", "events", "orders", "recommendations", "webhooks"} {
		s := service(domain)
		if !model.IsService(s) || seen[s] != "" {
			t.Errorf("%s is in %s, with %s", domain, s, seen[s])
		}
		seen[s] = domain
	}
	for _, kernel := range []string{"models", "clock", "web", "storage", "pagination"} {
		if s := service(kernel); s != model.Library {
			t.Errorf("%s is in %s", kernel, s)
		}
	}
	if s := service("app"); s != model.Root {
		t.Errorf("app is in %s", s)
	}
	if m.Verdict.FirstCut != "catalogue" || m.Verdict.Order[len(m.Verdict.Order)-1] != "orders" {
		t.Errorf("first %s, order %v", m.Verdict.FirstCut, m.Verdict.Order)
	}
	t.Run("entry points", func(t *testing.T) { shopEntryPoints(t, m) })
	t.Run("what copies do not keep", func(t *testing.T) { shopComparisons(t, m) })
	t.Run("seams", func(t *testing.T) { shopSeams(t, m) })
	t.Run("terms", func(t *testing.T) {
		for name, word := range map[string]string{"catalogue": "product", "billing": "invoice", "webhooks": "partner", "events": "notification"} {
			if s, ok := m.Service(name); !ok || !slices.Contains(s.Terms, word) {
				t.Errorf("%s speaks of %v, not of %s", name, s.Terms, word)
			}
		}
	})
	t.Run("added latency", func(t *testing.T) {
		i := slices.IndexFunc(m.Routes, func(r model.Route) bool { return r.RouteID() == "route:POST /orders" })
		if r := m.Routes[i].Remote; r == nil || r.Steps[0].Calls != 4 || r.Calls < 20 {
			t.Errorf("placing an order asks the catalogue for each line (K16): got %+v", r)
		}
	})
}

// K34: two background jobs, with the tables that they touch.
func shopEntryPoints(t *testing.T, m *model.Model) {
	got := map[string]string{}
	for _, p := range m.EntryPoints {
		tables := ""
		for _, table := range p.Tables {
			tables += " " + string(table.Access) + " " + table.Table
		}
		got[p.Kind+" "+m.Rel(p.Handler)] = p.Service + ":" + tables
	}
	want := map[string]string{
		"job internal/inventory.Service.Run": "orders: read+write stock_reservations write stock_levels",
		"job internal/webhooks.Service.Run":  "webhooks: read partners read+write webhook_deliveries read webhook_endpoints write notifications",
		"main cmd/shop.main":                 "@root:",
	}
	for what, tables := range want {
		if got[what] != tables {
			t.Errorf("%s: got %q, want %q", what, got[what], tables)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %v", got)
	}
}

// K29 and K30, of code that runs.
func shopComparisons(t *testing.T, m *model.Model) {
	var got []string
	for _, c := range m.Comparisons {
		got = append(got, strings.TrimSuffix(string(c.Kind)+" "+m.Rel(c.Of)+"."+c.Field, "."))
	}
	want := []string{"nil internal/catalogue.ProductUpdate.Attributes", "nil internal/catalogue.ProductUpdate.Tags", "nil internal/payments.Service.ForOrder",
		"nil internal/recommendations.Service.ForCustomer", "nil internal/recommendations.Service.Popular", "nil internal/recommendations.Service.Related",
		"time time.Time", "time time.Time"}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// K25: the small interfaces of callers are named where their calls cross.
func shopSeams(t *testing.T, m *model.Model) {
	got := map[string]bool{}
	for _, b := range m.Bills {
		for _, c := range b.Crossings {
			if c.Through != "" {
				got[m.Rel(c.Through)] = true
			}
		}
	}
	for _, want := range []string{"internal/cart.CustomerLookup", "internal/inventory.ProductLookup", "internal/orders.InvoiceExporter", "internal/orders.ProductChecker"} {
		if !got[want] {
			t.Errorf("no crossing through %s", want)
		}
	}
	if len(got) != 4 {
		t.Errorf("got %v", got)
	}
}

// TestAlternativesDiffer: of each number of services there is one at most, none is
// skipped below the largest, no two put the same things together, and all but the
// proposal cost what their own boundaries cost.
func TestAlternativesDiffer(t *testing.T) {
	m := shop(t)
	seen := map[string]int{}
	for i, c := range m.Candidates {
		if i > 0 && c.Services != m.Candidates[i-1].Services+1 && c.Services <= 9 {
			t.Errorf("%d services come after %d", c.Services, m.Candidates[i-1].Services)
		}
		groups := map[string]bool{}
		var units []string
		for u, home := range c.Units {
			if model.IsService(home) {
				groups[home] = true
			}
			units = append(units, u+" "+home)
		}
		slices.Sort(units)
		if len(groups) != c.Services {
			t.Errorf("%d services are named %d", c.Services, len(groups))
		}
		if k := strings.Join(units, ","); seen[k] > 0 {
			t.Errorf("those of %d and of %d services are the same", seen[k], c.Services)
		} else {
			seen[k] = c.Services
		}
		if c.Inside <= 0 || c.Inside > 1 || c.Price <= 0 {
			t.Errorf("%d services: inside %v, price %v", c.Services, c.Inside, c.Price)
		}
	}
	if len(m.Candidates) < 7 || m.Candidates[0].Services != 2 {
		t.Errorf("%d alternatives from %d services", len(m.Candidates), m.Candidates[0].Services)
	}
}
