package partition

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	gonumnetwork "gonum.org/v1/gonum/graph/network"
	"gonum.org/v1/gonum/graph/simple"
)

// TestMaxflowAgainstGonum holds the value of the flow, and that of the cut left
// behind it, against gonum's Dinic.
func TestMaxflowAgainstGonum(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		nodes := 3 + r.IntN(20)
		f, g := newMaxflow(nodes), simple.NewWeightedDirectedGraph(0, 0)
		type arc struct {
			from, to int
			capacity int64
		}
		var arcs []arc
		seen := map[[2]int]bool{}
		for range 4 * nodes {
			a, b := r.IntN(nodes), r.IntN(nodes)
			if a == b || seen[[2]int{a, b}] || seen[[2]int{b, a}] {
				continue
			}
			seen[[2]int{a, b}] = true
			c := int64(1 + r.IntN(100))
			arcs = append(arcs, arc{a, b, c})
			f.arc(a, b, c)
			g.SetWeightedEdge(g.NewWeightedEdge(simple.Node(a), simple.Node(b), float64(c)))
		}
		for n := range nodes {
			if g.Node(int64(n)) == nil {
				g.AddNode(simple.Node(n))
			}
		}
		got, err := f.maximize(context.Background(), 0, nodes-1)
		if err != nil {
			t.Fatal(err)
		}
		want := gonumnetwork.MaxFlowDinic(g, simple.Node(0), simple.Node(nodes-1), 1e-9)
		in, cut := f.reached(0), int64(0)
		for _, a := range arcs {
			if in[a.from] && !in[a.to] {
				cut += a.capacity
			}
		}
		if math.Abs(float64(got)-want) > 1e-6 || cut != got {
			t.Errorf("seed %d: flow %d, cut %d; gonum has %v", seed, got, cut, want)
		}
	}
}

// planted has communities of equal size, dense inside, with a few ties between.
func planted(seed uint64, communities, size int) PeelGraph {
	r := rand.New(rand.NewPCG(seed, 2))
	g := PeelGraph{Lines: make([]int, communities*size)}
	for n := range g.Lines {
		g.Lines[n] = 20
		for range 6 {
			other := n/size*size + r.IntN(size)
			if other != n {
				g.Ties = append(g.Ties, Tie{n, other, 0.5 + r.Float64()})
			}
		}
		if r.IntN(3) == 0 {
			if other := r.IntN(len(g.Lines)); other != n {
				g.Ties = append(g.Ties, Tie{n, other, 0.5 + r.Float64()})
			}
		}
	}
	return g
}

// TestPeelFindsThePlantedCommunity: it is always among the choices, and nearly always
// the best of them.
func TestPeelFindsThePlantedCommunity(t *testing.T) {
	const runs = 20
	chosen := 0
	for seed := range uint64(runs) {
		g := planted(seed, 6, 30)
		g.Seeds = []int{35, 36}
		list, best, err := Peel(context.Background(), g)
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(list, func(p Peeling) bool {
			wrong := 0
			for n, in := range p.Inside {
				if in != (n/30 == 1) {
					wrong++
				}
			}
			return wrong <= 2
		})
		if at < 0 {
			t.Errorf("seed %d: the community is not among %d choices", seed, len(list))
		}
		if at == best {
			chosen++
		}
	}
	if chosen < runs*8/10 {
		t.Errorf("the community is the best of the choices in %d of %d runs", chosen, runs)
	}
}

// TestPeelKeepsItsWord: seeds come, what stays stays, sets that go together are never
// cut, the figures are those of the set, and the same input gives the same answer.
func TestPeelKeepsItsWord(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 3))
		g := planted(seed, 2+r.IntN(6), 5+r.IntN(20))
		perm := r.Perm(len(g.Lines))
		g.Seeds, g.Stay, g.Together = perm[:1+r.IntN(2)], perm[2:4+r.IntN(3)], [][]int{perm[7:9], perm[0:1]}
		for from := 0; from+4 < len(g.Lines); from += 5 {
			g.Packages = append(g.Packages, []int{from, from + 1, from + 2, from + 3})
		}
		list, best, err := Peel(context.Background(), g)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		again, _, _ := Peel(context.Background(), g)
		if best >= len(list) || !slices.EqualFunc(list, again, func(a, b Peeling) bool { return slices.Equal(a.Inside, b.Inside) && a.Cut == b.Cut }) {
			t.Errorf("seed %d: the second answer is another", seed)
		}
		for i, p := range list {
			checkPeeling(t, seed, g, p)
			if i > 0 && p.Lines < list[i-1].Lines {
				t.Errorf("seed %d: %d lines stand after %d", seed, p.Lines, list[i-1].Lines)
			}
		}
	}
}

func checkPeeling(t *testing.T, seed uint64, g PeelGraph, p Peeling) {
	t.Helper()
	lines, cut := 0, 0.0
	for n, in := range p.Inside {
		if in {
			lines += g.Lines[n]
		}
		if slices.Contains(g.Seeds, n) && !in || slices.Contains(g.Stay, n) && in {
			t.Errorf("seed %d: node %d is on the wrong side", seed, n)
		}
	}
	for _, set := range g.Together {
		for _, n := range set {
			if p.Inside[n] != p.Inside[set[0]] {
				t.Errorf("seed %d: %v is cut", seed, set)
			}
		}
	}
	for _, tie := range g.Ties {
		if p.Inside[tie.A] != p.Inside[tie.B] {
			cut += tie.Weight
		}
	}
	for _, pkg := range g.Packages {
		in := 0
		for _, n := range pkg {
			if p.Inside[n] {
				in++
			}
		}
		cut += Cohesion * float64(min(in, len(pkg)-in))
	}
	if lines != p.Lines || math.Abs(cut-p.Cut) > 1e-6 {
		t.Errorf("seed %d: %d lines and a cut of %v, counted %d and %v", seed, p.Lines, p.Cut, lines, cut)
	}
	if p.Conductance < 0 || p.Conductance > 1 {
		t.Errorf("seed %d: conductance %v", seed, p.Conductance)
	}
}

func TestPeelRefuses(t *testing.T) {
	g := planted(1, 2, 10)
	for _, c := range []struct {
		seeds, stay []int
		want        error
	}{
		{nil, nil, ErrNoSeed},
		{[]int{1}, []int{1}, ErrSeedStays},
		{[]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}, nil, ErrNothingStays},
	} {
		g.Seeds, g.Stay = c.seeds, c.stay
		if _, _, err := Peel(context.Background(), g); !errors.Is(err, c.want) {
			t.Errorf("seeds %v, stay %v: %v, want %v", c.seeds, c.stay, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	g.Seeds, g.Stay = []int{1}, nil
	if _, _, err := Peel(ctx, g); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of its context: %v", err)
	}
}

// TestKnots: two nodes are in one knot when each reaches the other.
func TestKnots(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 4))
		n := 2 + r.IntN(12)
		var uses [][2]int
		reach := make([][]bool, n)
		for i := range reach {
			reach[i] = make([]bool, n)
		}
		for range r.IntN(3 * n) {
			a, b := r.IntN(n), r.IntN(n)
			uses = append(uses, [2]int{a, b})
			reach[a][b] = true
		}
		for k := range n {
			for i := range n {
				for j := range n {
					reach[i][j] = reach[i][j] || reach[i][k] && reach[k][j]
				}
			}
		}
		knot := map[int]int{}
		for i, set := range Knots(uses) {
			for _, m := range set {
				knot[m] = i + 1
			}
		}
		for i := range n {
			for j := range i {
				if want := reach[i][j] && reach[j][i]; want != (knot[i] > 0 && knot[i] == knot[j]) {
					t.Errorf("seed %d: %d and %d: in one knot is %v, want %v", seed, i, j, !want, want)
				}
			}
		}
	}
}
