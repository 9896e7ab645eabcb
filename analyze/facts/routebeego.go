package facts

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// beego registers methods of controllers: Router("/x", &C{}, "get:List;post:Add"), by
// the methods of HTTP that the controller declares where nothing is said; functions by
// Get("/x", f). Namespaces are values that are given to the one around them.

const beegoWeb = "github.com/beego/beego/server/web"

// readBeego reads what one call registers.
func (r *routeFinder) readBeego(rc routeCall) []registration {
	if len(rc.args) < 2 || !isString(rc.args[0].Type()) {
		return nil
	}
	name := strings.TrimPrefix(rc.name, "NS")
	method := strings.ToUpper(strings.TrimPrefix(name, "Ctrl"))
	switch {
	case name == "Router":
		return r.controller(rc)
	case name == "Handler", method == "ANY":
		method = ""
	case !httpMethods[method]:
		return nil
	}
	var out []registration
	for _, p := range r.strings(rc.args[0]) {
		out = append(out, registration{method: method, pattern: p, handler: rc.args[1], handlers: rc.args[1:2]})
	}
	return out
}

// controller reads Router(pattern, controller, mappings…).
func (r *routeFinder) controller(rc routeCall) []registration {
	t := bareValue(rc.args[1]).Type()
	var out []registration
	for _, p := range r.strings(rc.args[0]) {
		if len(rc.args) == 2 {
			out = append(out, r.ownMethods(t, p)...)
			continue
		}
		for _, list := range rc.args[2:] {
			for _, text := range r.strings(list) {
				out = append(out, r.mappings(t, p, text)...)
			}
		}
	}
	return out
}

// mappings reads "get,post:List;*:Any".
func (r *routeFinder) mappings(t types.Type, pattern, text string) []registration {
	var out []registration
	for _, m := range strings.Split(text, ";") {
		methods, name, _ := strings.Cut(strings.TrimSpace(m), ":")
		ref, _ := r.e.methodRef(t, name)
		for _, method := range strings.Split(methods, ",") {
			if method = strings.ToUpper(strings.TrimSpace(method)); method == "*" {
				method = ""
			}
			out = append(out, registration{method: method, pattern: pattern, ref: ref})
		}
	}
	return out
}

// ownMethods gives a route for each method of HTTP that the module's controller has.
func (r *routeFinder) ownMethods(t types.Type, pattern string) []registration {
	var out []registration
	for _, name := range []string{"Get", "Post", "Put", "Patch", "Delete", "Head", "Options"} {
		if ref, ok := r.e.methodRef(t, name); ok {
			out = append(out, registration{method: strings.ToUpper(name), pattern: pattern, ref: ref})
		}
	}
	return out
}

// namespaces gives the prefixes of the namespaces that a registration belongs to.
func (r *routeFinder) namespaces(rc routeCall) []string {
	if rc.recv != nil {
		return r.namespaceOf(rc.recv, 0)
	}
	if v, ok := rc.call.(*ssa.Call); ok && strings.HasPrefix(rc.name, "NS") {
		return r.givenTo(v, 0)
	}
	return []string{""}
}

// namespaceOf gives the prefixes of a namespace, or of a server, which has none.
func (r *routeFinder) namespaceOf(v ssa.Value, depth int) []string {
	call, ok := v.(*ssa.Call)
	if !ok || depth > 8 {
		return []string{""}
	}
	rc, ok := r.asRoute(call)
	switch {
	case !ok:
		return []string{""}
	case rc.recv != nil:
		return r.namespaceOf(rc.recv, depth+1)
	case rc.name == "NewNamespace" || rc.name == "NSNamespace":
		return joinAll(r.givenTo(call, depth+1), r.strings(rc.args[0]))
	}
	return []string{""}
}

// givenTo gives the prefixes of the namespaces that a value is given to.
func (r *routeFinder) givenTo(v *ssa.Call, depth int) []string {
	var out []string
	for _, in := range *v.Referrers() {
		st, ok := in.(*ssa.Store)
		if !ok {
			continue
		}
		at, ok := st.Addr.(*ssa.IndexAddr)
		if !ok {
			continue
		}
		for _, use := range *at.X.Referrers() {
			sl, ok := use.(*ssa.Slice)
			if !ok {
				continue
			}
			for _, given := range *sl.Referrers() {
				if call, ok := given.(*ssa.Call); ok {
					out = append(out, r.namespaceOf(call, depth+1)...)
				}
			}
		}
	}
	if len(out) == 0 {
		return []string{""}
	}
	return unionSorted(out, nil)
}
