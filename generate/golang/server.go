package golang

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/ficus-dev/ficus/generate/contract"
)

// packageImport is the import path of a generated package: server, client, facade.
func packageImport(c *contract.Contract, name string) string {
	return c.Module + "/" + ServiceDir(c) + "/" + name
}

// CommandDir is the folder of a service's main package: cmd/catalogue.
func CommandDir(c *contract.Contract) string { return c.Command }

// EnvName is the environment variable that says where a service's facade runs:
// FICUS_CATALOGUE.
func EnvName(service string) string {
	return "FICUS_" + strings.ToUpper(strings.NewReplacer("-", "_", ".", "_").Replace(service))
}

// newFile begins a generated Go file. The aliases keep pb and wire free of clashes
// with the monolith's own package names.
func newFile(c *contract.Contract, name string) *jen.File {
	f := jen.NewFilePathName(packageImport(c, name), name)
	f.HeaderComment(generatedBy)
	for _, r := range c.Receivers {
		f.ImportName(r.Package.Path(), r.Package.Name())
		for _, p := range r.Package.Imports() {
			f.ImportName(p.Path(), p.Name())
		}
	}
	for _, p := range []string{pathGRPC, pathCodes, pathStatus} {
		f.ImportName(p, path.Base(p))
	}
	for _, p := range []string{"wire", "server", "client"} {
		f.ImportName(packageImport(c, p), p)
	}
	f.ImportAlias(c.PBImport, "pb")
	return f
}

// render prints a file, gofmt-ed.
func render(f *jen.File, name string) (File, error) {
	var b bytes.Buffer
	if err := f.Render(&b); err != nil {
		return File{}, fmt.Errorf("write %s: %w", name, err)
	}
	return File{Path: name, Data: b.Bytes()}, nil
}

// Server generates the gRPC services around the existing values.
func Server(c *contract.Contract) (File, error) {
	f := newFile(c, "server")
	f.PackageComment("Package server answers the gRPC calls of " + c.Service + " with the existing code.")
	serverDeps(f, c)
	serverNew(f, c)
	for _, r := range c.Receivers {
		serverType(f, c, r)
		for _, m := range r.Methods {
			f.Line().Add(serverMethod{
				contract: c, call: newCall(r, m), receiver: serverTypeName(r), target: serverTarget(r, m),
				wire: wireNames{Import: WireImport(c)}, recover: "recovered",
			}.code())
		}
	}
	serverRecover(f)
	return render(f, ServiceDir(c)+"/server/server_gen.go")
}

// serverDeps declares Deps: the values that answer.
func serverDeps(f *jen.File, c *contract.Contract) {
	var fields []jen.Code
	for _, r := range c.Receivers {
		if r.Type != nil {
			fields = append(fields, jen.Id(r.ProtoService).Add(owned(r)))
		}
	}
	f.Comment("Deps are the values that answer the calls; none may be nil.")
	f.Type().Id("Deps").Struct(fields...)
}

func serverNew(f *jen.File, c *contract.Contract) {
	f.Line().Comment("Server holds the gRPC services of " + c.Service + ".")
	f.Type().Id("Server").Struct(jen.Id("deps").Id("Deps"))
	f.Line().Comment("New returns the server around deps.")
	f.Func().Id("New").Params(jen.Id("deps").Id("Deps")).Op("*").Id("Server").Block(
		jen.Return(jen.Op("&").Id("Server").Values(jen.Dict{jen.Id("deps"): jen.Id("deps")})))
	f.Line().Comment("Register adds the services to a gRPC server.")
	f.Func().Params(jen.Id("sv").Op("*").Id("Server")).Id("Register").
		Params(jen.Id("r").Qual(pathGRPC, "ServiceRegistrar")).BlockFunc(func(g *jen.Group) {
		for _, r := range c.Receivers {
			values := jen.Dict{}
			if r.Type != nil {
				values[jen.Id("value")] = jen.Id("sv").Dot("deps").Dot(r.ProtoService)
			}
			g.Qual(c.PBImport, "Register"+r.ProtoService+"Server").Call(jen.Id("r"), jen.Id(serverTypeName(r)).Values(values))
		}
	})
}

func serverTarget(r *contract.Receiver, m *contract.Method) *jen.Statement {
	if r.Type == nil {
		return jen.Qual(r.Package.Path(), m.Func.Name())
	}
	return jen.Id("sv").Dot("value").Dot(m.Func.Name())
}

func serverTypeName(r *contract.Receiver) string {
	return strings.ToLower(r.ProtoService[:1]) + r.ProtoService[1:] + "Server"
}

// unimplemented is the type that implementations of a gRPC service embed.
func unimplemented(r *contract.Receiver) string { return "Unimplemented" + r.ProtoService + "Server" }

func serverType(f *jen.File, c *contract.Contract, r *contract.Receiver) {
	fields := []jen.Code{PB(c, unimplemented(r))}
	if r.Type != nil {
		fields = append(fields, jen.Id("value").Add(owned(r)))
	}
	f.Line().Type().Id(serverTypeName(r)).Struct(fields...)
	f.Line().Var().Id("_").Qual(c.PBImport, r.ProtoService+"Server").Op("=").Id(serverTypeName(r)).Values()
}

// serverMethod generates one gRPC method: decode, call, encode.
type serverMethod struct {
	contract *contract.Contract
	call     call
	receiver string     // the type that implements the gRPC service
	prepare  []jen.Code // statements before the call
	target   *jen.Statement
	wire     wireNames
	recover  string // the function that turns a panic into an error
}

// wireNames finds the converters: exported in the package wire, prefixed in the
// package itself.
type wireNames struct {
	Names
	Import string
}

func (w wireNames) fn(name string) *jen.Statement {
	if w.Prefix != "" {
		return jen.Id(name)
	}
	return jen.Qual(w.Import, name)
}

func (g serverMethod) code() *jen.Statement {
	return jen.Func().Params(jen.Id("sv").Id(g.receiver)).Id(g.call.RPC).
		Params(jen.Id(ctxName).Qual(pathContext, "Context"), jen.Id("req").Op("*").Add(PB(g.contract, camelCase(g.call.Request.Name)))).
		Params(jen.Id(responseName).Op("*").Add(PB(g.contract, camelCase(g.call.Response.Name))), jen.Id(errName).Error()).
		BlockFunc(g.body)
}

func (g serverMethod) body(b *jen.Group) {
	c := g.call
	b.Defer().Id(g.recover).Call(jen.Id(ctxName), jen.Lit(c.receiver.ProtoService+"."+c.RPC), jen.Op("&").Id(errName))
	for _, p := range g.prepare {
		b.Add(p)
	}
	decoded, op := append(ids(c.params), jen.Id(errName)), ":="
	if len(c.params) == 0 {
		op = "="
	}
	b.List(decoded...).Op(op).Add(g.wire.fn(g.wire.DecodeRequest(c.receiver, c.Method))).Call(jen.Id("req"))
	b.If(jen.Id(errName).Op("!=").Nil()).Block(jen.Return(jen.Nil(),
		jen.Qual(pathStatus, "Error").Call(jen.Qual(pathCodes, "InvalidArgument"), jen.Id(errName).Dot("Error").Call())))
	results := ids(c.results)
	if c.Error {
		results = append(results, jen.Id("callErr"))
	}
	invoke := g.target.Clone().Call(c.args()...)
	if len(results) > 0 {
		invoke = jen.List(results...).Op(":=").Add(invoke)
	}
	b.Add(invoke)
	if c.Error {
		b.If(jen.Id("callErr").Op("!=").Nil()).Block(
			jen.Return(jen.Nil(), g.wire.fn(g.wire.EncodeError()).Call(jen.Id("callErr"))))
	}
	b.Return(g.wire.fn(g.wire.EncodeResponse(c.receiver, c.Method)).Call(ids(c.results)...))
}

// serverRecover declares recovered: a panic of the existing code becomes an
// internal error for the caller, and the server lives on.
func serverRecover(f *jen.File) {
	f.Line().Comment("recovered turns a panic of the existing code into an internal error: the server lives on.")
	f.Func().Id("recovered").Params(jen.Id(ctxName).Qual(pathContext, "Context"), jen.Id("method").String(), jen.Id(errName).Op("*").Error()).Block(
		jen.Id("p").Op(":=").Recover(),
		jen.If(jen.Id("p").Op("==").Nil()).Block(jen.Return()),
		jen.Qual("log/slog", "ErrorContext").Call(jen.Id(ctxName), jen.Lit("panic in call"), jen.Lit("method"), jen.Id("method"),
			jen.Lit("panic"), jen.Id("p"), jen.Lit("stack"), jen.String().Call(jen.Qual("runtime/debug", "Stack").Call())),
		jen.Op("*").Id(errName).Op("=").Qual(pathStatus, "Errorf").Call(jen.Qual(pathCodes, "Internal"), jen.Lit("panic in %s: %v"), jen.Id("method"), jen.Id("p")),
	)
}
