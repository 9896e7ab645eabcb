package facts

import (
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// routers are the HTTP routers that are understood, by package path without the
// major version, and how their evidence names them.
var routers = map[string]string{
	"net/http":                                  "net/http",
	"github.com/go-chi/chi":                     "chi",
	"github.com/gin-gonic/gin":                  "gin",
	"github.com/labstack/echo":                  "echo",
	"github.com/gorilla/mux":                    "gorilla/mux",
	"github.com/julienschmidt/httprouter":       "httprouter",
	"github.com/gofiber/fiber":                  "fiber",
	"github.com/flamego/flamego":                "flamego",
	"github.com/cloudwego/hertz/pkg/route":      "hertz",
	"github.com/cloudwego/hertz/pkg/app/server": "hertz",
	goZeroPath:                         "go-zero",
	"github.com/tal-tech/go-zero/rest": "go-zero",
	irisPath:                           "iris",
	irisPath + "/core/router":          "iris",
	irisPath + "/mvc":                  irisMVC,
	goFramePath:                        "goframe",
	"github.com/go-kratos/kratos/transport/http": "kratos",
	"goa.design/goa/http":                        "goa",
	"gopkg.in/macaron.v1":                        "macaron",
	"github.com/go-macaron/macaron":              "macaron",
	beegoWeb:                                     "beego",
	humaPath:                                     "huma",
	humaPath + "/sse":                            "huma",
	gatewayPath:                                  "grpc-gateway",
}

var httpMethods = map[string]bool{"GET": true, "HEAD": true, "POST": true, "PUT": true, "PATCH": true, "DELETE": true,
	"CONNECT": true, "OPTIONS": true, "TRACE": true}

// routes lists the registrations of HTTP handlers, prefixes of groups and mounts
// included.
func (e *extractor) routes() {
	r := &routeFinder{e: e, mounts: map[ssa.Value][]mount{}, calls: map[*ssa.Function][]ssa.CallInstruction{}, told: map[string]bool{},
		shapes: map[*types.TypeName]*routerShape{}}
	r.index()
	for _, c := range r.registrations {
		r.register(c)
	}
	r.rata()
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
	// shapes are the types that look like routers, or nil, see shapeOf.
	shapes map[*types.TypeName]*routerShape
	tables map[ssa.Value][]tableRow // that were read
	// served are the muxes of gateways whose routes are known; those that code of other
	// modules registers on are none.
	served map[ssa.Value]bool
	// registered are the servers of gRPC services, see servers.
	registered map[string][]types.Type
	// behind are the libraries that interfaces of the module stand for, or none.
	behind    map[*types.TypeName]string
	generated map[string]bool // files, see generatedFunc
	// row is what stands for the values of a table of routes while one row is read.
	row standIns
}

// routeCall is a call of a router's method.
type routeCall struct {
	call   ssa.CallInstruction
	router string
	name   string
	recv   ssa.Value
	args   []ssa.Value  // without the receiver, variadic ones flattened
	shape  *routerShape // of a router told by its shape, else nil
}

// asRoute recognises a call of a router's method or of net/http's default mux.
func (r *routeFinder) asRoute(call ssa.CallInstruction) (routeCall, bool) {
	if rc, ok := r.asShaped(call); ok {
		return rc, rc.shape.stands
	}
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
	router, behind := routers[barePath(fn.Pkg().Path())], false
	if router == "" {
		if router = r.asInterface(call); router == "" {
			return routeCall{}, false
		}
		behind = true
	}
	rc := routeCall{call: call, router: router, name: fn.Name()}
	args := com.Args
	switch {
	case com.IsInvoke():
		rc.recv = com.Value
	case com.Signature().Recv() != nil && len(args) > 0:
		rc.recv, args = args[0], args[1:]
	case (router == "huma" || router == irisMVC) && len(args) > 0: // functions, the API or party first
		rc.recv, args = args[0], args[1:]
	case router != "net/http" && router != "beego":
		return routeCall{}, false
	}
	if router == "net/http" && rc.recv != nil && !behind && bareTypePath(rc.recv.Type()) != "net/http.ServeMux" || rc.recv != nil && ofRequest(rc.recv.Type()) {
		return routeCall{}, false
	}
	rc.args = flattened(com, args)
	return rc, true
}

// index gathers registrations, mounts and groups.
func (r *routeFinder) index() {
	var shaped []routeCall
	for _, fn := range r.e.funcs {
		if r.e.ctx.Err() != nil {
			return
		}
		r.e.eachCall(fn, func(call ssa.CallInstruction) {
			for _, a := range given(call.Common()) {
				for _, f := range functionsOf(a) {
					r.calls[f] = append(r.calls[f], call)
				}
			}
			if rc, ok := r.asShaped(call); ok {
				shaped = append(shaped, rc)
			} else if rc, ok := r.asRoute(call); ok {
				r.registrations = append(r.registrations, rc)
			}
		})
	}
	r.chooseShapes(shaped)
	r.serveGateways()
	for _, rc := range r.registrations {
		r.indexMount(rc)
	}
}

// strings resolves a pattern; unknown parts are holes.
func (r *routeFinder) strings(v ssa.Value) []string {
	res := &stringResolver{e: r.e, open: map[*ssa.Parameter]bool{}, active: map[ssa.Value]bool{}, strict: true, as: r.row}
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
	if r.neverCalled(rc) {
		return
	}
	for _, row := range r.rows(rc) {
		r.row = row
		r.registerRow(rc)
	}
	r.row = nil
}

func (r *routeFinder) registerRow(rc routeCall) {
	for _, reg := range r.withoutBase(rc, r.read(rc)) {
		if len(r.inner(reg.handler, 0)) > 0 {
			continue // the routes of the router below stand for it
		}
		prefixes, sure := []string(nil), model.Resolved
		if rc.shape != nil {
			if prefixes = r.shapedPrefixes(rc); len(rc.shape.inside) == 0 {
				sure = model.Guessed
			}
		} else if prefixes = r.lexicalPrefixes(rc); prefixes == nil && rc.router == "beego" {
			prefixes = r.namespaces(rc)
		} else if prefixes == nil {
			prefixes = r.prefixes(rc.recv, 0, map[ssa.Value]bool{})
		}
		if end := knownEnd(reg.pattern); containsHole(reg.pattern) && end != "" {
			r.unknownPrefix(rc, strings.TrimSuffix(reg.pattern, end))
			reg.pattern, sure = end, model.Guessed
		}
		seen := map[string]bool{}
		for _, p := range prefixes {
			if !containsHole(p) {
				seen[p] = true
				r.add(rc, reg, p, sure)
			}
		}
		for _, p := range prefixes {
			if !containsHole(p) {
				continue
			}
			if end := afterHole(p); based(p) && endsWith(seen, end) || filledBy(p, seen) { // a part with a default, or a base path that is "/", unless it is set
				r.unknownPrefix(rc, strings.TrimSuffix(p, end))
				continue
			}
			r.unknownPrefix(rc, p)
			if end := strings.TrimSuffix(knownEnd(p), "/"); !seen[end] {
				seen[end] = true
				r.add(rc, reg, end, model.Guessed)
			}
		}
	}
}

// withoutBase drops what is registered with a base path that is not known where the
// same is registered without it.
func (r *routeFinder) withoutBase(rc routeCall, regs []registration) []registration {
	known := map[string]map[string]bool{} // by method
	for _, reg := range regs {
		if !containsHole(reg.pattern) {
			if known[reg.method] == nil {
				known[reg.method] = map[string]bool{}
			}
			known[reg.method][reg.pattern] = true
		}
	}
	return slices.DeleteFunc(regs, func(reg registration) bool {
		end := afterHole(reg.pattern)
		again := based(reg.pattern) && endsWith(known[reg.method], end)
		if again {
			r.unknownPrefix(rc, strings.TrimSuffix(reg.pattern, end))
		}
		return again
	})
}

// based tells whether what is not known stands at the beginning.
func based(pattern string) bool {
	return containsHole(pattern) && strings.Trim(strings.TrimSuffix(pattern, afterHole(pattern)), hole+"/") == ""
}

// endsWith tells whether one of the prefixes ends so.
func endsWith(prefixes map[string]bool, end string) bool {
	for p := range prefixes {
		if end != "" && strings.HasSuffix(p, end) {
			return true
		}
	}
	return false
}

// filledBy tells whether one of the prefixes is the pattern with its unknown parts known,
// as where the environment may set what has a default.
func filledBy(pattern string, prefixes map[string]bool) bool {
	parts := strings.Split(pattern, hole)
	if strings.Trim(parts[len(parts)-1], "/") == "" {
		return false // anything would do
	}
	for p := range prefixes {
		rest, ok := strings.CutPrefix(p, parts[0])
		for _, part := range parts[1 : len(parts)-1] {
			_, after, found := strings.Cut(rest, part)
			rest, ok = after, ok && found
		}
		if ok && strings.HasSuffix(rest, parts[len(parts)-1]) {
			return true
		}
	}
	return false
}

// registration is what one call registers.
type registration struct {
	method, host, pattern string
	handler               ssa.Value
	handlers              []ssa.Value // all of them, the last is the handler
	ref                   Ref         // of the method of a controller that answers
	files                 bool        // the library itself answers, with files
	at                    token.Pos   // where it is written, if the call registers many
}

// afterHole gives what follows the last unknown part.
func afterHole(text string) string { return text[strings.LastIndex(text, hole)+len(hole):] }

// knownEnd keeps of a prefix or pattern what follows its last unknown part.
func knownEnd(prefix string) string {
	end := afterHole(prefix)
	if !strings.HasPrefix(end, "/") {
		return ""
	}
	return end
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

// written tells whether a registration stands in the code as it is: constants, a
// function by its name, on a router that is not given by unknown callers.
func (r *routeFinder) written(rc routeCall, reg registration) bool {
	if rc.router == "grpc-gateway" {
		return false
	}
	for _, a := range append(r.chainArgs(rc.recv, 0), rc.args...) {
		if _, constant := a.(*ssa.Const); isString(a.Type()) && !constant {
			return false
		}
	}
	v := reg.handler
	for {
		switch x := v.(type) {
		case *ssa.ChangeType:
			v = x.X
			continue
		case *ssa.MakeInterface:
			v = x.X
			continue
		case *ssa.Call: // middleware and factories are looked through
			return r.elsewhere(x)
		case *ssa.Phi, *ssa.Parameter, *ssa.UnOp, *ssa.Extract, *ssa.FreeVar:
			return false
		}
		break
	}
	p := paramOf(rc.recv)
	return p == nil || len(r.e.caller[p.Parent()]) > 0 || len(r.calls[p.Parent()]) > 0
}

// answersBoth tells whether the router answers with and without a slash at the end of
// a group's own path.
func (rc routeCall) answersBoth() bool {
	return rc.router == "chi" || rc.shape != nil && len(rc.shape.inside) > 0 && rc.shape.inside[0].router == "chi"
}

func (r *routeFinder) add(rc routeCall, reg registration, prefix string, conf model.Confidence) {
	if prefix == "" && conf == model.Resolved && r.written(rc, reg) {
		conf = model.Proved
	}
	at := r.place(rc)
	pos := r.e.posOf(at)
	if reg.at.IsValid() {
		pos = reg.at
	}
	ev := r.e.evidence(pos, conf, rc.name)
	pattern := joinPattern(prefix, reg.pattern)
	if strings.Contains(pattern, hole) || strings.Contains(reg.method, hole) {
		r.e.unresolved(model.Problem{Code: "route", File: ev.File, Line: ev.Line,
			Message: "the pattern is built while the program runs: " + strings.ReplaceAll(pattern, hole, "…"),
			Cure:    "add the route to the plan by hand"})
		return
	}
	registrar, _ := r.e.refInstr(at)
	h, ok := r.handler(reg, 0)
	if !ok && !reg.files && !r.elsewhere(reg.handler) {
		ev.Confidence = model.Guessed
	}
	if rc.answersBoth() && prefix != "" && reg.pattern == "/" {
		pattern = strings.TrimSuffix(pattern, "/") // chi answers both
	}
	r.e.out.Routes = append(r.e.out.Routes, Route{Method: reg.method, Host: reg.host, Pattern: cleanPattern(rc.syntax(pattern), pattern),
		Router: rc.router, Handler: h, Evidence: ev, Registrar: registrar})
}
