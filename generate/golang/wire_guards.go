package golang

import (
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/ficus-dev/ficus/generate/contract"
)

// guards writes conversions that stop compiling when the code that was generated from
// has changed: a struct got, lost or changed a field, a function its signature.
func (w *wire) guards() {
	var structs []*contract.Message
	for _, m := range w.msgs {
		if guarded(m) {
			structs = append(structs, m)
		}
	}
	if len(structs) == 0 && w.o.Prefix != "" {
		return
	}
	w.file.Comment("If one of these does not compile, the code has changed since it was generated:")
	w.file.Comment("run ficus generate " + w.c.Service + " again.")
	w.file.Var().DefsFunc(func(g *jen.Group) {
		for _, m := range structs {
			copied := structType(m.Type.Underlying().(*types.Struct))
			g.Id("_").Op("=").Func().Params(jen.Id("v").Add(goType(m.Type))).Add(copied).Block(
				jen.Return(jen.Parens(structType(m.Type.Underlying().(*types.Struct))).Parens(jen.Id("v"))))
		}
		if w.o.Prefix != "" {
			return // inside the package the facade has the signatures
		}
		for _, call := range w.calls {
			g.Id("_").Add(signatureWithReceiver(call)).Op("=").Add(methodExpression(call))
		}
	})
}

// guarded reports whether a struct can be written down by another package: named, with
// no field that only its own package sees.
func guarded(m *contract.Message) bool {
	if m.Type == nil || m.Wrapper || m.Entry {
		return false
	}
	if _, ok := types.Unalias(m.Type).(*types.Named); !ok {
		return false
	}
	st, ok := m.Type.Underlying().(*types.Struct)
	if !ok {
		return false
	}
	for i := range st.NumFields() {
		if !st.Field(i).Exported() {
			return false
		}
	}
	return true
}

// receiverType is T or *T of a method.
func receiverType(f *types.Func) *jen.Statement { return goType(f.Signature().Recv().Type()) }

// signatureWithReceiver is the type of a method expression, or of a function.
func signatureWithReceiver(call methodOf) *jen.Statement {
	sig := call.m.Func.Signature()
	return jen.Func().ParamsFunc(func(g *jen.Group) {
		if sig.Recv() != nil {
			g.Add(receiverType(call.m.Func))
		}
		for i := range sig.Params().Len() {
			t := sig.Params().At(i).Type()
			if sig.Variadic() && i == sig.Params().Len()-1 {
				g.Op("...").Add(goType(t.(*types.Slice).Elem()))
				continue
			}
			g.Add(goType(t))
		}
	}).ParamsFunc(func(g *jen.Group) {
		for i := range sig.Results().Len() {
			g.Add(goType(sig.Results().At(i).Type()))
		}
	})
}

// methodExpression is (*catalogue.Service).Get, or catalogue.Total.
func methodExpression(call methodOf) *jen.Statement {
	f := call.m.Func
	if f.Signature().Recv() == nil {
		return jen.Qual(f.Pkg().Path(), f.Name())
	}
	return jen.Parens(receiverType(f)).Dot(f.Name())
}
