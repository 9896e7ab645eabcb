package partition

import "slices"

// fill makes the alternatives that the hierarchy skips, where several groups joined
// at once or were settled into one: from the next finer one by joining the two
// services that raises modularity most, or lowers it least. Pins are kept.
func (s *solver) fill(best map[int]*assignment) {
	for k := slices.Max(append(sortedKeys(best), 0)) - 1; k >= minServices; k-- {
		if finer := best[k+1]; best[k] == nil && finer != nil {
			if a := s.joined(finer); a != nil {
				best[k] = a
			}
		}
	}
}

// joined is the assignment with two services joined, nil when pins forbid all pairs.
func (s *solver) joined(a *assignment) *assignment {
	between, degree, total := s.weights(a)
	t := &settler{solver: s, group: a.group}
	homes := s.homesOf(a)
	from, to, gain := -1, -1, 0.0
	for i := range a.services {
		for j := range i {
			if homes[i] != "" && homes[j] != "" && homes[i] != homes[j] || t.forbidden(i, j) {
				continue
			}
			g := between[i][j] - degree[i]*degree[j]/max(total, 1e-9)
			if from < 0 || g > gain {
				from, to, gain = i, j, g
			}
		}
	}
	if from < 0 {
		return nil
	}
	next := &settler{solver: s, group: slices.Clone(a.group), why: a.why}
	for n, g := range next.group {
		if g == from {
			next.group[n] = to
		}
	}
	return next.finish()
}

// weights are the links between services, both directions added, all links of each,
// and of all.
func (s *solver) weights(a *assignment) (between [][]float64, degree []float64, total float64) {
	between, degree = make([][]float64, a.services), make([]float64, a.services)
	for i := range between {
		between[i] = make([]float64, a.services)
	}
	for from, links := range s.net.out {
		for _, l := range links {
			i, j := a.group[from], a.group[l.to]
			if i < 0 || j < 0 {
				continue
			}
			degree[i] += l.weight
			degree[j] += l.weight
			total += 2 * l.weight
			if i != j {
				between[i][j] += l.weight
				between[j][i] += l.weight
			}
		}
	}
	return between, degree, total
}

// homesOf are the services that pins name, by group.
func (s *solver) homesOf(a *assignment) []string {
	homes := make([]string, a.services)
	for n, g := range a.group {
		if g >= 0 && s.net.nodes[n].home != "" {
			homes[g] = s.net.nodes[n].home
		}
	}
	return homes
}
