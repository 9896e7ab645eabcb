package partition

import (
	"cmp"
	"slices"

	"gonum.org/v1/gonum/graph"
	"gonum.org/v1/gonum/graph/simple"
	"gonum.org/v1/gonum/graph/topo"
)

// Knots are the sets of at least two nodes that use each other in a
// circle, each sorted, by their first. Declarations of one knot stay in one package,
// because Go lets no packages import each other; all others can part.
func Knots(uses [][2]int) [][]int {
	g := simple.NewDirectedGraph()
	for _, u := range uses {
		if u[0] != u[1] {
			g.SetEdge(g.NewEdge(simple.Node(u[0]), simple.Node(u[1])))
		}
	}
	var out [][]int
	for _, scc := range topo.TarjanSCC(g) {
		if len(scc) > 1 {
			out = append(out, numbers(scc))
		}
	}
	slices.SortFunc(out, func(a, b []int) int { return cmp.Compare(a[0], b[0]) })
	return out
}

func numbers(nodes []graph.Node) []int {
	out := make([]int, len(nodes))
	for i, n := range nodes {
		out[i] = int(n.ID())
	}
	slices.Sort(out)
	return out
}
