package analyze

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// groupsOf numbers the letters of a word: "aab" is two things in one group, one in
// another.
func groupsOf(word string) []int {
	number := map[rune]int{}
	var out []int
	for _, r := range word {
		if _, ok := number[r]; !ok {
			number[r] = len(number)
		}
		out = append(out, number[r])
	}
	return out
}

// The cases are computed by hand from the definition: mno(A,B) moves and joins,
// worst the largest mno of any A against this B.
func TestMoJoByHand(t *testing.T) {
	tests := []struct {
		name       string
		a, b       string
		mno, worst int
		fm         float64
	}{
		{"equal", "aabb", "aabb", 0, 2, 100},
		{"only names differ", "aabb", "xxyy", 0, 2, 100},
		{"one join", "aabc", "aabb", 1, 2, 50},
		// {1,2,3}{4} against {1,2}{3,4}: move 3 to the group of 4.
		{"one move", "aaab", "aabb", 1, 2, 50},
		// All in one group: two of the four must leave it.
		{"one swallowed all", "aaaa", "aabb", 2, 2, 0},
		// Crossed pairs: both of A's groups share one with each of B's; the matching
		// gives them different targets, so two moves and no join.
		{"crossed", "abab", "aabb", 2, 2, 0},
		// Both of A's larger groups belong to B's first: one join.
		{"join larger ones", "aabbcc", "aaaabb", 1, 4, 75},
		// Sizes 1,1,4 of B: the worst A hits one group of each, then the third of
		// size 4: 3 groups, so 6−3.
		{"worst over uneven sizes", "aabbcd", "aaaabc", 1, 4, 75},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newContingency(groupsOf(tt.a), groupsOf(tt.b))
			if got := c.mojo(); got != tt.mno {
				t.Errorf("mno = %d, want %d", got, tt.mno)
			}
			if got := c.worstMoJo(); got != tt.worst {
				t.Errorf("worst = %d, want %d", got, tt.worst)
			}
			if got := c.mojoFM(); math.Abs(got-tt.fm) > 1e-9 {
				t.Errorf("MoJoFM = %v, want %v", got, tt.fm)
			}
		})
	}
}

// TestMoJoAgainstSearch compares with a breadth-first search over moves and joins,
// which is the definition itself, on all pairs of partitions of five things.
func TestMoJoAgainstSearch(t *testing.T) {
	all := partitionsOf(5)
	for _, b := range all {
		worst := 0
		for _, a := range all {
			c := newContingency(a, b)
			want := searchMoJo(a, b)
			if got := c.mojo(); got != want {
				t.Fatalf("mno(%v, %v) = %d, the search finds %d", a, b, got, want)
			}
			worst = max(worst, want)
		}
		if got := newContingency(b, b).worstMoJo(); got != worst {
			t.Errorf("max mno(∀A, %v) = %d, the search finds %d", b, got, worst)
		}
	}
}

// partitionsOf lists all partitions of n things as growth strings.
func partitionsOf(n int) [][]int {
	out := [][]int{{}}
	for range n {
		var next [][]int
		for _, p := range out {
			most := -1
			for _, g := range p {
				most = max(most, g)
			}
			for g := 0; g <= most+1; g++ {
				next = append(next, append(append([]int{}, p...), g))
			}
		}
		out = next
	}
	return out
}

// searchMoJo is the least number of moves (one thing to another group, or to a new
// one) and joins (two groups into one) from a to b.
func searchMoJo(a, b []int) int {
	want := word(b)
	seen := map[string]bool{word(a): true}
	frontier := [][]int{a}
	for steps := 0; ; steps++ {
		var next [][]int
		for _, p := range frontier {
			if word(p) == want {
				return steps
			}
			for _, q := range neighbours(p) {
				if w := word(q); !seen[w] {
					seen[w] = true
					next = append(next, q)
				}
			}
		}
		frontier = next
	}
}

func neighbours(p []int) (out [][]int) {
	most := 0
	for _, g := range p {
		most = max(most, g)
	}
	for i := range p {
		for g := 0; g <= most+1; g++ {
			q := append([]int{}, p...)
			q[i] = g
			out = append(out, q)
		}
	}
	for g := 0; g <= most; g++ {
		for h := range g {
			q := append([]int{}, p...)
			for i := range q {
				if q[i] == g {
					q[i] = h
				}
			}
			out = append(out, q)
		}
	}
	return out
}

// word names a partition independently of its groups' numbers.
func word(p []int) string {
	number := map[int]byte{}
	var b strings.Builder
	for _, g := range p {
		if _, ok := number[g]; !ok {
			number[g] = byte('a' + len(number))
		}
		b.WriteByte(number[g])
	}
	return b.String()
}

// The values are those of scikit-learn's documentation of adjusted_rand_score.
func TestARIAgainstScikitLearn(t *testing.T) {
	tests := []struct {
		name string
		a, b []int
		want float64
	}{
		{"equal", []int{0, 0, 1, 1}, []int{0, 0, 1, 1}, 1},
		{"permuted", []int{0, 0, 1, 1}, []int{1, 1, 0, 0}, 1},
		{"one group split", []int{0, 0, 1, 2}, []int{0, 0, 1, 1}, 0.5714285714},
		{"one group joined", []int{0, 0, 1, 1}, []int{0, 0, 1, 2}, 0.5714285714},
		{"all against singles", []int{0, 0, 0, 0}, []int{0, 1, 2, 3}, 0},
		{"worse than chance", []int{0, 0, 1, 1}, []int{0, 1, 0, 1}, -0.5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := newContingency(tt.a, tt.b).ari(); math.Abs(got-tt.want) > 1e-9 {
				t.Errorf("ARI = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestF1OfPairs(t *testing.T) {
	// A puts {1,2}{3,4} together, B {1,2,3}: one pair in common, 2 and 3 in all.
	f1, precision, recall := newContingency(groupsOf("aabb"), groupsOf("aaab")).f1()
	if precision != 0.5 || math.Abs(recall-1.0/3) > 1e-12 || math.Abs(f1-0.4) > 1e-12 {
		t.Errorf("F1 %v, precision %v, recall %v", f1, precision, recall)
	}
	if f1, _, _ := newContingency(groupsOf("abcd"), groupsOf("abcd")).f1(); f1 != 1 {
		t.Errorf("singles against singles: F1 %v", f1)
	}
}

func TestMeasuresAreBoundedAndPerfectOnThemselves(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		n := 2 + rnd.IntN(20)
		a, b := make([]int, n), make([]int, n)
		for i := range n {
			a[i], b[i] = rnd.IntN(5), rnd.IntN(5)
		}
		c := newContingency(groupsOf(word(a)), groupsOf(word(b)))
		if fm := c.mojoFM(); fm < 0 || fm > 100 {
			t.Fatalf("MoJoFM(%v, %v) = %v", a, b, fm)
		}
		if ari := c.ari(); ari > 1 || ari < -1 {
			t.Fatalf("ARI(%v, %v) = %v", a, b, ari)
		}
		self := newContingency(groupsOf(word(a)), groupsOf(word(a)))
		if f1, _, _ := self.f1(); self.mojoFM() != 100 || self.ari() != 1 || f1 != 1 {
			t.Fatalf("%v against itself: %v %v %v", a, self.mojoFM(), self.ari(), f1)
		}
	}
}
