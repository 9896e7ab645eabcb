package bill

import (
	"slices"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

func written(from, table, detail string, line int) facts.TableAccess {
	a := access(from, table, model.Write)
	a.Evidence = model.Evidence{File: "x.go", Line: line, Detail: detail}
	return a
}

// TestEveryCure: each cure is the remedy of some crossing, with its title, its steps
// and places, and a pointer to who does what.
func TestEveryCure(t *testing.T) {
	surface := func(kind string) []facts.Surface {
		s := plain("b.G")
		s.Obstacles = []facts.Obstacle{{Kind: kind, Path: "parameter x"}}
		return []facts.Surface{s}
	}
	inTx, looped, hoisted, started := call("a.F", "b.G"), inLoop(call("a.F", "b.G")), inLoop(call("a.F", "b.G")), started(call("a.F", "b.G"))
	inTx.InTx = true
	hoisted.Repeats = []facts.Repeat{{Cure: facts.RepeatHoist, Loop: at(1), In: ref("a.F")}}
	registered := call("a.F", "b.G")
	registered.Mode = facts.Value
	tests := map[string]*facts.Facts{
		CureRemote:    {Calls: []facts.Call{call("a.F", "b.G")}},
		CureEvent:     {Calls: []facts.Call{started}},
		CureBatch:     {Calls: []facts.Call{looped}},
		CureHoist:     {Calls: []facts.Call{hoisted}},
		CureOne:       {Calls: []facts.Call{call("a.F", "b.G"), call("a.F", "b.H"), call("a.F", "b.K")}},
		CureReplicate: {Accesses: []facts.TableAccess{access("a.F", "b_t", model.Read)}},
		CureOwner:     {Accesses: []facts.TableAccess{access("a.F", "b_t", model.Write)}},
		CureSaga:      {Calls: []facts.Call{inTx}},
		CureTogether:  {Calls: []facts.Call{call("a.F", "b.G")}, Surfaces: surface("transaction")},
		CureReturn:    {Calls: []facts.Call{call("a.F", "b.G")}, Surfaces: surface("mutated")},
		CureStream:    {Calls: []facts.Call{call("a.F", "b.G")}, Surfaces: surface("stream")},
		CureAdapter:   {Calls: []facts.Call{call("a.F", "b.G")}, Surfaces: surface("unexported")},
		CureDTO:       {Uses: []facts.Use{{From: ref("a.F"), To: "b.T", Kind: model.CouplingType, Evidence: at(1)}}},
		CureError:     {ErrorTests: []facts.ErrorTest{{From: ref("a.F"), Error: "b.Err", Evidence: at(1)}}},
		CureDrop:      {Tables: []facts.TableDef{{Name: "a_t", Refs: []string{"b_t"}, Evidence: at(1)}}},
		CureCopy:      {Uses: []facts.Use{{From: ref("a.F"), To: "b.K", Kind: model.CouplingConst, Evidence: at(1)}}},
		CureRegister:  {InitEffects: []facts.InitEffect{effect("a.init", model.EffectRegister, "b.Drivers")}},
		CureOwnType: {Uses: []facts.Use{{From: ref("a.M"), To: "b.T", Kind: model.CouplingType, Evidence: at(1)}}, Decls: []facts.Decl{
			{Atom: model.Atom{ID: "b.T", Kind: model.KindType, Name: "T"}},
			{Atom: model.Atom{ID: "a.M", Kind: model.KindMethod, Name: "T.M", Type: "b.T", File: "x.go", Line: 1}}}},
		CureMove: {Calls: []facts.Call{registered}, Routes: []facts.Route{
			{Method: "GET", Pattern: "/", Handler: ref("b.G"), Registrar: ref("a.F")}}},
	}
	for kind, f := range tests {
		i := slices.IndexFunc(Crossings(input(f)), func(c model.Crossing) bool { return c.CureKind == kind })
		if i < 0 {
			t.Errorf("%s: no crossing has it: %+v", kind, Crossings(input(f)))
			continue
		}
		c, cure := Crossings(input(f))[i], model.CureOf(kind)
		if cure.Title == kind || len(cure.Steps) == 0 || len(c.Evidence) == 0 || c.Cure == "" || c.Why == "" {
			t.Errorf("%s: titled %q, steps %q, places %v, why %q, cure %q", kind, cure.Title, cure.Steps, c.Evidence, c.Why, c.Cure)
		}
		for _, s := range c.Steps {
			if !model.IsService(s.Service) || s.Do == "" {
				t.Errorf("%s: step %+v", kind, s)
			}
		}
	}
	for _, c := range model.Cures() {
		if _, tested := tests[c.Kind]; !tested && c.Kind != CureCompare && c.Kind != CurePresence { // of TestPriceOfNil and beside
			t.Errorf("no crossing has cure %s", c.Kind)
		}
	}
}

// TestSagaSteps: a transaction over three services becomes a step for each, with the
// tables and the compensation of what is done to them.
func TestSagaSteps(t *testing.T) {
	f := &facts.Facts{
		Accesses: []facts.TableAccess{
			written("a.F", "a_orders", "INSERT INTO a_orders (id) VALUES (?)", 1), written("b.G", "b_stock", "UPDATE b_stock SET n = n - 1", 2),
			written("c.K", "c_payments", "gorm Create", 3), access("a.F", "b_prices", model.Read), written("b.G", "b_reserved", "xorm Delete", 4)},
		Transactions: []facts.Transaction{{From: ref("a.F"), Evidence: at(7), Reached: []int{0, 1, 2, 3, 4}}},
	}
	var saga model.Crossing
	for _, c := range Crossings(input(f)) {
		if c.Kind == model.CouplingTx && c.ToService == "b" {
			saga = c
		}
	}
	want := []struct{ service, do, undo string }{
		{"a", "in a.F, in one transaction: insert into a_orders as pending, and a message for b into an outbox", "delete, or mark cancelled, the rows inserted into a_orders"},
		{"b", "once for the message's id, in one transaction: update b_stock, delete from b_reserved; then message c by its own outbox",
			"write the values from before back to b_stock (keep them with the step); unmark the rows of b_reserved (mark them as deleted first, delete when all is done)"},
		{"c", "once for the message's id, in one transaction: insert into c_payments; then answer a", "delete, or mark cancelled, the rows inserted into c_payments"},
		{"a", "on the answer, take the mark of pending off a_orders; on a refusal, run the compensations backwards. Where nobody can refuse, the outbox alone is enough", ""},
	}
	if len(saga.Steps) != len(want) {
		t.Fatalf("got %+v", saga.Steps)
	}
	for i, w := range want {
		if s := saga.Steps[i]; s.Service != w.service || s.Do != w.do || s.Undo != w.undo || i < 3 && len(s.Evidence) == 0 {
			t.Errorf("step %d: got %+v, want %+v", i+1, s, w)
		}
	}
}

// TestOutboxSteps: a call inside a transaction says what its callee writes, however
// deep inside of its service.
func TestOutboxSteps(t *testing.T) {
	c := call("a.F", "b.G")
	c.InTx = true
	f := &facts.Facts{Calls: []facts.Call{c, call("b.G", "b.H"), call("b.H", "c.X")},
		Accesses: []facts.TableAccess{written("b.H", "b_audit", "insert into b_audit values (1)", 5), written("c.X", "c_t", "gorm Save", 6)}}
	for _, x := range Crossings(input(f)) {
		if x.CureKind != CureSaga {
			continue
		}
		last := x.Steps[len(x.Steps)-1]
		if len(x.Steps) != 3 || last.Service != "b" || !strings.HasSuffix(last.Do, "insert into b_audit") || !strings.Contains(last.Undo, "inserted into b_audit") || last.Evidence[0].Line != 5 {
			t.Errorf("got %+v", x.Steps)
		}
		return
	}
	t.Error("no crossing is cured by an outbox")
}

func TestVerbs(t *testing.T) {
	for detail, want := range map[string]verb{
		"INSERT INTO t VALUES (1)": verbInsert, "with x as (select 1) update t set a = 1": verbUpdate, "delete from t": verbDelete,
		"gorm Create": verbInsert, "gorm Save": verbUpdate, "xorm InsertOne": verbInsert, "gorm UpdateColumn": verbUpdate, "ent DeleteOne": verbDelete,
		"xorm Get": verbWrite, "": verbWrite, "SELECT updated_at FROM t": verbWrite,
	} {
		if got := verbOf(detail); got != want {
			t.Errorf("%q: got %v, want %v", detail, got, want)
		}
	}
}

// TestWhatShouldMove: what nothing of its own service touches goes to its only user,
// unless it answers the outside.
func TestWhatShouldMove(t *testing.T) {
	decl := func(id string) facts.Decl { return facts.Decl{Atom: model.Atom{ID: id}} }
	for _, tt := range []struct {
		name string
		f    *facts.Facts
		want string
	}{
		{"alone", &facts.Facts{Calls: []facts.Call{call("a.F", "b.G")}}, CureMove},
		{"alone, in a loop", &facts.Facts{Calls: []facts.Call{inLoop(call("a.F", "b.G"))}}, CureMove},
		{"used at home", &facts.Facts{Calls: []facts.Call{call("a.F", "b.G"), call("b.H", "b.G")}}, CureRemote},
		{"uses its home", &facts.Facts{Calls: []facts.Call{call("a.F", "b.G"), call("b.G", "b.H")}}, CureRemote},
		{"used by two", &facts.Facts{Calls: []facts.Call{call("a.F", "b.G"), call("c.F", "b.G")}}, CureRemote},
		{"with a table", &facts.Facts{Calls: []facts.Call{call("a.F", "b.G")}, Accesses: []facts.TableAccess{access("b.G", "b_t", model.Read)}}, CureRemote},
		{"a handler", &facts.Facts{Calls: []facts.Call{call("a.F", "b.G")}, Routes: []facts.Route{{Handler: ref("b.G")}}}, CureRemote},
	} {
		tt.f.Decls, tt.f.Surfaces = []facts.Decl{decl("b.G")}, []facts.Surface{plain("b.G")}
		cs := Crossings(input(tt.f))
		i := slices.IndexFunc(cs, func(c model.Crossing) bool { return c.From == "a.F" })
		if i < 0 || cs[i].CureKind != tt.want || tt.want == CureMove && cs[i].Price != movePrice {
			t.Errorf("%s: got %+v", tt.name, cs)
		}
	}
}

// TestRegistrationsAreCheap: naming a handler of another service is no call, whatever
// its signature.
func TestRegistrationsAreCheap(t *testing.T) {
	named := call("a.Router", "b.H")
	named.Mode = facts.Value
	s := plain("b.H")
	s.Obstacles = []facts.Obstacle{{Kind: "handle", Path: "parameter w"}}
	f := &facts.Facts{Calls: []facts.Call{named}, Surfaces: []facts.Surface{s}, Routes: []facts.Route{{Method: "GET", Pattern: "/", Handler: ref("b.H"), Registrar: ref("a.Router")}}}
	if c := one(t, f); c.Price != registerPrice || c.CureKind != CureMove || !strings.Contains(c.Why, "route GET /") {
		t.Errorf("got %+v", c)
	}
}

// TestSettingsAreNoSharedState: what is written only while the program starts is read
// on both sides; what a request may reach changes.
func TestSettingsAreNoSharedState(t *testing.T) {
	state := func(from, v string, how model.Access) facts.State {
		return facts.State{From: ref(from), Var: v, Access: how, Evidence: at(1)}
	}
	base := func(more ...facts.Call) *facts.Facts {
		return &facts.Facts{States: []facts.State{state("a.F", "b.V", model.Read), state("b.Load", "b.V", model.Write)},
			Calls: append(more, call("root.main", "b.Load")), Routes: []facts.Route{{Handler: ref("a.F")}}}
	}
	background := call("root.main", "b.Loop")
	background.Go = true
	for _, tt := range []struct {
		name  string
		f     *facts.Facts
		price float64
	}{
		{"at the start", base(), stateRead},
		{"by a request", base(call("a.F", "a.G"), call("a.G", "b.Load")), stateStale},
		{"in a goroutine", base(background, call("b.Loop", "b.Load")), stateStale},
	} {
		for _, c := range Crossings(input(tt.f)) {
			if c.Kind == model.CouplingState && c.Price != tt.price {
				t.Errorf("%s: got %+v, want price %v", tt.name, c, tt.price)
			}
		}
	}
}

func TestFurtherReadersOfStatePayAFifth(t *testing.T) {
	f := &facts.Facts{}
	for _, from := range []string{"a.F", "a.G", "a.H", "c.F"} {
		f.States = append(f.States, facts.State{From: ref(from), Var: "b.V", Access: model.Read, Evidence: at(1)})
	}
	if got := Total(Crossings(input(f))); got != model.Round(2*stateRead+2*0.2*stateRead) {
		t.Errorf("got %v", got)
	}
}

// TestBillsSumUpByCure: the sums of a bill's cures are the bill.
func TestBillsSumUpByCure(t *testing.T) {
	f := &facts.Facts{Calls: []facts.Call{inLoop(call("a.F", "b.G")), call("a.H", "b.K")}, Accesses: []facts.TableAccess{access("a.F", "b_t", model.Write)}}
	in := input(f)
	for _, b := range Bills(in, Crossings(in)) {
		price, n := 0.0, 0
		for i, c := range b.Cures {
			price += c.Price
			n += c.Crossings
			if i > 0 && c.Price > b.Cures[i-1].Price {
				t.Errorf("%s: not dearest first: %+v", b.Service, b.Cures)
			}
		}
		if model.Round(price) != b.Price || n != len(b.Crossings) {
			t.Errorf("%s: %+v make %v of %v", b.Service, b.Cures, price, b.Price)
		}
	}
}
