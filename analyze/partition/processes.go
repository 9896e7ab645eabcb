package partition

import (
	"math"
	"slices"

	controlflow "gonum.org/v1/gonum/graph/flow"
	"gonum.org/v1/gonum/graph/simple"
)

// findProcesses finds the mains that run a service each. Mains that start what two
// others start (the monolith beside its services) are composite, and say nothing of
// who owns what. Where at least two of the rest have much to themselves, they are
// the processes of the system, and what only one of them reaches is that one's.
func (l *layout) findProcesses() {
	mains := l.where(func(p int) bool { return l.mains[p] })
	reach := map[int32][]bool{}
	for _, m := range mains {
		reach[m] = l.reach([]int32{m}, nothing)
	}
	for _, m := range mains {
		l.composite[m] = l.isComposite(m, mains, reach)
	}
	rest := slices.DeleteFunc(slices.Clone(mains), func(m int32) bool { return l.composite[m] })
	rest, reach = l.services(rest, reach)
	l.findTools(rest, reach)
	rest = slices.DeleteFunc(rest, func(m int32) bool { return l.tools[m] })
	l.process = l.soleOwner(rest, reach)
	if l.many = !l.without.off(RuleProcesses) && l.manyProcesses(rest); !l.many {
		for p := range l.process {
			l.process[p] = nothing
		}
	}
}

// services joins the mains of one service: the first of them reaches what all do.
func (l *layout) services(mains []int32, reach map[int32][]bool) ([]int32, map[int32][]bool) {
	first := l.joinVariants(mains, reach)
	l.first = first
	joined := map[int32][]bool{}
	var out []int32
	for _, m := range mains {
		to := first[m]
		if joined[to] == nil {
			joined[to] = make([]bool, len(l.g.Packages))
			out = append(out, to)
		}
		for p, in := range reach[m] {
			joined[to][p] = joined[to][p] || in
		}
	}
	return out, joined
}

// soleOwner gives every package the one main that reaches it, or nothing.
func (l *layout) soleOwner(mains []int32, reach map[int32][]bool) []int32 {
	out := make([]int32, len(l.g.Packages))
	l.processes = make([]int, len(out))
	for p := range out {
		out[p] = nothing
		n := 0
		for _, m := range mains {
			if reach[m][p] {
				out[p] = m
				n++
			}
		}
		l.processes[p] = n
		if n != 1 {
			out[p] = nothing
		}
	}
	return out
}

const (
	// twinShare is the share of what a main does not share with all others that a
	// composite main starts too, twinLines their least number.
	twinShare = 0.5
	twinLines = 100
	// processCount is how many processes there are at least, counted by the entropy of
	// their lines: a monolith with a small one at its side counts as one and a bit.
	processCount = 1.8
	// processShare is the share of the lines that one process may have if there are
	// modules in it.
	processShare = 0.65
	// Beside a main with more, the others are services too where they answer, and have so
	// large a share together, or are three, counted as above.
	othersShare = 0.2
	othersCount = 2.7
	// processOwn is the share of all reached lines that processes own at least.
	processOwn = 0.3
)

// isComposite reports whether a main starts what at least two other mains start,
// and nobody else, and not much besides.
func (l *layout) isComposite(m int32, mains []int32, reach map[int32][]bool) bool {
	twins, covered := 0, 0
	for _, o := range mains {
		if o == m {
			continue
		}
		both, own := 0, 0
		for p, pkg := range l.g.Packages {
			if !reach[o][p] || int32(p) == o || l.elsewhere(p, m, o, mains, reach) {
				continue
			}
			own += pkg.Lines
			if reach[m][p] {
				both += pkg.Lines
			}
		}
		if both >= twinLines && float64(both) >= twinShare*float64(own) {
			twins++
			covered += both
		}
	}
	alone := 0
	for p, pkg := range l.g.Packages {
		if reach[m][p] && !l.elsewhere(p, m, m, mains, reach) {
			alone += pkg.Lines
		}
	}
	return twins >= 2 && covered >= alone
}

// elsewhere reports whether a main other than the two reaches a package.
func (l *layout) elsewhere(p int, m, o int32, mains []int32, reach map[int32][]bool) bool {
	for _, x := range mains {
		if x != m && x != o && reach[x][p] {
			return true
		}
	}
	return false
}

// manyProcesses reports whether the mains are processes: at least two that own
// something, together much, answer something, and none of them is the monolith by itself.
func (l *layout) manyProcesses(mains []int32) bool {
	if len(mains) < 2 {
		return false
	}
	lines, owned := map[int32]int{}, 0
	for p, m := range l.process {
		if m != nothing {
			lines[m] += l.written(p)
			owned += l.written(p)
		}
	}
	all := 0
	for p, in := range l.reach(mains, nothing) {
		if in {
			all += l.written(p)
		}
	}
	if effective(lines) < processCount || float64(owned) < processOwn*float64(all) {
		return false
	}
	if float64(all-owned) >= processOwn*float64(all) && !l.answerAny() {
		return false
	}
	for _, m := range sortedKeys32(lines) {
		if float64(lines[m]) > processShare*float64(owned) && l.modular(m) && !l.othersAnswer(m, lines) {
			return false
		}
	}
	return true
}

// othersAnswer reports whether several of the processes beside one answer something:
// no tools of a monolith, but services beside a large one.
func (l *layout) othersAnswer(m int32, lines map[int32]int) bool {
	others, sum, all := map[int32]int{}, 0, 0
	for p, o := range l.process {
		if o != nothing && o != m && (l.packages.serves[p] || l.packages.writes[p]) {
			others[o] = lines[o]
		}
	}
	for o, n := range lines {
		all += n
		sum += others[o]
	}
	return len(others) > 1 && (float64(sum) >= othersShare*float64(all) || effective(others) >= othersCount)
}

// answerAny reports whether anything in processes answers an entry point or writes a
// table. Where nothing does and they share much, the mains are faces of the program
// that they share: its command line and its windows.
func (l *layout) answerAny() bool {
	return len(l.where(func(p int) bool { return l.process[p] != nothing && (l.packages.serves[p] || l.packages.writes[p]) })) > 0
}

// dominators gives every package the one that all ways from the tops lead through:
// above[p], or nothing. Peeled packages are no such.
func (l *layout) dominators(tops []int32) []int32 {
	n := len(l.g.Packages)
	g := simple.NewDirectedGraph()
	root := simple.Node(n)
	g.AddNode(root)
	for _, t := range tops {
		g.SetEdge(simple.Edge{F: root, T: simple.Node(t)})
	}
	for p, in := range l.reach(tops, nothing) {
		if !in {
			continue
		}
		from := simple.Node(p)
		if l.peeled[p] {
			from = root
		}
		for _, imp := range l.g.Packages[p].Imports {
			if !l.peeled[imp] {
				g.SetEdge(simple.Edge{F: from, T: simple.Node(imp)})
			}
		}
	}
	tree := controlflow.Dominators(root, g)
	above := make([]int32, n)
	for p := range above {
		above[p] = nothing
		if d := tree.DominatorOf(int64(p)); d != nil && d.ID() != int64(n) {
			above[p] = int32(d.ID())
		}
	}
	return above
}

const (
	moduleShare    = 0.05
	moduleLeast    = 3
	modulePackages = 2
)

// modular reports whether a main starts several modules that are each reached
// through one package of their own: a monolith of modules, not the layers of one
// service.
func (l *layout) modular(m int32) bool {
	above := l.dominators([]int32{m})
	all := l.reach([]int32{m}, nothing)
	lines, packages := make([]int, len(above)), make([]int, len(above))
	total := 0
	children := map[int32][]int32{}
	for p := range above {
		if !all[p] {
			continue
		}
		total += l.written(p)
		children[above[p]] = append(children[above[p]], int32(p))
		for q := int32(p); q != nothing; q = above[q] {
			lines[q] += l.written(p)
			packages[q]++
		}
	}
	at := m
	for { // through a chain of packages that hold nearly everything
		next := nothing
		for _, c := range children[at] {
			if float64(lines[c]) >= 0.7*float64(lines[at]) {
				next = c
			}
		}
		if next == nothing {
			break
		}
		at = next
	}
	modules, inside := 0, 0
	for _, c := range children[at] {
		if packages[c] >= modulePackages && float64(lines[c]) >= moduleShare*float64(total) {
			modules++
			inside += lines[c]
		}
	}
	return modules >= moduleLeast && float64(inside) >= moduleOwn*float64(lines[at])
}

func sortedKeys32[V any](m map[int32]V) []int32 {
	keys := make([]int32, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// effective is the number of equal sizes that have the entropy of the given.
func effective(sizes map[int32]int) float64 {
	total, entropy := 0.0, 0.0
	for _, k := range sortedKeys32(sizes) {
		total += float64(sizes[k])
	}
	for _, k := range sortedKeys32(sizes) {
		if p := float64(sizes[k]) / total; p > 0 {
			entropy -= p * math.Log(p)
		}
	}
	return math.Exp(entropy)
}
