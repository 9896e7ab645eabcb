package facts

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/types/typeutil"
)

// assume resolves the calls through the module's interfaces to which no flow inside
// the module leads a value: what a container of a dependency, a registry or
// reflection gives back. They may reach each type that the module converts to that
// interface or, where it converts none, to another one that the type implements: as
// rapid type analysis would have it, at these calls alone.
func (e *extractor) assume() {
	var made *conversions
	known := map[asked][]*ssa.Function{}
	for _, fn := range e.funcs {
		e.eachCall(fn, func(call ssa.CallInstruction) {
			if !e.unfed(call) {
				return
			}
			if made == nil {
				made = e.conversions()
			}
			what := asked{call.Common().Value.Type(), call.Common().Method}
			targets, ok := known[what]
			if !ok {
				targets = e.implementing(call.Common(), made)
				known[what] = targets
			}
			if len(targets) > 0 {
				e.sites[call] = targets
				e.assumed[call] = true
			}
		})
	}
}

// asked is what implementing depends on: one interface as it is named in the code,
// and its method.
type asked struct {
	in     types.Type
	method *types.Func
}

// unfed tells whether a call goes through an interface of the module that nothing
// was seen to be put into.
func (e *extractor) unfed(call ssa.CallInstruction) bool {
	com := call.Common()
	return com.IsInvoke() && com.Method.Pkg() != nil && e.own[com.Method.Pkg()] && len(e.sites[call]) == 0 && !e.outside[call]
}

// foreign tells whether the function is a method that a type of another module
// declares.
func (e *extractor) foreign(fn *ssa.Function) bool {
	obj := fn.Object()
	return fn.Blocks == nil && obj != nil && obj.Pkg() != nil && !e.own[obj.Pkg()]
}

// conversions are the concrete types that the module converts to interfaces, in the
// order of the code.
type conversions struct {
	known typeutil.Map // the types, to the interfaces that each is converted to
	to    map[types.Type][]types.Type
	// odd are those that implementers does not list: instances of generics and types
	// declared inside functions.
	odd []types.Type
}

func (c *conversions) add(t types.Type, to types.Type) {
	set, _ := c.known.At(t).(map[types.Type]bool)
	if set == nil {
		set = map[types.Type]bool{}
		c.known.Set(t, set)
		if n := namedOf(t); n == nil || n.TypeParams().Len() > 0 || n.Obj().Pkg() != nil && n.Obj().Parent() != n.Obj().Pkg().Scope() {
			c.odd = append(c.odd, t)
		}
	}
	if to != nil && !set[to] {
		set[to] = true
		c.to[to] = append(c.to[to], t)
	}
}

// implement gives the converted types that implement an interface.
func (c *conversions) implement(e *extractor, i *types.Interface) []types.Type {
	var out []types.Type
	for _, n := range e.implementers(i) {
		for _, t := range []types.Type{n, types.NewPointer(n)} {
			if c.known.At(t) != nil {
				out = append(out, t)
			}
		}
	}
	return append(out, c.odd...)
}

func (e *extractor) conversions() *conversions {
	made := &conversions{to: map[types.Type][]types.Type{}}
	for _, fn := range e.funcs {
		eachInstr(fn, func(in ssa.Instruction) {
			if m, ok := in.(*ssa.MakeInterface); ok {
				made.add(m.X.Type(), m.Type())
			}
		})
	}
	for _, t := range e.madeByContainers() {
		made.add(t, nil)
	}
	return made
}

// implementing gives the methods that a call may reach.
func (e *extractor) implementing(com *ssa.CallCommon, made *conversions) []*ssa.Function {
	i, ok := com.Value.Type().Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	if out := e.reachable(com, i, made.to[com.Value.Type()]); len(out) > 0 {
		return out
	}
	return e.reachable(com, i, made.implement(e, i))
}

func (e *extractor) reachable(com *ssa.CallCommon, i *types.Interface, list []types.Type) []*ssa.Function {
	var out []*ssa.Function
	for _, t := range list {
		if !types.Implements(t, i) {
			continue
		}
		sel := e.p.Prog.MethodSets.MethodSet(t).Lookup(com.Method.Pkg(), com.Method.Name())
		if sel == nil {
			continue
		}
		if fn := e.methodValue(sel); fn != nil {
			out = append(out, e.through(fn)...)
		}
	}
	return slices.Compact(out)
}
