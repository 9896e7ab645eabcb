package golang

import (
	"cmp"
	"errors"
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/dave/jennifer/jen"
	"golang.org/x/tools/go/ssa"
)

func sortBy[T any, K cmp.Ordered](list []T, key func(T) K) {
	slices.SortStableFunc(list, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
}

// underivable says why the wiring of the monolith cannot be repeated for a value.
type underivable struct {
	pos    token.Position
	what   string // catalogue.New, parameter clk
	reason string
	key    string // of services.X.wire that would settle it
	typ    types.Type
}

func (u *underivable) Error() string { return u.reason }

// step is one statement of the wiring.
type step struct {
	names  []string // of the results, without the error
	used   []bool
	hasErr bool
	call   jen.Code
	what   string // for the error's text: storage.Open
	closes bool   // the first result has a Close method
	// closeErr: Close returns an error.
	closeErr bool
}

// deriver repeats what the monolith does to make a value, as straight Go code: it
// follows the value back through calls, parameters and fields (a backward slice).
type deriver struct {
	*composition
	wire     map[string]string // given by the plan, by key
	reserved map[string]bool   // names that variables must not take
	lhs      map[token.Pos][]string
	steps    []*step
	names    map[string]bool
	memo     map[memoKey]*derived
	imports  map[string]bool
	notes    []string
	usedWire map[string]bool
	calls    map[memoKey]*step
	frames   map[frame]*frame
	relative func(string) string
	depth    int
}

// frameOf gives the same frame for the same call.
func (d *deriver) frameOf(call ssa.CallInstruction, parent *frame) *frame {
	key := frame{call, parent}
	if d.frames[key] == nil {
		d.frames[key] = &key
	}
	return d.frames[key]
}

type memoKey struct {
	v  ssa.Value
	fr *frame
}

// derived is what a value became, or why it could not.
type derived struct {
	code func() *jen.Statement
	err  error
}

// frame is one call that is looked into; nil stands for the function's only call.
type frame struct {
	call   ssa.CallInstruction
	parent *frame
}

const maxDerivation = 200

// value derives v, whatever needs to be done for it becoming steps.
func (d *deriver) value(v ssa.Value, fr *frame) (*jen.Statement, error) {
	key := memoKey{v, fr}
	if m, ok := d.memo[key]; ok {
		if m == nil {
			return nil, d.fail(v, "depends on itself")
		}
		if m.err != nil {
			return nil, m.err
		}
		return m.code(), nil
	}
	if d.depth++; d.depth > maxDerivation {
		return nil, d.fail(v, "is put together through more than 200 steps")
	}
	defer func() { d.depth-- }()
	d.memo[key] = nil
	code, err := d.derive(v, fr)
	if err != nil {
		d.memo[key] = &derived{err: err}
		return nil, err
	}
	d.memo[key] = &derived{code: func() *jen.Statement { return code.Clone() }}
	return code.Clone(), nil
}

func (d *deriver) fail(v ssa.Value, format string, args ...any) error {
	return &underivable{pos: d.position(v.Pos(), v.Parent()), reason: fmt.Sprintf(format, args...), typ: v.Type()}
}

func (d *deriver) derive(v ssa.Value, fr *frame) (*jen.Statement, error) {
	if isContext(v.Type()) {
		return jen.Id(ctxName), nil
	}
	switch v := v.(type) {
	case *ssa.Const:
		return d.constant(v)
	case *ssa.Function:
		return d.function(v)
	case *ssa.Global:
		return d.address(v)
	case *ssa.Parameter:
		return d.parameter(v, fr)
	case *ssa.FreeVar:
		bound, err := d.binding(v)
		if err != nil {
			return nil, err
		}
		return d.value(bound, nil)
	case *ssa.Call:
		return d.result(v, 0, fr)
	case *ssa.Extract:
		call, ok := v.Tuple.(*ssa.Call)
		if !ok {
			return nil, d.fail(v, "is one of several results that no call made")
		}
		return d.result(call, v.Index, fr)
	case *ssa.MakeInterface:
		return d.value(v.X, fr)
	case *ssa.ChangeInterface:
		return d.value(v.X, fr)
	case *ssa.ChangeType:
		return d.converted(v.X, v.Type(), fr)
	case *ssa.Convert:
		return d.converted(v.X, v.Type(), fr)
	case *ssa.MakeClosure:
		return d.methodValue(v, fr)
	case *ssa.UnOp:
		return d.unary(v, fr)
	case *ssa.BinOp:
		return d.binary(v, fr)
	case *ssa.Field:
		return d.fieldOf(v.X, v.Field, v, fr)
	case *ssa.FieldAddr:
		base, err := d.value(v.X, fr)
		if err != nil {
			return nil, err
		}
		return d.selectField(base, v.X.Type(), v.Field, v, jen.Op("&"))
	case *ssa.Alloc:
		return d.literal(v, fr)
	case *ssa.Slice:
		return d.slice(v, fr)
	case *ssa.MakeChan:
		return d.sized(v.Type(), v.Size, fr)
	case *ssa.MakeMap:
		return d.emptyMap(v)
	case *ssa.Phi:
		return d.phi(v, fr)
	}
	return nil, d.fail(v, "is computed in a way that is not followed (%s)", strings.TrimPrefix(fmt.Sprintf("%T", v), "*ssa."))
}

func isContext(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == pathContext && named.Obj().Name() == "Context"
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
		return nil, d.fail(v, "is the function %s.%s, which other packages cannot use", obj.Pkg().Name(), obj.Name())
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

// site finds the one call of a function that is looked into.
func (d *deriver) site(f *ssa.Function) (ssa.CallInstruction, error) {
	calls := d.callers[f]
	switch len(calls) {
	case 1:
		return calls[0], nil
	case 0:
		return nil, fmt.Errorf("is a parameter of %s, which no call reaches statically", displayFunc(f))
	}
	places := make([]string, len(calls))
	for i, c := range calls {
		p := d.prog.Fset.Position(c.Pos())
		places[i] = fmt.Sprintf("%s:%d", path.Base(p.Filename), p.Line)
	}
	slices.Sort(places)
	return nil, fmt.Errorf("is a parameter of %s, which is called from %d places (%s)", displayFunc(f), len(calls), strings.Join(places, ", "))
}

func displayFunc(f *ssa.Function) string {
	name := f.Name()
	if recv := f.Signature.Recv(); recv != nil {
		name = "(" + types.TypeString(recv.Type(), func(*types.Package) string { return "" }) + ")." + name
	}
	if pkg := packageOf(f); pkg != nil {
		return pkg.Name() + "." + name
	}
	return name
}

func (d *deriver) parameter(v *ssa.Parameter, fr *frame) (*jen.Statement, error) {
	arg, up, err := d.argument(v, fr)
	if err != nil {
		return nil, d.fail(v, "%s", err)
	}
	return d.value(arg, up)
}

// argument is the value that a parameter has, with the frame that it is in.
func (d *deriver) argument(v *ssa.Parameter, fr *frame) (ssa.Value, *frame, error) {
	var call ssa.CallInstruction
	var up *frame
	if fr != nil && fr.call.Common().StaticCallee() == v.Parent() {
		call, up = fr.call, fr.parent
	} else {
		var err error
		if call, err = d.site(v.Parent()); err != nil {
			return nil, nil, err
		}
	}
	i := slices.Index(v.Parent().Params, v)
	if i < 0 || i >= len(call.Common().Args) {
		return nil, nil, fmt.Errorf("is a parameter that the call does not give")
	}
	return call.Common().Args[i], up, nil
}

func (d *deriver) binding(v *ssa.FreeVar) (ssa.Value, error) {
	made := d.closure[v.Parent()]
	i := slices.Index(v.Parent().FreeVars, v)
	if len(made) != 1 || i < 0 {
		return nil, d.fail(v, "is a variable of a function literal that is made in %d places", len(made))
	}
	return made[0].Bindings[i], nil
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

func (d *deriver) unary(v *ssa.UnOp, fr *frame) (*jen.Statement, error) {
	if v.Op != token.MUL {
		x, err := d.value(v.X, fr)
		if err != nil {
			return nil, err
		}
		return jen.Op(v.Op.String()).Add(x), nil
	}
	switch x := v.X.(type) {
	case *ssa.Global:
		return d.global(x, v)
	case *ssa.FieldAddr:
		return d.fieldOf(x.X, x.Field, v, fr)
	case *ssa.Alloc:
		return d.variable(x, v, fr)
	case *ssa.FreeVar:
		bound, err := d.binding(x)
		if err != nil {
			return nil, err
		}
		if alloc, ok := bound.(*ssa.Alloc); ok {
			return d.variable(alloc, v, nil)
		}
	}
	x, err := d.value(v.X, fr)
	if err != nil {
		return nil, err
	}
	return jen.Op("*").Add(x), nil
}

// global is the value of a package variable: the variable itself when it can be
// used from outside, else what initialises it.
func (d *deriver) global(g *ssa.Global, v ssa.Value) (*jen.Statement, error) {
	obj := g.Object()
	if obj != nil && obj.Exported() && d.importable(obj.Pkg()) {
		return d.qual(obj), nil
	}
	var stored []ssa.Value
	for _, f := range g.Pkg.Members {
		fn, ok := f.(*ssa.Function)
		if !ok {
			continue
		}
		stored = append(stored, storesTo(fn, g)...)
	}
	if len(stored) != 1 {
		return nil, d.fail(v, "is the package variable %s, which other packages cannot use", g.Name())
	}
	return d.value(stored[0], nil)
}

func storesTo(f *ssa.Function, addr ssa.Value) []ssa.Value {
	var list []ssa.Value
	for _, b := range f.Blocks {
		for _, in := range b.Instrs {
			if st, ok := in.(*ssa.Store); ok && st.Addr == addr {
				list = append(list, st.Val)
			}
		}
	}
	return list
}

// variable is the value of a local variable that was not lifted into registers.
func (d *deriver) variable(a *ssa.Alloc, v ssa.Value, fr *frame) (*jen.Statement, error) {
	whole, fields := allocStores(a)
	switch {
	case len(whole) == 1 && len(fields) == 0:
		return d.value(whole[0], fr)
	case len(whole) == 0:
		code, err := d.value(a, fr) // &T{…}
		if err != nil {
			return nil, err
		}
		return jen.Op("*").Add(code), nil
	}
	return nil, d.fail(v, "is a variable that is set in %d places", len(whole)+len(fields))
}

// allocStores are the stores into a variable, as a whole and by field.
func allocStores(a *ssa.Alloc) (whole []ssa.Value, fields map[int][]ssa.Value) {
	fields = map[int][]ssa.Value{}
	for _, ref := range *a.Referrers() {
		switch ref := ref.(type) {
		case *ssa.Store:
			if ref.Addr == a {
				whole = append(whole, ref.Val)
			}
		case *ssa.FieldAddr:
			for _, r := range *ref.Referrers() {
				if st, ok := r.(*ssa.Store); ok && st.Addr == ref {
					fields[ref.Field] = append(fields[ref.Field], st.Val)
				}
			}
		}
	}
	return whole, fields
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

// phi is a value that depends on a condition: followed only when all ways give
// the same.
func (d *deriver) phi(v *ssa.Phi, fr *frame) (*jen.Statement, error) {
	var only ssa.Value
	for _, e := range v.Edges {
		if e == v || e == only {
			continue
		}
		if only != nil {
			return nil, d.fail(v, "depends on a condition")
		}
		only = e
	}
	return d.value(only, fr)
}
