package facts

import (
	"slices"

	"golang.org/x/tools/go/ssa"
)

// cellFinder finds the values of tables in expressions.
type cellFinder struct {
	r      *routeFinder
	cells  []cell
	tables []ssa.Value // those that hold others first
	params []*ssa.Parameter
}

func (f *cellFinder) find(v ssa.Value, depth int) {
	if v == nil || depth > 5 {
		return
	}
	if c, ok := cellOf(v); ok {
		f.add(c, depth)
		return
	}
	switch v := v.(type) {
	case *ssa.Parameter:
		if !slices.Contains(f.params, v) && !f.r.isRouter(v.Type()) {
			f.params = append(f.params, v)
		}
	case *ssa.BinOp:
		f.find(v.X, depth+1)
		f.find(v.Y, depth+1)
	case *ssa.MakeInterface:
		f.find(v.X, depth+1)
	case *ssa.ChangeInterface:
		f.find(v.X, depth+1)
	case *ssa.ChangeType:
		f.find(v.X, depth+1)
	case *ssa.Slice:
		for _, x := range varargs(v) {
			f.find(x, depth+1)
		}
	case *ssa.Call:
		if v.Call.IsInvoke() {
			f.find(v.Call.Value, depth+1)
		}
		for _, a := range v.Call.Args {
			f.find(a, depth+1)
		}
	case *ssa.MakeClosure:
		for _, b := range v.Bindings {
			f.find(b, depth+1)
		}
	case *ssa.FreeVar:
		f.find(freeVar(v), depth+1)
	case *ssa.UnOp:
		f.loaded(v.X, depth)
	case *ssa.Alloc:
		f.loaded(v, depth)
	}
}

// loaded looks into a variable that is stored once.
func (f *cellFinder) loaded(addr ssa.Value, depth int) {
	if fv, ok := addr.(*ssa.FreeVar); ok {
		addr = freeVar(fv)
	}
	if al, ok := addr.(*ssa.Alloc); ok {
		if vals := storedIn(al); len(vals) == 1 {
			f.find(vals[0], depth+1)
		}
	}
}

// add notes a cell, and the cell that its table is.
func (f *cellFinder) add(c cell, depth int) {
	if slices.Contains(f.cells, c) {
		return
	}
	f.cells = append(f.cells, c)
	f.find(c.table, depth+1)
	if !slices.Contains(f.tables, c.table) {
		f.tables = append(f.tables, c.table)
	}
}

// cellOf recognises a value that is taken from a table or from a struct that a
// parameter is.
func cellOf(v ssa.Value) (cell, bool) {
	field, base := wholeCell, v
	switch x := v.(type) {
	case *ssa.Field:
		field, base = x.Field, x.X
	case *ssa.UnOp:
		if fa, ok := x.X.(*ssa.FieldAddr); ok {
			field, base = fa.Field, fa.X
		}
	case *ssa.Extract:
		if next, ok := x.Tuple.(*ssa.Next); ok && !next.IsString {
			if x.Index == 1 {
				field = keyCell
			}
			return cell{v, next.Iter.(*ssa.Range).X, field}, true
		}
	}
	table := elementOf(base, 0)
	if p := paramOf(base); p != nil && field >= 0 && !isRouterType(p.Type()) {
		table = p // a struct that the function is given
	}
	return cell{v, table, field}, table != nil
}

// elementOf gives the table that a value, or what it points to, is an element of.
func elementOf(v ssa.Value, depth int) ssa.Value {
	if depth > 3 {
		return nil
	}
	switch v := v.(type) {
	case *ssa.IndexAddr:
		if _, known := v.Index.(*ssa.Const); !known {
			return v.X
		}
	case *ssa.Index:
		if _, known := v.Index.(*ssa.Const); !known {
			return v.X
		}
	case *ssa.UnOp:
		return elementOf(v.X, depth+1)
	case *ssa.Extract:
		if next, ok := v.Tuple.(*ssa.Next); ok && v.Index == 2 {
			return next.Iter.(*ssa.Range).X
		}
	case *ssa.Alloc: // the loop's variable
		if vals := storedIn(v); len(vals) == 1 {
			return elementOf(vals[0], depth+1)
		}
	}
	return nil
}
