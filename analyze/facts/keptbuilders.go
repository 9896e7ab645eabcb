package facts

import (
	"go/token"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Statements that a package variable begins and functions go on with: var orders =
// psql.Select("id").From("orders"), then orders.Where(…).RunWith(tx).Query(). Who takes
// the variable accesses its tables, as who runs a statement prepared elsewhere does.

// maxKept bounds how many variables are made of each other.
const maxKept = 4

// keptBuilders adds the accesses of functions that go on with a package variable's
// statement.
func (t *tableFinder) keptBuilders() {
	kept := map[*ssa.Global][]TableAccess{}
	for _, a := range t.e.access {
		call, ok := a.chain[0].(*ssa.Call)
		if ok && a.built && call.Parent().Synthetic == "package initializer" {
			if g := keptBy(call, 0); g != nil {
				kept[g] = append(kept[g], t.e.out.Accesses[a.index])
			}
		}
	}
	if len(kept) == 0 {
		return
	}
	for range maxKept {
		if !t.passKept(kept) {
			break
		}
	}
	for _, load := range t.loadsOf(kept, false) {
		t.goOn(load, kept[load.X.(*ssa.Global)])
	}
}

// passKept gives what variables hold to those that are made of them; false when
// nothing is new.
func (t *tableFinder) passKept(kept map[*ssa.Global][]TableAccess) (passed bool) {
	for _, load := range t.loadsOf(kept, true) {
		from, to := load.X.(*ssa.Global), keptBy(load, 0)
		if to == nil || to == from || len(kept[to]) >= len(kept[from]) {
			continue
		}
		kept[to] = append(kept[to], kept[from]...)
		passed = true
	}
	return passed
}

// loadsOf gives the loads of the variables, inside of package initialisers or outside.
func (t *tableFinder) loadsOf(kept map[*ssa.Global][]TableAccess, inits bool) []*ssa.UnOp {
	var out []*ssa.UnOp
	for _, fn := range t.e.funcs {
		if topFunc(fn).Synthetic == "package initializer" != inits {
			continue
		}
		eachInstr(fn, func(in ssa.Instruction) {
			if load, ok := in.(*ssa.UnOp); ok && load.Op == token.MUL {
				if g := global(load.X); g != nil && len(kept[g]) > 0 {
					out = append(out, load)
				}
			}
		})
	}
	return out
}

// keptBy gives the package variable that a statement ends up in.
func keptBy(v ssa.Value, depth int) *ssa.Global {
	if v.Referrers() == nil || depth > 24 {
		return nil
	}
	for _, in := range *v.Referrers() {
		switch in := in.(type) {
		case *ssa.Store:
			if g := global(in.Addr); g != nil && in.Val == v {
				return g
			}
		case *ssa.Call:
			if isBuilt(in.Type()) {
				if g := keptBy(in, depth+1); g != nil {
					return g
				}
			}
		case *ssa.MakeInterface:
			if g := keptBy(in, depth+1); g != nil {
				return g
			}
		}
	}
	return nil
}

// goOn adds the accesses of a statement at the first call that is made with it.
func (t *tableFinder) goOn(load *ssa.UnOp, held []TableAccess) {
	for _, in := range *load.Referrers() {
		call, ok := in.(ssa.CallInstruction)
		if !ok {
			continue
		}
		for _, a := range held {
			t.add(sqlSite{chain: []ssa.CallInstruction{call}, sink: sink{keyword: "FROM"}}, a.Table, a.Access, a.Joined, model.Resolved, a.Evidence.Detail)
		}
		return
	}
}
