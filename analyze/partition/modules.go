package partition

import (
	"github.com/ficus-dev/ficus/analyze/model"
)

// findModules finds what stands for processes in a system of one process: modules,
// which only the roots start, or which the roots start and that answer routes or
// other entry points. To each belongs what is reached through it alone. Several
// modules must own much of the code, or they are but its upper layer; and a layered
// monolith has none.
func (l *layout) findModules() {
	if l.many || l.layered || l.without.off(RuleModules) {
		return
	}
	core := make([]bool, len(l.g.Packages))
	serves, writes := l.packages.serves, l.packages.writes
	for p := range core {
		if l.peeled[p] || l.unreached[p] {
			continue
		}
		core[p] = l.onTop(p) || len(l.importers[p]) == 0 || serves[p] && l.started(p) && (l.unstable(p) || writes[p])
	}
	owner := l.nearestCore(core)
	lines, owned, all := map[int32]int{}, 0, 0
	for p, t := range owner {
		if t != nothing && t != int32(p) {
			lines[t] += l.written(p)
			owned += l.written(p)
		}
		if !l.peeled[p] && !l.unreached[p] {
			all += l.written(p)
		}
	}
	if effective(lines) < processCount || float64(owned) < moduleOwn*float64(all) {
		return
	}
	for p, t := range owner {
		if t != nothing && float64(lines[t]) < moduleLeastShare*float64(owned) {
			owner[p] = nothing
		}
	}
	l.process, l.many, l.modules = owner, true, true
}

const (
	// moduleOwn is the share of the lines that modules own at least.
	moduleOwn = 0.25
	// moduleLeastShare is the share of the owned lines that a module has at least.
	moduleLeastShare = 0.01
)

// nearestCore gives every package the first core that all ways to it lead through.
func (l *layout) nearestCore(core []bool) []int32 {
	above := l.dominators(l.where(func(p int) bool { return l.peeled[p] || l.top(p) }))
	owner := make([]int32, len(core))
	for p := range owner {
		owner[p] = nothing
		for q := int32(p); q != nothing; q = above[q] {
			if core[q] {
				owner[p] = q
				break
			}
		}
	}
	return owner
}

// unstable reports whether a package depends on more packages than depend on it,
// roots aside: Martin's instability above one half. What answers entry points and is
// used by many is a library with a status page, no module.
func (l *layout) unstable(p int) bool {
	users := 0
	for _, i := range l.importers[p] {
		if !l.peeled[i] && !l.unreached[i] {
			users++
		}
	}
	return len(l.g.Packages[p].Imports) > users
}

// started reports whether a root imports a package.
func (l *layout) started(p int) bool {
	for _, i := range l.importers[p] {
		if l.peeled[i] {
			return true
		}
	}
	return false
}

// answering is who answers routes or other entry points, and who writes tables.
type answering struct{ serves, writes []bool }

// findAnswering tells it of packages, and of declarations.
func (l *layout) findAnswering() {
	l.atoms = answering{make([]bool, len(l.g.Atoms)), make([]bool, len(l.g.Atoms))}
	for _, c := range l.g.Couplings {
		l.atoms.serves[c.To] = l.atoms.serves[c.To] || c.Kind == model.CouplingRoute
		l.atoms.writes[c.From] = l.atoms.writes[c.From] || c.Kind == model.CouplingTable && c.Access != model.Read
	}
	for _, t := range serverTypes(l.g) {
		l.atoms.serves[t] = true
	}
	l.packages = answering{make([]bool, len(l.g.Packages)), make([]bool, len(l.g.Packages))}
	for a, atom := range l.g.Atoms {
		l.atoms.serves[a] = l.atoms.serves[a] || atom.Entries > 0
		if p := atom.Package; p >= 0 {
			l.packages.serves[p] = l.packages.serves[p] || l.atoms.serves[a]
			l.packages.writes[p] = l.packages.writes[p] || l.atoms.writes[a]
		}
	}
}

// written is the number of lines that people wrote.
func (l *layout) written(p int) int { return l.g.Packages[p].Lines - l.g.Packages[p].Generated }
