package partition

import (
	"slices"

	"github.com/ficus-dev/ficus/analyze/coupling"
)

// findAtomProcesses looks for processes by declaration, where packages do not tell
// them: several mains that share layers, each using other declarations of them. It
// numbers the parts of packages by process.
func (l *layout) findAtomProcesses(parts []int) {
	mains := l.where(func(p int) bool { return l.mains[p] && !l.composite[p] && !l.tools[p] })
	if l.many || len(mains) < 2 || l.without.off(RuleProcesses) {
		return
	}
	shared := l.where(func(p int) bool { return !l.mains[p] && !l.unreached[p] && !isContract(l.g, int32(p)) })
	owner := l.soleAtomOwner(mains)
	if !l.ownAtoms(shared, owner) { // one of them may start what all others start
		without := func(m int32) []int32 {
			return slices.DeleteFunc(slices.Clone(mains), func(o int32) bool { return o == m })
		}
		at := slices.IndexFunc(mains, func(m int32) bool { return l.ownAtoms(shared, l.soleAtomOwner(without(m))) })
		if at < 0 || len(mains) < 3 {
			return
		}
		l.composite[mains[at]], l.peeled[mains[at]] = true, true
		mains = without(mains[at])
		owner = l.soleAtomOwner(mains)
	}
	l.claimAtoms(mains, owner)
	for _, p := range shared {
		for _, a := range l.g.Packages[p].Atoms {
			parts[a] = slices.Index(mains, owner[a]) + 1
		}
	}
	l.atomProcess, l.many = owner, true
	for _, m := range mains {
		l.process[m], l.peeled[m] = m, false
	}
}

// ownAtoms reports whether several mains own much of the declarations.
func (l *layout) ownAtoms(packages []int32, owner []int32) bool {
	lines, owned, all := map[int32]int{}, 0, 0
	for _, p := range packages {
		for _, a := range l.g.Packages[p].Atoms {
			all += l.g.Atoms[a].Lines
			if m := owner[a]; m != nothing {
				lines[m] += l.g.Atoms[a].Lines
				owned += l.g.Atoms[a].Lines
			}
		}
	}
	return effective(lines) >= processCount && ratioOf(owned, all) >= atomsOwn
}

// atomsOwn is the share of the lines of layers that single processes own at least.
const atomsOwn = 0.3

// soleAtomOwner gives every declaration the one main that depends on it, or nothing.
func (l *layout) soleAtomOwner(mains []int32) []int32 {
	owner, count := make([]int32, len(l.g.Atoms)), make([]int, len(l.g.Atoms))
	for a := range owner {
		owner[a] = nothing
	}
	for _, m := range mains {
		seen := make([]bool, len(l.g.Atoms))
		stack := slices.Clone(l.g.Packages[m].Atoms)
		for len(stack) > 0 {
			a := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if seen[a] {
				continue
			}
			seen[a] = true
			count[a]++
			owner[a] = m
			for _, c := range l.g.Out(a) {
				stack = append(stack, c.To)
			}
		}
	}
	for a, n := range count {
		if n != 1 {
			owner[a] = nothing
		}
	}
	return owner
}

// claimAtoms gives what several processes use to the one that uses it most, by the
// flow of ownership over declarations, where that is more than half.
func (l *layout) claimAtoms(mains []int32, owner []int32) {
	share := make([][]float64, len(owner))
	var open []int32
	for a, m := range owner {
		if l.g.Atoms[a].Package == coupling.NoPackage {
			continue
		}
		share[a] = make([]float64, len(mains))
		if m != nothing {
			share[a][slices.Index(mains, m)] = 1
		} else {
			open = append(open, int32(a))
		}
	}
	for range flowRounds {
		for _, a := range open {
			l.atomShare(a, share)
		}
	}
	for _, a := range open {
		for k, v := range share[a] {
			if v > cutAt {
				owner[a] = mains[k]
			}
		}
	}
}

func (l *layout) atomShare(a int32, share [][]float64) {
	next, total := make([]float64, len(share[a])), 0.0
	for _, e := range l.g.In(a) {
		c := l.g.Couplings[e]
		for k, v := range share[c.From] {
			next[k] += c.Weight * v
			total += c.Weight * v
		}
	}
	if total == 0 {
		return
	}
	for k := range next {
		next[k] /= total
	}
	share[a] = next
}

// processOf is the process that alone runs a cell, or nothing.
func (s *solver) processOf(cell int) int32 {
	c := s.cells.list[cell]
	own := s.lay.process[c.pkg]
	if s.lay.atomProcess == nil || own != nothing || len(c.atoms) == 0 {
		return own
	}
	m := s.lay.atomProcess[c.atoms[0]]
	for _, a := range c.atoms {
		if s.lay.atomProcess[a] != m {
			return nothing
		}
	}
	return m
}
