package partition

import (
	"math"
	"slices"

	"github.com/ficus-dev/ficus/analyze/coupling"
)

// network is the graph that is clustered: cells, already joined where a pin says
// so, and tables, so that those who share one are near. Routes take no part: they
// go where their handler goes.
type network struct {
	nodes []node
	out   [][]link  // by target
	in    [][]link  // by source
	loop  []float64 // of the links inside a node
}

// node is one or several cells that stay together, or a table.
type node struct {
	cells  []int  // indexes, none of a table
	table  int32  // the table's atom, noAtom of cells
	home   string // the service, or role, that a pin gives; else empty
	lines  int
	routes int // routes and other entry points that it answers
	loops  int // of routes, background loops
	tables int // tables that it touches
	// started: the composition root uses it directly.
	started bool
	// source: started, with routes or data of its own.
	source bool
	apart  []int
}

const noAtom int32 = -1

// link is one direction of coupling between two nodes.
type link struct {
	to     int
	weight float64
	// upward links go against the imports: what is handed down and called back.
	upward bool
}

// newNetwork sums the couplings of atoms over nodes. The sum is damped once more:
// two packages with twenty small ties are not ten times as close as two with two.
// An import without any coupling that was seen (blank imports, broken packages)
// still counts a little.
func newNetwork(g *coupling.Graph, nodes []node, nodeOf []int, nodeOfPackage []int) *network {
	net := emptyNetwork(nodes)
	sums := make([]map[int]float64, len(nodes))
	add := func(from, to int, w float64) {
		if from < 0 || to < 0 || from == to {
			return
		}
		if sums[from] == nil {
			sums[from] = map[int]float64{}
		}
		sums[from][to] += w
	}
	for _, c := range g.Couplings {
		add(nodeOf[c.From], nodeOf[c.To], c.Weight)
	}
	for p, pkg := range g.Packages {
		for _, imp := range pkg.Imports {
			add(nodeOfPackage[p], nodeOfPackage[imp], importWeight)
		}
	}
	net.fill(sums)
	return net
}

func emptyNetwork(nodes []node) *network {
	return &network{nodes: nodes, out: make([][]link, len(nodes)), in: make([][]link, len(nodes)), loop: make([]float64, len(nodes))}
}

// merge adds up the links of nodes that become one: to tells which.
func (n *network) merge(nodes []node, to []int) *network {
	sums := make([]map[int]link, len(nodes))
	out := emptyNetwork(nodes)
	for from, links := range n.out {
		a := to[from]
		for _, l := range links {
			b := to[l.to]
			if a == b {
				out.loop[a] += l.weight
				continue
			}
			if sums[a] == nil {
				sums[a] = map[int]link{}
			}
			sum, seen := sums[a][b]
			sums[a][b] = link{to: b, weight: sum.weight + l.weight, upward: l.upward && (!seen || sum.upward)}
		}
	}
	for a, m := range sums {
		for _, b := range sortedKeys(m) {
			out.out[a] = append(out.out[a], m[b])
			out.in[b] = append(out.in[b], link{to: a, weight: m[b].weight, upward: m[b].upward})
		}
	}
	return out
}

const importWeight = 0.25

func (n *network) fill(sums []map[int]float64) {
	users := make([]int, len(n.nodes))
	for _, m := range sums {
		for to := range m {
			users[to]++
		}
	}
	for from, m := range sums {
		targets := make([]int, 0, len(m))
		for to := range m {
			targets = append(targets, to)
		}
		slices.Sort(targets)
		for _, to := range targets {
			w := math.Log1p(m[to]) / math.Sqrt(float64(users[to]))
			n.out[from] = append(n.out[from], link{to: to, weight: w})
			n.in[to] = append(n.in[to], link{to: from, weight: w})
		}
	}
}

// without gives a copy of the network in which the dropped nodes have no links.
func (n *network) without(drop []bool) *network {
	c := emptyNetwork(n.nodes)
	c.loop = n.loop
	for from, links := range n.out {
		for _, l := range links {
			if !drop[from] && !drop[l.to] {
				c.out[from] = append(c.out[from], l)
				c.in[l.to] = append(c.in[l.to], link{to: from, weight: l.weight, upward: l.upward})
			}
		}
	}
	return c
}

// modularity is Newman's Q of the grouping, both directions of a link added:
// 1/2m Σ [A − k·k/2m] over pairs of one group. Nodes of group −1 take no part.
func modularity[G int | int32](n *network, group []G) float64 {
	groups := G(0)
	for _, g := range group {
		groups = max(groups, g+1)
	}
	degree, inside := make([]float64, groups), make([]float64, groups)
	total := 0.0
	for from, links := range n.out {
		if g := group[from]; g >= 0 && n.loop != nil {
			total += 2 * n.loop[from]
			degree[g] += 2 * n.loop[from]
			inside[g] += 2 * n.loop[from]
		}
		for _, l := range links {
			a, b := group[from], group[l.to]
			if a < 0 || b < 0 {
				continue
			}
			total += 2 * l.weight
			degree[a] += l.weight
			degree[b] += l.weight
			if a == b {
				inside[a] += 2 * l.weight
			}
		}
	}
	if total == 0 {
		return 0
	}
	q := 0.0
	for k := range degree {
		q += inside[k]/total - (degree[k]/total)*(degree[k]/total)
	}
	return q
}

// degree is the number of nodes that a node depends on.
func (n *network) degree(i int) int { return len(n.out[i]) }

// owns reports whether a node answers routes or touches tables.
func (n node) owns() bool { return n.routes+n.tables > 0 }
