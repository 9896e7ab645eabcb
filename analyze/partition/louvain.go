package partition

import (
	"context"
	"math/rand/v2"

	"gonum.org/v1/gonum/graph/community"
	"gonum.org/v1/gonum/graph/simple"
)

// resolutions are those of Reichardt and Bornholdt (doi:10.1103/PhysRevE.74.016110)
// at which the ensemble looks: half the customary one finds the coarse structure,
// twice as much the fine one.
var resolutions = [...]float64{0.5, 0.75, 1, 1.5, 2}

// runsPerResolution is how many seeds are tried at each resolution.
const runsPerResolution = 8

// louvain gives the share of the ensemble's runs in which two of the active nodes
// fall into one community (the co-association of Fred and Jain,
// doi:10.1109/TPAMI.2005.113). Nodes without links stay alone.
func louvain(ctx context.Context, net *network, active []int, seed uint64) (*square, error) {
	g, at := undirected(net, active)
	together := newSquare(len(active))
	runs := 0
	for r, resolution := range resolutions {
		for run := range runsPerResolution {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			src := rand.NewPCG(seed, uint64(r*runsPerResolution+run))
			for _, members := range community.Modularize(g, resolution, src).Communities() {
				for i, a := range members {
					for _, b := range members[:i] {
						together.add(at[a.ID()], at[b.ID()], 1)
					}
				}
			}
			runs++
		}
	}
	together.scale(1 / float64(runs))
	return together, nil
}

// undirected is the network of the active nodes with the weights of both
// directions added. at maps a graph ID to the index in active.
func undirected(net *network, active []int) (*simple.WeightedUndirectedGraph, []int) {
	g := simple.NewWeightedUndirectedGraph(0, 0)
	index := make([]int, len(net.nodes))
	for i := range index {
		index[i] = -1
	}
	at := make([]int, len(active))
	for i, a := range active {
		index[a], at[i] = i, i
		g.AddNode(simple.Node(i))
	}
	for i, a := range active {
		for _, l := range net.out[a] {
			j := index[l.to]
			if j < 0 {
				continue
			}
			w, _ := g.Weight(int64(i), int64(j))
			g.SetWeightedEdge(simple.WeightedEdge{F: simple.Node(i), T: simple.Node(j), W: w + l.weight})
		}
	}
	return g, at
}
