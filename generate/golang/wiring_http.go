package golang

import (
	"fmt"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"
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
	pos.Filename, pos.Line, pos.Column = r.Registered.File, r.Registered.Line, r.Registered.Column
	w.refusals = append(w.refusals, contract.Refusal{
		Code: codeRoute, Position: pos, Func: routeName(r), Reason: "route " + routeName(r) + " " + reason, Lineage: []string{"route " + routeName(r), r.Handler},
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
	call := w.d.registrationAt(f, r.Registered.Line)
	if call == nil {
		return nil, fmt.Errorf("is registered in a way that is not followed")
	}
	return []*ssa.Call{call}, nil
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
				w.refuseRoute(s.routes[0], u.reason)
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

func (w *wiring) wrap(router ssa.Value, fr *frame, text string) {
	w.d.usedWire["http.middleware"] = true
	mw, err := w.d.expression(text)
	if err == nil {
		var mux *jen.Statement
		if mux, err = w.d.value(router, fr); err == nil {
			w.handler = mw.Call(mux)
			return
		}
	}
	w.refuse(err, codeValue, "http.middleware")
}

// outermost follows a router forward to the handler that the server is given.
func (w *wiring) outermost(router ssa.Value) ssa.Value {
	d := w.d
	seen := map[ssa.Value]bool{}
	var walk func(ssa.Value) (ssa.Value, bool)
	walk = func(v ssa.Value) (ssa.Value, bool) {
		if seen[v] || v.Referrers() == nil {
			return nil, false
		}
		seen[v] = true
		best := v
		for _, next := range d.forward(v) {
			if next.served {
				return v, true
			}
			h, served := walk(next.value)
			if served {
				return h, true
			}
			if h != nil && best == v {
				best = h
			}
		}
		return best, false
	}
	h, _ := walk(router)
	return h
}

// onward is where a handler goes: into another one, or into a server.
type onward struct {
	value  ssa.Value
	served bool
}

func (d *deriver) forward(v ssa.Value) []onward {
	var list []onward
	for _, ref := range *v.Referrers() {
		if ref.Parent() == nil || !d.reached[ref.Parent()] {
			continue
		}
		switch ref := ref.(type) {
		case *ssa.MakeInterface:
			list = append(list, onward{value: ref})
		case *ssa.ChangeInterface:
			list = append(list, onward{value: ref})
		case *ssa.Call:
			list = append(list, d.forwardCall(ref, v)...)
		case *ssa.Return:
			list = append(list, d.forwardReturn(ref, v)...)
		case *ssa.Store:
			list = append(list, d.forwardStore(ref, v)...)
		}
	}
	return list
}

func (d *deriver) forwardCall(call *ssa.Call, v ssa.Value) []onward {
	common := call.Common()
	f := common.StaticCallee()
	if f != nil && packageOf(f) != nil && packageOf(f).Path() == "net/http" && strings.HasPrefix(f.Name(), "ListenAndServe") {
		return []onward{{served: true}}
	}
	if router := routerOf(call); router != nil && router != v && f != nil && registers(f.Name()) {
		origin, _ := d.origin(router, nil)
		return []onward{{value: origin}}
	}
	isReceiver := common.IsInvoke() && common.Value == v ||
		f != nil && f.Signature.Recv() != nil && len(common.Args) > 0 && common.Args[0] == v
	if isReceiver || !returnsHandler(call) {
		return nil
	}
	if common.Signature().Results().Len() > 1 {
		if e := extractOf(call, 0); e != nil {
			return []onward{{value: e}}
		}
		return nil
	}
	return []onward{{value: call}}
}

func (d *deriver) forwardReturn(ret *ssa.Return, v ssa.Value) []onward {
	d.markRoots(ret.Parent())
	i := slices.Index(ret.Results, v)
	var list []onward
	for _, c := range d.callers[ret.Parent()] {
		call, ok := c.(*ssa.Call)
		if !ok {
			continue
		}
		if len(ret.Results) == 1 {
			list = append(list, onward{value: call})
		} else if e := extractOf(call, i); e != nil {
			list = append(list, onward{value: e})
		}
	}
	return list
}

func (d *deriver) forwardStore(st *ssa.Store, v ssa.Value) []onward {
	at, ok := st.Addr.(*ssa.FieldAddr)
	if !ok || st.Val != v {
		return nil
	}
	if key, ok := keyOf(at.X.Type(), at.Field); ok && key.named.Pkg() != nil && key.named.Pkg().Path() == "net/http" && key.named.Name() == "Server" {
		return []onward{{served: true}}
	}
	var list []onward
	for _, l := range d.loads(st) {
		list = append(list, onward{value: l})
	}
	return list
}

// file is wiring_gen.go.
func (w *wiring) file() (File, error) {
	c := w.contract
	f := jen.NewFilePathName(c.Module+"/"+CommandDir(c), "main")
	f.HeaderComment(generatedBy)
	importNames(f, c, w.prog.Prog)
	f.Comment("built is what the monolith's own code was put together to.")
	f.Type().Id("built").Struct(
		jen.Id("deps").Qual(packageImport(c, "server"), "Deps"),
		jen.Comment("handler answers the HTTP routes of the service; nil when it owns none."),
		jen.Id("handler").Qual("net/http", "Handler"),
		jen.Id("closers").Index().Func().Params().Error(),
	)
	f.Line().Comment("build puts the service together as the monolith does, in the same order, and")
	f.Comment("starts no background work. What was opened is closed when it fails.")
	f.Func().Id("build").Params(jen.Id(ctxName).Qual(pathContext, "Context")).Params(jen.Id("s").Op("*").Id("built"), jen.Id(errName).Error()).BlockFunc(w.body)
	return render(f, filepath.ToSlash(filepath.Join(CommandDir(c), "wiring_gen.go")))
}

func importNames(f *jen.File, c *contract.Contract, prog *ssa.Program) {
	names := map[string]string{}
	for _, p := range prog.AllPackages() {
		names[p.Pkg.Path()] = p.Pkg.Name()
	}
	names[packageImport(c, "server")] = "server"
	f.ImportNames(names)
}

func (w *wiring) body(g *jen.Group) {
	g.Id("s").Op("=").Op("&").Id("built").Values()
	g.Defer().Func().Params().Block(
		jen.If(jen.Id(errName).Op("!=").Nil()).Block(
			jen.Id("err").Op("=").Qual("errors", "Join").Call(jen.Id(errName), jen.Id("s").Dot("Close").Call())),
	).Call()
	for _, s := range w.d.steps {
		s.emit(g)
	}
	for _, b := range w.built {
		g.Id("s").Dot("deps").Dot(b.receiver.ProtoService).Op("=").Add(b.code)
	}
	if w.handler != nil {
		g.Id("s").Dot("handler").Op("=").Add(w.handler)
	}
	g.Return(jen.Id("s"), jen.Nil())
}

// emit writes a step with its error handled and its Close remembered.
func (s *step) emit(g *jen.Group) {
	failed := func() jen.Code {
		return jen.Return(jen.Id("s"), jen.Qual("fmt", "Errorf").Call(jen.Lit(s.what+": %w"), jen.Id(errName)))
	}
	var lhs []jen.Code
	any := false
	for i, name := range s.names {
		if !s.used[i] {
			name = "_"
		}
		any = any || s.used[i]
		lhs = append(lhs, jen.Id(name))
	}
	switch {
	case !any && !s.hasErr:
		g.Add(s.call)
		return
	case !any:
		lhs = append(lhs, jen.Id(errName))
		g.If(jen.List(lhs...).Op(":=").Add(s.call), jen.Id(errName).Op("!=").Nil()).Block(failed())
		return
	case s.hasErr:
		g.List(append(lhs, jen.Id(errName))...).Op(":=").Add(s.call)
		g.If(jen.Id(errName).Op("!=").Nil()).Block(failed())
	default:
		g.List(lhs...).Op(":=").Add(s.call)
	}
	if !s.closes || !s.used[0] {
		return
	}
	closer := jen.Id(s.names[0]).Dot("Close")
	if !s.closeErr {
		closer = jen.Func().Params().Error().Block(jen.Id(s.names[0]).Dot("Close").Call(), jen.Return(jen.Nil()))
	}
	g.Id("s").Dot("closers").Op("=").Append(jen.Id("s").Dot("closers"), closer)
}
