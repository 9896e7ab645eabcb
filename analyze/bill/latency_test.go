package bill

import (
	"testing"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

func placed(c facts.Call, line int) facts.Call {
	c.Evidence.Line = line
	return c
}

func inLoop(c facts.Call) facts.Call {
	c.InLoop = true
	return c
}

func dynamic(c facts.Call) facts.Call {
	c.Mode = facts.Dynamic
	return c
}

func started(c facts.Call) facts.Call {
	c.Go = true
	return c
}

// The calls are counted by hand.
func TestRemoteCalls(t *testing.T) {
	tests := []struct {
		name  string
		calls []facts.Call
		want  float64
	}{
		{"inside", []facts.Call{call("a.H", "a.F"), call("a.F", "lib.G")}, 0},
		{"one", []facts.Call{call("a.H", "b.F")}, 1},
		{"from two places", []facts.Call{placed(call("a.H", "b.F"), 1), placed(call("a.H", "b.F"), 2)}, 2},
		{"and on from there", []facts.Call{call("a.H", "b.F"), call("b.F", "c.G"), call("c.G", "b.K")}, 3},
		{"in a loop", []facts.Call{inLoop(call("a.H", "b.F"))}, 4},
		{"in a loop around a caller", []facts.Call{inLoop(call("a.H", "a.F")), call("a.F", "b.G")}, 4},
		{"in nested loops", []facts.Call{inLoop(call("a.H", "b.F")), inLoop(call("b.F", "c.G"))}, 4 + 16},
		{"two ways to one", []facts.Call{call("a.H", "a.F"), call("a.H", "a.G"), call("a.F", "b.K"), call("a.G", "b.K"), call("b.K", "c.L")}, 4},
		{"recursion", []facts.Call{call("a.H", "a.F"), call("a.F", "a.H"), call("a.F", "b.G")}, 1},
		{"in a goroutine", []facts.Call{started(call("a.H", "b.F")), call("a.H", "b.G")}, 1},
		{"one of two implementations", []facts.Call{dynamic(call("a.H", "b.F")), dynamic(call("a.H", "c.G")), call("c.G", "b.K")}, 2},
		{"data", []facts.Call{call("a.H", "b.Err.Error")}, 0},
		{"the root's wiring", []facts.Call{call("root.H", "b.F"), call("b.F", "c.G")}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			from := ref("a.H")
			if tt.calls[0].From.Atom == "root.H" {
				from = ref("root.H")
			}
			r := NewLatency(input(&facts.Facts{Calls: tt.calls})).Of(from, "")
			if tt.want == 0 {
				if r != nil {
					t.Errorf("got %+v", r)
				}
				return
			}
			if r == nil || r.Calls != tt.want {
				t.Fatalf("got %+v, want %v", r, tt.want)
			}
			sum := 0.0
			for _, s := range r.Steps {
				sum += s.Calls
			}
			if sum != tt.want {
				t.Errorf("the steps make %v: %+v", sum, r.Steps)
			}
		})
	}
}

func TestRemoteCallsAsMeasured(t *testing.T) {
	f := &facts.Facts{Calls: []facts.Call{inLoop(call("a.H", "b.F")), call("b.F", "c.G")},
		Measured: facts.Measured{Flows: []facts.Flow{{From: ref("a.H"), To: ref("b.F"), PerRequest: 2.5, Entry: "route:GET /"}}}}
	l := NewLatency(input(f))
	r := l.Of(ref("a.H"), "route:GET /")
	if r == nil || r.Calls != 2.5+4 || r.Steps[1].Calls != 2.5 || !r.Steps[1].Measured || r.Steps[0].Measured {
		t.Errorf("got %+v", r)
	}
	if r := l.Of(ref("a.H"), "route:POST /"); r.Calls != 8 {
		t.Errorf("another route: got %+v", r)
	}
	if r := l.Of(facts.Ref{}, ""); r != nil {
		t.Errorf("no handler: got %+v", r)
	}
}

func TestStepsAreBounded(t *testing.T) {
	f := &facts.Facts{}
	from := "a.H"
	for i := range 40 { // 4^40 calls, were they not bounded
		to := []string{"b", "c"}[i%2] + "." + string(rune('A'+i%26)) + string(rune('a'+i/26))
		f.Calls = append(f.Calls, inLoop(call(from, to)))
		from = to
	}
	r := NewLatency(input(f)).Of(ref("a.H"), "")
	if r == nil || r.Calls > mostRemote || len(r.Steps) != mostSteps {
		t.Errorf("got %+v", r)
	}
	if r.Steps[0].FromService == "" || !model.IsService(r.Steps[0].ToService) {
		t.Errorf("got %+v", r.Steps[0])
	}
}
