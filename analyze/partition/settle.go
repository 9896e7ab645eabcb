package partition

import (
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
	why      map[int]string // node → why it has its role, where settling decided
	services int            // groups are 0 … services−1
	score    float64
}

// settler turns a raw grouping into one that a person would accept: no service
// without weight, roots and libraries in their places.
type settler struct {
	*solver
	group  []int
	why    map[int]string
	linked int // lines of the clustered nodes

	ofPackage [][]int // package → its nodes
}

func (s *solver) settle(raw []int) *assignment {
	t := &settler{solver: s, group: slices.Clone(raw), why: map[int]string{}}
	t.place()
	t.placeParts()
	t.placeMigrations()
	t.placeLoose()
	t.mergeSmall()
	t.placeIdle()
	t.placePeeled()
	t.placeWiring()
	t.placePeeled() // mains follow the wiring found last
	t.placeLinked()
	t.placeUnreached()
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
			t.linked += t.writtenIn(n)
		}
	}
}

// writtenIn is the number of lines of a node that people wrote: what a generator wrote
// for one service (a schema's resolvers, stubs) makes no other small beside it.
func (t *settler) writtenIn(n int) int {
	sum := 0
	for _, c := range t.net.nodes[n].cells {
		cl := &t.cells.list[c]
		if cl.whole {
			sum += t.lay.written(int(cl.pkg))
			continue
		}
		for _, a := range cl.atoms {
			if !t.g.Atoms[a].Generated {
				sum += t.g.Atoms[a].Lines
			}
		}
	}
	return sum
}

// placeParts keeps a library in one piece: where a part of a package is kernel, its
// other parts are too, save those that own something or that one group uses and
// nobody else to speak of.
func (t *settler) placeParts() {
	kernel := map[int32]bool{}
	for n := range t.net.nodes {
		if t.group[n] == groupLibrary {
			for _, c := range t.net.nodes[n].cells {
				kernel[t.cells.list[c].pkg] = true
			}
		}
	}
	for n, nd := range t.net.nodes {
		if t.group[n] < 0 || nd.home != "" || len(nd.cells) != 1 || nd.owns() {
			continue
		}
		c := t.cells.list[nd.cells[0]]
		if !c.whole && kernel[c.pkg] && t.tiedTo(n, t.group[n]) < oneService {
			t.group[n], t.why[n] = groupLibrary, "goes with the rest of its package: no service is its main user"
		}
	}
}

// tiedTo is the share of a node's ties to other packages' clustered nodes that go
// to a group.
func (t *settler) tiedTo(n, group int) float64 {
	into, total := 0.0, 0.0
	for _, l := range slices.Concat(t.net.out[n], t.net.in[n]) {
		if t.group[l.to] < 0 {
			continue
		}
		total += l.weight
		if t.group[l.to] == group {
			into += l.weight
		}
	}
	if total == 0 {
		return 0
	}
	return into / total
}

// placeMigrations puts what changes the tables of a data layer, and is used by no
// service, beside it: the package that makes and migrates the schema.
func (t *settler) placeMigrations() {
	for n, nd := range t.net.nodes {
		if t.group[n] < 0 || nd.home != "" || nd.tables == 0 || nd.routes > 0 || !t.schemaOnly(n) {
			continue
		}
		t.group[n], t.why[n] = groupLibrary, "keeps the schema of a data layer, and is used by no service"
	}
}

func (t *settler) schemaOnly(n int) bool {
	for _, l := range t.net.in[n] {
		if t.group[l.to] >= 0 {
			return false
		}
	}
	shared := 0
	for _, l := range t.net.out[n] {
		if t.net.nodes[l.to].table == noAtom {
			if t.group[l.to] >= 0 {
				return false
			}
			continue
		}
		for _, u := range t.net.in[l.to] {
			if t.kernel[u.to] {
				shared++
				break
			}
		}
	}
	return 2*shared > t.net.nodes[n].tables
}

// looseShare is the share of the clustered lines that what hangs on the root alone
// may have and still be a part of it.
const looseShare = 0.05

// placeLoose gives the root what only it uses and what has no tie to any service:
// its configuration, its flags, its metrics, the page that documents its routes.
func (t *settler) placeLoose() {
	for n, nd := range t.net.nodes {
		if t.group[n] < 0 || nd.home != "" || nd.table != noAtom || nd.tables > 0 || !nd.started || float64(nd.lines) > looseShare*float64(t.linked) {
			continue
		}
		if !t.tied(n) {
			t.group[n], t.why[n] = groupRoot, "used by the root alone, and tied to no service"
		}
	}
}

// placeIdle takes out of the services what owns no table, answers nothing and has nothing
// to do with anybody, as documentation that a generator wrote: roots alone import it.
func (t *settler) placeIdle() {
	lively := map[int]bool{}
	for n, nd := range t.net.nodes {
		if t.group[n] >= 0 && (nd.table != noAtom || nd.home != "" || nd.owns() || t.runs(n) || t.hangsOn(n)) {
			lively[t.group[n]] = true
		}
	}
	for n, g := range t.group {
		if g >= 0 && !lively[g] {
			t.group[n], t.why[n] = groupUnassigned, "owns no table, answers nothing, and no service has to do with it"
		}
	}
}

// hangsOn reports whether a node has a link to a library or another service.
func (t *settler) hangsOn(n int) bool {
	for _, l := range slices.Concat(t.net.out[n], t.net.in[n]) {
		if g := t.group[l.to]; g != t.group[n] && g != groupRoot && g != groupUnassigned {
			return true
		}
	}
	return false
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
	// needs half. In a tiny module tinyShare of its lines is enough.
	smallShare = 0.02
	smallLines = 100
	tinyShare  = 0.1
	// programLines is the least of a process, which runs by itself already: its main is
	// some hundred lines of wiring.
	programLines = 2 * smallLines
)

// mergeSmall joins groups that are too small to run by themselves to the group
// that they hang on most, smallest first. A process that hangs on no other service, or
// is a program of some weight, runs by itself already, and stays.
func (t *settler) mergeSmall() {
	stays := map[int]bool{}
	for {
		g := t.smallest(stays)
		if g < 0 {
			return
		}
		to := t.nearest(g)
		if t.isProcess(g) && (to < 0 || t.runsAlone(g)) {
			stays[g] = true
			continue
		}
		for n := range t.group {
			if t.group[n] == g {
				t.group[n] = to
			}
		}
	}
}

// runsAlone reports whether a group is a program, whatever its share of a large module:
// its main, and as much again as a group has at least. So is a module whose folder is
// built like its neighbours'.
func (t *settler) runsAlone(g int) bool {
	lines := 0
	for n, of := range t.group {
		if of == g {
			lines += t.net.nodes[n].lines
		}
	}
	return (!t.lay.modules || t.lay.foldered) && lines >= programLines
}

// isProcess reports whether a group has what one process, or module, alone reaches.
func (t *settler) isProcess(g int) bool {
	for n, of := range t.group {
		if of == g && t.runs(n) {
			return true
		}
	}
	return false
}

// smallest finds the smallest group that is too small and not to stay, −1 if there is
// none. It is asked for every small group of every level.
func (t *settler) smallest(stays map[int]bool) int {
	groups := 0
	for _, g := range t.group {
		groups = max(groups, g+1)
	}
	lines, tables, pinned := make([]int, groups), make([]int, groups), make([]bool, groups)
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
		if g < 0 || pinned[g] || stays[g] || best >= 0 && lines[g] >= lines[best] {
			continue
		}
		limit := min(max(smallLines, int(smallShare*float64(t.linked))), int(tinyShare*float64(t.linked)))
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
	for _, n := range t.beside(g) {
		for _, l := range t.net.out[n] {
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

// beside are the nodes of a group and those that link to them, ascending.
func (t *settler) beside(g int) []int {
	var nodes []int
	for n := range t.group {
		if t.group[n] == g {
			nodes = append(nodes, n)
			for _, l := range t.net.in[n] {
				nodes = append(nodes, l.to)
			}
		}
	}
	slices.Sort(nodes)
	return slices.Compact(nodes)
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

// finish numbers the services by their first node and scores the partition.
func (t *settler) finish() *assignment {
	a := &assignment{group: slices.Clone(t.group), why: t.why}
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
	a.score = modularity(t.net, a.group)
	return a
}
