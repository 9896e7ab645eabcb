package partition

import (
	"context"
	"slices"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/model"
)

const (
	// A package is looked into when it has at least mixedLines lines and mixedAtoms
	// declarations.
	mixedLines = 300
	mixedAtoms = 8
	// shelfShare is the share of the declarations of a shelf that no other one of it
	// names.
	shelfShare = 0.5
	// A layer's declarations have little to do with each other and much with other
	// packages: of the ties inside the package at most layerCross go from part to
	// part, and those that leave it are at least layerOut of those inside.
	layerCross = 0.25
	layerOut   = 0.75
	// pureShare is the share of a package's lines in one group from which it counts
	// as pure, crumbShare the share below which a group is no part.
	pureShare  = 0.7
	crumbShare = 0.05
	// splitRuns is how many seeds are tried; the best by modularity counts.
	splitRuns = 8
)

// mixed numbers the atoms of packages that mix domains by part; all other atoms
// are 0. Parts of several packages with one number fell into one group: they are
// the layers of one domain. Candidates' declarations are clustered one by one among the packages
// around them: where they fall into several groups, each with other neighbours,
// the package is a layer and not a domain.
func mixed(ctx context.Context, g *coupling.Graph, lay *layout, opt Options) ([]int, error) {
	parts := make([]int, len(g.Atoms))
	if lay.findAtomProcesses(parts); lay.atomProcess != nil {
		return parts, nil
	}
	var candidates, shelves []int32
	for p := range g.Packages {
		switch {
		case !lay.comesApart(p):
		case g.Packages[p].Lines >= mixedLines:
			candidates = append(candidates, int32(p))
		case lay.isShelf(p) || lay.holdsData(p):
			shelves = append(shelves, int32(p))
		}
	}
	if lay.without.off(RuleSplit) {
		return parts, nil
	}
	if err := lay.partByTies(ctx, candidates, shelves, opt, parts); err != nil {
		return nil, err
	}
	if !opt.Blind {
		lay.partByFolders(parts)
	}
	return parts, nil
}

// partByTies numbers the parts by what declarations are tied to.
func (l *layout) partByTies(ctx context.Context, candidates, shelves []int32, opt Options, parts []int) error {
	if len(candidates) == 0 {
		return nil
	}
	if !l.without.off(RuleLayers) {
		layered, err := l.partLayers(ctx, candidates, shelves, opt, parts)
		if layered || err != nil {
			return err
		}
	}
	net, nodeOf := atomNetwork(l.g, l, candidates)
	group, err := bestRun(ctx, net, opt.Seed)
	if err != nil {
		return err
	}
	groupOf := func(a int32) int { return int(group[nodeOf[a]]) }
	for _, p := range candidates {
		splitPackage(l.g, p, groupOf, parts)
	}
	return nil
}

// partLayers numbers the parts of the packages of a layered module, and reports whether
// it is one. In layers the shelves come apart too: as a whole, what holds the
// interfaces or the data of all domains ties all of them to each other.
func (l *layout) partLayers(ctx context.Context, candidates, shelves []int32, opt Options, parts []int) (bool, error) {
	all := slices.Sorted(slices.Values(slices.Concat(candidates, shelves)))
	net, nodeOf := atomNetwork(l.g, l, all)
	var err error
	if l.layers, err = findLayers(ctx, l.g, net, nodeOf, opt.Seed, layerResolutions[:]...); err != nil {
		return false, err
	}
	if l.layered = l.mixes(candidates); !l.layered {
		return false, nil
	}
	if !opt.Blind {
		l.tieFiles(net, all, nodeOf)
		finer := layerResolutions[slices.Index(layerResolutions[:], l.layers.at):]
		if l.layers, err = findLayers(ctx, l.g, net, nodeOf, opt.Seed, finer...); err != nil {
			return false, err
		}
		l.asFineAsFiles(all)
	}
	for _, p := range all {
		for _, a := range l.g.Packages[p].Atoms {
			parts[a] = int(l.layers.group[nodeOf[a]]) + 1
		}
	}
	return true, nil
}

func (l *layout) comesApart(p int) bool {
	return len(l.g.Packages[p].Atoms) >= mixedAtoms && l.mayPart(p)
}

// keepsTables reports whether a package touches a table: what was generated for it is no
// contract, but the statements that others ask for.
func (l *layout) keepsTables(p int) bool {
	return slices.ContainsFunc(l.g.Packages[p].Atoms, func(a int32) bool {
		return slices.ContainsFunc(l.g.Out(a), func(c coupling.Coupling) bool { return c.Kind == model.CouplingTable })
	})
}

func (l *layout) mayPart(p int) bool {
	return l.process[p] == nothing && (!isContract(l.g, int32(p)) || l.keepsTables(p)) && !l.peeled[p] && !l.unreached[p] && !l.mains[p]
}

// isShelf reports whether most declarations of a package have nothing to do with one
// another, as the interfaces or the data types of all domains.
func (l *layout) isShelf(p int) bool {
	alone := 0
	for _, a := range l.g.Packages[p].Atoms {
		inside := func(other int32) bool { return other != a && l.g.Atoms[other].Package == int32(p) }
		if !slices.ContainsFunc(l.g.Out(a), func(c coupling.Coupling) bool { return inside(c.To) }) &&
			!slices.ContainsFunc(l.g.In(a), func(e int32) bool { return inside(l.g.Couplings[e].From) }) {
			alone++
		}
	}
	return float64(alone) >= shelfShare*float64(len(l.g.Packages[p].Atoms))
}

// holdsData reports whether a package declares types and constants alone, that do nothing.
func (l *layout) holdsData(p int) bool {
	return !slices.ContainsFunc(l.g.Packages[p].Atoms, func(a int32) bool {
		return l.g.Atoms[a].Kind == model.KindFunc || slices.ContainsFunc(l.g.Out(a), func(c coupling.Coupling) bool {
			return c.Kind != model.CouplingType && c.Kind != model.CouplingConst
		})
	})
}

// atomNetwork has a node for every declaration of the candidates, for every other
// package and for every table. Roots are left out: they tie all to all.
func atomNetwork(g *coupling.Graph, lay *layout, candidates []int32) (*network, []int) {
	nodeOf := make([]int, len(g.Atoms))
	var nodes []node
	ofPackage := map[int32]int{}
	isCandidate := make([]bool, len(g.Packages))
	for _, p := range candidates {
		isCandidate[p] = true
	}
	for a, atom := range g.Atoms {
		switch {
		case atom.Kind == model.KindRoute, atom.Package >= 0 && (lay.peeled[atom.Package] || lay.unreached[atom.Package]):
			nodeOf[a] = -1
			continue
		case atom.Kind == model.KindTable, isCandidate[atom.Package]:
			nodeOf[a] = len(nodes)
			nodes = append(nodes, node{table: noAtom})
			continue
		}
		n, ok := ofPackage[atom.Package]
		if !ok {
			n = len(nodes)
			ofPackage[atom.Package] = n
			nodes = append(nodes, node{table: noAtom})
		}
		nodeOf[a] = n
	}
	none := make([]int, len(g.Packages))
	for i := range none {
		none[i] = -1
	}
	return newNetwork(g, nodes, nodeOf, none), nodeOf
}

// bestRun is the grouping of the highest modularity of several runs.
func bestRun(ctx context.Context, net *network, seed uint64) ([]int32, error) {
	runs := make([]run, splitRuns)
	for n := range runs {
		runs[n] = run{1, seed, uint64(n)}
	}
	groupings, err := modularizeAll(ctx, tiesOf(net, allOf(len(net.nodes))), runs)
	if err != nil {
		return nil, err
	}
	best, _ := bestOfRuns(net, groupings)
	return best, nil
}

// bestOfRuns is the first grouping of the highest modularity.
func bestOfRuns(net *network, groupings []grouping) (best []int32, bestQ float64) {
	for _, g := range groupings {
		if q := modularity(net, g.of); best == nil || q > bestQ {
			best, bestQ = g.of, q
		}
	}
	return best, bestQ
}

// splitPackage numbers the parts of one package, from 1, if it is a layer. A pure
// package keeps 0 throughout.
func splitPackage(g *coupling.Graph, p int32, groupOf func(int32) int, parts []int) bool {
	total := 0
	for _, a := range g.Packages[p].Atoms {
		total += g.Atoms[a].Lines
	}
	return partPackage(g, p, groupOf, parts, func(largest int) bool {
		return float64(largest) < pureShare*float64(total) && isLayer(g, p, groupOf)
	})
}

// partPackage numbers the parts of one package, where it has several and may part;
// atoms in crumbs go with the part that they hang on most.
func partPackage(g *coupling.Graph, p int32, groupOf func(int32) int, parts []int, may func(largest int) bool) bool {
	pkg := g.Packages[p]
	lines, total := map[int]int{}, 0
	for _, a := range pkg.Atoms {
		lines[groupOf(a)] += g.Atoms[a].Lines
		total += g.Atoms[a].Lines
	}
	number := map[int]int{}
	largest := 0
	for _, grp := range sortedKeys(lines) {
		largest = max(largest, lines[grp])
		if float64(lines[grp]) >= crumbShare*float64(total) {
			number[grp] = grp + 1
		}
	}
	if len(number) < 2 || !may(largest) {
		return false
	}
	for _, a := range pkg.Atoms {
		parts[a] = number[groupOf(a)]
	}
	adoptCrumbs(g, p, parts)
	return true
}

// isLayer measures whether a package is a layer through several domains.
func isLayer(g *coupling.Graph, p int32, groupOf func(int32) int) bool {
	inside, cross, out := 0.0, 0.0, 0.0
	for _, a := range g.Packages[p].Atoms {
		for _, c := range g.Out(a) {
			if g.Atoms[c.To].Package != p {
				out += c.Weight
				continue
			}
			inside += c.Weight
			if groupOf(a) != groupOf(c.To) {
				cross += c.Weight
			}
		}
		for _, e := range g.In(a) {
			if c := g.Couplings[e]; g.Atoms[c.From].Package != p {
				out += c.Weight
			}
		}
	}
	return cross <= layerCross*inside && out >= layerOut*inside
}

// adoptCrumbs gives atoms without a part the part of their strongest neighbours
// in the package, in rounds, and what is left the first.
func adoptCrumbs(g *coupling.Graph, p int32, parts []int) {
	for range len(g.Packages[p].Atoms) {
		changed := false
		for _, a := range g.Packages[p].Atoms {
			if parts[a] == 0 {
				if part := strongestPart(g, p, a, parts); part > 0 {
					parts[a], changed = part, true
				}
			}
		}
		if !changed {
			break
		}
	}
	rest := 0
	for _, a := range g.Packages[p].Atoms {
		if rest == 0 || parts[a] > 0 && parts[a] < rest {
			rest = parts[a]
		}
	}
	for _, a := range g.Packages[p].Atoms {
		if parts[a] == 0 {
			parts[a] = rest
		}
	}
}

func strongestPart(g *coupling.Graph, p, a int32, parts []int) int {
	weight := map[int]float64{}
	add := func(other int32, w float64) {
		if g.Atoms[other].Package == p && parts[other] > 0 {
			weight[parts[other]] += w
		}
	}
	for _, c := range g.Out(a) {
		add(c.To, c.Weight)
	}
	for _, e := range g.In(a) {
		add(g.Couplings[e].From, g.Couplings[e].Weight)
	}
	best := 0
	for _, part := range sortedKeys(weight) {
		if best == 0 || weight[part] > weight[best] {
			best = part
		}
	}
	return best
}
