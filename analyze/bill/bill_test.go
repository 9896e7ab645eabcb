package bill

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// Atoms are named by service: "a.X" is of service a; those of "lib" and "root" are
// of the roles. So a test reads as who does what to whom.
func input(f *facts.Facts) Input {
	in := Input{Facts: f, Service: map[string]string{}, Services: []string{"a", "b", "c"}}
	home := func(id string) {
		name, _, _ := strings.Cut(strings.TrimPrefix(id, "table:"), ".")
		name, _, _ = strings.Cut(name, "_")
		switch name {
		case "lib":
			name = model.Library
		case "root":
			name = model.Root
		}
		in.Service[id] = name
	}
	for _, c := range f.Calls {
		home(c.From.Atom)
		home(c.To.Atom)
	}
	for _, u := range f.Uses {
		home(u.From.Atom)
		home(u.To)
	}
	for _, s := range f.States {
		home(s.From.Atom)
		home(s.Var)
	}
	for _, a := range f.Accesses {
		home(a.From.Atom)
		home(model.TableID(a.Table))
		for _, t := range a.Joined {
			home(model.TableID(t))
		}
	}
	for _, t := range f.Tables {
		home(model.TableID(t.Name))
		for _, r := range t.Refs {
			home(model.TableID(r))
		}
	}
	for _, tx := range f.Transactions {
		home(tx.From.Atom)
	}
	for _, e := range f.ErrorTests {
		home(e.From.Atom)
		home(e.Error)
	}
	for _, x := range f.InitEffects {
		home(x.From.Atom)
		if !strings.Contains(x.Target, "/") { // else of another module
			home(x.Target)
		}
	}
	return in
}

func ref(id string) facts.Ref {
	if parts := strings.Split(id, "."); len(parts) == 3 {
		return facts.Ref{Atom: parts[0] + "." + parts[1], Method: parts[2]}
	}
	return facts.Ref{Atom: id}
}

func at(line int) model.Evidence { return model.Evidence{File: "x.go", Line: line} }

func call(from, to string) facts.Call {
	return facts.Call{From: ref(from), To: ref(to), Mode: facts.Static, Evidence: at(1)}
}

func plain(fn string) facts.Surface {
	return facts.Surface{Func: ref(fn), Context: true, Error: true}
}

// one is the only crossing of the facts.
func one(t *testing.T, f *facts.Facts) model.Crossing {
	t.Helper()
	got := Crossings(input(f))
	if len(got) != 1 {
		t.Fatalf("got %d crossings: %+v", len(got), got)
	}
	return got[0]
}

// The prices follow the list of the package comment, added by hand.
func TestPriceOfACall(t *testing.T) {
	loop := call("a.F", "b.G")
	loop.InLoop = true
	inTx := call("a.F", "b.G")
	inTx.InTx = true
	surface := func(change func(*facts.Surface)) []facts.Surface {
		s := plain("b.G")
		change(&s)
		return []facts.Surface{s}
	}
	obstacle := func(kind, path string) []facts.Surface {
		return surface(func(s *facts.Surface) { s.Obstacles = []facts.Obstacle{{Kind: kind, Path: path}} })
	}
	tests := []struct {
		name  string
		call  facts.Call
		of    []facts.Surface
		price float64
		why   string
		kind  string
	}{
		{"plain", call("a.F", "b.G"), surface(func(*facts.Surface) {}), 1, "b.G becomes a remote call", CureRemote},
		{"ten fields", call("a.F", "b.G"), surface(func(s *facts.Surface) { s.Fields = 10 }), 1.5, "becomes a remote call", CureRemote},
		{"many fields cost no more than 1", call("a.F", "b.G"), surface(func(s *facts.Surface) { s.Fields = 900 }), 2, "becomes a remote call", CureRemote},
		{"no error", call("a.F", "b.G"), surface(func(s *facts.Surface) { s.Error = false }), 2, "returns no error", CureRemote},
		{"no context", call("a.F", "b.G"), surface(func(s *facts.Surface) { s.Context = false }), 1.5, "takes no context", CureRemote},
		{"neither", call("a.F", "b.G"), surface(func(s *facts.Surface) { s.Context, s.Error = false, false }), 2.5, "no context and returns no error", CureRemote},
		{"unknown surface", call("a.F", "b.G"), nil, 1, "becomes a remote call", CureRemote},
		{"loop", loop, surface(func(*facts.Surface) {}), 3, "called in a loop", CureBatch},
		{"transaction", inTx, surface(func(*facts.Surface) {}), 4, "inside a transaction", CureSaga},
		{"stream", call("a.F", "b.G"), obstacle("stream", "parameter r → io.Reader"), 3, "carries a stream (parameter r → io.Reader)", CureStream},
		{"callback", call("a.F", "b.G"), obstacle("callback", "parameter f → func()"), 5, "takes a callback", CureAdapter},
		{"callback out", call("a.F", "b.G"), obstacle("callback", "result → func()"), 5, "returns a callback", CureAdapter},
		{"mutated", call("a.F", "b.G"), obstacle("mutated", "parameter lines"), 4, "changes its argument", CureReturn},
		{"transaction handle", call("a.F", "b.G"), obstacle("transaction", "parameter tx → *sql.Tx"), 9, "runs in its caller's transaction", CureTogether},
		{"kind of later facts", call("a.F", "b.G"), obstacle("quantum", ""), 3, "carries what a wire does not", CureAdapter},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := one(t, &facts.Facts{Calls: []facts.Call{tt.call}, Surfaces: tt.of})
			if c.Price != tt.price || !strings.Contains(c.Why, tt.why) || c.CureKind != tt.kind || c.Cure == "" {
				t.Errorf("price %v (want %v), why %q (want %q), cure kind %s (want %s), cure %q", c.Price, tt.price, c.Why, tt.why, c.CureKind, tt.kind, c.Cure)
			}
			if c.From != "a.F" || c.To != "b.G" || c.FromService != "a" || c.ToService != "b" || c.Kind != model.CouplingCall {
				t.Errorf("got %+v", c)
			}
		})
	}
}

func TestEachObstacleKindCountsOnce(t *testing.T) {
	s := plain("b.G")
	s.Obstacles = []facts.Obstacle{{Kind: "stream"}, {Kind: "stream"}, {Kind: "options"}}
	if c := one(t, &facts.Facts{Calls: []facts.Call{call("a.F", "b.G")}, Surfaces: []facts.Surface{s}}); c.Price != 1+2+1 {
		t.Errorf("price %v", c.Price)
	}
}

func TestFurtherCallersPayAFifth(t *testing.T) {
	looped := call("a.H", "b.G")
	looped.InLoop = true
	f := &facts.Facts{Calls: []facts.Call{call("a.F", "b.G"), looped, call("c.F", "b.G"), call("a.F", "b.G")}, Surfaces: []facts.Surface{plain("b.G")}}
	got := map[string]float64{}
	for _, c := range Crossings(input(f)) {
		got[c.From] = c.Price
	}
	// The loop is the dearest place of a, so it pays for the function; c is another
	// service and pays for itself.
	for from, want := range map[string]float64{"a.H": 3, "a.F": 0.2, "c.F": 1} {
		if math.Abs(got[from]-want) > 1e-9 {
			t.Errorf("%s pays %v, want %v", from, got[from], want)
		}
	}
}

func TestWhatCostsNothing(t *testing.T) {
	f := &facts.Facts{Calls: []facts.Call{
		call("root.main", "b.New"), // wiring
		call("a.F", "lib.Log"),     // linked into both
		call("a.F", "a.G"),         // inside
		call("a.F", "b.Err.Error"), // goes with the data
		call("lib.Run", "a.F"),     // the library runs on a's side
		call("a.F", "nowhere.At.All"),
	}}
	in := input(f)
	delete(in.Service, "nowhere.At")
	if got := Crossings(in); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestCallbackIsAnEvent(t *testing.T) {
	back := call("b.Bus.Publish", "a.New")
	back.Mode = facts.Dynamic
	subscribe := call("a.New", "b.Bus.Publish")
	subscribe.To.Method = "Handle"
	s := plain("a.New")
	s.Obstacles = []facts.Obstacle{{Kind: "handle"}}
	f := &facts.Facts{Calls: []facts.Call{subscribe, back}, Surfaces: []facts.Surface{s}}
	for _, c := range Crossings(input(f)) {
		if c.From == "b.Bus" && (c.CureKind != CureEvent || c.Price != 1) {
			t.Errorf("got %+v", c)
		}
	}
}

func access(from, table string, how model.Access, joined ...string) facts.TableAccess {
	return facts.TableAccess{From: ref(from), Table: table, Access: how, Joined: joined, Evidence: at(1)}
}

func TestPriceOfTables(t *testing.T) {
	tests := []struct {
		name  string
		a     facts.TableAccess
		price float64
		why   string
		kind  string
	}{
		{"read", access("a.F", "b_t", model.Read), 3, "a reads table b_t of b", CureReplicate},
		{"write", access("a.F", "b_t", model.Write), 8, "a writes table b_t of b", CureOwner},
		{"both", access("a.F", "b_t", model.ReadWrite), 8, "writes", CureOwner},
		{"join with own", access("a.F", "b_t", model.Read, "a_t"), 5, "is joined with a_t", CureReplicate},
		{"join of others", access("a.F", "b_t", model.Read, "c_t"), 3, "reads", CureReplicate},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := one(t, &facts.Facts{Accesses: []facts.TableAccess{tt.a}})
			if c.Price != tt.price || !strings.Contains(c.Why, tt.why) || c.CureKind != tt.kind || c.To != "table:b_t" {
				t.Errorf("got %+v", c)
			}
		})
	}
	f := &facts.Facts{Accesses: []facts.TableAccess{access("a.F", "b_t", model.Read), access("a.G", "b_t", model.Write), access("a.H", "b_t", model.Read)}}
	if got := Total(Crossings(input(f))); got != 8+1+1 {
		t.Errorf("three places cost %v, want 10", got)
	}
}

func TestForeignKey(t *testing.T) {
	c := one(t, &facts.Facts{Tables: []facts.TableDef{{Name: "a_t", Refs: []string{"b_t", "a_u"}}}})
	if c.Price != 1 || c.CureKind != CureDrop || c.From != "table:a_t" || c.To != "table:b_t" {
		t.Errorf("got %+v", c)
	}
}

func TestPriceOfTransactions(t *testing.T) {
	f := &facts.Facts{
		Accesses: []facts.TableAccess{access("a.F", "a_t", model.Write), access("b.G", "b_t", model.Write),
			access("b.G", "b_u", model.Write), access("c.G", "c_t", model.Read)},
		Transactions: []facts.Transaction{{From: ref("a.F"), Evidence: at(7), Reached: []int{0, 1, 2, 3}}},
	}
	got := map[string]model.Crossing{}
	for _, c := range Crossings(input(f)) {
		if c.Kind == model.CouplingTx {
			got[c.ToService] = c
		}
	}
	if c := got["b"]; c.Price != 13 || c.CureKind != CureSaga || !strings.Contains(c.Why, "writes b_t, b_u of b") {
		t.Errorf("the side that is written: %+v", c)
	}
	if c := got["c"]; c.Price != 2 || c.CureKind != CureReplicate {
		t.Errorf("the side that is read: %+v", c)
	}
	if len(got) != 2 {
		t.Errorf("got %+v", got)
	}
}

func TestPriceOfState(t *testing.T) {
	state := func(from, v string, how model.Access) facts.State {
		return facts.State{From: ref(from), Var: v, Access: how, Evidence: at(1)}
	}
	tests := []struct {
		name   string
		states []facts.State
		want   map[string]float64 // from → price
	}{
		{"read", []facts.State{state("a.F", "b.V", model.Read)}, map[string]float64{"a.F": 2}},
		{"owner changes it", []facts.State{state("a.F", "b.V", model.Read), state("b.G", "b.V", model.Write)}, map[string]float64{"a.F": 4}},
		{"written from outside", []facts.State{state("a.F", "b.V", model.Write)}, map[string]float64{"a.F": 8}},
		{"of a library, by two", []facts.State{state("a.F", "lib.V", model.Read), state("b.G", "lib.V", model.Write)}, map[string]float64{"a.F": 4}},
		{"of a library, read only", []facts.State{state("a.F", "lib.V", model.Read), state("b.G", "lib.V", model.Read)}, map[string]float64{}},
		{"infrastructure", []facts.State{{From: ref("a.F"), Var: "b.V", Access: model.Write, Infra: true}}, map[string]float64{}},
		{"while initialised", []facts.State{{From: ref("a.F"), Var: "b.V", Access: model.Write, Init: true}}, map[string]float64{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Crossings(input(&facts.Facts{States: tt.states}))
			if len(got) != len(tt.want) {
				t.Fatalf("got %+v", got)
			}
			for _, c := range got {
				if c.Price != tt.want[c.From] {
					t.Errorf("%s pays %v, want %v", c.From, c.Price, tt.want[c.From])
				}
			}
		})
	}
}

func TestPriceOfTypesAndErrors(t *testing.T) {
	f := &facts.Facts{
		Uses: []facts.Use{{From: ref("a.F"), To: "b.T", Kind: model.CouplingType, InAPI: true, Evidence: at(1)},
			{From: ref("a.G"), To: "b.T", Kind: model.CouplingType, Evidence: at(2)},
			{From: ref("a.G"), To: "b.K", Kind: model.CouplingConst, Evidence: at(3)}},
		ErrorTests: []facts.ErrorTest{{From: ref("a.F"), Error: "b.T", Typed: true, Evidence: at(4)}},
	}
	got := Crossings(input(f))
	if len(got) != 4 || math.Abs(Total(got)-(0.5+0.25+0.05+0.5)) > 1e-9 {
		t.Errorf("price %v of %+v", Total(got), got)
	}
}

func TestIDsOutliveMovedLines(t *testing.T) {
	f := &facts.Facts{Calls: []facts.Call{call("a.F", "b.G"), call("a.F", "b.T.M"), call("a.F", "b.T.N")}}
	before := ids(Crossings(input(f)))
	for i := range f.Calls {
		f.Calls[i].Evidence.Line += 40
	}
	slices.Reverse(f.Calls)
	after := ids(Crossings(input(f)))
	if !slices.Equal(before, after) || len(slices.Compact(slices.Clone(before))) != 3 {
		t.Errorf("before %v, after %v", before, after)
	}
}

func ids(cs []model.Crossing) (out []string) {
	for _, c := range cs {
		out = append(out, c.ID)
	}
	return out
}

func TestBillsOfBothSides(t *testing.T) {
	f := &facts.Facts{Calls: []facts.Call{call("a.F", "b.G"), call("a.H", "b.G"), call("b.G", "c.T.M")}}
	in := input(f)
	bills := Bills(in, Crossings(in))
	want := map[string][3]float64{"a": {1.2, 0, 1}, "b": {2.2, 1, 1}, "c": {1, 1, 0}} // price, in, out
	for _, b := range bills {
		if w := want[b.Service]; math.Abs(b.Price-w[0]) > 1e-9 || float64(b.In) != w[1] || float64(b.Out) != w[2] {
			t.Errorf("%s: price %v, %d in, %d out, want %v", b.Service, b.Price, b.In, b.Out, w)
		}
		if !slices.IsSortedFunc(b.Crossings, byPrice) {
			t.Errorf("%s: crossings not by price", b.Service)
		}
	}
}
