package partition

import (
	"maps"
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
	number := map[string]int{}
	for i, w := range slices.Sorted(maps.Keys(spread)) {
		number[w] = i
	}
	vectors := make([]sparse, len(active))
	for i := range words {
		for _, w := range slices.Sorted(maps.Keys(words[i])) {
			rarity := math.Log(1 + float64(len(active))/float64(spread[w]))
			vectors[i] = append(vectors[i], entry{number[w], rarity})
		}
	}
	return cosines(vectors, len(number))
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
