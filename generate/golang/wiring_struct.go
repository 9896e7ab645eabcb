package golang

import (
	"go/token"
	"go/types"
	"slices"

	"github.com/dave/jennifer/jen"
	"golang.org/x/tools/go/ssa"
)

// fieldOf derives the field of a struct value or of a pointer to one: by looking
// at what was stored there when the struct is one of the composition's own, else
// by selecting it.
func (d *deriver) fieldOf(x ssa.Value, field int, v ssa.Value, fr *frame) (*jen.Statement, error) {
	origin, ofr := d.origin(x, fr)
	if alloc, ok := origin.(*ssa.Alloc); ok {
		return d.fieldOfAlloc(alloc, field, v, ofr)
	}
	if d.buildsWorld(origin) {
		return d.storedOnce(x.Type(), field, v)
	}
	base, err := d.value(origin, ofr)
	if err == nil {
		var code *jen.Statement
		if code, err = d.selectField(base, x.Type(), field, v, nil); err == nil {
			return code, nil
		}
	}
	if code, e := d.storedOnce(x.Type(), field, v); e == nil {
		return code, nil
	}
	return nil, err
}

// buildsWorld tells whether a value comes from a function that is looked into.
func (d *deriver) buildsWorld(v ssa.Value) bool {
	switch v := v.(type) {
	case *ssa.Extract:
		return d.buildsWorld(v.Tuple)
	case *ssa.Call:
		f := v.Common().StaticCallee()
		return f != nil && d.roots[f]
	case *ssa.Parameter:
		return d.roots[v.Parent()]
	}
	return false
}

// origin follows a value back through parameters, variables and functions that
// are looked into.
func (d *deriver) origin(v ssa.Value, fr *frame) (ssa.Value, *frame) {
	for range maxDerivation {
		var next ssa.Value
		nfr := fr
		switch v := v.(type) {
		case *ssa.Parameter:
			arg, up, err := d.argument(v, fr)
			if err != nil {
				return v, fr
			}
			next, nfr = arg, up
		case *ssa.FreeVar:
			if bound, err := d.binding(v); err == nil {
				next, nfr = bound, nil
			}
		case *ssa.MakeInterface:
			next = v.X
		case *ssa.ChangeType:
			next = v.X
		case *ssa.UnOp:
			next, nfr = d.loaded(v, fr)
		case *ssa.FieldAddr:
			next, nfr = d.held(v, fr)
		case *ssa.Call:
			next, nfr = d.returned(v, 0, fr)
		case *ssa.Extract:
			if call, ok := v.Tuple.(*ssa.Call); ok {
				next, nfr = d.returned(call, v.Index, fr)
			}
		}
		if next == nil {
			return v, fr
		}
		v, fr = next, nfr
	}
	return v, fr
}

// loaded is the one value that was stored where v loads from, nil when unknown.
func (d *deriver) loaded(v *ssa.UnOp, fr *frame) (ssa.Value, *frame) {
	if v.Op != token.MUL {
		return nil, nil
	}
	addr := v.X
	if free, ok := addr.(*ssa.FreeVar); ok {
		if bound, err := d.binding(free); err == nil {
			addr, fr = bound, nil
		}
	}
	switch addr := addr.(type) {
	case *ssa.Alloc:
		whole, fields := allocStores(addr)
		if len(whole) == 1 && len(fields) == 0 {
			return whole[0], fr
		}
		if len(whole) == 0 {
			return addr, fr // a struct put together field by field
		}
	case *ssa.FieldAddr:
		if key, ok := keyOf(addr.X.Type(), addr.Field); ok && len(d.stores[key]) == 1 && !d.escapes[key] {
			return d.stores[key][0].Val, nil
		}
	}
	return nil, nil
}

// held is the struct that was stored in the field at an address, nil when unknown.
func (d *deriver) held(v *ssa.FieldAddr, fr *frame) (ssa.Value, *frame) {
	if structOf(v.Type()) == nil {
		return nil, nil
	}
	base, bfr := d.origin(v.X, fr)
	if a, ok := base.(*ssa.Alloc); ok {
		whole, fields := allocStores(a)
		if len(whole) == 0 && len(fields[v.Field]) == 1 {
			return fields[v.Field][0], bfr
		}
	}
	if key, ok := keyOf(v.X.Type(), v.Field); ok && len(d.stores[key]) == 1 && !d.escapes[key] {
		return d.stores[key][0].Val, nil
	}
	return nil, nil
}

// returned is what a function that is looked into returns, nil for others.
func (d *deriver) returned(call *ssa.Call, index int, fr *frame) (ssa.Value, *frame) {
	f := call.Common().StaticCallee()
	if f == nil || !d.lookInto(f) {
		return nil, nil
	}
	v, err := d.onlyReturn(f, index)
	if err != nil {
		return nil, nil
	}
	return v, d.enter(call, fr)
}

// enter is the frame of a call: none when it is the function's only one.
func (d *deriver) enter(call ssa.CallInstruction, fr *frame) *frame {
	if len(d.callers[call.Common().StaticCallee()]) == 1 {
		return nil
	}
	return d.frameOf(call, fr)
}

func (d *deriver) fieldOfAlloc(a *ssa.Alloc, field int, v ssa.Value, fr *frame) (*jen.Statement, error) {
	whole, fields := allocStores(a)
	key, named := keyOf(a.Type(), field)
	switch {
	case len(fields[field]) == 1 && len(whole) == 0 && !(named && d.escapes[key]):
		if named && len(d.stores[key]) > 1 && !isComposite(a) {
			return nil, d.fail(v, "is the field %s, which is set in %d places", fieldName(a.Type(), field), len(d.stores[key]))
		}
		if !setAlways(a, field) {
			return nil, d.fail(v, "is the field %s, which is set on a condition", fieldName(a.Type(), field))
		}
		return d.value(fields[field][0], fr)
	case len(fields[field]) == 0 && len(whole) == 1:
		return d.fieldOf(whole[0], field, v, fr)
	case len(fields[field]) == 0 && len(whole) == 0 && named && len(d.stores[key]) == 1:
		return d.storedOnce(a.Type(), field, v)
	}
	return nil, d.fail(v, "is the field %s, which is set in %d places", fieldName(a.Type(), field), len(fields[field])+len(whole))
}

// isComposite tells whether the variable is a composite literal.
func isComposite(a *ssa.Alloc) bool { return a.Comment == "complit" || a.Comment == "new" }

// storedOnce derives a field from the only store into it in the whole module.
func (d *deriver) storedOnce(t types.Type, field int, v ssa.Value) (*jen.Statement, error) {
	key, ok := keyOf(t, field)
	if !ok || len(d.stores[key]) != 1 || d.escapes[key] {
		return nil, d.fail(v, "is the field %s, which is set in %d places", fieldName(t, field), len(d.stores[key]))
	}
	return d.value(d.stores[key][0].Val, nil)
}

func structOf(t types.Type) *types.Struct {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	s, _ := t.Underlying().(*types.Struct)
	return s
}

func fieldName(t types.Type, field int) string {
	name := structOf(t).Field(field).Name()
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if named, ok := types.Unalias(t).(*types.Named); ok {
		return named.Obj().Name() + "." + name
	}
	return name
}

func (d *deriver) selectField(base *jen.Statement, t types.Type, field int, v ssa.Value, prefix *jen.Statement) (*jen.Statement, error) {
	f := structOf(t).Field(field)
	if !f.Exported() {
		return nil, d.fail(v, "is the unexported field %s", fieldName(t, field))
	}
	code := base.Dot(f.Name())
	if prefix != nil {
		return prefix.Add(code), nil
	}
	return code, nil
}

// literal is a composite literal: &T{…}.
func (d *deriver) literal(a *ssa.Alloc, fr *frame) (*jen.Statement, error) {
	elem := a.Type().Underlying().(*types.Pointer).Elem()
	whole, fields := allocStores(a)
	if len(whole) > 0 && len(fields) == 0 {
		return nil, d.fail(a, "is the address of a variable")
	}
	st, ok := elem.Underlying().(*types.Struct)
	if err := d.nameable(elem); err != nil || !ok || len(whole) > 0 {
		if err == nil {
			return nil, d.fail(a, "is a variable that is filled step by step")
		}
		return nil, d.fail(a, "%s", err)
	}
	if filledInParts(a) {
		return nil, d.fail(a, "is a struct that is filled in parts")
	}
	values := jen.Dict{}
	indexes := make([]int, 0, len(fields))
	for i := range fields {
		indexes = append(indexes, i)
	}
	slices.Sort(indexes)
	for _, i := range indexes {
		f := st.Field(i)
		if !f.Exported() || len(fields[i]) != 1 {
			return nil, d.fail(a, "sets the field %s, which other packages cannot", f.Name())
		}
		v, err := d.value(fields[i][0], fr)
		if err != nil {
			return nil, err
		}
		values[jen.Id(f.Name())] = v
	}
	return d.assign(a, jen.Op("&").Add(d.typ(elem)).Values(values)), nil
}

// filledInParts tells whether fields are set conditionally, or within fields.
func filledInParts(a *ssa.Alloc) bool {
	for _, ref := range *a.Referrers() {
		at, ok := ref.(*ssa.FieldAddr)
		if !ok {
			continue
		}
		for _, r := range *at.Referrers() {
			switch r := r.(type) {
			case *ssa.Store:
				if !unconditional(r) {
					return true
				}
			case *ssa.FieldAddr, *ssa.IndexAddr:
				return true
			}
		}
	}
	return false
}

// setAlways tells whether every store into the field runs whenever its function
// succeeds.
func setAlways(a *ssa.Alloc, field int) bool {
	for _, ref := range *a.Referrers() {
		at, ok := ref.(*ssa.FieldAddr)
		if !ok || at.Field != field {
			continue
		}
		for _, r := range *at.Referrers() {
			if st, ok := r.(*ssa.Store); ok && !unconditional(st) {
				return false
			}
		}
	}
	return true
}

// assign gives a value that has an identity a variable of its own.
func (d *deriver) assign(v ssa.Value, code *jen.Statement) *jen.Statement {
	name := d.name(nil, 0, v.Type())
	d.steps = append(d.steps, &step{names: []string{name}, used: []bool{true}, call: code})
	return jen.Id(name)
}

// slice is a slice literal, as variadic calls make it.
func (d *deriver) slice(v *ssa.Slice, fr *frame) (*jen.Statement, error) {
	elems, ok := sliceElements(v)
	if !ok {
		return nil, d.fail(v, "is a slice that is not a plain list")
	}
	list, err := d.values(elems, fr)
	if err != nil {
		return nil, err
	}
	if err := d.nameable(v.Type()); err != nil {
		return nil, d.fail(v, "%s", err)
	}
	return d.typ(v.Type()).Values(list...), nil
}

func (d *deriver) values(vs []ssa.Value, fr *frame) ([]jen.Code, error) {
	list := make([]jen.Code, 0, len(vs))
	for _, v := range vs {
		code, err := d.value(v, fr)
		if err != nil {
			return nil, err
		}
		list = append(list, code)
	}
	return list, nil
}

// sliceElements are the elements of a slice literal, in order.
func sliceElements(v *ssa.Slice) ([]ssa.Value, bool) {
	a, ok := v.X.(*ssa.Alloc)
	if !ok || v.Low != nil || v.High != nil {
		return nil, false
	}
	array, ok := a.Type().Underlying().(*types.Pointer).Elem().Underlying().(*types.Array)
	if !ok {
		return nil, false
	}
	elems := make([]ssa.Value, array.Len())
	for _, ref := range *a.Referrers() {
		at, ok := ref.(*ssa.IndexAddr)
		if !ok {
			continue
		}
		i, constant := at.Index.(*ssa.Const)
		if !constant || len(*at.Referrers()) != 1 {
			return nil, false
		}
		st, ok := (*at.Referrers())[0].(*ssa.Store)
		if !ok {
			return nil, false
		}
		elems[i.Int64()] = st.Val
	}
	return elems, !slices.Contains(elems, nil)
}
