package analyze

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/partition"
	"github.com/ficus-dev/ficus/analyze/plan"
)

// resolved are the plan's pins in terms of the graph.
type resolved struct {
	pins partition.Pins
	// homes of tables and routes, by atom ID: they own nothing that clusters.
	homes map[string]string
}

// resolvePins finds what the plan's references name. Parts of packages
// (internal/models#orders) are those of the proposal without any pins.
func resolvePins(ctx context.Context, m *model.Model, g *coupling.Graph, opt Options) (*resolved, error) {
	r := &resolved{homes: map[string]string{}}
	if opt.Plan == nil || len(opt.Plan.Decisions()) == 0 && len(opt.Plan.Services) == 0 {
		return r, nil
	}
	known := &model.Model{Module: m.Module, Packages: m.Packages, Atoms: slices.Clone(m.Atoms)}
	if namesParts(opt.Plan) {
		free, err := partition.Solve(ctx, g, partition.Options{Seed: opt.Seed, Blind: opt.Blind})
		if err != nil {
			return nil, err
		}
		addUnits(known, g, free)
	}
	if opt.PassOver {
		opt.Plan = withoutGone(opt.Plan, known)
	}
	if err := opt.Plan.Check(known); err != nil {
		return nil, err
	}
	return r, r.fill(known, g, opt.Plan)
}

func namesParts(p *plan.Plan) bool {
	return slices.ContainsFunc(p.Decisions(), func(pin plan.Pin) bool {
		return slices.ContainsFunc(pin.Refs, func(r plan.Ref) bool { return strings.Contains(r.Text, "#") })
	})
}

func addUnits(m *model.Model, g *coupling.Graph, parts *partition.Result) {
	for _, u := range parts.Units {
		m.Units = append(m.Units, model.Unit{ID: u.ID, Package: g.Packages[u.Package].Path})
	}
	for i, a := range m.Atoms {
		if n, ok := g.Atom(a.ID); ok && parts.UnitOf[n] >= 0 {
			m.Atoms[i].Unit = parts.Units[parts.UnitOf[n]].ID
		}
	}
}

// fill groups what the plan assigns by the reference that decided, and takes the
// relations of together and apart as they are.
func (r *resolved) fill(m *model.Model, g *coupling.Graph, p *plan.Plan) error {
	places := map[plan.Ref]*partition.Place{}
	assigned := p.Assign(m.Module.Path, m.Atoms)
	for _, a := range m.Atoms {
		pinned, ok := assigned[a.ID]
		if !ok {
			continue
		}
		n, known := g.Atom(a.ID)
		if !known || a.Package == "" {
			r.homes[a.ID] = pinned.Service
			continue
		}
		place := places[pinned.Ref]
		if place == nil {
			place = &partition.Place{Home: pinned.Service, Where: whereOf(p, "pin", pinned.Ref)}
			places[pinned.Ref] = place
		}
		place.Atoms = append(place.Atoms, n)
	}
	for _, pin := range p.Decisions() {
		for _, ref := range pin.Refs {
			if place := places[ref]; place != nil {
				r.pins.Places = append(r.pins.Places, *place)
				delete(places, ref)
			}
		}
		if err := r.relate(m, g, p, pin); err != nil {
			return err
		}
	}
	return nil
}

func (r *resolved) relate(m *model.Model, g *coupling.Graph, p *plan.Plan, pin plan.Pin) error {
	if pin.Kind != plan.PinTogether && pin.Kind != plan.PinApart {
		return nil
	}
	group := partition.Group{Where: whereOf(p, string(pin.Kind), pin.Refs[0])}
	for _, ref := range pin.Refs {
		var atoms []int32
		for _, a := range m.Atoms {
			if n, ok := g.Atom(a.ID); ok && a.Package != "" && ref.Match(m.Module.Path, a) {
				atoms = append(atoms, n)
			}
		}
		if len(atoms) == 0 {
			return fmt.Errorf("%s:%s: %s: %s has no declarations to keep %s; name packages or declarations, and pin tables and routes with in",
				p.File, ref.Pos, pin.Kind, ref.Text, pin.Kind)
		}
		group.Members = append(group.Members, atoms)
	}
	if pin.Kind == plan.PinTogether {
		r.pins.Together = append(r.pins.Together, group)
	} else {
		r.pins.Apart = append(r.pins.Apart, group)
	}
	return nil
}

func whereOf(p *plan.Plan, what string, ref plan.Ref) string {
	return fmt.Sprintf("%s:%s (%s %s)", p.File, ref.Pos, what, ref.Text)
}
