package partition

import (
	"math"
	"slices"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Groups of an assignment below zero are roles.
const (
	groupLibrary    = -2
	groupRoot       = -3
	groupUnassigned = -4
)

// assignment is one settled partition: the group of every node.
type assignment struct {
	group    []int
	services int // groups are 0 … services−1
	score    float64
}

// settler turns a raw grouping into one that a person would accept: no service
// without weight, roots and libraries in their places.
type settler struct {
	*solver
	group []int
	// firm groups hold a pin or a data owner of weight and are never merged away.
	linked int // lines of the clustered nodes
}

func (s *solver) settle(raw []int) *assignment {
	t := &settler{solver: s, group: slices.Clone(raw)}
	t.place()
	t.placeLoose()
	t.mergeSmall()
	t.placePeeled()
	t.placeWiring()
	return t.finish()
}

// place gives kernel, pinned and unreached nodes their roles.
func (t *settler) place() {
	for n, nd := range t.net.nodes {
		switch {
		case nd.home == model.Library:
			t.group[n] = groupLibrary
		case nd.home == model.Root:
			t.group[n] = groupRoot
		case t.kernel[n]:
			t.group[n] = groupLibrary
		case t.group[n] < 0:
			t.group[n] = groupUnassigned
		default:
			t.linked += nd.lines
		}
	}
}

// looseShare is the share of the clustered lines that what hangs on the root alone
// may have and still be a part of it.
const looseShare = 0.05

// placeLoose gives the root what only it uses and what has no tie to any service:
// its configuration, its flags, its metrics.
func (t *settler) placeLoose() {
	for n, nd := range t.net.nodes {
		if t.group[n] < 0 || nd.home != "" || nd.table != noAtom || nd.owns() || !nd.started || float64(nd.lines) > looseShare*float64(t.linked) {
			continue
		}
		if !t.tied(n) {
			t.group[n] = groupRoot
		}
	}
}

// tied reports whether a node has a link to another that is clustered.
func (t *settler) tied(n int) bool {
	for _, l := range slices.Concat(t.net.out[n], t.net.in[n]) {
		if t.group[l.to] >= 0 {
			return true
		}
	}
	return false
}

const (
	// smallShare is the share of the clustered lines below which a group is no
	// service of its own, smallLines the lines; a group with a table of its own
	// needs half.
	smallShare = 0.02
	smallLines = 100
)

// mergeSmall joins groups that are too small to run by themselves to the group
// that they hang on most, smallest first.
func (t *settler) mergeSmall() {
	for {
		g := t.smallest()
		if g < 0 {
			return
		}
		to := t.nearest(g)
		for n := range t.group {
			if t.group[n] == g {
				t.group[n] = to
			}
		}
	}
}

// smallest finds the smallest group that is too small, −1 if there is none.
func (t *settler) smallest() int {
	lines, tables, pinned := map[int]int{}, map[int]int{}, map[int]bool{}
	for n, g := range t.group {
		if g < 0 {
			continue
		}
		nd := t.net.nodes[n]
		lines[g] += nd.lines
		pinned[g] = pinned[g] || nd.home != ""
		if nd.table != noAtom {
			tables[g]++
		}
	}
	best := -1
	for n := range t.group {
		g := t.group[n]
		if g < 0 || pinned[g] || best >= 0 && lines[g] >= lines[best] {
			continue
		}
		limit := max(smallLines, int(smallShare*float64(t.linked)))
		if tables[g] > 0 && lines[g] > 0 {
			limit /= 2
		}
		if lines[g] < limit {
			best = g
		}
	}
	return best
}

// nearest is the group or role that a group hangs on most.
func (t *settler) nearest(g int) int {
	weight := map[int]float64{}
	for n, links := range t.net.out {
		for _, l := range links {
			a, b := t.group[n], t.group[l.to]
			if a == g && b != g {
				weight[b] += l.weight
			}
			if b == g && a != g {
				weight[a] += l.weight
			}
		}
	}
	best, role := -1, groupUnassigned
	for _, n := range sortedKeys(weight) {
		if n >= 0 && !t.forbidden(g, n) && (best < 0 || weight[n] > weight[best]) {
			best = n
		}
	}
	if best >= 0 {
		return best
	}
	if weight[groupLibrary] > 0 {
		role = groupLibrary
	}
	return role
}

// forbidden reports whether a pin keeps two groups apart.
func (t *settler) forbidden(a, b int) bool {
	for n, nd := range t.net.nodes {
		if t.group[n] != a {
			continue
		}
		for _, m := range nd.apart {
			if t.group[m] == b {
				return true
			}
		}
	}
	return false
}

func sortedKeys[V any](m map[int]V) []int {
	keys := make([]int, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// oneService is the share of a root's ties that must go to one service for the
// root to be that service's own front, not the monolith's.
const oneService = 0.75

// placePeeled puts each main and wiring package back: to the one service that it
// is the front of, else to the root. Lower ones first, so that a main follows the
// package that it starts.
func (t *settler) placePeeled() {
	for range t.g.Packages { // at most as many layers as packages
		changed := false
		for n := range t.net.nodes {
			if t.net.nodes[n].home == "" && t.isPeeled(n) {
				if to := t.front(n); to != t.group[n] {
					t.group[n], changed = to, true
				}
			}
		}
		if !changed {
			return
		}
	}
}

func (s *solver) isPeeled(n int) bool {
	nd := s.net.nodes[n]
	if nd.table != noAtom {
		return false
	}
	for _, c := range nd.cells {
		if !s.lay.peeled[s.cells.list[c].pkg] {
			return false
		}
	}
	return true
}

func (t *settler) isTool(n int) bool {
	for _, c := range t.net.nodes[n].cells {
		if t.lay.tools[t.cells.list[c].pkg] {
			return true
		}
	}
	return false
}

func (t *settler) front(n int) int {
	if t.isTool(n) {
		return groupUnassigned
	}
	into, total := map[int]float64{}, 0.0
	for _, l := range t.net.out[n] {
		g := t.group[l.to]
		if g >= 0 || g == groupRoot {
			into[g] += l.weight
			total += l.weight
		}
	}
	for _, g := range sortedKeys(into) {
		if g >= 0 && into[g] >= oneService*total {
			return g
		}
	}
	if t.lay.unreached[t.cells.list[t.net.nodes[n].cells[0]].pkg] {
		return groupUnassigned
	}
	return groupRoot
}

// placeWiring finds roots that the layout alone could not tell: few lines, no
// data, imported by roots only, and used services that have nothing in common.
func (t *settler) placeWiring() {
	for n, nd := range t.net.nodes {
		if t.group[n] < 0 || nd.home != "" || nd.table != noAtom || nd.owns() || len(nd.cells) != 1 {
			continue
		}
		c := t.cells.list[nd.cells[0]]
		if !c.whole || !t.rootsOnly(int(c.pkg)) || nd.lines > linesPerImport*t.lay.fanout[c.pkg] {
			continue
		}
		into, total := map[int]float64{}, 0.0
		for _, l := range t.net.out[n] {
			if g := t.group[l.to]; g >= 0 {
				into[g] += l.weight
				total += l.weight
			}
		}
		largest, wide := 0.0, 0
		for _, w := range into {
			largest = max(largest, w)
			if w >= 0.15*total {
				wide++
			}
		}
		if wide >= kernelGroups && largest < 0.5*total {
			t.group[n] = groupRoot
		}
	}
}

// linesPerImport is how many lines a package that only wires has for each package
// that it imports, at most.
const linesPerImport = 60

func (t *settler) rootsOnly(p int) bool {
	for _, i := range t.lay.importers[p] {
		if !t.lay.peeled[i] && !t.lay.unreached[i] && !t.lay.mains[i] {
			return false
		}
	}
	return true
}

// finish numbers the services by their first node and scores the partition.
func (t *settler) finish() *assignment {
	a := &assignment{group: slices.Clone(t.group)}
	number := map[int]int{}
	for n, g := range t.group {
		if g < 0 {
			continue
		}
		if _, ok := number[g]; !ok {
			number[g] = len(number)
		}
		a.group[n] = number[g]
	}
	a.services = len(number)
	a.score = t.net.modularity(a.group)
	return a
}

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
// which clustering fails silently.
func (s *solver) collapsed(a *assignment) bool {
	return a.services < 2 || s.largest(a) > collapseShare
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
	s.chosen = s.settle(s.groups(cutAt))
	if s.collapsed(s.chosen) {
		if b := s.bestOf(best); b != nil {
			s.chosen = b
		}
	}
	best[s.chosen.services] = s.chosen
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
