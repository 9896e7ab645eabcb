package evidence

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// names finds declarations by the names that the linker, traces and routers give.
type names struct {
	funcs  map[string]facts.Ref // symbol without star and brackets: pkg.T.M, pkg.F
	routes map[string]facts.Ref // "GET /orders/{id}" → handler
	rpcs   map[string]facts.Ref // Service/Method → handler
	mains  []string             // packages of commands
	ids    map[string]string    // "GET /orders/{id}" → route's atom ID
}

func newNames(f *facts.Facts) *names {
	n := &names{funcs: map[string]facts.Ref{}, routes: map[string]facts.Ref{}, rpcs: map[string]facts.Ref{}, ids: map[string]string{}}
	pkgs := map[string]string{}
	for _, d := range f.Decls {
		pkgs[d.ID] = d.Package
		switch d.Kind {
		case model.KindFunc, model.KindMethod:
			n.funcs[d.ID] = facts.Ref{Atom: d.ID}
		case model.KindType:
			for _, m := range d.Methods {
				n.funcs[d.ID+"."+m] = facts.Ref{Atom: d.ID, Method: m}
			}
		}
	}
	for _, r := range f.Routes {
		key := routeKey(r.Method, r.Pattern)
		n.routes[key], n.ids[key] = r.Handler, model.RouteID(r.Method, r.Host, r.Pattern)
	}
	for _, e := range f.EntryPoints {
		switch e.Kind {
		case "main":
			n.mains = append(n.mains, pkgs[e.Func.Atom])
		case "grpc", "connect", "rpc":
			n.rpcs[lastPart(e.Name)] = e.Func
		}
	}
	slices.Sort(n.mains)
	return n
}

var (
	typeArguments = regexp.MustCompile(`\[[^\]]*\]`)
	// What the compiler appends to the name of a declaration for what it made of it.
	made = regexp.MustCompile(`(\.(func|gowrap|deferwrap|init|range)?[0-9]+|\.func[0-9]+|-fm|-range[0-9]+|\.abi0|·f)$`)
)

// symbol finds the declaration of a linker's symbol: closures, bound methods and
// instances count for it.
func (n *names) symbol(name string) (facts.Ref, bool) {
	name = strings.NewReplacer("(*", "", ")", "").Replace(typeArguments.ReplaceAllString(name, ""))
	if strings.Contains(name, "%") {
		if plain, err := url.PathUnescape(name); err == nil {
			name = plain
		}
	}
	for range mostMade {
		if ref, ok := n.declared(name); ok {
			return ref, true
		}
		short := made.ReplaceAllString(name, "")
		if short == name {
			return facts.Ref{}, false
		}
		name = short
	}
	return facts.Ref{}, false
}

// mostMade bounds closures within closures.
const mostMade = 32

// declared finds a plain name. Package main is named so whatever its path: it is the
// one command that declares the name.
func (n *names) declared(name string) (facts.Ref, bool) {
	if ref, ok := n.funcs[name]; ok {
		return ref, true
	}
	rest, ok := strings.CutPrefix(name, "main.")
	if !ok {
		return facts.Ref{}, false
	}
	var found []facts.Ref
	for _, pkg := range n.mains {
		if ref, ok := n.funcs[pkg+"."+rest]; ok {
			found = append(found, ref)
		}
	}
	if len(found) != 1 {
		return facts.Ref{}, false
	}
	return found[0], true
}

// route finds a handler, and the route's atom ID, by method and pattern in whatever
// syntax of wildcards.
func (n *names) route(method, pattern string) (handler facts.Ref, id string, ok bool) {
	for _, m := range []string{method, ""} {
		key := routeKey(m, pattern)
		if id, ok := n.ids[key]; ok {
			return n.routes[key], id, true
		}
	}
	return facts.Ref{}, "", false
}

var wildcard = regexp.MustCompile(`\{[^}]*\}|:[^/]+|\*[^/]*`)

// routeKey makes patterns comparable: {id}, :id and * are one.
func routeKey(method, pattern string) string {
	if m, rest, ok := strings.Cut(pattern, " "); ok && !strings.Contains(m, "/") {
		method, pattern = cmp.Or(method, m), rest
	}
	pattern = strings.TrimSuffix(pattern, "{$}")
	pattern = wildcard.ReplaceAllString(pattern, "{}")
	if len(pattern) > 1 {
		pattern = strings.TrimSuffix(pattern, "/")
	}
	return method + " " + pattern
}

// rpc finds the handler of a gRPC method.
func (n *names) rpc(service, method string) (facts.Ref, bool) {
	for name, ref := range n.rpcs {
		if name == lastPart(service)+"/"+method {
			return ref, ref.Atom != ""
		}
		if name == lastPart(service) && ref.Atom != "" { // of the whole service
			if of, ok := n.funcs[ref.Atom+"."+method]; ok {
				return of, true
			}
		}
	}
	return facts.Ref{}, false
}

// lastPart drops the proto package: shop.v1.Orders/Place → Orders/Place.
func lastPart(name string) string {
	service, method, ok := strings.Cut(name, "/")
	service = service[strings.LastIndexByte(service, '.')+1:]
	if !ok {
		return service
	}
	return service + "/" + method
}
