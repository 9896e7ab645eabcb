package partition

import (
	"slices"

	"github.com/ficus-dev/ficus/analyze/model"
)

// joinLayers joins the parts of layers that fell into one group when their
// declarations were clustered: a handler, its service, its repository.
func (s *solver) joinLayers(u *union, apart [][2]int) {
	if !s.lay.layered {
		return
	}
	first := map[int]int{}
	for i, c := range s.cells.list {
		part := s.partOf(c)
		if part == 0 {
			continue
		}
		f, ok := first[part]
		if !ok {
			first[part] = i
		} else if s.mayJoin(u, []int{f, i}, apart) {
			_ = u.join(f, i, "") // mayJoin has asked
		}
	}
}

// partOf is the number of the part that a cell is of a layer, 0 for no layer.
func (s *solver) partOf(c cell) int {
	if len(c.atoms) == 0 {
		return 0
	}
	return s.parts[c.atoms[0]]
}

// bindTransactions joins the cells whose code writes in one transaction, before
// anything is clustered: what commits together belongs together. A transaction
// that would bind more than half of the code is not followed; it stays a strong
// coupling and a line in the bill. Writes that the opener itself makes in
// another's table do not bind: that is a table with two writers, which one of them
// can give up.
func (s *solver) bindTransactions(u *union, apart [][2]int) {
	if s.lay.without.off(RuleTransactions) {
		return
	}
	most := collapseShare * float64(s.lay.clusteredLines())
	groups := s.txGroups()
	slices.SortStableFunc(groups, func(a, b []int) int { return s.joint(u, a) - s.joint(u, b) })
	for _, g := range groups {
		if float64(s.joint(u, g)) > most || !s.mayJoin(u, g, apart) {
			continue
		}
		for _, c := range g[1:] {
			_ = u.join(g[0], c, "") // mayJoin has asked
		}
	}
}

// txGroups are the cells of every atom that opens transactions, and of the atoms
// that write in them.
func (s *solver) txGroups() [][]int {
	at := map[int32][]int{}
	writers := s.sharedWriters()
	for _, c := range s.g.Couplings {
		if c.Kind != model.CouplingTx {
			continue
		}
		from, to := s.cells.cellOf[c.From], s.cells.cellOf[c.To]
		if from < 0 || to < 0 || from == to || writers[to] || s.lay.layered && s.parts[c.From] > 0 && s.parts[c.To] > 0 {
			continue // of layers it was weighed when their declarations were clustered
		}
		if at[c.From] == nil {
			at[c.From] = []int{from}
		}
		if !slices.Contains(at[c.From], to) {
			at[c.From] = append(at[c.From], to)
		}
	}
	openers := make([]int32, 0, len(at))
	for a := range at {
		openers = append(openers, a)
	}
	slices.Sort(openers)
	var out [][]int
	for _, a := range openers {
		if g := s.withoutHanded(a, at[a]); len(g) > 1 {
			out = append(out, g)
		}
	}
	return out
}

// withoutHanded leaves out of a transaction's cells what its opener does not know,
// where that is of several packages: a middleware, a runner of migrations, a helper
// opens one transaction for whatever it is handed, and each is another's.
func (s *solver) withoutHanded(opener int32, cells []int) []int {
	known := s.lay.reach([]int32{s.g.Atoms[opener].Package}, nothing)
	handed := map[int32]bool{}
	for _, c := range cells {
		if p := s.cells.list[c].pkg; !known[p] {
			handed[p] = true
		}
	}
	if len(handed) < kernelGroups {
		return cells
	}
	return slices.DeleteFunc(cells, func(c int) bool { return handed[s.cells.list[c].pkg] })
}

// sharedWriters are the cells that write in transactions of many others: a store for
// all, which says nothing of who belongs to whom.
func (s *solver) sharedWriters() map[int]bool {
	openers := map[int]map[int]bool{}
	for _, c := range s.g.Couplings {
		from, to := s.cells.cellOf[c.From], s.cells.cellOf[c.To]
		if c.Kind == model.CouplingTx && from >= 0 && to >= 0 && from != to {
			if openers[to] == nil {
				openers[to] = map[int]bool{}
			}
			openers[to][from] = true
		}
	}
	out := map[int]bool{}
	for to, from := range openers {
		out[to] = len(from) >= kernelGroups
	}
	return out
}

// clusteredLines are the lines of all packages that could be in a service.
func (l *layout) clusteredLines() int {
	sum := 0
	for p, pkg := range l.g.Packages {
		if !l.peeled[p] && !l.unreached[p] {
			sum += pkg.Lines
		}
	}
	return sum
}

// joint is the number of lines that joining the cells would put together, with
// what is joined to them already.
func (s *solver) joint(u *union, group []int) int {
	roots := map[int]bool{}
	for _, c := range group {
		roots[u.find(c)] = true
	}
	sum := 0
	for i, c := range s.cells.list {
		if roots[u.find(i)] {
			sum += c.lines
		}
	}
	return sum
}

// mayJoin reports whether no pin speaks against joining the cells.
func (s *solver) mayJoin(u *union, group []int, apart [][2]int) bool {
	roots, home := map[int]bool{}, ""
	for _, c := range group {
		r := u.find(c)
		roots[r] = true
		if h := u.home[r]; h != "" {
			if home != "" && home != h {
				return false
			}
			home = h
		}
	}
	for _, pair := range apart {
		a, b := u.find(pair[0]), u.find(pair[1])
		if a != b && roots[a] && roots[b] {
			return false
		}
	}
	return true
}
