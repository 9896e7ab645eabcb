package analyze

import (
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// recall gives back the facts that a bill is made of, as far as a model has them.
// What it has shortened stays short: of a coupling the places beyond those listed,
// of a loop its position and what varies. Prices of calls, tables, transactions and
// types come out as from the code.
func recall(m *model.Model) *facts.Facts {
	r := &recaller{m: m, out: &facts.Facts{}, types: map[string]bool{}}
	for _, a := range m.Atoms {
		if a.Package != "" {
			r.out.Decls = append(r.out.Decls, facts.Decl{Atom: a})
			r.types[a.ID] = a.Kind == model.KindType
			r.own(a)
		}
	}
	r.couplings()
	r.tables()
	r.transactions()
	r.resources()
	r.entries()
	r.shapes()
	return r.out
}

type recaller struct {
	m     *model.Model
	out   *facts.Facts
	types map[string]bool // atoms that are types
}

// own lets the methods of a type call each other: a model does not have who calls
// whom inside of a declaration.
func (r *recaller) own(a model.Atom) {
	hub := facts.Ref{Atom: a.ID}
	for _, name := range a.Methods {
		method := facts.Ref{Atom: a.ID, Method: name}
		r.out.Calls = append(r.out.Calls, facts.Call{From: method, To: hub, Mode: facts.Static}, facts.Call{From: hub, To: method, Mode: facts.Static})
	}
}

func (r *recaller) couplings() {
	for i := range r.m.Couplings {
		c := &r.m.Couplings[i]
		for _, ev := range c.Evidence {
			from := r.in(c.From, ev.Func)
			switch c.Kind {
			case model.CouplingCall:
				r.call(c, from, ev)
			case model.CouplingType, model.CouplingConst:
				r.out.Uses = append(r.out.Uses, facts.Use{From: from, To: c.To, Kind: c.Kind, InAPI: c.API, Evidence: ev})
			case model.CouplingState:
				r.out.States = append(r.out.States, facts.State{From: from, Var: c.To, Access: c.Access, Evidence: ev})
			}
		}
	}
}

// call takes one place for one call. What is known of the function called counts for
// every place that calls it.
func (r *recaller) call(c *model.Coupling, from facts.Ref, ev model.Evidence) {
	call := facts.Call{From: from, To: r.callee(c.To, ev.Detail), Mode: facts.Static, Evidence: ev}
	if ev.Confidence != model.Proved {
		call.Mode = facts.Dynamic
	}
	for _, k := range c.Called {
		if k.Method != call.To.Method {
			continue
		}
		call.InTx = k.InTx
		if k.Value {
			call.Mode = facts.Value
		}
		if k.Repeats != "" {
			call.Repeats = []facts.Repeat{{Cure: repeatCures[k.Repeats], Loop: ev, In: from}}
		}
	}
	r.out.Calls = append(r.out.Calls, call)
}

// repeatCures are those of coupling.RepeatName.
var repeatCures = map[string]facts.RepeatCure{"batch": facts.RepeatBatch, "hoist": facts.RepeatHoist,
	"serial": facts.RepeatSerial, "outer": facts.RepeatOuter, "other": facts.RepeatOther}

// in is the function of an atom that evidence stands in.
func (r *recaller) in(atom, function string) facts.Ref {
	if _, method, ok := strings.Cut(function, ")."); ok && r.types[atom] {
		return facts.Ref{Atom: atom, Method: method}
	}
	return facts.Ref{Atom: atom}
}

// callee is the function of an atom that a place calls: its detail begins with the
// last folder, the atom's name and the method.
func (r *recaller) callee(atom, detail string) facts.Ref {
	word, _, _ := strings.Cut(detail, " ")
	short := atom[strings.LastIndex(atom, "/")+1:]
	if method, ok := strings.CutPrefix(word, short+"."); ok && r.types[atom] {
		return facts.Ref{Atom: atom, Method: method}
	}
	return facts.Ref{Atom: atom}
}

func (r *recaller) tables() {
	for i := range r.m.Tables {
		t := &r.m.Tables[i]
		def := facts.TableDef{Name: t.Name, Columns: t.Columns, Refs: t.Refs}
		if t.Defined != nil {
			def.Evidence = *t.Defined
		}
		r.out.Tables = append(r.out.Tables, def)
		for _, acc := range t.Accesses {
			for _, ev := range acc.Evidence {
				r.out.Accesses = append(r.out.Accesses, facts.TableAccess{From: r.in(acc.Atom, ev.Func), Table: t.Name,
					Access: acc.Access, Joined: acc.Joined, Evidence: ev})
			}
		}
	}
}

// transactions reach, of every table they touch, an access of the right kind.
func (r *recaller) transactions() {
	type key struct {
		table  string
		writes bool
	}
	at := map[key][]int{}
	for i, acc := range r.out.Accesses {
		for _, writes := range accessKinds(acc.Access) {
			at[key{acc.Table, writes}] = append(at[key{acc.Table, writes}], i)
		}
	}
	for _, tx := range r.m.Transactions {
		ft := facts.Transaction{From: r.in(tx.Atom, tx.Func), Evidence: tx.Evidence}
		for _, t := range tx.Tables {
			for _, writes := range accessKinds(t.Access) {
				if i := nearestAccess(r.out.Accesses, at[key{t.Table, writes}], tx.Atoms); i >= 0 {
					ft.Reached = append(ft.Reached, i)
				}
			}
		}
		slices.Sort(ft.Reached)
		ft.Reached = slices.Compact(ft.Reached)
		r.out.Transactions = append(r.out.Transactions, ft)
	}
}

// accessKinds tells which of writing (true) and reading an access does.
func accessKinds(a model.Access) []bool {
	switch a {
	case model.Read:
		return []bool{false}
	case model.ReadWrite:
		return []bool{true, false}
	}
	return []bool{true}
}

// nearestAccess is the first access by one of the atoms, else the first, −1 for none.
func nearestAccess(all []facts.TableAccess, of []int, atoms []string) int {
	for _, i := range of {
		if slices.Contains(atoms, all[i].From.Atom) {
			return i
		}
	}
	if len(of) > 0 {
		return of[0]
	}
	return -1
}

func (r *recaller) resources() {
	for _, res := range r.m.Resources {
		for _, u := range res.Uses {
			for _, ev := range u.Evidence {
				r.out.Resources = append(r.out.Resources, facts.ResourceUse{Kind: res.Kind, Name: res.Name, Access: u.Access,
					From: r.in(u.Atom, ev.Func), Evidence: ev})
			}
		}
	}
}

// entries are told by their handlers and who registers them.
func (r *recaller) entries() {
	for _, e := range r.m.EntryPoints {
		r.out.EntryPoints = append(r.out.EntryPoints, facts.EntryPoint{Kind: e.Kind, Name: e.Name, Func: r.ref(e.Handler),
			Registrar: facts.Ref{Atom: e.Registrar}, Evidence: e.Registered})
	}
	for i := range r.m.Routes {
		t := &r.m.Routes[i]
		r.out.Routes = append(r.out.Routes, facts.Route{Method: t.Method, Host: t.Host, Pattern: t.Pattern, Router: t.Router,
			Handler: r.ref(t.Handler), Registrar: facts.Ref{Atom: t.Registrar}, Evidence: t.Registered})
	}
}

// ref takes a handler's name apart: an atom, and for methods the method.
func (r *recaller) ref(handler string) facts.Ref {
	if _, ok := r.types[handler]; ok { // the method of a god type is an atom
		return facts.Ref{Atom: handler}
	}
	if dot := strings.LastIndexByte(handler, '.'); dot > 0 && r.types[handler[:dot]] {
		return facts.Ref{Atom: handler[:dot], Method: handler[dot+1:]}
	}
	return facts.Ref{Atom: handler}
}

func (r *recaller) shapes() {
	for _, i := range r.m.Interfaces {
		r.out.Interfaces = append(r.out.Interfaces, facts.Interface{Type: i.Type, Methods: i.Methods, Implementations: i.Implementations, CallerSide: i.CallerSide, Evidence: i.Evidence})
	}
	for _, f := range r.m.Plain {
		r.out.Plain = append(r.out.Plain, r.ref(f))
	}
	for _, s := range r.m.Surfaces {
		fs := facts.Surface{Func: r.ref(s.Func), Context: s.Context, Error: s.Error, Fields: s.Fields}
		for _, o := range s.Obstacles {
			fs.Obstacles = append(fs.Obstacles, facts.Obstacle{Kind: o.Kind, Path: o.Path})
		}
		r.out.Surfaces = append(r.out.Surfaces, fs)
	}
	for _, e := range r.m.InitEffects {
		r.out.InitEffects = append(r.out.InitEffects, facts.InitEffect{Package: e.Package, From: facts.Ref{Atom: e.Atom}, Kind: e.Kind, Target: e.Target,
			Name: e.Name, Evidence: e.Evidence, Via: e.Via})
	}
	for _, t := range r.m.ErrorTests {
		r.out.ErrorTests = append(r.out.ErrorTests, facts.ErrorTest{From: facts.Ref{Atom: t.Atom}, Error: t.Error, Typed: t.Typed, Evidence: t.Evidence})
	}
	for _, c := range r.m.Comparisons {
		from := r.in(c.Atom, c.Evidence.Func)
		if c.Kind != model.CompareNil {
			r.out.Identities = append(r.out.Identities, facts.Identity{From: from, Kind: string(c.Kind), Type: c.Of, Evidence: c.Evidence})
			continue
		}
		of := r.ref(c.Of)
		r.out.NilTests = append(r.out.NilTests, facts.NilTest{From: from, Of: of, Result: c.Result, Field: c.Field, Evidence: c.Evidence})
		if c.Never {
			r.out.NilResults = append(r.out.NilResults, facts.NilResult{Func: of, Result: c.Result})
		}
	}
}
