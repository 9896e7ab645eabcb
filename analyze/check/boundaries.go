package check

import (
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
)

// Boundaries is the plan under which the code is analysed for a check: everything
// that the model knows stays where it is, tables and routes included, and what is
// new goes where the pins of p, which may be nil, put it. Relations between units
// (together, apart) are left out: the units they name have their places.
func Boundaries(m *model.Model, p *plan.Plan) *plan.Plan {
	b := &pinning{seen: map[string]bool{}}
	if p != nil {
		for _, d := range p.Decisions() {
			b.decision(d)
		}
	}
	for _, t := range m.Tables {
		b.add(model.TableID(t.Name), t.Service)
	}
	for i := range m.Routes {
		b.add(m.Routes[i].RouteID(), m.Routes[i].Service)
	}
	return plan.Freeze(m, b.pins...)
}

type pinning struct {
	pins []plan.Pin
	seen map[string]bool
}

// decision takes over a person's pin, one reference at a time. Parts of packages
// have no meaning before a partition: the model pins their declarations.
func (b *pinning) decision(d plan.Pin) {
	home := d.Service
	switch d.Kind {
	case plan.PinLibrary:
		home = model.Library
	case plan.PinRoot:
		home = model.Root
	case plan.PinTogether, plan.PinApart:
		return
	}
	for _, r := range d.Refs {
		if !strings.Contains(r.Text, "#") {
			b.add(r.Text, home)
		}
	}
}

func (b *pinning) add(ref, home string) {
	if b.seen[ref] || home == "" || home == model.Unassigned {
		return
	}
	b.seen[ref] = true
	b.pins = append(b.pins, plan.Home(ref, home))
}
