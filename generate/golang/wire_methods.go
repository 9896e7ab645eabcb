package golang

import (
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/ficus-dev/ficus/generate/contract"
)

// methods writes the four functions of each method.
func (w *wire) methods() {
	for _, call := range w.calls {
		what := callName(call.r, call.m)
		w.encodeTuple(w.names.EncodeRequest(call.r, call.m), "the parameters of "+what, what, call.m.Request)
		w.decodeTuple(w.names.DecodeRequest(call.r, call.m), "the parameters of "+what, what, call.m.Request)
		w.encodeTuple(w.names.EncodeResponse(call.r, call.m), "the results of "+what, what, call.m.Response)
		w.decodeTuple(w.names.DecodeResponse(call.r, call.m), "the results of "+what, what, call.m.Response)
	}
}

// callName is a method as errors and comments name it: catalogue.Service.Get.
func callName(r *contract.Receiver, m *contract.Method) string {
	name := r.Package.Name()
	if r.Type != nil {
		name += "." + r.Type.Obj().Name()
	}
	return name + "." + m.Func.Name()
}

// local is the variable that holds field i of a tuple.
func local(i int) string { return "v" + strconv.Itoa(i) }

func (w *wire) encodeTuple(name, what, at string, m *contract.Message) {
	w.file.Comment(name + " encodes " + what + ".")
	w.file.Func().Id(name).ParamsFunc(func(g *jen.Group) {
		for i, f := range m.Fields {
			g.Id(local(i)).Add(goType(f.Shape.Type))
		}
	}).Params(jen.Op("*").Add(PB(w.c, m.Name)), jen.Error()).BlockFunc(func(g *jen.Group) {
		g.Id("e").Op(":=").Op("&").Id(w.names.Of("encoder")).Values()
		w.buildMessage(g, m, at, func(i int, _ *contract.Field) *jen.Statement { return jen.Id(local(i)) })
		g.If(jen.Id("e").Dot("err").Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Id("e").Dot("err")))
		g.Return(jen.Id("m"), jen.Nil())
	})
}

func (w *wire) decodeTuple(name, what, at string, m *contract.Message) {
	w.file.Comment(name + " decodes " + what + ".")
	w.file.Func().Id(name).Params(jen.Id("m").Op("*").Add(PB(w.c, m.Name))).ParamsFunc(func(g *jen.Group) {
		for i, f := range m.Fields {
			g.Id(local(i)).Add(goType(f.Shape.Type))
		}
		g.Err().Error()
	}).BlockFunc(func(g *jen.Group) {
		if len(m.Fields) == 0 {
			g.Return(jen.Nil())
			return
		}
		g.Id("d").Op(":=").Op("&").Id(w.names.Of("decoder")).Values()
		for i, f := range m.Fields {
			g.Id(local(i)).Op("=").Add(w.decodeField(f, at))
		}
		g.ReturnFunc(func(g *jen.Group) {
			for i := range m.Fields {
				g.Id(local(i))
			}
			g.Id("d").Dot("err")
		})
	})
}

// buildMessage declares m, the message of the fields that value gives.
func (w *wire) buildMessage(g *jen.Group, m *contract.Message, at string, value func(int, *contract.Field) *jen.Statement) {
	g.Id("m").Op(":=").Op("&").Add(PB(w.c, m.Name)).ValuesFunc(func(g *jen.Group) {
		for i, f := range m.Fields {
			g.Line().Id(contract.GoField(f.ProtoName)).Op(":").Add(w.encodeField(f, value(i, f), at))
		}
		if len(m.Fields) > 0 {
			g.Line()
		}
	})
	for i, f := range m.Fields {
		if !f.Shape.IsRepeated() {
			continue
		}
		v := func() *jen.Statement { return value(i, f) }
		g.If(v().Op("!=").Nil().Op("&&").Len(v()).Op("==").Lit(0)).Block(
			jen.Id("m").Dot("EmptyFields").Op("=").Append(jen.Id("m").Dot("EmptyFields"), jen.Lit(int(f.Number))))
	}
}
