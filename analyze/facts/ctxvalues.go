package facts

import (
	"go/constant"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// contextReads finds the context values that each function reads, itself or
// through functions of the module that it gives its context to.
func (e *extractor) contextReads() map[*ssa.Function]map[string]model.Evidence {
	reads := map[*ssa.Function]map[string]model.Evidence{}
	add := func(fn *ssa.Function, key string, ev model.Evidence) bool {
		if _, ok := reads[fn][key]; ok {
			return false
		}
		if reads[fn] == nil {
			reads[fn] = map[string]model.Evidence{}
		}
		reads[fn][key] = ev
		return true
	}
	type edge struct{ from, to *ssa.Function }
	var edges []edge
	for _, fn := range e.funcs {
		e.eachCall(fn, func(call ssa.CallInstruction) {
			if key, ok := e.contextKey(call); ok {
				add(fn, key, e.evidence(e.posOf(call), model.Resolved, ""))
			}
			if !givesContext(call) {
				return
			}
			for _, t := range e.sites[call] {
				edges = append(edges, edge{fn, t})
			}
		})
		// A closure reads what its function is given, if that has a context at all.
		if fn.Parent() != nil && takesContext(topFunc(fn)) {
			edges = append(edges, edge{fn.Parent(), fn})
		}
	}
	for changed := true; changed && e.ctx.Err() == nil; {
		changed = false
		for _, ed := range edges {
			for key, ev := range reads[ed.to] {
				changed = add(ed.from, key, ev) || changed
			}
		}
	}
	return reads
}

func takesContext(fn *ssa.Function) bool {
	for _, p := range fn.Params {
		if path := bareTypePath(p.Type()); path == "context.Context" || path == "net/http.Request" {
			return true
		}
	}
	return false
}

func givesContext(call ssa.CallInstruction) bool {
	for _, a := range call.Common().Args {
		if bareTypePath(a.Type()) == "context.Context" {
			return true
		}
	}
	return false
}

// contextKey recognises ctx.Value(key) and names the key.
func (e *extractor) contextKey(call ssa.CallInstruction) (string, bool) {
	com := call.Common()
	if !com.IsInvoke() || com.Method.Name() != "Value" || bareTypePath(com.Value.Type()) != "context.Context" || len(com.Args) != 1 {
		return "", false
	}
	v := com.Args[0]
	if m, ok := v.(*ssa.MakeInterface); ok {
		v = m.X
	}
	if u, ok := v.(*ssa.UnOp); ok && global(u.X) != nil {
		return global(u.X).Pkg.Pkg.Name() + "." + global(u.X).Name(), true
	}
	if g := global(v); g != nil {
		return g.Pkg.Pkg.Name() + "." + g.Name(), true
	}
	n := namedOf(v.Type())
	if n == nil || n.Obj().Pkg() == nil {
		if c, ok := v.(*ssa.Const); ok && c.Value != nil {
			return c.Value.ExactString(), true
		}
		return "", false
	}
	if c, ok := v.(*ssa.Const); ok && c.Value != nil {
		if name := constName(n, c.Value); name != "" {
			return n.Obj().Pkg().Name() + "." + name, true
		}
	}
	return n.Obj().Pkg().Name() + "." + n.Obj().Name(), true
}

// constName finds the constant of a named type by its value.
func constName(n *types.Named, v constant.Value) string {
	scope := n.Obj().Pkg().Scope()
	for _, name := range scope.Names() {
		c, ok := scope.Lookup(name).(*types.Const)
		if ok && types.Identical(c.Type(), n) && constant.Compare(c.Val(), token.EQL, v) {
			return name
		}
	}
	return ""
}
