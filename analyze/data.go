package analyze

import (
	"cmp"
	"maps"
	"slices"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

func (a *assembler) tables() {
	at := map[string]*model.Table{}
	for _, name := range coupling.TableNames(a.facts) {
		at[name] = &model.Table{Name: name, Service: a.service[model.TableID(name)]}
	}
	for _, d := range a.facts.Tables {
		t := at[d.Name]
		t.Columns, t.Refs = mergeNames(t.Columns, d.Columns), mergeNames(t.Refs, d.Refs)
		if t.Defined == nil {
			t.Defined = &d.Evidence
		}
	}
	a.accesses(at)
	a.m.Tables = []model.Table{}
	for _, name := range slices.Sorted(maps.Keys(at)) {
		a.m.Tables = append(a.m.Tables, *at[name])
	}
}

// mergeNames adds names that are not there yet, and keeps their order.
func mergeNames(to, from []string) []string {
	for _, name := range from {
		if !slices.Contains(to, name) {
			to = append(to, name)
		}
	}
	return to
}

func (a *assembler) accesses(at map[string]*model.Table) {
	joined := map[[2]string][]string{} // atom, table
	for _, acc := range a.facts.Accesses {
		k := [2]string{acc.Owner().Atom, acc.Table}
		joined[k] = append(joined[k], acc.Joined...)
	}
	for _, c := range a.graph.Couplings {
		if c.Kind == model.CouplingTable {
			t, from := at[a.graph.Atoms[c.To].Name], a.graph.Atoms[c.From].ID
			others := slices.Clone(joined[[2]string{from, t.Name}])
			slices.Sort(others)
			t.Accesses = append(t.Accesses, model.TableAccess{Atom: from, Access: c.Access, Evidence: c.Evidence, Joined: slices.Compact(others)})
		}
	}
}

func (a *assembler) transactions() {
	a.m.Transactions = []model.Transaction{}
	for _, tx := range a.facts.Transactions {
		t := model.Transaction{Atom: tx.From.Atom, Func: a.funcName(tx.From), Evidence: tx.Evidence,
			Tables: []model.RouteTable{}, Atoms: []string{}, Services: []string{}}
		access := map[string]model.Access{}
		for _, i := range tx.Reached {
			acc := a.facts.Accesses[i]
			access[acc.Table] = coupling.MergeAccess(access[acc.Table], acc.Access)
			t.Atoms = append(t.Atoms, acc.Owner().Atom)
			t.Services = append(t.Services, a.service[model.TableID(acc.Table)])
		}
		t.Tables = append(t.Tables, tableList(access)...)
		slices.Sort(t.Atoms)
		slices.Sort(t.Services)
		t.Atoms, t.Services = slices.Compact(t.Atoms), slices.Compact(t.Services)
		a.m.Transactions = append(a.m.Transactions, t)
	}
	slices.SortFunc(a.m.Transactions, func(x, y model.Transaction) int {
		return cmp.Or(coupling.CompareEvidence(x.Evidence, y.Evidence), cmp.Compare(x.Atom, y.Atom))
	})
}

// funcName is a declaration as evidence names it: Total, Service.Place.
func (a *assembler) funcName(r facts.Ref) string {
	name := r.Atom
	if n, ok := a.graph.Atom(r.Atom); ok {
		name = a.graph.Atoms[n].Name
	}
	if r.Method != "" {
		return name + "." + r.Method
	}
	return name
}

func tableList(access map[string]model.Access) []model.RouteTable {
	var out []model.RouteTable
	for _, name := range slices.Sorted(maps.Keys(access)) {
		out = append(out, model.RouteTable{Table: name, Access: access[name]})
	}
	return out
}

func (a *assembler) routes() {
	reach := a.reach()
	a.m.Routes = []model.Route{}
	for _, r := range a.facts.Routes {
		mr := model.Route{Method: r.Method, Host: r.Host, Pattern: r.Pattern, Router: r.Router, Registrar: r.Registrar.Atom, Registered: r.Evidence,
			Service: a.service[model.RouteID(r.Method, r.Host, r.Pattern)]}
		if r.Handler.Atom != "" {
			mr.Handler, mr.Atom = handlerID(r.Handler), r.Handler.Atom
			mr.Tables, mr.ReadOnly = reach.from(r.Handler, r.Registrar)
			mr.Remote = a.remote(r.Handler, model.RouteID(r.Method, r.Host, r.Pattern))
		}
		a.m.Routes = append(a.m.Routes, mr)
	}
	slices.SortStableFunc(a.m.Routes, func(x, y model.Route) int {
		return cmp.Or(cmp.Compare(x.Pattern, y.Pattern), cmp.Compare(x.Method, y.Method), cmp.Compare(x.Host, y.Host))
	})
	a.m.Routes = slices.CompactFunc(a.m.Routes, func(x, y model.Route) bool { return x.RouteID() == y.RouteID() })
}

func handlerID(r facts.Ref) string {
	if r.Method == "" {
		return r.Atom
	}
	return r.Atom + "." + r.Method
}
