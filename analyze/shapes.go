package analyze

import (
	"cmp"
	"slices"

	"github.com/ficus-dev/ficus/analyze/bill"
	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// reach follows calls of the facts; routes and entry points share it.
func (a *assembler) reach() *reacher {
	if a.reacher == nil {
		a.reacher = newReacher(a.facts)
	}
	return a.reacher
}

// remote counts what becomes remote behind the function of an entry point.
func (a *assembler) remote(fn facts.Ref, entry string) *model.Remote {
	if a.latency == nil {
		a.latency = bill.NewLatency(bill.Input{Facts: a.facts, Service: a.service, Services: a.parts.Services})
	}
	return a.latency.Of(fn, entry)
}

// entryPoints takes over what starts something besides routes. A main reaches
// everything, so its tables would say nothing.
func (a *assembler) entryPoints() {
	for _, e := range a.facts.EntryPoints {
		me := model.EntryPoint{Kind: e.Kind, Name: e.Name, Registrar: e.Registrar.Atom, Registered: e.Evidence,
			Service: cmp.Or(a.service[e.Func.Atom], a.service[e.Registrar.Atom], model.Unassigned)}
		if e.Func.Atom != "" {
			me.Handler, me.Atom = handlerID(e.Func), e.Func.Atom
			if e.Kind != mainKind {
				me.Tables, me.ReadOnly = a.reach().from(e.Func, e.Registrar)
				me.Remote = a.remote(e.Func, e.Name)
			}
		}
		a.m.EntryPoints = append(a.m.EntryPoints, me)
	}
	slices.SortStableFunc(a.m.EntryPoints, func(x, y model.EntryPoint) int {
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Name, y.Name), cmp.Compare(x.Handler, y.Handler), coupling.CompareEvidence(x.Registered, y.Registered))
	})
}

const mainKind = "main"

// surfaces takes over what would hurt on a wire of the functions that other
// declarations call.
func (a *assembler) surfaces() {
	called := map[facts.Ref]bool{}
	for _, c := range a.facts.Calls {
		if c.From.Atom != c.To.Atom {
			called[c.To] = true
		}
	}
	for _, f := range a.facts.Plain {
		if called[f] {
			a.m.Plain = append(a.m.Plain, handlerID(f))
		}
	}
	slices.Sort(a.m.Plain)
	for _, s := range a.facts.Surfaces {
		if !called[s.Func] {
			continue
		}
		ms := model.Surface{Func: handlerID(s.Func), Context: s.Context, Error: s.Error, Fields: s.Fields}
		for _, o := range s.Obstacles {
			ms.Obstacles = append(ms.Obstacles, model.Obstacle{Kind: o.Kind, Path: o.Path})
		}
		a.m.Surfaces = append(a.m.Surfaces, ms)
	}
	slices.SortStableFunc(a.m.Surfaces, func(x, y model.Surface) int { return cmp.Compare(x.Func, y.Func) })
}

// errorTests takes over who tests for which error.
func (a *assembler) errorTests() {
	for _, t := range a.facts.ErrorTests {
		a.m.ErrorTests = append(a.m.ErrorTests, model.ErrorTest{Atom: t.From.Atom, Error: t.Error, Typed: t.Typed, Evidence: t.Evidence})
	}
	slices.SortStableFunc(a.m.ErrorTests, func(x, y model.ErrorTest) int {
		return cmp.Or(cmp.Compare(x.Atom, y.Atom), cmp.Compare(x.Error, y.Error), coupling.CompareEvidence(x.Evidence, y.Evidence))
	})
}

// shapes takes over interfaces, and comparisons that a copy does not survive.
func (a *assembler) shapes() {
	for _, i := range a.facts.Interfaces {
		a.m.Interfaces = append(a.m.Interfaces, model.Interface{Type: i.Type, Methods: i.Methods, Implementations: i.Implementations, CallerSide: i.CallerSide, Evidence: i.Evidence})
	}
	for _, i := range a.facts.Identities {
		a.m.Comparisons = append(a.m.Comparisons, model.Comparison{Kind: model.ComparisonKind(i.Kind), Atom: i.From.Atom, Of: i.Type, Evidence: i.Evidence})
	}
	never := neverNil(a.facts)
	for _, t := range a.facts.NilTests {
		a.m.Comparisons = append(a.m.Comparisons, model.Comparison{Kind: model.CompareNil, Atom: t.From.Atom, Of: handlerID(t.Of), Field: t.Field,
			Result: t.Result, Never: t.Field == "" && never[nilKey{t.Of, t.Result}], Evidence: t.Evidence})
	}
	slices.SortStableFunc(a.m.Comparisons, func(x, y model.Comparison) int {
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Atom, y.Atom), coupling.CompareEvidence(x.Evidence, y.Evidence),
			cmp.Compare(x.Of, y.Of), cmp.Compare(x.Field, y.Field), cmp.Compare(x.Result, y.Result))
	})
}

// initEffects takes over what packages do when they are imported.
func (a *assembler) initEffects() {
	for _, x := range a.facts.InitEffects {
		a.m.InitEffects = append(a.m.InitEffects, model.InitEffect{Package: x.Package, Kind: x.Kind, Atom: x.From.Atom, Target: x.Target, Name: x.Name,
			Evidence: x.Evidence, Via: x.Via})
	}
}

type nilKey struct {
	of     facts.Ref
	result int
}

func neverNil(f *facts.Facts) map[nilKey]bool {
	out := map[nilKey]bool{}
	for _, r := range f.NilResults {
		out[nilKey{r.Func, r.Result}] = !r.Nil
	}
	return out
}
