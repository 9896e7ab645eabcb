package facts

import (
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// methodValue gives the function of a method, or nil where it has none. Those of
// generic types are built when they are first asked for, from syntax that still has
// what does not type: that of packages with errors is not tried, and after one that
// fails no other is, since it may wait for the one that is half built.
func (e *extractor) methodValue(sel *types.Selection) (fn *ssa.Function) {
	method, ok := sel.Obj().(*types.Func)
	if !ok {
		return nil
	}
	if instance := method.Origin() != method; instance && (e.halfBuilt || e.broken(method.Pkg())) {
		return nil
	}
	defer func() {
		if recover() != nil {
			fn, e.halfBuilt = nil, true
		}
	}()
	return e.p.Prog.MethodValue(sel)
}

// broken tells whether a package of the module has errors of its own.
func (e *extractor) broken(pkg *types.Package) bool {
	if e.illTyped == nil {
		e.illTyped = map[*types.Package]bool{}
		for _, p := range e.p.Packages {
			e.illTyped[p.Types] = len(p.TypeErrors) > 0 || len(p.Errors) > 0
		}
	}
	return e.illTyped[pkg]
}
