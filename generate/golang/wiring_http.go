package golang

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/generate/contract"
)

// routeSite is a call of the composition that puts routes of the service on a
// router.
type routeSite struct {
	call   *ssa.Call
	router ssa.Value
	routes []model.Route
}

// findRoutes finds, for every route, the call of the composition that registers
// it: of a function of the owned packages, or of the router itself.
func (w *wiring) findRoutes() {
	seen := map[*ssa.Call]int{}
	for _, r := range w.opts.Routes {
		calls, err := w.registrations(r)
		if err != nil {
			w.refuseRoute(r, err.Error())
			continue
		}
		for _, call := range calls {
			i, ok := seen[call]
			if !ok {
				i = len(w.sites)
				seen[call] = i
				w.sites = append(w.sites, routeSite{call: call, router: routerOf(call)})
				w.d.markRoots(call.Parent())
			}
			w.sites[i].routes = append(w.sites[i].routes, r)
		}
	}
	sortBy(w.sites, func(s routeSite) string {
		p := w.d.prog.Fset.Position(s.call.Pos())
		return fmt.Sprintf("%s:%08d:%04d", p.Filename, p.Line, p.Column)
	})
	for _, s := range w.sites {
		if origin, _ := w.d.origin(s.router, nil); origin.Parent() != nil {
			w.d.markRoots(origin.Parent())
		}
	}
}

func routeName(r model.Route) string { return strings.TrimSpace(r.Method + " " + r.Host + r.Pattern) }

func (w *wiring) refuseRoute(r model.Route, reason string) {
	pos := contract.Refusal{}.Position
	pos.Filename, pos.Line, pos.Column = r.Registered.File, r.Registered.Line, max(r.Registered.Column, 1)
	lineage := []string{"route " + routeName(r)}
	if r.Handler != "" {
		lineage = append(lineage, r.Handler)
	}
	w.refusals = append(w.refusals, contract.Refusal{
		Code: codeRoute, Position: pos, Func: routeName(r), Reason: "route " + routeName(r) + " " + reason, Lineage: lineage,
		Cures: []string{"register the route in an exported function of the package that answers it, taking the mux as a parameter"},
	})
}

// registrations are the calls to repeat so that the route is registered.
func (w *wiring) registrations(r model.Route) ([]*ssa.Call, error) {
	f := w.d.functionAt(r.Registered.File, r.Registered.Line)
	if f == nil {
		return nil, fmt.Errorf("is registered in a place that was not found; run ficus analyze again")
	}
	outer := f
	for outer.Parent() != nil {
		outer = outer.Parent()
	}
	if pkg := packageOf(outer); pkg != nil && slices.Contains(w.opts.Packages, pkg.Path()) {
		return w.d.entries(outer)
	}
	for ; f != nil; f = f.Parent() { // the innermost may be a handler on the same line
		if call := w.d.registrationAt(f, r.Registered.Line); call != nil {
			return []*ssa.Call{call}, nil
		}
	}
	return nil, fmt.Errorf("is registered in a way that is not followed")
}

// functionAt is the innermost function around a line.
func (d *deriver) functionAt(file string, line int) *ssa.Function {
	var best *ssa.Function
	size := 0
	for _, f := range d.funcs {
		syn := f.Syntax()
		if syn == nil {
			continue
		}
		from, to := d.prog.Fset.Position(syn.Pos()), d.prog.Fset.Position(syn.End())
		if d.relative(from.Filename) != file || line < from.Line || line > to.Line {
			continue
		}
		if n := to.Line - from.Line; best == nil || n < size || n == size && f.Parent() == best {
			best, size = f, n
		}
	}
	return best
}

// registrationAt is the call at a line whose receiver is a router.
func (d *deriver) registrationAt(f *ssa.Function, line int) *ssa.Call {
	for _, b := range f.Blocks {
		for _, in := range b.Instrs {
			if call, ok := in.(*ssa.Call); ok && d.prog.Fset.Position(call.Pos()).Line == line && routerOf(call) != nil {
				return call
			}
		}
	}
	return nil
}

// entries are the calls from outside through which a function of the owned
// packages registers its routes.
func (d *deriver) entries(f *ssa.Function) ([]*ssa.Call, error) {
	visited := map[*ssa.Function]bool{}
	var calls []*ssa.Call
	var up func(*ssa.Function) error
	up = func(f *ssa.Function) error {
		if visited[f] {
			return nil
		}
		visited[f] = true
		for _, c := range d.callers[f] {
			if packageOf(c.Parent()) == packageOf(f) {
				outer := c.Parent()
				for outer.Parent() != nil {
					outer = outer.Parent()
				}
				if err := up(outer); err != nil {
					return err
				}
				continue
			}
			call, ok := c.(*ssa.Call)
			if !ok {
				return fmt.Errorf("is registered by a deferred call of %s", displayFunc(f))
			}
			mounts, err := d.mountings(call)
			if err != nil {
				return err
			}
			calls = append(calls, mounts...)
		}
		return nil
	}
	if err := up(f); err != nil {
		return nil, err
	}
	if len(calls) == 0 {
		return nil, fmt.Errorf("is registered by %s, which no code that main reaches calls statically", displayFunc(f))
	}
	return calls, nil
}

// mountings are the call itself when it is given a router, else those that mount
// its result on one.
func (d *deriver) mountings(call *ssa.Call) ([]*ssa.Call, error) {
	if routerOf(call) != nil {
		return []*ssa.Call{call}, nil
	}
	var mounts []*ssa.Call
	seen := map[ssa.Value]bool{}
	work := []ssa.Value{call}
	for len(work) > 0 {
		v := work[0]
		work = work[1:]
		if seen[v] || v.Referrers() == nil {
			continue
		}
		seen[v] = true
		for _, ref := range *v.Referrers() {
			switch ref := ref.(type) {
			case *ssa.Call:
				if r := routerOf(ref); r != nil && r != v {
					mounts = append(mounts, ref)
				} else if returnsHandler(ref) {
					work = append(work, ref)
				}
			case ssa.Value:
				work = append(work, ref)
			case *ssa.Store:
				work = append(work, d.loads(ref)...)
			}
		}
	}
	if len(mounts) == 0 {
		return nil, fmt.Errorf("is on a router whose way into the server was not found (%s)", displayFunc(call.Common().StaticCallee()))
	}
	return mounts, nil
}

// loads are the values loaded from the field that a store sets.
func (d *deriver) loads(st *ssa.Store) []ssa.Value {
	at, ok := st.Addr.(*ssa.FieldAddr)
	if !ok {
		return nil
	}
	key, ok := keyOf(at.X.Type(), at.Field)
	if !ok {
		return nil
	}
	var list []ssa.Value
	for _, f := range d.funcs {
		for _, b := range f.Blocks {
			for _, in := range b.Instrs {
				if a, ok := in.(*ssa.FieldAddr); ok {
					if k, ok := keyOf(a.X.Type(), a.Field); ok && k == key {
						for _, ref := range *a.Referrers() {
							if u, ok := ref.(*ssa.UnOp); ok {
								list = append(list, u)
							}
						}
					}
				}
			}
		}
	}
	return list
}

// routerOf is the router that a call registers on: its receiver, when the call
// hands it a pattern, or an argument.
func routerOf(call *ssa.Call) ssa.Value {
	common := call.Common()
	if common.IsInvoke() && isRouter(common.Value.Type()) && registers(common.Method.Name()) {
		return common.Value
	}
	sig := common.Signature()
	for i, arg := range common.Args {
		if !isRouter(arg.Type()) {
			continue
		}
		if i == 0 && sig.Recv() != nil && !common.IsInvoke() {
			if f := common.StaticCallee(); f != nil && registers(f.Name()) {
				return arg
			}
			continue
		}
		if !returnsHandler(call) {
			return arg
		}
	}
	return nil
}

func registers(method string) bool {
	switch method {
	case "Handle", "HandleFunc", "Method", "MethodFunc", "Mount", "Get", "Post", "Put", "Delete", "Patch", "Head", "Options", "Connect", "Trace", "Route":
		return true
	}
	return false
}

// isRouter recognises net/http's ServeMux, chi's routers and what is made like
// them: ServeHTTP and Handle.
func isRouter(t types.Type) bool {
	return hasMethod(t, "Handle") && (hasMethod(t, "HandleFunc") || hasMethod(t, "Method"))
}

func hasMethod(t types.Type, name string) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
	_, ok := obj.(*types.Func)
	return ok
}

func returnsHandler(call *ssa.Call) bool {
	results := call.Common().Signature().Results()
	return results.Len() > 0 && hasMethod(results.At(0).Type(), "ServeHTTP")
}

// routes repeats the registrations and wraps the mux as the monolith does.
func (w *wiring) routes() {
	var first ssa.Value
	for _, s := range w.sites {
		if _, err := w.d.repeat(s.call, nil); err != nil {
			for _, u := range underivables(err) {
				if u.key != "" && !w.d.isArgumentOf(s.call, u.key) {
					w.refuse(u, codeValue, routeName(s.routes[0]))
				} else {
					w.refuseRoute(s.routes[0], "is registered with a value that "+u.reason)
				}
			}
			continue
		}
		if first == nil {
			first = s.router
		}
	}
	if first == nil {
		return
	}
	origin, fr := w.d.origin(first, nil)
	if text, ok := w.opts.Wire["http.middleware"]; ok {
		w.wrap(origin, fr, text)
		return
	}
	outer := w.outermost(origin)
	code, err := w.d.value(outer, nil)
	if err != nil {
		w.refuse(err, codeValue, "http.middleware")
		return
	}
	w.handler = code
}

// isArgumentOf tells whether a wire key names an argument of a router's own method:
// no expression of the plan replaces a handler there.
func (d *deriver) isArgumentOf(call *ssa.Call, key string) bool {
	if f := call.Common().StaticCallee(); f != nil && d.ours(f) {
		return false
	}
	for i := range call.Common().Signature().Params().Len() {
		if k, _ := d.wireKey(call, i); k == key {
			return true
		}
	}
	return false
}

func (w *wiring) wrap(router ssa.Value, fr *frame, text string) {
	w.d.usedWire["http.middleware"] = true
	mux, err := w.d.value(router, fr)
	if err != nil {
		w.refuse(err, codeValue, "http.middleware")
		return
	}
	w.handler = w.d.expression(text).Call(mux)
}
