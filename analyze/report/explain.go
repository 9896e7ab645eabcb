package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
)

// Explanation says why one thing is where it is, with all the evidence that the
// model has.
type Explanation struct {
	Target
	Name    string `json:"name"`
	Service string `json:"service,omitempty"` // where it is
	// Reason is why, in words; of a service, of its units.
	Reason    string   `json:"reason,omitempty"`
	Stability float64  `json:"stability"`
	Pin       string   `json:"pin,omitempty"` // the decision and its place, when one applies
	Place     string   `json:"place,omitempty"`
	Lines     int      `json:"lines,omitempty"`
	Parts     []string `json:"parts,omitempty"` // units of a service or package, a god type's methods, else atoms
	Also      []Target `json:"also,omitempty"`  // what the name means besides
	// Inside and Across are the couplings with code of the same service and of
	// others, heaviest first.
	Inside       []Link              `json:"inside"`
	Across       []Link              `json:"across"`
	Tables       []TableUse          `json:"tables"`
	Transactions []model.Transaction `json:"transactions"`
	Routes       []model.Route       `json:"routes"`
	// Terms are the words that tell it from others, of services and units.
	Terms []string `json:"terms,omitempty"`
	// History is what the commits say of the unit, Heat the share of a profile's
	// samples that the hottest of its declarations has, UseCases those that ran it;
	// all only where they were measured.
	History  *model.History `json:"history,omitempty"`
	Heat     float64        `json:"heat,omitempty"`
	UseCases []string       `json:"use_cases,omitempty"`
	// EntryPoints start something in it, or reach the table.
	EntryPoints []model.EntryPoint `json:"entry_points,omitempty"`
	// Interfaces are those it declares, and those of callers that it implements.
	Interfaces []model.Interface `json:"interfaces,omitempty"`
	// Comparisons in it come out differently for copies.
	Comparisons []model.Comparison `json:"comparisons,omitempty"`
	// InitEffects are what its packages do when they are imported, and what others'
	// do to it then.
	InitEffects []model.InitEffect `json:"init_effects,omitempty"`
	// Resources are what it uses outside of the process and the database; of their
	// uses only its own.
	Resources []model.Resource `json:"resources,omitempty"`
	// Bill is the service's.
	Bill *model.Bill `json:"bill,omitempty"`
}

// Link is one coupling as seen from the thing explained.
type Link struct {
	model.Coupling
	// Out is true when the thing uses the other, false when it is used.
	Out          bool   `json:"out"`
	Other        string `json:"other"`
	OtherService string `json:"other_service,omitempty"`
	Cut
}

// Cut is what a coupling costs where a boundary cuts it; zero where none does.
type Cut struct {
	Price  float64 `json:"price,omitempty"`
	InLoop bool    `json:"in_loop,omitempty"`
	InTx   bool    `json:"in_tx,omitempty"`
}

// flags say what makes it dear.
func (c Cut) flags() string {
	switch {
	case c.InLoop && c.InTx:
		return "×N in tx"
	case c.InLoop:
		return "×N"
	case c.InTx:
		return "in tx"
	}
	return ""
}

// TableUse is a table that the thing reads or writes, or owns.
type TableUse struct {
	Table    string           `json:"table"`
	Owner    string           `json:"owner,omitempty"`
	Access   model.Access     `json:"access,omitempty"`
	Evidence []model.Evidence `json:"evidence,omitempty"`
}

// Explain answers why name is where it is. The error is an ErrName. The plan may
// be nil.
func Explain(m *model.Model, p *plan.Plan, name string) (*Explanation, error) {
	target, also, err := Resolve(m, name)
	if err != nil {
		return nil, err
	}
	ix := newIndex(m)
	e := &Explanation{Target: target, Name: ix.targetName(target), Also: also}
	ex := &explainer{ix: ix, plan: p, e: e, set: ix.members(target), method: target.Method}
	ex.where()
	ex.pin()
	ex.links()
	ex.tables()
	ex.transactions()
	ex.routes()
	ex.entryPoints()
	ex.shapes()
	ex.initEffects()
	ex.measured()
	ex.resources()
	return e, nil
}

// explainer gathers one explanation.
type explainer struct {
	ix   *index
	plan *plan.Plan
	e    *Explanation
	set  map[string]bool // atoms explained
	// method narrows the evidence: that of the name, or of a route's handler.
	method string
}

// members are the atoms of a target.
func (ix *index) members(t Target) map[string]bool {
	set := map[string]bool{}
	switch t.Kind {
	case TargetSymbol, TargetTable:
		set[t.ID] = true
		return set
	case TargetRoute:
		set[t.ID] = true
		if r := ix.route(t.ID); r != nil && r.Atom != "" {
			set[r.Atom] = true
		}
		return set
	}
	for _, a := range ix.m.Atoms {
		if t.Kind == TargetService && a.Service == t.ID || t.Kind == TargetPackage && a.Package == t.ID || t.Kind == TargetUnit && a.Unit == t.ID {
			set[a.ID] = true
		}
	}
	return set
}

func (ix *index) route(id string) *model.Route {
	for i := range ix.m.Routes {
		if ix.m.Routes[i].RouteID() == id {
			return &ix.m.Routes[i]
		}
	}
	return nil
}

// where fills in service, reason, stability and place.
func (x *explainer) where() {
	switch e := x.e; e.Kind {
	case TargetService:
		x.whereService()
	case TargetPackage:
		x.wherePackage()
	case TargetUnit:
		x.whereUnit(e.ID)
	case TargetTable:
		x.whereTable()
	case TargetRoute:
		x.whereRoute()
	case TargetSymbol:
		a := x.ix.atoms[e.ID]
		x.whereUnit(a.Unit)
		e.Service, e.Place, e.Lines, e.Parts = a.Service, position(a.File, a.Line), a.Lines, slices.Clone(a.Methods)
		if own := x.ix.methodAtoms(e.ID); len(own) > 0 {
			e.Parts = own
		}
		if e.Method != "" {
			e.Lines, e.Parts = 0, nil
		}
	}
}

// methodAtoms are the methods of a god type, which are atoms of their own.
func (ix *index) methodAtoms(id string) []string {
	var out []string
	for i := range ix.m.Atoms {
		if a := &ix.m.Atoms[i]; a.Kind == model.KindMethod && a.Type == id {
			out = append(out, a.ID)
		}
	}
	return out
}

func (x *explainer) whereService() {
	e := x.e
	e.Service = e.ID
	e.Parts = x.ix.outside(e.ID)
	for _, id := range e.Parts {
		if u := x.ix.units[id]; u != nil {
			e.Lines += u.Lines
		}
	}
	for _, s := range x.ix.m.Services {
		if s.Name == e.ID {
			e.Stability, e.Terms = s.Stability, s.Terms
		}
	}
	if b := x.ix.bills[e.ID]; b != nil {
		e.Bill = b
	}
}

// wherePackage explains a package by its one unit, or lists its parts.
func (x *explainer) wherePackage() {
	e := x.e
	var homes []string
	for _, u := range x.ix.m.Units {
		if u.Package != e.ID {
			continue
		}
		e.Parts = append(e.Parts, u.ID)
		e.Lines += u.Lines
		homes = append(homes, u.Service)
	}
	slices.Sort(homes)
	homes = slices.Compact(homes)
	e.Service = strings.Join(homes, ", ")
	switch {
	case len(e.Parts) == 1:
		x.whereUnit(e.Parts[0])
		e.Parts = nil
	case len(e.Parts) == 0:
		e.Service, e.Reason = model.Unassigned, "has no declaration outside of tests"
		for _, p := range x.ix.m.Packages {
			if p.Path == e.ID {
				e.Lines = p.Lines
				if p.Broken {
					e.Reason = "could not be read: see ficus explain --unresolved"
				}
			}
		}
	default:
		e.Reason = "mixes domains: its declarations are in several units"
	}
}

func (x *explainer) whereUnit(id string) {
	u := x.ix.units[id]
	if u == nil {
		return
	}
	e := x.e
	e.Service, e.Reason, e.Stability, e.Lines = u.Service, u.Reason, u.Stability, u.Lines
	if e.Kind == TargetUnit {
		e.Parts = slices.Clone(u.Atoms)
	}
}

func (x *explainer) whereTable() {
	e := x.e
	t := x.ix.tables[strings.TrimPrefix(e.ID, "table:")]
	if t == nil {
		return
	}
	e.Service, e.Stability = t.Service, 1
	if t.Defined != nil {
		e.Place = position(t.Defined.File, t.Defined.Line)
	}
	e.Reason = x.tableReason(t)
}

// tableReason says who writes and reads a table.
func (x *explainer) tableReason(t *model.Table) string {
	writers, readers := map[string]bool{}, map[string]bool{}
	for _, a := range t.Accesses {
		if service := x.ix.service(a.Atom); a.Access == model.Read {
			readers[service] = true
		} else {
			writers[service] = true
		}
	}
	for s := range writers {
		delete(readers, s)
	}
	reason := "nothing was seen to write it"
	if len(writers) > 0 {
		reason = "written by " + strings.Join(sortedSet(writers), ", ")
	}
	if len(readers) > 0 {
		reason += "; read by " + strings.Join(sortedSet(readers), ", ")
	}
	return reason
}

func sortedSet(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for k := range set {
		out = append(out, orSay(k, "?"))
	}
	slices.Sort(out)
	return out
}

func (x *explainer) whereRoute() {
	e := x.e
	r := x.ix.route(e.ID)
	if r == nil {
		return
	}
	e.Place = position(r.Registered.File, r.Registered.Line)
	handler := "its handler was not resolved"
	if a := x.ix.atoms[r.Atom]; a != nil {
		x.whereUnit(a.Unit)
		handler = "answered by " + x.ix.goName(r.Handler)
	}
	if method, ok := strings.CutPrefix(r.Handler, r.Atom+"."); ok {
		x.method = method
	}
	e.Service, e.Lines, e.Parts = r.Service, 0, nil
	if r.ReadOnly {
		handler += ", reads only"
	}
	e.Reason = strings.TrimSuffix(handler+"; "+e.Reason, "; ")
}

// pin names the decision that put the thing where it is.
func (x *explainer) pin() {
	if x.plan == nil || x.e.Kind == TargetService {
		return
	}
	var atoms []model.Atom
	for id := range x.set {
		if a := x.ix.atoms[id]; a != nil && a.Service == x.e.Service {
			atoms = append(atoms, *a)
		}
	}
	slices.SortFunc(atoms, func(a, b model.Atom) int { return cmp.Compare(a.ID, b.ID) })
	pinned := x.plan.Assign(x.ix.m.Module.Path, atoms)
	for _, a := range atoms {
		if p, ok := pinned[a.ID]; ok {
			x.e.Pin = baseName(x.plan.File) + ":" + p.Ref.Pos.String() + " puts " + p.Ref.Text + " in " + p.Service
			if p.Why != "" {
				x.e.Pin += ": " + p.Why
			}
			return
		}
	}
}
