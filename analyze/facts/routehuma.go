package facts

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// Huma describes each route by a struct, huma.Operation, and registers it on whatever
// router its adapter was given.

const (
	humaPath     = "github.com/danielgtaylor/huma"
	humaAdapters = humaPath + "/adapters/"
)

// readHuma reads Register(api, Operation{Method: m, Path: p}, handler), sse.Register
// and the short forms Get(api, path, handler).
func (r *routeFinder) readHuma(rc routeCall) []registration {
	if rc.recv == nil || len(rc.args) < 2 {
		return nil
	}
	if rc.name == "Register" {
		handlers := rc.args[len(rc.args)-1:]
		var out []registration
		for _, m := range r.structText(rc.args[0], "Method") {
			for _, p := range r.structText(rc.args[0], "Path") {
				out = append(out, registration{method: strings.ToUpper(m), pattern: p, handler: handlers[0], handlers: handlers})
			}
		}
		return out
	}
	if method := strings.ToUpper(rc.name); httpMethods[method] {
		return r.patterns(method, rc.args[0], rc.args[1:], rc)
	}
	return nil
}

// structText gives the texts of a struct's field; one hole if it is not known.
func (r *routeFinder) structText(v ssa.Value, field string) []string {
	var out []string
	for _, x := range r.structField(v, field, 0) {
		out = append(out, r.strings(x)...)
	}
	if len(out) == 0 {
		return []string{hole}
	}
	return unionSorted(out, nil)
}

// structField gives what a field of a struct is set to: in its literal, by the row
// that is read, or in a function of the module that makes it.
func (r *routeFinder) structField(v ssa.Value, field string, depth int) []ssa.Value {
	if depth > 8 {
		return nil
	}
	var from []ssa.Value
	switch v := r.row.of(v).(type) {
	case *ssa.UnOp:
		from = []ssa.Value{v.X}
	case *ssa.Alloc:
		if set := fieldStores(v, field); len(set) > 0 {
			return set
		}
		from = storedIn(v)
	case *ssa.FreeVar:
		from = []ssa.Value{freeVar(v)}
	case *ssa.Phi:
		from = v.Edges
	case *ssa.Call:
		from = r.results(v, 0)
	case *ssa.Global:
		if set := fieldStores(v, field); len(set) > 0 {
			return set
		}
		from = r.e.storesOf().globals[v]
	}
	var out []ssa.Value
	for _, x := range from {
		out = append(out, r.structField(x, field, depth+1)...)
	}
	return out
}

// fieldStores gives what is stored in a field of the struct at an address.
func fieldStores(at ssa.Value, field string) []ssa.Value {
	if at.Referrers() == nil {
		return nil
	}
	var out []ssa.Value
	for _, ref := range *at.Referrers() {
		fa, ok := ref.(*ssa.FieldAddr)
		if !ok || fa.X != at {
			continue
		}
		if f := fieldOf(at.Type(), fa.Field); f == nil || f.Name() != field {
			continue
		}
		for _, in := range *fa.Referrers() {
			if st, ok := in.(*ssa.Store); ok && st.Addr == fa {
				out = append(out, st.Val)
			}
		}
	}
	return out
}

// adapted gives the router that an adapter of huma puts an API on, and what its
// patterns get before them.
func (r *routeFinder) adapted(call *ssa.Call) (outer ssa.Value, prefix []string) {
	callee := call.Call.StaticCallee()
	if callee == nil || callee.Blocks != nil {
		return nil, nil
	}
	fn, ok := callee.Object().(*types.Func)
	if !ok || fn.Pkg() == nil || !strings.HasPrefix(barePath(fn.Pkg().Path()), humaAdapters) {
		return nil, nil
	}
	prefix = []string{""}
	for _, a := range call.Call.Args {
		switch a = bareValue(a); {
		case r.isRouter(a.Type()): // of app and group the group, which comes last
			outer = a
		case isString(a.Type()):
			prefix = r.strings(a)
		}
	}
	return outer, prefix
}

// embeddedRouter gives the router that a struct of the module embeds.
func (r *routeFinder) embeddedRouter(al *ssa.Alloc) []ssa.Value {
	st, _ := derefStruct(al.Type())
	if st == nil {
		return nil
	}
	for f := range st.Fields() {
		if f.Embedded() && r.isRouter(f.Type()) {
			return fieldStores(al, f.Name())
		}
	}
	return nil
}
