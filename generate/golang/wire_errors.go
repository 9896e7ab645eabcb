package golang

import (
	"github.com/dave/jennifer/jen"

	"github.com/ficus-dev/ficus/generate/contract"
)

const pathProto = "google.golang.org/protobuf/proto"

// errors writes what the runtime asks about errors: sentinels, typedPayload and
// typedError.
func (w *wire) errors() {
	w.sentinels()
	w.typedPayload()
	w.typedError()
}

func (w *wire) sentinels() {
	name := w.names.Of("sentinels")
	w.file.Comment(name + " are the errors that are known by identity on both sides. It is a function")
	w.file.Comment("because tests may replace the variables.")
	w.file.Func().Id(name).Params().Index().Id(w.names.Of("sentinel")).Block(jen.Return(
		jen.Index().Id(w.names.Of("sentinel")).ValuesFunc(func(g *jen.Group) {
			for _, s := range w.sents {
				g.Line().Values(jen.Lit(s.ID), jen.Qual(s.Var.Pkg().Path(), s.Var.Name()), jen.Qual(pathCodes, s.Code))
			}
			if len(w.sents) > 0 {
				g.Line()
			}
		})))
}

// typedPayload writes a type switch over the errors that have fields.
func (w *wire) typedPayload() {
	name := w.names.Of("typedPayload")
	results := []jen.Code{jen.Id("id").String(), jen.Id("code").Qual(pathCodes, "Code"), jen.Id("payload").Index().Byte()}
	nothing := jen.Return(jen.Lit(""), jen.Qual(pathCodes, "Unknown"), jen.Nil())
	w.file.Comment(name + " encodes the fields of an error whose type is known on both sides.")
	if len(w.typed) == 0 {
		w.file.Func().Id(name).Params(jen.Error()).Params(results...).Block(nothing)
		return
	}
	w.file.Func().Id(name).Params(jen.Err().Error()).Params(results...).Block(
		jen.Switch(jen.Id("v").Op(":=").Err().Assert(jen.Type())).BlockFunc(func(g *jen.Group) {
			for _, t := range w.typed {
				if !t.Pointer {
					g.Case(goType(t.Type)).Block(jen.Return(w.payload(t, t.ID, jen.Id("v"))))
				}
				g.Case(jen.Op("*").Add(goType(t.Type))).Block(
					jen.If(jen.Id("v").Op("!=").Nil()).Block(jen.Return(w.payload(t, "*"+t.ID, jen.Op("*").Id("v")))))
			}
		}), nothing)
}

func (w *wire) payload(t *contract.TypedError, id string, v *jen.Statement) *jen.Statement {
	return w.help("marshalPayload", jen.Lit(id), jen.Qual(pathCodes, t.Code),
		jen.Func().Params(jen.Id("e").Op("*").Id(w.names.Of("encoder"))).Qual(pathProto, "Message").Block(
			jen.Return(jen.Id(w.toName(t.Message)).Call(jen.Id("e"), v))))
}

// typedError writes the way back of typedPayload.
func (w *wire) typedError() {
	name := w.names.Of("typedError")
	w.file.Comment(name + " rebuilds an error that typedPayload encoded; nil if the type is not known")
	w.file.Comment("here, or its fields do not fit.")
	if len(w.typed) == 0 {
		w.file.Func().Id(name).Params(jen.Id("id").String(), jen.Id("payload").Index().Byte()).Error().Block(jen.Return(jen.Nil()))
		return
	}
	w.file.Func().Id(name).Params(jen.Id("id").String(), jen.Id("payload").Index().Byte()).Error().Block(
		jen.Switch(jen.Id("id")).BlockFunc(func(g *jen.Group) {
			for _, t := range w.typed {
				if !t.Pointer {
					g.Case(jen.Lit(t.ID)).Block(jen.Return(w.help("unmarshalPayload", jen.Id("payload"), jen.Id(w.fromName(t.Message)))))
				}
				g.Case(jen.Lit("*" + t.ID)).Block(jen.Return(w.help("unmarshalPayload", jen.Id("payload"),
					jen.Func().Params(jen.Id("d").Op("*").Id(w.names.Of("decoder")), jen.Id("m").Op("*").Add(PB(w.c, t.Message.Name))).Op("*").Add(goType(t.Type)).Block(
						jen.Id("v").Op(":=").Id(w.fromName(t.Message)).Call(jen.Id("d"), jen.Id("m")),
						jen.Return(jen.Op("&").Id("v"))))))
			}
		}), jen.Return(jen.Nil()))
}
