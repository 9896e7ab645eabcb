package bill

import (
	"cmp"
	"slices"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// states prices package variables that two services see. One that its owner
// changes while others read it is stale in a second process. A variable of a
// library that is changed while the module runs has no owner yet: every process
// would have its own. The service that changes it at most places counts as its
// owner. Of one service's uses of a variable the dearest pays in full, others a fifth.
func (b *biller) states() {
	at, written, owner := map[pair]*places{}, map[string]bool{}, b.stateOwners()
	starting := b.known.startup
	for _, s := range b.in.Facts.States {
		if s.Infra || s.Init || s.Access != model.Read && starting(s.From) {
			continue
		}
		if s.Access != model.Read {
			written[s.Var] = true
		}
		from, to := b.in.Service[s.From.Atom], owner[s.Var]
		if !model.IsService(from) || !model.IsService(to) || from == to {
			continue
		}
		k := pair{s.From.Atom, s.Var}
		if at[k] == nil {
			at[k] = &places{}
		}
		at[k].access = coupling.MergeAccess(at[k].access, s.Access)
		at[k].add(s.Evidence)
	}
	var out []model.Crossing
	for _, k := range sortedPairs(at) {
		price, why, cure, kind := stateWords(shortID(k.to), at[k].access != model.Read, written[k.to])
		out = append(out, model.Crossing{Kind: model.CouplingState, From: k.from, To: k.to, FromService: b.in.Service[k.from], ToService: owner[k.to],
			Price: price, Why: why, Cure: cure, CureKind: kind, Evidence: at[k].evidence})
	}
	slices.SortStableFunc(out, func(x, y model.Crossing) int { return cmp.Compare(y.Price, x.Price) })
	paid := map[[2]string]bool{}
	for _, c := range out {
		key := [2]string{c.FromService, c.To}
		if paid[key] {
			c.Price *= furtherCaller
		}
		paid[key] = true
		b.add(c)
	}
}

// startsOnly tells of functions whether they run while the program starts and never
// after: nothing that a request, a message or time starts leads to them, nor anything
// that runs beside. Where a module has nothing of the kind it is not told.
func startsOnly(f *facts.Facts) func(facts.Ref) bool {
	var stack []facts.Ref
	for _, r := range f.Routes {
		stack = append(stack, cmp.Or(r.Handler, r.Registrar))
	}
	for _, e := range f.EntryPoints {
		if e.Kind != "main" && e.Kind != "command" {
			stack = append(stack, cmp.Or(e.Func, e.Registrar))
		}
	}
	served := false
	for _, fn := range stack {
		served = served || fn.Atom != ""
	}
	if !served {
		return func(facts.Ref) bool { return false }
	}
	next := map[facts.Ref][]facts.Ref{}
	for _, c := range f.Calls {
		next[c.From] = append(next[c.From], c.To)
		if c.Go {
			stack = append(stack, c.To)
		}
	}
	later := map[facts.Ref]bool{}
	for len(stack) > 0 {
		fn := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !later[fn] {
			later[fn] = true
			stack = append(stack, next[fn]...)
		}
	}
	return func(fn facts.Ref) bool { return !later[fn] }
}

func stateWords(name string, writes, changes bool) (price float64, why, cure, kind string) {
	switch {
	case writes:
		return stateWrite, "variable " + name + " is written by two services",
			"one owner with a call to change it, or a store that both reach", CureOwner
	case changes:
		return stateStale, "variable " + name + " changes while the other side reads it",
			"ask the owner, or send an event when it changes", CureOwner
	}
	return stateRead, "variable " + name + " is set when the program starts, and read on both sides", "set it in the start of each, from its configuration", CureCopy
}

// stateOwners gives every variable its service: of a library's variables that are
// written, the service with most places that write.
func (b *biller) stateOwners() map[string]string {
	writers := map[string]map[string]int{}
	owner := map[string]string{}
	for _, s := range b.in.Facts.States {
		home := b.in.Service[s.Var]
		owner[s.Var] = home
		if from := b.in.Service[s.From.Atom]; home == model.Library && s.Access != model.Read && !s.Init && model.IsService(from) {
			if writers[s.Var] == nil {
				writers[s.Var] = map[string]int{}
			}
			writers[s.Var][from]++
		}
	}
	for v, by := range writers {
		best := ""
		for s, n := range by {
			if best == "" || n > by[best] || n == by[best] && s < best {
				best = s
			}
		}
		owner[v] = best
	}
	return owner
}
