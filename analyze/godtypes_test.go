package analyze

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/bill"
	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/partition"
	"github.com/ficus-dev/ficus/analyze/plan"
)

const office = "example.com/office/internal/"

func officeModel(t *testing.T, pins string) *model.Model {
	t.Helper()
	dir, _ := unpack(t, "testdata/office.txtar")
	opt := Options{Dir: dir, Seed: 1}
	if pins != "" {
		p, err := plan.Parse("ficus.yaml", []byte("version: 1\nmodule: example.com/office\npins:\n"+pins))
		if err != nil {
			t.Fatal(err)
		}
		opt.Plan = p
	}
	return run(t, opt)
}

// methodHomes are the services of a type's methods, and how many are atoms.
func methodHomes(m *model.Model, id string) map[string]int {
	out := map[string]int{}
	for _, a := range m.Atoms {
		if a.Kind == model.KindMethod && a.Type == id {
			out[a.Service]++
		}
	}
	return out
}

func TestGodTypesComeApart(t *testing.T) {
	t.Parallel()
	dir, ar := unpack(t, "testdata/office.txtar")
	m := run(t, Options{Dir: dir, Seed: 1})
	for _, f := range ar.Files {
		_, after, ok := strings.Cut(string(f.Data), "want god\ntype ")
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(after, " ")
		id := office + strings.TrimPrefix(f.Name[:strings.LastIndexByte(f.Name, '/')], "internal/") + "." + name
		if homes := methodHomes(m, id); len(homes) < 5 {
			t.Errorf("%s: its methods are in %v, five domains are mixed", id, homes)
		}
	}
	for _, id := range []string{office + "catalog.Repo", office + "ring.Ring"} {
		if a, ok := m.Atom(id); !ok || len(a.Methods) < 20 || len(methodHomes(m, id)) > 0 {
			t.Errorf("%s did not stay whole: %+v", id, a)
		}
	}
	// A domain's handler, its method of the store, and its table are in one place.
	for _, pair := range [][3]string{{"listUsers", "Users", "users"}, {"addPayment", "AddPayment", "payments"}, {"removeTicket", "RemoveTicket", "notes"}} {
		handler, _ := m.Atom(office + "web.Server." + pair[0])
		method, _ := m.Atom(office + "store.Store." + pair[1])
		table, _ := m.Table(pair[2])
		if handler.Service != method.Service || method.Service != table.Service || !model.IsService(table.Service) {
			t.Errorf("%v are in %s, %s and %s", pair, handler.Service, method.Service, table.Service)
		}
	}
}

func TestGodTypesMoveAsPackages(t *testing.T) {
	t.Parallel()
	m := officeModel(t, "")
	g := coupling.Build(coupling.Input{Facts: recall(m), Packages: m.Packages})
	part := make([]int, len(g.Atoms))
	numbers := map[string]int{}
	for n, a := range g.Atoms {
		atom, _ := m.Atom(a.ID)
		if numbers[atom.Unit] == 0 {
			numbers[atom.Unit] = len(numbers) + 1
		}
		part[n] = numbers[atom.Unit]
	}
	for p := range g.Packages {
		if _, ok := partition.Levels(g, int32(p), part); !ok {
			t.Errorf("the parts of %s use each other in a circle", g.Packages[p].Path)
		}
	}
}

func TestGodTypesAreBilled(t *testing.T) {
	t.Parallel()
	m := officeModel(t, "")
	store, _ := m.Atom(office + "store.Store")
	homes := methodHomes(m, store.ID)
	found := map[string]model.Crossing{}
	for _, c := range billed(m) {
		if c.CureKind == bill.CureOwnType && c.To == store.ID {
			found[c.FromService] = c
		}
	}
	for service, n := range homes {
		c, ok := found[service]
		if ok == (service == store.Service) {
			t.Errorf("%s with %d methods: crossing %v, the type is in %s", service, n, ok, store.Service)
		}
		if !ok {
			continue
		}
		// 2 and ¼ a method, and ½ for web.Store, which has methods of all.
		if want := 2 + 0.25*float64(n) + 0.5; math.Abs(c.Price-want) > 1e-9 || len(c.Evidence) != min(n, 12) {
			t.Errorf("%s with %d methods: price %v, want %v; %d places", service, n, c.Price, want, len(c.Evidence))
		}
		if i := slices.IndexFunc(c.Steps, func(s model.CureStep) bool { return strings.HasPrefix(s.Do, "narrow web.Store") }); i < 0 || len(c.Steps[i].Evidence) != 1 {
			t.Errorf("%s: no step narrows the interface: %+v", service, c.Steps)
		}
	}
	service, names := servicesOf(m)
	want := billed(m)
	for _, c := range bill.Crossings(bill.Input{Facts: recall(m), Service: service, Services: names}) {
		if w, ok := want[c.ID]; !ok || math.Abs(c.Price-w.Price) > 1e-6 {
			t.Errorf("from the model %s → %s costs %v, from the code %v", c.From, c.To, c.Price, w.Price)
		}
	}
}

// TestGodTypesWithoutService: of a type in the library the service with most methods
// keeps it.
func TestGodTypesWithoutService(t *testing.T) {
	t.Parallel()
	f := recall(officeModel(t, ""))
	service := map[string]string{office + "store.Store": model.Library}
	for _, d := range f.Decls {
		if d.Type == office+"store.Store" {
			service[d.ID] = "rest"
		}
	}
	service[office+"store.Store.CreateUser"], service[office+"store.Store.Users"] = "users", "users"
	var of []string
	for _, c := range bill.Crossings(bill.Input{Facts: f, Service: service, Services: []string{"rest", "users"}}) {
		if c.CureKind == bill.CureOwnType {
			of = append(of, c.FromService+" → "+c.ToService+": "+c.Why)
		}
	}
	if want := []string{"users → rest: 2 methods of store.Store are in users, the type stays with rest"}; !slices.Equal(of, want) {
		t.Errorf("%q, want %q", of, want)
	}
}

func TestPinsOfMethods(t *testing.T) {
	t.Parallel()
	m := officeModel(t, "  - in: {internal/store.Store: desk, internal/store.Store.CreateUser: front}\n")
	for _, a := range m.Atoms {
		want := "desk"
		if a.Name == "Store.CreateUser" {
			want = "front"
		}
		if (a.Type == office+"store.Store" || a.ID == office+"store.Store") && a.Service != want {
			t.Errorf("%s is in %s, the pins want %s", a.ID, a.Service, want)
		}
	}
}
