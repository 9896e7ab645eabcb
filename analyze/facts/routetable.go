package facts

import (
	"go/constant"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// Routes kept in a table, a slice of structs or a map, and registered in a loop: the
// registration is read once a row, with the row's values for what the loop takes
// from it.

// wholeCell and keyCell stand for an element itself and for a map's key.
const (
	wholeCell = -1
	keyCell   = -2
)

// cell is a value that a loop takes from an element of a table.
type cell struct {
	value, table ssa.Value
	field        int
}

// rows gives for each row of the table that a registration takes its values from
// what stands for these values; one empty row if there is no table.
func (r *routeFinder) rows(rc routeCall) []map[ssa.Value]ssa.Value {
	var cells []cell
	for _, a := range rc.args {
		cells = cellsOf(a, cells, 0)
	}
	var out []map[ssa.Value]ssa.Value
	if len(cells) > 0 {
		for _, row := range r.tableRows(cells[0].table, 0) {
			if as := row.stand(cells); as != nil {
				out = append(out, as)
			}
		}
	}
	if len(out) == 0 {
		return []map[ssa.Value]ssa.Value{nil}
	}
	return out
}

// cellsOf finds the values of tables in an expression.
func cellsOf(v ssa.Value, out []cell, depth int) []cell {
	if v == nil || depth > 4 {
		return out
	}
	if c, ok := cellOf(v); ok {
		return append(out, c)
	}
	switch v := v.(type) {
	case *ssa.BinOp:
		return cellsOf(v.Y, cellsOf(v.X, out, depth+1), depth+1)
	case *ssa.MakeInterface:
		return cellsOf(v.X, out, depth+1)
	case *ssa.ChangeType:
		return cellsOf(v.X, out, depth+1)
	case *ssa.Call:
		for _, a := range v.Call.Args {
			out = cellsOf(a, out, depth+1)
		}
	}
	return out
}

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

// tableRow is one row: its fields, the whole, its key.
type tableRow map[int]ssa.Value

// stand gives what stands for each cell; what a row does not set is empty.
func (row tableRow) stand(cells []cell) map[ssa.Value]ssa.Value {
	as := map[ssa.Value]ssa.Value{}
	for _, c := range cells {
		switch v := row[c.field]; {
		case c.table != cells[0].table:
		case v != nil:
			as[c.value] = v
		case isString(c.value.Type()):
			as[c.value] = ssa.NewConst(constant.MakeString(""), c.value.Type())
		}
	}
	return as
}

// tableRows gives the rows of composite literals and of what is appended to them.
func (r *routeFinder) tableRows(table ssa.Value, depth int) []tableRow {
	if depth > 6 {
		return nil
	}
	var out []tableRow
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
				out = append(out, r.tableRows(v, depth+1)...)
			}
		case *ssa.Parameter:
			for _, call := range r.e.caller[o.Parent()] {
				if a, ok := bind(call, o.Parent(), nil).args[o]; ok {
					out = append(out, r.tableRows(a, depth+1)...)
				}
			}
		}
	}
	return out
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
