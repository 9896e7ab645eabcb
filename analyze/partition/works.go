package partition

import "math"

// groupOwners is how much of a node works for each group, at any distance. The cores
// of a group, which nobody uses but the root, or which answer entry points, own
// themselves; any other node has the mean of its users' ownership. What stands below
// all groups is so seen as shared, though one of them is its nearest neighbour.
func (s *solver) groupOwners(group []int) [][]float64 {
	groups := 0
	for _, g := range group {
		groups = max(groups, g+1)
	}
	own := make([][]float64, len(s.net.nodes))
	var open []int
	for n := range s.net.nodes {
		own[n] = make([]float64, groups)
		switch {
		case s.idle(n):
		case group[n] >= 0 && s.isCore(n):
			own[n][group[n]] = 1
		default:
			open = append(open, n)
		}
	}
	next := make([]float64, groups)
	for range flowRounds {
		change := 0.0
		for _, n := range open {
			clear(next)
			total := 0.0
			for _, l := range s.net.in[n] {
				if s.idle(l.to) {
					continue
				}
				w := l.weight / math.Sqrt(float64(max(1, s.net.degree(l.to))))
				for g, v := range own[l.to] {
					next[g] += w * v
					total += w * v
				}
			}
			for g := range next {
				v := 0.0
				if total > 0 {
					v = next[g] / total
				}
				change = max(change, math.Abs(v-own[n][g]))
				own[n][g] = v
			}
		}
		if change < flowTolerance {
			break
		}
	}
	return own
}

// isCore reports whether a node is the top of what works for it: it answers routes,
// nobody but roots uses it, or a root starts it and it uses more than use it.
func (s *solver) isCore(n int) bool {
	nd := s.net.nodes[n]
	users, uses := s.working(s.net.in[n]), s.working(s.net.out[n])
	return nd.table == noAtom && (nd.routes > 0 || users == 0 || nd.started && uses > users)
}

// isTop reports whether nobody but roots uses a node, and it uses others.
func (s *solver) isTop(n int) bool {
	return s.net.nodes[n].table == noAtom && s.working(s.net.in[n]) == 0 && s.working(s.net.out[n]) > 0
}

// working is the number of links to nodes that roots and callbacks do not explain.
func (s *solver) working(links []link) int {
	n := 0
	for _, l := range links {
		if !s.idle(l.to) && !l.upward {
			n++
		}
	}
	return n
}
