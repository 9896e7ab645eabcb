package partition

import (
	"maps"
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
// is beside it. A word of one package, or of most declarations, says nothing.
func (l *layout) byFileWord(packages []int32) map[string][]worded {
	in, of, all := map[string]map[int32]bool{}, map[string]int{}, 0
	for _, p := range packages {
		all += len(l.g.Packages[p].Atoms)
		for _, a := range l.g.Packages[p].Atoms {
			for w := range fileWords(l.g.Atoms[a].File) {
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
			words := widest(fileWords(l.g.Atoms[a].File), says)
			for _, w := range words {
				atoms[w] = append(atoms[w], worded{a, 1 / float64(len(words))})
			}
		}
	}
	return atoms
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
