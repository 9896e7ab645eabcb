package facts

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// rpcServer records the methods of a server that is given to generated code:
// RegisterGreeterServer(registrar, srv) of protoc-gen-go-grpc, and
// NewGreeterHandler(srv, options...) (string, http.Handler) of connect.
func (e *extractor) rpcServer(call ssa.CallInstruction, fn *types.Func, args []ssa.Value) bool {
	sig := fn.Signature()
	if sig.Recv() != nil {
		return false
	}
	name := fn.Name()
	switch {
	case strings.HasPrefix(name, "Register") && strings.HasSuffix(name, "Server") && len(args) == 2 && isRegistrar(sig.Params().At(0).Type()):
		e.rpcMethods(call, "grpc", strings.TrimSuffix(name[len("Register"):], "Server"), sig.Params().At(1).Type(), args[1])
	case strings.HasPrefix(name, "New") && strings.HasSuffix(name, "Handler") && len(args) >= 1 && givesPathHandler(sig):
		e.rpcMethods(call, "connect", strings.TrimSuffix(name[len("New"):], "Handler"), sig.Params().At(0).Type(), args[0])
	default:
		return false
	}
	return true
}

func isRegistrar(t types.Type) bool {
	switch bareTypePath(t) {
	case "google.golang.org/grpc.ServiceRegistrar", "google.golang.org/grpc.Server":
		return true
	}
	return false
}

func givesPathHandler(sig *types.Signature) bool {
	r := sig.Results()
	return r.Len() == 2 && isString(r.At(0).Type()) && bareTypePath(r.At(1).Type()) == "net/http.Handler"
}

// rpcMethods records each exported method that the service's interface asks for.
func (e *extractor) rpcMethods(call ssa.CallInstruction, kind, service string, asked types.Type, srv ssa.Value) {
	i, ok := asked.Underlying().(*types.Interface)
	if !ok {
		return
	}
	t := srv.Type()
	if m, ok := srv.(*ssa.MakeInterface); ok {
		t = m.X.Type()
	}
	for m := range i.Methods() {
		if !m.Exported() {
			continue // mustEmbedUnimplemented…
		}
		var run Ref
		if !types.IsInterface(t) {
			run, _ = e.methodRef(t, m.Name())
		}
		e.addEntry(call, kind, service+"/"+m.Name(), run)
	}
}
