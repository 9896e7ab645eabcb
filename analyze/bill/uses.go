package bill

import (
	"cmp"
	"maps"
	"slices"

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

// billUses prices types and constants of one service in the code of another.
func (b *biller) billUses() {
	types, consts := map[pair]*places{}, map[pair]*places{}
	for _, i := range b.uses {
		u := &b.in.Facts.Uses[i]
		if u.To == b.known.methodOf[u.From.Atom] {
			continue // the receiver: ownTypes has it
		}
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
