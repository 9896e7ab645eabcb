package vta

import (
	"go/types"

	"golang.org/x/tools/go/types/typeutil"
)

// traits are what decides how a variable of a type takes part in the flow.
type traits struct {
	id int32 // of all identical types
	// flows: other types may come in, since it is an interface, a function, or leads
	// to one through pointers.
	flows bool
	// iface: it has no type of its own to give.
	iface bool
	// pointer: two of them may be names of one variable.
	pointer bool
	// under is the interface or function that pointers to pointers lead to, or nil:
	// all of these share one node.
	under types.Type
}

// typeTable numbers types, identical ones alike, and remembers their traits.
type typeTable struct {
	known    map[types.Type]*traits
	same     typeutil.Map // type → *traits of those identical to it
	numbered int32
}

func (t *typeTable) of(typ types.Type) *traits {
	if tr, ok := t.known[typ]; ok {
		return tr
	}
	tr, ok := t.same.At(typ).(*traits)
	if !ok {
		tr = newTraits(typ, t.numbered)
		t.numbered++
		t.same.Set(typ, tr)
	}
	t.known[typ] = tr
	return tr
}

func newTraits(typ types.Type, id int32) *traits {
	tr := &traits{id: id, flows: flows(typ), iface: types.IsInterface(typ)}
	p, ok := types.Unalias(typ).(*types.Pointer)
	tr.pointer = ok
	if ok && !types.IsInterface(p.Elem()) && !isFunction(p.Elem()) {
		tr.under = behindPointers(p.Elem())
	}
	return tr
}

// flows tells whether other types can come into a variable of the type.
func flows(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Interface, *types.Signature:
		return true
	case *types.Pointer:
		return behindPointers(t) != nil
	}
	return false
}

// behindPointers gives the interface or function type that a pointer leads to,
// through further ones if need be; nil where it leads to neither.
func behindPointers(t types.Type) types.Type {
	var seen map[types.Type]bool // a type may point to itself: type P *P
	for depth := 0; ; depth++ {
		p, ok := t.Underlying().(*types.Pointer)
		if !ok || seen[t] {
			return nil
		}
		if depth > 4 {
			if seen == nil {
				seen = map[types.Type]bool{}
			}
			seen[t] = true
		}
		if t = p.Elem(); types.IsInterface(t) || isFunction(t) {
			return t
		}
	}
}

func isFunction(t types.Type) bool {
	_, ok := t.Underlying().(*types.Signature)
	return ok
}

// core gives the type that stands behind a type parameter of one underlying type, as
// its operations need it; of other types, the underlying one. It may be nil.
func core(t types.Type) types.Type {
	if _, ok := types.Unalias(t).(*types.TypeParam); !ok {
		return t.Underlying()
	}
	return firstTerm(t.Underlying(), 0)
}

// maxEmbedded bounds how deep the terms of a constraint are looked for.
const maxEmbedded = 8

func firstTerm(t types.Type, depth int) types.Type {
	i, ok := t.(*types.Interface)
	if !ok {
		return t
	}
	if depth > maxEmbedded {
		return nil
	}
	for e := range i.EmbeddedTypes() {
		if u, ok := e.(*types.Union); ok && u.Len() > 0 {
			e = u.Term(0).Type()
		}
		if found := firstTerm(e.Underlying(), depth+1); found != nil {
			return found
		}
	}
	return nil
}

// element gives the element type of an array, a slice, a string, or a pointer to an
// array; nil of others.
func element(t types.Type) types.Type {
	switch u := core(t).(type) {
	case *types.Pointer:
		if a, ok := core(u.Elem()).(*types.Array); ok {
			return a.Elem()
		}
	case *types.Array:
		return u.Elem()
	case *types.Slice:
		return u.Elem()
	case *types.Basic:
		return types.Typ[types.Byte]
	}
	return nil
}
