package bill

import (
	"math/rand/v2"
	"slices"
	"strconv"
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
		name   string
		calls  []facts.Call
		places int
		loops  int // of the places
	}{
		{"inside", []facts.Call{call("a.H", "a.F"), call("a.F", "lib.G")}, 0, 0},
		{"one", []facts.Call{call("a.H", "b.F")}, 1, 0},
		{"from two places", []facts.Call{placed(call("a.H", "b.F"), 1), placed(call("a.H", "b.F"), 2)}, 2, 0},
		{"and on from there", []facts.Call{call("a.H", "b.F"), call("b.F", "c.G"), call("c.G", "b.K")}, 3, 0},
		{"in a loop", []facts.Call{inLoop(call("a.H", "b.F"))}, 1, 1},
		{"in a loop around a caller", []facts.Call{inLoop(call("a.H", "a.F")), call("a.F", "b.G")}, 1, 1},
		{"three calls below a loop", []facts.Call{inLoop(call("a.H", "a.F")), call("a.F", "a.G"), call("a.G", "a.K"), call("a.K", "b.F")}, 1, 1},
		{"four calls below a loop", []facts.Call{inLoop(call("a.H", "a.F")), call("a.F", "a.G"), call("a.G", "a.K"), call("a.K", "a.L"), call("a.L", "b.F")}, 1, 0},
		{"in nested loops", []facts.Call{inLoop(call("a.H", "b.F")), inLoop(call("b.F", "c.G"))}, 2, 2},
		{"a loop on another way", []facts.Call{call("a.H", "b.F"), inLoop(call("a.K", "b.F")), call("b.F", "c.G")}, 2, 0},
		{"two ways to one", []facts.Call{call("a.H", "a.F"), call("a.H", "a.G"), call("a.F", "b.K"), call("a.G", "b.K"), call("b.K", "c.L")}, 3, 0},
		{"recursion", []facts.Call{call("a.H", "a.F"), call("a.F", "a.H"), call("a.F", "b.G")}, 1, 0},
		{"in a goroutine", []facts.Call{started(call("a.H", "b.F")), call("a.H", "b.G")}, 1, 0},
		{"one of two implementations", []facts.Call{dynamic(call("a.H", "b.F")), dynamic(call("a.H", "c.G")), call("c.G", "b.K")}, 2, 0},
		{"an implementation at home", []facts.Call{dynamic(call("a.H", "a.F")), dynamic(call("a.H", "c.G"))}, 1, 0},
		{"data", []facts.Call{call("a.H", "b.Err.Error")}, 0, 0},
		{"the root's wiring", []facts.Call{call("root.H", "b.F"), call("b.F", "c.G")}, 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := NewLatency(input(&facts.Facts{Calls: tt.calls})).Of(tt.calls[0].From, "")
			if tt.places == 0 {
				if r != nil {
					t.Errorf("got %+v", r)
				}
				return
			}
			if r == nil || r.Places != tt.places || r.InLoops != tt.loops || r.Turns != 4 || r.Calls != float64(tt.places+3*tt.loops) {
				t.Fatalf("got %+v, want %d places, %d of them in loops", r, tt.places, tt.loops)
			}
			sum := 0.0
			for _, s := range r.Steps {
				sum += s.Calls
			}
			if sum != r.Calls {
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
	if r == nil || r.Calls != 2.5+4 || r.Places != 2 || r.InLoops != 1 || r.Steps[1].Calls != 2.5 || !r.Steps[1].Measured || r.Steps[0].Measured {
		t.Errorf("got %+v", r)
	}
	if r := l.Of(ref("a.H"), "route:POST /"); r.Calls != 8 {
		t.Errorf("another route: got %+v", r)
	}
	if r := l.Of(facts.Ref{}, ""); r != nil {
		t.Errorf("no handler: got %+v", r)
	}
}

// TestLoopsAreShown: a step has the loop's own statement, of several the first.
func TestLoopsAreShown(t *testing.T) {
	loop := func(c facts.Call, line int) facts.Call {
		c = inLoop(placed(c, line+1))
		c.Repeats = []facts.Repeat{{Cure: facts.RepeatBatch, Loop: at(line), In: c.From}}
		return c
	}
	f := &facts.Facts{Calls: []facts.Call{loop(call("a.H", "a.F"), 20), call("a.F", "b.G"), loop(call("a.H", "b.K"), 40), loop(call("a.H", "b.K"), 30)}}
	r := NewLatency(input(f)).Of(ref("a.H"), "")
	if r == nil || len(r.Steps) != 2 || r.Steps[0].Loop == nil || r.Steps[1].Loop == nil {
		t.Fatalf("got %+v", r)
	}
	if k, g := r.Steps[0], r.Steps[1]; k.Callee != "b.K" || k.Places != 2 || k.Loop.Line != 30 || k.Evidence.Line != 31 || g.Loop.Line != 20 {
		t.Errorf("got %+v and %+v", k, g)
	}
}

// TestLongChainsStaySmall: calls in loops in loops in loops, 40 deep, each a place.
func TestLongChainsStaySmall(t *testing.T) {
	f := &facts.Facts{}
	from := "a.H"
	for i := range 40 {
		to := []string{"b", "c"}[i%2] + "." + string(rune('A'+i%26)) + string(rune('a'+i/26))
		f.Calls = append(f.Calls, inLoop(call(from, to)))
		from = to
	}
	r := NewLatency(input(f)).Of(ref("a.H"), "")
	if r == nil || r.Calls != 40*4 || len(r.Steps) != mostSteps {
		t.Errorf("got %+v", r)
	}
	if r.Steps[0].FromService == "" || !model.IsService(r.Steps[0].ToService) {
		t.Errorf("got %+v", r.Steps[0])
	}
}

// TestRemoteCallsOracle counts random systems a second way: by the closure of the
// call relation and of its powers, as the formula of the package comment has it.
func TestRemoteCallsOracle(t *testing.T) {
	for seed := range uint64(300) {
		f, n := randomCalls(rand.New(rand.NewPCG(seed, 4)))
		in := input(f)
		l := NewLatency(in)
		for start := range n {
			places, loops := countByClosure(f, in, n, start)
			r := l.Of(ref(nodeName(start)), "")
			if r == nil {
				r = &model.Remote{}
			}
			if r.Places != places || r.InLoops != loops || r.Calls != float64(places+3*loops) {
				t.Fatalf("seed %d from %s: got %+v, want %d places, %d in loops, of %+v", seed, nodeName(start), r, places, loops, f.Calls)
			}
		}
	}
}

func nodeName(i int) string { return []string{"a", "b", "c", "lib"}[i%4] + ".F" + strconv.Itoa(i) }

func randomCalls(r *rand.Rand) (*facts.Facts, int) {
	n := 2 + r.IntN(9)
	f := &facts.Facts{}
	for line := range 1 + r.IntN(2*n) {
		c := placed(call(nodeName(r.IntN(n)), nodeName(r.IntN(n))), line+1)
		c.InLoop, c.Go = r.IntN(5) == 0, r.IntN(9) == 0
		f.Calls = append(f.Calls, c)
		if r.IntN(4) == 0 { // dispatch: a second target at the same place
			c.Mode, f.Calls[len(f.Calls)-1].Mode = facts.Dynamic, facts.Dynamic
			c.To = ref(nodeName(r.IntN(n)))
			f.Calls = append(f.Calls, c)
		}
	}
	return f, n
}

func countByClosure(f *facts.Facts, in Input, n, start int) (places, loops int) {
	of := map[string]int{}
	for i := range n {
		of[nodeName(i)] = i
	}
	reach := make([][]bool, n) // over any number of calls
	for i := range reach {
		reach[i] = make([]bool, n)
		reach[i][i] = true
	}
	for _, c := range f.Calls {
		if !c.Go {
			reach[of[c.From.Atom]][of[c.To.Atom]] = true
		}
	}
	for k := range n {
		for i := range n {
			for j := range n {
				reach[i][j] = reach[i][j] || reach[i][k] && reach[k][j]
			}
		}
	}
	in3 := make([]bool, n) // called in a loop, or at most two calls below such
	for range loopReach {
		next := slices.Clone(in3)
		for _, c := range f.Calls {
			from, to := of[c.From.Atom], of[c.To.Atom]
			if !c.Go && reach[start][from] && (c.InLoop || in3[from]) {
				next[to] = true
			}
		}
		in3 = next
	}
	remote, looped := map[int]bool{}, map[int]bool{} // by line
	for _, c := range f.Calls {
		a, b := in.Service[c.From.Atom], in.Service[c.To.Atom]
		if !c.Go && reach[start][of[c.From.Atom]] && model.IsService(a) && model.IsService(b) && a != b {
			remote[c.Evidence.Line] = true
			looped[c.Evidence.Line] = looped[c.Evidence.Line] || c.InLoop || in3[of[c.From.Atom]]
		}
	}
	for line := range remote {
		places++
		if looped[line] {
			loops++
		}
	}
	return places, loops
}
