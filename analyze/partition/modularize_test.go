package partition

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/graph/community"
	"gonum.org/v1/gonum/graph/simple"
)

// randomNetwork has groups of nodes with more links inside than across. Weights are
// multiples of 1/8, of which sums are exact in any order; with levels of 1 all are
// equal, so that there are many ties.
func randomNetwork(rnd *rand.Rand, n, levels int) *network {
	net := &network{nodes: make([]node, n), out: make([][]link, n), in: make([][]link, n)}
	for range n * 4 {
		a, b := rnd.IntN(n), rnd.IntN(n)
		if a == b || a%5 != b%5 && rnd.IntN(3) > 0 {
			continue
		}
		w := float64(1+rnd.IntN(levels)) / 8
		net.out[a] = append(net.out[a], link{to: b, weight: w})
		net.in[b] = append(net.in[b], link{to: a, weight: w})
	}
	return net
}

// oracle groups by gonum's implementation, in the order that it gives.
func oracle(net *network, resolution float64, src rand.Source) [][]int {
	g := simple.NewWeightedUndirectedGraph(0, 0)
	for i := range net.nodes {
		g.AddNode(simple.Node(i))
	}
	for i, links := range net.out {
		for _, l := range links {
			w, _ := g.Weight(int64(i), int64(l.to))
			g.SetWeightedEdge(simple.WeightedEdge{F: simple.Node(i), T: simple.Node(l.to), W: w + l.weight})
		}
	}
	var out [][]int
	for _, members := range community.Modularize(g, resolution, src).Communities() {
		var ids []int
		for _, m := range members {
			ids = append(ids, int(m.ID()))
		}
		slices.Sort(ids)
		out = append(out, ids)
	}
	return out
}

func TestModularizeGroupsAsGonumDoes(t *testing.T) {
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		n := 1 + rnd.IntN(120)
		net := randomNetwork(rnd, n, []int{1, 3, 100}[seed%3])
		resolution := resolutions[seed%uint64(len(resolutions))]
		t.Run(fmt.Sprintf("seed %d, %d nodes", seed, n), func(t *testing.T) {
			got := membersOf(modularize(tiesOf(net, all(n)), resolution, rand.NewPCG(seed, 2)))
			want := oracle(net, resolution, rand.NewPCG(seed, 2))
			if !slices.EqualFunc(got, want, slices.Equal[[]int]) {
				t.Errorf("got %v\nwant %v", got, want)
			}
		})
	}
}

// TestModularizeForgetsTheOrderOfLinks turns every row of the network round.
func TestModularizeForgetsTheOrderOfLinks(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	net := randomNetwork(rnd, 200, 100)
	for i := range net.out {
		for j := range net.out[i] {
			net.out[i][j].weight += rnd.Float64() // sums that are not exact
		}
	}
	first, _ := modularize(tiesOf(net, all(200)), 1, rand.NewPCG(1, 1))
	for i := range net.out {
		slices.Reverse(net.out[i])
	}
	if second, _ := modularize(tiesOf(net, all(200)), 1, rand.NewPCG(1, 1)); !slices.Equal(first, second) {
		t.Errorf("got %v, before %v", second, first)
	}
}

func TestModularizeWithoutLinks(t *testing.T) {
	for n := range 3 {
		net := &network{nodes: make([]node, n), out: make([][]link, n)}
		group, groups := modularize(tiesOf(net, all(n)), 1, rand.NewPCG(1, 1))
		if groups != n || len(group) != n {
			t.Errorf("%d nodes: got %d groups, %v", n, groups, group)
		}
	}
}

func BenchmarkModularize(b *testing.B) {
	for _, n := range []int{1000, 10000, 100000} {
		net := randomNetwork(rand.New(rand.NewPCG(1, 1)), n, 100)
		t := tiesOf(net, all(n))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				modularize(t, 1, rand.NewPCG(1, 1))
			}
		})
	}
}
