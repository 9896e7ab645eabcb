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
	var made conversions
	for _, fn := range e.funcs {
		eachInstr(fn, func(in ssa.Instruction) {
			call, ok := in.(ssa.CallInstruction)
			if !ok || !e.unfed(call) {
				return
			}
			if made.to == nil {
				made = e.conversions()
			}
			if targets := e.implementing(call.Common(), made); len(targets) > 0 {
				e.sites[call] = targets
				e.assumed[call] = true
			}
		})
	}
}

// unfed tells whether a call goes through an interface of the module that nothing
// was seen to be put into.
func (e *extractor) unfed(call ssa.CallInstruction) bool {
	com := call.Common()
	return com.IsInvoke() && len(e.sites[call]) == 0 && !e.outside[call] && com.Method.Pkg() != nil && e.own[com.Method.Pkg()]
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
	all []types.Type
	to  map[types.Type][]types.Type // by interface
}

func (e *extractor) conversions() conversions {
	made := conversions{to: map[types.Type][]types.Type{}}
	var known typeutil.Map
	for _, fn := range e.funcs {
		eachInstr(fn, func(in ssa.Instruction) {
			m, ok := in.(*ssa.MakeInterface)
			if !ok {
				return
			}
			to, _ := known.At(m.X.Type()).(map[types.Type]bool)
			if to == nil {
				to = map[types.Type]bool{}
				known.Set(m.X.Type(), to)
				made.all = append(made.all, m.X.Type())
			}
			if !to[m.Type()] {
				to[m.Type()] = true
				made.to[m.Type()] = append(made.to[m.Type()], m.X.Type())
			}
		})
	}
	made.all = append(made.all, e.madeByContainers()...)
	return made
}

// implementing gives the methods that a call may reach.
func (e *extractor) implementing(com *ssa.CallCommon, made conversions) []*ssa.Function {
	if out := e.reachable(com, made.to[com.Value.Type()]); len(out) > 0 {
		return out
	}
	return e.reachable(com, made.all)
}

func (e *extractor) reachable(com *ssa.CallCommon, list []types.Type) []*ssa.Function {
	i, ok := com.Value.Type().Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	var out []*ssa.Function
	for _, t := range list {
		if !types.Implements(t, i) {
			continue
		}
		sel := e.p.Prog.MethodSets.MethodSet(t).Lookup(com.Method.Pkg(), com.Method.Name())
		if sel == nil {
			continue
		}
		if fn := e.p.Prog.MethodValue(sel); fn != nil {
			out = append(out, e.through(fn)...)
		}
	}
	return slices.Compact(out)
}
