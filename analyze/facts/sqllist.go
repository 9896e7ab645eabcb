package facts

import "golang.org/x/tools/go/ssa"

// maxListed bounds the elements of one list that are looked at.
const maxListed = 64

// element resolves an element of a list, whichever it is: of one that a function is
// given, that grows on the way, or that a field holds.
func (r *stringResolver) element(list ssa.Value, en *env) []string {
	p, given := list.(*ssa.Parameter)
	items := r.listed(list, en, map[ssa.Value]bool{})
	if len(items) == 0 {
		if given {
			r.open[p] = true
		}
		return nil
	}
	out := []string(nil)
	for _, it := range items {
		out = append(out, r.texts(it.v, it.en)...)
	}
	return out[:min(len(out), maxTexts)]
}

// listed gives the elements that are seen to be put into a list, by functions of the
// module that make it too. What is put into a field counts whoever does it.
func (r *stringResolver) listed(v ssa.Value, en *env, seen map[ssa.Value]bool) []item {
	if v == nil || seen[v] || len(seen) > maxListed {
		return nil
	}
	seen[v] = true
	var out []item
	all := func(en *env, vals ...ssa.Value) {
		for _, x := range vals {
			out = append(out, r.listed(x, en, seen)...)
		}
	}
	switch v := v.(type) {
	case *ssa.Phi:
		all(en, v.Edges...)
	case *ssa.Call:
		if b, ok := v.Common().Value.(*ssa.Builtin); ok && b.Name() == "append" {
			all(en, v.Common().Args...)
			break
		}
		for _, fn := range r.e.sites[v] {
			all(bind(v, fn, en), returnedFirst(fn)...)
		}
	case *ssa.Parameter:
		for at := en; at != nil; at = at.up {
			if a, ok := at.args[v]; ok {
				all(at.up, a)
				break
			}
		}
	case *ssa.UnOp:
		field, ok := v.X.(*ssa.FieldAddr)
		if ok && r.named { // of keys, hosts and files it says little what all records hold
			r.looked = true
			all(nil, r.e.storesOf().fields[fieldOf(field.X.Type(), field.Field)]...)
		}
	default:
		out = r.items(v, en, 0)
	}
	return out[:min(len(out), maxListed)]
}

// returnedFirst gives the first results that a function gives back.
func returnedFirst(fn *ssa.Function) []ssa.Value {
	var out []ssa.Value
	for _, b := range fn.Blocks {
		if ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok && len(ret.Results) > 0 {
			out = append(out, ret.Results[0])
		}
	}
	return out
}
