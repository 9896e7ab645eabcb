package partition

import (
	"slices"

	"github.com/ficus-dev/ficus/analyze/coupling"
)

// findAtomProcesses looks for processes by declaration, where packages do not tell
// them: several mains that share layers, each using other declarations of them. It
// numbers the parts of packages by process. Where packages told the processes, it looks
// in what they share.
func (l *layout) findAtomProcesses(parts []int) {
	mains := l.where(func(p int) bool { return l.isProgram(int32(p)) && l.firstOf(int32(p)) == int32(p) })
	if len(mains) < 2 || l.without.off(RuleProcesses) {
		return
	}
	shared := l.where(func(p int) bool {
		return !l.mains[p] && !l.unreached[p] && !isContract(l.g, int32(p)) && l.process[p] == nothing
	})
	if l.many {
		l.partShared(shared, mains, parts)
		return
	}
	mains = l.dropComposite(shared, mains)
	owner := l.soleAtomOwner(mains)
	if !l.runApart(shared, owner) { // one of them may start what all others start
		without := func(m int32) []int32 {
			return slices.DeleteFunc(slices.Clone(mains), func(o int32) bool { return o == m })
		}
		at := slices.IndexFunc(mains, func(m int32) bool { return l.runApart(shared, l.soleAtomOwner(without(m))) })
		if at < 0 || len(mains) < 3 {
			return
		}
		l.composite[mains[at]], l.peeled[mains[at]] = true, true
		mains = without(mains[at])
		owner = l.soleAtomOwner(mains)
	}
	l.partByOwner(shared, mains, owner, parts)
	l.many = true
	for _, m := range l.where(func(p int) bool { return l.isProgram(int32(p)) }) {
		if first := l.firstOf(m); slices.Contains(mains, first) {
			l.process[m], l.peeled[m] = first, false
		}
	}
}

// isProgram reports whether a main runs a service, or may.
func (l *layout) isProgram(m int32) bool {
	return l.mains[m] && !l.composite[m] && !l.tools[m] && !l.tools[l.firstOf(m)]
}

// partByOwner numbers the parts of what processes share by who uses them.
func (l *layout) partByOwner(shared, mains, owner []int32, parts []int) {
	l.claimAtoms(mains, owner)
	for _, p := range shared {
		for _, a := range l.g.Packages[p].Atoms {
			parts[a] = slices.Index(mains, owner[a]) + 1
		}
	}
	l.atomProcess = owner
}

// partShared takes apart what known processes share, where each uses declarations of
// its own there.
func (l *layout) partShared(shared, mains []int32, parts []int) {
	owner := l.soleAtomOwner(mains)
	if !l.ownAtoms(shared, owner) {
		return
	}
	l.partByOwner(shared, mains, owner, parts)
	for p, m := range l.process {
		if m == nothing {
			continue
		}
		for _, a := range l.g.Packages[p].Atoms {
			owner[a] = m
		}
	}
}

// firstOf is the first of the mains that are one service with a main.
func (l *layout) firstOf(m int32) int32 {
	if to, ok := l.first[m]; ok {
		return to
	}
	return m
}

// dropComposite leaves the main out that starts what the others start: without it they
// own compositeGain times as many lines.
func (l *layout) dropComposite(shared, mains []int32) []int32 {
	if len(mains) < 3 {
		return mains
	}
	most, at := compositeGain*l.ownedLines(shared, mains), -1
	for i := range mains {
		if own := l.ownedLines(shared, slices.Delete(slices.Clone(mains), i, i+1)); own > most {
			most, at = own, i
		}
	}
	if at < 0 {
		return mains
	}
	l.composite[mains[at]], l.peeled[mains[at]] = true, true
	return slices.Delete(mains, at, at+1)
}

// compositeGain is how many times as much the other processes own without a main that
// starts what they start. Leaving out one of equals, which shares with all what it does
// not own, gains less.
const compositeGain = 1.5

// ownedLines are the lines of packages that one main alone depends on.
func (l *layout) ownedLines(packages, mains []int32) float64 {
	owner, sum := l.soleAtomOwner(mains), 0
	for _, p := range packages {
		for _, a := range l.g.Packages[p].Atoms {
			if owner[a] != nothing {
				sum += l.g.Atoms[a].Lines
			}
		}
	}
	return float64(sum)
}

// ownAtoms reports whether several mains own much of the declarations.
func (l *layout) ownAtoms(packages []int32, owner []int32) bool {
	lines, owned, all := l.ownedByMain(packages, owner)
	return effective(lines) >= processCount && ratioOf(owned, all) >= atomsOwn
}

func (l *layout) ownedByMain(packages, owner []int32) (lines map[int32]int, owned, all int) {
	lines = map[int32]int{}
	for _, p := range packages {
		for _, a := range l.g.Packages[p].Atoms {
			all += l.g.Atoms[a].Lines
			if m := owner[a]; m != nothing {
				lines[m] += l.g.Atoms[a].Lines
				owned += l.g.Atoms[a].Lines
			}
		}
	}
	return lines, owned, all
}

// runApart reports whether mains that share layers are processes: they own much of the
// declarations and answer something with them, and none is the monolith by itself
// beside its tools.
func (l *layout) runApart(packages, owner []int32) bool {
	lines, owned, _ := l.ownedByMain(packages, owner)
	for _, n := range lines {
		if float64(n) > monolithShare*float64(owned) {
			return false
		}
	}
	return l.ownAtoms(packages, owner) && l.answersOwn(packages, owner)
}

// monolithShare is the share of what mains own by declaration that none of the
// processes has more of. It is larger than processShare, since layers do not show
// whether there are modules in it.
const monolithShare = 0.8

// answersOwn reports whether anything that a main owns by declaration answers an entry
// point or writes a table; see answerAny.
func (l *layout) answersOwn(packages, owner []int32) bool {
	return slices.ContainsFunc(packages, func(p int32) bool {
		return slices.ContainsFunc(l.g.Packages[p].Atoms, func(a int32) bool {
			return owner[a] != nothing && (l.atoms.serves[a] || l.atoms.writes[a])
		})
	})
}

// atomsOwn is the share of the lines of layers that single processes own at least.
const atomsOwn = 0.3

// soleAtomOwner gives every declaration the one of the given mains that names it, itself
// or by what it names, or whose other mains of one service do, or nothing. What a call
// reaches through an interface or a value is named by whoever handed it there.
func (l *layout) soleAtomOwner(mains []int32) []int32 {
	owner, count := make([]int32, len(l.g.Atoms)), make([]int, len(l.g.Atoms))
	for a := range owner {
		owner[a] = nothing
	}
	for _, m := range mains {
		seen := make([]bool, len(l.g.Atoms))
		var stack []int32
		for _, x := range l.where(func(p int) bool { return l.isProgram(int32(p)) && l.firstOf(int32(p)) == m }) {
			stack = append(stack, l.g.Packages[x].Atoms...)
		}
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
				if c.Named || l.g.Atoms[c.To].Package == coupling.NoPackage {
					stack = append(stack, c.To)
				}
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
