package facts

import (
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// indexMount remembers routers that a call puts below another.
func (r *routeFinder) indexMount(rc routeCall) {
	put := func(in innerRouter, m mount) {
		if !r.elsewhereLinked(rc, in.made) {
			r.mounts[in.made] = append(r.mounts[in.made], m)
		}
	}
	switch {
	case (rc.name == "Mount" || rc.name == "Use" && rc.router == "fiber") && len(rc.args) >= 2 && isString(bareValue(rc.args[0]).Type()):
		rc.args[0] = bareValue(rc.args[0])
		for _, in := range r.inner(rc.args[1], 0) {
			m := mount{outer: rc.recv, prefix: r.strings(rc.args[0]), stdlike: isServeMux(in.made.Type())}
			if rc.shape != nil {
				m.prefix = joinAll(r.lexicalPrefixes(rc), m.prefix)
			}
			if m.stdlike {
				m.prefix = in.strip
			}
			put(in, m)
		}
	case rc.router == "net/http" && rc.name == "Handle" && len(rc.args) == 2:
		for _, in := range r.inner(rc.args[1], 0) {
			m := mount{outer: rc.recv, prefix: in.strip, stdlike: true}
			put(in, m)
		}
	case rc.name == "Handler" && rc.router == "gorilla/mux" && len(rc.args) == 1, rc.name == "Handle" && rc.router == "gorilla/mux":
		for _, in := range r.inner(rc.args[len(rc.args)-1], 0) {
			put(in, mount{outer: r.gorillaRoot(rc.recv), prefix: in.strip, stdlike: true})
		}
	}
}

// gorillaRoot gives the router that routes and subrouters hang on: what is mounted
// below them matches the whole path, whatever theirs is.
func (r *routeFinder) gorillaRoot(v ssa.Value) ssa.Value {
	for range 16 {
		call, ok := v.(*ssa.Call)
		if !ok {
			break
		}
		before, ok := r.asRoute(call)
		if !ok || before.router != "gorilla/mux" || before.recv == nil {
			break
		}
		v = before.recv
	}
	return v
}

// elsewhereLinked tells whether a router is mounted where no program of the module
// gets, as servers that support tests do, though the router itself is in one.
func (r *routeFinder) elsewhereLinked(rc routeCall, made ssa.Value) bool {
	if r.e.links == nil {
		r.e.links = r.e.linkage()
	}
	in := made.Parent()
	return in != nil && !r.e.links.runs(rc.call.Parent()) && r.e.links.runs(in)
}

// isServeMux tells the routers that match the whole path wherever they are mounted.
func isServeMux(t types.Type) bool {
	return bareTypePath(t) == "net/http.ServeMux" || isGateway(t)
}

// innerRouter is a router found behind a handler.
type innerRouter struct {
	made  ssa.Value
	strip []string // what StripPrefix took off on the way
}

// inner finds the routers that a handler value is, through StripPrefix, middleware
// and functions of the module.
func (r *routeFinder) inner(v ssa.Value, depth int) []innerRouter {
	if depth > 10 || v == nil {
		return nil
	}
	var out []innerRouter
	for _, o := range r.origins(v, depth) {
		if p, ok := o.(*ssa.Parameter); ok && r.isRouter(p.Type()) { // given to the function that gives it back
			for _, call := range r.e.caller[p.Parent()] {
				if a, ok := bind(call, p.Parent(), nil).args[p]; ok {
					out = append(out, r.inner(a, depth+1)...)
				}
			}
		}
		call, ok := o.(*ssa.Call)
		if !ok {
			continue
		}
		if r.isRouter(call.Type()) && (!isGateway(call.Type()) || r.served == nil || r.served[call]) {
			out = append(out, innerRouter{made: call})
			continue
		}
		com := call.Common()
		strip := []string(nil)
		if f := com.StaticCallee(); f != nil && fullName(f) == "net/http.StripPrefix" {
			strip = r.strings(com.Args[0])
		}
		for _, a := range com.Args {
			if !handlerLike(a.Type()) {
				continue
			}
			for _, in := range r.inner(a, depth+1) {
				if strip != nil {
					if in.strip == nil {
						in.strip = []string{""}
					}
					in.strip = cross(strip, in.strip)
				}
				out = append(out, in)
			}
		}
	}
	return out
}

// origins follows a value back to what makes it: calls of other modules, parameters
// without callers, and functions.
func (r *routeFinder) origins(v ssa.Value, depth int) []ssa.Value {
	return r.originsSeen(v, depth, map[ssa.Value]bool{})
}

func (r *routeFinder) originsSeen(v ssa.Value, depth int, seen map[ssa.Value]bool) []ssa.Value {
	if v == nil || depth > 14 || seen[v] {
		return nil
	}
	seen[v] = true
	next := func(vals ...ssa.Value) []ssa.Value {
		var out []ssa.Value
		for _, x := range vals {
			out = append(out, r.originsSeen(x, depth+1, seen)...)
		}
		return out
	}
	switch v := v.(type) {
	case *ssa.MakeInterface:
		return next(v.X)
	case *ssa.ChangeInterface:
		return next(v.X)
	case *ssa.ChangeType:
		return next(v.X)
	case *ssa.TypeAssert:
		return next(v.X)
	case *ssa.Phi:
		return next(v.Edges...)
	case *ssa.FreeVar:
		return next(freeVar(v))
	case *ssa.Alloc:
		return next(storedIn(v)...)
	case *ssa.FieldAddr:
		return next(r.fieldValues(v.X, fieldOf(v.X.Type(), v.Field))...)
	case *ssa.Field:
		return next(r.fieldValues(v.X, fieldOf(v.X.Type(), v.Field))...)
	case *ssa.Global:
		return next(r.e.storesOf().globals[v]...)
	case *ssa.UnOp:
		return next(v.X)
	case *ssa.Extract:
		if call, ok := v.Tuple.(*ssa.Call); ok {
			return r.returned(call, v.Index, next)
		}
	case *ssa.Call:
		return r.returned(v, 0, next)
	}
	return []ssa.Value{v}
}

// fieldValues gives what is stored in a field anywhere; of an embedded router that
// is never stored, the address itself stands for it.
func (r *routeFinder) fieldValues(_ ssa.Value, f *types.Var) []ssa.Value {
	if f == nil {
		return nil
	}
	return r.e.storesOf().fields[f]
}

// returned follows the result of a function of the module; other calls stand for
// themselves.
func (r *routeFinder) returned(call *ssa.Call, result int, next func(...ssa.Value) []ssa.Value) []ssa.Value {
	var vals []ssa.Value
	for _, fn := range r.e.sites[call] {
		for _, b := range fn.Blocks {
			if ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok && result < len(ret.Results) {
				vals = append(vals, ret.Results[result])
			}
		}
	}
	if len(vals) == 0 {
		return []ssa.Value{call}
	}
	out := next(vals...)
	for _, o := range out {
		if _, ok := o.(*ssa.Call); ok {
			return out
		}
	}
	return []ssa.Value{call}
}

// isRouter tells whether a type is a router, told by its shape too.
func (r *routeFinder) isRouter(t types.Type) bool {
	if isRouterType(t) {
		return true
	}
	n := namedOf(t)
	s := r.shapes[originName(n)]
	return s != nil && s.stands
}

func isRouterType(t types.Type) bool {
	n := namedOf(t)
	if n == nil || n.Obj().Pkg() == nil || routers[barePath(n.Obj().Pkg().Path())] == "" {
		return false
	}
	switch n.Obj().Name() {
	case "ServeMux", "Mux", "Router", "Engine", "RouterGroup", "Echo", "Group", "App", "Macaron", "Flame", "API", "Hertz", "Application", "APIBuilder", "Party":
		return true
	}
	return false
}

// mount is an inner router below an outer one.
type mount struct {
	outer   ssa.Value
	prefix  []string
	strip   bool // the outer router takes its prefix off before the inner one matches
	stdlike bool // the inner patterns hold the full path but for StripPrefix
}
