package partition

import (
	"fmt"
	"slices"
	"strings"
)

// noteCycles adds to the reasons of parts of one package which other parts they
// depend on in both directions: Go allows no such import, so those ties have to be
// turned round, or made calls, before the parts can move.
func noteCycles(s *solver, units []Unit, unitOf []int) {
	uses := map[[2]int]bool{}
	for _, c := range s.g.Couplings {
		a, b := unitOf[c.From], unitOf[c.To]
		if a >= 0 && b >= 0 && a != b && units[a].Package == units[b].Package {
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
		if len(both) > 0 {
			slices.Sort(both)
			units[i].Reason += fmt.Sprintf("; depends both ways on the parts in %s, so turn one way round before it moves", strings.Join(both, ", "))
		}
	}
}
