package partition

import "slices"

// bindExclusive joins what one service alone can want. Where the system runs as
// several processes, what only one of them reaches is joined with its main. Else,
// below the roots, a package that is reached through one other alone is joined with
// that one: it is its inside. A package through which most of the code is reached
// is a root that was missed, or a layer, and holds nothing together.
func (s *solver) bindExclusive(u *union, apart [][2]int) {
	cellOf := s.wholeCells()
	join := func(p, q int32) {
		a, b := cellOf[p], cellOf[q]
		if a >= 0 && b >= 0 && u.free(a, b) && s.mayJoin(u, []int{a, b}, apart) {
			_ = u.join(a, b, "") // mayJoin has asked
		}
	}
	for i := range s.cells.list {
		if m := s.processOf(i); m != nothing && cellOf[m] >= 0 && u.free(cellOf[m], i) && s.mayJoin(u, []int{cellOf[m], i}, apart) {
			_ = u.join(cellOf[m], i, "") // mayJoin has asked
		}
	}
	if s.lay.many || s.lay.without.off(RuleDominated) {
		return
	}
	above := s.lay.dominators(s.lay.where(func(p int) bool { return s.lay.peeled[p] || s.lay.top(p) }))
	held := make([]int, len(above))
	for p := range above {
		for q := int32(p); q != nothing; q = above[q] {
			held[q] += s.g.Packages[p].Lines
		}
	}
	most := bindShare * float64(s.lay.clusteredLines())
	gathers := s.gatherers(above)
	for p, q := range above {
		if q != nothing && float64(held[q]) <= most && !gathers[q] {
			join(q, int32(p))
		}
	}
}

const (
	// gatheredPackages is how many packages one that only gathers holds at least,
	// gatheredShare the share of their lines that it has itself at most.
	gatheredPackages = 3
	gatheredShare    = 0.2
)

// gatherers marks the packages that hold several others, which do not know each other,
// and do next to nothing themselves: a struct of all use cases, a function that makes all
// repositories. These are beside each other, not its inside.
func (s *solver) gatherers(above []int32) []bool {
	inside := make([][]int32, len(above))
	for p, q := range above {
		if q != nothing {
			inside[q] = append(inside[q], int32(p))
		}
	}
	out := make([]bool, len(above))
	for q, held := range inside {
		lines, strangers := 0, 0
		for _, p := range held {
			lines += s.lay.written(int(p))
			if !slices.ContainsFunc(s.g.Packages[p].Imports, func(i int32) bool { return slices.Contains(held, i) }) {
				strangers++
			}
		}
		out[q] = strangers >= gatheredPackages && float64(s.lay.written(q)) <= gatheredShare*float64(lines)
	}
	return out
}

// bindShare is the share of the lines that one package may hold as its inside.
const bindShare = 0.35

// wholeCells are the cells of packages that are one cell, −1 for others.
func (s *solver) wholeCells() []int {
	cellOf := make([]int, len(s.g.Packages))
	for i := range cellOf {
		cellOf[i] = -1
	}
	for i, c := range s.cells.list {
		if c.whole {
			cellOf[c.pkg] = i
		}
	}
	return cellOf
}

// placeUnreached gives what no main reaches to the one service whose tests use it,
// or that it alone depends on: mocks and helpers move with what they serve.
func (t *settler) placeUnreached() {
	for range t.g.Packages {
		changed := false
		for n, nd := range t.net.nodes {
			if t.group[n] != groupUnassigned || nd.home != "" || nd.table != noAtom || !t.lay.unreached[t.cells.list[nd.cells[0]].pkg] {
				continue
			}
			if g, why := t.served(n); g >= 0 {
				t.group[n], t.why[n], changed = g, why, true
			}
		}
		if !changed {
			return
		}
	}
}

// served finds the service that an unreached node serves, −1 if there is none.
func (t *settler) served(n int) (group int, why string) {
	pkg := t.cells.list[t.net.nodes[n].cells[0]].pkg
	for _, by := range []struct {
		packages []int32
		why      string
	}{
		{t.g.Packages[pkg].Testers, "no main reaches it; only tests of this service use it"},
		{t.lay.importers[pkg], "no main reaches it; only this service's helpers use it"},
		{t.g.Packages[pkg].Imports, "no main reaches it; it depends on this service alone"},
	} {
		if g := t.common(by.packages); g >= 0 {
			return g, by.why
		}
	}
	if t.opt.Blind {
		return -1, ""
	}
	return t.folderService(pkg), "no main reaches it; its folder is this service's"
}

// common is the one service that packages are in, roles aside; −1 if there is none.
func (t *settler) common(packages []int32) int {
	only := -1
	for _, p := range packages {
		for _, g := range t.groupsOfPackage(p) {
			if g >= 0 && only >= 0 && g != only {
				return -1
			}
			if g >= 0 {
				only = g
			}
		}
	}
	return only
}

// nodesOf are the nodes of a package's cells.
func (t *settler) nodesOf(p int32) []int {
	if t.ofPackage == nil {
		t.ofPackage = make([][]int, len(t.g.Packages))
		for i, c := range t.cells.list {
			t.ofPackage[c.pkg] = append(t.ofPackage[c.pkg], t.nodeOfCell[i])
		}
	}
	return t.ofPackage[p]
}

func (t *settler) groupsOfPackage(p int32) []int {
	var out []int
	for _, n := range t.nodesOf(p) {
		if !slices.Contains(out, t.group[n]) {
			out = append(out, t.group[n])
		}
	}
	return out
}

// folderService is the service of all packages beside and below the nearest folder
// above that holds any in services.
func (t *settler) folderService(pkg int32) int {
	for up := parent(t.g.Packages[pkg].Dir); up != ""; up = parent(up) {
		only := -1
		for _, p := range t.lay.below(up) {
			if p == pkg {
				continue
			}
			for _, g := range t.groupsOfPackage(p) {
				if g >= 0 && only >= 0 && g != only {
					return -1
				}
				only = max(only, g)
			}
		}
		if only >= 0 {
			return only
		}
	}
	return -1
}

// below are the packages in a folder and below it, looked for once.
func (l *layout) below(dir string) []int32 {
	found, ok := l.inFolder[dir]
	if !ok {
		for p := range l.g.Packages {
			if within(l.g.Packages[p].Dir, dir) {
				found = append(found, int32(p))
			}
		}
		if l.inFolder == nil {
			l.inFolder = map[string][]int32{}
		}
		l.inFolder[dir] = found
	}
	return found
}

// free reports whether no pin places any of the cells: a decision about the inside
// of something says nothing about the rest of it.
func (u *union) free(cells ...int) bool {
	return !slices.ContainsFunc(cells, func(c int) bool { return u.home[u.find(c)] != "" })
}
