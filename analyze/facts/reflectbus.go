package facts

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// reflectBuses adds the calls of buses of the module that find a handler by the type of
// its message: bus.AddHandler(func(ctx, *cmd.Pay) error), bus.Dispatch(ctx, &cmd.Pay{}).
// The function that calls by reflection and the one that registers share the list or map
// of handlers; who dispatches calls those that take what it gives.
func (e *extractor) reflectBuses() {
	var callers []reflectCall
	for _, fn := range e.funcs {
		e.eachCall(fn, func(call ssa.CallInstruction) {
			if callsByReflection(call) {
				callers = append(callers, reflectCall{call, topFunc(fn)})
			}
		})
	}
	if len(callers) == 0 {
		return
	}
	e.knownReflection = map[ssa.CallInstruction]bool{}
	l := e.linkage()
	for _, c := range callers {
		if handlers := e.handlersOf(c.fn); len(handlers) > 0 {
			e.knownReflection[c.call] = e.dispatch(l, c.fn, handlers)
		}
	}
}

// dispatch adds the calls of those who give messages to a bus, and says whether each has
// a handler. Handlers of mocks are none for code that runs without them.
func (e *extractor) dispatch(l *linkage, bus *ssa.Function, handlers []*ssa.Function) bool {
	all := true
	messages := e.messages(bus)
	for _, m := range messages {
		var of, run []*ssa.Function
		for _, h := range handlers {
			if takes(h, m.value.Type()) {
				of = append(of, h)
				if l.runs(h) {
					run = append(run, h)
				}
			}
		}
		if len(run) > 0 && l.runs(m.call.Parent()) {
			of = run
		}
		for _, h := range of {
			e.dispatched(m.call, h)
		}
		all = all && len(of) > 0
	}
	return all && len(messages) > 0
}

func (e *extractor) dispatched(call ssa.CallInstruction, h *ssa.Function) {
	from, ok := e.refInstr(call)
	to, known := e.refFunc(h)
	if ok && known && from != to {
		e.addCall(Call{From: from, To: to, Mode: Dynamic, InLoop: e.inLoop(call),
			Evidence: e.evidence(e.posOf(call), model.Resolved, e.callName(to)+" by the type of what "+calleeShort(call.Common())+" is given")})
	}
}

// reflectCall is a call by reflection, and the declared function around it.
type reflectCall struct {
	call ssa.CallInstruction
	fn   *ssa.Function
}

func callsByReflection(call ssa.CallInstruction) bool {
	fn, _ := calledFunc(call)
	return fn != nil && fn.Pkg() != nil && fn.Pkg().Path() == "reflect" && fn.FullName() == "(reflect.Value).Call"
}

// handlersOf lists the functions that are registered with what a function calls: those
// given, as any, to a function of its package that keeps them in a list or map that it
// uses too, and looks at their type.
func (e *extractor) handlersOf(caller *ssa.Function) []*ssa.Function {
	kept := lists(caller)
	var out []*ssa.Function
	for _, fn := range e.funcs {
		if fn.Pkg != caller.Pkg || fn.Parent() != nil || len(kept) == 0 {
			continue
		}
		for _, p := range fn.Params {
			if !isAny(p.Type()) || !reflected(p) || !slices.ContainsFunc(lists(fn), func(l types.Object) bool { return slices.Contains(kept, l) }) {
				continue
			}
			for _, g := range e.gives(p, 0) {
				for _, h := range functionsOf(g.value) {
					out = append(out, e.through(h)...)
				}
			}
		}
	}
	return out
}

// lists gives the package variables and fields of maps and slices that a function uses.
func lists(fn *ssa.Function) []types.Object {
	var out []types.Object
	add := func(obj types.Object) {
		if obj == nil || slices.Contains(out, obj) {
			return
		}
		switch obj.Type().Underlying().(type) {
		case *types.Map, *types.Slice:
			out = append(out, obj)
		}
	}
	visitWithAnon(fn, func(in ssa.Instruction) {
		if fa, ok := in.(*ssa.FieldAddr); ok {
			if f := fieldOf(fa.X.Type(), fa.Field); f != nil {
				add(f)
			}
		}
		for _, op := range in.Operands(nil) {
			if g, ok := (*op).(*ssa.Global); ok && g.Object() != nil {
				add(g.Object())
			}
		}
	})
	return out
}

// reflected tells whether a function looks at the type of its parameter.
func reflected(p *ssa.Parameter) bool {
	return slices.ContainsFunc(*p.Referrers(), func(in ssa.Instruction) bool {
		if v, ok := in.(ssa.Value); ok && renamed(v) != nil {
			return slices.ContainsFunc(*v.Referrers(), reflects)
		}
		return reflects(in)
	})
}

// renamed gives the interface that one of another name is made of.
func renamed(v ssa.Value) ssa.Value {
	switch v := v.(type) {
	case *ssa.ChangeInterface:
		return v.X
	case *ssa.ChangeType:
		if types.IsInterface(v.X.Type()) {
			return v.X
		}
	}
	return nil
}

func reflects(in ssa.Instruction) bool {
	call, ok := in.(ssa.CallInstruction)
	if !ok {
		return false
	}
	fn, _ := calledFunc(call)
	return fn != nil && (fn.FullName() == "reflect.TypeOf" || fn.FullName() == "reflect.ValueOf")
}

// givenValue is what a call gives for a parameter.
type givenValue struct {
	value ssa.Value
	call  ssa.CallInstruction
}

// messages are what the callers of a function that calls by reflection give it as any.
func (e *extractor) messages(fn *ssa.Function) []givenValue {
	var out []givenValue
	for _, p := range fn.Params {
		if s, ok := p.Type().Underlying().(*types.Slice); isAny(p.Type()) || ok && isAny(s.Elem()) {
			for _, g := range e.gives(p, 0) {
				if mi, ok := g.value.(*ssa.MakeInterface); ok {
					out = append(out, givenValue{mi.X, g.call})
				}
			}
		}
	}
	return out
}

// gives follows a parameter to the values that callers give for it, through up to three
// functions that pass it on.
func (e *extractor) gives(p *ssa.Parameter, depth int) []givenValue {
	var out []givenValue
	if depth > maxWrappers {
		return nil
	}
	for _, call := range e.caller[p.Parent()] {
		arg := bind(call, p.Parent(), nil).args[p]
		items := []ssa.Value{arg}
		if s := sliceItems(arg); s != nil {
			items = s
		}
		for _, v := range items {
			if v != nil && renamed(v) != nil {
				v = renamed(v)
			}
			if q := paramOf(v); q != nil && q != p {
				out = append(out, e.gives(q, depth+1)...)
			} else if v != nil {
				out = append(out, givenValue{v, call})
			}
		}
	}
	return out
}

// takes tells whether a function has a parameter of the type.
func takes(fn *ssa.Function, t types.Type) bool {
	for p := range fn.Signature.Params().Variables() {
		if types.Identical(p.Type(), t) {
			return true
		}
	}
	return false
}
