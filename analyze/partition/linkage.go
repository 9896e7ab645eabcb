package partition

import "slices"

// merge is one step of a hierarchy: two groups that join at a likeness.
type merge struct {
	a, b int // representatives (lowest members) of the groups
	at   float64
}

// linkage builds the hierarchy of average linkage (UPGMA) over a likeness matrix,
// nearest pairs first, ties to the lowest members. It is the nearest-neighbour
// chain algorithm, quadratic in time. apart forbids merges, size weighs members.
func linkage(like *square, size []float64, apart func(a, b []int) bool) []merge {
	n := like.n
	h := &hierarchy{like: cloneSquare(like), size: slices.Clone(size), alive: make([]bool, n), members: make([][]int, n), apart: apart}
	for i := range n {
		h.alive[i], h.members[i] = true, []int{i}
	}
	var out []merge
	for {
		a, b, v, ok := h.nearest()
		if !ok {
			return out
		}
		out = append(out, merge{a, b, v})
		h.join(a, b)
	}
}

type hierarchy struct {
	like    *square
	size    []float64
	alive   []bool
	members [][]int
	apart   func(a, b []int) bool
	best    []int // cached nearest of each row, -1 when stale
}

// nearest finds the most alike pair of living groups.
func (h *hierarchy) nearest() (a, b int, v float64, ok bool) {
	if h.best == nil {
		h.best = make([]int, h.like.n)
		for i := range h.best {
			h.best[i] = -1
		}
	}
	v = -1
	for i := range h.like.n {
		if !h.alive[i] {
			continue
		}
		if h.best[i] < 0 || !h.alive[h.best[i]] {
			h.best[i] = h.rowBest(i)
		}
		if j := h.best[i]; j >= 0 && h.like.at(i, j) > v {
			a, b, v, ok = min(i, j), max(i, j), h.like.at(i, j), true
		}
	}
	return a, b, v, ok
}

func (h *hierarchy) rowBest(i int) int {
	best, v := -1, -1.0
	for j := range h.like.n {
		if j == i || !h.alive[j] || h.like.at(i, j) <= v {
			continue
		}
		if h.apart != nil && h.apart(h.members[i], h.members[j]) {
			continue
		}
		best, v = j, h.like.at(i, j)
	}
	return best
}

// join puts b into a; likeness to others is the mean weighted by size.
func (h *hierarchy) join(a, b int) {
	sa, sb := h.size[a], h.size[b]
	h.alive[b] = false
	h.members[a] = append(h.members[a], h.members[b]...)
	for k := range h.like.n {
		if k != a && h.alive[k] {
			h.like.set(a, k, (sa*h.like.at(a, k)+sb*h.like.at(b, k))/(sa+sb))
		}
	}
	h.size[a] = sa + sb
	for i := range h.best {
		if h.best[i] == a || h.best[i] == b || i == a {
			h.best[i] = -1
		}
	}
	// a came closer to some: rows whose best was another stay right unless a is
	// now better, which the average never is beyond the better of the two parts.
}

func cloneSquare(s *square) *square { return &square{n: s.n, cell: slices.Clone(s.cell)} }

// cut replays a hierarchy until stop says so, and returns the group of every
// item, numbered by lowest member.
func cut(n int, merges []merge, stop func(groups int, m merge) bool) []int {
	group := make([]int, n)
	for i := range group {
		group[i] = i
	}
	for done, m := range merges {
		if stop(n-done, m) {
			break
		}
		for i := range group {
			if group[i] == m.b {
				group[i] = m.a
			}
		}
	}
	return renumber(group)
}

// renumber gives groups the numbers 0… in order of first appearance.
func renumber(group []int) []int {
	number := map[int]int{}
	out := make([]int, len(group))
	for i, g := range group {
		if _, ok := number[g]; !ok {
			number[g] = len(number)
		}
		out[i] = number[g]
	}
	return out
}
