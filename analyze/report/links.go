package report

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// links sorts the couplings of the thing explained into inside and across.
func (x *explainer) links() {
	cuts := x.ix.cuts()
	for _, c := range x.ix.m.Couplings {
		out, in := x.set[c.From], x.set[c.To]
		if out == in {
			continue
		}
		c, ok := x.ofMethod(c, out)
		if !ok {
			continue
		}
		link := Link{Coupling: c, Out: out, Other: c.To, Cut: cuts[crossKey{c.From, c.To, c.Kind}]}
		if link.Price == 0 && x.e.Kind == TargetSymbol && x.ix.receiver(c) {
			continue
		}
		if in {
			link.Other = c.From
		}
		link.OtherService = x.ix.service(link.Other)
		if link.OtherService == x.homeOf(c, out) {
			x.e.Inside = append(x.e.Inside, link)
		} else {
			x.e.Across = append(x.e.Across, link)
		}
	}
	sortLinks(x.e.Inside)
	sortLinks(x.e.Across)
	x.e.Inside, x.e.Across = nonNil(x.e.Inside), nonNil(x.e.Across)
}

// receiver reports whether a coupling is that of a method with the type it belongs to.
func (ix *index) receiver(c model.Coupling) bool {
	from := ix.atoms[c.From]
	return c.Kind == model.CouplingType && from != nil && from.Kind == model.KindMethod && from.Type == c.To
}

// homeOf is the service of the coupling's end that is explained.
func (x *explainer) homeOf(c model.Coupling, out bool) string {
	if out {
		return x.ix.service(c.From)
	}
	return x.ix.service(c.To)
}

// ofMethod narrows a coupling to the places of the method asked for, if one was.
func (x *explainer) ofMethod(c model.Coupling, out bool) (model.Coupling, bool) {
	method := x.method
	if method == "" {
		return c, true
	}
	var kept []model.Evidence
	for _, ev := range c.Evidence {
		text := ev.Func
		if !out {
			text = ev.Detail
		}
		if isMethod(text, method) {
			kept = append(kept, ev)
		}
	}
	if len(kept) < len(c.Evidence) {
		c.Count = len(kept)
	}
	c.Evidence = kept
	return c, len(kept) > 0
}

// isMethod reports whether text names the method: (*Service).Place, s.Place(x).
func isMethod(text, method string) bool {
	text, _, _ = strings.Cut(strings.ReplaceAll(text, "(*", ""), "(")
	return text == method || strings.HasSuffix(text, "."+method) || strings.HasSuffix(text, ")."+method)
}

func sortLinks(links []Link) {
	slices.SortStableFunc(links, func(a, b Link) int {
		return cmp.Or(cmp.Compare(b.Cut.Price, a.Cut.Price), cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Kind, b.Kind))
	})
}

// crossKey finds the crossings of a coupling.
type crossKey struct {
	from, to string
	kind     model.CouplingKind
}

// cuts sums the crossings of every coupling.
func (ix *index) cuts() map[crossKey]Cut {
	out := map[crossKey]Cut{}
	for _, c := range ix.crossings() {
		key := crossKey{c.From, c.To, c.Kind}
		sum := out[key]
		out[key] = Cut{Price: sum.Price + c.Price, InLoop: sum.InLoop || c.InLoop, InTx: sum.InTx || c.InTx}
	}
	return out
}

// tables lists the tables that the thing touches; of a service also those it owns.
func (x *explainer) tables() {
	x.e.Tables = []TableUse{}
	for _, t := range x.ix.m.Tables {
		use := TableUse{Table: t.Name, Owner: t.Service}
		for _, a := range t.Accesses {
			if x.set[a.Atom] || x.set["table:"+t.Name] && x.e.Kind == TargetTable {
				use.Access = joinAccess(use.Access, a.Access)
				for _, ev := range a.Evidence {
					if x.method == "" || isMethod(ev.Func, x.method) {
						ev.Func = x.ix.funcName(a.Atom, ev)
						use.Evidence = append(use.Evidence, ev)
					}
				}
			}
		}
		narrowedAway := x.method != "" && len(use.Evidence) == 0
		if use.Access != "" && !narrowedAway || x.e.Kind == TargetService && t.Service == x.e.ID {
			x.e.Tables = append(x.e.Tables, use)
		}
	}
	if x.e.Kind == TargetRoute {
		x.routeTables()
	}
}

// routeTables replaces what the handler's atom touches by what the route reaches.
func (x *explainer) routeTables() {
	r := x.ix.route(x.e.ID)
	if r == nil {
		return
	}
	seen := map[string][]model.Evidence{}
	for _, use := range x.e.Tables {
		seen[use.Table] = use.Evidence
	}
	x.e.Tables = []TableUse{}
	for _, t := range r.Tables {
		use := TableUse{Table: t.Table, Access: t.Access, Evidence: seen[t.Table]}
		if known := x.ix.tables[t.Table]; known != nil {
			use.Owner = known.Service
		}
		x.e.Tables = append(x.e.Tables, use)
	}
}

func joinAccess(a, b model.Access) model.Access {
	if a == "" || a == b {
		return b
	}
	return model.ReadWrite
}

// transactions lists those that the thing opens or takes part in.
func (x *explainer) transactions() {
	x.e.Transactions = []model.Transaction{}
	for _, tx := range x.ix.m.Transactions {
		part := x.set[tx.Atom] && (x.method == "" || isMethod(tx.Func, x.method))
		if x.method == "" {
			part = part || slices.ContainsFunc(tx.Atoms, func(a string) bool { return x.set[a] })
		}
		part = part || slices.ContainsFunc(tx.Tables, func(t model.RouteTable) bool { return x.set["table:"+t.Table] })
		if part {
			x.e.Transactions = append(x.e.Transactions, tx)
		}
	}
}

// routes lists those that the thing answers, or that reach the table.
func (x *explainer) routes() {
	x.e.Routes = []model.Route{}
	for i := range x.ix.m.Routes {
		r := x.ix.m.Routes[i]
		answers := x.set[r.RouteID()] || r.Atom != "" && x.set[r.Atom]
		if x.e.Method != "" {
			answers = r.Atom == x.e.ID && strings.HasSuffix(r.Handler, "."+x.e.Method)
		}
		if x.e.Kind == TargetTable {
			answers = slices.ContainsFunc(r.Tables, func(t model.RouteTable) bool { return "table:"+t.Table == x.e.ID })
		}
		if x.e.Kind == TargetRoute {
			answers = r.RouteID() == x.e.ID
		}
		if answers {
			x.e.Routes = append(x.e.Routes, r)
		}
	}
}
