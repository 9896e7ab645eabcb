package facts

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// routers are the HTTP routers that are understood, by package path without the
// major version, and how their evidence names them.
var routers = map[string]string{
	"net/http":                            "net/http",
	"github.com/go-chi/chi":               "chi",
	"github.com/gin-gonic/gin":            "gin",
	"github.com/labstack/echo":            "echo",
	"github.com/gorilla/mux":              "gorilla/mux",
	"github.com/julienschmidt/httprouter": "httprouter",
	"github.com/gofiber/fiber":            "fiber",
	"github.com/flamego/flamego":          "flamego",
	"gopkg.in/macaron.v1":                 "macaron",
	"github.com/go-macaron/macaron":       "macaron",
}

var httpMethods = map[string]bool{"GET": true, "HEAD": true, "POST": true, "PUT": true, "PATCH": true, "DELETE": true,
	"CONNECT": true, "OPTIONS": true, "TRACE": true}

// routes lists the registrations of HTTP handlers, prefixes of groups and mounts
// included.
func (e *extractor) routes() {
	r := &routeFinder{e: e, mounts: map[ssa.Value][]mount{}, calls: map[*ssa.Function][]ssa.CallInstruction{}, told: map[string]bool{}}
	r.index()
	for _, c := range r.registrations {
		r.register(c)
	}
}

// routeFinder knows where routers are mounted.
type routeFinder struct {
	e             *extractor
	registrations []routeCall
	// mounts by the call that makes the inner router.
	mounts map[ssa.Value][]mount
	// calls by the function that they are given: groups.
	calls map[*ssa.Function][]ssa.CallInstruction
	// bound: the same by the method behind a bound method's wrapper.
	bound map[*ssa.Function][]ssa.CallInstruction
	told  map[string]bool // prefixes already listed as unknown
}

// mount is an inner router below an outer one.
type mount struct {
	outer   ssa.Value
	prefix  []string
	strip   bool // the outer router takes its prefix off before the inner one matches
	stdlike bool // the inner patterns hold the full path but for StripPrefix
}

// routeCall is a call of a router's method.
type routeCall struct {
	call   ssa.CallInstruction
	router string
	name   string
	recv   ssa.Value
	args   []ssa.Value // without the receiver, variadic ones flattened
}

// asRoute recognises a call of a router's method or of net/http's default mux.
func (r *routeFinder) asRoute(call ssa.CallInstruction) (routeCall, bool) {
	com := call.Common()
	var fn *types.Func
	if com.IsInvoke() {
		fn = com.Method
	} else if callee := com.StaticCallee(); callee != nil && callee.Blocks == nil {
		fn, _ = callee.Object().(*types.Func)
	}
	if fn == nil || fn.Pkg() == nil {
		return routeCall{}, false
	}
	router := routers[barePath(fn.Pkg().Path())]
	if router == "" {
		return routeCall{}, false
	}
	rc := routeCall{call: call, router: router, name: fn.Name()}
	args := com.Args
	switch {
	case com.IsInvoke():
		rc.recv = com.Value
	case com.Signature().Recv() != nil && len(args) > 0:
		rc.recv, args = args[0], args[1:]
	case router != "net/http":
		return routeCall{}, false
	}
	if router == "net/http" && rc.recv != nil && bareTypePath(rc.recv.Type()) != "net/http.ServeMux" {
		return routeCall{}, false
	}
	for i, a := range args {
		if i == len(args)-1 && com.Signature().Variadic() {
			rc.args = append(rc.args, sliceItems(a)...)
			continue
		}
		rc.args = append(rc.args, a)
	}
	return rc, true
}

// index gathers registrations, mounts and groups.
func (r *routeFinder) index() {
	for _, fn := range r.e.funcs {
		eachInstr(fn, func(in ssa.Instruction) {
			call, ok := in.(ssa.CallInstruction)
			if !ok {
				return
			}
			for _, a := range call.Common().Args {
				for _, f := range functionsOf(a) {
					r.calls[f] = append(r.calls[f], call)
				}
			}
			if rc, ok := r.asRoute(call); ok {
				r.registrations = append(r.registrations, rc)
			}
		})
	}
	for _, rc := range r.registrations {
		r.indexMount(rc)
	}
}

// indexMount remembers routers that a call puts below another.
func (r *routeFinder) indexMount(rc routeCall) {
	switch {
	case rc.name == "Mount" && len(rc.args) >= 2:
		for _, in := range r.inner(rc.args[1], 0) {
			m := mount{outer: rc.recv, prefix: r.strings(rc.args[0]), stdlike: isServeMux(in.made.Type())}
			if m.stdlike {
				m.prefix = in.strip
			}
			r.mounts[in.made] = append(r.mounts[in.made], m)
		}
	case rc.router == "net/http" && rc.name == "Handle" && len(rc.args) == 2:
		for _, in := range r.inner(rc.args[1], 0) {
			m := mount{outer: rc.recv, prefix: in.strip, stdlike: true}
			r.mounts[in.made] = append(r.mounts[in.made], m)
		}
	case rc.name == "Handler" && rc.router == "gorilla/mux" && len(rc.args) == 1, rc.name == "Handle" && rc.router == "gorilla/mux":
		for _, in := range r.inner(rc.args[len(rc.args)-1], 0) {
			r.mounts[in.made] = append(r.mounts[in.made], mount{outer: rc.recv, prefix: in.strip, stdlike: true})
		}
	}
}

func isServeMux(t types.Type) bool { return bareTypePath(t) == "net/http.ServeMux" }

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
		call, ok := o.(*ssa.Call)
		if !ok {
			continue
		}
		if isRouterType(call.Type()) {
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
	for _, site := range r.e.sites[call] {
		for _, fn := range r.e.through(site) {
			for _, b := range fn.Blocks {
				if ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok && result < len(ret.Results) {
					vals = append(vals, ret.Results[result])
				}
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

func isRouterType(t types.Type) bool {
	n := namedOf(t)
	if n == nil || n.Obj().Pkg() == nil || routers[barePath(n.Obj().Pkg().Path())] == "" {
		return false
	}
	switch n.Obj().Name() {
	case "ServeMux", "Mux", "Router", "Engine", "RouterGroup", "Echo", "Group", "App", "Macaron", "Flame":
		return true
	}
	return false
}

// strings resolves a pattern; unknown parts are holes.
func (r *routeFinder) strings(v ssa.Value) []string {
	res := &stringResolver{e: r.e, open: map[*ssa.Parameter]bool{}, active: map[ssa.Value]bool{}, strict: true}
	out := res.texts(v, nil)
	if len(res.open) == 0 {
		return out
	}
	if called := r.fromCallers(v, res); len(called) > 0 {
		return called
	}
	return out
}

// fromCallers resolves a pattern that is a parameter by what the callers give.
func (r *routeFinder) fromCallers(v ssa.Value, res *stringResolver) []string {
	var out []string
	for p := range res.open {
		for _, call := range r.e.caller[p.Parent()] {
			inner := &stringResolver{e: r.e, open: map[*ssa.Parameter]bool{}, active: map[ssa.Value]bool{}, strict: true}
			out = append(out, inner.texts(v, bind(call, p.Parent(), nil))...)
		}
	}
	return unionSorted(out, nil)
}

// register turns a registration into routes.
func (r *routeFinder) register(rc routeCall) {
	for _, reg := range r.read(rc) {
		if len(r.inner(reg.handler, 0)) > 0 || rc.name == "Mount" {
			continue // the routes of the router below stand for it
		}
		prefixes := r.prefixes(rc.recv, 0, map[ssa.Value]bool{})
		if groups := r.lexicalPrefixes(rc); groups != nil {
			prefixes = groups
		}
		seen := map[string]bool{}
		for _, p := range prefixes {
			if !containsHole(p) {
				seen[p] = true
				r.add(rc, reg, p, model.Resolved)
			}
		}
		for _, p := range prefixes {
			if !containsHole(p) {
				continue
			}
			r.unknownPrefix(rc, p)
			if end := knownEnd(p); !seen[end] {
				seen[end] = true
				r.add(rc, reg, end, model.Guessed)
			}
		}
	}
}

// registration is what one call registers.
type registration struct {
	method, host, pattern string
	handler               ssa.Value
	handlers              []ssa.Value // all of them, the last is the handler
}

// knownEnd keeps of a prefix what follows its last unknown part.
func knownEnd(prefix string) string {
	end := prefix[strings.LastIndex(prefix, hole)+len(hole):]
	if !strings.HasPrefix(end, "/") {
		return ""
	}
	return strings.TrimSuffix(end, "/")
}

// unknownPrefix lists a prefix that is set while the program runs, once a package.
func (r *routeFinder) unknownPrefix(rc routeCall, prefix string) {
	ref, _ := r.e.refInstr(rc.call)
	pkg := packageOf(ref)
	if r.told[pkg+prefix] {
		return
	}
	r.told[pkg+prefix] = true
	file, line, _ := r.e.p.Rel(r.e.posOf(rc.call))
	r.e.unresolved(model.Problem{Code: "route", File: file, Line: line, Package: pkg,
		Message: "a prefix of the routes is set while the program runs (" + strings.ReplaceAll(prefix, hole, "…") + "); they are listed without it",
		Cure:    "if it is not empty, add it to the routes in the plan"})
}

func (r *routeFinder) add(rc routeCall, reg registration, prefix string, conf model.Confidence) {
	if prefix == "" && conf == model.Resolved {
		conf = model.Proved
	}
	ev := r.e.evidence(r.e.posOf(rc.call), conf, rc.name)
	pattern := joinPattern(prefix, reg.pattern)
	if strings.Contains(pattern, hole) || strings.Contains(reg.method, hole) {
		r.e.unresolved(model.Problem{Code: "route", File: ev.File, Line: ev.Line,
			Message: "the pattern is built while the program runs: " + strings.ReplaceAll(pattern, hole, "…"),
			Cure:    "add the route to the plan by hand"})
		return
	}
	registrar, _ := r.e.refInstr(rc.call)
	h, ok := r.handler(reg, 0)
	if !ok {
		ev.Confidence = model.Guessed
	}
	if rc.router == "chi" && prefix != "" && reg.pattern == "/" {
		pattern = strings.TrimSuffix(pattern, "/") // chi answers both
	}
	r.e.out.Routes = append(r.e.out.Routes, Route{Method: reg.method, Host: reg.host, Pattern: cleanPattern(rc.router, pattern),
		Router: rc.router, Handler: h, Evidence: ev, Registrar: registrar})
}
