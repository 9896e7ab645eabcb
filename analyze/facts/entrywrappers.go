package facts

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// An application often registers its jobs, tasks and consumers through a function of
// its own: func (c *Consumer) Handle(task string, h Handler) { c.mux.HandleFunc(task,
// c.logged(h)) }. What is registered are then its callers' arguments.

// entryFrame is one way to a registration: the call that gives it what it needs, and
// what the parameters are on that way.
type entryFrame struct {
	at  ssa.CallInstruction
	env *env
}

// entryFrames gives the ways to a registration: its own place, or, where what it
// registers is given to the function that it stands in, those of the callers.
func (e *extractor) entryFrames(at ssa.CallInstruction, values []ssa.Value, en *env, depth int) []entryFrame {
	fn := at.Parent()
	for fn.Parent() != nil { // topFunc gives the generic of an instance
		fn = fn.Parent()
	}
	if depth >= maxWrappers || !slices.ContainsFunc(values, func(v ssa.Value) bool { return e.fromParam(v, en, fn, 0) }) {
		return []entryFrame{{at, en}}
	}
	var out []entryFrame
	for _, call := range e.caller[fn] {
		if call.Parent() == fn {
			continue
		}
		out = append(out, e.entryFrames(call, values, appendEnv(en, bind(call, fn, nil)), depth+1)...)
	}
	if len(out) == 0 {
		return []entryFrame{{at, en}}
	}
	return out
}

// fromParam tells whether a value is what a function is given.
func (e *extractor) fromParam(v ssa.Value, en *env, fn *ssa.Function, depth int) bool {
	if v == nil || depth > 6 {
		return false
	}
	if isString(v.Type()) {
		r := e.resolver(nil)
		if !allHoles(r.texts(v, en)) {
			return false
		}
		for p := range r.open {
			if p.Parent() == fn {
				return true
			}
		}
		return false
	}
	p, ok := e.behindRun(v, en, 0).(*ssa.Parameter)
	return ok && p.Parent() == fn && runnable(p.Type())
}

// runnable tells whether a value of the type may be what runs: a function, or an
// interface that is not for something else.
func runnable(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Signature:
		return true
	case *types.Interface:
		return u.NumMethods() > 0 && bareTypePath(t) != "context.Context" && !isErrorType(t)
	}
	return false
}

// behindRun looks through wrappers at what runs: conversions, method values of
// functions and interfaces, middleware, closures around a function that they are
// given.
func (e *extractor) behindRun(v ssa.Value, en *env, depth int) ssa.Value {
	next := func(x ssa.Value) ssa.Value { return e.behindRun(x, en, depth+1) }
	if depth > 12 {
		return v
	}
	switch x := v.(type) {
	case *ssa.MakeInterface:
		return next(x.X)
	case *ssa.ChangeInterface:
		return next(x.X)
	case *ssa.ChangeType:
		return next(x.X)
	case *ssa.FreeVar:
		if made := freeVar(x); made != nil {
			return next(made)
		}
	case *ssa.UnOp, *ssa.Alloc:
		if p := paramOf(x); p != nil {
			return next(p)
		}
	case *ssa.Parameter:
		for at := en; at != nil; at = at.up {
			if a, ok := at.args[x]; ok {
				return e.behindRun(a, at.up, depth+1)
			}
		}
	case *ssa.MakeClosure:
		return e.behindClosure(x, next)
	case *ssa.Call:
		if inner := e.middleware(x, next); inner != nil {
			return inner
		}
	}
	return v
}

// behindClosure looks behind the method value of a function or interface, and behind a
// closure that calls one function which it is given.
func (e *extractor) behindClosure(mc *ssa.MakeClosure, next func(ssa.Value) ssa.Value) ssa.Value {
	fn := mc.Fn.(*ssa.Function)
	if fn.Parent() == nil && len(mc.Bindings) == 1 {
		if runnable(mc.Bindings[0].Type()) { // h.ProcessTask of a handler
			return next(mc.Bindings[0])
		}
		return mc
	}
	var found []*ssa.Parameter
	for i, b := range mc.Bindings {
		p := paramOf(b)
		if p != nil && p.Parent() == fn.Parent() && runnable(p.Type()) && calls(fn, fn.FreeVars[i]) {
			found = append(found, p)
		}
	}
	if len(found) == 1 {
		return next(found[0])
	}
	return mc
}

// calls tells whether a function calls what it captured, or its methods.
func calls(fn *ssa.Function, captured *ssa.FreeVar) bool {
	found := false
	eachInstr(fn, func(in ssa.Instruction) {
		call, ok := in.(ssa.CallInstruction)
		if !ok {
			return
		}
		v := call.Common().Value
		if load, ok := v.(*ssa.UnOp); ok {
			v = load.X
		}
		found = found || v == captured
	})
	return found
}

// middleware looks at what a call makes another of its kind of.
func (e *extractor) middleware(call *ssa.Call, next func(ssa.Value) ssa.Value) ssa.Value {
	_, args := calledFunc(call)
	for _, a := range args {
		_, isFunc := a.Type().Underlying().(*types.Signature)
		if isFunc && (types.IsInterface(call.Type()) || types.Identical(a.Type().Underlying(), call.Type().Underlying())) || runnable(a.Type()) && types.Identical(a.Type(), call.Type()) {
			return next(a)
		}
	}
	return nil
}
