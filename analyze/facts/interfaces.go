package facts

import (
	"go/types"
	"slices"

	"github.com/ficus-dev/ficus/analyze/model"
)

// interfaces lists the module's package-level interfaces with methods, and the
// module's types that implement them. Constraints and generic interfaces are left
// out: nothing implements them as such.
func (e *extractor) interfaces() {
	for _, pkg := range e.p.Packages {
		if pkg.Types == nil || e.ctx.Err() != nil {
			continue
		}
		scope := pkg.Types.Scope()
		for _, name := range scope.Names() {
			tn, ok := scope.Lookup(name).(*types.TypeName)
			if !ok || tn.IsAlias() {
				continue
			}
			n, ok := tn.Type().(*types.Named)
			if !ok || n.TypeParams().Len() > 0 {
				continue
			}
			if i, ok := n.Underlying().(*types.Interface); ok && i.NumMethods() > 0 && i.IsMethodSet() {
				e.iface(tn, i)
			}
		}
	}
}

func (e *extractor) iface(tn *types.TypeName, i *types.Interface) {
	ref, ok := e.refOf(tn)
	if !ok {
		return
	}
	f := Interface{Type: ref.Atom, Evidence: e.evidence(tn.Pos(), model.Proved, "")}
	for m := range i.Methods() {
		f.Methods = append(f.Methods, m.Name())
	}
	slices.Sort(f.Methods)
	here, elsewhere := false, false
	for _, n := range e.implementers(i) {
		if impl, ok := e.refOf(n.Obj()); ok {
			f.Implementations = append(f.Implementations, impl.Atom)
			here = here || n.Obj().Pkg() == tn.Pkg()
			elsewhere = elsewhere || n.Obj().Pkg() != tn.Pkg()
		}
	}
	f.CallerSide = elsewhere && !here
	slices.Sort(f.Implementations)
	e.out.Interfaces = append(e.out.Interfaces, f)
}
