package partition

import (
	"cmp"
	"slices"
)

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
