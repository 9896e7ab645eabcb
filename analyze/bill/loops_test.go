package bill

import (
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

func looped(cure facts.RepeatCure, varies ...string) facts.Call {
	c := call("a.F", "b.G")
	c.InLoop = cure != facts.RepeatOuter
	c.Repeats = []facts.Repeat{{Cure: cure, Loop: at(4), In: ref("a.F"), Varies: varies}}
	return c
}

// The factors are those of the package comment.
func TestPriceOfLoops(t *testing.T) {
	inTx := looped(facts.RepeatBatch, "id")
	inTx.InTx = true
	hoistInTx := looped(facts.RepeatHoist)
	hoistInTx.InTx = true
	tests := []struct {
		name  string
		calls []facts.Call
		price float64
		kind  string
		why   string
		cure  string
	}{
		{"batch", []facts.Call{looped(facts.RepeatBatch, "id")}, 3, CureBatch, "called in a loop", "(a list of id)"},
		{"a receiver varies", []facts.Call{looped(facts.RepeatBatch, "receiver")}, 3, CureBatch, "called in a loop", "takes all of them"},
		{"serial", []facts.Call{looped(facts.RepeatSerial, "cursor")}, 3, CureBatch, "each time with what it gave before", "move the loop"},
		{"not told", []facts.Call{looped(facts.RepeatOther)}, 3, CureBatch, "called in a loop", "batch"},
		{"outer", []facts.Call{looped(facts.RepeatOuter)}, 2, CureBatch, "around its callers", "where the loop is"},
		{"hoist", []facts.Call{looped(facts.RepeatHoist)}, 1.5, CureHoist, "same arguments each time", "before the loop"},
		{"the dearest counts", []facts.Call{looped(facts.RepeatHoist), looped(facts.RepeatBatch, "id"), looped(facts.RepeatOuter)}, 3, CureBatch, "called in a loop", "(a list of id)"},
		{"in a transaction", []facts.Call{inTx}, 12, CureBatch, "in a loop inside a transaction", "before the transaction begins"},
		{"hoist in a transaction", []facts.Call{hoistInTx}, 6, CureHoist, "inside a transaction, with the same arguments", "before the loop"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := one(t, &facts.Facts{Calls: tt.calls, Surfaces: []facts.Surface{plain("b.G")}})
			if c.Price != tt.price || c.CureKind != tt.kind || !strings.Contains(c.Why, tt.why) || !strings.Contains(c.Cure, tt.cure) {
				t.Errorf("price %v (want %v), %s (want %s), why %q, cure %q", c.Price, tt.price, c.CureKind, tt.kind, c.Why, c.Cure)
			}
			if !c.InLoop || len(c.Loops) != len(tt.calls) || c.Loops[0].Loop != at(4) || c.Loops[0].Call != at(1) {
				t.Errorf("loops %+v", c.Loops)
			}
		})
	}
}

func TestLoopsAroundCallersOutsideOfServices(t *testing.T) {
	seed := looped(facts.RepeatOuter)
	seed.Repeats[0].In = ref("root.seed")
	f := &facts.Facts{Calls: []facts.Call{seed, call("root.seed", "a.F")}, Surfaces: []facts.Surface{plain("b.G")}}
	if c := one(t, f); c.Price != 1 || c.InLoop {
		t.Errorf("a loop of the root: got %+v", c)
	}
	f.Calls[0].Repeats = append(f.Calls[0].Repeats, facts.Repeat{Cure: facts.RepeatOuter, Loop: at(8), In: ref("a.H")})
	f.Calls = append(f.Calls, call("a.H", "a.F"))
	if c := one(t, f); c.Price != 2 || len(c.Loops) != 1 || c.Loops[0].Loop != at(8) {
		t.Errorf("a further loop of the service: got %+v", c)
	}
}

func TestLoopsAreBounded(t *testing.T) {
	f := &facts.Facts{Surfaces: []facts.Surface{plain("b.G")}}
	for i := range 50 {
		c := looped(facts.RepeatBatch, "id")
		c.Evidence = model.Evidence{File: "x.go", Line: 50 - i}
		f.Calls = append(f.Calls, c)
	}
	c := one(t, f)
	if len(c.Loops) != maxLoops || c.Loops[0].Call.Line != 1 {
		t.Errorf("got %d loops, the first of line %d", len(c.Loops), c.Loops[0].Call.Line)
	}
}

// Where traces have a call they say how often, whatever its loops look like.
func TestMeasuredCalls(t *testing.T) {
	for _, tt := range []struct {
		perRequest, price float64
	}{{0, 3}, {0.2, 1}, {1, 1}, {4, 3}, {16, 5}, {1e6, 8}} {
		f := &facts.Facts{Calls: []facts.Call{looped(facts.RepeatBatch, "id")}, Surfaces: []facts.Surface{plain("b.G")},
			Measured: facts.Measured{Flows: []facts.Flow{{From: ref("a.F"), To: ref("b.G"), PerRequest: tt.perRequest, Entry: "route:GET /"}}}}
		c := one(t, f)
		if c.Price != tt.price || c.PerRequest != tt.perRequest || (c.Entry != "") != (tt.perRequest > 0) {
			t.Errorf("%v a request: %+v, want price %v", tt.perRequest, c, tt.price)
		}
	}
}
