package bill

import (
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// What works on what it is handed alone is linked: no loop, transaction or obstacle
// makes it dearer, and it is no call over the wire.
func TestPlainCallsAreLinked(t *testing.T) {
	c := looped(facts.RepeatBatch, "id")
	c.InTx = true
	f := &facts.Facts{
		Calls:    []facts.Call{c, call("a.H", "b.G")},
		Surfaces: []facts.Surface{{Func: ref("b.G"), Obstacles: []facts.Obstacle{{Kind: "interface", Path: "parameter err → error"}}}},
		Plain:    []facts.Ref{ref("b.G")},
	}
	in := Input{Facts: f, Service: map[string]string{"a.F": "a", "a.H": "a", "b.G": "b"}, Services: []string{"a", "b"}}
	crossings := Crossings(in)
	price := 0.0
	for _, c := range crossings {
		price += c.Price
		if c.Kind != model.CouplingCall || c.CureKind != CureCopy || c.InLoop || !strings.Contains(c.Why, "b.G works on what it is handed alone") {
			t.Errorf("got %+v", c)
		}
	}
	if len(crossings) != 2 || model.Round(price) != 0.24 {
		t.Errorf("%d crossings of price %v, want 2 of 0.2 and a fifth of that", len(crossings), price)
	}
	for _, b := range Bills(in, crossings) {
		if b.In+b.Out != 0 {
			t.Errorf("%s has %d calls in, %d out", b.Service, b.In, b.Out)
		}
	}
	if r := NewLatency(in).Of(ref("a.F"), "GET /"); r != nil && r.Places != 0 {
		t.Errorf("waits for %+v", r)
	}
}
