package partition

import (
	"math"
	"math/rand/v2"
	"slices"
)

// ties is an undirected weighted graph in compressed rows. Weights are whole
// numbers, so that no sum depends on the order of its terms: equal input gives
// equal groups, and a tie is a tie.
type ties struct {
	start []int32 // of each node's row; one more than nodes
	to    []int32
	w     []int64
	self  []int64 // both directions of what became the inside of a node
}

// unit is the weight 1 in ties: finer than any weight is meant, and coarse enough
// that the sum over a million links is far below 2^53, where float64 is exact.
const unit = 1 << 28

func (t *ties) nodes() int { return len(t.self) }

// tiesOf is the network of the active nodes, by index in active, with the weights
// of both directions added.
func tiesOf(net *network, active []int) *ties {
	index := make([]int32, len(net.nodes))
	for i := range index {
		index[i] = -1
	}
	for i, a := range active {
		index[a] = int32(i)
	}
	var rows rowsOf
	for i, a := range active {
		for _, l := range net.out[a] {
			if j := index[l.to]; j >= 0 {
				w := int64(math.Round(l.weight * unit))
				rows.add(int32(i), j, w)
				rows.add(j, int32(i), w)
			}
		}
	}
	self := make([]int64, len(active))
	for i, a := range active {
		if net.loop != nil {
			self[i] = int64(math.Round(2 * net.loop[a] * unit))
		}
	}
	return rows.pack(self)
}

// rowsOf gathers links in any order.
type rowsOf struct {
	from, to []int32
	w        []int64
}

func (r *rowsOf) add(from, to int32, w int64) {
	r.from, r.to, r.w = append(r.from, from), append(r.to, to), append(r.w, w)
}

// pack sorts the links into rows by counting and adds up those between two nodes.
func (r *rowsOf) pack(self []int64) *ties {
	n := len(self)
	begin := make([]int32, n+1)
	for _, f := range r.from {
		begin[f+1]++
	}
	for i := range n {
		begin[i+1] += begin[i]
	}
	order := make([]int32, len(r.from))
	next := slices.Clone(begin)
	for i, f := range r.from {
		order[next[f]] = int32(i)
		next[f]++
	}
	t := &ties{start: make([]int32, 1, n+1), self: self}
	sum := newTally(n)
	for i := range n {
		for _, l := range order[begin[i]:begin[i+1]] {
			sum.add(r.to[l], r.w[l])
		}
		for _, to := range sum.touched {
			t.to, t.w = append(t.to, to), append(t.w, sum.of[to])
		}
		sum.clear()
		t.start = append(t.start, int32(len(t.to)))
	}
	return t
}

// tally sums by small numbers and is cleared in the time that it was filled in.
type tally struct {
	of      []int64
	in      []bool
	touched []int32
}

func newTally(n int) *tally { return &tally{of: make([]int64, n), in: make([]bool, n)} }

func (s *tally) add(i int32, w int64) {
	if !s.in[i] {
		s.in[i] = true
		s.touched = append(s.touched, i)
	}
	s.of[i] += w
}

func (s *tally) clear() {
	for _, i := range s.touched {
		s.of[i], s.in[i] = 0, false
	}
	s.touched = s.touched[:0]
}

// modularize groups the nodes by the Louvain method (Blondel et al.,
// doi:10.1088/1742-5468/2008/10/P10008) at a resolution (γ of Reichardt and
// Bornholdt, doi:10.1103/PhysRevE.74.016110). It gives every node the number of
// its group, and how many there are. It takes the steps of gonum's
// community.Modularize, which is the oracle of its tests, in time proportional to
// the links: there each step costs the square of the group's size, and the order
// in which weights are summed changes from run to run.
func modularize(t *ties, resolution float64, src rand.Source) (group []int32, groups int) {
	rnd := rand.New(src)
	group = make([]int32, t.nodes())
	for i := range group {
		group[i] = int32(i)
	}
	for {
		m := newMover(t, resolution)
		if m.total == 0 || !m.improve(rnd) {
			return group, t.nodes()
		}
		n := m.compact()
		for i, g := range group {
			group[i] = m.in[g]
		}
		t = t.reduce(m.in, n)
	}
}

// reduce makes a node of each group.
func (t *ties) reduce(in []int32, groups int) *ties {
	var rows rowsOf
	self := make([]int64, groups)
	for i, g := range in {
		self[g] += t.self[i]
		for l := t.start[i]; l < t.start[i+1]; l++ {
			if other := in[t.to[l]]; other == g {
				self[g] += t.w[l] // seen from both ends
			} else {
				rows.add(g, other, t.w[l])
			}
		}
	}
	return rows.pack(self)
}

// mover moves single nodes between groups while modularity grows.
type mover struct {
	*ties
	resolution float64
	total      int64   // of the degrees: 2m
	degree     []int64 // of nodes
	in         []int32 // node → group
	size       []int32 // of groups
	sum        []int64 // of the degrees in a group
	order      []int32 // of the nodes in the next round
	near       *tally  // links of the node at hand, by group
}

func newMover(t *ties, resolution float64) *mover {
	n := t.nodes()
	m := &mover{ties: t, resolution: resolution, degree: make([]int64, n), in: make([]int32, n), size: make([]int32, n),
		order: make([]int32, n), near: newTally(n)}
	for i := range n {
		d := t.self[i]
		for l := t.start[i]; l < t.start[i+1]; l++ {
			d += t.w[l]
		}
		m.degree[i] = d
		m.total += d
		m.in[i], m.size[i], m.order[i] = int32(i), 1, int32(i)
	}
	m.sum = slices.Clone(m.degree)
	return m
}

// improve reports whether any node moved.
func (m *mover) improve(rnd *rand.Rand) (changed bool) {
	for {
		for i := range len(m.order) - 1 {
			j := i + rnd.IntN(len(m.order)-i)
			m.order[i], m.order[j] = m.order[j], m.order[i]
		}
		moved := false
		for _, node := range m.order {
			if to := m.better(node); to >= 0 {
				m.move(node, to)
				moved = true
			}
		}
		if !moved {
			return changed
		}
		changed = true
	}
}

// leastGain is the growth of modularity below which a move is noise.
const leastGain = 1e-15

// better is the group in which the node adds most to modularity, the first of
// equals; −1 when that is where it is.
func (m *mover) better(node int32) int32 {
	own := m.in[node]
	m.near.clear()
	for l := m.start[node]; l < m.start[node+1]; l++ {
		m.near.add(m.in[m.to[l]], m.w[l])
	}
	k, total := float64(m.degree[node]), float64(m.total)
	gain := func(group int32, sum int64) float64 {
		return float64(m.near.of[group]) - m.resolution*k*float64(sum)/total
	}
	best, to := math.Inf(-1), int32(-1)
	for _, g := range m.near.touched {
		if g == own {
			continue
		}
		if add := gain(g, m.sum[g]); add > best || add == best && g < to {
			best, to = add, g
		}
	}
	if 2*(best-gain(own, m.sum[own]-m.degree[node]))/total <= leastGain {
		return -1
	}
	return to
}

func (m *mover) move(node, to int32) {
	from := m.in[node]
	m.in[node] = to
	m.size[from]--
	m.size[to]++
	m.sum[from] -= m.degree[node]
	m.sum[to] += m.degree[node]
}

// compact numbers the groups that are left, the last one taking the place of an
// empty one, and returns how many there are.
func (m *mover) compact() int {
	number := make([]int32, len(m.size))
	for i := range number {
		number[i] = int32(i)
	}
	n := len(number)
	for i := 0; i < n; {
		if m.size[number[i]] == 0 {
			n--
			number[i] = number[n]
		} else {
			i++
		}
	}
	at := make([]int32, len(m.size))
	for i, g := range number[:n] {
		at[g] = int32(i)
	}
	for i, g := range m.in {
		m.in[i] = at[g]
	}
	return n
}
