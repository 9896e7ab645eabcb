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
			vectors[i] = append(vectors[i], entry{number[w], rarity * words[i][w]})
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
		own := map[string]float64{}
		for dir := s.g.Packages[s.cells.list[c].pkg].Dir; dir != "." && dir != "/" && dir != ""; dir = path.Dir(dir) {
			addWord(own, path.Base(dir))
		}
		if w := s.lay.named[first(s.cells.list[c].atoms)]; w != "" {
			addWord(own, w)
		}
		for w := range own {
			words[w] += 1 / float64(len(nd.cells)) // the share of its packages
		}
	}
	return words
}

// first is the first of a cell's declarations, −1 where it has none.
func first(atoms []int32) int32 {
	if len(atoms) == 0 {
		return -1
	}
	return atoms[0]
}

func addWord(words map[string]float64, w string) {
	if w = bare(w); w != "" {
		words[stem(w)] = 1
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

// parent is the folder above, "" above the first.
func parent(dir string) string {
	if up := path.Dir(dir); up != "." && up != dir {
		return up
	}
	return ""
}

// within reports whether a folder is another, or below it.
func within(dir, up string) bool { return dir == up || strings.HasPrefix(dir, up+"/") }

// byFolder corrects reach by folder: what one process alone reaches, but stands in a
// folder of another's that is named for a domain, is an adapter or a client of that
// other, and moves with it.
func (l *layout) byFolder() {
	if !l.many {
		return
	}
	reached := slices.Clone(l.process)
	for p, m := range reached {
		if m == nothing || m == int32(p) {
			continue
		}
		for up := parent(l.g.Packages[p].Dir); up != ""; up = parent(up) {
			if layer[clean(path.Base(up))] {
				continue
			}
			if other, found := l.folderProcess(int32(p), up, reached); found {
				if other == m || l.namedFor(up, other) {
					l.process[p] = other
				}
				break
			}
		}
	}
}

// namedFor reports whether a folder is named for a process, or holds where it starts.
// A folder that is named for a layer of another vocabulary (reconcilers, jobs) is not.
func (l *layout) namedFor(dir string, process int32) bool {
	start, word := l.g.Packages[process].Dir, map[string]float64{}
	if addWord(word, path.Base(dir)); within(start, dir) {
		return true
	}
	for ; start != "." && start != "/" && start != ""; start = path.Dir(start) {
		own := map[string]float64{}
		addWord(own, path.Base(start))
		for w := range own {
			if word[w] > 0 {
				return true
			}
		}
	}
	return false
}

// folderProcess is the process that most packages in a folder run in, that of p
// itself if there is any of it; found is false when none of them is in one.
func (l *layout) folderProcess(p int32, dir string, reached []int32) (process int32, found bool) {
	count, all := map[int32]int{}, 0
	for q, m := range reached {
		if int32(q) != p && m != nothing && within(l.g.Packages[q].Dir, dir) {
			count[m]++
			all++
		}
	}
	if all == 0 {
		return nothing, false
	}
	process = reached[p]
	for _, m := range sortedKeys32(count) {
		if count[reached[p]] == 0 && 3*count[m] >= 2*all {
			process = m
		}
	}
	return process, true
}
