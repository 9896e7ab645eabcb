package analyze

import (
	"math"
	"slices"
)

// Agreement says how alike two assignments are, over the things that both name.
type Agreement struct {
	Over string `json:"over"` // packages, or files
	// Common is the number of things compared, OnlyA and OnlyB those left out.
	Common  int `json:"common"`
	OnlyA   int `json:"only_a"`
	OnlyB   int `json:"only_b"`
	GroupsA int `json:"groups_a"`
	GroupsB int `json:"groups_b"`

	// MoJoFM is 100 for equality, 0 for as far away as possible. It measures A
	// against B and is not symmetric: how many moves and joins make A into B.
	MoJoFM float64 `json:"mojofm"`
	// ARI is the adjusted Rand index: 1 for equality, about 0 for chance.
	ARI float64 `json:"ari"`
	// F1, Precision and Recall are of the pairs put together.
	F1        float64 `json:"f1"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
}

// contingency counts how many things are in group i of A and j of B.
type contingency struct {
	cell [][]int
	a, b []int // sizes of the groups
	n    int
}

func newContingency(a, b []int) *contingency {
	t := &contingency{n: len(a)}
	for i := range a {
		t.a, t.b = count(t.a, a[i]), count(t.b, b[i])
	}
	t.cell = make([][]int, len(t.a))
	for i := range t.cell {
		t.cell[i] = make([]int, len(t.b))
	}
	for i := range a {
		t.cell[a[i]][b[i]]++
	}
	return t
}

func count(sizes []int, group int) []int {
	for len(sizes) <= group {
		sizes = append(sizes, 0)
	}
	sizes[group]++
	return sizes
}

// mojoFM is (1 − mno(A,B) / max mno(∀A,B)) · 100: Wen and Tzerpos, An effectiveness
// measure for software clustering algorithms, IWPC 2004.
func (t *contingency) mojoFM() float64 {
	worst := t.worstMoJo()
	if worst == 0 {
		return 100
	}
	return 100 * (1 - float64(t.mojo())/float64(worst))
}

// mojo is mno(A,B), the least number of moves and joins that turn A into B: every
// group of A goes to the group of B that it shares most with; ties are given so
// that as many groups of B as possible are hit, by maximum bipartite matching
// (Wen and Tzerpos, An optimal algorithm for MoJo distance, IWPC 2003).
func (t *contingency) mojo() int {
	moves := t.n
	choices := make([][]int, len(t.cell))
	for i, row := range t.cell {
		most := slices.Max(row)
		moves -= most
		for j, v := range row {
			if v == most {
				choices[i] = append(choices[i], j)
			}
		}
	}
	return moves + len(t.cell) - matching(choices, len(t.b))
}

// matching is the size of a maximum matching, by augmenting paths (Kuhn).
func matching(choices [][]int, right int) int {
	holder := make([]int, right)
	for j := range holder {
		holder[j] = -1
	}
	size := 0
	for i := range choices {
		if augment(choices, holder, make([]bool, right), i) {
			size++
		}
	}
	return size
}

func augment(choices [][]int, holder []int, seen []bool, i int) bool {
	for _, j := range choices[i] {
		if seen[j] {
			continue
		}
		seen[j] = true
		if holder[j] < 0 || augment(choices, holder, seen, holder[j]) {
			holder[j] = i
			return true
		}
	}
	return false
}

// worstMoJo is max mno(∀A,B): n less the number of groups that the worst A can
// still hit, which is found by growing it along B's sizes.
func (t *contingency) worstMoJo() int {
	sizes := slices.Sorted(slices.Values(t.b))
	hit := 0
	for _, size := range sizes {
		if hit < size {
			hit++
		}
	}
	return t.n - hit
}

// ari is the adjusted Rand index: Hubert and Arabie, Comparing partitions, Journal
// of Classification 2, 1985. Two trivial partitions agree fully.
func (t *contingency) ari() float64 {
	both, inA, inB := t.pairs()
	all := choose2(t.n)
	if all == 0 {
		return 1
	}
	expected := inA * inB / all
	most := (inA + inB) / 2
	if most == expected {
		return 1
	}
	return (both - expected) / (most - expected)
}

// pairs are the pairs put together by both, by A and by B.
func (t *contingency) pairs() (both, inA, inB float64) {
	for i, row := range t.cell {
		inA += choose2(t.a[i])
		for _, v := range row {
			both += choose2(v)
		}
	}
	for _, v := range t.b {
		inB += choose2(v)
	}
	return both, inA, inB
}

func choose2(n int) float64 { return float64(n) * float64(n-1) / 2 }

// f1 is the harmonic mean of pairwise precision and recall; where neither puts
// any pair together both are 1.
func (t *contingency) f1() (f1, precision, recall float64) {
	both, inA, inB := t.pairs()
	precision, recall = ratio(both, inA), ratio(both, inB)
	if inA == 0 && inB == 0 {
		return 1, 1, 1
	}
	if precision+recall == 0 {
		return 0, precision, recall
	}
	return 2 * precision * recall / (precision + recall), precision, recall
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// round4 keeps four decimals: more would show the machine, not the result.
func round4(x float64) float64 { return math.Round(x*1e4) / 1e4 }
