package partition

import "slices"

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
