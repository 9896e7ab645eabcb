package golang

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/ficus-dev/ficus/generate/contract"
)

// Facade generates the types that run either side of the boundary, by stage: the
// existing code or the client.
func Facade(c *contract.Contract) (File, error) {
	f := newFile(c, "facade")
	f.PackageComment("Package facade runs the functions of " + c.Service + " on either side of the boundary: in this process\n" +
		"(stage local) or in the service (stage remote). The stage is asked at every call, so that it can be\n" +
		"switched while the process runs.")
	facadeStages(f, c)
	facadeOptions(f, c)
	for _, r := range c.Receivers {
		facadeType(f, c, r)
		if r.Type == nil {
			facadeFunctions(f, r)
		}
		for _, m := range r.Methods {
			f.Line().Add(facadeMethod(newCall(r, m)))
		}
	}
	return render(f, ServiceDir(c)+"/facade/facade_gen.go")
}

func facadeStages(f *jen.File, c *contract.Contract) {
	env := EnvName(c.Service)
	f.Comment("Stage says which side answers.")
	f.Type().Id("Stage").String()
	f.Line().Comment("The stages.")
	f.Const().Defs(
		jen.Id("Local").Id("Stage").Op("=").Lit("local"),
		jen.Id("Remote").Id("Stage").Op("=").Lit("remote"),
	)
	f.Line().Comment("StageFromEnv reads the stage from " + env + "; Local when it is not set.")
	f.Func().Id("StageFromEnv").Params(jen.Id("getenv").Func().Params(jen.String()).String()).Params(jen.Id("Stage"), jen.Error()).Block(
		jen.Switch(jen.Id("v").Op(":=").Id("Stage").Call(jen.Id("getenv").Call(jen.Lit(env))), jen.Id("v")).Block(
			jen.Case(jen.Lit(""), jen.Id("Local")).Block(jen.Return(jen.Id("Local"), jen.Nil())),
			jen.Case(jen.Id("Remote")).Block(jen.Return(jen.Id("Remote"), jen.Nil())),
			jen.Default().Block(jen.Return(jen.Id("Local"), jen.Qual("fmt", "Errorf").Call(
				jen.Lit("read "+env+": %q is no stage; use local or remote"), jen.String().Call(jen.Id("v"))))),
		))
}

func facadeOptions(f *jen.File, c *contract.Contract) {
	f.Line().Comment("Options of a facade. The zero value runs everything locally.")
	f.Type().Id("Options").Struct(
		jen.Comment("Stage is asked at every call; nil: always Local."),
		jen.Id("Stage").Func().Params().Id("Stage"),
		jen.Comment("FallBack lets the existing code answer when the service could not be reached"),
		jen.Comment("(*wire.RemoteError): functions that only read always, others only when the call"),
		jen.Comment("certainly did not run. What may have written is never repeated."),
		jen.Id("FallBack").Bool(),
	)
	f.Line().Func().Params(jen.Id("o").Id("Options")).Id("runsLocally").Params().Bool().Block(
		jen.Return(jen.Id("o").Dot("Stage").Op("==").Nil().Op("||").Id("o").Dot("Stage").Call().Op("!=").Id("Remote")))
	method := func(name string, also *jen.Statement) {
		f.Line().Func().Params(jen.Id("o").Id("Options")).Id(name).Params(jen.Id(errName).Error()).Bool().Block(
			jen.Var().Id("remote").Op("*").Qual(WireImport(c), Names{}.RemoteError()),
			jen.Return(jen.Id("o").Dot("FallBack").Op("&&").Qual("errors", "As").Call(jen.Id(errName), jen.Op("&").Id("remote")).Add(also)))
	}
	if anyMethod(c, func(m *contract.Method) bool { return m.Error && m.ReadOnly }) {
		method("fallsBack", nil)
	}
	if anyMethod(c, func(m *contract.Method) bool { return m.Error && !m.ReadOnly }) {
		method("neverRan", jen.Op("&&").Op("!").Id("remote").Dot("MayHaveRun"))
	}
}

func anyMethod(c *contract.Contract, is func(*contract.Method) bool) bool {
	for _, r := range c.Receivers {
		if slices.ContainsFunc(r.Methods, is) {
			return true
		}
	}
	return false
}

// fallback chooses the test for answering locally instead: by whether the function
// only reads.
func (c call) fallback(reads, writes string) string {
	if c.ReadOnly {
		return reads
	}
	return writes
}

func facadeType(f *jen.File, c *contract.Contract, r *contract.Receiver) {
	name := r.ProtoService
	api := func() *jen.Statement { return jen.Qual(packageImport(c, "client"), name+"API") }
	f.Line().Comment(name + " runs each function by stage; safe for concurrent use when both sides are.")
	f.Type().Id(name).Struct(jen.List(jen.Id("local"), jen.Id("remote")).Add(api()), jen.Id("opts").Id("Options"))
	f.Line().Var().Id("_").Add(api()).Op("=").Parens(jen.Op("*").Id(name)).Parens(jen.Nil())
	f.Line().Comment("New" + name + " returns the facade over the existing code and a client of the service.")
	params := []jen.Code{jen.List(jen.Id("local"), jen.Id("remote")).Add(api()), jen.Id("opts").Id("Options")}
	local := jen.Id("local")
	if r.Type == nil {
		params[0] = jen.Id("remote").Add(api())
		local = jen.Id(functionsName(r)).Values()
	}
	values := jen.Dict{jen.Id("local"): local, jen.Id("remote"): jen.Id("remote"), jen.Id("opts"): jen.Id("opts")}
	f.Func().Id("New" + name).Params(params...).Op("*").Id(name).Block(jen.Return(jen.Op("&").Id(name).Values(values)))
}

// functionsName is the type whose methods are a package's functions.
func functionsName(r *contract.Receiver) string {
	return strings.ToLower(r.ProtoService[:1]) + r.ProtoService[1:] + "Local"
}

func facadeFunctions(f *jen.File, r *contract.Receiver) {
	f.Line().Type().Id(functionsName(r)).Struct()
	for _, m := range r.Methods {
		c := newCall(r, m)
		invoke := jen.Qual(r.Package.Path(), m.Func.Name()).Call(c.args()...)
		if m.Func.Signature().Results().Len() > 0 {
			invoke = jen.Return(invoke)
		}
		f.Line().Func().Params(jen.Id(functionsName(r))).Id(m.Func.Name()).Add(c.signature()).Block(invoke)
	}
}

func facadeMethod(c call) *jen.Statement {
	side := func(name string) *jen.Statement { return jen.Id("fa").Dot(name).Dot(c.Func.Name()).Call(c.args()...) }
	local := []jen.Code{jen.Return(side("local"))}
	if len(c.results) == 0 && !c.Error {
		local = []jen.Code{side("local"), jen.Return()}
	}
	return jen.Func().Params(jen.Id("fa").Op("*").Id(c.receiver.ProtoService)).Id(c.Func.Name()).Add(c.signature()).
		BlockFunc(func(b *jen.Group) {
			b.If(jen.Id("fa").Dot("opts").Dot("runsLocally").Call()).Block(local...)
			switch {
			case len(c.results) == 0 && !c.Error:
				b.Add(side("remote"))
			case c.Error:
				b.List(append(ids(c.results), jen.Id(errName))...).Op("=").Add(side("remote"))
				b.If(jen.Id("fa").Dot("opts").Dot(c.fallback("fallsBack", "neverRan")).Call(jen.Id(errName))).Block(jen.Return(side("local")))
				b.Return()
			default:
				b.Return(side("remote"))
			}
		})
}
