package analyze

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/partition"
	"github.com/ficus-dev/ficus/analyze/plan"
)

// staysMost bounds the list of what stays.
const staysMost = 10

// cut says what a peeling is in the model's terms.
func (p *peeling) cut(c partition.Peeling) model.PeelCut {
	out := model.PeelCut{Conductance: model.Round(c.Conductance), Comes: []model.PeeledUnit{}, Stays: []model.PeeledUnit{},
		Tables: []string{}, Routes: []string{}, Libraries: p.libraries(c)}
	groups := p.groups(c.Inside)
	for _, g := range groups {
		switch {
		case g.in && g.pkg == "":
			out.Tables = append(out.Tables, p.atom[g.nodes[0]].Name)
		case g.in:
			u := p.unit(g, groups, c.Inside)
			out.Lines += u.Lines
			out.Comes = append(out.Comes, u)
		default:
			if u := p.unit(g, groups, c.Inside); u.Inside > 0 {
				out.Stays = append(out.Stays, u)
			}
		}
	}
	for i := range p.m.Routes {
		r := &p.m.Routes[i]
		if n, ok := p.node[r.Atom]; ok && c.Inside[n] {
			out.Routes = append(out.Routes, r.RouteID())
		}
	}
	slices.Sort(out.Tables)
	slices.Sort(out.Routes)
	slices.SortStableFunc(out.Comes, func(a, b model.PeeledUnit) int { return cmp.Compare(b.Lines, a.Lines) })
	slices.SortStableFunc(out.Stays, func(a, b model.PeeledUnit) int { return cmp.Compare(b.Inside, a.Inside) })
	out.Stays = out.Stays[:min(len(out.Stays), staysMost)]
	return out
}

// side is what of a package, or which table, is on one side of the cut.
type side struct {
	pkg   string
	in    bool
	whole bool
	nodes []int
}

// groups are the sides of all packages and tables, by package, inside first.
func (p *peeling) groups(inside []bool) []side {
	type key struct {
		name string
		in   bool
	}
	at := map[key][]int{}
	for n, a := range p.atom {
		name := a.Package
		if name == "" {
			name = a.ID
		}
		k := key{name, inside[n]}
		at[k] = append(at[k], n)
	}
	keys := slices.SortedFunc(maps.Keys(at), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.name, b.name), boolOrder(b.in, a.in))
	})
	out := make([]side, len(keys))
	for i, k := range keys {
		out[i] = side{pkg: p.atom[at[k][0]].Package, in: k.in, whole: len(at[key{k.name, !k.in}]) == 0, nodes: at[k]}
	}
	return out
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func (p *peeling) unit(g side, groups []side, inside []bool) model.PeeledUnit {
	u := model.PeeledUnit{Package: g.pkg, Service: p.atom[g.nodes[0]].Service}
	for _, n := range g.nodes {
		u.Lines += p.g.Lines[n]
		u.Seed = u.Seed || slices.Contains(p.g.Seeds, n)
		if !g.whole || g.pkg == "" {
			u.Atoms = append(u.Atoms, p.atom[n].ID)
		}
	}
	if pkg, ok := p.m.Package(g.pkg); ok && g.whole {
		u.Lines = pkg.Lines
	}
	share, with := p.tiedTo(g.nodes, inside)
	u.Inside = model.Round(share)
	u.Why = p.why(u, g, with)
	if g.in && !g.whole {
		u.Why += p.bothWays(g.nodes, inside)
	}
	return u
}

// tiedTo is the share of the ties of nodes to others that are inside, and the node on
// the other side of the strongest: inside for what comes, outside for what stays.
func (p *peeling) tiedTo(nodes []int, inside []bool) (share float64, with int) {
	own := map[int]bool{}
	for _, n := range nodes {
		own[n] = true
	}
	in, all, best := 0.0, 0.0, 0.0
	with = -1
	for _, n := range nodes {
		for _, t := range p.ties[n] {
			if own[t.B] {
				continue
			}
			all += t.Weight
			if inside[t.B] {
				in += t.Weight
			}
			if inside[t.B] == inside[nodes[0]] && t.Weight > best {
				best, with = t.Weight, t.B
			}
		}
	}
	if all == 0 {
		return 0, -1
	}
	return in / all, with
}

func (p *peeling) why(u model.PeeledUnit, g side, with int) string {
	strongest := ""
	if with >= 0 {
		strongest = ", the strongest with " + p.short(with)
	}
	switch at, pinned := p.home[p.atom[g.nodes[0]].ID]; {
	case g.in && u.Seed:
		return "a seed"
	case g.in:
		return fmt.Sprintf("%.0f %% of its ties are inside%s", 100*u.Inside, strongest)
	case pinned:
		return fmt.Sprintf("pinned to %s at %s", at.Service, at.Ref.Pos)
	}
	return fmt.Sprintf("%.0f %% of its ties are outside%s", 100*(1-u.Inside), strongest)
}

// bothWays says of a part that comes whether it and what stays of its package name
// each other: Go imports go one way, so some of them have to be turned round.
func (p *peeling) bothWays(nodes []int, inside []bool) string {
	pkg, out, in := p.atom[nodes[0]].Package, 0, 0
	for _, u := range p.uses {
		switch from, to := u[0], u[1]; {
		case p.atom[from].Package != pkg || inside[from] == inside[to]:
		case inside[from]:
			out++
		default:
			in++
		}
	}
	if in == 0 || out == 0 {
		return ""
	}
	return fmt.Sprintf("; it uses what stays of its package at %d places and is used at %d: turn the fewer round first", out, in)
}

func (p *peeling) short(n int) string {
	a := p.atom[n]
	if a.Package == "" {
		return "table " + a.Name
	}
	return path.Base(a.Package) + "." + a.Name
}

// libraries are the units that stay modules and that what comes along uses.
func (p *peeling) libraries(c partition.Peeling) []string {
	used := map[string]bool{}
	for i := range p.m.Couplings {
		k := &p.m.Couplings[i]
		n, ok := p.node[k.From]
		if _, node := p.node[k.To]; !ok || !c.Inside[n] || node {
			continue
		}
		if a, ok := p.m.Atom(k.To); ok && a.Service == model.Library && a.Unit != "" {
			used[a.Unit] = true
		}
	}
	return slices.Sorted(maps.Keys(used))
}

// homes are the two sides as services: of the atoms and tables that are on one.
func (p *peeling) homes(c partition.Peeling, service string) map[string]string {
	out := make(map[string]string, len(p.m.Atoms))
	for _, a := range p.m.Atoms {
		out[a.ID] = a.Service
	}
	for n, a := range p.atom {
		if out[a.ID] = rest; c.Inside[n] {
			out[a.ID] = service
		}
	}
	return out
}

// mostOf is the share of a proposed service's lines from which what is peeled is
// that service, and takes its name.
const mostOf = 0.5

// name is what a person would call the service.
func (p *peeling) name(c partition.Peeling) string {
	if p.opt.Name != "" {
		return p.opt.Name
	}
	lines := map[string]int{}
	for n, a := range p.atom {
		if c.Inside[n] && model.IsService(a.Service) {
			lines[a.Service] += a.Lines
		}
	}
	for _, s := range p.m.Services {
		if n := lines[s.Name]; float64(n) > mostOf*float64(s.Lines) && 2*n > c.Lines {
			return s.Name
		}
	}
	return serviceName(cmp.Or(p.opt.Called, p.atom[p.g.Seeds[0]].Name))
}

// serviceName makes a word one that a service may have.
func serviceName(word string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r == '_', r == '-', r == '.', r == ' ':
			return '-'
		}
		return -1
	}, strings.ToLower(word))
	if name = strings.Trim(name, "-0123456789"); plan.CheckServiceName(name) != nil {
		return "peeled"
	}
	return name
}

// PeelPins are the decisions that keep the best cut: whole packages, declarations of
// those that come apart, and tables. What the plan says already is not said twice.
func PeelPins(m *model.Model, p *plan.Plan, peeled *model.Peeling) []plan.Pin {
	said := map[string]bool{}
	if p != nil {
		for _, pin := range p.Decisions() {
			for _, r := range pin.Refs {
				if pin.Kind == plan.PinIn && pin.Service == peeled.Service {
					said[m.Rel(r.Text)] = true
				}
			}
		}
	}
	var pins []plan.Pin
	add := func(refs ...string) {
		pin := plan.Pin{Kind: plan.PinIn, Service: peeled.Service}
		for _, ref := range refs {
			if ref = pinRef(m, ref); !said[ref] {
				pin.Refs = append(pin.Refs, plan.Ref{Text: ref})
			}
		}
		if len(pin.Refs) > 0 {
			pins = append(pins, pin)
		}
	}
	best := peeled.Cuts[peeled.Best]
	for _, u := range best.Comes {
		if len(u.Atoms) == 0 {
			add(u.Package)
		} else {
			add(u.Atoms...)
		}
	}
	for _, t := range best.Tables {
		add(model.TableID(t))
	}
	return pins
}

// pinRef is an ID as a plan writes it. Of the module's root package it stays whole:
// what is left of its declarations' would not say whose they are.
func pinRef(m *model.Model, id string) string {
	if rel := m.Rel(id); !strings.HasPrefix(rel, ".") || rel == "." {
		return rel
	}
	return id
}
