package facts

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// handler names the function that answers: through conversions, method values,
// middleware (its handler argument), and factories (the function that makes the
// closure).
func (r *routeFinder) handler(reg registration, depth int) (Ref, bool) {
	if reg.ref.Atom != "" {
		return reg.ref, true
	}
	for i := len(reg.handlers) - 1; i >= 0; i-- {
		if ref, ok := r.handlerOf(reg.handlers[i], nil, depth); ok {
			return ref, true
		}
	}
	return Ref{}, false
}

func (r *routeFinder) handlerOf(v ssa.Value, en *env, depth int) (Ref, bool) {
	if v == nil || depth > 12 {
		return Ref{}, false
	}
	v = r.row.of(v)
	next := func(v ssa.Value) (Ref, bool) { return r.handlerOf(v, en, depth+1) }
	switch v := v.(type) {
	case *ssa.ChangeType:
		return next(v.X)
	case *ssa.ChangeInterface:
		return next(v.X)
	case *ssa.TypeAssert:
		return next(v.X)
	case *ssa.MakeInterface:
		if ref, ok := next(v.X); ok {
			return ref, true
		}
		return r.serveHTTP(v.X.Type())
	case *ssa.Function:
		return r.functionRef(v, depth)
	case *ssa.MakeClosure:
		return r.closureRef(v, en, depth)
	case *ssa.Call:
		return r.calledHandler(v, en, depth)
	case *ssa.Parameter:
		return r.paramHandler(v, en, depth)
	case *ssa.FreeVar:
		return next(freeVar(v))
	case *ssa.Phi:
		return r.firstHandler(v.Edges, en, depth)
	case *ssa.UnOp:
		return r.loadedHandler(v, en, depth)
	case *ssa.Extract:
		if call, ok := v.Tuple.(*ssa.Call); ok {
			return r.calledHandler(call, en, depth)
		}
	case *ssa.Slice: // handlers kept in a slice: the last answers
		if items := varargs(v); len(items) > 0 {
			return next(items[len(items)-1])
		}
	}
	if handlerLike(v.Type()) {
		return r.serveHTTP(v.Type())
	}
	return Ref{}, false
}

func (r *routeFinder) firstHandler(vals []ssa.Value, en *env, depth int) (Ref, bool) {
	for _, x := range vals {
		if ref, ok := r.handlerOf(x, en, depth+1); ok {
			return ref, true
		}
	}
	return Ref{}, false
}

// functionRef names a function; of an anonymous one that only passes on to one
// function of the module, that one.
func (r *routeFinder) functionRef(fn *ssa.Function, depth int) (Ref, bool) {
	if fn.Parent() != nil {
		if ref, ok := r.passesOn(fn, depth); ok {
			return ref, true
		}
	}
	for _, target := range r.e.through(fn) {
		if !r.e.ofModule(target) {
			continue
		}
		if ref, ok := r.writtenBehind(target); ok {
			return ref, true
		}
		if ref, ok := r.e.refFunc(target); ok {
			return ref, true
		}
	}
	return Ref{}, false
}

// passesOn finds the one function of the module that an anonymous handler gives
// its own parameters to.
func (r *routeFinder) passesOn(fn *ssa.Function, depth int) (Ref, bool) {
	if depth > 8 || len(fn.Params) == 0 {
		return Ref{}, false
	}
	found := map[Ref]bool{}
	eachInstr(fn, func(in ssa.Instruction) {
		call, ok := in.(ssa.CallInstruction)
		if !ok || !givesAll(call, fn.Params) || givesMore(call, fn) && isResult(fn) {
			return
		}
		for _, t := range r.e.sites[call] {
			if ref, ok := r.e.refFunc(t); ok && r.e.ofModule(t) && t.Parent() == nil {
				found[ref] = true
			}
		}
	})
	if len(found) != 1 {
		return Ref{}, false
	}
	for ref := range found {
		return ref, true
	}
	return Ref{}, false
}

// givesMore tells whether a call has arguments beside the function's parameters.
func givesMore(call ssa.CallInstruction, fn *ssa.Function) bool {
	args := call.Common().Args
	if callee := call.Common().StaticCallee(); callee != nil && callee.Signature.Recv() != nil {
		args = args[1:]
	}
	return len(args) > len(fn.Params)
}

// isResult tells whether the function around an anonymous one is there to give it
// back, or a package variable holds it, wrapped or not. It is the handler then, though at
// its end it writes the headers of a page or the answer by another: render(w, r, answer).
func isResult(fn *ssa.Function) bool {
	if fn.Parent().Synthetic == "package initializer" {
		return true
	}
	for _, b := range fn.Parent().Blocks {
		ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return)
		if ok && len(ret.Results) > 0 && slices.Contains(functionsOf(ret.Results[0]), fn) {
			return true
		}
	}
	return false
}

func givesAll(call ssa.CallInstruction, params []*ssa.Parameter) bool {
	for _, p := range params {
		given := false
		for _, a := range call.Common().Args {
			given = given || a == p
		}
		if !given {
			return false
		}
	}
	return true
}

// closureRef names a bound method or a closure. A closure that calls a function
// that it captured is middleware written in place: what it captured answers.
func (r *routeFinder) closureRef(mc *ssa.MakeClosure, en *env, depth int) (Ref, bool) {
	fn := mc.Fn.(*ssa.Function)
	if fn.Parent() == nil && len(mc.Bindings) == 1 && r.wraps(mc.Bindings[0].Type()) { // h.ServeHTTP of a handler
		if ref, ok := r.handlerOf(mc.Bindings[0], en, depth+1); ok {
			return ref, true
		}
	}
	if fn.Parent() != nil {
		for _, b := range mc.Bindings {
			v := b
			if al, ok := b.(*ssa.Alloc); ok {
				if vals := storedIn(al); len(vals) == 1 {
					v = vals[0]
				}
			}
			if r.answers(v.Type()) {
				if ref, ok := r.handlerOf(v, en, depth+1); ok {
					return ref, true
				}
			}
		}
	}
	return r.functionRef(fn, depth)
}

// wraps tells whether a handler of the type stands for another: an interface, or a
// type of another module, whose own method is nobody's here.
func (r *routeFinder) wraps(t types.Type) bool {
	n := namedOf(t)
	return types.IsInterface(t) || handlerLike(t) && n != nil && n.Obj().Pkg() != nil && !r.e.own[n.Obj().Pkg()]
}

// answers tells whether a value of the type may be the handler itself: middleware,
// which gives a handler, and routers are none.
func (r *routeFinder) answers(t types.Type) bool {
	if !handlerLike(t) || r.isRouter(t) {
		return false
	}
	if sig, ok := t.Underlying().(*types.Signature); ok {
		for v := range sig.Results().Variables() {
			if handlerLike(v.Type()) {
				return false
			}
		}
	}
	return true
}

// calledHandler looks through a call that gives a handler.
func (r *routeFinder) calledHandler(call *ssa.Call, en *env, depth int) (Ref, bool) {
	if endpoint := endpointOf(call); endpoint != nil {
		return r.handlerOf(endpoint, en, depth+1)
	}
	com := call.Common()
	var args []ssa.Value
	for i, a := range com.Args {
		if i == len(com.Args)-1 && com.Signature().Variadic() {
			args = append(args, sliceItems(a)...)
			continue
		}
		args = append(args, a)
	}
	for i := len(args) - 1; i >= 0; i-- { // middleware: the handler that it wraps
		if !r.answers(args[i].Type()) {
			continue
		}
		if ref, ok := r.handlerOf(args[i], en, depth+1); ok {
			return ref, true
		}
	}
	for _, a := range args { // scoped(s.show): what makes the handler once its scope is known
		if makesHandler(a.Type()) {
			if ref, ok := r.handlerOf(a, en, depth+1); ok {
				return ref, true
			}
		}
	}
	for _, fn := range r.e.sites[call] {
		if ref, ok := r.factory(call, fn, en, depth); ok {
			return ref, true
		}
	}
	return Ref{}, false
}

// makesHandler tells a function that gives a handler of net/http, and takes none.
func makesHandler(t types.Type) bool {
	sig, ok := t.Underlying().(*types.Signature)
	if !ok || sig.Results().Len() != 1 || !serves(sig.Results().At(0).Type()) {
		return false
	}
	for p := range sig.Params().Variables() {
		if handlerLike(p.Type()) {
			return false
		}
	}
	return sig.Params().Len() > 0
}

func serves(t types.Type) bool {
	path := bareTypePath(t)
	return path == "net/http.Handler" || path == "net/http.HandlerFunc"
}

// factory names what a function of the module gives back as handler: a method or
// function of the module, or the function itself when it gives a closure.
func (r *routeFinder) factory(call *ssa.Call, fn *ssa.Function, en *env, depth int) (Ref, bool) {
	if fn.Blocks == nil {
		return Ref{}, false
	}
	inner := bind(call, fn, en)
	for _, b := range fn.Blocks {
		ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return)
		if !ok || len(ret.Results) == 0 {
			continue
		}
		if ref, ok := r.handlerOf(ret.Results[0], inner, depth+1); ok {
			return ref, true
		}
	}
	if r.e.ofModule(fn) {
		return r.e.refFunc(fn)
	}
	return Ref{}, false
}

// elsewhere tells whether a handler is known to be another module's.
func (r *routeFinder) elsewhere(v ssa.Value) bool {
	for range 6 {
		switch x := r.row.of(v).(type) {
		case *ssa.ChangeType:
			v = x.X
		case *ssa.MakeInterface:
			v = x.X
		case *ssa.Function:
			return x.Blocks == nil
		case *ssa.Call:
			callee := x.Call.StaticCallee()
			return callee != nil && callee.Blocks == nil
		default:
			return false
		}
	}
	return false
}

// paramHandler takes a parameter's value from the environment, or from the only
// caller.
func (r *routeFinder) paramHandler(p *ssa.Parameter, en *env, depth int) (Ref, bool) {
	for at := en; at != nil; at = at.up {
		if a, ok := at.args[p]; ok {
			return r.handlerOf(a, at.up, depth+1)
		}
	}
	calls := r.e.caller[p.Parent()]
	if len(calls) == 1 {
		if a, ok := bind(calls[0], p.Parent(), nil).args[p]; ok {
			return r.handlerOf(a, nil, depth+1)
		}
	}
	return Ref{}, false
}

func (r *routeFinder) loadedHandler(v *ssa.UnOp, en *env, depth int) (Ref, bool) {
	var vals []ssa.Value
	switch a := v.X.(type) {
	case *ssa.Call: // the method of what it points to
		return r.handlerOf(a, en, depth+1)
	case *ssa.Global:
		vals = r.e.storesOf().globals[a]
	case *ssa.FieldAddr:
		vals = r.e.storesOf().fields[fieldOf(a.X.Type(), a.Field)]
	case *ssa.Alloc:
		vals = storedIn(a)
	case *ssa.FreeVar:
		if al, ok := freeVar(a).(*ssa.Alloc); ok {
			vals = storedIn(al)
		}
	}
	if len(vals) > 0 && len(vals) <= 4 {
		if ref, ok := r.firstHandler(vals, en, depth); ok {
			return ref, true
		}
	}
	if handlerLike(v.Type()) {
		return r.serveHTTP(v.Type())
	}
	return Ref{}, false
}

// serveHTTP names the ServeHTTP method of a type of the module.
func (r *routeFinder) serveHTTP(t types.Type) (Ref, bool) {
	if types.IsInterface(t) {
		return Ref{}, false
	}
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, "ServeHTTP")
	fn, ok := obj.(*types.Func)
	if !ok {
		return Ref{}, false
	}
	return r.e.refOf(fn)
}
