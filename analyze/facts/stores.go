package facts

import (
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// storeIndex knows which values are stored in package variables, struct fields and
// the elements of package-level maps and slices, so that one that is stored once
// can be looked through.
type storeIndex struct {
	globals  map[*ssa.Global][]ssa.Value
	fields   map[*types.Var][]ssa.Value
	elements map[*ssa.Global][]ssa.Value
	// stores are those of fields, in the order of their values.
	stores map[*types.Var][]*ssa.Store
}

func (e *extractor) storesOf() *storeIndex {
	if e.stores != nil {
		return e.stores
	}
	s := &storeIndex{globals: map[*ssa.Global][]ssa.Value{}, fields: map[*types.Var][]ssa.Value{}, elements: map[*ssa.Global][]ssa.Value{}, stores: map[*types.Var][]*ssa.Store{}}
	e.stores = s
	for _, fn := range e.funcs {
		eachInstr(fn, func(in ssa.Instruction) {
			switch in := in.(type) {
			case *ssa.Store:
				s.store(in)
			case *ssa.MapUpdate:
				if g := elementsOf(in.Map); g != nil {
					s.elements[g] = append(s.elements[g], in.Value)
				}
			}
		})
	}
	s.literals()
	return s
}

func (s *storeIndex) store(st *ssa.Store) {
	switch a := st.Addr.(type) {
	case *ssa.Global:
		s.globals[a] = append(s.globals[a], st.Val)
	case *ssa.FieldAddr:
		if f := fieldOf(a.X.Type(), a.Field); f != nil && !loadsField(st.Val, f) {
			s.fields[f] = append(s.fields[f], st.Val)
			s.stores[f] = append(s.stores[f], st)
		}
	case *ssa.IndexAddr:
		if g := elementsOf(a.X); g != nil {
			s.elements[g] = append(s.elements[g], st.Val)
		}
	}
}

// loadsField tells a copy of the same field of another struct, as WithTx makes: it
// brings no value that the field has not.
func loadsField(v ssa.Value, f *types.Var) bool {
	load, ok := v.(*ssa.UnOp)
	if !ok {
		return false
	}
	fa, ok := load.X.(*ssa.FieldAddr)
	return ok && fieldOf(fa.X.Type(), fa.Field) == f
}

// literals gives the elements of the map, slice and array literals that package
// variables are initialised with.
func (s *storeIndex) literals() {
	for g, vals := range s.globals {
		for _, v := range vals {
			if sl, ok := v.(*ssa.Slice); ok {
				s.elements[g] = append(s.elements[g], varargs(sl)...)
			}
			if m, ok := v.(*ssa.MakeMap); ok {
				for _, r := range *m.Referrers() {
					if u, ok := r.(*ssa.MapUpdate); ok && u.Map == m {
						s.elements[g] = append(s.elements[g], u.Value)
					}
				}
			}
		}
	}
}

// elementsOf gives the package variable whose elements a value holds.
func elementsOf(v ssa.Value) *ssa.Global {
	switch v := v.(type) {
	case *ssa.Global:
		return v
	case *ssa.UnOp:
		return global(v.X)
	}
	return nil
}

// fieldOf gives the field of a struct or pointer to one; of instances the
// generic's.
func fieldOf(t types.Type, i int) *types.Var {
	st, ok := derefStruct(t)
	if !ok || i >= st.NumFields() {
		return nil
	}
	return st.Field(i).Origin()
}
