package partition

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
)

// PeelGraph is what Peel cuts: nodes 0 … len(Lines)-1 and what ties them.
type PeelGraph struct {
	Lines []int // of every node
	Ties  []Tie
	// Packages are the nodes of each package. A node that leaves the larger side of
	// its package costs Cohesion: a package comes apart where that saves more.
	Packages [][]int
	// Together are sets of nodes of which all come or all stay.
	Together [][]int
	Seeds    []int // come
	Stay     []int // stay
	// Known are sets to look at beside those that the walk from the seeds finds.
	Known [][]int
}

// Tie is an undirected, weighted tie of two nodes.
type Tie struct {
	A, B   int
	Weight float64 // > 0
}

// Cohesion is what it costs to take one declaration out of its package: it is
// renamed and exported, and its users are edited. A use inside of a package
// (coupling: type 1, call 1.5, by rarity) weighs about three times as much.
const Cohesion = 0.4

// Peeling is one service around the seeds.
type Peeling struct {
	Inside []bool
	Lines  int
	// Cut is the weight of the ties between inside and outside, Cohesion included;
	// Conductance its share (0–1) of all ties of the lighter side: less is better.
	Cut, Conductance float64

	lines []int // of every node
}

// Errors of Peel.
var (
	ErrNoSeed       = errors.New("there is no seed")
	ErrSeedStays    = errors.New("a seed has to stay")
	ErrNothingStays = errors.New("the seeds are more than half of what there is")
)

// Peel finds services around the seeds, fewest lines first, and which of them is
// the best: the smallest of those whose conductance is near the lowest. A random walk
// from the seeds that keeps coming back to them orders the nodes (Andersen, Chung and
// Lang, doi:10.1109/FOCS.2006.44); the sets of first nodes with the lowest conductance
// are improved by minimal cuts until none is lower (Andersen and Lang, Proc. SODA
// 2008, p. 651). No chance is in it.
func Peel(ctx context.Context, g PeelGraph) (list []Peeling, best int, err error) {
	p, err := newPeeler(g)
	if err != nil {
		return nil, 0, err
	}
	starts := p.sweep(p.walk())
	for _, known := range g.Known {
		starts = append(starts, p.with(known))
	}
	for _, start := range starts {
		set, err := p.improve(ctx, start)
		if err != nil {
			return nil, 0, err
		}
		p.adopt(set)
		set = p.connected(set)
		if p.volume(set) <= p.total/2 {
			list = append(list, p.peeling(set))
		}
	}
	if len(list) == 0 {
		return nil, 0, ErrNothingStays
	}
	list = choices(list)
	for i, l := range list {
		if p.score(l) < p.score(list[best]) {
			best = i
		}
	}
	return list, best, nil
}

// score is what the best has least of: conductance, weighed up by size, because
// larger sets have less by nature and who peels wants the least that stands by
// itself; and more of it the smaller a set is against the smallest service.
func (p *peeler) score(l Peeling) float64 {
	all := 0
	for _, lines := range p.lines {
		all += lines
	}
	lines := float64(l.Lines + 1)
	return l.Conductance * math.Pow(lines, perSize) * (1 + smallShare*float64(all)/lines)
}

const (
	// loose is the conductance from which a cut is no alternative.
	loose = 0.5
	// perSize is how a service of more lines counts for more: with twice the lines it
	// has to have 0.57 of the conductance.
	perSize = 0.8
	// crumbLines are so few that they are no part of any package.
	crumbLines = 40
	// alike is the share of the lines in which two alternatives differ at least.
	alike = 0.05
)

func byConductance(a, b Peeling) int {
	return cmp.Or(cmp.Compare(a.Conductance, b.Conductance), cmp.Compare(a.Lines, b.Lines))
}

// choices are the peelings worth showing, fewest lines first: none without code, with
// most of its ties cut, or nearly like a better one, unless there is no other.
func choices(list []Peeling) []Peeling {
	slices.SortStableFunc(list, byConductance)
	var out []Peeling
	for _, l := range list {
		worth := l.Lines > 0 && l.Conductance < loose
		if worth && !slices.ContainsFunc(out, func(o Peeling) bool { return o.like(l) }) {
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		out = list[:1]
	}
	slices.SortStableFunc(out, func(a, b Peeling) int { return cmp.Compare(a.Lines, b.Lines) })
	return out
}

// like reports whether nearly the same lines are inside.
func (p Peeling) like(o Peeling) bool {
	differ := 0
	for n, in := range p.Inside {
		if in != o.Inside[n] {
			differ += p.lines[n] + 1
		}
	}
	return float64(differ) < alike*float64(max(p.Lines, o.Lines))
}
