package golang

import (
	"path/filepath"

	"github.com/dave/jennifer/jen"
	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/generate/contract"
)

// file is wiring_gen.go.
func (w *wiring) file(effects []string) (File, error) {
	c := w.contract
	f := jen.NewFilePathName(c.Module+"/"+CommandDir(c), "main")
	f.HeaderComment(generatedBy)
	importNames(f, c, w.prog.Prog)
	f.Anon(effects...)
	f.Comment("builtService is what the monolith's own code was put together to.")
	f.Type().Id("builtService").Struct(
		jen.Id("deps").Qual(packageImport(c, "server"), "Deps"),
		jen.Comment("handler answers the HTTP routes of the service; nil when it owns none."),
		jen.Id("handler").Qual("net/http", "Handler"),
		jen.Id("closers").Index().Func().Params().Error(),
	)
	f.Line().Comment("buildService puts the service together as the monolith does, in the same order, and")
	f.Comment("starts no background work. What was opened is closed when it fails.")
	f.Func().Id("buildService").Params(jen.Id(ctxName).Qual(pathContext, "Context")).Params(jen.Id("s").Op("*").Id("builtService"), jen.Id(errName).Error()).BlockFunc(w.body)
	return render(f, filepath.ToSlash(filepath.Join(CommandDir(c), "wiring_gen.go")))
}

func importNames(f *jen.File, c *contract.Contract, prog *ssa.Program) {
	names := map[string]string{}
	for _, p := range prog.AllPackages() {
		names[p.Pkg.Path()] = p.Pkg.Name()
	}
	names[packageImport(c, "server")] = "server"
	f.ImportNames(names)
}

func (w *wiring) body(g *jen.Group) {
	g.Id("s").Op("=").Op("&").Id("builtService").Values()
	g.Defer().Func().Params().Block(
		jen.If(jen.Id(errName).Op("!=").Nil()).Block(
			jen.Id("err").Op("=").Qual("errors", "Join").Call(jen.Id(errName), jen.Id("s").Dot("Close").Call())),
	).Call()
	for _, s := range w.d.steps {
		s.emit(g)
	}
	for _, b := range w.built {
		g.Id("s").Dot("deps").Dot(b.receiver.ProtoService).Op("=").Add(b.code)
	}
	if w.handler != nil {
		g.Id("s").Dot("handler").Op("=").Add(w.handler)
	}
	g.Return(jen.Id("s"), jen.Nil())
}

// emit writes a step with its error handled and its Close remembered.
func (s *step) emit(g *jen.Group) {
	failed := func() jen.Code {
		return jen.Return(jen.Id("s"), jen.Qual("fmt", "Errorf").Call(jen.Lit(s.what+": %w"), jen.Id(errName)))
	}
	var lhs []jen.Code
	any := false
	for i, name := range s.names {
		if !s.used[i] {
			name = "_"
		}
		any = any || s.used[i]
		lhs = append(lhs, jen.Id(name))
	}
	switch {
	case !any && !s.hasErr:
		g.Add(s.call)
		return
	case !any:
		lhs = append(lhs, jen.Id(errName))
		g.If(jen.List(lhs...).Op(":=").Add(s.call), jen.Id(errName).Op("!=").Nil()).Block(failed())
		return
	case s.hasErr:
		g.List(append(lhs, jen.Id(errName))...).Op(":=").Add(s.call)
		g.If(jen.Id(errName).Op("!=").Nil()).Block(failed())
	default:
		g.List(lhs...).Op(":=").Add(s.call)
	}
	if !s.closes || !s.used[0] {
		return
	}
	closer := jen.Id(s.names[0]).Dot("Close")
	if !s.closeErr {
		closer = jen.Func().Params().Error().Block(jen.Id(s.names[0]).Dot("Close").Call(), jen.Return(jen.Nil()))
	}
	g.Id("s").Dot("closers").Op("=").Append(jen.Id("s").Dot("closers"), closer)
}
