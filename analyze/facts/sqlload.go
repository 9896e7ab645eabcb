package facts

import (
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// stored resolves a variable or field by all that is stored in it.
func (r *stringResolver) stored(vals []ssa.Value) []string {
	if r.strict && len(vals) > 1 {
		return nil
	}
	r.fields++
	r.looked = true
	defer func() { r.fields-- }()
	return r.union(vals, nil)
}

// field resolves a field by what is stored in it, anywhere or in the one place
// that is chosen.
func (r *stringResolver) field(f *types.Var) []string {
	s := r.e.storesOf()
	if f == nil || r.strict && !r.e.own[f.Pkg()] { // other modules set their fields themselves
		return nil
	}
	var list []offer
	vals, stores := s.fields[f], s.stores[f]
	if linked := r.e.linkedStores(stores); (len(linked) > 0 || r.e.links.linked[f.Pkg()] && (r.labels || r.statement && r.e.setOutside(f))) && len(linked) < len(stores) && len(vals) == len(stores) {
		vals, stores = nil, linked
		for _, st := range linked {
			vals = append(vals, st.Val)
		}
	}
	for _, st := range stores {
		if !updates(st.Val, f) && !sets(st, f) {
			list = append(list, offer{st.Val, st})
		}
	}
	if slices.ContainsFunc(vals, func(v ssa.Value) bool { return updates(v, f) }) && !r.strict {
		vals = slices.DeleteFunc(slices.Clone(vals), func(v ssa.Value) bool { return updates(v, f) })
	}
	if v, ok := r.offers(f, list); ok {
		vals = []ssa.Value{v}
	}
	if r.labels && r.e.setOutside(f) {
		vals = slices.DeleteFunc(slices.Clone(vals), func(v ssa.Value) bool { _, constant := v.(*ssa.Const); return !constant })
	}
	out := r.stored(vals)
	if r.labels && allHoles(out) && !ofMessage(f) {
		return []string{"{" + f.Name() + "}"}
	}
	return out
}

// ofMessage tells a field of a request or an answer of HTTP, which is no setting.
func ofMessage(f *types.Var) bool { return f.Pkg() != nil && f.Pkg().Path() == "net/http" }

// sets tells whether a store gives a field its value where it has none: who does that
// makes no other store. if s.table == "" { s.table = "orders" }
func sets(st *ssa.Store, f *types.Var) bool {
	b := st.Block()
	if _, constant := st.Val.(*ssa.Const); !constant || len(b.Preds) != 1 {
		return false
	}
	test, ok := b.Preds[0].Instrs[len(b.Preds[0].Instrs)-1].(*ssa.If)
	if !ok {
		return false
	}
	op, ok := test.Cond.(*ssa.BinOp)
	if !ok || op.Op != token.EQL && op.Op != token.NEQ || (op.Op == token.EQL) != (b.Preds[0].Succs[0] == b) {
		return false
	}
	empty, ok := constantText(op.Y)
	return ok && empty == "" && loadsField(op.X, f)
}

// updates tells whether a value is what a function makes of the field that it is
// stored in: s.query = db.Rebind(s.query).
func updates(v ssa.Value, f *types.Var) bool {
	call, ok := v.(*ssa.Call)
	return ok && slices.ContainsFunc(call.Call.Args, func(a ssa.Value) bool {
		load, ok := a.(*ssa.UnOp)
		if !ok {
			return false
		}
		fa, ok := load.X.(*ssa.FieldAddr)
		return ok && fieldOf(fa.X.Type(), fa.Field) == f
	})
}

// freeVar gives what a closure captures.
func freeVar(v *ssa.FreeVar) ssa.Value {
	fn := v.Parent()
	for i, fv := range fn.FreeVars {
		if fv != v || fn.Referrers() == nil {
			continue
		}
		for _, in := range *fn.Referrers() {
			if mc, ok := in.(*ssa.MakeClosure); ok && i < len(mc.Bindings) {
				return mc.Bindings[i]
			}
		}
	}
	return nil
}

// load resolves what an address holds.
func (r *stringResolver) load(at *ssa.UnOp, en *env) []string {
	s := r.e.storesOf()
	switch a := at.X.(type) {
	case *ssa.Global:
		if text, ok := r.e.embedded(a); ok {
			return []string{text}
		}
		return r.global(a)
	case *ssa.Call: // of flag.String
		return r.texts(a, en)
	case *ssa.UnOp: // what a variable or field points to
		return r.texts(a, en)
	case *ssa.FieldAddr:
		if local := r.localField(a, en); local != nil {
			return local
		}
		if own := r.ownField(a, en); own != nil {
			return own
		}
		if out := r.namedField(a.X.Type(), a.Field); out != nil {
			return out
		}
		if out := r.gorpTable(a); out != nil {
			return out
		}
		if out := r.namedInside(a, en); out != nil {
			return out
		}
		return r.field(fieldOf(a.X.Type(), a.Field))
	case *ssa.IndexAddr:
		if g := elementsOf(a.X); g != nil {
			return r.union(s.elements[g], nil)
		}
		if sl, ok := a.X.(*ssa.Slice); ok {
			return r.union(varargs(sl), en)
		}
		return r.element(a.X, en)
	case *ssa.Alloc:
		return r.union(reaching(at, a), en)
	case *ssa.FreeVar:
		if cell, ok := freeVar(a).(*ssa.Alloc); ok {
			return r.union(reaching(at, cell), en)
		}
	}
	return nil
}

// global resolves a package variable. One that nothing is stored in is set from outside.
func (r *stringResolver) global(g *ssa.Global) []string {
	vals := r.e.storesOf().globals[g]
	if len(vals) == 0 && r.labels && g.Pkg != nil && r.e.own[g.Pkg.Pkg] {
		return []string{"{" + g.Name() + "}"}
	}
	return r.stored(vals)
}

// ranged resolves what a loop takes from a map: its keys or its values.
func (r *stringResolver) ranged(next *ssa.Next, index int, en *env) []string {
	of, ok := next.Iter.(*ssa.Range)
	if !ok || next.IsString {
		return nil
	}
	maps := []ssa.Value{of.X}
	if load, ok := of.X.(*ssa.UnOp); ok && global(load.X) != nil {
		maps, en = r.e.storesOf().globals[global(load.X)], nil
		r.looked = true
	}
	var vals []ssa.Value
	for _, m := range maps {
		made, ok := m.(*ssa.MakeMap)
		if !ok {
			return nil
		}
		for _, in := range *made.Referrers() {
			if up, ok := in.(*ssa.MapUpdate); ok && up.Map == made {
				vals = append(vals, map[int]ssa.Value{1: up.Key, 2: up.Value}[index])
			}
		}
	}
	return r.union(vals, en)
}

// localField resolves the field of a local struct literal, or of one that a package
// variable points to.
func (r *stringResolver) localField(a *ssa.FieldAddr, en *env) []string {
	al, ok := a.X.(*ssa.Alloc)
	if load, isLoad := a.X.(*ssa.UnOp); isLoad {
		al, ok = r.literal(global(load.X))
		en = nil
	}
	if !ok {
		return nil
	}
	var vals []ssa.Value
	for _, ref := range *al.Referrers() {
		if fa, ok := ref.(*ssa.FieldAddr); ok && fa.Field == a.Field {
			for _, st := range *fa.Referrers() {
				if st, ok := st.(*ssa.Store); ok && st.Addr == fa {
					vals = append(vals, st.Val)
				}
			}
		}
	}
	if len(vals) == 0 {
		return nil
	}
	return r.union(vals, en)
}

// literal gives the struct that a package variable points to, if it is stored once.
func (r *stringResolver) literal(g *ssa.Global) (*ssa.Alloc, bool) {
	if g == nil {
		return nil, false
	}
	vals := r.e.storesOf().globals[g]
	if len(vals) != 1 {
		return nil, false
	}
	al, ok := vals[0].(*ssa.Alloc)
	r.looked = r.looked || ok
	return al, ok
}

// storedIn gives the values stored in a local variable, by closures too.
func storedIn(a *ssa.Alloc) []ssa.Value {
	var out []ssa.Value
	for _, ref := range *a.Referrers() {
		if st, ok := ref.(*ssa.Store); ok && st.Addr == a {
			out = append(out, st.Val)
		}
		if mc, ok := ref.(*ssa.MakeClosure); ok {
			fn := mc.Fn.(*ssa.Function)
			for i, b := range mc.Bindings {
				if b != a || i >= len(fn.FreeVars) {
					continue
				}
				for _, fr := range *fn.FreeVars[i].Referrers() {
					if st, ok := fr.(*ssa.Store); ok && st.Addr == fn.FreeVars[i] {
						out = append(out, st.Val)
					}
				}
			}
		}
	}
	return out
}
