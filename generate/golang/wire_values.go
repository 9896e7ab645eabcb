package golang

import (
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/ficus-dev/ficus/generate/contract"
)

const pathDurationPB = "google.golang.org/protobuf/types/known/durationpb"

// help calls a function of the runtime.
func (w *wire) help(name string, args ...jen.Code) *jen.Statement {
	return jen.Id(w.names.Of(name)).Call(args...)
}

// elementEncoder is a function literal that encodes one element.
func (w *wire) elementEncoder(s *contract.Shape, at string) *jen.Statement {
	return jen.Func().Params(jen.Id("v").Add(goType(s.Type))).Add(w.pbType(s)).Block(
		jen.Return(w.encode(s, jen.Id("v"), at)))
}

// elementDecoder is a function literal that decodes one element.
func (w *wire) elementDecoder(s *contract.Shape, at string) *jen.Statement {
	return jen.Func().Params(jen.Id("v").Add(w.pbType(s))).Add(goType(s.Type)).Block(
		jen.Return(w.decode(s, jen.Id("v"), at, nil)))
}

// pbType is the Go type that protoc-gen-go gives an element or singular field.
func (w *wire) pbType(s *contract.Shape) *jen.Statement {
	if s.Wrapper != nil {
		return jen.Op("*").Add(PB(w.c, s.Wrapper.Name))
	}
	switch s.Kind {
	case contract.Bool:
		return jen.Bool()
	case contract.Int:
		return jen.Int64()
	case contract.Uint:
		return jen.Uint64()
	case contract.Float32:
		return jen.Float32()
	case contract.Float64:
		return jen.Float64()
	case contract.String, contract.Text:
		return jen.String()
	case contract.Bytes, contract.Binary, contract.Array:
		return jen.Index().Byte()
	case contract.Time:
		return jen.Op("*").Add(PB(w.c, contract.TimeMessage))
	case contract.Error:
		return jen.Op("*").Add(PB(w.c, contract.ErrorMessage))
	case contract.Duration:
		return jen.Op("*").Qual(pathDurationPB, "Duration")
	}
	return jen.Op("*").Add(PB(w.c, s.Message.Name))
}

// encode is the protobuf form of the Go expression x.
func (w *wire) encode(s *contract.Shape, x *jen.Statement, at string) *jen.Statement {
	if s.Wrapper != nil {
		return w.help("toPB"+s.Wrapper.Name, jen.Id("e"), x)
	}
	switch s.Kind {
	case contract.Bool:
		return convert("bool", s, x)
	case contract.Int:
		return convert("int64", s, x)
	case contract.Uint:
		return convert("uint64", s, x)
	case contract.Float32:
		return convert("float32", s, x)
	case contract.Float64:
		return convert("float64", s, x)
	case contract.String:
		return jen.Id("e").Dot("text").Call(jen.Lit(at), convert("string", s, x))
	case contract.Bytes:
		return x
	case contract.Time:
		return w.help("timeToPB", jen.Id("e"), jen.Lit(at), x)
	case contract.Duration:
		return jen.Qual(pathDurationPB, "New").Call(x)
	case contract.Text:
		return w.help("marshalText", jen.Id("e"), jen.Lit(at), x)
	case contract.Binary:
		return w.help("marshalBinary", jen.Id("e"), jen.Lit(at), x)
	case contract.Error:
		return w.help("errorToPB", x)
	case contract.Struct:
		return w.help("toPB"+s.Message.Name, jen.Id("e"), x)
	case contract.Pointer:
		return w.help(pointerHelper(s.Elem, "scalarPointer", "messageOf", "bytesOf"), x, w.elementEncoder(s.Elem, at))
	case contract.Slice:
		return w.help("listOf", x, w.elementEncoder(s.Elem, at))
	case contract.Array:
		return w.encodeArray(s, x, at)
	}
	return w.encodeMap(s, x, at)
}

// pointerHelper chooses by what the element is in protobuf.
func pointerHelper(s *contract.Shape, scalar, message, bytes string) string {
	switch {
	case s.Wrapper != nil || s.IsMessage():
		return message
	case s.Kind == contract.Binary || s.IsByteArray():
		return bytes
	}
	return scalar
}

// convert writes T(x) where x is not a T already.
func convert(to string, s *contract.Shape, x *jen.Statement) *jen.Statement {
	if types.Identical(s.Type, types.Universe.Lookup(to).Type()) {
		return x
	}
	return jen.Id(to).Call(x)
}

func (w *wire) encodeArray(s *contract.Shape, x *jen.Statement, at string) *jen.Statement {
	slice := jen.Id("a").Index(jen.Empty(), jen.Empty())
	if s.IsByteArray() {
		return jen.Func().Params(jen.Id("a").Add(goType(s.Type))).Index().Byte().Block(jen.Return(slice)).Call(x)
	}
	return jen.Func().Params(jen.Id("a").Add(goType(s.Type))).Index().Add(w.pbType(s.Elem)).Block(
		jen.Return(w.help("listOf", slice, w.elementEncoder(s.Elem, at)))).Call(x)
}

func (w *wire) encodeMap(s *contract.Shape, x *jen.Statement, at string) *jen.Statement {
	if s.Entry != nil {
		return w.help("entriesOf", x, jen.Func().Params(jen.Id("k").Add(goType(s.Key.Type)), jen.Id("v").Add(goType(s.Elem.Type))).
			Op("*").Add(PB(w.c, s.Entry.Name)).Block(jen.Return(w.help("toPB"+s.Entry.Name, jen.Id("e"), jen.Id("k"), jen.Id("v")))))
	}
	return w.help("protoMap", x, w.elementEncoder(s.Key, at+" (key)"), w.elementEncoder(s.Elem, at))
}

// decode is the Go form of the protobuf expression x; empty tells of a repeated field
// whether it is empty and not nil, and is nil for elements.
func (w *wire) decode(s *contract.Shape, x *jen.Statement, at string, empty *jen.Statement) *jen.Statement {
	d, lit := jen.Id("d"), jen.Lit(at)
	if s.Wrapper != nil {
		return w.help("fromPB"+s.Wrapper.Name, d, x)
	}
	switch s.Kind {
	case contract.Bool, contract.Float32, contract.Float64, contract.String, contract.Bytes:
		return cast(s, x, w.pbType(s))
	case contract.Int:
		if isBasic(s.Type, types.Int64) {
			return cast(s, x, w.pbType(s))
		}
		return jen.Id(w.names.Of("signed")).Types(goType(s.Type)).Call(d, lit, x)
	case contract.Uint:
		if isBasic(s.Type, types.Uint64) {
			return cast(s, x, w.pbType(s))
		}
		return jen.Id(w.names.Of("unsigned")).Types(goType(s.Type)).Call(d, lit, x)
	case contract.Time:
		return w.help("timeFromPB", x)
	case contract.Duration:
		return w.help("durationFromPB", d, lit, x)
	case contract.Text:
		return jen.Id(w.names.Of("unmarshalText")).Types(goType(s.Type)).Call(d, lit, x)
	case contract.Binary:
		return jen.Id(w.names.Of("unmarshalBinary")).Types(goType(s.Type)).Call(d, lit, x)
	case contract.Error:
		return w.help("errorFromPB", x)
	case contract.Struct:
		return w.help("fromPB"+s.Message.Name, d, x)
	case contract.Pointer:
		return w.help(pointerHelper(s.Elem, "scalarPointer", "pointerTo", "pointerToBytes"), x, w.elementDecoder(s.Elem, at))
	case contract.Slice:
		return w.help("sliceOf", x, empty, w.elementDecoder(s.Elem, at))
	case contract.Array:
		return w.decodeArray(s, x, at)
	}
	return w.decodeMap(s, x, at, empty)
}

// cast writes T(x) where T has another name than the protobuf field's type.
func cast(s *contract.Shape, x, pb *jen.Statement) *jen.Statement {
	t := goType(s.Type)
	if t.GoString() == pb.GoString() {
		return x
	}
	return t.Parens(x)
}

func isBasic(t types.Type, kind types.BasicKind) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Kind() == kind
}

func (w *wire) decodeArray(s *contract.Shape, x *jen.Statement, at string) *jen.Statement {
	check := jen.Id("d").Dot("length").Call(jen.Lit(at), jen.Len(jen.Id("in")), jen.Lit(int(s.Len)))
	if s.IsByteArray() {
		return jen.Func().Params(jen.Id("in").Index().Byte()).Params(jen.Id("a").Add(goType(s.Type))).Block(
			check, jen.Copy(jen.Id("a").Index(jen.Empty(), jen.Empty()), jen.Id("in")), jen.Return(jen.Id("a"))).Call(x)
	}
	return jen.Func().Params(jen.Id("in").Index().Add(w.pbType(s.Elem))).Params(jen.Id("a").Add(goType(s.Type))).Block(
		check,
		jen.For(jen.List(jen.Id("i"), jen.Id("v")).Op(":=").Range().Id("in").Index(jen.Empty(), jen.Min(jen.Len(jen.Id("in")), jen.Len(jen.Id("a"))))).Block(
			jen.Id("a").Index(jen.Id("i")).Op("=").Add(w.decode(s.Elem, jen.Id("v"), at, nil))),
		jen.Return(jen.Id("a")),
	).Call(x)
}

func (w *wire) decodeMap(s *contract.Shape, x *jen.Statement, at string, empty *jen.Statement) *jen.Statement {
	if s.Entry != nil {
		return w.help("mapOfEntries", x, empty, jen.Func().Params(jen.Id("v").Op("*").Add(PB(w.c, s.Entry.Name))).
			Params(goType(s.Key.Type), goType(s.Elem.Type)).Block(jen.Return(w.help("fromPB"+s.Entry.Name, jen.Id("d"), jen.Id("v")))))
	}
	return w.help("mapOf", x, empty, w.elementDecoder(s.Key, at+" (key)"), w.elementDecoder(s.Elem, at))
}
