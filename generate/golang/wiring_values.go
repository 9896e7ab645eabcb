package golang

import (
	"errors"
	"fmt"
	"go/constant"
	"go/types"
	"strings"
	"time"

	"github.com/dave/jennifer/jen"
	"golang.org/x/tools/go/ssa"
)

// given is the variable of the plan's expression for the type, nil when the plan
// has none: all values of the type are the same one.
func (d *deriver) given(t types.Type) *jen.Statement {
	key := typeKey(t)
	text, ok := d.wire[key]
	if !ok || key == "" {
		return nil
	}
	if d.givenAs[key] == "" {
		d.usedWire[key] = true
		d.givenAs[key] = d.name(nil, 0, t)
		d.steps = append(d.steps, &step{names: []string{d.givenAs[key]}, used: []bool{true}, call: d.expression(text)})
	}
	return jen.Id(d.givenAs[key])
}

// typeKey names a type in services.X.wire: clock.Clock, also for a pointer to it;
// empty for types without a name.
func typeKey(t types.Type) string {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil {
		return ""
	}
	return named.Obj().Pkg().Name() + "." + named.Obj().Name()
}

func (d *deriver) constant(v *ssa.Const) (*jen.Statement, error) {
	if v.Value == nil {
		if _, basic := v.Type().Underlying().(*types.Basic); !basic && isNilable(v.Type()) {
			return jen.Nil(), nil
		}
		if err := d.nameable(v.Type()); err != nil {
			return nil, d.fail(v, "%s", err)
		}
		return d.typ(v.Type()).Values(), nil // the zero value of a struct
	}
	var lit *jen.Statement
	switch v.Value.Kind() {
	case constant.Bool:
		lit = jen.Lit(constant.BoolVal(v.Value))
	case constant.String:
		lit = jen.Lit(constant.StringVal(v.Value))
	default:
		lit = jen.Op(v.Value.ExactString())
	}
	if _, named := types.Unalias(v.Type()).(*types.Named); named {
		if err := d.nameable(v.Type()); err != nil {
			return nil, d.fail(v, "%s", err)
		}
		if code := d.duration(v); code != nil {
			return code, nil
		}
		return d.typ(v.Type()).Call(lit), nil
	}
	return lit, nil
}

// duration writes a constant time.Duration as people do: 10 * time.Second.
func (d *deriver) duration(v *ssa.Const) *jen.Statement {
	if v.Type().String() != "time.Duration" || v.Int64() == 0 {
		return nil
	}
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"Hour", time.Hour}, {"Minute", time.Minute}, {"Second", time.Second}, {"Millisecond", time.Millisecond}} {
		if n := time.Duration(v.Int64()); n%unit.size == 0 {
			d.imports["time"] = true
			return jen.Lit(int(n/unit.size)).Op("*").Qual("time", unit.name)
		}
	}
	return nil
}

func isNilable(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Pointer, *types.Interface, *types.Map, *types.Slice, *types.Chan, *types.Signature:
		return true
	}
	return false
}

// nameable tells why a type cannot be written in the service's main package.
func (d *deriver) nameable(t types.Type) error {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if t.Obj().Pkg() == nil {
			return nil
		}
		if !t.Obj().Exported() {
			return fmt.Errorf("has the unexported type %s.%s", t.Obj().Pkg().Name(), t.Obj().Name())
		}
		if !d.importable(t.Obj().Pkg()) {
			return fmt.Errorf("has the type %s of a package that cannot be imported", t.Obj().Name())
		}
		for a := range t.TypeArgs().Types() {
			if err := d.nameable(a); err != nil {
				return err
			}
		}
	case *types.Pointer:
		return d.nameable(t.Elem())
	case *types.Slice:
		return d.nameable(t.Elem())
	case *types.Map:
		return errors.Join(d.nameable(t.Key()), d.nameable(t.Elem()))
	case *types.Chan:
		return d.nameable(t.Elem())
	}
	return nil
}

func (d *deriver) typ(t types.Type) *jen.Statement {
	d.importTypes(t)
	return goType(t)
}

func (d *deriver) importTypes(t types.Type) {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if t.Obj().Pkg() != nil {
			d.imports[t.Obj().Pkg().Name()] = true
		}
	case *types.Pointer:
		d.importTypes(t.Elem())
	case *types.Slice:
		d.importTypes(t.Elem())
	}
}

// importable tells whether the service's main package may import pkg.
func (d *deriver) importable(pkg *types.Package) bool {
	if pkg.Name() == "main" {
		return false
	}
	p := "/" + pkg.Path() + "/"
	i := strings.LastIndex(p, "/internal/")
	if i < 0 {
		return true
	}
	parent := strings.Trim(p[:i], "/")
	return parent == d.module || strings.HasPrefix(d.module, parent+"/")
}

func (d *deriver) qual(obj types.Object) *jen.Statement {
	d.imports[obj.Pkg().Name()] = true
	return jen.Qual(obj.Pkg().Path(), obj.Name())
}

func (d *deriver) function(v *ssa.Function) (*jen.Statement, error) {
	obj := v.Object()
	switch {
	case obj == nil:
		return nil, d.fail(v, "is a function literal")
	case v.Signature.Recv() != nil:
		return nil, d.fail(v, "is a method expression")
	case !obj.Exported() || !d.importable(obj.Pkg()):
		u := d.fail(v, "is the function %s.%s, which other packages cannot use", obj.Pkg().Name(), obj.Name())
		u.hidden = obj.Pkg().Name() + "." + obj.Name()
		return nil, u
	}
	return d.qual(obj), nil
}

func (d *deriver) address(v *ssa.Global) (*jen.Statement, error) {
	obj := v.Object()
	if obj == nil || !obj.Exported() || !d.importable(obj.Pkg()) {
		return nil, d.fail(v, "is the address of a variable that other packages cannot use")
	}
	return jen.Op("&").Add(d.qual(obj)), nil
}

func (d *deriver) converted(x ssa.Value, to types.Type, fr *frame) (*jen.Statement, error) {
	code, err := d.value(x, fr)
	if err != nil {
		return nil, err
	}
	if err := d.nameable(to); err != nil {
		return nil, d.fail(x, "%s", err)
	}
	if _, sig := types.Unalias(to).(*types.Signature); sig {
		return code, nil
	}
	if _, named := types.Unalias(to).(*types.Named); named {
		return d.typ(to).Call(code), nil
	}
	return jen.Parens(d.typ(to)).Parens(code), nil
}

func (d *deriver) methodValue(v *ssa.MakeClosure, fr *frame) (*jen.Statement, error) {
	fn := v.Fn.(*ssa.Function)
	if !strings.HasSuffix(fn.Name(), "$bound") || len(v.Bindings) != 1 {
		return nil, d.fail(v, "is a function literal")
	}
	obj := fn.Object()
	if obj == nil || !obj.Exported() {
		return nil, d.fail(v, "is the unexported method %s", strings.TrimSuffix(fn.Name(), "$bound"))
	}
	recv, err := d.value(v.Bindings[0], fr)
	if err != nil {
		return nil, err
	}
	return recv.Dot(obj.Name()), nil
}

func (d *deriver) binary(v *ssa.BinOp, fr *frame) (*jen.Statement, error) {
	x, err := d.value(v.X, fr)
	if err != nil {
		return nil, err
	}
	y, err := d.value(v.Y, fr)
	if err != nil {
		return nil, err
	}
	return jen.Parens(x.Op(v.Op.String()).Add(y)), nil
}

func (d *deriver) sized(t types.Type, size ssa.Value, fr *frame) (*jen.Statement, error) {
	n, err := d.value(size, fr)
	if err != nil {
		return nil, err
	}
	return jen.Make(d.typ(t), n), nil
}

func (d *deriver) emptyMap(v *ssa.MakeMap) (*jen.Statement, error) {
	for _, ref := range *v.Referrers() {
		if _, ok := ref.(*ssa.MapUpdate); ok {
			return nil, d.fail(v, "is a map that is filled step by step")
		}
	}
	if err := d.nameable(v.Type()); err != nil {
		return nil, d.fail(v, "%s", err)
	}
	return d.typ(v.Type()).Values(), nil
}
