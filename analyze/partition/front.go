package partition

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
			t.group[n], t.why[n] = groupRoot, "only wires: imported by roots alone, few lines of its own, and ties services that have nothing else in common"
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
