package facts

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// Servers that are given with the description of their service, which generated code
// keeps in a variable: RegisterService(&pb.Greeter_ServiceDesc, srv), a helper of the
// module that takes the same, a record of both.

// describedCall records a server that a call is given beside its description.
func (e *extractor) describedCall(call ssa.CallInstruction, args []ssa.Value) bool {
	for i, a := range args {
		service, asked := e.described(a, call.Parent())
		if asked == nil {
			continue
		}
		for j, srv := range args {
			if j != i && e.serves(srv, asked) {
				e.rpcMethods(call, "grpc", service, asked, srv)
				return true
			}
		}
	}
	return false
}

// describedStores looks at what is stored in fields that hold a description.
func (e *extractor) describedStores() {
	for f, stores := range e.storesOf().stores {
		if bareTypePath(f.Type()) == descriptionType {
			for _, st := range stores {
				e.describedStore(st)
			}
		}
	}
}

const descriptionType = "google.golang.org/grpc.ServiceDesc"

// describedStore records a server that stands in one record with its description.
func (e *extractor) describedStore(st *ssa.Store) {
	field, ok := st.Addr.(*ssa.FieldAddr)
	if !ok {
		return
	}
	service, asked := e.described(st.Val, st.Parent())
	if asked == nil || field.X.Referrers() == nil {
		return
	}
	for _, in := range *field.X.Referrers() {
		other, ok := in.(*ssa.FieldAddr)
		if !ok || other.Field == field.Field {
			continue
		}
		for _, in := range *other.Referrers() {
			if s, ok := in.(*ssa.Store); ok && s.Addr == other && e.serves(s.Val, asked) {
				e.rpcMethods(s, "grpc", service, asked, s.Val)
			}
		}
	}
}

// described reads which service a description is of, and the interface that its
// servers have. Generated code, which registers what it is given, does not count.
func (e *extractor) described(v ssa.Value, in *ssa.Function) (string, *types.Named) {
	if load, ok := v.(*ssa.UnOp); ok {
		v = load.X
	}
	g, ok := v.(*ssa.Global)
	if !ok || bareTypePath(g.Type()) != descriptionType || g.Pkg == nil || g.Pkg == topFunc(in).Pkg {
		return "", nil
	}
	service, ok := strings.CutSuffix(g.Name(), "_ServiceDesc")
	obj, isType := g.Pkg.Pkg.Scope().Lookup(service + "Server").(*types.TypeName)
	if !ok || !isType || !types.IsInterface(obj.Type()) {
		return "", nil
	}
	named, _ := types.Unalias(obj.Type()).(*types.Named)
	return service, named
}

// serves tells whether a value has the methods that a service asks for.
func (e *extractor) serves(v ssa.Value, asked *types.Named) bool {
	i := asked.Underlying().(*types.Interface)
	if t := bareValue(v).Type(); types.Implements(t, i) {
		return true
	}
	for _, t := range e.madeTypes(v) {
		if types.Implements(t, i) {
			return true
		}
	}
	return false
}
