package facts

import (
	"go/constant"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// Routes that protoc-gen-grpc-gateway generates: mux.Handle("POST", pattern, func),
// where the pattern is compiled to operations, and the function calls one method of a
// gRPC service.

const gatewayPath = "github.com/grpc-ecosystem/grpc-gateway/runtime"

func isGateway(t types.Type) bool { return bareTypePath(t) == gatewayPath+".ServeMux" }

// serveGateways notes the muxes that the module's own code registers on, and no code of
// other modules.
func (r *routeFinder) serveGateways() {
	served := map[ssa.Value]bool{}
	for _, rc := range r.registrations {
		if rc.router == "grpc-gateway" && len(r.readGateway(rc)) > 0 {
			for _, in := range r.inner(rc.recv, 0) {
				served[in.made] = true
			}
		}
	}
	for _, fn := range r.e.funcs {
		eachInstr(fn, func(in ssa.Instruction) {
			call, ok := in.(ssa.CallInstruction)
			if !ok || call.Common().StaticCallee() == nil || call.Common().StaticCallee().Blocks != nil {
				return
			}
			name := call.Common().StaticCallee().Name()
			for _, a := range call.Common().Args {
				if isGateway(a.Type()) && strings.HasPrefix(name, "Register") && strings.Contains(name, "Handler") {
					for _, in := range r.inner(a, 0) {
						delete(served, in.made)
					}
				}
			}
		})
	}
	r.served = served
}

// readGateway reads Handle and HandlePath of a gateway's mux. What is generated for
// servers and for clients registers the same: only what is called counts.
func (r *routeFinder) readGateway(rc routeCall) []registration {
	if len(rc.args) != 3 || r.calledFromOutside(rc) == nil {
		return nil
	}
	var patterns []string
	switch rc.name {
	case "HandlePath":
		patterns = r.strings(rc.args[1])
	case "Handle":
		if p, ok := r.compiled(rc.args[1]); ok {
			patterns = []string{p}
		}
	}
	ref, _ := r.gatewayMethod(rc)
	var out []registration
	for _, method := range r.strings(rc.args[0]) {
		for _, p := range patterns {
			out = append(out, registration{method: strings.ToUpper(method), pattern: p, handler: rc.args[2], handlers: rc.args[2:], ref: ref})
		}
	}
	return out
}

// calledFromOutside gives the call that makes generated code register, or the
// registration itself where it is written by hand.
func (r *routeFinder) calledFromOutside(rc routeCall) ssa.CallInstruction {
	if rc.name != "Handle" {
		return rc.call
	}
	return r.callFromOutside(topFunc(rc.call.Parent()), map[*ssa.Function]bool{})
}

func (r *routeFinder) callFromOutside(fn *ssa.Function, seen map[*ssa.Function]bool) ssa.CallInstruction {
	seen[fn] = true
	file, _, _ := r.e.p.Rel(fn.Pos())
	for _, call := range r.e.caller[fn] {
		if from, _, _ := r.e.p.Rel(call.Pos()); from != file {
			return call
		}
		if next := topFunc(call.Parent()); !seen[next] {
			if found := r.callFromOutside(next, seen); found != nil {
				return found
			}
		}
	}
	return nil
}

// compiled reads the pattern that a package variable holds:
// runtime.MustPattern(runtime.NewPattern(1, ops, pool, verb)).
func (r *routeFinder) compiled(v ssa.Value) (string, bool) {
	load, ok := v.(*ssa.UnOp)
	if !ok || global(load.X) == nil {
		return "", false
	}
	for _, x := range r.e.storesOf().globals[global(load.X)] {
		for range 3 {
			switch y := x.(type) {
			case *ssa.Extract:
				x = y.Tuple
			case *ssa.Call:
				if calleeShort(&y.Call) == "NewPattern" && len(y.Call.Args) >= 4 {
					return r.template(y.Call.Args)
				}
				if len(y.Call.Args) > 0 {
					x = y.Call.Args[0]
				}
			}
		}
	}
	return "", false
}

// template runs the operations of a compiled pattern: pairs of a code and an operand,
// as grpc-gateway's utilities package defines them.
func (r *routeFinder) template(args []ssa.Value) (string, bool) {
	var ops []int
	for _, v := range sliceItems(args[1]) {
		k, ok := v.(*ssa.Const)
		if !ok || k.Value == nil || k.Value.Kind() != constant.Int {
			return "", false
		}
		ops = append(ops, int(k.Int64()))
	}
	var pool []string
	for _, v := range sliceItems(args[2]) {
		pool = append(pool, r.strings(v)...)
	}
	path, ok := runTemplate(ops, pool)
	if verb := r.strings(args[3]); ok && len(verb) == 1 && verb[0] != "" {
		path += ":" + verb[0]
	}
	return path, ok
}

// The operations of patterns.
const (
	opPush    = 1 // one segment of any text
	opLiteral = 2 // the text of the pool
	opRest    = 3 // all segments that follow
	opConcat  = 4 // joins so many
	opCapture = 5 // names the last by the pool
)

func runTemplate(ops []int, pool []string) (string, bool) {
	var stack []string
	for i := 0; i+1 < len(ops); i += 2 {
		n := ops[i+1]
		if (ops[i] == opLiteral || ops[i] == opCapture) && (n < 0 || n >= len(pool)) ||
			ops[i] == opConcat && (n < 0 || n > len(stack)) || ops[i] == opCapture && len(stack) == 0 {
			return "", false
		}
		switch ops[i] {
		case opPush:
			stack = append(stack, "*")
		case opLiteral:
			stack = append(stack, pool[n])
		case opRest:
			stack = append(stack, "**")
		case opConcat:
			stack = append(stack[:len(stack)-n], strings.Join(stack[len(stack)-n:], "/"))
		case opCapture:
			last := &stack[len(stack)-1]
			name := strings.ReplaceAll(pool[n], ".", "_")
			*last = strings.Replace(strings.ReplaceAll(*last, "**", "{"+name+"...}"), "*", "{"+name+"}", 1)
		}
	}
	return "/" + strings.Join(stack, "/"), len(stack) > 0
}

// gatewayMethod names the method of the module's server that answers: of the one that
// is given, or of the one that is registered for the service.
func (r *routeFinder) gatewayMethod(rc routeCall) (Ref, bool) {
	for _, fn := range functionsOf(rc.args[2]) {
		service, method, ok := requested(fn)
		if !ok {
			continue
		}
		for _, t := range append(r.given(rc, fn), r.servers()[service]...) {
			if ref, ok := r.e.methodRef(t, method); ok {
				return ref, true
			}
		}
	}
	return Ref{}, false
}

// requested reads service and method from the generated function that a handler calls:
// request_Orders_Place_0, local_request_Orders_Place_0.
func requested(fn *ssa.Function) (service, method string, ok bool) {
	eachInstr(fn, func(in ssa.Instruction) {
		call, isCall := in.(ssa.CallInstruction)
		if !isCall || call.Common().StaticCallee() == nil {
			return
		}
		name := strings.TrimPrefix(call.Common().StaticCallee().Name(), "local_")
		rest, generated := strings.CutPrefix(name, "request_")
		parts := strings.Split(rest, "_")
		if generated && len(parts) >= 3 {
			service, method, ok = strings.Join(parts[:len(parts)-2], "_"), parts[len(parts)-2], true
		}
	})
	return service, method, ok
}

// given are the types of the servers that a handler is made with, in this row.
func (r *routeFinder) given(_ routeCall, fn *ssa.Function) []types.Type {
	var out []types.Type
	for _, v := range fn.FreeVars {
		if made := freeVar(v); made != nil {
			if p := paramOf(made); p != nil {
				if t := bareValue(r.row.of(p)).Type(); !types.IsInterface(t) && !r.isRouter(t) {
					out = append(out, t)
				}
			}
		}
	}
	return out
}

// servers are the types of the module that are registered for a gRPC service, by its
// name.
func (r *routeFinder) servers() map[string][]types.Type {
	if r.registered != nil {
		return r.registered
	}
	r.registered = map[string][]types.Type{}
	for _, fn := range r.e.funcs {
		eachInstr(fn, func(in ssa.Instruction) {
			call, ok := in.(ssa.CallInstruction)
			if !ok {
				return
			}
			callee, args := calledFunc(call)
			if callee == nil || len(args) != 2 || callee.Signature().Recv() != nil || !isRegistrar(callee.Signature().Params().At(0).Type()) {
				return
			}
			service, ok := strings.CutPrefix(callee.Name(), "Register")
			if t := bareValue(args[1]).Type(); ok && strings.HasSuffix(service, "Server") && !types.IsInterface(t) {
				service = strings.TrimSuffix(service, "Server")
				if !slices.ContainsFunc(r.registered[service], func(o types.Type) bool { return types.Identical(o, t) }) {
					r.registered[service] = append(r.registered[service], t)
				}
			}
		})
	}
	return r.registered
}
