package report

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ficus-dev/ficus/analyze/model"
)

// moved is the fixture with discounts in catalogue: one crossing less, one more.
func moved(t *testing.T) *model.Model {
	m := shop(t)
	for i := range m.Units {
		if m.Units[i].ID == full("internal/discounts") {
			m.Units[i].Service = "catalogue"
		}
	}
	for i := range m.Tables {
		if m.Tables[i].Name == "carts" {
			m.Tables[i].Service = "catalogue"
		}
	}
	m.Routes[0].Service = "catalogue"
	call := model.Crossing{ID: "new", Kind: model.CouplingCall, From: full("internal/cart.Total"), To: full("internal/discounts.Apply"), FromService: "orders", ToService: "catalogue",
		Price: 2, Why: "discounts.Apply becomes a remote call", Cure: "one call", Evidence: []model.Evidence{{File: "internal/cart/total.go", Line: 66}}}
	for i := range m.Bills {
		b := &m.Bills[i]
		if b.Service != "orders" && b.Service != "catalogue" {
			continue
		}
		b.Crossings = slices.DeleteFunc(b.Crossings, func(c model.Crossing) bool { return c.ID == "table:internal/discounts.Apply>table:prices" })
		b.Crossings = append(b.Crossings, call)
		b.Price -= 3 - call.Price
	}
	m.Bills = slices.DeleteFunc(m.Bills, func(b model.Bill) bool { return b.Service == "payments" })
	return m
}

func TestDiff(t *testing.T) {
	before, after := shop(t), moved(t)
	d := Diff(before, after)
	if d.PriceBefore != 78.5 || d.PriceAfter != 77.5 {
		t.Errorf("prices %v → %v, want 78.5 → 77.5", d.PriceBefore, d.PriceAfter)
	}
	if len(d.Services) != 3 || d.Services[0].Service != "catalogue" || len(d.Services[0].Added) != 1 || len(d.Services[0].Removed) != 1 {
		t.Errorf("services changed: %+v", d.Services)
	}
	var b bytes.Buffer
	if err := DiffText(&b, before, after, d, Options{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "shop.diff", b.Bytes())
}

// TestDiffPriced: a bill that changes without a crossing that comes or goes says which
// one costs something else.
func TestDiffPriced(t *testing.T) {
	before, after := shop(t), shop(t)
	for i := range after.Bills {
		b := &after.Bills[i]
		b.Crossings = slices.Clone(b.Crossings)
		for k := range b.Crossings {
			if c := &b.Crossings[k]; c.Kind == model.CouplingCall && c.ToService == "billing" {
				c.Price += 2
				b.Price += 2
			}
		}
	}
	d := Diff(before, after)
	var b bytes.Buffer
	if err := DiffText(&b, before, after, d, Options{}); err != nil {
		t.Fatal(err)
	}
	if len(d.Services) == 0 {
		t.Fatal("no service changed")
	}
	for _, s := range d.Services {
		if len(s.Priced) == 0 || len(s.Added)+len(s.Removed) > 0 {
			t.Errorf("%s: %+v", s.Service, s)
		}
		for _, p := range s.Priced {
			if p.Crossing.Price != p.Before+2 {
				t.Errorf("%s: %v → %v", p.Crossing.ID, p.Before, p.Crossing.Price)
			}
		}
	}
	if !strings.Contains(b.String(), "  ~ Issue becomes a remote call\n") || strings.Contains(b.String(), "+ ") {
		t.Errorf("reads\n%s", b.String())
	}
}

func TestDiffNothing(t *testing.T) {
	m := shop(t)
	var b bytes.Buffer
	if err := DiffText(&b, m, m, Diff(m, shop(t)), Options{}); err != nil || b.String() != "Nothing changes.\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
}

// TestDiffOfLatencyAndMetrics: what a change does to entry points and metrics.
func TestDiffOfLatencyAndMetrics(t *testing.T) {
	before, after := shop(t), shop(t)
	for i, r := range after.Routes {
		if r.Remote != nil {
			after.Routes[i].Remote = &model.Remote{Calls: 4, Places: 1, InLoops: 1, Turns: 4}
		}
	}
	d := Diff(before, after)
	if want := []LatencyChange{{"POST /checkout", 10, 4}}; !slices.Equal(d.Latency, want) || len(d.Metrics) != 0 {
		t.Errorf("got %+v and %+v", d.Latency, d.Metrics)
	}
	after.Transactions = nil
	d = Diff(before, after)
	if want := []MetricChange{{"cross transactions", 1, 0, "lower"}}; !slices.Equal(d.Metrics, want) {
		t.Errorf("got %+v", d.Metrics)
	}
	var b bytes.Buffer
	if err := DiffText(&b, before, after, d, Options{RTT: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Added latency (1ms a round trip):", "POST /checkout  +10ms  → +4ms", "cross transactions  1  → 0  better"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	if d := Diff(before, shop(t)); len(d.Latency)+len(d.Metrics) != 0 {
		t.Errorf("of equal models: %+v", d)
	}
}
