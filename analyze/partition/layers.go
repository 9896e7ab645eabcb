package partition

import (
	"context"
	"slices"

	"github.com/ficus-dev/ficus/analyze/coupling"
)

// layers is what clustering the declarations of a layered module gave: the domains
// across its packages.
type layers struct {
	nodeOf []int     // atom → node of the declarations' network, or −1
	runs   [][]int32 // node → group, of every run
	group  []int32   // node → group, of the chosen run
	at     float64   // the resolution of the chosen run

	found [][]int32 // the best grouping of each resolution that is no collapse, coarse to fine
	of    []float64 // the resolution of each
}

// layerResolutions are tried from coarse to fine.
var layerResolutions = [...]float64{0.1, 0.25, 0.5, 0.75, 1}

// findLayers clusters declarations at resolutions from coarse to fine. The coarsest grouping
// counts that is no collapse: declarations are small, and at the customary
// resolution a domain falls apart into its tables.
func findLayers(ctx context.Context, g *coupling.Graph, net *network, nodeOf []int, seed uint64, resolutions ...float64) (*layers, error) {
	l := &layers{nodeOf: nodeOf}
	var runs []run
	for r, resolution := range resolutions {
		for n := range layerRuns {
			runs = append(runs, run{resolution, seed, uint64(r*layerRuns + n)})
		}
	}
	groupings, err := modularizeAll(ctx, tiesOf(net, allOf(len(net.nodes))), runs)
	if err != nil {
		return nil, err
	}
	var found [][]int32
	var scores, of []float64
	lines := nodeLines(g, nodeOf, len(net.nodes))
	for r := range resolutions {
		best, bestQ := bestOfRuns(net, groupings[r*layerRuns:(r+1)*layerRuns])
		for _, made := range groupings[r*layerRuns : (r+1)*layerRuns] {
			l.runs = append(l.runs, made.of)
		}
		if largestShare(best, lines) <= collapseShare || r == len(resolutions)-1 {
			found, scores, of = append(found, best), append(scores, bestQ), append(of, resolutions[r])
		}
	}
	most := slices.Max(scores)
	at := slices.IndexFunc(scores, func(q float64) bool { return q >= layerScore*most })
	l.group, l.at, l.found, l.of = found[at], of[at], found, of
	return l, nil
}

const (
	// layerMixing is the share of the lines in packages of some size that stand apart
	// from most of their package when declarations are grouped, from which a module is
	// layered: of 25 systems those foldered by domain have up to 23 %, layered ones from
	// 48 on; miniflux, whose storage and pages are layers and whose readers are none, 29.
	layerMixing = 0.26
	// layeredShare is the share of all that people wrote that such packages have.
	layeredShare = 0.35
	layerRuns    = 4
	// layerScore is the share of the best modularity that a coarser grouping keeps.
	layerScore = 0.9
)

// mixes reports whether most of the module is layers through all domains.
func (l *layout) mixes(candidates []int32) bool {
	apart, inside, written, all := 0, 0, 0, 0
	for p := range l.g.Packages {
		if !l.peeled[p] && !l.unreached[p] {
			all += l.written(p)
		}
	}
	for _, p := range candidates {
		lines, sum, most := map[int32]int{}, 0, 0
		for _, a := range l.g.Packages[p].Atoms {
			grp := l.layers.group[l.layers.nodeOf[a]]
			lines[grp] += l.g.Atoms[a].Lines
			sum += l.g.Atoms[a].Lines
			most = max(most, lines[grp])
		}
		apart += sum - most
		inside += sum
		written += l.written(int(p))
	}
	return !l.many && ratioOf(apart, inside) >= layerMixing && ratioOf(written, all) >= layeredShare
}

func allOf(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func nodeLines(g *coupling.Graph, nodeOf []int, n int) []int {
	lines := make([]int, n)
	for a, atom := range g.Atoms {
		if nodeOf[a] >= 0 {
			lines[nodeOf[a]] += atom.Lines
		}
	}
	return lines
}

// largestShare is the share of the lines in the largest group.
func largestShare(group []int32, lines []int) float64 {
	in, total, most := map[int32]int{}, 0, 0
	for i, g := range group {
		in[g] += lines[i]
		total += lines[i]
		most = max(most, in[g])
	}
	return ratioOf(most, total)
}

func ratioOf(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// main is the group of one grouping in which a node has most lines, −1 for none.
func (s *solver) layerGroup(n int, group []int32) int {
	l := s.lay.layers
	lines := map[int]int{}
	add := func(a int32) {
		if k := l.nodeOf[a]; k >= 0 {
			lines[int(group[k])] += s.g.Atoms[a].Lines + 1
		}
	}
	if t := s.net.nodes[n].table; t != noAtom {
		add(t)
	}
	for _, c := range s.net.nodes[n].cells {
		for _, a := range s.cells.list[c].atoms {
			add(a)
		}
	}
	best := -1
	for _, g := range sortedKeys(lines) {
		if best < 0 || lines[g] > lines[best] {
			best = g
		}
	}
	return best
}

// layerLikeness is the share of the runs that put two nodes into one group.
func (s *solver) layerLikeness() *square {
	like := newSquare(len(s.active))
	for _, run := range s.lay.layers.runs {
		of := make([]int, len(s.active))
		for i, n := range s.active {
			of[i] = s.layerGroup(n, run)
		}
		for i, a := range of {
			for j, b := range of[:i] {
				if a >= 0 && a == b {
					like.add(i, j, 1)
				}
			}
		}
	}
	like.scale(1 / float64(len(s.lay.layers.runs)))
	return like
}
