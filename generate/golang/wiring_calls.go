package golang

import (
	"errors"
	"fmt"
	"go/types"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"
	"golang.org/x/tools/go/ssa"
)

// lookInto tells whether a call is followed into the function instead of being
// repeated: the composition itself, and functions that cannot be called from
// outside.
func (d *deriver) lookInto(f *ssa.Function) bool {
	if len(f.Blocks) == 0 || !d.ours(f) {
		return false
	}
	return d.roots[f] || f.Object() == nil || !f.Object().Exported() || !d.importable(packageOf(f))
}

// result derives result number i of a call.
func (d *deriver) result(call *ssa.Call, i int, fr *frame) (*jen.Statement, error) {
	common := call.Common()
	f := common.StaticCallee()
	if f != nil && d.lookInto(f) {
		v, err := d.onlyReturn(f, i)
		if err != nil {
			return nil, err
		}
		return d.value(v, d.enter(call, fr))
	}
	s, err := d.repeat(call, fr)
	if err != nil {
		return nil, err
	}
	if i >= len(s.names) {
		return nil, d.fail(call, "is an error")
	}
	s.used[i] = true
	return jen.Id(s.names[i]), nil
}

// repeat makes a call a step of the wiring, once.
func (d *deriver) repeat(call *ssa.Call, fr *frame) (*step, error) {
	key := memoKey{call, fr}
	if s, ok := d.calls[key]; ok {
		return s, nil
	}
	fn, what, err := d.callee(call, fr)
	if err != nil {
		return nil, err
	}
	args, err := d.arguments(call, fr)
	if err != nil {
		return nil, err
	}
	s := d.newStep(call.Common().Signature().Results(), d.lhs[call.Pos()])
	s.call, s.what = fn.Call(args...), what
	d.steps = append(d.steps, s)
	d.calls[key] = s
	if f := call.Common().StaticCallee(); f != nil {
		d.noteState(call, f)
	}
	return s, d.configure(call, s, fr)
}

func (d *deriver) newStep(results *types.Tuple, lhs []string) *step {
	s := &step{}
	for i := range results.Len() {
		t := results.At(i).Type()
		if i == results.Len()-1 && isError(t) {
			s.hasErr = true
			break
		}
		s.names = append(s.names, d.name(lhs, i, t))
		if i == 0 {
			s.closes, s.closeErr = closeMethod(t)
		}
	}
	s.used = make([]bool, len(s.names))
	return s
}

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

// closeMethod tells whether values of the type have Close() or Close() error.
func closeMethod(t types.Type) (has, withErr bool) {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, "Close")
	f, ok := obj.(*types.Func)
	if !ok || f.Signature().Params().Len() > 0 {
		return false, false
	}
	switch r := f.Signature().Results(); {
	case r.Len() == 0:
		return true, false
	case r.Len() == 1 && isError(r.At(0).Type()):
		return true, true
	}
	return false, false
}

// callee is the function expression of a call and its name in words.
func (d *deriver) callee(call *ssa.Call, fr *frame) (*jen.Statement, string, error) {
	common := call.Common()
	if common.IsInvoke() {
		recv, err := d.value(common.Value, fr)
		if err != nil {
			return nil, "", err
		}
		if !common.Method.Exported() {
			return nil, "", d.fail(call, "calls the unexported method %s", common.Method.Name())
		}
		return recv.Dot(common.Method.Name()), common.Method.Name(), nil
	}
	f := common.StaticCallee()
	if f == nil {
		fn, err := d.value(common.Value, fr)
		return fn, "function value", err
	}
	obj := f.Object()
	if o := f.Origin(); o != nil {
		obj = o.Object()
	}
	if obj == nil || !obj.Exported() || !d.importable(obj.Pkg()) {
		return nil, "", d.fail(call, "calls %s, which other packages cannot", displayFunc(f))
	}
	if f.Signature.Recv() == nil {
		return d.qual(obj).Add(d.typeArgs(f)), displayFunc(f), nil
	}
	recv, err := d.value(common.Args[0], fr)
	if err != nil {
		return nil, "", err
	}
	return recv.Dot(obj.Name()), displayFunc(f), nil
}

func (d *deriver) typeArgs(f *ssa.Function) *jen.Statement {
	var list []jen.Code
	for _, t := range f.TypeArgs() {
		list = append(list, d.typ(t))
	}
	if len(list) == 0 {
		return &jen.Statement{}
	}
	return jen.Types(list...)
}

// arguments derives all arguments of a call; all that cannot be are reported.
func (d *deriver) arguments(call *ssa.Call, fr *frame) ([]jen.Code, error) {
	common := call.Common()
	args, sig := common.Args, common.Signature()
	if sig.Recv() != nil && !common.IsInvoke() {
		args = args[1:]
	}
	var list []jen.Code
	var errs []error
	for i, arg := range args {
		code, err := d.argumentCode(call, i, arg, fr)
		errs = append(errs, err)
		list = append(list, code...)
	}
	return list, errors.Join(errs...)
}

func (d *deriver) argumentCode(call *ssa.Call, i int, arg ssa.Value, fr *frame) ([]jen.Code, error) {
	sig := call.Common().Signature()
	key, name := d.wireKey(call, i)
	if text, ok := d.wire[key]; ok {
		d.usedWire[key] = true
		return []jen.Code{d.expression(text)}, nil
	}
	if sig.Variadic() && i == sig.Params().Len()-1 {
		return d.variadic(call, arg, key, fr)
	}
	code, err := d.value(arg, fr)
	if err == nil {
		return []jen.Code{code}, nil
	}
	if isLogger(arg.Type()) {
		d.imports["slog"] = true
		return []jen.Code{jen.Qual("log/slog", "Default").Call()}, nil
	}
	return nil, d.blame(err, call, key, name, arg)
}

// blame names the argument whose value cannot be derived, unless one further
// inside has been named.
func (d *deriver) blame(err error, call *ssa.Call, key, name string, arg ssa.Value) error {
	var u *underivable
	if !errors.As(err, &u) || u.key != "" {
		return err
	}
	pos := u.pos
	if !pos.IsValid() {
		pos = d.position(call.Pos(), call.Parent())
	}
	f := call.Common().StaticCallee()
	what := "call"
	if f != nil {
		what = displayFunc(f)
	}
	return &underivable{pos: pos, what: "parameter " + name + " of " + what, reason: u.reason, key: key, typ: arg.Type(), hidden: u.hidden}
}

// wireKey names an argument in services.X.wire: catalogue.New.clk.
func (d *deriver) wireKey(call *ssa.Call, i int) (key, param string) {
	sig := call.Common().Signature()
	param = fmt.Sprintf("%d", i+1)
	if i < sig.Params().Len() && sig.Params().At(i).Name() != "" {
		param = sig.Params().At(i).Name()
	}
	f := call.Common().StaticCallee()
	if f == nil {
		return "", param
	}
	return strings.NewReplacer("(*", "", "(", "", ")", "").Replace(displayFunc(f)) + "." + param, param
}

func isLogger(t types.Type) bool { return t.String() == "*log/slog.Logger" }

// variadic spreads a variadic argument; a list that came from elsewhere is handed
// on with dots.
func (d *deriver) variadic(call *ssa.Call, arg ssa.Value, key string, fr *frame) ([]jen.Code, error) {
	if c, ok := arg.(*ssa.Const); ok && c.IsNil() {
		return nil, nil
	}
	if s, ok := arg.(*ssa.Slice); ok {
		if elems, ok := sliceElements(s); ok {
			list, err := d.values(elems, fr)
			if err != nil {
				return nil, d.blame(err, call, key, key[strings.LastIndex(key, ".")+1:], arg)
			}
			return list, nil
		}
	}
	code, err := d.value(arg, fr)
	if err != nil {
		return nil, d.blame(err, call, key, key[strings.LastIndex(key, ".")+1:], arg)
	}
	return []jen.Code{code.Op("...")}, nil
}

// configure repeats the calls that set something up in a value just made: methods
// that store into a field of their receiver, called in the composition. Those
// that run (go, defer) are left out: the service starts no background work.
func (d *deriver) configure(made *ssa.Call, s *step, fr *frame) error {
	var value ssa.Value = made
	if len(s.names) == 0 {
		return nil
	}
	if made.Common().Signature().Results().Len() > 1 {
		value = extractOf(made, 0)
	}
	if value == nil {
		return nil
	}
	var errs []error
	for _, ref := range slices.Clone(*value.Referrers()) {
		call, ok := ref.(*ssa.Call)
		if !ok || !d.setsUp(call, value) {
			continue
		}
		args, err := d.arguments(call, fr)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s.used[0] = true
		f := call.Common().StaticCallee()
		d.steps = append(d.steps, &step{call: jen.Id(s.names[0]).Dot(f.Name()).Call(args...), what: displayFunc(f),
			hasErr: call.Common().Signature().Results().Len() == 1 && isError(call.Common().Signature().Results().At(0).Type())})
	}
	return errors.Join(errs...)
}

func extractOf(call *ssa.Call, i int) ssa.Value {
	for _, ref := range *call.Referrers() {
		if e, ok := ref.(*ssa.Extract); ok && e.Index == i {
			return e
		}
	}
	return nil
}

// setsUp tells whether a call is a setter on v in the composition.
func (d *deriver) setsUp(call *ssa.Call, v ssa.Value) bool {
	f := call.Common().StaticCallee()
	if f == nil || f.Signature.Recv() == nil || len(call.Common().Args) == 0 || call.Common().Args[0] != v {
		return false
	}
	if f.Object() == nil || !f.Object().Exported() || !unconditional(call) {
		return false
	}
	switch f.Name() {
	case "Use", "NotFound", "MethodNotAllowed":
		if isRouter(v.Type()) {
			return true
		}
	}
	if !d.ours(f) {
		return false
	}
	results := f.Signature.Results()
	if results.Len() > 1 || results.Len() == 1 && !isError(results.At(0).Type()) {
		return false
	}
	for _, b := range f.Blocks {
		for _, in := range b.Instrs {
			if st, ok := in.(*ssa.Store); ok {
				if at, ok := st.Addr.(*ssa.FieldAddr); ok && at.X == f.Params[0] {
					return true
				}
			}
		}
	}
	return false
}

// noteState tells of values of the monolith that the service has a copy of.
func (d *deriver) noteState(call *ssa.Call, f *ssa.Function) {
	p := d.prog.Fset.Position(call.Pos())
	for _, b := range f.Blocks {
		for _, in := range b.Instrs {
			if _, ok := in.(*ssa.Go); ok {
				d.notes = append(d.notes, fmt.Sprintf("%s starts a goroutine: the service runs it as well (%s:%d)", displayFunc(f), d.relative(p.Filename), p.Line))
				return
			}
		}
	}
	if pkg := packageOf(f); pkg == nil || d.owned[pkg.Path()] {
		return
	}
	if t, ok := ownState(f, d.composition); ok {
		d.notes = append(d.notes, fmt.Sprintf("the service has its own %s, made by %s (%s:%d): what it keeps in memory is not shared with the monolith",
			t, displayFunc(f), d.relative(p.Filename), p.Line))
	}
}

// ownState tells whether a constructor of the module returns something that keeps
// changing state of its own: a struct with a mutex, a map or a channel.
func ownState(f *ssa.Function, c *composition) (string, bool) {
	if f.Signature.Results().Len() == 0 || !c.ours(f) {
		return "", false
	}
	t := f.Signature.Results().At(0).Type()
	p, ok := types.Unalias(t).(*types.Pointer)
	if !ok {
		return "", false
	}
	st, ok := p.Elem().Underlying().(*types.Struct)
	if !ok {
		return "", false
	}
	for field := range st.Fields() {
		switch u := field.Type().Underlying().(type) {
		case *types.Map, *types.Chan:
			return types.TypeString(t, func(p *types.Package) string { return p.Name() }), true
		case *types.Struct:
			if named, ok := types.Unalias(field.Type()).(*types.Named); ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "sync" {
				return types.TypeString(t, func(p *types.Package) string { return p.Name() }), true
			}
			_ = u
		}
	}
	return "", false
}
