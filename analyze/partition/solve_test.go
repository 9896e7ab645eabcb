package partition

import (
	"context"
	"errors"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

// shopText is a monolith as most begin: one root, domains that know each other,
// a kernel that all use.
const shopText = `
	cmd/shop 60 main: app config
	cmd/migrate 40 main: clock
	app 150: catalogue customers orders billing reviews clock money web config
	config 60:
	catalogue 900: clock money web products! prices! categories! /products /categories
	customers 500: clock web customers! addresses! /customers
	orders 800: catalogue customers clock money web orders! order_lines! /orders /checkout
	billing 600: orders clock money web invoices! invoice_lines! /invoices
	reviews 400: catalogue customers clock web reviews! /reviews
	clock 40:
	money 120:
	web 300:
	shoptest 100: app clock
`

func TestDomainsApartKernelOut(t *testing.T) {
	for _, blind := range []bool{false, true} {
		got := places(solve(t, parse(t, shopText), Options{Seed: 1, Blind: blind}))
		want := dedent(`
			@library: clock money web
			@root: app cmd/shop config
			@unassigned: cmd/migrate shoptest
			billing: billing
			catalogue: catalogue
			customers: customers
			orders: orders
			reviews: reviews`)
		if got != want {
			t.Errorf("blind %v: got\n%s\nwant\n%s", blind, got, want)
		}
	}
}

func TestEveryUnitHasAReasonAndAStability(t *testing.T) {
	r := solve(t, parse(t, shopText), Options{Seed: 1})
	for _, u := range r.Units {
		if u.Reason == "" || u.Stability <= 0 || u.Stability > 1 {
			t.Errorf("%s: reason %q, stability %v", u.ID, u.Reason, u.Stability)
		}
	}
}

// Services of several layers each, the mains tell them apart; shared is used by all.
func TestLayersOfOneDomainStayTogether(t *testing.T) {
	g := parse(t, `
		cmd/all 80 main: a/mod b/mod c/mod d/mod log
		a/mod 60: a/http a/app a/store log
		a/http 200: a/app log
		a/app 300: a/domain log
		a/domain 300:
		a/store 200: a/domain as!
		b/mod 60: b/http b/app b/store log
		b/http 200: b/app log
		b/app 300: b/domain log
		b/domain 300:
		b/store 200: b/domain bs!
		c/mod 60: c/http c/app c/store log
		c/http 200: c/app log
		c/app 300: c/domain b/domain log
		c/domain 300:
		c/store 200: c/domain cs!
		d/mod 60: d/http d/app d/store log
		d/http 200: d/app log
		d/app 300: d/domain log
		d/domain 300:
		d/store 200: d/domain ds!
		log 90:
	`)
	r := solve(t, g, Options{Seed: 1, Blind: true})
	for _, s := range []string{"a", "b", "c", "d"} {
		want := placeOf(t, r, s+"/domain")
		if !model.IsService(want) {
			t.Fatalf("%s/domain is %s:\n%s", s, want, places(r))
		}
		for _, layer := range []string{"/mod", "/http", "/app", "/store"} {
			if got := placeOf(t, r, s+layer); got != want {
				t.Errorf("%s%s is in %s, %s/domain in %s", s, layer, got, s, want)
			}
		}
	}
	if len(r.Services) != 4 || placeOf(t, r, "log") != model.Library {
		t.Errorf("got\n%s", places(r))
	}
}

// layeredText is one package a layer, three domains through them.
var layeredText = layered("flights", "bookings", "customers")

func layered(domains ...string) string {
	var b strings.Builder
	b.WriteString("cmd/app 50 main: routes\nroutes 60:")
	for _, d := range domains {
		b.WriteString(" handlers." + d)
	}
	b.WriteString("\n")
	for _, d := range domains {
		b.WriteString("handlers." + d + " 200: services." + d + " handlers." + d + "Request handlers." + d + "Response /" + d + " /" + d + "/all\n" +
			"handlers." + d + "Request 40: models." + d + "\n" +
			"handlers." + d + "Response 40: models." + d + "\n" +
			"services." + d + " 250: repositories." + d + " models." + d + " services." + d + "Rules\n" +
			"services." + d + "Rules 90: models." + d + "\n" +
			"services." + d + "Price 60: services." + d + "Rules models." + d + "\n" +
			"repositories." + d + " 250: models." + d + " repositories." + d + "Row " + d + "!\n" +
			"repositories." + d + "Query 80: repositories." + d + " " + d + "?\n" +
			"repositories." + d + "Row 40: models." + d + "\n" +
			"models." + d + " 80:\n")
	}
	return b.String()
}

func TestLayersComeApartByDomain(t *testing.T) {
	g := parse(t, layeredText)
	r := solve(t, g, Options{Seed: 1, Blind: true})
	for _, d := range []string{"flights", "bookings", "customers"} {
		service := ""
		for _, layer := range []string{"handlers.", "services.", "repositories."} {
			a := atoms(t, g, layer+d)[0]
			got := r.Units[r.UnitOf[a]].Service
			if !model.IsService(got) || service != "" && got != service {
				t.Errorf("%s%s is in %s, the rest of it in %s", layer, d, got, service)
			}
			service = got
		}
	}
	if len(r.Services) != 3 {
		t.Errorf("got\n%s", places(r))
	}
	for _, u := range r.Units {
		if u.Part && !strings.Contains(u.ID, "#") || !u.Part && strings.Contains(u.ID, "#") {
			t.Errorf("unit %s: part %v", u.ID, u.Part)
		}
	}
}

// One transaction through all domains of a layered system binds none of them: it
// was weighed when their declarations were clustered, and would leave one service.
func TestTransactionsDoNotBindLayers(t *testing.T) {
	text := layered("flights", "bookings", "customers", "payments") +
		"services.Pay 40: services.payments tx:repositories.flights tx:repositories.bookings tx:repositories.customers\n"
	g := parse(t, text)
	r := solve(t, g, Options{Seed: 1, Blind: true})
	seen := map[string]string{}
	for _, d := range []string{"flights", "bookings", "customers", "payments"} {
		service := r.Units[r.UnitOf[atoms(t, g, "repositories."+d)[0]]].Service
		if other := seen[service]; other != "" || !model.IsService(service) {
			t.Errorf("%s is in %s with %s:\n%s", d, service, other, places(r))
		}
		seen[service] = d
	}
}

// Pins alone put apart what uses each other in a circle. Parts that use each other
// without one come as several packages.
func TestPartsThatUseEachOtherSaySo(t *testing.T) {
	for _, c := range []struct{ ties, want string }{
		{"b.Two 300:", ""},
		{"b.Two 300: b.One", "declarations of it and of the parts in two use each other in a circle: turn one way round before it moves"},
		{"b.Two 300:\nb.Three 300: b.One", "uses the parts in two and is used by them: moves as 1 package,"},
	} {
		g := parse(t, "m 20 main: a c\na 300: b.One\nc 300: b.Two\nb.One 300: b.Two\n"+c.ties)
		pins := Pins{Places: []Place{{atoms(t, g, "b.One"), "one", "p"}, {atoms(t, g, "b.Two"), "two", "q"}}}
		if n, ok := g.Atom("b.Three"); ok {
			pins.Places[1].Atoms = append(pins.Places[1].Atoms, n)
		}
		r := solve(t, g, Options{Seed: 1, Pins: pins})
		for _, u := range r.Units {
			_, note, _ := strings.Cut(u.Reason, "; ")
			if u.ID == "b#one" && !(c.want == "" && note == "" || c.want != "" && strings.HasPrefix(note, c.want)) {
				t.Errorf("%s: %q, want %q\n%s", c.ties, note, c.want, places(r))
			}
		}
	}
}

func TestTransactionsBind(t *testing.T) {
	text := strings.Replace(shopText, "orders! order_lines!", "orders! order_lines! tx:billing", 1)
	r := solve(t, parse(t, text), Options{Seed: 1})
	if o, b := placeOf(t, r, "orders"), placeOf(t, r, "billing"); o != b {
		t.Errorf("orders in %s, billing in %s", o, b)
	}
	if placeOf(t, r, "catalogue") == placeOf(t, r, "orders") {
		t.Error("the transaction swallowed catalogue")
	}
}

func TestTransactionOverAllDoesNotBind(t *testing.T) {
	text := strings.Replace(shopText, "orders! order_lines!", "orders! order_lines! tx:billing tx:catalogue tx:customers tx:reviews", 1)
	r := solve(t, parse(t, text), Options{Seed: 1})
	if len(r.Services) < 4 {
		t.Errorf("one transaction over everything left only\n%s", places(r))
	}
}

// A package that keeps everybody's tables and came not apart is no service.
func TestDataLayerIsNoService(t *testing.T) {
	g := parse(t, `
		cmd/x 40 main: web feeds users mail store
		web 200:
		feeds 600: store web /feeds /feeds/all
		users 600: store web /users /login
		mail 600: store web /mail
		search 600: store web feeds /search
		store 900: feeds! entries! users! mails! icons!
	`)
	if got := placeOf(t, solve(t, g, Options{Seed: 1}), "store"); got != model.Library {
		t.Errorf("the data layer is %s", got)
	}
}

func TestPins(t *testing.T) {
	g := parse(t, shopText)
	group := func(where string, names ...string) Group {
		var m [][]int32
		for _, n := range names {
			m = append(m, atoms(t, g, n))
		}
		return Group{Members: m, Where: where}
	}
	place := func(home string, names ...string) Place {
		return Place{Atoms: atoms(t, g, names...), Home: home, Where: "pin " + home}
	}
	tests := []struct {
		name string
		pins Pins
		want map[string]string
	}{
		{"in", Pins{Places: []Place{place("shopfront", "catalogue", "reviews")}}, map[string]string{"catalogue": "shopfront", "reviews": "shopfront"}},
		{"in, against all ties", Pins{Places: []Place{place("odd", "clock")}}, map[string]string{"clock": "odd"}},
		{"library", Pins{Places: []Place{place(model.Library, "customers")}}, map[string]string{"customers": model.Library}},
		{"root", Pins{Places: []Place{place(model.Root, "web")}}, map[string]string{"web": model.Root}},
		{"a main into a service", Pins{Places: []Place{place("ops", "cmd/migrate")}}, map[string]string{"cmd/migrate": "ops"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := solve(t, g, Options{Seed: 1, Pins: tt.pins})
			for unit, want := range tt.want {
				if got := placeOf(t, r, unit); got != want {
					t.Errorf("%s is in %s, want %s", unit, got, want)
				}
			}
			for _, u := range r.Units {
				if _, pinned := tt.want[u.ID]; pinned != u.Pinned {
					t.Errorf("%s: pinned %v", u.ID, u.Pinned)
				}
			}
		})
	}
	t.Run("together", func(t *testing.T) {
		r := solve(t, g, Options{Seed: 1, Pins: Pins{Together: []Group{group("t", "billing", "reviews", "catalogue")}}})
		if a, b, c := placeOf(t, r, "billing"), placeOf(t, r, "reviews"), placeOf(t, r, "catalogue"); a != b || b != c {
			t.Errorf("in %s, %s, %s", a, b, c)
		}
	})
	t.Run("apart", func(t *testing.T) {
		tied := parse(t, strings.Replace(shopText, "orders! order_lines!", "orders! order_lines! tx:billing", 1))
		apart := Group{Where: "a", Members: [][]int32{atoms(t, tied, "orders"), atoms(t, tied, "billing")}}
		r := solve(t, tied, Options{Seed: 1, Pins: Pins{Apart: []Group{apart}}})
		if a, b := placeOf(t, r, "orders"), placeOf(t, r, "billing"); a == b {
			t.Errorf("both in %s", a)
		}
	})
}

func TestPinsThatContradict(t *testing.T) {
	g := parse(t, shopText)
	a, b := atoms(t, g, "orders"), atoms(t, g, "billing")
	tests := []struct {
		name string
		pins Pins
		want []string
	}{
		{"two places", Pins{Places: []Place{{a, "x", "ficus.yaml:3:5"}, {a, "y", "ficus.yaml:7:5"}}}, []string{"ficus.yaml:3:5", "ficus.yaml:7:5", "x", "y"}},
		{"together in two places", Pins{Places: []Place{{a, "x", "ficus.yaml:3:5"}, {b, "y", "ficus.yaml:7:5"}},
			Together: []Group{{[][]int32{a, b}, "ficus.yaml:9:5"}}}, []string{"ficus.yaml:9:5", "ficus.yaml:7:5", "ficus.yaml:3:5"}},
		{"apart and together", Pins{Together: []Group{{[][]int32{a, b}, "ficus.yaml:3:5"}}, Apart: []Group{{[][]int32{a, b}, "ficus.yaml:9:5"}}},
			[]string{"ficus.yaml:9:5", "ficus.yaml:3:5"}},
		{"apart in one service", Pins{Places: []Place{{a, "x", "ficus.yaml:3:5"}, {b, "x", "ficus.yaml:7:5"}},
			Apart: []Group{{[][]int32{a, b}, "ficus.yaml:9:5"}}}, []string{"ficus.yaml:9:5", "ficus.yaml:3:5", "ficus.yaml:7:5", "x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Solve(context.Background(), g, Options{Seed: 1, Pins: tt.pins})
			if !errors.Is(err, ErrPins) {
				t.Fatalf("got %v", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not name %s", err, want)
				}
			}
		})
	}
}

func TestEqualInputGivesEqualResult(t *testing.T) {
	for name, text := range map[string]string{"shop": shopText, "layered": layeredText} {
		first := solve(t, parse(t, text), Options{Seed: 7})
		procs := runtime.GOMAXPROCS(1)
		second := solve(t, parse(t, text), Options{Seed: 7})
		runtime.GOMAXPROCS(procs)
		if !reflect.DeepEqual(first, second) {
			t.Errorf("%s: got\n%s\nand\n%s", name, places(first), places(second))
		}
	}
}

func TestSeedsAgreeOnWhatIsClear(t *testing.T) {
	g := parse(t, shopText)
	want := places(solve(t, g, Options{Seed: 1}))
	for seed := uint64(2); seed < 8; seed++ {
		if got := places(solve(t, g, Options{Seed: seed})); got != want {
			t.Errorf("seed %d: got\n%s\nwant\n%s", seed, got, want)
		}
	}
}

func TestCandidatesDiffer(t *testing.T) {
	r := solve(t, parse(t, shopText), Options{Seed: 1})
	chosen, last := false, 0
	for _, c := range r.Candidates {
		if c.Services <= last {
			t.Errorf("candidates with %d and %d services", last, c.Services)
		}
		last = c.Services
		chosen = chosen || c.Services == len(r.Services)
		seen := map[string]bool{}
		for _, s := range c.Service {
			if model.IsService(s) {
				seen[s] = true
			}
		}
		if len(seen) != c.Services {
			t.Errorf("candidate of %d services has %d", c.Services, len(seen))
		}
	}
	if !chosen {
		t.Error("the chosen partition is not among the candidates")
	}
}

func TestTinyAndStrangeModules(t *testing.T) {
	for name, text := range map[string]string{
		"one package":       "x 10:",
		"one main":          "x 10 main:",
		"nothing declared":  "",
		"library of two":    "a 100: b\nb 100:",
		"only dead beside":  "m 10 main: a\na 300:\ndead 20:",
		"tables of nobody":  "m 10 main: a\na 300: x? y?",
		"many small ones":   "m 10 main: a b c d e f\na 5:\nb 5:\nc 5:\nd 5:\ne 5:\nf 5:",
		"a package on top":  "top 900: a b c\na 300:\nb 300:\nc 300:",
		"mains of one each": "m1 20 main: a\nm2 20 main: b\nm3 20 main: c\na 400: k\nb 400: k\nc 400: k\nk 50:",
	} {
		t.Run(name, func(t *testing.T) {
			r := solve(t, parse(t, text), Options{Seed: 1})
			for _, u := range r.Units {
				if u.Service == "" {
					t.Errorf("unit %s has no place", u.ID)
				}
			}
		})
	}
}

func TestCancelStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Solve(ctx, parse(t, shopText), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// What only billing uses is pinned elsewhere: billing stays where it is.
func TestPinOfAnInsideMovesItAlone(t *testing.T) {
	g := parse(t, `
		cmd/app 60 main: billing orders
		tax 90: tax_rates!
		billing 300: tax invoices! /invoices
		orders 300: billing orders! /orders
	`)
	tax, _ := g.Package("tax")
	pins := Pins{Places: []Place{{Atoms: g.Packages[tax].Atoms, Home: "orders", Where: "ficus.yaml:1:1 (in tax)"}}}
	r := solve(t, g, Options{Seed: 1, Pins: pins})
	if got := placeOf(t, r, "tax"); got != "orders" {
		t.Errorf("tax is in %s", got)
	}
	if placeOf(t, r, "billing") == "orders" {
		t.Errorf("billing follows tax:\n%s", places(r))
	}
}
