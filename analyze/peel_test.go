package analyze

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
)

const shopPath = "example.com/shop/internal/"

func peel(t *testing.T, m *model.Model, planText string, opt PeelOptions) (*model.Peeling, error) {
	t.Helper()
	if planText != "" {
		p, err := plan.Parse("ficus.yaml", []byte("version: 1\n"+planText))
		if err != nil {
			t.Fatal(err)
		}
		opt.Plan = p
	}
	return Peel(context.Background(), m, opt)
}

// comes are the packages, or declarations, that the best cut takes along.
func comes(m *model.Model, p *model.Peeling) string {
	var names []string
	for _, u := range p.Cuts[p.Best].Comes {
		if len(u.Atoms) == 0 {
			names = append(names, strings.TrimPrefix(u.Package, shopPath))
		}
		for _, a := range u.Atoms {
			names = append(names, strings.TrimPrefix(a, shopPath))
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// TestPeelShop: around one table of each domain comes what its authors call the
// domain.
func TestPeelShop(t *testing.T) {
	m := shop(t)
	for _, c := range []struct{ table, comes, tables, name string }{
		{"products", "catalogue", "categories product_prices products", "catalogue"},
		{"customers", "customers", "addresses customers", "customers"},
		{"invoices", "billing", "invoice_lines invoices tax_rates", "billing"},
		{"payments", "payments", "payments refunds", "money"},
	} {
		p, err := peel(t, m, "", PeelOptions{Seeds: []string{model.TableID(c.table)}, Called: "Money"})
		if err != nil {
			t.Errorf("%s: %v", c.table, err)
			continue
		}
		best := p.Cuts[p.Best]
		if got := comes(m, p); got != c.comes || strings.Join(best.Tables, " ") != c.tables || p.Service != c.name {
			t.Errorf("%s: %s comes as %s with %v, want %s as %s with %s", c.table, got, p.Service, best.Tables, c.comes, c.name, c.tables)
		}
		if best.Bill.Price <= 0 || best.Bill.Service != p.Service || len(best.Routes) == 0 || len(best.Libraries) == 0 {
			t.Errorf("%s: price %v of %s, %d routes, libraries %v", c.table, best.Bill.Price, best.Bill.Service, len(best.Routes), best.Libraries)
		}
		for i, cut := range p.Cuts {
			if i > 0 && cut.Lines < p.Cuts[i-1].Lines {
				t.Errorf("%s: alternatives of %d and then of %d lines", c.table, p.Cuts[i-1].Lines, cut.Lines)
			}
		}
	}
}

// TestPeelBillIsTheBoundarys: what is billed crosses the cut, and every call, table
// and transaction that does is billed.
func TestPeelBillIsTheBoundarys(t *testing.T) {
	m := shop(t)
	p, err := peel(t, m, "", PeelOptions{Seeds: []string{"table:products"}})
	if err != nil {
		t.Fatal(err)
	}
	inside := map[string]bool{"table:products": true, "table:categories": true, "table:product_prices": true}
	for _, a := range m.Atoms {
		inside[a.ID] = inside[a.ID] || a.Package == shopPath+"catalogue"
	}
	billed := map[[2]string]bool{}
	for _, c := range p.Cuts[p.Best].Bill.Crossings {
		billed[[2]string{c.From, c.To}] = true
		if inside[c.From] == inside[c.To] {
			t.Errorf("%s → %s is billed and crosses nothing", c.From, c.To)
		}
	}
	for _, c := range m.Couplings {
		from, _ := m.Atom(c.From)
		to, _ := m.Atom(c.To)
		if c.Kind != model.CouplingCall || inside[c.From] == inside[c.To] || !model.IsService(from.Service) || !model.IsService(to.Service) {
			continue
		}
		if !billed[[2]string{c.From, c.To}] && !strings.HasSuffix(c.Evidence[0].Detail, ".Error") {
			t.Errorf("the call %s → %s crosses and is not billed", c.From, c.To)
		}
	}
}

func TestPeelRespectsPins(t *testing.T) {
	m := shop(t)
	seed := PeelOptions{Seeds: []string{"table:payments"}}
	for _, c := range []struct{ name, plan, has, hasNot string }{
		{"in another", "pins:\n  - in: {internal/payments.Authorization: fraud}\n", "payments.Service", "payments.Authorization"},
		{"in its own", "services:\n  money:\n    owns: [internal/recommendations]\npins:\n  - in: {'table:payments': money}\n", "recommendations", ""},
		{"library", "pins:\n  - library: [internal/payments.Authorization]\n", "payments", "payments.Authorization"},
		{"together", "pins:\n  - together: [internal/payments, internal/recommendations]\n", "recommendations", ""},
		{"apart", "pins:\n  - apart: ['table:payments', internal/payments.Authorization]\n", "payments.Service", "payments.Authorization"},
	} {
		p, err := peel(t, m, c.plan, seed)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := strings.Fields(comes(m, p))
		if !slices.Contains(got, c.has) || c.hasNot != "" && slices.Contains(got, c.hasNot) {
			t.Errorf("%s: %v comes, want with %q and without %q", c.name, got, c.has, c.hasNot)
		}
	}
}

func TestPeelErrors(t *testing.T) {
	m := shop(t)
	var all []string
	for _, a := range m.Atoms {
		if a.Kind != model.KindRoute {
			all = append(all, a.ID)
		}
	}
	for _, c := range []struct {
		name, plan string
		opt        PeelOptions
		want       string
	}{
		{"no seed", "", PeelOptions{}, "there is no seed"},
		{"unknown", "", PeelOptions{Seeds: []string{"table:none"}}, "table:none is no declaration and no table"},
		{"everything", "", PeelOptions{Seeds: all}, "more than half of what there is; name less"},
		{"pinned elsewhere", "pins:\n  - in: {'table:payments': orders}\n", PeelOptions{Seeds: []string{"table:payments"}, Name: "money"},
			"ficus.yaml:3:10: table:payments pins table:payments to orders; change the pin"},
		{"pinned as a library", "pins:\n  - library: [internal/payments]\n", PeelOptions{Seeds: []string{shopPath + "payments.Service"}},
			"ficus.yaml:3:15: internal/payments pins internal/payments.Service to @library"},
		{"pin of nothing", "pins:\n  - library: [internal/payment]\n", PeelOptions{Seeds: []string{"table:payments"}}, "did you mean internal/payments?"},
	} {
		_, err := peel(t, m, c.plan, c.opt)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if c.name != "pin of nothing" && !errors.Is(err, ErrPeel) {
			t.Errorf("%s: %v is no ErrPeel", c.name, err)
		}
	}
}

// TestPeelPins: saved, the cut is what the plan says, and peeling again changes
// nothing and has nothing to add.
func TestPeelPins(t *testing.T) {
	m := shop(t)
	opt := PeelOptions{Seeds: []string{"table:payments"}, Name: "money"}
	first, err := peel(t, m, "", opt)
	if err != nil {
		t.Fatal(err)
	}
	text := plan.Draft(m)
	for _, pin := range PeelPins(m, nil, first) {
		if text, err = plan.AddPin("ficus.yaml", text, pin); err != nil {
			t.Fatal(err)
		}
	}
	if opt.Plan, err = plan.Parse("ficus.yaml", text); err != nil {
		t.Fatal(err)
	}
	for _, u := range first.Cuts[first.Best].Comes {
		for _, a := range m.Atoms {
			whole := a.Package == u.Package && len(u.Atoms) == 0
			if at := opt.Plan.Assign(m.Module.Path, m.Atoms)[a.ID]; (whole || slices.Contains(u.Atoms, a.ID)) && at.Service != "money" {
				t.Errorf("%s is pinned to %q", a.ID, at.Service)
			}
		}
	}
	second, err := peel(t, m, "", opt)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := comes(m, first), comes(m, second); a != b {
		t.Errorf("saved %s, then %s comes", a, b)
	}
	if pins := PeelPins(m, opt.Plan, second); len(pins) > 0 {
		t.Errorf("all is pinned, and %v still to add", pins)
	}
}
