package partition

import (
	"math"
	"slices"
)

// merge is one step of a hierarchy: two groups that join at a likeness.
type merge struct {
	a, b int // representatives (lowest members) of the groups
	at   float64
}

// linkage builds the hierarchy of average linkage (UPGMA) over a likeness matrix,
// nearest pairs first, ties to the lowest members. A row's nearest is looked for anew
// when it may decide, so that time is quadratic but for ties. apart forbids merges,
// size weighs members.
func linkage(like *square, size []float64, apart func(a, b []int) bool) []merge {
	n := like.n
	h := &hierarchy{like: cloneSquare(like), size: slices.Clone(size), live: make([]int, n), members: make([][]int, n), apart: apart,
		best: make([]int, n), bound: make([]float64, n)}
	for i := range n {
		h.live[i], h.members[i], h.best[i], h.bound[i] = i, []int{i}, -1, math.Inf(1)
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
	live    []int // groups that are left, ascending
	members [][]int
	apart   func(a, b []int) bool
	best    []int     // nearest of each row, -1 when stale
	bound   []float64 // what a stale row's nearest is at most, but for rounding
}

// rounding is by what share sums in another order may pass a bound.
const rounding = 1e-9

// nearest finds the most alike pair of living groups.
func (h *hierarchy) nearest() (a, b int, v float64, ok bool) {
	v = -1
	for _, i := range h.live {
		if h.best[i] < 0 {
			if h.bound[i] < v*(1-rounding) {
				continue
			}
			h.look(i)
		}
		if h.best[i] >= 0 && h.bound[i] > v {
			a, b, v, ok = min(i, h.best[i]), max(i, h.best[i]), h.bound[i], true
		}
	}
	return a, b, v, ok
}

// look finds the nearest of a row, the lowest of equals.
func (h *hierarchy) look(i int) {
	best, v, row := -1, -1.0, h.like.row(i)
	for _, j := range h.live {
		if j == i || row[j] <= v {
			continue
		}
		if h.apart != nil && h.apart(h.members[i], h.members[j]) {
			continue
		}
		best, v = j, row[j]
	}
	h.best[i], h.bound[i] = best, v
}

// join puts b into a; likeness to others is the mean weighted by size.
func (h *hierarchy) join(a, b int) {
	sa, sb := h.size[a], h.size[b]
	h.live = slices.DeleteFunc(h.live, func(i int) bool { return i == b })
	h.members[a] = append(h.members[a], h.members[b]...)
	to, from := h.like.row(a), h.like.row(b)
	for _, k := range h.live {
		if k != a {
			h.like.set(a, k, (sa*to[k]+sb*from[k])/(sa+sb))
		}
	}
	h.size[a] = sa + sb
	for _, i := range h.live {
		if h.best[i] == a || h.best[i] == b || i == a {
			h.best[i] = -1
		}
	}
	// a came closer to some: rows whose best was another stay right unless a is
	// now better, which the average never is beyond the better of the two parts.
	h.bound[a] = max(h.bound[a], h.bound[b])
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
		group[m.b] = m.a // lower than b, and of no other group yet
	}
	for i, g := range group {
		group[i] = group[g]
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
