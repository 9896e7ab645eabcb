package facts

import (
	"golang.org/x/tools/go/ssa"
)

// A record of options is filled by many and handed to one of several functions:
// NewReader(&Options{Topic: "placed"}), NewWriter(&Options{Topic: "paid"}). What a
// function takes from a field of its parameter is what those fill who call it.

// reaching keeps of the values of a field those that stand in a record which a caller
// hands to the function that uses it; all where it is not seen who does.
func (f *resourceFinder) reaching(s resourceSite, list []instance) []instance {
	var out []instance
	for _, in := range list {
		if f.reaches(s.parts, in.giver) {
			out = append(out, in)
		}
	}
	if len(out) == 0 {
		return list
	}
	return out
}

// reaches tells whether what a store sets may be what one of the values is.
func (f *resourceFinder) reaches(parts []ssa.Value, giver ssa.Instruction) bool {
	st, ok := giver.(*ssa.Store)
	if !ok {
		return true
	}
	to, ok := st.Addr.(*ssa.FieldAddr)
	if !ok {
		return true
	}
	filled, ok := to.X.(*ssa.Alloc)
	if !ok {
		return true
	}
	for _, v := range parts {
		p := fieldOfParam(v, to)
		if p == nil {
			continue
		}
		if seen, known := f.handed(p, filled, 0); known && !seen {
			return false
		}
	}
	return true
}

// fieldOfParam gives the parameter whose field a value is, if it is the field that is
// set.
func fieldOfParam(v ssa.Value, set *ssa.FieldAddr) *ssa.Parameter {
	load, ok := v.(*ssa.UnOp)
	if !ok {
		return nil
	}
	from, ok := load.X.(*ssa.FieldAddr)
	if !ok || fieldOf(from.X.Type(), from.Field) != fieldOf(set.X.Type(), set.Field) {
		return nil
	}
	return paramOf(from.X)
}

// handed tells whether a caller hands the record to the parameter; not known where one
// hands what is not seen to be made.
func (f *resourceFinder) handed(p *ssa.Parameter, filled *ssa.Alloc, depth int) (seen, known bool) {
	calls := f.e.caller[p.Parent()]
	if len(calls) == 0 || depth > maxWrappers {
		return false, false
	}
	for _, call := range calls {
		there, known := f.holds(bind(call, p.Parent(), nil).args[p], filled, depth)
		if !known {
			return false, false
		}
		seen = seen || there
	}
	return seen, true
}

// holds tells whether a value is the record, a pointer to it or a copy of it.
func (f *resourceFinder) holds(v ssa.Value, filled *ssa.Alloc, depth int) (seen, known bool) {
	switch v := v.(type) {
	case *ssa.UnOp:
		return f.holds(v.X, filled, depth)
	case *ssa.Parameter:
		return f.handed(v, filled, depth+1)
	case *ssa.Alloc:
		for _, x := range storedIn(v) { // a copy, such as that of a parameter that is changed
			there, known := false, depth <= maxWrappers
			if known {
				there, known = f.holds(x, filled, depth+1)
			}
			if !known {
				return false, false
			}
			seen = seen || there
		}
		return seen || v == filled, true
	}
	return false, false
}
