package vta

import "golang.org/x/tools/container/intsets"

// components are the strongly connected components of a network, numbered so that an
// edge between two leads from the higher to the lower number.
type components struct {
	of    []int32 // by node
	start []int32 // into nodes, by component; one more at the end
	nodes []int32
}

// adjacency is edges in compressed rows: those of node i are to[start[i]:start[i+1]].
type adjacency struct{ start, to []int32 }

func newAdjacency(nodes int32, from, to []int32) adjacency {
	a := adjacency{start: make([]int32, nodes+2), to: make([]int32, len(to))}
	for _, f := range from {
		a.start[f+2]++
	}
	for i := int32(1); i < nodes+2; i++ {
		a.start[i] += a.start[i-1]
	}
	for i, f := range from { // start[f+1] runs from the begin of f's row to its end
		a.to[a.start[f+1]] = to[i]
		a.start[f+1]++
	}
	return a
}

func (a adjacency) of(node int32) []int32 { return a.to[a.start[node]:a.start[node+1]] }

// connect finds the components (Tarjan, Depth-first search and linear graph
// algorithms, SIAM J. Comput. 1972), with a stack of its own, since chains are long.
func connect(a adjacency, nodes int32) components {
	t := tarjan{a: a, low: make([]int32, nodes), index: make([]int32, nodes)}
	t.c.of = make([]int32, nodes)
	t.c.nodes = make([]int32, 0, nodes)
	for i := range nodes {
		if t.index[i] == 0 {
			t.visit(i)
		}
	}
	t.c.start = append(t.c.start, int32(len(t.c.nodes)))
	return t.c
}

type tarjan struct {
	a          adjacency
	low, index []int32 // index 0: not seen yet
	next       int32
	open       []int32 // nodes of components that are not finished
	frames     []frame
	c          components
}

type frame struct{ node, edge int32 }

// finished marks the index of nodes whose component is known.
const finished = 1<<31 - 1

func (t *tarjan) visit(root int32) {
	t.enter(root)
	for len(t.frames) > 0 {
		f := &t.frames[len(t.frames)-1]
		if row := t.a.of(f.node); int(f.edge) < len(row) {
			to := row[f.edge]
			f.edge++
			if t.index[to] == 0 {
				t.enter(to)
			} else {
				t.low[f.node] = min(t.low[f.node], t.index[to])
			}
			continue
		}
		t.leave(f.node)
	}
}

func (t *tarjan) enter(node int32) {
	t.next++
	t.index[node], t.low[node] = t.next, t.next
	t.open = append(t.open, node)
	t.frames = append(t.frames, frame{node: node})
}

func (t *tarjan) leave(node int32) {
	t.frames = t.frames[:len(t.frames)-1]
	if len(t.frames) > 0 {
		parent := t.frames[len(t.frames)-1].node
		t.low[parent] = min(t.low[parent], t.low[node])
	}
	if t.low[node] != t.index[node] {
		return
	}
	id := int32(len(t.c.start))
	t.c.start = append(t.c.start, int32(len(t.c.nodes)))
	for {
		last := t.open[len(t.open)-1]
		t.open = t.open[:len(t.open)-1]
		t.index[last] = finished
		t.c.of[last] = id
		t.c.nodes = append(t.c.nodes, last)
		if last == node {
			return
		}
	}
}

// holding is the set of a component. A set that is not its own belongs to the
// component that it came from, and is copied before anything is added.
type holding struct {
	set *intsets.Sparse
	own bool
}

func (h *holding) add(s *intsets.Sparse) {
	switch {
	case s == nil || h.set == s:
	case h.set == nil:
		h.set = s
	case s.SubsetOf(h.set):
	case h.set.SubsetOf(s):
		h.set, h.own = s, false
	case h.own:
		h.set.UnionWith(s)
	default:
		both := new(intsets.Sparse)
		both.Copy(h.set)
		both.UnionWith(s)
		h.set, h.own = both, true
	}
}

// propagate gives what reaches each node, by component, where asked says that it
// matters; nodes of components that lead to none of these have no set.
func (n *network) propagate(asked []bool) (components, []holding) {
	a := newAdjacency(n.nodes, n.from, n.to)
	c := connect(a, n.nodes)
	matters := c.leadTo(a, asked)
	sets := make([]holding, len(matters))
	for i := len(sets) - 1; i >= 0; i-- {
		if !matters[i] {
			continue
		}
		members := c.nodes[c.start[i]:c.start[i+1]]
		for _, node := range members {
			if s := n.seeds[node]; s != nil {
				sets[i].add(s)
			}
		}
		for _, node := range members {
			for _, to := range a.of(node) {
				if next := c.of[to]; next != int32(i) && matters[next] {
					sets[next].add(sets[i].set)
				}
			}
		}
	}
	return c, sets
}

// leadTo tells from which components a node that is asked for can be reached.
func (c components) leadTo(a adjacency, asked []bool) []bool {
	out := make([]bool, len(c.start)-1)
	for i := range out {
		for _, node := range c.nodes[c.start[i]:c.start[i+1]] {
			out[i] = out[i] || asked[node]
			for _, to := range a.of(node) {
				out[i] = out[i] || out[c.of[to]]
			}
		}
	}
	return out
}
