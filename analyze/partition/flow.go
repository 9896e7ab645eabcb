package partition

import (
	"math"
	"slices"
)

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
	share   []sparse // of every place, over the sources
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
	f.share, f.own = make([]sparse, len(active)), make([]int, len(active))
	for i := range f.own {
		f.own[i] = -1
	}
	for s, i := range f.sources {
		f.share[i], f.own[i] = sparse{{s, 1}}, s
	}
	return f
}

// sparse is a vector without its zeros, by index: a node serves few of the sources.
type sparse []entry

func (s sparse) dense(width int) []float64 {
	out := make([]float64, width)
	for _, x := range s {
		out[x.at] = x.v
	}
	return out
}

type entry struct {
	at int
	v  float64
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
	next := newScatter(len(f.sources))
	for i := range f.active {
		if f.fixed[i] {
			continue
		}
		total := 0.0
		for _, u := range f.users[i] {
			total += u.weight
			for _, x := range f.share[u.to] {
				next.add(x.at, u.weight*x.v)
			}
		}
		if own := f.own[i]; own >= 0 {
			self := selfUsers * total / float64(len(f.users[i]))
			next.add(own, self)
			total += self
		}
		for _, x := range f.share[i] {
			next.add(x.at, 0) // what is no more has changed too
		}
		was := f.share[i]
		now := make(sparse, 0, len(next.touched))
		for _, s := range next.sorted() {
			v, old := next.of[s]/total, 0.0
			if len(was) > 0 && was[0].at == s {
				old, was = was[0].v, was[1:]
			}
			change = max(change, math.Abs(v-old))
			if v != 0 {
				now = append(now, entry{s, v})
			}
		}
		f.share[i] = now
		next.clear()
	}
	return change
}

// scatter is a dense vector that is cleared in the time that it was filled in.
type scatter struct {
	of      []float64
	in      []bool
	touched []int
}

func newScatter(n int) *scatter { return &scatter{of: make([]float64, n), in: make([]bool, n)} }

func (s *scatter) add(i int, v float64) {
	if !s.in[i] {
		s.in[i] = true
		s.touched = append(s.touched, i)
	}
	s.of[i] += v
}

func (s *scatter) sorted() []int {
	slices.Sort(s.touched)
	return s.touched
}

func (s *scatter) clear() {
	for _, i := range s.touched {
		s.of[i], s.in[i] = 0, false
	}
	s.touched = s.touched[:0]
}

// alike is the cosine of every two ownership vectors.
func (f *ownership) alike() *square {
	return cosines(f.share, len(f.sources))
}

// cosines of every two vectors of a width. Terms are added in the order of indexes;
// only vectors that have an index in common are looked at.
func cosines(vectors []sparse, width int) *square {
	out := newSquare(len(vectors))
	norm := make([]float64, len(vectors))
	for i, v := range vectors {
		for _, x := range v {
			norm[i] += x.v * x.v
		}
		norm[i] = math.Sqrt(norm[i])
	}
	type place struct {
		vector int
		v      float64
	}
	having := make([][]place, width) // by index, of the vectors so far
	sum := newScatter(len(vectors))
	for i, v := range vectors {
		for _, x := range v {
			for _, p := range having[x.at] {
				sum.add(p.vector, p.v*x.v)
			}
			having[x.at] = append(having[x.at], place{i, x.v})
		}
		for _, j := range sum.touched {
			if norm[i] != 0 && norm[j] != 0 {
				out.set(i, j, sum.of[j]/(norm[i]*norm[j]))
			}
		}
		sum.clear()
	}
	return out
}
