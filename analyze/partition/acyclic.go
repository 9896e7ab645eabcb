package partition

import (
	"github.com/ficus-dev/ficus/analyze/coupling"
)

// untangle gives the declarations of a package that use each other in a circle one
// part: that of most of their lines. What is left can be moved, since parts that use
// each other without such a circle come as several packages, one below the other.
func untangle(g *coupling.Graph, parts []int) {
	for p := range g.Packages {
		if !severalParts(g.Packages[p].Atoms, parts) {
			continue
		}
		for _, knot := range packageKnots(g, int32(p)) {
			lines := map[int]int{}
			for _, a := range knot {
				lines[parts[a]] += g.Atoms[a].Lines + 1
			}
			most := -1
			for _, part := range sortedKeys(lines) {
				if most < 0 || lines[part] > lines[most] {
					most = part
				}
			}
			for _, a := range knot {
				parts[a] = most
			}
		}
	}
}

func severalParts(atoms []int32, parts []int) bool {
	for _, a := range atoms {
		if parts[a] != parts[atoms[0]] {
			return true
		}
	}
	return false
}

// packageKnots are the declarations of a package that name each other in a circle.
func packageKnots(g *coupling.Graph, p int32) [][]int {
	var uses [][2]int
	for _, a := range g.Packages[p].Atoms {
		for _, c := range g.Out(a) {
			if c.Named && g.Atoms[c.To].Package == p {
				uses = append(uses, [2]int{int(a), int(c.To)})
			}
		}
	}
	return Knots(uses)
}
