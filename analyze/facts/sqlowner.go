package facts

import (
	"golang.org/x/tools/go/ssa"
)

// Of a field that many places fill, the one that counts is that of the struct which the
// code has in hand: scenes.table.name, where table is a variable of the package, a field
// that is stored once, or what the caller gives.

// maxOwners bounds how many steps lead to a struct.
const maxOwners = 6

// owner gives the literal of the struct that a value is or points to, where all code
// agrees on one.
func (r *stringResolver) owner(v ssa.Value, en *env, depth int) *ssa.Alloc {
	if v == nil || depth > maxOwners {
		return nil
	}
	next := func(v ssa.Value, en *env) *ssa.Alloc { return r.owner(v, en, depth+1) }
	switch v := v.(type) {
	case *ssa.Alloc:
		if v.Comment == "complit" {
			return v
		}
		if vals := storedIn(v); len(vals) == 1 {
			return next(vals[0], en)
		}
	case *ssa.MakeInterface:
		return next(v.X, en)
	case *ssa.ChangeInterface:
		return next(v.X, en)
	case *ssa.UnOp:
		switch at := v.X.(type) {
		case *ssa.Global:
			if vals := r.e.storesOf().globals[at]; len(vals) == 1 {
				return next(vals[0], nil)
			}
		case *ssa.FieldAddr:
			return r.ownerField(at, en, depth)
		case *ssa.Alloc:
			return next(at, en)
		}
	case *ssa.FieldAddr: // of a struct that stands in another
		return r.ownerField(v, en, depth)
	case *ssa.Parameter:
		for at := en; at != nil; at = at.up {
			if a, ok := at.args[v]; ok {
				return next(a, at.up)
			}
		}
		if r.owners {
			r.open[v] = true
		}
	case *ssa.Call:
		if targets := r.e.sites[v]; len(targets) == 1 {
			if given := returnedFirst(targets[0]); len(given) == 1 {
				return next(given[0], bind(v, targets[0], en))
			}
		}
	}
	return nil
}

// ownerField looks into a field: of the struct in hand, or that one place stores.
func (r *stringResolver) ownerField(at *ssa.FieldAddr, en *env, depth int) *ssa.Alloc {
	f := fieldOf(at.X.Type(), at.Field)
	if f == nil {
		return nil
	}
	vals := r.e.storesOf().fields[f]
	if len(vals) != 1 {
		holder := r.owner(at.X, en, depth+1)
		if holder == nil {
			return nil
		}
		if vals = fieldStores(holder, f.Name()); len(vals) != 1 {
			return nil
		}
	}
	return r.owner(vals[0], nil, depth+1)
}

// ownField resolves a field that many places fill by the struct that the code has in
// hand; nil: by all of them.
func (r *stringResolver) ownField(a *ssa.FieldAddr, en *env) []string {
	f := fieldOf(a.X.Type(), a.Field)
	if f == nil || !r.statement || len(r.e.storesOf().fields[f]) < 2 {
		return nil
	}
	al := r.owner(a.X, en, 0)
	if al == nil {
		return nil
	}
	vals := fieldStores(al, f.Name())
	if len(vals) != 1 {
		return nil
	}
	r.looked = true
	return r.union(vals, nil)
}
