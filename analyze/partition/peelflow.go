package partition

import (
	"context"
	"math"
)

const (
	// perWeight is how fine the minimal cut tells weights apart.
	perWeight = 1 << 20
	// improveMost bounds the rounds; each lowers the quotient, a few are enough.
	improveMost = 20
	// nearby is how many times as much as it has a set may grow by.
	nearby = 2.0
)

// improve lowers the quotient cut / (volume kept − share · volume added) of a set as
// long as a minimal cut finds a set with a lower one. What is farther away than
// nearby takes no part.
func (p *peeler) improve(ctx context.Context, start []bool) ([]bool, error) {
	volume := p.volume(start)
	if volume == 0 || volume >= p.total {
		return start, nil
	}
	f := &improver{peeler: p, start: start, best: start, near: p.near(start), share: volume / (p.total - volume)}
	f.quotient = p.cut(start) / volume
	for range improveMost {
		better, err := f.round(ctx)
		if err != nil || !better {
			return f.best, err
		}
	}
	return f.best, nil
}

type improver struct {
	*peeler
	start, best []bool
	near        []int // nodes that may come or go
	share       float64
	quotient    float64
}

// near are the nodes of a set and those around it, ring by ring.
func (p *peeler) near(in []bool) []int {
	var out []int
	seen := make([]bool, len(in))
	for n, is := range in {
		if is {
			seen[n] = true
			out = append(out, n)
		}
	}
	volume := 0.0
	most := nearby * p.volume(in)
	for i := 0; i < len(out) && volume <= most; i++ {
		for _, t := range p.of(out[i]) {
			if !seen[t.to] {
				seen[t.to] = true
				volume += p.degree[t.to]
				out = append(out, t.to)
			}
		}
	}
	return out
}

// round cuts once and reports whether the set got better.
func (f *improver) round(ctx context.Context) (bool, error) {
	number := make(map[int]int, len(f.near))
	for i, n := range f.near {
		number[n] = i
	}
	source, sink := len(f.near), len(f.near)+1
	flow := newMaxflow(sink + 1)
	for i, n := range f.near {
		switch {
		case f.seed[n]:
			flow.arc(source, i, math.MaxInt64/4)
		case f.stay[n]:
			flow.arc(i, sink, math.MaxInt64/4)
		case f.start[n]:
			flow.arc(source, i, scaled(f.quotient*f.degree[n]))
		default:
			flow.arc(i, sink, scaled(f.quotient*f.share*f.degree[n]))
		}
		for _, t := range f.of(n) {
			if j, ok := number[t.to]; !ok {
				flow.arc(i, sink, scaled(t.weight))
			} else if i < j {
				flow.tie(i, j, scaled(t.weight))
			}
		}
	}
	if _, err := flow.maximize(ctx, source, sink); err != nil {
		return false, err
	}
	set := make([]bool, len(f.start))
	for i, is := range flow.reached(source)[:len(f.near)] {
		set[f.near[i]] = is
	}
	q := f.quotientOf(set)
	if q <= 0 || q >= f.quotient*(1-1e-6) || f.volume(set) > f.total/2 {
		return false, nil
	}
	f.best, f.quotient = set, q
	return true, nil
}

// quotientOf is the quotient of a set against the start, −1 where it lost too much.
func (f *improver) quotientOf(in []bool) float64 {
	kept := 0.0
	for n, is := range in {
		switch {
		case is && f.start[n]:
			kept += f.degree[n]
		case is:
			kept -= f.share * f.degree[n]
		}
	}
	if kept <= 0 {
		return -1
	}
	return f.cut(in) / kept
}

func scaled(w float64) int64 { return int64(math.Round(w * perWeight)) }
