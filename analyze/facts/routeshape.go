package facts

import (
	"go/constant"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// Routers that no list has: applications write their own around a library's, with
// groups and handlers of their own kind, and there are more libraries than anybody
// lists. They are told by their shape: methods named as HTTP's are, which take a
// pattern and a handler. What is found so is guessed.

// routerShape is a type that looks like a router, or like what a router gives for
// several methods of one pattern (Combo).
type routerShape struct {
	name   string // package.Type
	routes bool   // its methods take the pattern first
	// stands: the calls of its methods are read as registrations. Of a thin wrapper,
	// whose own calls of a known router tell the whole pattern, those are read; not if
	// it groups too, since all groups are then one router inside it.
	stands bool
	// calls of its methods, inside those of known routers, and the types behind an
	// interface.
	inside  []routeCall
	targets map[*routerShape]bool
}

// shapeHabits are methods beside HTTP's that a router has and a client has not.
var shapeHabits = map[string]bool{"Use": true, "Group": true, "Mount": true, "Handle": true, "HandleFunc": true, "Route": true, "Any": true,
	"With": true, "Bind": true, "NotFound": true, "ServeHTTP": true, "Methods": true, "Party": true, "Handler": true, "HandlerFunc": true, "Method": true}

func originName(n *types.Named) *types.TypeName {
	if n == nil {
		return nil
	}
	return n.Origin().Obj()
}

// shapeOf tells whether a type looks like a router: three of HTTP's methods at least,
// POST among them, each with a handler; results are none, or one that is no error.
func (r *routeFinder) shapeOf(t types.Type) *routerShape {
	n := namedOf(t)
	name := originName(n)
	if name == nil || name.Pkg() == nil || routers[barePath(name.Pkg().Path())] != "" || r.e.std[name.Pkg().Path()] {
		return nil
	}
	if s, known := r.shapes[name]; known {
		return s
	}
	if r.routerBehind(n) != "" {
		return nil // a library's own
	}
	var s *routerShape
	with, without, habit, posts := 0, 0, false, false
	for fn := range methodsOf(n.Origin()) {
		habit = habit || shapeHabits[fn.Name()]
		if !httpMethods[strings.ToUpper(fn.Name())] {
			continue
		}
		switch pattern, ok := registersBy(fn.Signature()); {
		case !ok:
			continue
		case pattern:
			with++
		default:
			without++
		}
		posts = posts || strings.EqualFold(fn.Name(), "post")
	}
	if posts && (with >= 3 && habit || without >= 3 && with == 0) {
		s = &routerShape{name: name.Pkg().Name() + "." + name.Name(), routes: with > 0, targets: map[*routerShape]bool{}}
	}
	r.shapes[name] = s
	return s
}

// methodsOf gives the methods that a type declares.
func methodsOf(n *types.Named) func(yield func(*types.Func) bool) {
	if i, ok := n.Underlying().(*types.Interface); ok {
		return i.Methods()
	}
	return n.Methods()
}

// registersBy tells whether a signature may register a handler, and whether it takes
// the pattern first.
func registersBy(sig *types.Signature) (pattern, ok bool) {
	if sig.Results().Len() > 1 || sig.Results().Len() == 1 && namedOf(sig.Results().At(0).Type()) == nil ||
		sig.Results().Len() == 1 && isErrorType(sig.Results().At(0).Type()) {
		return false, false
	}
	first := 0
	if sig.Params().Len() > 0 && isString(sig.Params().At(0).Type()) {
		pattern, first = true, 1
	}
	for i := first; i < sig.Params().Len(); i++ {
		t := sig.Params().At(i).Type()
		if sl, isSlice := t.(*types.Slice); isSlice && sig.Variadic() && i == sig.Params().Len()-1 {
			t = sl.Elem()
		}
		if handlerLike(t) || isAny(t) {
			return pattern, true
		}
	}
	return pattern, false
}

// asShaped recognises a call of a method of a type that looks like a router.
func (r *routeFinder) asShaped(call ssa.CallInstruction) (routeCall, bool) {
	com := call.Common()
	recv, args, name := com.Value, com.Args, ""
	if com.IsInvoke() {
		name = com.Method.Name()
	} else {
		callee := com.StaticCallee()
		if callee == nil || callee.Signature.Recv() == nil || len(args) == 0 || isWrapper(callee) && callee.Blocks != nil {
			return routeCall{}, false
		}
		name, recv, args = callee.Name(), args[0], args[1:]
	}
	s := r.shapeOf(recv.Type())
	if s == nil {
		return routeCall{}, false
	}
	return routeCall{call: call, router: s.name, name: name, recv: recv, args: flattened(com, args), shape: s}, true
}

// chooseShapes decides which shapes stand for themselves, and sets aside what is
// registered inside them.
func (r *routeFinder) chooseShapes(shaped []routeCall) {
	for _, rc := range shaped {
		if rc.call.Common().IsInvoke() {
			for _, fn := range r.e.sites[rc.call] {
				if s := r.enclosing(fn); s != nil {
					rc.shape.targets[s] = true
				}
			}
		}
	}
	for _, rc := range r.registrations {
		if s := r.enclosing(rc.call.Parent()); s != nil {
			s.inside = append(s.inside, rc)
		}
	}
	for _, s := range r.shapes {
		if s != nil {
			s.stands = !slices.ContainsFunc(s.inside, r.tellsPattern) || slices.ContainsFunc(s.inside, r.groupsGiven)
		}
	}
	for _, s := range r.shapes {
		for t := range targetsOf(s) {
			s.stands = s.stands && t.stands
		}
	}
	known := r.registrations
	r.registrations = nil
	for _, rc := range append(known, shaped...) {
		in := r.enclosing(rc.call.Parent())
		if (rc.shape == nil || rc.shape.stands) && (in == nil || !in.stands) {
			r.registrations = append(r.registrations, rc)
		}
	}
}

func targetsOf(s *routerShape) map[*routerShape]bool {
	if s == nil {
		return nil
	}
	return s.targets
}

// enclosing gives the shape whose method a function is or stands in.
func (r *routeFinder) enclosing(fn *ssa.Function) *routerShape {
	top := topFunc(fn)
	if recv := top.Signature.Recv(); recv != nil {
		return r.shapeOf(recv.Type())
	}
	return nil
}

// tellsPattern tells whether the pattern of a registration inside a wrapper is known
// once the wrapper's parameters are.
func (r *routeFinder) tellsPattern(rc routeCall) bool {
	for _, reg := range r.read(rc) {
		if !strings.Contains(reg.pattern, hole) {
			return true
		}
	}
	given := standIns{}
	for fn := rc.call.Parent(); fn != nil; fn = fn.Parent() {
		for _, p := range fn.Params {
			if isString(p.Type()) {
				given[p] = ssa.NewConst(constant.MakeString("/x"), p.Type())
			}
		}
	}
	r.row = given
	defer func() { r.row = nil }()
	return slices.ContainsFunc(r.read(rc), func(reg registration) bool { return !strings.Contains(reg.pattern, hole) })
}

// groupsGiven tells whether a call inside a wrapper makes a group with a prefix that
// the wrapper is given.
func (r *routeFinder) groupsGiven(rc routeCall) bool {
	return rc.shape == nil && r.groups(rc) && len(rc.args) > 0 && isString(rc.args[0].Type()) && paramOf(rc.args[0]) != nil
}

// shapeNames are methods that register though they name no method of HTTP.
var shapeNames = map[string]bool{"Any": true, "All": true, "Handle": true, "HandleFunc": true, "Handler": true, "HandlerFunc": true,
	"Method": true, "MethodFunc": true, "Methods": true, "Match": true, "Add": true, "Mount": true}

// groups tells whether a call gives a router with a prefix, or hands one to its
// argument.
func (r *routeFinder) groups(rc routeCall) bool {
	if rc.shape == nil {
		return rc.name == "Route" || rc.name == "Group" || strings.HasPrefix(rc.router, "iris") && irisGroups[rc.name]
	}
	if shapeNames[rc.name] || httpMethods[strings.ToUpper(rc.name)] || len(rc.args) == 0 || !isString(rc.args[0].Type()) {
		return false
	}
	sig := rc.call.Common().Signature()
	if sig.Variadic() && sig.Params().Len() == 1 {
		return false // names of something else
	}
	results := sig.Results()
	if results.Len() == 1 && r.isRouter(results.At(0).Type()) {
		return true
	}
	return slices.ContainsFunc(rc.args, func(a ssa.Value) bool {
		sig, ok := a.Type().Underlying().(*types.Signature)
		return ok && (sig.Params().Len() == 0 || sig.Params().Len() == 1 && r.isRouter(sig.Params().At(0).Type()))
	})
}

// takesRouter tells whether a function has a parameter that is a router.
func (r *routeFinder) takesRouter(fn *ssa.Function) bool {
	return slices.ContainsFunc(fn.Params, func(p *ssa.Parameter) bool { return r.isRouter(p.Type()) })
}

// readShaped reads Get(pattern, handlers…), GetFunc(pattern, handler), Handle("GET", pattern, handler),
// Methods("GET,POST", pattern, handlers…), Any(pattern, handlers…), and on a Combo
// Get(handlers…).
func (r *routeFinder) readShaped(rc routeCall) []registration {
	upper := strings.TrimSuffix(strings.ToUpper(rc.name), "FUNC") // GetFunc
	switch {
	case httpMethods[upper] && !rc.shape.routes:
		return r.shapedPatterns(rc, []string{upper}, nil, rc.args)
	case len(rc.args) == 0 || !isString(rc.args[0].Type()) || r.groups(rc):
		return nil
	case httpMethods[upper]:
		return r.shapedPatterns(rc, []string{upper}, rc.args[0], rc.args[1:])
	case len(rc.args) >= 3 && isString(rc.args[1].Type()):
		return r.shapedPatterns(rc, r.shapedMethods(rc.args[0]), rc.args[1], rc.args[2:])
	case rc.name == "Any" || rc.name == "All" || rc.name == "Handle" || rc.name == "HandleFunc":
		return r.shapedPatterns(rc, []string{""}, rc.args[0], rc.args[1:])
	}
	return nil
}

// shapedMethods reads a list of methods; none if it is something else.
func (r *routeFinder) shapedMethods(v ssa.Value) []string {
	var out []string
	for _, list := range r.strings(v) {
		for _, m := range strings.Split(list, ",") {
			m = strings.ToUpper(strings.TrimSpace(m))
			if !httpMethods[m] {
				return nil
			}
			out = append(out, m)
		}
	}
	return out
}

// shapedPatterns pairs methods and patterns with the handler: the one after the
// pattern, or of a list the last.
func (r *routeFinder) shapedPatterns(rc routeCall, methods []string, pattern ssa.Value, handlers []ssa.Value) []registration {
	sig := rc.call.Common().Signature()
	if len(handlers) == 0 && !sig.Variadic() || len(handlers) > 0 && !slices.ContainsFunc(handlers, r.mayAnswer) {
		return nil
	}
	texts := []string{""}
	if pattern != nil {
		texts = r.strings(pattern)
	}
	var h ssa.Value
	fixed := len(rc.args) - len(handlers) + 1 // of parameters, with one handler
	switch {
	case len(handlers) == 0:
	case sig.Params().Len() > fixed || !sig.Variadic():
		h, handlers = handlers[0], handlers[:1]
	default:
		h = handlers[len(handlers)-1]
	}
	var out []registration
	for _, m := range methods {
		for _, p := range texts {
			out = append(out, registration{method: m, pattern: p, handler: h, handlers: handlers})
		}
	}
	return out
}

// mayAnswer tells whether a value may be a handler.
func (r *routeFinder) mayAnswer(v ssa.Value) bool {
	return handlerLike(bareValue(v).Type()) || types.IsInterface(v.Type())
}

// shapedPrefixes gives what stands before a pattern: where the router is mounted, the
// groups whose closures are around the call, and the calls of the same chain.
func (r *routeFinder) shapedPrefixes(rc routeCall) []string {
	root, chain := rc.recv, []string{""}
	for range 16 {
		call, ok := root.(*ssa.Call)
		if !ok {
			break
		}
		before, ok := r.asRoute(call)
		if !ok || before.shape == nil {
			break
		}
		if r.groups(before) {
			chain = joinAll(r.strings(before.args[0]), chain)
		}
		root = before.recv
	}
	around := joinAll(r.prefixes(root, 0, map[ssa.Value]bool{}), r.lexicalPrefixes(rc))
	return joinAll(around, chain)
}

// syntax names the router whose way to write a pattern is used.
func (rc routeCall) syntax(pattern string) string {
	if rc.shape != nil && strings.Contains(pattern, "{") {
		return "chi"
	}
	return rc.router
}
