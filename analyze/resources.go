package analyze

import (
	"slices"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/model"
)

// resources takes over what is shared outside of the database.
func (a *assembler) resources() {
	for _, g := range coupling.Resources(a.facts) {
		r := model.Resource{Kind: g.Kind, Name: g.Name, Via: []string{}, Services: []string{}}
		for _, u := range g.Uses {
			r.Via = append(r.Via, u.Via)
			if s := a.service[u.Owner().Atom]; model.IsService(s) {
				r.Services = append(r.Services, s)
			}
			r.Uses = addUse(r.Uses, model.ResourceUse{Atom: u.Owner().Atom, Access: u.Access, Evidence: []model.Evidence{u.Evidence}})
		}
		slices.Sort(r.Via)
		slices.Sort(r.Services)
		r.Via, r.Services = slices.Compact(r.Via), slices.Compact(r.Services)
		a.m.Resources = append(a.m.Resources, r)
	}
}

// addUse gathers the places of one atom's use.
func addUse(uses []model.ResourceUse, u model.ResourceUse) []model.ResourceUse {
	for i := range uses {
		if uses[i].Atom == u.Atom && uses[i].Access == u.Access {
			if len(uses[i].Evidence) < coupling.MaxEvidence {
				uses[i].Evidence = append(uses[i].Evidence, u.Evidence...)
			}
			return uses
		}
	}
	return append(uses, u)
}
