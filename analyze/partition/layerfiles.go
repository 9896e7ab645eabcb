package partition

import (
	"maps"
	"path"
	"slices"
)

// tieFiles ties the declarations of layers by the names of their files, where a name
// runs through several of them: handlers/orders.go, services/orders.go. In layers files
// are what folders of domains are elsewhere, and count as much (folderShare). Whether a
// module is layered they have no say in: errors.go runs through folders of domains too.
func (l *layout) tieFiles(net *network, packages []int32, nodeOf []int) {
	atoms := l.byFileWord(packages)
	ties := make([]float64, len(net.nodes))
	for i := range ties {
		for _, t := range slices.Concat(net.out[i], net.in[i]) {
			ties[i] += t.weight
		}
	}
	for _, w := range slices.Sorted(maps.Keys(atoms)) {
		n := net.add()
		for _, a := range atoms[w] {
			node := nodeOf[a.atom]
			net.link(node, n, folderShare*max(ties[node], importWeight)*a.share)
		}
	}
}

// worded is a declaration in a file that has a word in its name.
type worded struct {
	atom  int32
	share float64 // of the name, by the words that count
}

// byFileWord gives every declaration the word of its file's name that runs through most
// packages: of order_consumer.go that is the domain, order, where payment_consumer.go
// is beside it. A word of one package, or of most declarations, says nothing. A folder
// speaks for all its files where files elsewhere are named after it.
func (l *layout) byFileWord(packages []int32) map[string][]worded {
	in, of, all := map[string]map[int32]bool{}, map[string]int{}, 0
	folder := l.folderNames(packages)
	words := func(p, a int32) map[string]float64 {
		if w := folder[p]; w != "" {
			return map[string]float64{w: 1}
		}
		return fileWords(l.g.Atoms[a].File)
	}
	for _, p := range packages {
		all += len(l.g.Packages[p].Atoms)
		for _, a := range l.g.Packages[p].Atoms {
			for w := range words(p, a) {
				if in[w] == nil {
					in[w] = map[int32]bool{}
				}
				in[w][p] = true
				of[w]++
			}
		}
	}
	says := func(w string) int {
		if n := len(in[w]); n > 1 && 2*of[w] <= all {
			return n
		}
		return 0
	}
	atoms := map[string][]worded{}
	for _, p := range packages {
		for _, a := range l.g.Packages[p].Atoms {
			widest := widest(words(p, a), says)
			for _, w := range widest {
				atoms[w] = append(atoms[w], worded{a, 1 / float64(len(widest))})
			}
		}
	}
	for _, p := range sortedKeys32(folder) { // packages that stay whole: once each
		if !slices.Contains(packages, p) && len(l.g.Packages[p].Atoms) > 0 && says(folder[p]) > 0 {
			atoms[folder[p]] = append(atoms[folder[p]], worded{l.g.Packages[p].Atoms[0], 1})
		}
	}
	return atoms
}

// folderNames are the names of the folders of packages after which files of several of
// the given packages are named.
func (l *layout) folderNames(packages []int32) map[int32]string {
	files := map[string]map[string]bool{} // name → folders of such files
	for _, p := range packages {
		for _, a := range l.g.Packages[p].Atoms {
			note(files, fileLabel(l.g.Atoms[a].File), l.g.Packages[p].Dir)
		}
	}
	out := map[int32]string{}
	for p, pkg := range l.g.Packages {
		w := stem(bare(path.Base(pkg.Dir)))
		others := len(files[w])
		if files[w][pkg.Dir] {
			others--
		}
		if w != "" && others > 1 && !l.peeled[p] && !l.unreached[p] {
			out[int32(p)] = w
		}
	}
	return out
}

// widest are the words that say most, of those that say anything.
func widest(words map[string]float64, says func(string) int) []string {
	var out []string
	most := 1
	for w := range words {
		switch n := says(w); {
		case n > most:
			most, out = n, []string{w}
		case n == most:
			out = append(out, w)
		}
	}
	slices.Sort(out)
	return out
}

// fileWords are the words of a file's name but for those of an architecture.
func fileWords(file string) map[string]float64 {
	words := map[string]float64{}
	for _, w := range splitFile(file) {
		addWord(words, w)
	}
	return words
}

// add adds a node without code, link a link between two.
func (n *network) add() int {
	n.nodes = append(n.nodes, node{table: noAtom})
	n.out, n.in, n.loop = append(n.out, nil), append(n.in, nil), append(n.loop, 0)
	return len(n.nodes) - 1
}

func (n *network) link(from, to int, weight float64) {
	n.out[from] = append(n.out[from], link{to: to, weight: weight})
	n.in[to] = append(n.in[to], link{to: from, weight: weight})
}
