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
	members, begin := byGroup(in, groups)
	out := &ties{start: make([]int32, 1, groups+1), to: make([]int32, 0, len(t.to)/2), w: make([]int64, 0, len(t.to)/2), self: make([]int64, groups)}
	sum := newTally(groups)
	for g := range groups {
		for _, i := range members[begin[g]:begin[g+1]] {
			out.self[g] += t.self[i]
			for l := t.start[i]; l < t.start[i+1]; l++ {
				sum.add(in[t.to[l]], t.w[l])
			}
		}
		for _, to := range sum.touched {
			if to == int32(g) {
				out.self[g] += sum.of[to] // seen from both ends
			} else {
				out.to, out.w = append(out.to, to), append(out.w, sum.of[to])
			}
		}
		sum.clear()
		out.start = append(out.start, int32(len(out.to)))
	}
	return out
}

// byGroup lists the nodes group by group: those of g from begin[g] to begin[g+1].
func byGroup(in []int32, groups int) (members, begin []int32) {
	begin = make([]int32, groups+1)
	for _, g := range in {
		begin[g+1]++
	}
	for g := range groups {
		begin[g+1] += begin[g]
	}
	members = make([]int32, len(in))
	next := slices.Clone(begin)
	for i, g := range in {
		members[next[g]] = int32(i)
		next[g]++
	}
	return members, begin
}

// mover moves single nodes between groups while modularity grows.
type mover struct {
	*ties
	resolution float64
	total      int64   // of the degrees: 2m
	degree     []int64 // of nodes
	in         []int32 // node → group
	groups     []groupSums
	order      []int32 // of the nodes in the next round

	near []int32 // groups that the node at hand is linked to
	turn uint64  // of the node at hand
}

// groupSums is one group of a mover. What a node asks of it lies in one place.
type groupSums struct {
	sum  int64  // of its nodes' degrees
	ties int64  // of the node that looked last
	turn uint64 // of that node
	size int32  // nodes
}

func newMover(t *ties, resolution float64) *mover {
	n := t.nodes()
	m := &mover{ties: t, resolution: resolution, degree: make([]int64, n), in: make([]int32, n), groups: make([]groupSums, n),
		order: make([]int32, n)}
	for i := range n {
		d := t.self[i]
		for l := t.start[i]; l < t.start[i+1]; l++ {
			d += t.w[l]
		}
		m.degree[i] = d
		m.total += d
		m.in[i], m.order[i], m.groups[i] = int32(i), int32(i), groupSums{sum: d, size: 1}
	}
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
	m.look(node)
	k, total, own := m.resolution*float64(m.degree[node]), float64(m.total), m.in[node]
	best, to, stay := math.Inf(-1), int32(-1), 0.0
	for _, g := range m.near {
		c := &m.groups[g]
		if g == own {
			stay = float64(c.ties)
		} else if add := float64(c.ties) - k*float64(c.sum)/total; add > best || add == best && g < to {
			best, to = add, g
		}
	}
	stay -= k * float64(m.groups[own].sum-m.degree[node]) / total
	if 2*(best-stay)/total <= leastGain {
		return -1
	}
	return to
}

// look adds up the links of a node by group.
func (m *mover) look(node int32) {
	m.turn++
	m.near = m.near[:0]
	from, end := m.start[node], m.start[node+1]
	weights := m.w[from:end]
	for i, to := range m.to[from:end] {
		g := m.in[to]
		c := &m.groups[g]
		if c.turn != m.turn {
			c.turn, c.ties = m.turn, 0
			m.near = append(m.near, g)
		}
		c.ties += weights[i]
	}
}

func (m *mover) move(node, to int32) {
	from := m.in[node]
	m.in[node] = to
	m.groups[from].size--
	m.groups[to].size++
	m.groups[from].sum -= m.degree[node]
	m.groups[to].sum += m.degree[node]
}

// compact numbers the groups that are left, the last one taking the place of an
// empty one, and returns how many there are.
func (m *mover) compact() int {
	number := make([]int32, len(m.groups))
	for i := range number {
		number[i] = int32(i)
	}
	n := len(number)
	for i := 0; i < n; {
		if m.groups[number[i]].size == 0 {
			n--
			number[i] = number[n]
		} else {
			i++
		}
	}
	at := make([]int32, len(m.groups))
	for i, g := range number[:n] {
		at[g] = int32(i)
	}
	for i, g := range m.in {
		m.in[i] = at[g]
	}
	return n
}
