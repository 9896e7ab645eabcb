package report

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
)

func TestResolve(t *testing.T) {
	m := shop(t)
	for name, want := range map[string]Target{
		"billing":                                {Kind: TargetService, ID: "billing"},
		"@library":                               {Kind: TargetService, ID: "@library"},
		"internal/billing":                       {Kind: TargetPackage, ID: full("internal/billing")},
		"./internal/cart/":                       {Kind: TargetPackage, ID: full("internal/cart")},
		"example.com/shop/internal/billing":      {Kind: TargetPackage, ID: full("internal/billing")},
		"discounts":                              {Kind: TargetPackage, ID: full("internal/discounts")},
		"package:billing":                        {Kind: TargetPackage, ID: full("internal/billing")},
		"models#orders":                          {Kind: TargetUnit, ID: full("internal/models#orders")},
		"invoices":                               {Kind: TargetTable, ID: "table:invoices"},
		"table:orders":                           {Kind: TargetTable, ID: "table:orders"},
		"GET /invoices/{id}":                     {Kind: TargetRoute, ID: "route:GET /invoices/{id}"},
		"route:GET /invoices/{id}":               {Kind: TargetRoute, ID: "route:GET /invoices/{id}"},
		"/orders/7":                              {Kind: TargetRoute, ID: "route:GET /orders/{id}"},
		"POST /checkout":                         {Kind: TargetRoute, ID: "route:POST /checkout"},
		"orders.Service":                         {Kind: TargetSymbol, ID: full("internal/orders.Service")},
		"internal/orders.Service":                {Kind: TargetSymbol, ID: full("internal/orders.Service")},
		"orders.(*Checkout).Place":               {Kind: TargetSymbol, ID: full("internal/orders.Checkout"), Method: "Place"},
		"orders.Checkout.Place":                  {Kind: TargetSymbol, ID: full("internal/orders.Checkout"), Method: "Place"},
		"Checkout.Place":                         {Kind: TargetSymbol, ID: full("internal/orders.Checkout"), Method: "Place"},
		"Place":                                  {Kind: TargetSymbol, ID: full("internal/orders.Checkout"), Method: "Place"},
		"example.com/shop/internal/cart.Total":   {Kind: TargetSymbol, ID: full("internal/cart.Total")},
		"symbol:internal/billing.(*Service).Get": {Kind: TargetSymbol, ID: full("internal/billing.Service"), Method: "Get"},
	} {
		got, _, err := Resolve(m, name)
		if err != nil || got != want {
			t.Errorf("Resolve(%q) = %+v, %v; want %+v", name, got, err, want)
		}
	}
}

func TestResolveAlso(t *testing.T) {
	_, also, err := Resolve(shop(t), "orders")
	want := []Target{{Kind: TargetPackage, ID: full("internal/orders")}, {Kind: TargetUnit, ID: full("internal/models#orders")}, {Kind: TargetTable, ID: "table:orders"}}
	if err != nil || len(also) < 2 {
		t.Fatalf("also %v, %v; want %v", also, err, want)
	}
}

func TestResolveUnknown(t *testing.T) {
	m := shop(t)
	for name, want := range map[string]string{
		"biling":              `find name "biling": the model has none of that name; did you mean billing?`,
		"orders.Servise":      "did you mean orders.Service?",
		"GET /invoice/{id}":   "did you mean GET /invoices/{id}?",
		"table:biling":        "the model has none of that name",
		"Service":             "it means 5 things; say which:\n    ficus explain internal/billing.Service\n    ficus explain internal/cart.Service",
		"quite another thing": "the model has none of that name",
		"":                    "the model has none of that name",
	} {
		_, _, err := Resolve(m, name)
		if !errors.Is(err, ErrName) || !strings.Contains(err.Error(), want) {
			t.Errorf("Resolve(%q): %v; want %q", name, err, want)
		}
	}
}

func TestPatternMatches(t *testing.T) {
	for _, tt := range []struct {
		pattern, path string
		want          bool
	}{
		{"/orders/{id}", "/orders/7", true},
		{"/orders/{id}", "/orders/", false},
		{"/orders/{id}", "/orders/7/lines", false},
		{"/files/{path...}", "/files/a/b", true},
		{"/orders", "/orders", true},
		{"/orders/{id}/lines", "/orders/7/lines", true},
	} {
		if got := patternMatches(tt.pattern, tt.path); got != tt.want {
			t.Errorf("%s matches %s: %v", tt.pattern, tt.path, got)
		}
	}
}

const pinnedPlan = `version: 1
module: example.com/shop
pins:
  - in: {internal/discounts: orders}
    why: prices are decided at checkout
`

// TestExplainGolden holds the screens of every kind of thing against testdata.
func TestExplainGolden(t *testing.T) {
	m := shop(t)
	p, err := plan.Parse("conf/ficus.yaml", []byte(pinnedPlan))
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for _, name := range []string{"billing", "orders", "@library", "@root", "@unassigned", "internal/discounts", "internal/models", "internal/models#billing", "internal/fixtures", "internal/legacy",
		"table:orders", "POST /checkout", "orders.Checkout", "orders.(*Checkout).Place", "billing.(*Service).Pay", "billing.ErrPaid"} {
		e, err := Explain(m, p, name)
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString("$ ficus explain " + shellWord(name) + "\n")
		if err := ExplainText(&all, m, e, Options{}); err != nil {
			t.Fatal(err)
		}
		all.WriteString("\n")
	}
	golden(t, "shop.explain", all.Bytes())
}

func TestExplainPairGolden(t *testing.T) {
	m := shop(t)
	var all bytes.Buffer
	for _, pair := range [][2]string{{"orders", "payments"}, {"catalogue", "payments"}, {"internal/discounts", "internal/catalogue"}, {"cmd/shop", "orders.Service"}, {"POST /checkout", "table:payments"}, {"billing", "table:orders"}} {
		b, err := ExplainPair(m, pair[0], pair[1])
		if err != nil {
			t.Fatal(err)
		}
		all.WriteString("$ ficus explain " + shellWord(pair[0]) + " " + shellWord(pair[1]) + "\n")
		if err := BetweenText(&all, m, b, Options{}); err != nil {
			t.Fatal(err)
		}
		all.WriteString("\n")
	}
	golden(t, "shop.pairs", all.Bytes())
}

func TestUnresolvedGolden(t *testing.T) {
	var b bytes.Buffer
	if err := Unresolved(&b, shop(t), Options{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "shop.unresolved", b.Bytes())
	b.Reset()
	if err := Unresolved(&b, &model.Model{}, Options{}); err != nil || b.String() != "Everything was read and understood.\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
}

// TestExplainKeepsReasons: why a unit is where it is stands there whole, however narrow
// the screen.
func TestExplainKeepsReasons(t *testing.T) {
	m := shop(t)
	const why = "95 % of its ties are inside orders, the 4 units of which change together, and none is between theirs"
	for i := range m.Units {
		if m.Units[i].Service == "orders" {
			m.Units[i].Reason = why
		}
	}
	const others = 4 // units of the same reason
	e, err := Explain(m, nil, "orders")
	if err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{60, 80, 200} {
		var b bytes.Buffer
		if err := ExplainText(&b, m, e, Options{Width: width}); err != nil {
			t.Fatal(err)
		}
		text, _, _ := strings.Cut(b.String(), "\n\nOutbox")
		if words := strings.Join(strings.Fields(text), " "); width >= 200 && !strings.Contains(words, why) {
			t.Errorf("%d columns lose the reason: %s", width, text)
		}
		for _, word := range strings.Fields(why) {
			if !strings.Contains(text, word) {
				t.Errorf("%d columns: no %q in\n%s", width, word, text)
			}
		}
		if n := strings.Count(text, "as above"); n != others {
			t.Errorf("%d columns: %d of %d reasons refer to the one above:\n%s", width, n, others, text)
		}
		if strings.Contains(text, "…") {
			t.Errorf("%d columns cut a reason:\n%s", width, text)
		}
	}
}

// TestExplainWidth: no line of any explanation is too wide.
func TestExplainWidth(t *testing.T) {
	m := shop(t)
	var names []string
	for _, a := range m.Atoms {
		names = append(names, a.ID)
	}
	for _, p := range m.Packages {
		names = append(names, p.Path)
	}
	for _, width := range []int{30, 80, 140} {
		for _, name := range names {
			e, err := Explain(m, nil, name)
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := ExplainText(&b, m, e, Options{Width: width}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > width {
					t.Errorf("%s at width %d: %d: %q", name, width, n, line)
				}
			}
		}
	}
}

// TestExplainPairInside: a part is compared with the rest of what it is in.
func TestExplainPairInside(t *testing.T) {
	m := shop(t)
	b, err := ExplainPair(m, "orders", "internal/inventory")
	if err != nil {
		t.Fatal(err)
	}
	if b.Inside != "b" || len(b.AB)+len(b.BA) == 0 && len(b.PathAB)+len(b.PathBA) == 0 && len(b.Tables)+len(b.Transactions) == 0 {
		t.Errorf("got %+v", b)
	}
	for _, l := range append(b.AB, b.BA...) {
		if l.From == l.To {
			t.Errorf("got %+v", l)
		}
	}
	var text bytes.Buffer
	if err := BetweenText(&text, m, b, Options{}); err != nil || !strings.HasPrefix(text.String(), "internal/inventory is part of orders; with the rest of it:\n") {
		t.Errorf("%v: %s", err, text.String())
	}
}

func TestUnknownNamesSuggest(t *testing.T) {
	for name, want := range map[string]string{"GET /api/checkout": "did you mean POST /checkout", "zzzzzz": "ficus report --format atoms"} {
		if _, _, err := Resolve(shop(t), name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", name, err, want)
		}
	}
}
