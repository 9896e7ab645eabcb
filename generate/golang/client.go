package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/ficus-dev/ficus/generate/contract"
)

// maxMessage is the largest message that generated clients and servers take,
// in bytes: gRPC's own limit of 4 MiB is less than a local call carries.
const maxMessage = 64 << 20

// Client generates for each receiver a type with the very same method
// signatures, which calls the service.
func Client(c *contract.Contract) (File, error) {
	f := newFile(c, "client")
	f.PackageComment("Package client calls the service " + c.Service + " with the signatures of the existing code.")
	clientOptions(f)
	for _, r := range c.Receivers {
		clientType(f, c, r)
		for _, m := range r.Methods {
			f.Line().Add(clientMethod(c, newCall(r, m)))
		}
	}
	return render(f, ServiceDir(c)+"/client/client_gen.go")
}

func clientOptions(f *jen.File) {
	f.Comment("DefaultTimeout bounds calls that bring no deadline of their own.")
	f.Const().Id("DefaultTimeout").Op("=").Lit(30).Op("*").Qual("time", "Second")
	f.Line().Comment("Options of a client. The zero value is useful.")
	f.Type().Id("Options").Struct(
		jen.Comment("Timeout bounds calls whose context has no deadline, and those without a"),
		jen.Comment("context; default DefaultTimeout, negative: none."),
		jen.Id("Timeout").Qual("time", "Duration"),
	)
	f.Line().Comment("callOptions lets messages of the size through that local calls have.")
	f.Func().Id("callOptions").Params().Index().Qual(pathGRPC, "CallOption").Block(
		jen.Return(jen.Index().Qual(pathGRPC, "CallOption").Values(
			jen.Qual(pathGRPC, "MaxCallRecvMsgSize").Call(jen.Lit(maxMessage)), jen.Qual(pathGRPC, "MaxCallSendMsgSize").Call(jen.Lit(maxMessage)))))
	f.Line().Comment("bound gives a context without a deadline the client's.")
	f.Func().Params(jen.Id("o").Id("Options")).Id("bound").Params(jen.Id(ctxName).Qual(pathContext, "Context")).
		Params(jen.Qual(pathContext, "Context"), jen.Qual(pathContext, "CancelFunc")).Block(
		jen.Id("timeout").Op(":=").Id("o").Dot("Timeout"),
		jen.If(jen.Id("timeout").Op("==").Lit(0)).Block(jen.Id("timeout").Op("=").Id("DefaultTimeout")),
		jen.If(jen.List(jen.Id("_"), jen.Id("has")).Op(":=").Id(ctxName).Dot("Deadline").Call(), jen.Id("has").Op("||").Id("timeout").Op("<").Lit(0)).Block(
			jen.Return(jen.Id(ctxName), jen.Func().Params().Block())),
		jen.Return(jen.Qual(pathContext, "WithTimeout").Call(jen.Id(ctxName), jen.Id("timeout"))),
	)
}

// clientType declares the interface that both sides satisfy, the client and its
// constructor, and lets the compiler check that the signatures are the same.
func clientType(f *jen.File, c *contract.Contract, r *contract.Receiver) {
	api, name := r.ProtoService+"API", r.ProtoService
	var methods []jen.Code
	for _, m := range r.Methods {
		methods = append(methods, jen.Id(m.Func.Name()).Add(newCall(r, m).declaration()))
	}
	f.Line().Comment(api + " is what crosses: the existing code and the client both have it.")
	f.Type().Id(api).Interface(methods...)
	checks := []jen.Code{jen.Id("_").Id(api).Op("=").Parens(jen.Op("*").Id(name)).Parens(jen.Nil())}
	if r.Type != nil {
		checks = append(checks, jen.Id("_").Id(api).Op("=").Add(zeroOf(r)))
	}
	f.Line().Comment("The build fails here when the existing code has changed: generate again.")
	f.Var().Defs(checks...)
	f.Line().Comment(name + " calls the service; safe for concurrent use.")
	f.Type().Id(name).Struct(jen.Id("rpc").Qual(c.PBImport, name+"Client"), jen.Id("opts").Id("Options"))
	f.Line().Comment("New" + name + " returns a client that calls over conn.")
	f.Func().Id("New"+name).Params(jen.Id("conn").Qual(pathGRPC, "ClientConnInterface"), jen.Id("opts").Id("Options")).Op("*").Id(name).Block(
		jen.Return(jen.Op("&").Id(name).Values(jen.Dict{
			jen.Id("rpc"): jen.Qual(c.PBImport, "New"+name+"Client").Call(jen.Id("conn")), jen.Id("opts"): jen.Id("opts"),
		})))
}

// zeroOf is a value of the receiver's type for compile-time assertions.
func zeroOf(r *contract.Receiver) *jen.Statement {
	if r.Pointer {
		return jen.Parens(owned(r)).Parens(jen.Nil())
	}
	return jen.Op("*").New(goType(r.Type))
}

func clientMethod(c *contract.Contract, m call) *jen.Statement {
	g := remoteCall{contract: c, call: m, wire: wireNames{Import: WireImport(c)}, client: jen.Id("cl").Dot("rpc")}
	parent := jen.Id(ctxName)
	if !m.Context {
		parent = jen.Qual(pathContext, "Background").Call()
	}
	return jen.Comment(m.Func.Name() + clientDoc(m)).Line().
		Func().Params(jen.Id("cl").Op("*").Id(m.receiver.ProtoService)).Id(m.Func.Name()).Add(m.signature()).
		BlockFunc(func(b *jen.Group) {
			b.List(jen.Id(boundName), jen.Id("done")).Op(":=").Id("cl").Dot("opts").Dot("bound").Call(parent)
			b.Defer().Id("done").Call()
			g.code(b)
		})
}

func clientDoc(c call) string {
	if c.Error {
		return " calls the service; when that cannot be reached the error is a *wire.RemoteError."
	}
	return " calls the service. It has no error result: when the service cannot be\nreached it panics with a *wire.RemoteError."
}

// remoteCall generates: encode, call, decode the error or the results, return.
// The variable bound holds the context with its deadline.
type remoteCall struct {
	contract *contract.Contract
	call     call
	wire     wireNames
	client   *jen.Statement
	// again, when not nil, is the condition on which the call is made twice.
	again *jen.Statement
	// instead, when not nil, is a statement that may answer in the place of an error.
	instead *jen.Statement
}

func (g remoteCall) code(b *jen.Group) {
	c := g.call
	b.List(jen.Id("req"), jen.Id(errName)).Op(":=").Add(g.wire.fn(g.wire.EncodeRequest(c.receiver, c.Method))).Call(ids(c.params)...)
	b.If(jen.Id(errName).Op("!=").Nil()).Block(g.fail(nil)...)
	rpc := g.client.Clone().Dot(c.RPC).Call(jen.Id(boundName), jen.Id("req"), jen.Id(g.wire.Of("callOptions")).Call().Op("..."))
	b.List(jen.Id(responseName), jen.Id(errName)).Op(":=").Add(rpc)
	if g.again != nil {
		b.If(g.again).Block(jen.List(jen.Id(responseName), jen.Id(errName)).Op("=").Add(rpc.Clone()))
	}
	decode := g.wire.fn(g.wire.DecodeError()).Call(jen.Lit(FullMethod(g.contract, c.receiver, c.Method)), jen.Id(errName))
	failed := g.fail(decode)
	if g.instead != nil {
		failed = []jen.Code{jen.Id(errName).Op("=").Add(decode), g.instead, jen.Return()}
	}
	b.If(jen.Id(errName).Op("!=").Nil()).Block(failed...)
	decoded := append(ids(c.results), jen.Id(errName))
	b.List(decoded...).Op("=").Add(g.wire.fn(g.wire.DecodeResponse(c.receiver, c.Method))).Call(jen.Id(responseName))
	if c.Error {
		b.Return()
		return
	}
	b.If(jen.Id(errName).Op("!=").Nil()).Block(jen.Panic(jen.Id(errName)))
	if len(c.results) > 0 {
		b.Return()
	}
}

// fail returns the error, that in err when nil; a function that has none panics
// with it.
func (g remoteCall) fail(err *jen.Statement) []jen.Code {
	if !g.call.Error {
		if err == nil {
			err = jen.Id(errName)
		}
		return []jen.Code{jen.Panic(err)}
	}
	if err == nil {
		return []jen.Code{jen.Return()}
	}
	return []jen.Code{jen.Id(errName).Op("=").Add(err), jen.Return()}
}
