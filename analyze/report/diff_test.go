package report

import (
	"bytes"
	"slices"
	"testing"

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

func TestDiffNothing(t *testing.T) {
	m := shop(t)
	var b bytes.Buffer
	if err := DiffText(&b, m, m, Diff(m, shop(t)), Options{}); err != nil || b.String() != "Nothing changes.\n" {
		t.Errorf("%q, %v", b.String(), err)
	}
}
