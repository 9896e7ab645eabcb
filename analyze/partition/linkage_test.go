package partition

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// plainLinkage is UPGMA as it is defined: every two groups are looked at before each
// merge, and their likeness is the mean over the pairs of their members.
func plainLinkage(like *square, apart func(a, b []int) bool) []merge {
	groups := make([][]int, like.n)
	for i := range groups {
		groups[i] = []int{i}
	}
	var out []merge
	for {
		best := merge{at: -1}
		for a := range groups {
			for b := a + 1; b < len(groups); b++ {
				if len(groups[a]) == 0 || len(groups[b]) == 0 || apart != nil && apart(groups[a], groups[b]) {
					continue
				}
				sum := 0.0
				for _, i := range groups[a] {
					for _, j := range groups[b] {
						sum += like.at(i, j)
					}
				}
				if at := sum / float64(len(groups[a])*len(groups[b])); at > best.at {
					best = merge{a, b, at}
				}
			}
		}
		if best.at < 0 {
			return out
		}
		out = append(out, best)
		groups[best.a], groups[best.b] = append(groups[best.a], groups[best.b]...), nil
	}
}

func TestLinkageIsAverageLinkage(t *testing.T) {
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		like := newSquare(2 + rnd.IntN(30))
		for i := range like.n {
			for j := range i {
				like.set(i, j, rnd.Float64())
			}
		}
		var apart func(a, b []int) bool
		if seed%2 == 1 {
			third := func(n int) bool { return n > 0 && n%3 == 0 }
			apart = func(a, b []int) bool { // 0 not with every third
				return slices.Contains(a, 0) && slices.ContainsFunc(b, third) || slices.Contains(b, 0) && slices.ContainsFunc(a, third)
			}
		}
		want, got := plainLinkage(like, apart), linkage(like, slices.Repeat([]float64{1}, like.n), apart)
		if len(got) != len(want) {
			t.Fatalf("seed %d: %d merges, want %d", seed, len(got), len(want))
		}
		for n, m := range got {
			if m.a != want[n].a || m.b != want[n].b || math.Abs(m.at-want[n].at) > 1e-12 {
				t.Fatalf("seed %d, merge %d of %d: got %v, want %v", seed, n, like.n, m, want[n])
			}
		}
	}
}

// TestCutReplays holds cut to a replay of one merge after the other.
func TestCutReplays(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 0))
	like := newSquare(25)
	for i := range like.n {
		for j := range i {
			like.set(i, j, rnd.Float64())
		}
	}
	merges := linkage(like, slices.Repeat([]float64{1}, like.n), nil)
	for left := 1; left <= like.n; left++ {
		want := make([]int, like.n)
		for i := range want {
			want[i] = i
		}
		for _, m := range merges[:like.n-left] {
			for i := range want {
				if want[i] == m.b {
					want[i] = m.a
				}
			}
		}
		got := cut(like.n, merges, func(groups int, _ merge) bool { return groups <= left })
		if !slices.Equal(got, renumber(want)) {
			t.Errorf("%d groups: got %v, want %v", left, got, renumber(want))
		}
	}
}
