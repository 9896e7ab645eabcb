package partition

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/coupling"
)

// cleanLayers is a module of clean layers: handlers call use cases by interfaces that stand
// on one small shelf, use cases call stores by another, and the data of all domains is
// a third. file names the file that a declaration of a domain is in.
func cleanLayers(t *testing.T, blind bool, file func(layer, domain string) string, domains ...string) (*coupling.Graph, *Result) {
	t.Helper()
	var b strings.Builder
	b.WriteString("cmd/app 50 main: routes\nroutes 60:")
	for _, d := range domains {
		b.WriteString(" handlers." + d)
	}
	for i, d := range domains {
		next := domains[(i+1)%len(domains)]
		fmt.Fprintf(&b, `
handlers.%[1]s 150: ports.%[1]sUseCase dto.%[1]sRequest /%[1]s /%[1]s/all
handlers.%[1]sPage 60: ports.%[1]sUseCase dto.%[1]sRequest dto.%[1]sRow
handlers.%[1]sList 60: ports.%[1]sUseCase
usecases.%[1]s 160: stores.%[1]sStore ports.%[1]sUseCase dto.%[1]sRow dto.%[1]sRequest
usecases.%[1]sRules 90: usecases.%[1]s stores.%[1]sStore dto.%[1]sRow
usecases.%[1]sMail 60: usecases.%[1]s ports.%[1]sEvents stores.%[2]sStore
postgres.%[1]s 160: stores.%[1]sStore dto.%[1]sRow %[1]s!
postgres.%[1]sQuery 80: postgres.%[1]s %[1]s?
postgres.%[1]sPage 60: postgres.%[1]s stores.%[1]sTx %[1]s?
ports.%[1]sUseCase 10: dto.%[1]sRequest
ports.%[1]sEvents 4:
stores.%[1]sStore 10: dto.%[1]sRow
stores.%[1]sTx 4:
dto.%[1]sRequest 12:
dto.%[1]sRow 12:`, d, next)
	}
	g := parse(t, b.String())
	for i, a := range g.Atoms {
		layer, decl, _ := strings.Cut(a.ID, ".")
		for _, d := range domains {
			if strings.HasPrefix(decl, d) {
				g.Atoms[i].File = layer + "/" + file(layer, d)
			}
		}
	}
	return g, solve(t, g, Options{Seed: 1, Blind: blind})
}

// apart lists the declarations that are not with their domain's store, but for those
// that routes name, which may go with them.
func apart(t *testing.T, g *coupling.Graph, r *Result, domains ...string) []string {
	t.Helper()
	var out []string
	for _, d := range domains {
		home := r.Units[r.UnitOf[atoms(t, g, "postgres."+d)[0]]].Service
		for n, a := range g.Atoms {
			if strings.Contains(a.ID, "."+d) && a.ID != "handlers."+d && r.Units[r.UnitOf[n]].Service != home {
				out = append(out, a.ID)
			}
		}
	}
	return out
}

// Shelves of interfaces and data come apart with the layers: kept whole they would tie
// every use case to every other.
func TestShelvesComeApartWithLayers(t *testing.T) {
	domains := []string{"Orders", "Billing", "Stock", "Users"}
	g, r := cleanLayers(t, true, func(layer, domain string) string { return "all.go" }, domains...)
	if out := apart(t, g, r, domains...); len(out) > 0 {
		t.Errorf("apart from their stores: %v\n%s", out, places(r))
	}
	if len(r.Services) != len(domains) {
		t.Errorf("%d services, want %d:\n%s", len(r.Services), len(domains), places(r))
	}
}

// What code leaves open, as which domain an unused type is of, the names of files
// decide, unless names are withheld. A name that all files have decides nothing.
func TestFilesOfLayers(t *testing.T) {
	domains := []string{"Orders", "Billing", "Stock", "Users"}
	g, r := cleanLayers(t, false, func(layer, domain string) string { return strings.ToLower(domain) + "_" + layer + ".go" }, domains...)
	if out := apart(t, g, r, domains...); len(out) > 0 || len(r.Services) != len(domains) {
		t.Errorf("apart from their stores: %v\n%s", out, places(r))
	}
	_, same := cleanLayers(t, false, func(layer, domain string) string { return "all.go" }, domains...)
	if len(same.Services) != len(domains) {
		t.Errorf("one name for all files: %d services, want %d:\n%s", len(same.Services), len(domains), places(same))
	}
}

// Of a file's words the one counts that runs through most layers: the domain, where
// consumers of several domains stand beside each other.
func TestWordOfFile(t *testing.T) {
	g := parse(t, `
		handlers.Order 10:
		handlers.Payment 10:
		usecases.Order 10:
		usecases.Payment 10:
		stores.Order 10:
		stores.OrderConsumer 10:
		stores.PaymentConsumer 10:
		ports.OrderConsumer 10:
		ports.Errors 10:
		ports.Clock 10:`)
	files := map[string]string{"Order": "x_order.go", "Payment": "x_payment.go", "OrderConsumer": "x_order_consumer.go", "PaymentConsumer": "x_payment_consumer.go", "Errors": "x_problem.go", "Clock": "x_clock.go"}
	for i, a := range g.Atoms {
		g.Atoms[i].File = a.Name + "/" + files[a.Name]
	}
	l := newLayout(g)
	got := map[string][]string{}
	for w, in := range l.byFileWord(l.where(func(int) bool { return true })) {
		for _, a := range in {
			got[w] = append(got[w], g.Atoms[a.atom].ID)
		}
	}
	want := map[string][]string{
		"order":   {"handlers.Order", "ports.OrderConsumer", "stores.Order", "stores.OrderConsumer", "usecases.Order"},
		"payment": {"handlers.Payment", "stores.PaymentConsumer", "usecases.Payment"},
	}
	if !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("declarations by word: %v, want %v", got, want)
	}
}
