package bill

import (
	"cmp"
	"maps"
	"slices"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/model"
)

// pair is two atoms, what is between them gathered over its places.
type pair struct{ from, to string }

type places struct {
	access   model.Access
	api      bool
	inLoop   bool
	inTx     bool
	joined   []string
	evidence []model.Evidence
}

func (p *places) add(ev model.Evidence) { p.evidence = append(p.evidence, ev) }

// gather finds or makes the entry of two atoms, nil where no boundary is between.
func (b *biller) gather(at map[pair]*places, from, to string) *places {
	if _, _, ok := b.cuts(from, to); !ok {
		return nil
	}
	p := at[pair{from, to}]
	if p == nil {
		p = &places{}
		at[pair{from, to}] = p
	}
	return p
}

func sortedPairs(at map[pair]*places) []pair {
	return slices.SortedFunc(maps.Keys(at), func(x, y pair) int {
		return cmp.Or(cmp.Compare(x.from, y.from), cmp.Compare(x.to, y.to))
	})
}

// uses prices types and constants of one service in the code of another.
func (b *biller) uses() {
	types, consts := map[pair]*places{}, map[pair]*places{}
	for _, u := range b.in.Facts.Uses {
		at := types
		if u.Kind == model.CouplingConst {
			at = consts
		}
		if p := b.gather(at, u.From.Atom, u.To); p != nil {
			p.api = p.api || u.InAPI
			p.add(u.Evidence)
		}
	}
	for _, k := range sortedPairs(types) {
		p, price, where := types[k], typeInside, "inside"
		if p.api {
			price, where = typeAPI, "in a signature"
		}
		b.add(b.crossing(model.CouplingType, k, p, price, shortID(k.to)+" of the other side is used "+where,
			"carry its data: the facade keeps the type", CureDTO))
	}
	for _, k := range sortedPairs(consts) {
		b.add(b.crossing(model.CouplingConst, k, consts[k], constUse, "constant "+shortID(k.to)+" is used on both sides",
			"repeat it, or keep it in a library", CureCopy))
	}
}

func (b *biller) crossing(kind model.CouplingKind, k pair, p *places, price float64, why, cure, cureKind string) model.Crossing {
	from, to, _ := b.cuts(k.from, k.to)
	return model.Crossing{Kind: kind, From: k.from, To: k.to, FromService: from, ToService: to, Price: price,
		Why: why, Cure: cure, CureKind: cureKind, InLoop: p.inLoop, InTx: p.inTx, Evidence: p.evidence}
}

// errorTests prices errors of one service that another tests for.
func (b *biller) errorTests() {
	at := map[pair]*places{}
	for _, e := range b.in.Facts.ErrorTests {
		if p := b.gather(at, e.From.Atom, e.Error); p != nil {
			p.api = p.api || e.Typed
			p.add(e.Evidence)
		}
	}
	for _, k := range sortedPairs(at) {
		how := "errors.Is"
		if at[k].api {
			how = "errors.As"
		}
		b.add(b.crossing(model.CouplingType, k, at[k], errorTest, "callers test for "+shortID(k.to)+" with "+how,
			"carried: the facade gives the same error back", CureError))
	}
}

// states prices package variables that two services see. One that its owner
// changes while others read it is stale in a second process. A variable of a
// library that is changed while the module runs has no owner yet: every process
// would have its own. The service that changes it at most places counts as its
// owner.
func (b *biller) states() {
	at, written, owner := map[pair]*places{}, map[string]bool{}, b.stateOwners()
	for _, s := range b.in.Facts.States {
		if s.Infra || s.Init {
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
	for _, k := range sortedPairs(at) {
		price, why, cure, kind := stateWords(shortID(k.to), at[k].access != model.Read, written[k.to])
		b.add(model.Crossing{Kind: model.CouplingState, From: k.from, To: k.to, FromService: b.in.Service[k.from], ToService: owner[k.to],
			Price: price, Why: why, Cure: cure, CureKind: kind, Evidence: at[k].evidence})
	}
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
	return stateRead, "variable " + name + " is read on both sides", "set it from the configuration of each", CureCopy
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
