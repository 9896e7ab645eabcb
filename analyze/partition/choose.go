package partition

import (
	"math"
	"slices"
)

// largest is the share of the lines in services that the largest service has.
func (s *solver) largest(a *assignment) float64 {
	lines, total := make([]float64, a.services), 0.0
	for n, g := range a.group {
		if g >= 0 {
			lines[g] += float64(s.net.nodes[n].lines)
			total += float64(s.net.nodes[n].lines)
		}
	}
	if total == 0 {
		return 0
	}
	return slices.Max(lines) / total
}

// collapsed reports whether one service swallowed most of the code, the way in
// which clustering fails silently. Processes are known; one of them may be large.
func (s *solver) collapsed(a *assignment) bool {
	return a.services < 2 || !s.lay.many && s.largest(a) > collapseShare
}

const collapseShare = 0.5

// choose settles the groupings of all levels of the hierarchy, keeps the best of
// each number of services, and chooses.
func (s *solver) choose() {
	best := map[int]*assignment{}
	for level := range s.merges {
		left := len(s.active) - level - 1
		if left > maxRawGroups {
			continue
		}
		raw := cut(len(s.active), s.merges, func(groups int, _ merge) bool { return groups <= left })
		a := s.settle(s.spread(raw))
		if b := best[a.services]; b == nil || a.score > b.score {
			best[a.services] = a
		}
	}
	raw := s.groups(cutAt)
	s.chosen = s.settle(raw)
	if s.collapsed(s.chosen) {
		if b := s.bestOf(best); b != nil {
			s.chosen = b
		}
	}
	best[s.chosen.services] = s.chosen
	s.fill(best)
	for k := minServices; k <= maxServices; k++ {
		if b := best[k]; b != nil || k == s.chosen.services {
			s.others = append(s.others, best[k])
		}
	}
	if s.chosen.services < minServices || s.chosen.services > maxServices {
		s.others = append(s.others, s.chosen)
		slices.SortFunc(s.others, func(a, b *assignment) int { return a.services - b.services })
	}
}

const (
	minServices  = 2
	maxServices  = 9
	maxRawGroups = 120
)

// bestOf is the alternative of the highest score that did not collapse.
func (s *solver) bestOf(best map[int]*assignment) *assignment {
	var out *assignment
	for _, k := range sortedKeys(best) {
		if b := best[k]; !s.collapsed(b) && (out == nil || b.score > out.score+math.SmallestNonzeroFloat64) {
			out = b
		}
	}
	return out
}
