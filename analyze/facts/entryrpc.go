package facts

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// rpcServer records the methods of a server that is given to generated code:
// RegisterGreeterServer(registrar, srv) of protoc-gen-go-grpc,
// NewGreeterHandler(srv, options...) (string, http.Handler) of connect,
// NewGreeterServer(srv, options...) TwirpServer of twirp, and NewServer(srv, options...)
// and RegisterService(server, srv) of kitex, whose package is the service. Other calls
// count if the service's description is given with the server.
func (e *extractor) rpcServer(call ssa.CallInstruction, fn *types.Func, args []ssa.Value) bool {
	sig := fn.Signature()
	if sig.Recv() != nil {
		return e.describedCall(call, args)
	}
	name := fn.Name()
	switch {
	case strings.HasPrefix(name, "Register") && strings.HasSuffix(name, "Server") && len(args) == 2 && isRegistrar(sig.Params().At(0).Type()):
		e.rpcMethods(call, "grpc", strings.TrimSuffix(name[len("Register"):], "Server"), sig.Params().At(1).Type(), args[1])
	case strings.HasPrefix(name, "New") && strings.HasSuffix(name, "Handler") && len(args) >= 1 && givesPathHandler(sig):
		e.rpcMethods(call, "connect", strings.TrimSuffix(name[len("New"):], "Handler"), sig.Params().At(0).Type(), args[0])
	case strings.HasPrefix(name, "New") && strings.HasSuffix(name, "Server") && len(args) >= 1 && givesTwirp(sig):
		e.rpcMethods(call, "rpc", name[len("New"):len(name)-len("Server")], sig.Params().At(0).Type(), args[0])
	case name == "NewServer" && len(args) >= 1 && sig.Results().Len() == 1 && bareTypePath(sig.Results().At(0).Type()) == kitexServer:
		e.kitexMethods(call, sig.Params().At(0).Type(), args[0])
	case name == "RegisterService" && len(args) >= 2 && bareTypePath(sig.Params().At(0).Type()) == kitexServer:
		e.kitexMethods(call, sig.Params().At(1).Type(), args[1])
	default:
		return e.describedCall(call, args)
	}
	return true
}

const kitexServer = "github.com/cloudwego/kitex/server.Server"

// kitexMethods records what a server of kitex answers, for the service that its
// interface is named after.
func (e *extractor) kitexMethods(call ssa.CallInstruction, asked types.Type, srv ssa.Value) {
	if n := namedOf(asked); n != nil && types.IsInterface(n) && n.Obj().Pkg() != nil {
		e.rpcMethods(call, "rpc", n.Obj().Name(), asked, srv)
	}
}

// givesTwirp tells whether a function gives a server as twirp generates it: the type is
// declared beside it.
func givesTwirp(sig *types.Signature) bool {
	if sig.Results().Len() != 1 || sig.Params().Len() == 0 {
		return false
	}
	n, asked := namedOf(sig.Results().At(0).Type()), namedOf(sig.Params().At(0).Type())
	return n != nil && asked != nil && n.Obj().Name() == "TwirpServer" && types.IsInterface(asked) && n.Obj().Pkg() == asked.Obj().Pkg()
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

// rpcMethods records each exported method that the service's interface asks for, of
// each type that the server may be.
func (e *extractor) rpcMethods(at ssa.Instruction, kind, service string, asked types.Type, srv ssa.Value) {
	i, ok := asked.Underlying().(*types.Interface)
	if !ok {
		return
	}
	made := e.madeTypes(srv)
	for m := range i.Methods() {
		if !m.Exported() {
			continue // mustEmbedUnimplemented…
		}
		var runs []Ref
		for _, t := range made {
			if run, ok := e.methodRef(t, m.Name()); ok {
				runs = append(runs, e.endpointBehind(t, m.Name(), run))
			}
		}
		if len(runs) == 0 {
			runs = []Ref{{}}
		}
		for _, run := range runs {
			e.addEntry(at, kind, service+"/"+m.Name(), run)
		}
	}
}
