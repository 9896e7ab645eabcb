package partition

import "math"

// flow is the second opinion beside Louvain: who reaches a node from above. Every
// source (an active node that no active node depends on, or that the root starts
// and that answers routes or owns data) owns itself; a node's ownership is the
// mean of its users' ownership,
//
//	o(b) = Σ w(a,b)·o(a) / Σ w(a,b),   w(a,b) = weight(a,b) / √outdegree(a),
//
// where a node that the root starts counts itself among its users. Two nodes are alike as far as their ownership vectors point the same way
// (cosine). Where Louvain asks who talks with whom, flow asks for whom one works:
// it keeps a service's layers together and sees what all share.
//
// Cycles, which units can have though packages cannot, are followed by iterating.
func flow(net *network, active []int) *ownership {
	f := newOwnership(net, active)
	for range flowRounds {
		if f.step() < flowTolerance {
			break
		}
	}
	return f
}

const (
	flowRounds    = 60
	flowTolerance = 1e-6
	// selfUsers is for how many of its users a node counts itself that the root
	// starts.
	selfUsers = 2
)

// ownership holds a vector over the sources for every active node.
type ownership struct {
	active  []int
	index   []int // node → place in active, -1
	sources []int // places in active
	own     []int // place → its source, -1
	fixed   []bool
	users   [][]link
	share   [][]float64 // [place][source]
}

func newOwnership(net *network, active []int) *ownership {
	f := &ownership{active: active, index: make([]int, len(net.nodes))}
	for i := range f.index {
		f.index[i] = -1
	}
	for i, a := range active {
		f.index[a] = i
	}
	f.users = make([][]link, len(active))
	for i, a := range active {
		for _, l := range net.in[a] {
			if u := f.index[l.to]; u >= 0 {
				w := l.weight / math.Sqrt(float64(max(1, net.degree(l.to))))
				f.users[i] = append(f.users[i], link{to: u, weight: w})
			}
		}
	}
	f.findSources(net)
	f.share, f.own = make([][]float64, len(active)), make([]int, len(active))
	for i := range f.share {
		f.share[i], f.own[i] = make([]float64, len(f.sources)), -1
	}
	for s, i := range f.sources {
		f.share[i][s], f.own[i] = 1, s
	}
	return f
}

// findSources takes the nodes without users, those that the root starts, and one
// node of every part of the network that has neither (a cycle): its first.
func (f *ownership) findSources(net *network) {
	f.fixed = make([]bool, len(f.active))
	reached := make([]bool, len(f.active))
	take := func(i int) {
		f.sources = append(f.sources, i)
		stack := []int{i}
		for len(stack) > 0 {
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if reached[at] {
				continue
			}
			reached[at] = true
			for _, l := range net.out[f.active[at]] {
				if to := f.index[l.to]; to >= 0 {
					stack = append(stack, to)
				}
			}
		}
	}
	for i, n := range f.active {
		nd := net.nodes[n]
		f.fixed[i] = len(f.users[i]) == 0 || nd.source
		if f.fixed[i] || nd.started {
			take(i)
		}
	}
	for i := range f.active {
		if !reached[i] {
			f.fixed[i] = true
			take(i)
		}
	}
}

// step recomputes every vector from its users' and returns the largest change.
func (f *ownership) step() float64 {
	change := 0.0
	for i := range f.active {
		if f.fixed[i] {
			continue
		}
		next := make([]float64, len(f.sources))
		total := 0.0
		for _, u := range f.users[i] {
			total += u.weight
			for s, v := range f.share[u.to] {
				next[s] += u.weight * v
			}
		}
		if own := f.own[i]; own >= 0 {
			self := selfUsers * total / float64(len(f.users[i]))
			next[own] += self
			total += self
		}
		for s := range next {
			next[s] /= total
			change = max(change, math.Abs(next[s]-f.share[i][s]))
		}
		f.share[i] = next
	}
	return change
}

// alike is the cosine of every two ownership vectors.
func (f *ownership) alike() *square {
	out := newSquare(len(f.active))
	norm := make([]float64, len(f.active))
	for i, v := range f.share {
		norm[i] = math.Sqrt(dot(v, v))
	}
	for i := range f.active {
		for j := range i {
			if norm[i] > 0 && norm[j] > 0 {
				out.set(i, j, dot(f.share[i], f.share[j])/(norm[i]*norm[j]))
			}
		}
	}
	return out
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
