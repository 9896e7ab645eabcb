package partition

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/coupling"
)

// noteCycles adds to the reasons of parts of one package which other parts they use
// in both directions. Go allows no such import: they come as several packages, one
// below the other, where no declarations use each other in a circle; only pins put
// those apart, and then the circle has to be turned round first.
func noteCycles(s *solver, units []Unit, unitOf []int) {
	uses := map[[2]int]bool{}
	for _, c := range s.g.Couplings {
		a, b := unitOf[c.From], unitOf[c.To]
		if c.Named && a >= 0 && b >= 0 && a != b && units[a].Package == units[b].Package {
			uses[[2]int{a, b}] = true
		}
	}
	for i := range units {
		var both []string
		for j := range units {
			if uses[[2]int{i, j}] && uses[[2]int{j, i}] {
				both = append(both, strings.TrimPrefix(units[j].Service, "@"))
			}
		}
		if len(both) == 0 {
			continue
		}
		slices.Sort(both)
		with := strings.Join(both, ", ")
		if level, ok := Levels(s.g, units[i].Package, unitOf); ok {
			units[i].Reason += fmt.Sprintf("; uses the parts in %s and is used by them: moves as %s, between theirs", with, packagesOf(units[i], level))
		} else {
			units[i].Reason += fmt.Sprintf("; declarations of it and of the parts in %s use each other in a circle: turn one way round before it moves", with)
		}
	}
}

// packagesOf is how many packages a part is moved as, in words.
func packagesOf(u Unit, level map[int32]int) string {
	seen := map[int]bool{}
	for _, a := range u.Atoms {
		seen[level[a]] = true
	}
	if len(seen) == 1 {
		return "1 package"
	}
	return fmt.Sprintf("%d packages", len(seen))
}

// Levels numbers the declarations of a package from below, 0 for those that use no
// other part of it: declarations of one unit and level make a package, and those
// packages never import each other in a circle. It is not ok when a circle of
// declarations goes through several units. unitOf gives the unit of every atom.
func Levels(g *coupling.Graph, p int32, unitOf []int) (level map[int32]int, ok bool) {
	l := &leveller{g: g, unitOf: unitOf, level: map[int32]int{}, knot: map[int32][]int{}}
	for _, knot := range packageKnots(g, p) {
		for _, a := range knot {
			if l.knot[int32(a)] = knot; unitOf[a] != unitOf[knot[0]] {
				return nil, false
			}
		}
	}
	for _, a := range g.Packages[p].Atoms {
		l.of(a)
	}
	return l.level, true
}

type leveller struct {
	g      *coupling.Graph
	unitOf []int
	level  map[int32]int
	knot   map[int32][]int // of the atoms in one
}

// of is one more than the highest level of another unit that an atom, or its knot,
// leads to in its package.
func (l *leveller) of(a int32) int {
	if n, done := l.level[a]; done {
		return n
	}
	members := l.knot[a]
	if members == nil {
		members = []int{int(a)}
	}
	highest := 0
	for _, m := range members {
		for _, c := range l.g.Out(int32(m)) {
			if !c.Named || l.g.Atoms[c.To].Package != l.g.Atoms[a].Package || slices.Contains(members, int(c.To)) {
				continue
			}
			n := l.of(c.To)
			if l.unitOf[c.To] != l.unitOf[a] {
				n++
			}
			highest = max(highest, n)
		}
	}
	for _, m := range members {
		l.level[int32(m)] = highest
	}
	return highest
}
