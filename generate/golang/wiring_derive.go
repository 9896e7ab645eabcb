package golang

import (
	"cmp"
	"fmt"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strings"

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
	hidden string // the function that could be called, were it exported
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
	givenAs  map[string]string // variables of the plan's expressions, by key
	calls    map[memoKey]*step
	frames   map[frame]*frame
	relative func(string) string
	owned    map[string]bool // packages of the service
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
	if code := d.given(v.Type()); code != nil {
		return code, nil
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

func (d *deriver) fail(v ssa.Value, format string, args ...any) *underivable {
	pos := v.Pos()
	if mk, ok := v.(*ssa.MakeClosure); ok && !pos.IsValid() {
		pos = mk.Fn.Pos()
	}
	return &underivable{pos: d.position(pos, v.Parent()), reason: fmt.Sprintf(format, args...), typ: v.Type()}
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
