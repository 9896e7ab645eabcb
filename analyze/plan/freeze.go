package plan

import (
	"github.com/ficus-dev/ficus/analyze/model"
)

// Freeze is a plan that pins everything of a model where it is, but for the
// pins, which come first: what an analysis under it shows is their effect alone.
// Where pins and the model name the same thing the pins win; a part of a package
// is pinned by its declarations.
func Freeze(m *model.Model, pins ...Pin) *Plan {
	f := &freezer{m: m, plan: &Plan{File: "the frozen model", Version: Version, Module: m.Module.Path}, taken: map[string]bool{}, types: map[string]string{}}
	for _, a := range m.Atoms {
		if a.Kind == model.KindMethod {
			f.types[a.ID] = a.Type
		}
	}
	for _, p := range pins {
		for _, r := range p.Refs {
			f.taken[relative(m.Module.Path, r.Text)] = true
		}
		f.add(p)
	}
	for _, u := range m.Units {
		f.unit(u)
	}
	return f.plan
}

type freezer struct {
	m     *model.Model
	plan  *Plan
	taken map[string]bool   // references that are pinned already
	types map[string]string // of the methods that are atoms
}

// add gives every reference a place of its own, as if each stood on a line:
// readers tell pins apart by it.
func (f *freezer) add(p Pin) {
	line := len(f.plan.Pins) + 1
	p.Pos = Pos{line, 1}
	refs := make([]Ref, len(p.Refs))
	for i, r := range p.Refs {
		refs[i] = Ref{r.Text, Pos{line, i + 1}}
	}
	p.Refs = refs
	f.plan.Pins = append(f.plan.Pins, p)
}

func (f *freezer) unit(u model.Unit) {
	if u.ID == u.Package {
		f.pin(relative(f.m.Module.Path, u.ID), u.Service)
		return
	}
	if f.taken[relative(f.m.Module.Path, u.ID)] {
		return
	}
	for _, a := range u.Atoms {
		if t := f.types[a]; t != "" && f.taken[relative(f.m.Module.Path, t)] {
			continue // goes with its type, as the pin wants
		}
		f.pin(relative(f.m.Module.Path, a), u.Service)
	}
}

func (f *freezer) pin(ref, home string) {
	if f.taken[ref] {
		return
	}
	p := Pin{Refs: []Ref{{Text: ref}}}
	switch {
	case home == model.Library:
		p.Kind = PinLibrary
	case home == model.Root:
		p.Kind = PinRoot
	case model.IsService(home):
		p.Kind, p.Service = PinIn, home
	default:
		return // unassigned follows from the code, nobody decides it
	}
	f.add(p)
}

// Home makes the pin that puts a reference into a service, or, for model.Library
// and model.Root, leaves it out of the services.
func Home(ref, home string) Pin {
	p := Pin{Kind: PinIn, Refs: []Ref{{Text: ref}}, Service: home}
	switch home {
	case model.Library:
		p.Kind, p.Service = PinLibrary, ""
	case model.Root:
		p.Kind, p.Service = PinRoot, ""
	}
	return p
}
