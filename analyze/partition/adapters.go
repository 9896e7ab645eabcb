package partition

import "slices"

// bindAdapters joins what only roots know, and what implements an interface that a
// package below asks for, with that package: a store behind a port, a decorator of a
// service. Nobody imports them, so by use alone they would look like services of
// their own; the dependency is inverted, and so is the rule of who belongs to whom.
// One that serves the ports of several packages stays free, and an interface that
// many packages implement is a framework's (a module, a command, a plugin), no port.
func (s *solver) bindAdapters(u *union, apart [][2]int) {
	if s.lay.without.off(RuleAdapters) {
		return
	}
	cellOf := s.wholeCells()
	most := bindShare * float64(s.lay.clusteredLines())
	ports := s.ports()
	for _, p := range sortedKeys32(ports) {
		if q := ports[p]; len(q) == 1 {
			pair := []int{cellOf[p], cellOf[q[0]]}
			if pair[0] >= 0 && pair[1] >= 0 && u.free(pair...) && float64(s.joint(u, pair)) <= most && s.mayJoin(u, pair, apart) {
				_ = u.join(pair[0], pair[1], "") // mayJoin has asked
			}
		}
	}
}

// ports are, of every package that only roots import, the packages that it imports
// and whose interfaces, written by hand, it implements.
func (s *solver) ports() map[int32][]int32 {
	out, by := map[int32][]int32{}, map[int32]map[int32]bool{}
	for _, i := range s.g.Implements {
		if by[i.Interface] == nil {
			by[i.Interface] = map[int32]bool{}
		}
		by[i.Interface][s.g.Atoms[i.Type].Package] = true
	}
	for _, i := range s.g.Implements {
		if len(by[i.Interface]) >= kernelGroups {
			continue
		}
		p, q := s.g.Atoms[i.Type].Package, s.g.Atoms[i.Interface].Package
		if s.g.Atoms[i.Interface].Generated || s.aside(p) || s.aside(q) || !s.lay.onTop(int(p)) || s.lay.packages.serves[p] {
			continue
		}
		if _, imports := slices.BinarySearch(s.g.Packages[p].Imports, q); imports && !slices.Contains(out[p], q) {
			out[p] = append(out[p], q)
		}
	}
	return out
}
