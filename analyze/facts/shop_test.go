package facts

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/source"
)

// TestShop finds the knots of the sample shop: of each kind that a fact names, what
// samples/shop/KNOTS.md lists and nothing else.
func TestShop(t *testing.T) {
	p, err := source.Load(t.Context(), source.Options{Dir: filepath.Join("..", "..", "samples", "shop")})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Problems) > 0 {
		t.Fatalf("the shop does not load: %+v", p.Problems)
	}
	f, err := Extract(t.Context(), p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if bad := dangling(f); len(bad) > 0 {
		t.Error("facts of what is not declared:", bad)
	}
	k := &knots{f: f, mod: p.Module.Path}
	for _, tt := range []struct {
		name string
		got  []string
		want string
	}{
		{"what is not understood", k.unresolved(), ""},
		{"K01 checkout", k.written("internal/orders.Service.place"), "carts order_lines orders payments stock_levels stock_movements stock_reservations"},
		{"K02 cancel", k.written("internal/orders.Service.Cancel"), "orders payments stock_levels stock_movements"},
		{"K03 capture", k.written("internal/payments.Service.capture"), "orders payments"},
		{"K05 orders", k.writers("orders"), "orders payments"},
		{"K06 carts", k.writers("carts"), "cart orders"},
		{"K07 notifications", k.writers("notifications"), "events webhooks"},
		{"K08 tax rates", k.writers("tax_rates"), "billing"},
		{"joins with customers", k.joinsWith("customers"), "billing events orders"},
		{"K12 joins with order lines", k.joinsWith("order_lines"), "recommendations"},
		{"K13 variables written", k.variables(), "models.TaxRates"},
		{"K16 calls in loops", k.loops(), "cart→catalogue cart→inventory orders→catalogue recommendations→inventory webhooks→catalogue"},
		{"K17 K18 arguments changed", k.obstacles("mutated"), "inventory.Service.ArrangeForPicking inventory.Service.FillAvailability web.Decode web.Read"},
		{"K21 options", k.obstacles("options"), "events.Service.Notify orders.Service.List payments.New"},
		{"K24 provider", k.providers(), "payments.BankTransfer payments.CardGateway"},
		{"routes without a handler", k.unhandled(), ""},
	} {
		if got := strings.Join(tt.got, " "); got != tt.want {
			t.Errorf("%s:\n got  %s\n want %s", tt.name, got, tt.want)
		}
	}
	if n := len(f.Routes); n != 69 {
		t.Errorf("%d routes, its README lists 69", n)
	}
}

// dangling gives the atoms that facts name and no declaration makes, and evidence
// without a place.
func dangling(f *Facts) []string {
	known, bad := map[string]bool{"": true}, map[string]bool{}
	for _, d := range f.Decls {
		known[d.ID] = true
	}
	check := func(kind string, ev model.Evidence, atoms ...string) {
		if ev.File == "" || ev.Line == 0 {
			bad[kind+" without a place"] = true
		}
		for _, a := range atoms {
			if !known[a] {
				bad[kind+" "+a] = true
			}
		}
	}
	for _, c := range f.Calls {
		check("call", c.Evidence, c.From.Atom, c.To.Atom)
	}
	for _, u := range f.Uses {
		check("use", u.Evidence, u.From.Atom, u.To)
	}
	for _, s := range f.States {
		check("state", s.Evidence, s.From.Atom, s.Var)
	}
	for _, a := range f.Accesses {
		check("access", a.Evidence, a.From.Atom)
	}
	for _, x := range f.Transactions {
		check("transaction", x.Evidence, x.From.Atom)
	}
	for _, r := range f.Routes {
		check("route", r.Evidence, r.Handler.Atom, r.Registrar.Atom)
	}
	for _, s := range f.Surfaces {
		check("surface", s.Evidence, s.Func.Atom)
	}
	for _, x := range f.ErrorTests {
		check("error test", x.Evidence, x.From.Atom, x.Error)
	}
	return slices.Sorted(maps.Keys(bad))
}

// knots asks the facts of the shop.
type knots struct {
	f   *Facts
	mod string
}

func (k *knots) domain(r Ref) string {
	s := strings.TrimPrefix(r.Atom, k.mod+"/internal/")
	s, _, _ = strings.Cut(s, ".")
	return s
}

// production leaves out the helpers of tests and the composition root.
func (k *knots) production(r Ref) bool { return k.domain(r) != "shoptest" && k.domain(r) != "app" }

func set(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

func (k *knots) unresolved() (out []string) {
	for _, u := range k.f.Unresolved {
		out = append(out, u.File+": "+u.Message)
	}
	return out
}

func (k *knots) written(tx string) (out []string) {
	for _, x := range k.f.Transactions {
		if strings.TrimPrefix(x.From.Atom+"."+x.From.Method, k.mod+"/") != tx {
			continue
		}
		for _, i := range x.Reached {
			if a := k.f.Accesses[i]; a.Access != "read" {
				out = append(out, a.Table)
			}
		}
	}
	return set(out)
}

func (k *knots) writers(table string) (out []string) {
	for _, a := range k.f.Accesses {
		if a.Table == table && a.Access != "read" && k.production(a.From) {
			out = append(out, k.domain(a.From))
		}
	}
	return set(out)
}

func (k *knots) joinsWith(table string) (out []string) {
	for _, a := range k.f.Accesses {
		if a.Table == table && len(a.Joined) > 0 && k.production(a.From) && a.Access == "read" {
			out = append(out, k.domain(a.From))
		}
	}
	return set(out)
}

func (k *knots) variables() (out []string) {
	for _, s := range k.f.States {
		if s.Access != "read" && !s.Init && !s.Infra && k.production(s.From) {
			out = append(out, strings.TrimPrefix(s.Var, k.mod+"/internal/"))
		}
	}
	return set(out)
}

func (k *knots) obstacles(kind string) (out []string) {
	for _, s := range k.f.Surfaces {
		for _, o := range s.Obstacles {
			if o.Kind == kind && k.production(s.Func) {
				name := strings.TrimPrefix(s.Func.Atom, k.mod+"/internal/")
				if s.Func.Method != "" {
					name += "." + s.Func.Method
				}
				out = append(out, name)
			}
		}
	}
	return set(out)
}

func (k *knots) providers() (out []string) {
	for _, c := range k.f.Calls {
		if c.Mode == Dynamic && c.To.Method == "Authorize" {
			out = append(out, strings.TrimPrefix(c.To.Atom, k.mod+"/internal/"))
		}
	}
	return set(out)
}

// domains of the shop.
const domains = " customers catalogue cart inventory orders payments billing events recommendations webhooks "

func (k *knots) loops() (out []string) {
	for _, c := range k.f.Calls {
		from, to := k.domain(c.From), k.domain(c.To)
		if c.InLoop && !c.Callback && from != to && strings.Contains(domains, " "+from+" ") && strings.Contains(domains, " "+to+" ") {
			out = append(out, from+"→"+to)
		}
	}
	return set(out)
}

func (k *knots) unhandled() (out []string) {
	for _, r := range k.f.Routes {
		if r.Handler.Atom == "" {
			out = append(out, r.Method+" "+r.Pattern)
		}
	}
	return out
}
