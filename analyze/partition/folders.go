package partition

import (
	"math"
	"path"
	"slices"
	"strings"
)

// folders is the third opinion, which a blind analysis goes without: where people
// have put the code. Two packages are alike by the cosine of their folders' words,
// each weighed by its rarity; words of an architecture (internal, handlers,
// postgres) say nothing about domains and are left out. Tables speak by the words
// of their names.
func (s *solver) folders(active []int) *square {
	words := make([]map[string]float64, len(active))
	spread := map[string]int{}
	for i, n := range active {
		words[i] = s.nodeWords(n)
		for w := range words[i] {
			spread[w]++
		}
	}
	norm := make([]float64, len(active))
	for i := range words {
		for w := range words[i] {
			words[i][w] = math.Log(1 + float64(len(active))/float64(spread[w]))
		}
		norm[i] = length(words[i])
	}
	out := newSquare(len(active))
	for i := range active {
		for j := range i {
			if norm[i] > 0 && norm[j] > 0 {
				out.set(i, j, common(words[i], words[j])/(norm[i]*norm[j]))
			}
		}
	}
	return out
}

// nodeWords are the words of a node's folders, or of its table.
func (s *solver) nodeWords(n int) map[string]float64 {
	words := map[string]float64{}
	nd := s.net.nodes[n]
	if nd.table != noAtom {
		for _, w := range strings.Split(s.g.Atoms[nd.table].Name, "_") {
			addWord(words, w)
		}
		return words
	}
	for _, c := range nd.cells {
		for dir := s.g.Packages[s.cells.list[c].pkg].Dir; dir != "." && dir != "/" && dir != ""; dir = path.Dir(dir) {
			addWord(words, path.Base(dir))
		}
	}
	return words
}

func addWord(words map[string]float64, w string) {
	if w = stem(clean(w)); w != "" && !layer[w] {
		words[w] = 1
	}
}

// stem takes the plural off: orders and order are one word here.
func stem(w string) string {
	switch {
	case strings.HasSuffix(w, "ies") && len(w) > 4:
		return w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && len(w) > 3:
		return w[:len(w)-1]
	}
	return w
}

func length(v map[string]float64) float64 { return math.Sqrt(common(v, v)) }

// common is the dot product of two vectors of words, added in order.
func common(a, b map[string]float64) float64 {
	var terms []float64
	for _, w := range sortedWords(a) {
		if y, ok := b[w]; ok {
			terms = append(terms, a[w]*y)
		}
	}
	sum := 0.0
	for _, t := range terms {
		sum += t
	}
	return sum
}

func sortedWords(m map[string]float64) []string {
	words := make([]string, 0, len(m))
	for w := range m {
		words = append(words, w)
	}
	slices.Sort(words)
	return words
}
