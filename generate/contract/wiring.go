package contract

import (
	"go/types"
	"slices"
	"strings"
)

// routerTypes register or answer HTTP requests.
var routerTypes = []string{
	"net/http.ServeMux", "net/http.Handler", "net/http.HandlerFunc", "net/http.ResponseWriter", "net/http.Request",
	"github.com/go-chi/chi.Router", "github.com/go-chi/chi.Mux",
	"github.com/go-chi/chi/v5.Router", "github.com/go-chi/chi/v5.Mux",
	"github.com/gorilla/mux.Router", "github.com/gin-gonic/gin.Engine", "github.com/gin-gonic/gin.IRouter",
	"github.com/gin-gonic/gin.RouterGroup", "github.com/gin-gonic/gin.Context",
	"github.com/labstack/echo/v4.Echo", "github.com/labstack/echo/v4.Group", "github.com/labstack/echo/v4.Context",
}

// lifecycleNames start, stop and look after what the root has wired.
var lifecycleNames = []string{"Run", "Close", "Start", "Stop", "Shutdown", "Serve", "ListenAndServe", "Init", "Migrate", "Ping", "Wait", "Flush"}

// left decides whether a function that is called from outside stays a local call.
func (b *builder) left(f *types.Func, callers []caller) (LeftReason, bool) {
	rootOnly := !slices.ContainsFunc(callers, func(c caller) bool { return !c.root() })
	switch {
	case b.localByPlan(f):
		return LeftByPlan, true
	case b.touchesRouter(f):
		return LeftRoutes, true
	case b.isConstructor(f, rootOnly):
		return LeftConstructor, true
	case b.onValueObject(f):
		return LeftValueObject, true
	case rootOnly && slices.Contains(lifecycleNames, f.Name()):
		return LeftLifecycle, true
	case rootOnly && !b.crosses(f):
		return LeftWiring, true
	}
	return "", false
}

// planName is the function's name in its package: Export, Service.Export.
func planName(f *types.Func) string {
	if n := receiverOf(f); n != nil {
		return n.Obj().Name() + "." + f.Name()
	}
	return f.Name()
}

func (b *builder) localByPlan(f *types.Func) bool {
	if b.plan == nil {
		return false
	}
	s := b.plan.Service(b.service)
	if s == nil {
		return false
	}
	for _, ref := range s.Local {
		if ref.MatchFunc(b.module, f.Pkg().Path(), planName(f)) {
			return true
		}
	}
	return false
}

func (b *builder) touchesRouter(f *types.Func) bool {
	for t := range signatureTypes(f) {
		if sig, ok := t.Underlying().(*types.Signature); ok && sig.Params().Len() > 0 {
			t = sig.Params().At(0).Type() // middleware, handler functions
		}
		if p, ok := types.Unalias(t).(*types.Pointer); ok {
			t = p.Elem()
		}
		if n := namedOf(t); n != nil && slices.Contains(routerTypes, qualified(n)) {
			return true
		}
	}
	return false
}

// signatureTypes yields the types of all parameters and results.
func signatureTypes(f *types.Func) func(func(types.Type) bool) {
	return func(yield func(types.Type) bool) {
		sig := f.Signature()
		for _, tuple := range []*types.Tuple{sig.Params(), sig.Results()} {
			for i := range tuple.Len() {
				if !yield(tuple.At(i).Type()) {
					return
				}
			}
		}
	}
}

// isConstructor reports whether a function builds a live object of the boundary, or
// an option for one.
func (b *builder) isConstructor(f *types.Func, rootOnly bool) bool {
	results := f.Signature().Results()
	if f.Signature().Recv() != nil || results.Len() == 0 {
		return false
	}
	t := types.Unalias(results.At(0).Type())
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	n := namedOf(t)
	if n == nil || !b.owners.owns(n.Obj()) {
		_, option := t.Underlying().(*types.Signature)
		return option && rootOnly && n != nil
	}
	switch n.Underlying().(type) {
	case *types.Interface, *types.Signature:
		return true
	}
	return b.live(n)
}

// live reports whether a type is more than a plain value: it holds what cannot be
// carried, or is an empty struct that only hangs methods together.
func (b *builder) live(n *types.Named) bool {
	if n.TypeParams().Len() > 0 || b.data[n] {
		return false
	}
	if st, ok := n.Underlying().(*types.Struct); ok && st.NumFields() == 0 {
		return true
	}
	_, obs := b.classifier.shape(n)
	return len(obs) > 0
}

// onValueObject reports whether the method belongs to a plain value: it runs on the
// caller's copy, as it always did. A method that takes a context does work of the
// service.
func (b *builder) onValueObject(f *types.Func) bool {
	n := receiverOf(f)
	return n != nil && !takesContext(f) && !b.live(n)
}

// crosses reports whether nothing stands against the function.
func (b *builder) crosses(f *types.Func) bool {
	_, obs := b.method(f)
	return len(obs) == 0 && len(b.behaviour(f)) == 0
}

func takesContext(f *types.Func) bool {
	params := f.Signature().Params()
	if params.Len() == 0 {
		return false
	}
	n := namedOf(params.At(0).Type())
	return n != nil && qualified(n) == "context.Context"
}

func returnsError(f *types.Func) bool {
	results := f.Signature().Results()
	if results.Len() == 0 {
		return false
	}
	return types.Identical(results.At(results.Len()-1).Type(), types.Universe.Lookup("error").Type())
}

// funcName is a function as people say it: billing.Export, billing.(*Service).Export.
func funcName(f *types.Func) string {
	n := receiverOf(f)
	if n == nil {
		return f.Pkg().Name() + "." + f.Name()
	}
	name := n.Obj().Name()
	if _, ok := types.Unalias(f.Signature().Recv().Type()).(*types.Pointer); ok {
		name = "(*" + name + ")"
	}
	return f.Pkg().Name() + "." + name + "." + f.Name()
}

func compareStrings(a, b string) int { return strings.Compare(a, b) }

// dataTypes are the boundary's types that functions take or return, by themselves or
// inside others: values that travel, whether or not a wire can carry them. What a
// constructor builds is not among them.
func (b *builder) dataTypes(s *surface) map[*types.Named]bool {
	data := map[*types.Named]bool{}
	seen := map[types.Type]bool{}
	var visit func(types.Type)
	visit = func(t types.Type) {
		t = types.Unalias(t)
		if seen[t] {
			return
		}
		seen[t] = true
		switch t := t.(type) {
		case *types.Named:
			n := t.Origin()
			if !b.owners.owns(n.Obj()) || n.Obj().Pkg() == nil || types.IsInterface(n) {
				return
			}
			if !b.hasLiveParts(n, map[*types.Named]bool{}) {
				data[n] = true
			}
			visit(n.Underlying())
		case *types.Struct:
			for i := range t.NumFields() {
				visit(t.Field(i).Type())
			}
		case *types.Map:
			visit(t.Key())
			visit(t.Elem())
		case *types.Signature:
			for i := range t.Params().Len() {
				visit(t.Params().At(i).Type())
			}
		case interface{ Elem() types.Type }:
			visit(t.Elem())
		}
	}
	for _, f := range s.sortedFuncs() {
		if f.Signature().Recv() == nil && b.isConstructor(f, true) || b.touchesRouter(f) {
			continue
		}
		for t := range signatureTypes(f) {
			visit(t)
		}
	}
	return data
}

// hasLiveParts reports whether a struct holds a lock, channel, function, connection or
// the like, itself or in the boundary's structs that it holds; an empty struct counts,
// its methods are what it is for.
func (b *builder) hasLiveParts(n *types.Named, seen map[*types.Named]bool) bool {
	st, ok := n.Underlying().(*types.Struct)
	if !ok || seen[n] {
		return false
	}
	seen[n] = true
	if st.NumFields() == 0 {
		return true
	}
	for i := range st.NumFields() {
		t := types.Unalias(st.Field(i).Type())
		if p, ok := t.(*types.Pointer); ok {
			t = types.Unalias(p.Elem())
		}
		if f := namedOf(t); f != nil && b.owners.owns(f.Obj()) && b.hasLiveParts(f.Origin(), seen) {
			return true
		}
		_, obs := b.classifier.shape(t)
		for _, o := range obs {
			switch o.code {
			case CodeHandle, CodeChannel, CodeCallback, CodeTransaction, CodeStream, CodeUnsafe:
				return true
			}
		}
	}
	return false
}
