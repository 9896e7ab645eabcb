package facts

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// Code that can do with any router of a kind, as generators write it, declares an
// interface of those methods of a router that it calls: EchoRouter with GET and POST,
// ServeMux with HandleFunc. A library's router has them, signature by signature, so that
// a call of the interface is one of the router.

// asInterface names the router that a call through an interface of the module is of;
// empty where the module itself has what is called.
func (r *routeFinder) asInterface(call ssa.CallInstruction) string {
	com := call.Common()
	if !com.IsInvoke() || !httpMethods[strings.ToUpper(com.Method.Name())] && !shapeNames[com.Method.Name()] && com.Method.Name() != "Group" {
		return ""
	}
	router := r.routerBehind(com.Value.Type())
	if router == "" || slices.ContainsFunc(r.e.sites[call], func(fn *ssa.Function) bool { return !isWrapper(fn) }) {
		return "" // a router of the module's own: what it registers inside is read
	}
	return router
}

// routerBehind names the library one of whose routers has all methods of an interface:
// one that the interface's package imports, net/http last.
func (r *routeFinder) routerBehind(t types.Type) string {
	n := namedOf(t)
	if n == nil || n.Obj().Pkg() == nil {
		return ""
	}
	if router, known := r.behind[n.Obj()]; known {
		return router
	}
	router := ""
	if asked, ok := n.Underlying().(*types.Interface); ok && asked.NumMethods() > 0 && routers[barePath(n.Obj().Pkg().Path())] == "" {
		router = routerIn(routersFirst(n.Obj().Pkg().Imports()), asked)
	}
	if r.behind == nil {
		r.behind = map[*types.TypeName]string{}
	}
	r.behind[n.Obj()] = router
	return router
}

// routersFirst sorts imports by path, net/http last: chi's routers have its methods too.
func routersFirst(imports []*types.Package) []*types.Package {
	return slices.SortedFunc(slices.Values(imports), func(a, b *types.Package) int {
		switch {
		case a.Path() == b.Path():
			return 0
		case a.Path() == "net/http":
			return 1
		case b.Path() == "net/http":
			return -1
		}
		return strings.Compare(a.Path(), b.Path())
	})
}

// routerIn names the first library of packages a type of which has what is asked for.
func routerIn(packages []*types.Package, asked *types.Interface) string {
	for _, pkg := range packages {
		router := routers[barePath(pkg.Path())]
		if router == "" {
			continue
		}
		for _, name := range pkg.Scope().Names() {
			tn, ok := pkg.Scope().Lookup(name).(*types.TypeName)
			if !ok || !tn.Exported() || !isRouterType(tn.Type()) {
				continue
			}
			if types.Implements(tn.Type(), asked) || types.Implements(types.NewPointer(tn.Type()), asked) {
				return router
			}
		}
	}
	return ""
}
