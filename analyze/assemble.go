package analyze

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/ficus-dev/ficus/analyze/bill"
	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/partition"
)

// assembler writes the partition into the model, with all that follows from it.
type assembler struct {
	m     *model.Model
	facts *facts.Facts
	graph *coupling.Graph
	parts *partition.Result
	pins  *resolved

	service map[string]string // of every atom, tables and routes included
	reacher *reacher          // made when first asked for
	latency *bill.Latency     // likewise
	known   *bill.Known       // made by bills
	told    told              // made by words
	blind   bool              // names are withheld
}

// assemble stops between two steps when ctx ends: what it made then is not whole.
func (a *assembler) assemble(ctx context.Context) {
	inTurn(ctx, a.units, func() { a.service = a.homes(a.atomServices()) }, a.atoms, a.measured)
	var at errgroup.Group
	for _, steps := range [][]func(){ // none reads what another one writes
		{a.tables, a.routes, a.transactions, a.resources, a.entryPoints, a.shapes, a.initEffects, a.surfaces, a.errorTests},
		{a.bills},
		{a.couplings, a.words},
	} {
		at.Go(func() error {
			inTurn(ctx, steps...)
			return nil
		})
	}
	_ = at.Wait() // no step fails
	inTurn(ctx, a.services, a.terms, a.verdict, func() { a.candidates(ctx) })
}

// inTurn does one step after the other until ctx ends.
func inTurn(ctx context.Context, steps ...func()) {
	for _, do := range steps {
		if ctx.Err() != nil {
			return
		}
		do()
	}
}

func (a *assembler) units() {
	a.m.Units = []model.Unit{}
	for _, u := range a.parts.Units {
		mu := model.Unit{ID: u.ID, Package: a.graph.Packages[u.Package].Path, Lines: u.Lines, Service: u.Service,
			Stability: model.Round(u.Stability), Reason: u.Reason, Pinned: u.Pinned}
		if u.Part {
			for _, n := range u.Atoms {
				mu.Atoms = append(mu.Atoms, a.graph.Atoms[n].ID)
			}
		}
		a.m.Units = append(a.m.Units, mu)
	}
}

// atomServices are the services of the declarations of the chosen partition.
func (a *assembler) atomServices() map[string]string {
	out := make(map[string]string, len(a.graph.Atoms))
	for n, atom := range a.graph.Atoms {
		if u := a.parts.UnitOf[n]; u >= 0 {
			out[atom.ID] = a.parts.Units[u].Service
		}
	}
	return out
}

// homes adds tables and routes to the services of declarations: a table belongs
// to who writes it most, a route to its handler; pins before either.
func (a *assembler) homes(service map[string]string) map[string]string {
	for table, owner := range tableOwners(a.facts, service) {
		service[table] = owner
	}
	for _, r := range a.facts.Routes {
		home := service[r.Handler.Atom]
		if home == "" {
			home = service[r.Registrar.Atom]
		}
		service[model.RouteID(r.Method, r.Host, r.Pattern)] = cmp.Or(home, model.Unassigned)
	}
	for id, home := range a.pins.homes {
		service[id] = home
	}
	return service
}

// tableOwners gives every table the service with the most places that write it,
// then that read it, then the first by name; a role only when no service uses it.
func tableOwners(f *facts.Facts, service map[string]string) map[string]string {
	votes := map[string]map[string]int64{}
	for _, name := range coupling.TableNames(f) {
		votes[model.TableID(name)] = map[string]int64{}
	}
	for _, acc := range f.Accesses {
		s := service[acc.Owner().Atom]
		if s == "" {
			continue
		}
		v := int64(1)
		if acc.Access != model.Read {
			v = writeVote
		}
		if model.IsService(s) {
			v *= serviceVote
		}
		votes[model.TableID(acc.Table)][s] += v
	}
	out := map[string]string{}
	for table, by := range votes {
		best := model.Unassigned
		for s, v := range by {
			if best == model.Unassigned || v > by[best] || v == by[best] && s < best {
				best = s
			}
		}
		out[table] = best
	}
	return out
}

// One write outweighs any number of reads, one service any role.
const (
	writeVote   = 1 << 16
	serviceVote = 1 << 16
)

func (a *assembler) atoms() {
	for i := range a.m.Atoms {
		atom := &a.m.Atoms[i]
		atom.Service = cmp.Or(a.service[atom.ID], model.Unassigned)
		if n, ok := a.graph.Atom(atom.ID); ok && a.parts.UnitOf[n] >= 0 {
			atom.Unit = a.parts.Units[a.parts.UnitOf[n]].ID
		}
	}
}

func (a *assembler) services() {
	a.m.Services = []model.Service{}
	parts := map[string]bool{} // packages in several services
	for _, u := range a.parts.Units {
		if u.Part {
			parts[a.graph.Packages[u.Package].Path] = true
		}
	}
	for _, name := range a.parts.Services {
		s := model.Service{Name: name, Units: []string{}, Packages: []string{}, Routes: []string{}, Tables: []string{}}
		weighted := 0.0
		for _, u := range a.m.Units {
			if u.Service != name {
				continue
			}
			s.Units = append(s.Units, u.ID)
			s.Lines += u.Lines
			weighted += u.Stability * float64(u.Lines)
			if !parts[u.Package] {
				s.Packages = append(s.Packages, u.Package)
			}
		}
		if s.Lines > 0 {
			s.Stability = model.Round(weighted / float64(s.Lines))
		}
		for _, t := range a.m.Tables {
			if t.Service == name {
				s.Tables = append(s.Tables, t.Name)
			}
		}
		for _, atom := range a.m.Atoms {
			if atom.Kind == model.KindRoute && atom.Service == name {
				s.Routes = append(s.Routes, atom.ID)
			}
		}
		a.m.Services = append(a.m.Services, s)
	}
}

func (a *assembler) bills() {
	a.known = bill.Know(a.facts)
	in := bill.Input{Facts: a.facts, Known: a.known, Service: a.service, Services: a.parts.Services}
	a.m.Bills = bill.Bills(in, bill.Crossings(in))
}

func (a *assembler) verdict() {
	a.m.Verdict = bill.Judge(bill.Proposal{Services: a.m.Services, Bills: a.m.Bills, Tables: a.m.Tables, EntryPoints: a.m.EntryPoints, Written: a.written()})
}

// written is the number of lines of each service that people wrote. A part of a
// package has the package's share.
func (a *assembler) written() map[string]int {
	share := map[string]float64{}
	for _, p := range a.m.Packages {
		if p.Lines > 0 {
			share[p.Path] = 1 - float64(p.Generated)/float64(p.Lines)
		}
	}
	out := map[string]int{}
	for _, u := range a.m.Units {
		out[u.Service] += int(share[u.Package] * float64(u.Lines))
	}
	return out
}

// insideEvidence is how many places are listed of a coupling that no bill has, inside
// of a service or with a library; across a boundary all that the graph keeps.
const insideEvidence = 1

// inside shortens a list of places; of calls each function called keeps one, so that
// another boundary can be priced from the model.
func inside(c coupling.Coupling) []model.Evidence {
	if len(c.Evidence) <= insideEvidence || c.Kind != model.CouplingCall {
		return c.Evidence[:min(len(c.Evidence), insideEvidence)]
	}
	seen := map[string]bool{}
	var out []model.Evidence
	for i, ev := range c.Evidence {
		if i < insideEvidence || !seen[ev.Detail] {
			out = append(out, ev)
		}
		seen[ev.Detail] = true
	}
	return out
}

func (a *assembler) couplings() {
	called := a.called()
	a.m.Couplings = make([]model.Coupling, 0, len(a.graph.Couplings))
	for _, c := range a.graph.Couplings {
		from, to := a.graph.Atoms[c.From].ID, a.graph.Atoms[c.To].ID
		ev := c.Evidence
		if !model.IsService(a.service[from]) || !model.IsService(a.service[to]) || a.service[from] == a.service[to] {
			ev = inside(c)
		}
		a.m.Couplings = append(a.m.Couplings, model.Coupling{From: from, To: to, Kind: c.Kind, Access: c.Access,
			Weight: model.Round(c.Weight), Count: c.Count, Repeats: c.Repeats, API: c.API,
			Heat: model.Round(c.Heat), PerRequest: model.Round(c.PerRequest), Evidence: ev})
		if c.Kind == model.CouplingCall {
			a.m.Couplings[len(a.m.Couplings)-1].Called = called[[2]string{from, to}]
		}
	}
}

// called gathers, by caller and callee, the functions called that repeat, run in a
// transaction or are only taken as values.
func (a *assembler) called() map[[2]string][]model.Called {
	out := map[[2]string][]model.Called{}
	ran := a.ran()
	for _, c := range a.facts.Calls {
		repeats := a.repeats(c)
		value := !ran[callOf{c.From.Atom, c.To}]
		if c.From.Atom == c.To.Atom || repeats == "" && !c.InTx && !value {
			continue
		}
		k := [2]string{c.From.Atom, c.To.Atom}
		i := slices.IndexFunc(out[k], func(have model.Called) bool { return have.Method == c.To.Method })
		if i < 0 {
			i = len(out[k])
			out[k] = append(out[k], model.Called{Method: c.To.Method})
		}
		have := &out[k][i]
		have.Repeats, have.InTx, have.Value = coupling.DearerRepeat(have.Repeats, repeats), have.InTx || c.InTx, value
	}
	for _, list := range out {
		slices.SortFunc(list, func(x, y model.Called) int { return cmp.Compare(x.Method, y.Method) })
	}
	return out
}

// callOf is a function as an atom calls it.
type callOf struct {
	from string
	to   facts.Ref
}

// ran are the functions that atoms call, and do not only take as values.
func (a *assembler) ran() map[callOf]bool {
	out := map[callOf]bool{}
	for _, c := range a.facts.Calls {
		if c.Mode != facts.Value {
			out[callOf{c.From.Atom, c.To}] = true
		}
	}
	return out
}

// repeats is how one call repeats, as the bill counts it.
func (a *assembler) repeats(c facts.Call) string {
	for _, r := range c.Repeats {
		if home := a.service[r.In.Atom]; r.Cure != facts.RepeatOuter || model.IsService(home) || home == model.Library {
			return coupling.RepeatName(r.Cure)
		}
	}
	if c.InLoop {
		return coupling.RepeatName(facts.RepeatOther)
	}
	return ""
}

func (a *assembler) candidates(ctx context.Context) {
	a.m.Candidates = make([]model.Candidate, len(a.parts.Candidates))
	var at errgroup.Group
	at.SetLimit(runtime.GOMAXPROCS(0))
	for i, c := range a.parts.Candidates {
		at.Go(func() error {
			if ctx.Err() == nil {
				a.m.Candidates[i] = a.candidate(c)
			}
			return nil
		})
	}
	_ = at.Wait() // no run fails
}

// candidate bills one alternative.
func (a *assembler) candidate(c partition.Candidate) model.Candidate {
	service := make(map[string]string, len(a.graph.Atoms))
	for n, atom := range a.graph.Atoms {
		if c.Service[n] != "" {
			service[atom.ID] = c.Service[n]
		}
	}
	units := a.candidateUnits(service)
	var names []string
	for _, s := range units {
		if model.IsService(s) {
			names = append(names, s)
		}
	}
	slices.Sort(names)
	in := bill.Input{Facts: a.facts, Known: a.known, Service: a.homes(service), Services: slices.Compact(names)}
	return model.Candidate{Services: c.Services, Price: bill.Total(bill.Crossings(in)),
		Score: model.Round(c.Score), Stability: model.Round(c.Stability), Inside: model.Round(a.inside(in.Service)), Units: units}
}

// inside is the share of the weight between atoms in services that no boundary cuts.
func (a *assembler) inside(service map[string]string) float64 {
	inside, all := 0.0, 0.0
	for _, c := range a.graph.Couplings {
		from, to := service[a.graph.Atoms[c.From].ID], service[a.graph.Atoms[c.To].ID]
		if !model.IsService(from) || !model.IsService(to) {
			continue
		}
		all += c.Weight
		if from == to {
			inside += c.Weight
		}
	}
	if all == 0 {
		return 1
	}
	return inside / all
}

// candidateUnits names packages, and their parts where a candidate takes one apart.
func (a *assembler) candidateUnits(service map[string]string) map[string]string {
	units := map[string]string{}
	for _, pkg := range a.graph.Packages {
		homes := map[string]bool{}
		for _, n := range pkg.Atoms {
			homes[service[a.graph.Atoms[n].ID]] = true
		}
		for home := range homes {
			if len(homes) == 1 {
				units[pkg.Path] = home
			} else {
				units[pkg.Path+"#"+strings.TrimPrefix(home, "@")] = home
			}
		}
	}
	return units
}
