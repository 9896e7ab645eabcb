package analyze

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/partition"
	"github.com/ficus-dev/ficus/analyze/plan"
)

// Rearrange is the model of the same code with everything where before has it, but for
// what the pins place elsewhere. Nothing is clustered: the difference is the pins'
// effect alone, and found in a moment. Of opt it reads Dir, Patterns, Tags, Cache,
// ToolVersion and Progress; what before was made of where it has no Patterns or Tags. It fails when the module cannot be read, or a pin names
// nothing (plan.Problems).
func Rearrange(ctx context.Context, before *model.Model, pins []plan.Pin, opt Options) (*model.Model, error) {
	opt = opt.as(before)
	r, _, err := read(ctx, opt)
	if err != nil {
		return nil, err
	}
	moves := &plan.Plan{File: "the move", Version: plan.Version, Module: before.Module.Path, Pins: pins}
	if err := moves.Check(&model.Model{Module: before.Module, Packages: before.Packages, Atoms: before.Atoms, Units: before.Units}); err != nil {
		return nil, err
	}
	step(opt, "bills")
	m := r.Model
	m.Tool, m.Module, m.Seed, m.Sources = opt.ToolVersion, before.Module, before.Seed, before.Sources
	graph := coupling.Build(coupling.Input{Facts: r.Facts, Packages: m.Packages})
	a := &arranger{before: before, graph: graph, moved: moves.Assign(before.Module.Path, before.Atoms)}
	(&assembler{m: m, facts: r.Facts, graph: graph, parts: a.parts(), pins: a.homes(r.Facts)}).assemble(ctx)
	m.Candidates = before.Candidates
	if m.Candidates == nil {
		m.Candidates = []model.Candidate{}
	}
	return m, ctx.Err()
}

// arranger places declarations where a model has them, or a pin wants them.
type arranger struct {
	before *model.Model
	graph  *coupling.Graph
	moved  map[string]plan.Pinned
}

// place is the service or role of every atom of the model before, moved ones moved.
func (a *arranger) place() map[string]string {
	out := make(map[string]string, len(a.before.Atoms))
	for _, atom := range a.before.Atoms {
		out[atom.ID] = atom.Service
		if pin, ok := a.moved[atom.ID]; ok {
			out[atom.ID] = pin.Service
		}
	}
	return out
}

// parts groups the declarations of each package by their place, as partition does.
func (a *arranger) parts() *partition.Result {
	at := a.place()
	known := map[string]model.Unit{}
	for _, u := range a.before.Units {
		known[u.ID] = u
	}
	r := &partition.Result{UnitOf: make([]int, len(a.graph.Atoms))}
	for i := range r.UnitOf {
		r.UnitOf[i] = -1
	}
	for p, pkg := range a.graph.Packages {
		if k, ok := known[pkg.Path]; ok && len(pkg.Atoms) == 0 { // nothing but tests or init
			r.Units = append(r.Units, partition.Unit{ID: k.ID, Package: int32(p), Lines: k.Lines, Service: k.Service, Stability: k.Stability, Reason: k.Reason, Pinned: k.Pinned})
		}
		of := map[string]*partition.Unit{}
		for _, n := range pkg.Atoms {
			home := cmp.Or(at[a.graph.Atoms[n].ID], model.Unassigned)
			if of[home] == nil {
				of[home] = &partition.Unit{Package: int32(p), Service: home}
			}
			of[home].Atoms = append(of[home].Atoms, n)
			of[home].Lines += a.graph.Atoms[n].Lines
		}
		for home, u := range of {
			if u.ID = pkg.Path; len(of) > 1 {
				u.Part = true
				u.ID += "#" + strings.TrimPrefix(home, "@")
			} else {
				u.Lines = pkg.Lines
			}
			slices.Sort(u.Atoms)
			a.describe(u, known)
			r.Units = append(r.Units, *u)
		}
	}
	slices.SortFunc(r.Units, func(x, y partition.Unit) int { return cmp.Compare(x.ID, y.ID) })
	for i, u := range r.Units {
		for _, n := range u.Atoms {
			r.UnitOf[n] = i
		}
		if model.IsService(u.Service) && !slices.Contains(r.Services, u.Service) {
			r.Services = append(r.Services, u.Service)
		}
	}
	slices.Sort(r.Services)
	return r
}

// describe takes over what the model says of a unit that stays; what moved is pinned.
func (a *arranger) describe(u *partition.Unit, known map[string]model.Unit) {
	for _, n := range u.Atoms {
		if pin, ok := a.moved[a.graph.Atoms[n].ID]; ok {
			u.Pinned, u.Stability, u.Reason = true, 1, fmt.Sprintf("pinned by %s", pin.Ref)
			return
		}
	}
	if k, ok := known[u.ID]; ok {
		u.Stability, u.Reason, u.Pinned = k.Stability, k.Reason, k.Pinned
		return
	}
	if k, ok := known[a.graph.Packages[u.Package].Path]; ok { // a part of it moved away
		u.Stability, u.Reason, u.Pinned = k.Stability, k.Reason, k.Pinned
	}
}

// homes are those of tables and routes that a pin decided: of the move, or of the plan
// that the model was made with, which show by another home than the code gives.
func (a *arranger) homes(f *facts.Facts) *resolved {
	r := &resolved{homes: map[string]string{}}
	was := map[string]string{}
	for _, atom := range a.before.Atoms {
		if atom.Package != "" {
			was[atom.ID] = atom.Service
		}
	}
	free := (&assembler{facts: f, graph: a.graph, parts: &partition.Result{}, pins: r}).homes(was)
	for _, atom := range a.before.Atoms {
		if atom.Package != "" {
			continue
		}
		if pin, ok := a.moved[atom.ID]; ok {
			r.homes[atom.ID] = pin.Service
		} else if free[atom.ID] != atom.Service {
			r.homes[atom.ID] = atom.Service
		}
	}
	return r
}
