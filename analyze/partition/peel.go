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

// peeler has the graph with sets that go together made one node, and a node for
// every package that holds its declarations.
type peeler struct {
	g          PeelGraph
	nodeOf     []int // of the graph's nodes
	lines      []int
	at         []int // ties[at[n]:at[n+1]] are those of node n
	ties       []peelTie
	degree     []float64
	total      float64 // sum of degrees
	seed, stay []bool
}

type peelTie struct {
	to     int
	weight float64
}

func newPeeler(g PeelGraph) (*peeler, error) {
	if len(g.Seeds) == 0 {
		return nil, ErrNoSeed
	}
	p := &peeler{g: g}
	nodes := p.contract() + len(g.Packages)
	p.lines, p.seed, p.stay = make([]int, nodes), make([]bool, nodes), make([]bool, nodes)
	for n, lines := range g.Lines {
		p.lines[p.nodeOf[n]] += lines
	}
	for _, n := range g.Seeds {
		p.seed[p.nodeOf[n]] = true
	}
	for _, n := range g.Stay {
		if p.seed[p.nodeOf[n]] {
			return nil, ErrSeedStays
		}
		p.stay[p.nodeOf[n]] = true
	}
	p.connect(nodes)
	if p.volume(p.with(nil)) > p.total/2 {
		return nil, ErrNothingStays
	}
	return p, nil
}

// contract numbers the sets that go together, and says how many there are.
func (p *peeler) contract() int {
	u := newUnion(len(p.g.Lines))
	for _, set := range p.g.Together {
		for _, n := range set {
			_ = u.join(set[0], n, "") // without pins nothing contradicts
		}
	}
	p.nodeOf = make([]int, len(p.g.Lines))
	nodes := 0
	for n := range p.nodeOf {
		if r := u.find(n); r == n {
			p.nodeOf[n] = nodes
			nodes++
		} else {
			p.nodeOf[n] = p.nodeOf[r] // the first of a set stands for it
		}
	}
	return nodes
}

func (p *peeler) connect(nodes int) {
	list := make([]Tie, 0, len(p.g.Ties))
	for _, t := range p.g.Ties {
		list = append(list, Tie{p.nodeOf[t.A], p.nodeOf[t.B], t.Weight})
	}
	hub := nodes - len(p.g.Packages)
	for i, pkg := range p.g.Packages {
		for _, n := range pkg {
			list = append(list, Tie{p.nodeOf[n], hub + i, Cohesion})
		}
	}
	list = slices.DeleteFunc(list, func(t Tie) bool { return t.A == t.B || t.Weight <= 0 })
	p.at, p.degree = make([]int, nodes+1), make([]float64, nodes)
	for _, t := range list {
		p.at[t.A+1]++
		p.at[t.B+1]++
		p.degree[t.A] += t.Weight
		p.degree[t.B] += t.Weight
	}
	for n := range nodes {
		p.at[n+1] += p.at[n]
		p.total += p.degree[n]
	}
	p.ties = make([]peelTie, 2*len(list))
	next := slices.Clone(p.at)
	for _, t := range list {
		p.ties[next[t.A]], p.ties[next[t.B]] = peelTie{t.B, t.Weight}, peelTie{t.A, t.Weight}
		next[t.A]++
		next[t.B]++
	}
}

func (p *peeler) of(n int) []peelTie { return p.ties[p.at[n]:p.at[n+1]] }

// adopt puts the crumbs of packages with the rest of them: a package that comes does
// not leave a few lines behind, and one that stays gives none away.
func (p *peeler) adopt(in []bool) {
	for _, pkg := range p.g.Packages {
		inside, all := 0, 0
		for _, n := range pkg {
			all += p.g.Lines[n]
			if in[p.nodeOf[n]] {
				inside += p.g.Lines[n]
			}
		}
		crumb := min(crumbShare*float64(all), crumbLines)
		come := float64(all-inside) < crumb
		if !come && float64(inside) >= crumb {
			continue
		}
		for _, n := range pkg {
			if c := p.nodeOf[n]; !p.seed[c] && !p.stay[c] {
				in[c] = come
			}
		}
	}
	p.hubs(in)
}

// connected is what of a set hangs together with the seeds: what else is in it was
// found by chance, because little leaves it. Declarations without ties go with most
// of their package.
func (p *peeler) connected(in []bool) []bool {
	out := slices.Clone(p.seed)
	p.spread(in, out)
	for _, pkg := range p.g.Packages {
		inside, reached := 0, 0
		for _, n := range pkg {
			if c := p.nodeOf[n]; in[c] {
				inside += p.g.Lines[n]
				if out[c] {
					reached += p.g.Lines[n]
				}
			}
		}
		if 2*reached <= inside {
			continue
		}
		for _, n := range pkg {
			out[p.nodeOf[n]] = out[p.nodeOf[n]] || in[p.nodeOf[n]]
		}
	}
	p.spread(in, out)
	p.hubs(out)
	return out
}

// spread adds to out all of in that its ties reach.
func (p *peeler) spread(in, out []bool) {
	var stack []int
	for n, is := range out {
		if is {
			stack = append(stack, n)
		}
	}
	hub := len(in) - len(p.g.Packages)
	for len(stack) > 0 {
		n := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, t := range p.of(n) {
			if in[t.to] && !out[t.to] && t.to < hub {
				out[t.to] = true
				stack = append(stack, t.to)
			}
		}
	}
}

// with is the set of nodes with the seeds and without what stays.
func (p *peeler) with(nodes []int) []bool {
	in := slices.Clone(p.seed)
	for _, n := range nodes {
		if c := p.nodeOf[n]; !p.stay[c] {
			in[c] = true
		}
	}
	p.hubs(in)
	return in
}

// hubs puts every package on the side of most of its declarations.
func (p *peeler) hubs(in []bool) {
	for h := len(in) - len(p.g.Packages); h < len(in); h++ {
		inside, all := 0.0, 0.0
		for _, t := range p.of(h) {
			all += t.weight
			if in[t.to] {
				inside += t.weight
			}
		}
		in[h] = 2*inside > all
	}
}

func (p *peeler) volume(in []bool) float64 {
	sum := 0.0
	for n, is := range in {
		if is {
			sum += p.degree[n]
		}
	}
	return sum
}

// cut is the weight of the ties that leave a set.
func (p *peeler) cut(in []bool) float64 {
	sum := 0.0
	for n, is := range in {
		if !is {
			continue
		}
		for _, t := range p.of(n) {
			if !in[t.to] {
				sum += t.weight
			}
		}
	}
	return sum
}

func (p *peeler) conductance(in []bool) float64 {
	volume := p.volume(in)
	lighter := min(volume, p.total-volume)
	if lighter <= 0 {
		return 1
	}
	return p.cut(in) / lighter
}

func (p *peeler) peeling(in []bool) Peeling {
	out := Peeling{Inside: make([]bool, len(p.g.Lines)), Cut: p.cut(in), Conductance: p.conductance(in), lines: p.g.Lines}
	for n := range out.Inside {
		if out.Inside[n] = in[p.nodeOf[n]]; out.Inside[n] {
			out.Lines += p.g.Lines[n]
		}
	}
	return out
}

const (
	walkBack  = 0.15 // how likely each step of the walk starts anew at a seed
	walkSteps = 50   // after which what is left to go is 0.85⁵⁰, a third of a thousandth
)

// walk is how often the walk from the seeds stands at every node, by the node's
// degree.
func (p *peeler) walk() []float64 {
	seeds := 0
	for _, is := range p.seed {
		if is {
			seeds++
		}
	}
	at, next := make([]float64, len(p.degree)), make([]float64, len(p.degree))
	for step := range walkSteps + 1 {
		for n := range next {
			next[n] = 0
			if p.seed[n] {
				next[n] = 1 / float64(seeds)
				if step > 0 {
					next[n] *= walkBack
				}
			}
		}
		for n, here := range at {
			if here == 0 || p.degree[n] == 0 {
				continue
			}
			share := (1 - walkBack) * here / p.degree[n]
			for _, t := range p.of(n) {
				next[t.to] += share * t.weight
			}
		}
		at, next = next, at
	}
	for n := range at {
		if p.degree[n] > 0 {
			at[n] /= p.degree[n]
		}
	}
	return at
}

// sweep takes nodes one by one in the order of the walk, after the seeds, and gives
// the set of least conductance of every size: as large as the seeds, twice as large,
// four times.
func (p *peeler) sweep(rank []float64) [][]bool {
	order := p.order(rank)
	in := slices.Clone(p.seed)
	steps := make([]sweepStep, 0, len(order)+1)
	cut, volume := p.cut(in), p.volume(in)
	volume0 := max(volume, 1e-9)
	steps = append(steps, sweepStep{0, cut / min(volume, p.total-volume), volume})
	for i, n := range order {
		for _, t := range p.of(n) {
			if in[t.to] {
				cut -= t.weight
			} else {
				cut += t.weight
			}
		}
		in[n] = true
		if volume += p.degree[n]; volume > p.total/2 {
			break
		}
		steps = append(steps, sweepStep{i + 1, cut / volume, volume})
	}
	var out [][]bool
	for from := volume0; from <= p.total; from *= 2 {
		s := lowest(steps, from, 2*from)
		if s == nil {
			continue
		}
		set := slices.Clone(p.seed)
		for _, n := range order[:s.taken] {
			set[n] = true
		}
		p.hubs(set)
		out = append(out, set)
	}
	return out
}

type sweepStep struct {
	taken               int // nodes after the seeds
	conductance, volume float64
}

func lowest(steps []sweepStep, least, most float64) *sweepStep {
	var best *sweepStep
	for i, s := range steps {
		if s.volume >= least && s.volume < most && (best == nil || s.conductance < best.conductance) {
			best = &steps[i]
		}
	}
	return best
}

// order are the nodes that the walk came to, most often first, without the seeds
// and what stays.
func (p *peeler) order(rank []float64) []int {
	var out []int
	for n, r := range rank {
		if r > 0 && !p.seed[n] && !p.stay[n] {
			out = append(out, n)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(rank[b], rank[a]) })
	return out
}
