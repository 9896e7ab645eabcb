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
	type named struct {
		atom  int32
		share float64 // of the name, by its words
	}
	atoms, in, all := map[string][]named{}, map[string]map[int32]bool{}, 0
	for _, p := range packages {
		all += len(l.g.Packages[p].Atoms)
		for _, a := range l.g.Packages[p].Atoms {
			words := fileWords(l.g.Atoms[a].File)
			for w := range words {
				if in[w] == nil {
					in[w] = map[int32]bool{}
				}
				in[w][p] = true
				atoms[w] = append(atoms[w], named{a, 1 / float64(len(words))})
			}
		}
	}
	ties := make([]float64, len(net.nodes))
	for i := range ties {
		for _, t := range slices.Concat(net.out[i], net.in[i]) {
			ties[i] += t.weight
		}
	}
	for _, w := range slices.Sorted(maps.Keys(atoms)) {
		if len(in[w]) < 2 || 2*len(atoms[w]) > all { // a name that most have says nothing
			continue
		}
		n := net.add()
		for _, a := range atoms[w] {
			node := nodeOf[a.atom]
			net.link(node, n, folderShare*max(ties[node], importWeight)*a.share)
		}
	}
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
