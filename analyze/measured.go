package analyze

import (
	"cmp"
	"math"
	"slices"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// measured writes into atoms and units what was seen from outside of the code.
func (a *assembler) measured() {
	a.heat()
	a.useCases()
	if len(a.facts.Measured.Files) > 0 {
		a.history()
	}
}

// heat of an atom is that of its hottest function: their times overlap.
func (a *assembler) heat() {
	hot := map[string]float64{}
	for _, h := range a.facts.Measured.Heats {
		hot[h.Func.Atom] = math.Max(hot[h.Func.Atom], h.Share)
	}
	for i := range a.m.Atoms {
		a.m.Atoms[i].Heat = model.Round(hot[a.m.Atoms[i].ID])
	}
}

func (a *assembler) useCases() {
	cases := map[string][]string{}
	for _, uc := range a.facts.Measured.UseCases {
		for _, fn := range uc.Funcs {
			cases[fn.Atom] = append(cases[fn.Atom], uc.Name)
		}
	}
	for i := range a.m.Atoms {
		names := cases[a.m.Atoms[i].ID]
		slices.Sort(names)
		a.m.Atoms[i].UseCases = slices.Compact(names)
	}
}

// history sums files over units: a file counts for the unit with most of its lines.
func (a *assembler) history() {
	lines := tally{}
	for _, atom := range a.m.Atoms {
		if atom.File != "" && atom.Unit != "" {
			lines.add(atom.File, atom.Unit, atom.Lines)
		}
	}
	unitOf := lines.winners()
	at, by := map[string]*model.History{}, map[string]map[int]int{}
	for _, f := range a.facts.Measured.Files {
		unit := unitOf[f.File]
		if unit == "" {
			continue
		}
		if at[unit] == nil {
			at[unit], by[unit] = &model.History{}, map[int]int{}
		}
		at[unit].Revisions += f.Revisions
		at[unit].Churn += f.Churn
		for _, author := range f.Authors {
			by[unit][author.Author] += author.Revisions
		}
	}
	together := unitsTogether(a.facts.Measured.Changes, unitOf)
	for i := range a.m.Units {
		u := &a.m.Units[i]
		if h := at[u.ID]; h != nil {
			most := 0
			for _, n := range by[u.ID] {
				most = max(most, n)
			}
			h.Authors, h.Main = len(by[u.ID]), model.Round(float64(most)/float64(h.Revisions))
			h.Together = together[u.ID]
			u.History = h
		}
	}
}

// mostTogether bounds the units listed of one.
const mostTogether = 5

// unitsTogether lists for each unit those that it changes with, by the pair of files
// that shares most commits.
func unitsTogether(changes []facts.CoChange, unitOf map[string]string) map[string][]model.Together {
	best := map[[2]string]facts.CoChange{}
	for _, c := range changes {
		x, y := unitOf[c.A], unitOf[c.B]
		if x == "" || y == "" || x == y {
			continue
		}
		for _, k := range [][2]string{{x, y}, {y, x}} {
			if old := best[k]; c.Shared > old.Shared || c.Shared == old.Shared && c.Degree > old.Degree {
				best[k] = c
			}
		}
	}
	out := map[string][]model.Together{}
	for k, c := range best {
		out[k[0]] = append(out[k[0]], model.Together{Unit: k[1], Shared: c.Shared, Degree: model.Round(c.Degree)})
	}
	for unit, list := range out {
		slices.SortFunc(list, func(x, y model.Together) int {
			return cmp.Or(cmp.Compare(y.Shared, x.Shared), cmp.Compare(y.Degree, x.Degree), cmp.Compare(x.Unit, y.Unit))
		})
		out[unit] = list[:min(len(list), mostTogether)]
	}
	return out
}
