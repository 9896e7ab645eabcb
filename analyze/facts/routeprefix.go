package facts

import (
	"golang.org/x/tools/go/ssa"
)

// prefixes gives what stands before the patterns of a router value.
func (r *routeFinder) prefixes(v ssa.Value, depth int, seen map[ssa.Value]bool) []string {
	if v == nil || depth > 16 || seen[v] {
		return []string{""}
	}
	seen[v] = true
	defer delete(seen, v)
	switch v := v.(type) {
	case *ssa.Parameter:
		if given := r.row.of(v); given != v {
			return r.prefixes(given, depth+1, seen)
		}
		return r.paramPrefixes(v, depth, seen)
	case *ssa.Call:
		if outer, prefix := r.adapted(v); outer != nil {
			return joinAll(r.prefixes(outer, depth+1, seen), prefix)
		}
		if rc, ok := r.asRoute(v); ok {
			return r.callPrefixes(rc, v, depth, seen)
		}
		if r.isRouter(v.Type()) && len(r.e.sites[v]) == 0 || r.mounts[v] != nil {
			return r.mountPrefixes(v, depth, seen)
		}
	}
	origins := r.step(v)
	if len(origins) == 0 {
		return r.mountPrefixes(v, depth, seen)
	}
	var out []string
	fresh := false
	for _, o := range origins {
		if len(origins) > 1 && (r.unmounted(o) || r.uncalled(o)) {
			fresh = true // if r == nil { r = chi.NewRouter() }
			continue
		}
		out = append(out, r.prefixes(o, depth+1, seen)...)
	}
	if len(out) == 0 && fresh {
		return []string{""}
	}
	return unionSorted(out, nil)
}

// uncalled tells whether a router is a parameter of a function that nobody calls.
func (r *routeFinder) uncalled(v ssa.Value) bool {
	p, ok := v.(*ssa.Parameter)
	return ok && !r.live(p.Parent())
}

// unmounted tells whether a router is made on the spot and put below no other.
func (r *routeFinder) unmounted(v ssa.Value) bool {
	for {
		m, ok := v.(*ssa.MakeInterface)
		if !ok {
			break
		}
		v = m.X
	}
	call, ok := v.(*ssa.Call)
	if !ok || !r.isRouter(call.Type()) || r.mounts[call] != nil {
		return false
	}
	if callee := call.Call.StaticCallee(); callee == nil || callee.Blocks != nil {
		return false
	}
	_, method := r.asRoute(call)
	return !method
}

// step goes one step back in the flow of a router value.
func (r *routeFinder) step(v ssa.Value) []ssa.Value {
	switch v := v.(type) {
	case *ssa.MakeInterface:
		return []ssa.Value{v.X}
	case *ssa.ChangeInterface:
		return []ssa.Value{v.X}
	case *ssa.ChangeType:
		return []ssa.Value{v.X}
	case *ssa.TypeAssert:
		return []ssa.Value{v.X}
	case *ssa.UnOp:
		return []ssa.Value{v.X}
	case *ssa.Phi:
		return v.Edges
	case *ssa.FreeVar:
		return []ssa.Value{freeVar(v)}
	case *ssa.Alloc:
		if vals := storedIn(v); len(vals) > 0 {
			return vals
		}
		return r.embeddedRouter(v)
	case *ssa.FieldAddr:
		// gin.Engine and echo embed the group that they register on.
		if r.isRouter(v.X.Type()) {
			return []ssa.Value{v.X}
		}
		return r.fieldValues(v.X, fieldOf(v.X.Type(), v.Field))
	case *ssa.Field:
		return r.fieldValues(v.X, fieldOf(v.X.Type(), v.Field))
	case *ssa.Global:
		return r.e.storesOf().globals[v]
	case *ssa.Extract:
		if call, ok := v.Tuple.(*ssa.Call); ok {
			return r.results(call, v.Index)
		}
	case *ssa.Call:
		return r.results(v, 0)
	}
	return nil
}

func (r *routeFinder) results(call *ssa.Call, i int) []ssa.Value {
	var out []ssa.Value
	for _, fn := range r.e.sites[call] {
		for _, b := range fn.Blocks {
			if ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok && i < len(ret.Results) {
				out = append(out, ret.Results[i])
			}
		}
	}
	return out
}

// paramPrefixes follows a router parameter to the group that the function is given
// to, or to the function's callers.
func (r *routeFinder) paramPrefixes(p *ssa.Parameter, depth int, seen map[ssa.Value]bool) []string {
	fn := p.Parent()
	var out []string
	for _, call := range r.calls[fn] {
		rc, ok := r.asRoute(call)
		if ok && r.groups(rc) {
			out = append(out, r.callPrefixes(rc, nil, depth, seen)...)
		}
	}
	for _, call := range r.boundCalls(fn) {
		if rc, ok := r.asRoute(call); ok && r.groups(rc) {
			out = append(out, r.callPrefixes(rc, nil, depth, seen)...)
		}
	}
	if len(out) > 0 {
		return unionSorted(out, nil)
	}
	for _, call := range r.e.caller[fn] {
		if a, ok := bind(call, fn, nil).args[p]; ok {
			out = append(out, r.prefixes(a, depth+1, seen)...)
		}
	}
	if len(out) == 0 {
		return []string{""}
	}
	return unionSorted(out, nil)
}

// boundCalls gives the calls that a method is given to as a value.
func (r *routeFinder) boundCalls(fn *ssa.Function) []ssa.CallInstruction {
	var out []ssa.CallInstruction
	if r.bound == nil {
		r.bound = map[*ssa.Function][]ssa.CallInstruction{}
		for f, calls := range r.calls {
			if f.Synthetic != "" && f.Parent() == nil {
				for _, t := range r.e.through(f) {
					if t != f {
						r.bound[t] = append(r.bound[t], calls...)
					}
				}
			}
		}
	}
	out = append(out, r.bound[fn]...)
	return out
}

// callPrefixes gives the prefixes of the router that a router's method gives back
// or hands to its argument.
func (r *routeFinder) callPrefixes(rc routeCall, made ssa.Value, depth int, seen map[ssa.Value]bool) []string {
	outer := func() []string { return r.prefixes(rc.recv, depth+1, seen) }
	if rc.shape != nil {
		if r.groups(rc) && len(rc.args) > 0 && isString(rc.args[0].Type()) {
			return joinAll(outer(), r.strings(rc.args[0]))
		}
		return outer()
	}
	if rc.router == irisMVC {
		return r.irisPrefixes(rc, outer, depth, seen)
	}
	switch rc.name {
	case "With", "Use", "Subrouter", "Name", "Methods", "Host", "Schemes", "Headers", "Queries", "StrictSlash", "SkipClean", "UseEncodedPath", "Middleware":
		if r.mounts[made] != nil {
			return joinAll(r.mountPrefixes(made, depth, seen), outer())
		}
		return outer()
	case "Group", "Party", "PartyFunc", "PartyConfigure", "Route", "RouteChain", "PathPrefix", "Path", "HandleFunc", "Handle":
		if len(rc.args) > 0 && isString(rc.args[0].Type()) {
			return joinAll(outer(), r.strings(rc.args[0]))
		}
		return outer()
	case "NewRoute":
		return outer()
	case "NewGroup": // of huma, with one prefix or several
		var out []string
		for _, a := range rc.args {
			out = append(out, joinAll(outer(), r.strings(a))...)
		}
		return unionSorted(out, nil)
	}
	if isChain(rc.recv) { // its methods give the chain back
		return outer()
	}
	if made != nil {
		return r.mountPrefixes(made, depth, seen)
	}
	return outer()
}

func joinAll(prefixes, patterns []string) []string {
	var out []string
	for _, a := range prefixes {
		for _, b := range patterns {
			out = append(out, joinPattern(a, b))
		}
	}
	return unionSorted(out, nil)
}

// mountPrefixes gives where a router is mounted.
func (r *routeFinder) mountPrefixes(made ssa.Value, depth int, seen map[ssa.Value]bool) []string {
	var out []string
	for _, m := range r.mounts[made] {
		prefix := m.prefix
		if len(prefix) == 0 {
			prefix = []string{""}
		}
		outer := []string{""}
		if m.outer != nil {
			outer = r.prefixes(m.outer, depth+1, seen)
		}
		out = append(out, joinAll(outer, prefix)...)
	}
	if len(out) == 0 {
		return []string{""}
	}
	return unionSorted(out, nil)
}

// lexicalPrefixes gives the prefixes of routers whose groups are closures without
// a router of their own: the closures around the registration count.
func (r *routeFinder) lexicalPrefixes(rc routeCall) []string {
	if rc.router != "flamego" && rc.router != "macaron" && rc.shape == nil {
		return nil
	}
	prefixes := r.around(rc.call.Parent(), map[*ssa.Function]bool{})
	if v, ok := rc.recv.(*ssa.Call); ok && rc.shape == nil { // Combo("/x").Get(h)
		if c, ok := r.asRoute(v); ok && c.name == "Combo" {
			prefixes = joinAll(prefixes, r.strings(c.args[0]))
		}
	}
	return prefixes
}

// around gives the prefixes of the groups whose closures a function stands in or is
// called from.
func (r *routeFinder) around(fn *ssa.Function, seen map[*ssa.Function]bool) []string {
	if fn == nil || seen[fn] || len(seen) > 30 {
		return []string{""}
	}
	seen[fn] = true
	defer delete(seen, fn)
	var out []string
	for _, call := range r.calls[fn] {
		g, ok := r.asRoute(call)
		if ok && r.groups(g) && len(g.args) > 0 && isString(g.args[0].Type()) && !r.takesRouter(fn) {
			out = append(out, joinAll(r.around(call.Parent(), seen), r.strings(g.args[0]))...)
		}
	}
	if len(out) == 0 {
		for _, call := range r.e.caller[fn] {
			if in := r.enclosing(call.Parent()); in == nil || !in.stands { // a group that calls what it is given
				out = append(out, r.around(call.Parent(), seen)...)
			}
		}
	}
	if len(out) == 0 && fn.Parent() != nil {
		return r.around(fn.Parent(), seen)
	}
	if len(out) == 0 {
		return []string{""}
	}
	return unionSorted(out, nil)
}
