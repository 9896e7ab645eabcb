package metrics

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

// build makes a model of atoms a0…, each in a service, and calls between them.
func build(homes []string, calls map[[2]int]int) *model.Model {
	m := &model.Model{}
	seen := map[string]int{}
	for i, h := range homes {
		m.Atoms = append(m.Atoms, model.Atom{ID: fmt.Sprint("a", i), Kind: model.KindFunc, Service: h})
		if _, ok := seen[h]; !ok && model.IsService(h) {
			seen[h] = len(m.Services)
			m.Services = append(m.Services, model.Service{Name: h})
		}
		if j, ok := seen[h]; ok {
			m.Services[j].Lines += 10
		}
	}
	for pair, n := range calls {
		m.Couplings = append(m.Couplings, model.Coupling{From: fmt.Sprint("a", pair[0]), To: fmt.Sprint("a", pair[1]), Kind: model.CouplingCall, Count: n})
	}
	return m
}

func value(t *testing.T, m *model.Model, name string) float64 {
	t.Helper()
	for _, x := range Of(m).Metrics {
		if x.Name == name {
			if x.Formula == "" || x.Better == "" {
				t.Errorf("%s has no formula", name)
			}
			return x.Value
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}

// Two services of two and three declarations; the values are by hand.
//
//	x: a0 → a1 (2 places); y: a2 → a3 (1), a3 → a2 (1), a3 → a4 (3); across: a1 → a2 (4)
func TestByHand(t *testing.T) {
	m := build([]string{"x", "x", "y", "y", "y", model.Library}, map[[2]int]int{{0, 1}: 2, {2, 3}: 1, {3, 2}: 1, {3, 4}: 3, {1, 2}: 4, {0, 5}: 9})
	m.Bills = []model.Bill{{Service: "x"}, {Service: "y", In: 3}}
	m.Tables = []model.Table{
		{Name: "t", Service: "x", Accesses: []model.TableAccess{{Atom: "a0"}, {Atom: "a2"}}}, // half and half: H = ln 2
		{Name: "u", Service: "y", Accesses: []model.TableAccess{{Atom: "a3"}, {Atom: "a4"}}}, // pure
		{Name: "v", Service: "y"}, // touched by nobody
	}
	m.Transactions = []model.Transaction{{Services: []string{"x", "y"}}, {Services: []string{"x", model.Library}}, {Services: []string{"y"}}}
	for name, want := range map[string]float64{
		"SM":                 (1.0/4+2.0/9)/2 - 1.0/(2*2*3)/1,
		"ICP":                4.0 / (2 + 1 + 1 + 3 + 4),
		"IFN":                3.0 / 2,
		"NED":                0, // 20 and 30 lines, mean 25
		"MQ":                 4.0/(4+4) + 10.0/(10+4),
		"TurboMQ":            100 * (4.0/8 + 10.0/14) / 2,
		"table purity":       0.5,
		"cross transactions": 1,
		"service cycles":     0,
		"CDP":                0,
	} {
		if got := value(t, m, name); math.Abs(got-want) > 1e-4 {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if k := Of(m).K; k != 2 {
		t.Errorf("K %d", k)
	}
}

func TestExtremeSizes(t *testing.T) {
	m := build([]string{"x", "y", "z"}, nil)
	m.Services[0].Lines, m.Services[1].Lines, m.Services[2].Lines = 900, 300, 30 // mean 410: only 300 is fair
	if got, want := value(t, m, "NED"), 1-300.0/1230; math.Abs(got-want) > 1e-4 {
		t.Errorf("NED %v, want %v", got, want)
	}
}

// Three entry points over the tables t (x), u and w (y): f reads t and writes u; g
// writes t and reads u; h stays in y. f and g are distributed. f: in x its read of t
// meets g's write, 1; in y its write of u meets g's read, 1. g the same. h: 0.
func TestComplexity(t *testing.T) {
	m := build([]string{"x", "y"}, nil)
	m.Tables = []model.Table{{Name: "t", Service: "x"}, {Name: "u", Service: "y"}, {Name: "w", Service: "y"}}
	tables := func(list ...model.RouteTable) []model.RouteTable { return list }
	m.Routes = []model.Route{
		{Tables: tables(model.RouteTable{Table: "t", Access: model.Read}, model.RouteTable{Table: "u", Access: model.Write})},
		{Tables: tables(model.RouteTable{Table: "t", Access: model.Write}, model.RouteTable{Table: "u", Access: model.Read})},
		{}, // touches nothing: no functionality
	}
	m.EntryPoints = []model.EntryPoint{{Tables: tables(model.RouteTable{Table: "u", Access: model.ReadWrite}, model.RouteTable{Table: "w", Access: model.Write})}}
	if got := value(t, m, "complexity"); math.Abs(got-4.0/3) > 1e-4 {
		t.Errorf("complexity %v, want 4/3", got)
	}
	// A third distributed one that reads and writes u and t counts once a service:
	// f and g meet it in both (2 → 4 each), and it meets f and g in both, 4: 12 of 4.
	m.Routes[2].Tables = tables(model.RouteTable{Table: "t", Access: model.ReadWrite}, model.RouteTable{Table: "u", Access: model.ReadWrite})
	if got := value(t, m, "complexity"); math.Abs(got-3) > 1e-4 {
		t.Errorf("complexity %v, want 3", got)
	}
}

func TestOneServiceAndNone(t *testing.T) {
	one := Of(build([]string{"x", "x"}, map[[2]int]int{{0, 1}: 1}))
	for _, x := range one.Metrics {
		if x.Name == "TurboMQ" && (x.Value != 100 || x.Note == "") {
			t.Errorf("got %+v, want 100 and a note: it is degenerate", x)
		}
	}
	for _, x := range Of(&model.Model{}).Metrics {
		if math.IsNaN(x.Value) || math.IsInf(x.Value, 0) {
			t.Errorf("of nothing: %+v", x)
		}
	}
}

// A second implementation, from the definitions: services that reach each other, found
// by walking from every one.
func naiveCycles(m *model.Model) (groups int, pairs float64) {
	home := map[string]string{}
	for _, a := range m.Atoms {
		home[a.ID] = a.Service
	}
	var walk func(at, goal string, seen map[string]bool) bool
	walk = func(at, goal string, seen map[string]bool) bool {
		for _, c := range m.Couplings {
			if home[c.From] != at || seen[home[c.To]] {
				continue
			}
			if home[c.To] == goal {
				return true
			}
			seen[home[c.To]] = true
			if walk(home[c.To], goal, seen) {
				return true
			}
		}
		return false
	}
	var sets []string
	both, all := 0, 0
	for i, s := range m.Services {
		set := s.Name
		for j, o := range m.Services {
			if i == j {
				continue
			}
			circle := walk(s.Name, o.Name, map[string]bool{}) && walk(o.Name, s.Name, map[string]bool{})
			if circle {
				set = min(set, o.Name)
			}
			if i < j {
				all++
				if circle {
					both++
				}
			}
		}
		sets = append(sets, set)
	}
	for _, s := range slices.Compact(slices.Sorted(slices.Values(sets))) {
		n := 0
		for _, x := range sets {
			if x == s {
				n++
			}
		}
		if n > 1 {
			groups++
		}
	}
	if all > 0 {
		pairs = 100 * float64(both) / float64(all)
	}
	return groups, pairs
}

func TestCyclesAgainstWalking(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		homes := make([]string, 12)
		for i := range homes {
			homes[i] = string(rune('a' + rnd.IntN(6)))
		}
		calls := map[[2]int]int{}
		for range rnd.IntN(14) {
			if a, b := rnd.IntN(12), rnd.IntN(12); homes[a] != homes[b] {
				calls[[2]int{a, b}] = 1
			}
		}
		m := build(homes, calls)
		groups, pairs := naiveCycles(m)
		if g, p := value(t, m, "service cycles"), value(t, m, "CDP"); int(g) != groups || math.Abs(p-pairs) > 1e-3 {
			t.Fatalf("%v %v: cycles %v, CDP %v, want %d and %v", homes, calls, g, p, groups, pairs)
		}
	}
}
