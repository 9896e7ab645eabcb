package facts

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// read reads method, pattern and handler of a registration; none of calls that
// register nothing.
func (r *routeFinder) read(rc routeCall) []registration {
	switch rc.router {
	case "gorilla/mux":
		return r.readGorilla(rc)
	case "beego":
		return r.readBeego(rc)
	case "huma":
		return r.readHuma(rc)
	case "grpc-gateway":
		return r.readGateway(rc)
	case "go-zero":
		return r.readGoZero(rc)
	case "goframe":
		return r.readGoFrame(rc)
	case irisMVC:
		return r.readIris(rc)
	}
	if rc.shape != nil {
		return r.readShaped(rc)
	}
	upper := strings.ToUpper(rc.name)
	if files := r.files(rc); files != nil {
		return files
	}
	switch {
	case rc.router == "fiber" && isChain(rc.recv):
		return r.chained(rc, upper)
	case rc.router == "net/http" && rc.name != "Handle" && rc.name != "HandleFunc": // http.Post asks
		return nil
	case httpMethods[upper] && (len(rc.args) >= 2 || len(rc.args) == 1 && rc.router == "gin" && rc.name == upper):
		return r.verb(rc, upper)
	case rc.name == "Match" && len(rc.args) >= 2, rc.router == "fiber" && rc.name == "Add" && len(rc.args) > 2 && !isString(rc.args[0].Type()):
		return r.withMethods(rc)
	case rc.name == "HandleMany" && rc.router == "iris" && len(rc.args) > 2:
		out := r.irisMany(rc.args[0], rc.args[1])
		for i := range out {
			out[i].handler, out[i].handlers = rc.args[len(rc.args)-1], rc.args[2:]
		}
		return out
	case rc.name == "HandlePrefix" && rc.router == "kratos" && len(rc.args) == 2:
		return r.mounted(rc)
	case rc.name == "Mount" && rc.router == "chi" && len(rc.args) == 2:
		return r.mounted(rc)
	case rc.router == "net/http" && len(rc.args) == 2:
		return r.serveMux(rc)
	case rc.name == "Handle" || rc.name == "HandleFunc" || rc.name == "Any" || rc.name == "All" || rc.name == "Add" ||
		rc.name == "Method" || rc.name == "MethodFunc" || rc.name == "Handler" || rc.name == "HandlerFunc":
		if len(rc.args) >= 3 && isString(rc.args[0].Type()) && isString(rc.args[1].Type()) {
			return r.withMethod(rc)
		}
		if len(rc.args) >= 2 && isString(rc.args[0].Type()) {
			return r.patterns("", rc.args[0], rc.args[1:], rc)
		}
	case rc.name == "Route" && len(rc.args) >= 3 && (rc.router == "flamego" || rc.router == "macaron"):
		return r.routeMethods(rc)
	}
	return nil
}

// isChain tells what RouteChain of fiber gives: its pattern is a prefix already.
func isChain(v ssa.Value) bool {
	return v != nil && (bareTypePath(v.Type()) == "github.com/gofiber/fiber.Register" || bareTypePath(v.Type()) == "github.com/gofiber/fiber.Registering")
}

// chained reads app.RouteChain("/x").Get(h).Add([]string{"POST"}, h).
func (r *routeFinder) chained(rc routeCall, upper string) []registration {
	methods, handlers := []string{upper}, rc.args
	switch {
	case rc.name == "All":
		methods[0] = ""
	case rc.name == "Add" && len(rc.args) > 1:
		methods, handlers = nil, rc.args[1:]
		for _, v := range sliceItems(rc.args[0]) {
			methods = append(methods, r.strings(v)...)
		}
	case !httpMethods[upper]:
		return nil
	}
	var out []registration
	for _, m := range methods {
		if len(handlers) > 0 {
			out = append(out, registration{method: strings.ToUpper(m), handler: handlers[len(handlers)-1], handlers: handlers})
		}
	}
	return out
}

func (r *routeFinder) verb(rc routeCall, method string) []registration {
	if isString(rc.args[0].Type()) {
		return r.patterns(method, rc.args[0], rc.args[1:], rc)
	}
	return nil
}

// withMethods reads Match([]string{"GET", "POST"}, "/x", handlers).
func (r *routeFinder) withMethods(rc routeCall) []registration {
	var out []registration
	for _, v := range sliceItems(rc.args[0]) {
		for _, m := range r.strings(v) {
			out = append(out, r.patterns(strings.ToUpper(m), rc.args[1], rc.args[2:], rc)...)
		}
	}
	return out
}

// mounted reads Mount("/x", h) of a handler that is no router that is known: all
// below is its own.
func (r *routeFinder) mounted(rc routeCall) []registration {
	if len(r.inner(rc.args[1], 0)) > 0 {
		return nil
	}
	out := r.patterns("", rc.args[0], rc.args[1:], rc)
	for i := range out {
		out[i].pattern = strings.TrimSuffix(out[i].pattern, "/") + "/*"
	}
	return out
}

// fileCalls are the methods that answer with files: of a folder, whatever is below
// the path, or of one file.
var fileCalls = map[string]map[string]bool{
	"gin":        {"Static": true, "StaticFS": true, "StaticFile": false, "StaticFileFS": false},
	"echo":       {"Static": true, "StaticFS": true, "File": false, "FileFS": false},
	"fiber":      {"Static": true},
	"hertz":      {"Static": true, "StaticFS": true, "StaticFile": false},
	"iris":       {"HandleDir": true},
	"httprouter": {"ServeFiles": false}, // the path names the rest itself
}

// files reads the registrations of files; the library answers them itself.
func (r *routeFinder) files(rc routeCall) []registration {
	below, ok := fileCalls[rc.router][rc.name]
	if !ok || len(rc.args) < 2 || !isString(rc.args[0].Type()) {
		return nil
	}
	rest, methods := "/*", []string{"GET"}
	if rc.router == "gin" || rc.router == "hertz" {
		rest, methods = "/*filepath", []string{"GET", "HEAD"}
	}
	var out []registration
	for _, p := range r.strings(rc.args[0]) {
		if below {
			p = strings.TrimSuffix(p, "/") + rest
		}
		for _, m := range methods {
			out = append(out, registration{method: m, pattern: p, files: true})
		}
	}
	return out
}

func (r *routeFinder) withMethod(rc routeCall) []registration {
	var out []registration
	for _, m := range r.strings(rc.args[0]) {
		if m = strings.ToUpper(m); rc.router == "iris" && (m == "ALL" || m == "ANY") {
			m = ""
		}
		out = append(out, r.patterns(m, rc.args[1], rc.args[2:], rc)...)
	}
	return out
}

// routeMethods reads Route("/x", "GET,POST", handlers).
func (r *routeFinder) routeMethods(rc routeCall) []registration {
	var out []registration
	for _, list := range r.strings(rc.args[1]) {
		for _, m := range strings.Split(list, ",") {
			out = append(out, r.patterns(strings.ToUpper(strings.TrimSpace(m)), rc.args[0], rc.args[2:], rc)...)
		}
	}
	return out
}

// patterns pairs each text of the pattern with the handler: the first after the
// pattern, or the last where the ones before it are middleware.
func (r *routeFinder) patterns(method string, pattern ssa.Value, handlers []ssa.Value, rc routeCall) []registration {
	var h ssa.Value
	switch {
	case len(handlers) == 0 && rc.router == "gin": // the middleware alone answers
	case len(handlers) == 0:
		return nil
	case rc.router == "gin" || rc.router == "hertz" || rc.router == "iris" || rc.router == "fiber" || rc.router == "flamego" || rc.router == "macaron":
		h = handlers[len(handlers)-1]
	default:
		h, handlers = handlers[0], handlers[:1]
	}
	var out []registration
	for _, p := range r.strings(pattern) {
		out = append(out, registration{method: method, pattern: p, handler: h, handlers: handlers})
	}
	return out
}

// serveMux reads "METHOD host/path".
func (r *routeFinder) serveMux(rc routeCall) []registration {
	var out []registration
	for _, text := range r.strings(rc.args[0]) {
		m, host, path := splitPattern(text)
		out = append(out, registration{method: m, host: host, pattern: path, handler: rc.args[1], handlers: rc.args[1:]})
	}
	return out
}

// splitPattern reads a pattern of net/http's ServeMux.
func splitPattern(text string) (method, host, path string) {
	if i := strings.IndexAny(text, " \t"); i > 0 {
		method, text = text[:i], strings.TrimLeft(text[i:], " \t")
	}
	i := strings.IndexByte(text, '/')
	if i < 0 {
		return method, "", text
	}
	if strings.Contains(text[:i], hole) {
		return method, "", text
	}
	return method, text[:i], text[i:]
}

// readGorilla reads router.HandleFunc(path, f) and route.Handler(h), with the
// methods and the path that the calls of the chain name.
func (r *routeFinder) readGorilla(rc routeCall) []registration {
	var pattern, handler ssa.Value
	switch {
	case (rc.name == "Handle" || rc.name == "HandleFunc") && len(rc.args) == 2:
		pattern, handler = rc.args[0], rc.args[1]
	case (rc.name == "Handler" || rc.name == "HandlerFunc") && len(rc.args) == 1:
		handler = rc.args[0]
	default:
		return nil
	}
	methods := r.chainMethods(rc.recv, 0, nil)
	if v, ok := rc.call.(ssa.Value); ok {
		methods = append(methods, r.laterMethods(v)...)
	}
	if len(methods) == 0 {
		methods = []string{""}
	}
	paths := []string{""}
	switch {
	case pattern != nil:
		paths = r.strings(pattern)
	case r.chainNames(rc.recv, "PathPrefix", 0) != nil: // all below it
		paths = []string{"/*"}
	}
	hosts := r.chainNames(rc.recv, "Host", 0)
	if len(hosts) == 0 {
		hosts = []string{""}
	}
	var out []registration
	for _, m := range unionSorted(methods, nil) {
		for _, p := range paths {
			for _, h := range hosts {
				out = append(out, registration{method: m, host: h, pattern: p, handler: handler, handlers: []ssa.Value{handler}})
			}
		}
	}
	return out
}

// chainNames gives the first argument of a call of the chain before: of the same
// route, for PathPrefix, of subrouters above too, for Host.
func (r *routeFinder) chainNames(v ssa.Value, name string, depth int) []string {
	call, ok := v.(*ssa.Call)
	if !ok || depth > 10 {
		return nil
	}
	rc, ok := r.asRoute(call)
	switch {
	case !ok || rc.name == "Subrouter" && name == "PathPrefix":
		return nil
	case rc.name == name && len(rc.args) > 0:
		return r.strings(rc.args[0])
	}
	return r.chainNames(rc.recv, name, depth+1)
}

// chainMethods gathers the methods named before: router.Methods("GET").Path("/x").
func (r *routeFinder) chainMethods(v ssa.Value, depth int, out []string) []string {
	call, ok := v.(*ssa.Call)
	if !ok || depth > 6 {
		return out
	}
	rc, ok := r.asRoute(call)
	if !ok {
		return out
	}
	if rc.name == "Methods" {
		out = append(out, r.methodArgs(rc)...)
	}
	return r.chainMethods(rc.recv, depth+1, out)
}

// laterMethods gathers those named after: router.HandleFunc("/x", f).Methods("GET").
func (r *routeFinder) laterMethods(v ssa.Value) []string {
	var out []string
	if v.Referrers() == nil {
		return nil
	}
	for _, in := range *v.Referrers() {
		call, ok := in.(ssa.CallInstruction)
		if !ok {
			continue
		}
		rc, ok := r.asRoute(call)
		if !ok || rc.recv != v {
			continue
		}
		if rc.name == "Methods" {
			out = append(out, r.methodArgs(rc)...)
		}
		if cv, ok := call.(ssa.Value); ok {
			out = append(out, r.laterMethods(cv)...)
		}
	}
	return out
}

func (r *routeFinder) methodArgs(rc routeCall) []string {
	var out []string
	for _, a := range rc.args {
		for _, m := range r.strings(a) {
			out = append(out, strings.ToUpper(m))
		}
	}
	return out
}

// handlerLike tells whether a value of the type may be a handler: a function, or
// something with ServeHTTP.
func handlerLike(t types.Type) bool {
	if _, ok := t.Underlying().(*types.Signature); ok {
		return true
	}
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, "ServeHTTP")
	_, ok := obj.(*types.Func)
	return ok
}
