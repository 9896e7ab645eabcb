package golang

import (
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/ficus-dev/ficus/generate/contract"
)

// toName and fromName are the converters of a message.
func (w *wire) toName(m *contract.Message) string   { return w.names.Of("toPB" + m.Name) }
func (w *wire) fromName(m *contract.Message) string { return w.names.Of("fromPB" + m.Name) }

// converters writes two functions for each message.
func (w *wire) converters() {
	for _, m := range w.msgs {
		switch {
		case m.Entry:
			w.entryConverters(m)
		default:
			w.toPB(m)
			w.fromPB(m)
		}
	}
}

func shown(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string { return p.Name() })
}

// toPB writes func toPBProduct(e *encoder, v models.Product) *pb.Product.
func (w *wire) toPB(m *contract.Message) {
	at := shown(m.Type)
	w.file.Line().Func().Id(w.toName(m)).Params(
		jen.Id("e").Op("*").Id(w.names.Of("encoder")), jen.Id("v").Add(goType(m.Type)),
	).Op("*").Add(PB(w.c, m.Name)).BlockFunc(func(g *jen.Group) {
		if m.Recursive {
			g.If(jen.Op("!").Id("e").Dot("enter").Call(jen.Lit(at))).Block(jen.Return(jen.Nil()))
			g.Defer().Id("e").Dot("leave").Call()
		}
		w.buildMessage(g, m, at, func(_ int, f *contract.Field) *jen.Statement {
			if m.Wrapper {
				return jen.Id("v")
			}
			return jen.Id("v").Dot(f.GoName)
		})
		g.Return(jen.Id("m"))
	})
}

// fromPB writes func fromPBProduct(d *decoder, m *pb.Product) (v models.Product).
func (w *wire) fromPB(m *contract.Message) {
	at := shown(m.Type)
	w.file.Line().Func().Id(w.fromName(m)).Params(
		jen.Id("d").Op("*").Id(w.names.Of("decoder")), jen.Id("m").Op("*").Add(PB(w.c, m.Name)),
	).Params(jen.Id("v").Add(goType(m.Type))).BlockFunc(func(g *jen.Group) {
		g.If(jen.Id("m").Op("==").Nil()).Block(jen.Return(jen.Id("v")))
		for _, f := range m.Fields {
			target := jen.Id("v")
			if !m.Wrapper {
				target.Dot(f.GoName)
			}
			g.Add(target).Op("=").Add(w.decodeField(f, at))
		}
		g.Return(jen.Id("v"))
	})
}

// entryConverters write the pair of functions for one key and value.
func (w *wire) entryConverters(m *contract.Message) {
	key, value := m.Fields[0], m.Fields[1]
	at := "map entry " + shown(key.Shape.Type)
	w.file.Line().Func().Id(w.toName(m)).Params(
		jen.Id("e").Op("*").Id(w.names.Of("encoder")), jen.Id("k").Add(goType(key.Shape.Type)), jen.Id("v").Add(goType(value.Shape.Type)),
	).Op("*").Add(PB(w.c, m.Name)).BlockFunc(func(g *jen.Group) {
		w.buildMessage(g, m, at, func(i int, _ *contract.Field) *jen.Statement { return jen.Id([]string{"k", "v"}[i]) })
		g.Return(jen.Id("m"))
	})
	w.file.Line().Func().Id(w.fromName(m)).Params(
		jen.Id("d").Op("*").Id(w.names.Of("decoder")), jen.Id("m").Op("*").Add(PB(w.c, m.Name)),
	).Params(jen.Id("k").Add(goType(key.Shape.Type)), jen.Id("v").Add(goType(value.Shape.Type))).Block(
		jen.Id("k").Op("=").Add(w.decodeField(key, at)),
		jen.Id("v").Op("=").Add(w.decodeField(value, at)),
		jen.Return(jen.Id("k"), jen.Id("v")),
	)
}

// encodeField is the expression for a field of a message.
func (w *wire) encodeField(f *contract.Field, x *jen.Statement, at string) *jen.Statement {
	return w.encode(f.Shape, x, at+"."+f.GoName)
}

// decodeField is the expression for a Go value from field f of the message m.
func (w *wire) decodeField(f *contract.Field, at string) *jen.Statement {
	x := jen.Id("m").Dot(contract.GoField(f.ProtoName))
	var empty *jen.Statement
	if f.Shape.IsRepeated() {
		empty = jen.Qual("slices", "Contains").Call(jen.Id("m").Dot("EmptyFields"), jen.Lit(int(f.Number)))
	}
	return w.decode(f.Shape, x, at+"."+f.GoName, empty)
}
