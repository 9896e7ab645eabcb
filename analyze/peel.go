package analyze

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/bill"
	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/partition"
	"github.com/ficus-dev/ficus/analyze/plan"
)

// PeelOptions of Peel.
type PeelOptions struct {
	// Seeds are IDs of declarations and tables that the service is made around.
	Seeds []string
	// Name of the service; default: that of the proposed service it is most of, else
	// Called.
	Name string
	// Called is the word by which a person named the seeds; default the first one's.
	Called string
	// Plan holds the pins to respect; nil: none.
	Plan *plan.Plan
}

// ErrPeel is wrapped by the errors of Peel that say why nothing can be peeled.
var ErrPeel = errors.New("cannot peel")

// rest stands for all services but the one that is peeled.
const rest = "monolith"

// Peel cuts one service around seeds from a model alone: what comes along, what
// stays, the bill, and tighter and wider alternatives. Libraries and roots are on no
// side; a library that keeps tables is, by declaration. What of a
// package comes and what stays may use each other: the reason says so, since Go
// imports go one way.
func Peel(ctx context.Context, m *model.Model, opt PeelOptions) (*model.Peeling, error) {
	p := &peeling{m: m, opt: opt, node: map[string]int{}}
	if err := p.pins(); err != nil {
		return nil, err
	}
	p.nodes()
	if err := p.graph(); err != nil {
		return nil, err
	}
	cuts, best, err := partition.Peel(ctx, p.g)
	switch {
	case errors.Is(err, partition.ErrNothingStays):
		return nil, fmt.Errorf("%w: %s is more than half of what there is; name less", ErrPeel, p.seedWords())
	case errors.Is(err, partition.ErrSeedStays):
		return nil, fmt.Errorf("%w: the plan pins what hangs together with %s to another service; see ficus explain", ErrPeel, p.seedWords())
	case err != nil:
		return nil, err
	}
	out := &model.Peeling{Service: p.name(cuts[best]), Seeds: p.seeds, Best: best}
	recalled := recall(m)
	for _, c := range cuts {
		cut := p.cut(c)
		in := bill.Input{Facts: recalled, Service: p.homes(c, out.Service), Services: []string{out.Service}}
		cut.Bill = bill.Bills(in, bill.Crossings(in))[0]
		out.Cuts = append(out.Cuts, cut)
	}
	return out, nil
}

// peeling is one run of Peel.
type peeling struct {
	m     *model.Model
	opt   PeelOptions
	seeds []string // with what is pinned to the service

	home map[string]plan.Pinned // of pinned atoms
	free map[string]bool        // packages of libraries and roots
	node map[string]int         // atom → node
	atom []*model.Atom          // node → atom
	g    partition.PeelGraph
	ties [][]partition.Tie // of every node
	uses [][2]int          // who names whom in its package
}

// pins finds what the plan says of the atoms. A seed that is pinned elsewhere is an
// error; what is pinned to the service by name comes along.
func (p *peeling) pins() error {
	p.seeds = slices.Clone(p.opt.Seeds)
	if p.opt.Plan != nil {
		// of the services only those that the plan gives something matter here
		known := &model.Model{Module: p.m.Module, Packages: p.m.Packages, Atoms: p.m.Atoms, Units: p.m.Units}
		if err := p.opt.Plan.Check(known); err != nil {
			return err
		}
		p.home = p.opt.Plan.Assign(p.m.Module.Path, p.m.Atoms)
	}
	for _, seed := range p.opt.Seeds {
		at, ok := p.home[seed]
		switch {
		case !ok:
		case p.opt.Name == "" && model.IsService(at.Service):
			p.opt.Name = at.Service
		case at.Service != p.opt.Name:
			return fmt.Errorf("%w: %s:%s: %s pins %s to %s; change the pin, or seed something else",
				ErrPeel, p.opt.Plan.File, at.Ref.Pos, at.Ref.Text, p.m.Rel(seed), at.Service)
		}
	}
	for _, a := range p.m.Atoms {
		if at, ok := p.home[a.ID]; ok && p.opt.Name != "" && at.Service == p.opt.Name && a.Kind != model.KindRoute {
			p.seeds = append(p.seeds, a.ID)
		}
	}
	slices.Sort(p.seeds)
	p.seeds = slices.Compact(p.seeds)
	if len(p.seeds) == 0 {
		return fmt.Errorf("%w: %w", ErrPeel, partition.ErrNoSeed)
	}
	return nil
}

// nodes numbers the declarations that may come or stay, and the tables.
func (p *peeling) nodes() {
	keeps := map[string]bool{} // packages that touch tables
	for _, t := range p.m.Tables {
		for _, acc := range t.Accesses {
			if a, ok := p.m.Atom(acc.Atom); ok {
				keeps[a.Package] = true
			}
		}
	}
	for i := range p.m.Atoms {
		a := &p.m.Atoms[i]
		pinned, isPinned := p.home[a.ID]
		switch _, seed := slices.BinarySearch(p.seeds, a.ID); {
		case a.Kind == model.KindRoute:
			continue
		case seed, a.Kind == model.KindTable:
		case isPinned && !model.IsService(pinned.Service):
			continue
		case isPinned, model.IsService(a.Service):
		case a.Service != model.Library || !keeps[a.Package]:
			continue
		}
		p.node[a.ID] = len(p.atom)
		p.atom = append(p.atom, a)
	}
}

func (p *peeling) graph() error {
	p.g.Lines = make([]int, len(p.atom))
	packages := map[string][]int{}
	for n, a := range p.atom {
		p.g.Lines[n] = a.Lines
		if a.Package != "" {
			packages[a.Package] = append(packages[a.Package], n)
		}
		if at, ok := p.home[a.ID]; ok && at.Service != p.opt.Name {
			p.g.Stay = append(p.g.Stay, n)
		}
	}
	for _, pkg := range p.m.Packages {
		if len(packages[pkg.Path]) > 1 {
			p.g.Packages = append(p.g.Packages, packages[pkg.Path])
		}
	}
	for _, seed := range p.seeds {
		n, ok := p.node[seed]
		if !ok {
			return fmt.Errorf("%w: %s is no declaration and no table of the model", ErrPeel, seed)
		}
		p.g.Seeds = append(p.g.Seeds, n)
	}
	p.couple()
	p.relate()
	p.known()
	return nil
}

// couple adds what ties the nodes, and who names whom inside of a package.
func (p *peeling) couple() {
	p.ties = make([][]partition.Tie, len(p.atom))
	for i := range p.m.Couplings {
		c := &p.m.Couplings[i]
		from, ok := p.node[c.From]
		to, known := p.node[c.To]
		if !ok || !known {
			continue
		}
		if c.Weight > 0 {
			p.g.Ties = append(p.g.Ties, partition.Tie{A: from, B: to, Weight: c.Weight})
			p.ties[from] = append(p.ties[from], partition.Tie{A: from, B: to, Weight: c.Weight})
			p.ties[to] = append(p.ties[to], partition.Tie{A: to, B: from, Weight: c.Weight})
		}
		if p.atom[from].Package == p.atom[to].Package && named(c) {
			p.uses = append(p.uses, [2]int{from, to})
		}
	}
}

// named reports whether one declaration stands in the other's source, so that it is
// an import where they are in two packages.
func named(c *model.Coupling) bool {
	switch c.Kind {
	case model.CouplingCall, model.CouplingType, model.CouplingState, model.CouplingConst:
		return slices.ContainsFunc(c.Evidence, func(e model.Evidence) bool { return e.Confidence == model.Proved })
	}
	return false
}

// relate takes over what the plan keeps together and apart.
func (p *peeling) relate() {
	if p.opt.Plan == nil {
		return
	}
	for _, pin := range p.opt.Plan.Decisions() {
		if pin.Kind != plan.PinTogether && pin.Kind != plan.PinApart {
			continue
		}
		var members [][]int
		for _, ref := range pin.Refs {
			members = append(members, p.matching(ref))
		}
		if pin.Kind == plan.PinTogether {
			p.g.Together = append(p.g.Together, slices.Concat(members...))
			continue
		}
		p.part(members)
	}
}

// part lets stay what is kept apart from a seed.
func (p *peeling) part(members [][]int) {
	for i, set := range members {
		if !slices.ContainsFunc(set, func(n int) bool { return slices.Contains(p.g.Seeds, n) }) {
			continue
		}
		for j, other := range members {
			if i != j {
				p.g.Stay = append(p.g.Stay, other...)
			}
		}
	}
}

func (p *peeling) matching(ref plan.Ref) []int {
	var out []int
	for n, a := range p.atom {
		if ref.Match(p.m.Module.Path, *a) {
			out = append(out, n)
		}
	}
	return out
}

// known are sets that the analysis proposed: the service, and the units, of the seeds.
func (p *peeling) known() {
	services, units := map[string]bool{}, map[string]bool{}
	for _, n := range p.g.Seeds {
		services[p.atom[n].Service] = true
		if u := p.atom[n].Unit; u != "" {
			units[u] = true
		}
	}
	add := func(in func(a *model.Atom) bool) {
		var set []int
		for n, a := range p.atom {
			if in(a) {
				set = append(set, n)
			}
		}
		p.g.Known = append(p.g.Known, set)
	}
	if len(services) == 1 {
		add(func(a *model.Atom) bool { return services[a.Service] })
	}
	add(func(a *model.Atom) bool { return units[a.Unit] })
}

func (p *peeling) seedWords() string {
	var names []string
	for _, s := range p.seeds[:min(len(p.seeds), 3)] {
		names = append(names, p.m.Rel(s))
	}
	if more := len(p.seeds) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}
