package facts

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// read reads method, pattern and handler of a registration; none of calls that
// register nothing.
func (r *routeFinder) read(rc routeCall) []registration {
	if rc.router == "gorilla/mux" {
		return r.readGorilla(rc)
	}
	upper := strings.ToUpper(rc.name)
	switch {
	case httpMethods[upper] && len(rc.args) >= 2:
		return r.verb(rc, upper)
	case rc.router == "net/http" && (rc.name == "Handle" || rc.name == "HandleFunc") && len(rc.args) == 2:
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

func (r *routeFinder) verb(rc routeCall, method string) []registration {
	if isString(rc.args[0].Type()) {
		return r.patterns(method, rc.args[0], rc.args[1:], rc)
	}
	return nil
}

func (r *routeFinder) withMethod(rc routeCall) []registration {
	var out []registration
	for _, m := range r.strings(rc.args[0]) {
		out = append(out, r.patterns(strings.ToUpper(m), rc.args[1], rc.args[2:], rc)...)
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
	if len(handlers) == 0 {
		return nil
	}
	h := handlers[0]
	switch rc.router {
	case "gin", "fiber", "flamego", "macaron":
		h = handlers[len(handlers)-1]
	default:
		handlers = handlers[:1]
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
	if pattern != nil {
		paths = r.strings(pattern)
	}
	var out []registration
	for _, m := range unionSorted(methods, nil) {
		for _, p := range paths {
			out = append(out, registration{method: m, pattern: p, handler: handler, handlers: []ssa.Value{handler}})
		}
	}
	return out
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
