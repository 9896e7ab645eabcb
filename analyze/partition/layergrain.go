package partition

import (
	"maps"
	"path"
	"strings"
)

// asFineAsFiles takes the grouping of layers that agrees best with the names of files
// that run through several of them, the coarsest of equals: modularity does not tell how
// fine people cut their domains, their files do. It takes names that most declarations
// stand under; fewer speak for a part of the module.
func (l *layout) asFineAsFiles(packages []int32) {
	label := l.fileLabels(packages)
	all := 0
	for _, p := range packages {
		all += len(l.g.Packages[p].Atoms)
	}
	if float64(len(label)) < namedShare*float64(all) {
		return
	}
	best := -1.0
	for r, group := range l.layers.found {
		pairs := map[pairing]int{}
		for a, w := range label {
			pairs[pairing{group[l.layers.nodeOf[a]], w}]++
		}
		if v := agreement(pairs); v > best {
			best, l.layers.group, l.layers.at = v, group, l.layers.of[r]
		}
	}
}

// namedShare is the share of the declarations of layers that stand in files of names that
// run through several, from which the names tell how fine the domains are.
const namedShare = 0.6

// pairing is a group and a name.
type pairing struct {
	group int32
	name  string
}

// fileLabels gives declarations the name of their file where it runs through several of
// the packages. What extends such a name (order_item, room_category) is a part of it.
func (l *layout) fileLabels(packages []int32) map[int32]string {
	label, in := map[int32]string{}, map[string]map[int32]bool{}
	folder := l.folderNames(packages)
	for _, p := range packages {
		for _, a := range l.g.Packages[p].Atoms {
			w := fileLabel(l.g.Atoms[a].File)
			if folder[p] != "" {
				w = folder[p]
			}
			if in[w] == nil {
				in[w] = map[int32]bool{}
			}
			in[w][p] = true
			label[a] = w
		}
	}
	for a, w := range label {
		if first, _, _ := strings.Cut(w, " "); len(in[first]) > 1 {
			label[a] = first
		}
	}
	maps.DeleteFunc(label, func(a int32, w string) bool { return w == "" || len(in[w]) < 2 })
	return label
}

// fileLabel is the name of a file without the words of an architecture.
func fileLabel(file string) string {
	var words []string
	for _, w := range splitFile(file) {
		if w = bare(w); w != "" {
			words = append(words, stem(w))
		}
	}
	return strings.Join(words, " ")
}

// splitFile are the words that a file's name is put together of.
func splitFile(file string) []string {
	return strings.FieldsFunc(strings.TrimSuffix(path.Base(file), ".go"), func(r rune) bool { return r == '_' || r == '-' || r == '.' })
}

// agreement is the adjusted Rand index of groups and names (Hubert and Arabie,
// doi:10.1007/BF01908075): 1 where they are the same, about 0 by chance.
func agreement(pairs map[pairing]int) float64 {
	groups, names, all := map[int32]int{}, map[string]int{}, 0
	for p, n := range pairs {
		groups[p.group] += n
		names[p.name] += n
		all += n
	}
	both, inGroups, inNames := twos(pairs), twos(groups), twos(names)
	expected := float64(inGroups) * float64(inNames) / float64(max(1, all*(all-1)/2))
	most := float64(inGroups+inNames) / 2
	if most == expected {
		return 0
	}
	return (float64(both) - expected) / (most - expected)
}

// twos is the number of pairs within counts.
func twos[K comparable](counts map[K]int) int {
	sum := 0
	for _, n := range counts {
		sum += n * (n - 1) / 2
	}
	return sum
}
