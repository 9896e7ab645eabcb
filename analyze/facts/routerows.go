package facts

import (
	"go/constant"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// tableRow is one row: its fields, the whole, its key.
type tableRow map[int]ssa.Value

// stand gives what stands for each cell of a table; what a row does not set is empty.
func (row tableRow) stand(cells []cell, table ssa.Value) standIns {
	as := standIns{}
	for _, c := range cells {
		switch v := row[c.field]; {
		case c.table != table:
		case v != nil:
			as[c.value] = v
		case row[partly] == nil && isString(c.value.Type()):
			as[c.value] = ssa.NewConst(constant.MakeString(""), c.value.Type())
		}
	}
	return as
}

// tableRows gives the rows of composite literals and of what is appended to them.
func (r *routeFinder) tableRows(table ssa.Value) []tableRow {
	if rows, known := r.tables[table]; known {
		return rows
	}
	rows := r.rowsIn(table, 0, map[ssa.Value]bool{})
	if r.tables == nil {
		r.tables = map[ssa.Value][]tableRow{}
	}
	r.tables[table] = rows
	return rows
}

// rowsIn looks into each table once: lists that are appended to each other in a loop,
// or handed on by many callers, lead back to where they come from.
func (r *routeFinder) rowsIn(table ssa.Value, depth int, seen map[ssa.Value]bool) []tableRow {
	if depth > 6 || seen[table] || len(seen) > maxRows {
		return nil
	}
	seen[table] = true
	if arr := arrayOf(table); arr != nil {
		return arrayRows(arr)
	}
	var out []tableRow
	if st, ok := derefStruct(table.Type()); ok && st != nil { // one row, or the element of a table
		if t := elementOf(table, 0); t != nil {
			return r.rowsIn(t, depth+1, seen)
		}
		row := tableRow{}
		row.whole(table)
		delete(row, wholeCell)
		if len(row) == 0 {
			return nil
		}
		if !finished(table) {
			row[partly] = table // its other fields may be set elsewhere
		}
		return []tableRow{row}
	}
	for _, o := range r.origins(table, 0) {
		switch o := o.(type) {
		case *ssa.Slice:
			if arr, ok := o.X.(*ssa.Alloc); ok {
				out = append(out, arrayRows(arr)...)
			}
		case *ssa.MakeMap:
			out = append(out, mapRows(o)...)
		case *ssa.Call:
			list := r.results(o, 0)
			if b, ok := o.Call.Value.(*ssa.Builtin); ok && b.Name() == "append" {
				list = o.Call.Args
			}
			for _, v := range list {
				out = append(out, r.rowsIn(v, depth+1, seen)...)
			}
		case *ssa.Parameter:
			for _, call := range r.e.caller[o.Parent()] {
				if a, ok := bind(call, o.Parent(), nil).args[o]; ok {
					out = append(out, r.rowsIn(a, depth+1, seen)...)
				}
			}
		}
	}
	return out
}

// finished tells whether a value is a copy of a literal that nobody else fills.
func finished(v ssa.Value) bool {
	load, ok := v.(*ssa.UnOp)
	if !ok {
		return false
	}
	al, ok := load.X.(*ssa.Alloc)
	return ok && !slices.ContainsFunc(*al.Referrers(), func(in ssa.Instruction) bool {
		switch in := in.(type) {
		case *ssa.FieldAddr:
			return !slices.ContainsFunc(*in.Referrers(), func(use ssa.Instruction) bool {
				st, ok := use.(*ssa.Store)
				return ok && st.Addr == in
			})
		case *ssa.UnOp, *ssa.DebugRef:
			return false
		}
		return true
	})
}

// arrayOf gives the variable of an array.
func arrayOf(v ssa.Value) *ssa.Alloc {
	if load, ok := v.(*ssa.UnOp); ok {
		v = load.X
	}
	al, ok := v.(*ssa.Alloc)
	if !ok {
		return nil
	}
	if _, ok := al.Type().Underlying().(*types.Pointer).Elem().Underlying().(*types.Array); !ok {
		return nil
	}
	return al
}

// arrayRows reads what is stored in the elements of an array by constant index.
func arrayRows(arr *ssa.Alloc) []tableRow {
	var out []tableRow
	for _, ref := range *arr.Referrers() {
		at, ok := ref.(*ssa.IndexAddr)
		if !ok {
			continue
		}
		if _, ok := at.Index.(*ssa.Const); ok {
			if row := addressRow(at); len(row) > 0 {
				out = append(out, row)
			}
		}
	}
	return out
}

// addressRow reads what is stored at an address, whole or by field.
func addressRow(at ssa.Value) tableRow {
	row := tableRow{}
	if at.Referrers() == nil {
		return row
	}
	for _, ref := range *at.Referrers() {
		switch ref := ref.(type) {
		case *ssa.Store:
			if ref.Addr == at {
				row.whole(ref.Val)
			}
		case *ssa.FieldAddr:
			for _, in := range *ref.Referrers() {
				if st, ok := in.(*ssa.Store); ok && st.Addr == ref {
					row[ref.Field] = st.Val
				}
			}
		}
	}
	return row
}

// whole notes an element and the fields of the literal that it is a copy of, or
// points to.
func (row tableRow) whole(v ssa.Value) {
	row[wholeCell] = v
	lit := v
	if load, ok := v.(*ssa.UnOp); ok {
		lit = load.X
	}
	if al, ok := lit.(*ssa.Alloc); ok {
		if _, isStruct := al.Type().Underlying().(*types.Pointer).Elem().Underlying().(*types.Struct); isStruct {
			for field, val := range addressRow(al) {
				if field >= 0 {
					row[field] = val
				}
			}
		}
	}
}

func mapRows(m *ssa.MakeMap) []tableRow {
	var out []tableRow
	for _, ref := range *m.Referrers() {
		if up, ok := ref.(*ssa.MapUpdate); ok && up.Map == m {
			row := tableRow{}
			row.whole(up.Value)
			row[keyCell] = up.Key
			out = append(out, row)
		}
	}
	return out
}
