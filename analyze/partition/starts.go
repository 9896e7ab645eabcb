package partition

// startsMost reports whether one declaration of a package, with those that it uses
// there, comes to half of all that the package uses elsewhere. In a root one does: it
// starts everything. In a layer, which may be as thin and hold as much, each
// declaration comes to its own domain.
func (l *layout) startsMost(p int32) bool {
	all := map[int32]bool{}
	for _, a := range l.g.Packages[p].Atoms {
		for _, c := range l.g.Out(a) {
			if q := l.g.Atoms[c.To].Package; q >= 0 && q != p {
				all[c.To] = true
			}
		}
	}
	for _, a := range l.g.Packages[p].Atoms {
		if 2*l.comesTo(a) >= len(all) {
			return true
		}
	}
	return len(all) == 0
}

// comesTo is how many declarations of other packages one uses, directly or through its
// own package.
func (l *layout) comesTo(from int32) int {
	p := l.g.Atoms[from].Package
	seen, stack := map[int32]bool{from: true}, []int32{from}
	others := 0
	for len(stack) > 0 {
		a := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, c := range l.g.Out(a) {
			q := l.g.Atoms[c.To].Package
			if seen[c.To] || q < 0 {
				continue
			}
			seen[c.To] = true
			if q == p {
				stack = append(stack, c.To)
			} else {
				others++
			}
		}
	}
	return others
}
