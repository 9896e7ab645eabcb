package analyze

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
)

func rearrange(t *testing.T, dir string, before *model.Model, pins ...plan.Pin) *model.Model {
	t.Helper()
	m, err := Rearrange(context.Background(), before, pins, Options{Dir: dir, Cache: shared})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Validate(); err != nil {
		t.Errorf("the model breaks its own rules: %v", err)
	}
	return m
}

// TestRearrangeNothing: without pins it is the model that it was.
func TestRearrangeNothing(t *testing.T) {
	dir, _ := unpack(t, "testdata/market.txtar")
	before := run(t, Options{Dir: dir, Seed: 1})
	if diff := cmp.Diff(before, rearrange(t, dir, before)); diff != "" {
		t.Errorf("it changed (-before +after):\n%s", diff)
	}
}

// TestRearrangeIsTheFrozenAnalysis: bills, services and tables are those of a whole
// analysis with everything pinned where it was.
func TestRearrangeIsTheFrozenAnalysis(t *testing.T) {
	dir, _ := unpack(t, "testdata/market.txtar")
	before := run(t, Options{Dir: dir, Seed: 1})
	for _, pin := range []plan.Pin{plan.Home("internal/billing", "catalogue"), plan.Home("internal/orders.Order", "reviews"), plan.Home("internal/catalogue", model.Library),
		plan.Home("table:votes", "orders")} {
		t.Run(pin.String(), func(t *testing.T) {
			want := run(t, Options{Dir: dir, Seed: 1, Plan: plan.Freeze(before, pin)})
			got := rearrange(t, dir, before, pin)
			for _, part := range []struct {
				name      string
				want, got any
			}{{"bills", want.Bills, got.Bills}, {"tables", want.Tables, got.Tables}, {"routes", want.Routes, got.Routes}, {"places", places(want), places(got)}} {
				if diff := cmp.Diff(part.want, part.got); diff != "" {
					t.Errorf("%s (-frozen +rearranged):\n%s", part.name, diff)
				}
			}
		})
	}
}

// TestRearrangeKeepsPinnedTables: a table that the plan gave away stays there while
// something else moves.
func TestRearrangeKeepsPinnedTables(t *testing.T) {
	dir, _ := unpack(t, "testdata/market.txtar")
	p, err := plan.Parse("ficus.yaml", []byte("version: 1\nmodule: example.com/market\npins:\n  - in: {'table:votes': orders}\n"))
	if err != nil {
		t.Fatal(err)
	}
	before := run(t, Options{Dir: dir, Seed: 1, Plan: p})
	after := rearrange(t, dir, before, plan.Home("internal/customers", model.Library))
	if v, _ := after.Table("votes"); v.Service != "orders" {
		t.Errorf("votes went to %s", v.Service)
	}
	if u, _ := after.Unit("example.com/market/internal/customers"); u.Service != model.Library || !u.Pinned {
		t.Errorf("got %+v", u)
	}
}

func TestRearrangeOfNothing(t *testing.T) {
	dir, _ := unpack(t, "testdata/market.txtar")
	before := run(t, Options{Dir: dir, Seed: 1})
	_, err := Rearrange(context.Background(), before, []plan.Pin{plan.Home("internal/nothing", "orders")}, Options{Dir: dir, Cache: shared})
	var problems plan.Problems
	if !errors.As(err, &problems) {
		t.Errorf("got %v", err)
	}
}
