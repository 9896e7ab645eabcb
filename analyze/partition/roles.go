package partition

import (
	"slices"

	"github.com/ficus-dev/ficus/analyze/coupling"
)

// layout is what the import graph alone tells of the packages.
type layout struct {
	g         *coupling.Graph
	without   rules
	importers [][]int32
	mains     []bool
	// unreached packages are imported by no main, at any distance: tests' helpers,
	// generators, dead code.
	unreached []bool
	// tools are mains beside others that have no package to themselves: a
	// migration runner, a command line client.
	tools []bool
	// composite mains start what several other mains start.
	composite []bool
	// process is the main that alone reaches a package, where the system runs as
	// several processes; nothing elsewhere.
	process []int32
	// first is the first of the mains that are one service, by main.
	first map[int32]int32
	// many: process is of use; modules: it holds modules of one process; foldered: which
	// folders tell.
	many, modules, foldered bool
	// processes is how many of them reach a package.
	processes []int
	// peeled are the mains and the packages below them that only wire. They are
	// left out while units are clustered: a composition root ties everything to
	// everything.
	peeled []bool
	// atomProcess is process by declaration, where layers are shared; else nil.
	atomProcess []int32
	leading     map[int32][]bool // see leads
	// fanout is the number of packages that a package imports, of the module's.
	fanout []int
	// layered: most of the code is in layers through all domains; see mixed.
	layered bool
	layers  *layers // of a layered module, else nil
	// named is the folder elsewhere that a declaration's file is named after; see
	// partByFolders.
	named     map[int32]string
	strangers map[int32]bool // packages that came apart by it
	// packages and atoms tell who answers and who writes.
	packages, atoms answering
	// inFolder keeps what below found.
	inFolder map[string][]int32
}

func newLayout(g *coupling.Graph, without ...Rule) *layout {
	n := len(g.Packages)
	l := &layout{g: g, without: without, importers: make([][]int32, n), mains: make([]bool, n), unreached: make([]bool, n),
		tools: make([]bool, n), composite: make([]bool, n), peeled: make([]bool, n), fanout: make([]int, n)}
	for p, pkg := range g.Packages {
		l.mains[p] = pkg.Name == "main"
		l.fanout[p] = len(pkg.Imports)
		for _, imp := range pkg.Imports {
			l.importers[imp] = append(l.importers[imp], int32(p))
		}
	}
	l.findAnswering()
	l.findUnreached()
	l.findProcesses()
	l.peel()
	return l
}

// reach marks all packages that the given ones import, at any distance, without
// going through blocked ones.
func (l *layout) reach(from []int32, blocked int32) []bool {
	seen := make([]bool, len(l.g.Packages))
	stack := slices.Clone(from)
	for len(stack) > 0 {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if seen[p] || p == blocked {
			continue
		}
		seen[p] = true
		stack = append(stack, l.g.Packages[p].Imports...)
	}
	return seen
}

const nothing int32 = -1

func (l *layout) where(keep func(p int) bool) []int32 {
	var out []int32
	for p := range l.g.Packages {
		if keep(p) {
			out = append(out, int32(p))
		}
	}
	return out
}

func (l *layout) lines(in []bool) int {
	sum := 0
	for p, pkg := range l.g.Packages {
		if in[p] {
			sum += pkg.Lines
		}
	}
	return sum
}

// findUnreached needs mains that reach something of weight: a module that is
// mostly library has its code outside of their reach by nature.
func (l *layout) findUnreached() {
	mains := l.where(func(p int) bool { return l.mains[p] })
	reached := l.reach(mains, nothing)
	all := make([]bool, len(reached))
	for p := range all {
		all[p] = true
	}
	if float64(l.lines(reached)) < minReached*float64(l.lines(all)) {
		return
	}
	for p := range reached {
		l.unreached[p] = !reached[p]
	}
}

const minReached = 0.5

// findTools finds the mains that have no package to themselves among the given.
func (l *layout) findTools(mains []int32, reach map[int32][]bool) {
	var without []int32
	all := float64(l.lines(l.reach(mains, nothing)))
	owner := l.soleOwner(mains, reach)
	for _, m := range mains {
		own := slices.ContainsFunc(l.where(func(p int) bool { return owner[p] == m }), func(p int32) bool { return p != m })
		if !own && !l.startsService(m, mains, reach) && float64(l.lines(reach[m])) <= toolReach*all {
			without = append(without, m)
		}
	}
	if len(without) == len(mains) {
		return
	}
	for _, m := range without {
		l.tools[m] = true
	}
}

// startsService reports whether a main imports what answers entry points, and few other
// mains reach: the program of a service that another program has built in too.
func (l *layout) startsService(m int32, mains []int32, reach map[int32][]bool) bool {
	return slices.ContainsFunc(l.g.Packages[m].Imports, func(p int32) bool {
		by := 0
		for _, o := range mains {
			if reach[o][p] {
				by++
			}
		}
		return l.packages.serves[p] && float64(by) <= variantMains*float64(len(mains))
	})
}

// toolReach is the share of all reached lines that a tool reaches at most: a main
// that reaches more starts the monolith itself.
const toolReach = 0.25

// peel takes away mains, then, layer by layer, packages that only peeled ones
// import and that most of the rest hangs on: reached through them alone. Such a
// package wires when it imports several and has few lines of its own beside what
// it holds; one with much code of its own is a domain that happens to be on top.
func (l *layout) peel() {
	for p := range l.peeled {
		l.peeled[p] = l.mains[p] && (l.tools[p] || l.composite[p] || l.process[p] == nothing && (l.thin(int32(p)) || l.wires(int32(p))))
	}
	for !l.without.off(RulePeel) {
		found := false
		for p := range l.peeled {
			if !l.peeled[p] && !l.unreached[p] && l.process[p] == nothing && l.onTop(p) && l.wires(int32(p)) && !l.layer(p) {
				l.peeled[p], found = true, true
			}
		}
		if !found {
			return
		}
	}
}

// onTop reports whether only peeled packages import p, and some do.
func (l *layout) onTop(p int) bool {
	for _, i := range l.importers[p] {
		if !l.peeled[i] && !l.unreached[i] {
			return false
		}
	}
	return len(l.importers[p]) > 0
}

const (
	peelHeld = 0.4 // share of the remaining lines that hang on a root alone
	// of what no other main reaches, and that is at least peelRegion of all
	peelRegion = 0.15
	peelOwn    = 0.25 // its own lines, as a share of those
	peelLines  = 100  // or so many, where all is small
	peelFanout = 3
)

func (l *layout) wires(p int32) bool {
	if l.fanout[p] < peelFanout {
		return l.mains[p] && l.fanout[p] > 0
	}
	if !l.mains[p] && !l.startsMost(p) {
		return false
	}
	tops := l.where(func(q int) bool { return l.top(q) })
	if !slices.Contains(tops, p) {
		tops = append(tops, p)
	}
	all, rest := l.reach(tops, nothing), l.reach(tops, p)
	held := l.lines(all) - l.lines(rest) - l.g.Packages[p].Lines
	elsewhere := l.reach(l.where(func(q int) bool { return l.mains[q] && !l.leads(int32(q), p) }), nothing)
	remaining := 0
	for q, pkg := range l.g.Packages {
		if all[q] && !l.peeled[q] && !elsewhere[q] {
			remaining += pkg.Lines
		}
	}
	if float64(remaining) < peelRegion*float64(l.lines(all)) {
		return false
	}
	return float64(held) >= peelHeld*float64(remaining) && float64(l.g.Packages[p].Lines) <= max(peelLines, peelOwn*float64(held))
}

// thin reports whether a main has little of its own beside what it starts, where
// another main starts the same: a package that both import and that most of what it
// reaches hangs on.
func (l *layout) thin(m int32) bool {
	own, reached := l.g.Packages[m].Lines, l.lines(l.reach([]int32{m}, nothing))
	if float64(own) > max(peelLines, peelOwn*float64(reached-own)) {
		return false
	}
	return slices.ContainsFunc(l.g.Packages[m].Imports, func(p int32) bool {
		twin := slices.ContainsFunc(l.importers[p], func(i int32) bool { return i != m && l.mains[i] })
		return twin && !l.layer(int(p)) && 2*l.lines(l.reach([]int32{p}, nothing)) > reached
	})
}

// layer reports whether mains start different things in a package: the upper layer of
// several programs. Of a root they all start the same.
func (l *layout) layer(p int) bool {
	mains, users, most := map[int32]bool{}, map[int32]map[int32]bool{}, 0
	for _, a := range l.g.Packages[p].Atoms {
		users[a] = map[int32]bool{}
		for _, e := range l.g.In(a) {
			if m := l.g.Atoms[l.g.Couplings[e].From].Package; m >= 0 && l.mains[m] {
				mains[m], users[a][m] = true, true
			}
		}
		most = max(most, len(users[a]))
	}
	return len(mains) >= 2 && 2*most <= len(mains)
}

// leads reports whether a main reaches a package.
func (l *layout) leads(m, p int32) bool {
	if l.leading == nil {
		l.leading = map[int32][]bool{}
	}
	if l.leading[m] == nil {
		l.leading[m] = l.reach([]int32{m}, nothing)
	}
	return l.leading[m][p]
}

// top are the packages from which the rest is reached: mains that are no tools,
// and without mains those that nobody imports.
func (l *layout) top(p int) bool {
	if l.unreached[p] {
		return false
	}
	return l.mains[p] && !l.tools[p] || len(l.importers[p]) == 0
}

// countParts counts the parts of packages that came apart as packages of their
// own, and peels again: what starts one handler of each domain wires, though all
// handlers stand in one package.
func (l *layout) countParts(parts []int) {
	type part struct {
		pkg int32
		n   int
	}
	for p, pkg := range l.g.Packages {
		used := map[part]bool{}
		for _, imp := range pkg.Imports {
			used[part{imp, 0}] = true
		}
		for _, a := range pkg.Atoms {
			for _, c := range l.g.Out(a) {
				if q := l.g.Atoms[c.To].Package; q >= 0 && int(q) != p && parts[c.To] > 0 {
					delete(used, part{q, 0})
					used[part{q, parts[c.To]}] = true
				}
			}
		}
		l.fanout[p] = len(used)
	}
	l.peel()
}
