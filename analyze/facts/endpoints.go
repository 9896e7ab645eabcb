package facts

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// Servers of go-kit stand between a transport and an endpoint: NewServer(endpoint,
// decode, encode, options…). The endpoint answers; what decodes and encodes is often
// one function for all.

// endpointOf gives the endpoint that a call makes a server of, else nil.
func endpointOf(call *ssa.Call) ssa.Value {
	fn, args := calledFunc(call)
	if fn == nil || fn.Pkg() == nil || len(args) < 3 || fn.Name() != "NewServer" && fn.Name() != "NewSubscriber" {
		return nil
	}
	if _, isFunc := args[0].Type().Underlying().(*types.Signature); !isFunc || !strings.HasPrefix(fn.Pkg().Path(), "github.com/go-kit/kit/transport/") {
		return nil
	}
	return args[0]
}

// endpointBehind names the endpoint behind a method that passes its request on to a
// server of go-kit which a field holds; else the method itself.
func (e *extractor) endpointBehind(t types.Type, method string, run Ref) Ref {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, method)
	m, _ := obj.(*types.Func)
	if m == nil || e.p.Prog == nil {
		return run
	}
	fn := e.p.Prog.FuncValue(m.Origin())
	if fn == nil {
		return run
	}
	r := &routeFinder{e: e}
	e.eachCall(fn, func(call ssa.CallInstruction) {
		if called, _ := calledFunc(call); called == nil || called.Name() != "ServeGRPC" || !call.Common().IsInvoke() {
			return
		}
		for _, v := range e.heldValues(call.Common().Value) {
			server, ok := bareValue(v).(*ssa.Call)
			if !ok || endpointOf(server) == nil {
				continue
			}
			if ref, ok := r.handlerOf(endpointOf(server), nil, 0); ok {
				run = ref
			}
		}
	})
	return run
}

// heldValues gives what is stored in the field that a value is loaded from.
func (e *extractor) heldValues(v ssa.Value) []ssa.Value {
	load, ok := v.(*ssa.UnOp)
	if !ok {
		return nil
	}
	field, ok := load.X.(*ssa.FieldAddr)
	if !ok {
		return nil
	}
	return e.storesOf().fields[fieldOf(field.X.Type(), field.Field)]
}
