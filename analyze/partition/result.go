package partition

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// result names the services and rolls the nodes up to units.
func (s *solver) result() *Result {
	names := s.names(s.chosen)
	r := &Result{Services: slices.Sorted(slices.Values(names)), Score: s.chosen.score, Owner: map[int32]string{}}
	for n, nd := range s.net.nodes {
		if nd.table != noAtom {
			r.Owner[nd.table] = label(names, s.chosen.group[n])
		}
	}
	s.units(r, names)
	for _, a := range s.others {
		r.Candidates = append(r.Candidates, s.candidate(a))
	}
	return r
}

func label(names []string, group int) string {
	switch {
	case group >= 0:
		return names[group]
	case group == groupLibrary:
		return model.Library
	case group == groupRoot:
		return model.Root
	}
	return model.Unassigned
}

// units makes one unit of all cells of a package that go to one place.
func (s *solver) units(r *Result, names []string) {
	for p := range s.g.Packages {
		at := map[string]*Unit{}
		for i, c := range s.cells.list {
			if c.pkg == int32(p) {
				s.addCell(at, i, label(names, s.chosen.group[s.nodeOfCell[i]]))
			}
		}
		for _, u := range at {
			u.Part = len(at) > 1
			if u.ID = s.g.Packages[p].Path; u.Part {
				u.ID += "#" + strings.TrimPrefix(u.Service, "@")
			} else {
				u.Lines = s.g.Packages[p].Lines
			}
			slices.Sort(u.Atoms)
			r.Units = append(r.Units, *u)
		}
	}
	slices.SortFunc(r.Units, func(a, b Unit) int { return cmp.Compare(a.ID, b.ID) })
	r.UnitOf = make([]int, len(s.g.Atoms))
	for i := range r.UnitOf {
		r.UnitOf[i] = -1
	}
	lines, sum := 0.0, 0.0
	for i, u := range r.Units {
		for _, a := range u.Atoms {
			r.UnitOf[a] = i
		}
		if model.IsService(u.Service) {
			lines += float64(u.Lines)
			sum += float64(u.Lines) * u.Stability
		}
	}
	if lines > 0 {
		r.Stability = sum / lines
	}
	noteCycles(s, r.Units, r.UnitOf)
}

// addCell puts a cell into the unit of its place.
func (s *solver) addCell(at map[string]*Unit, i int, service string) {
	c, n := s.cells.list[i], s.nodeOfCell[i]
	u := at[service]
	if u == nil {
		u = &Unit{Package: c.pkg, Service: service}
		at[service] = u
	}
	stability := s.stability(n, s.chosen)
	if all := u.Lines + c.lines; all > 0 {
		u.Stability = (u.Stability*float64(u.Lines) + stability*float64(c.lines)) / float64(all)
	} else {
		u.Stability = stability
	}
	if len(u.Atoms) == 0 || c.lines*2 > u.Lines {
		u.Reason = s.reason(n, service)
	}
	u.Lines += c.lines
	u.Atoms = append(u.Atoms, c.atoms...)
	u.Pinned = u.Pinned || s.net.nodes[n].home != ""
}

// stability is the mean likeness of a node and the others of its service: the
// share of opinions that put them together. It is 1 for pins and roles.
func (s *solver) stability(n int, a *assignment) float64 {
	g := a.group[n]
	if g < 0 || s.net.nodes[n].home != "" {
		return 1
	}
	at := slices.Index(s.active, n)
	if at < 0 {
		return 1
	}
	sum, count := 0.0, 0
	for j, m := range s.active {
		if j != at && a.group[m] == g {
			sum += s.like.at(at, j)
			count++
		}
	}
	if count == 0 {
		return 1
	}
	return sum / float64(count)
}

func (s *solver) candidate(a *assignment) Candidate {
	names := s.names(a)
	c := Candidate{Services: a.services, Score: a.score, Service: make([]string, len(s.g.Atoms))}
	sum, lines := 0.0, 0.0
	for i, cl := range s.cells.list {
		n := s.nodeOfCell[i]
		for _, at := range cl.atoms {
			c.Service[at] = label(names, a.group[n])
		}
		if a.group[n] >= 0 {
			sum += s.stability(n, a) * float64(cl.lines)
			lines += float64(cl.lines)
		}
	}
	if lines > 0 {
		c.Stability = sum / lines
	}
	return c
}

// reason says in words why a node is where it is.
func (s *solver) reason(n int, service string) string {
	nd := s.net.nodes[n]
	pkg := s.cells.list[nd.cells[0]].pkg
	switch {
	case nd.home != "":
		return "pinned to " + nd.home
	case service == model.Root && s.lay.mains[pkg]:
		return "main package: starts the whole"
	case s.chosen.why[n] != "":
		return s.chosen.why[n]
	case service == model.Root:
		return "only wires: most of the code is reached through it alone, and it has few lines of its own"
	case service == model.Library && s.kernel[n] && s.dataLayer(n):
		return fmt.Sprintf("data layer of %d services with %d tables: take it apart by domain before a cut", s.userGroups(n), nd.tables)
	case service == model.Library && s.kernel[n]:
		return fmt.Sprintf("used by %d of the services, none of them its main user, and it has no data of its own", s.userGroups(n))
	case service == model.Library:
		return "used by libraries alone"
	case service == model.Unassigned && s.lay.unreached[pkg]:
		return "no main reaches it: tests' helper, generator, or dead"
	case service == model.Unassigned && s.lay.tools[pkg]:
		return "a tool beside the mains that run: no package is its own"
	case service == model.Unassigned:
		return "no coupling to any service was seen"
	case s.isPeeled(n):
		return "front of " + service + " alone"
	}
	return s.tieReason(n, service)
}

func (s *solver) userGroups(n int) int {
	seen := map[int]bool{}
	for _, l := range s.net.in[n] {
		if g := s.chosen.group[l.to]; g >= 0 {
			seen[g] = true
		}
	}
	return len(seen)
}

// tieReason names the strongest tie that holds a node in its service.
func (s *solver) tieReason(n int, service string) string {
	inside, total := 0.0, 0.0
	best, bestW := -1, 0.0
	for _, l := range slices.Concat(s.net.out[n], s.net.in[n]) {
		g := s.chosen.group[l.to]
		if g < 0 {
			continue
		}
		total += l.weight
		if g == s.chosen.group[n] {
			inside += l.weight
			if l.weight > bestW {
				best, bestW = l.to, l.weight
			}
		}
	}
	switch {
	case total == 0:
		return "stands alone: no tie to any other service"
	case best < 0:
		return "a service of its own: nothing else is tied to it more than to others"
	}
	return fmt.Sprintf("%.0f %% of its ties are inside %s, the strongest with %s", 100*inside/total, service, s.nodeName(best))
}

func (s *solver) nodeName(n int) string {
	nd := s.net.nodes[n]
	if nd.table != noAtom {
		return "table " + s.g.Atoms[nd.table].Name
	}
	return s.g.Packages[s.cells.list[nd.cells[0]].pkg].Dir
}
