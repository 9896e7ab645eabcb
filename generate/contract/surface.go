package contract

import (
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"

	"golang.org/x/tools/go/packages"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/source"
)

// caller is one place outside the boundary that uses something inside.
type caller struct {
	pos   token.Pos
	pkg   *types.Package
	name  string // Total, (*Service).Place
	owner string
	// builds is true where a field is set in a literal: the caller makes the value.
	builds bool
}

func (c caller) root() bool { return c.owner == model.Root }

// surface is what code outside the boundary uses of it.
type surface struct {
	funcs  map[*types.Func][]caller
	vars   map[*types.Var][]caller // package variables written from outside
	fields map[*types.Var][]caller // struct fields touched from outside, the root left out
	types  map[*types.TypeName]bool
}

// surfaceOf walks the module's code outside the boundary. Test helpers, tools and
// dead code (unassigned) do not count: they go on calling the package itself.
func (b *builder) surfaceOf() *surface {
	s := &surface{
		funcs: map[*types.Func][]caller{}, vars: map[*types.Var][]caller{},
		fields: map[*types.Var][]caller{}, types: map[*types.TypeName]bool{},
	}
	for _, pkg := range b.prog.Packages {
		if pkg.TypesInfo == nil {
			continue
		}
		for _, file := range pkg.Syntax {
			if source.ByFicus(file) { // that an earlier generation calls a function is no reason for it to cross
				continue
			}
			for _, d := range file.Decls {
				owner := b.owners.ofDecl(pkg.PkgPath, d)
				if owner == b.service || owner == model.Unassigned {
					continue
				}
				w := &surfaceWalker{b: b, s: s, pkg: pkg, at: caller{pkg: pkg.Types, name: declName(d), owner: owner}, keys: map[*ast.Ident]bool{}}
				w.walk(d)
			}
		}
	}
	return s
}

// surfaceWalker walks one declaration outside the boundary.
type surfaceWalker struct {
	b    *builder
	s    *surface
	pkg  *packages.Package
	at   caller
	keys map[*ast.Ident]bool // of struct literals
}

func (w *surfaceWalker) walk(d ast.Decl) {
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			if obj := w.pkg.TypesInfo.Uses[n]; obj != nil {
				w.use(n, obj)
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok {
				w.keys[key] = true
			}
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				w.written(e)
			}
		case *ast.IncDecStmt:
			w.written(n.X)
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				w.written(n.X)
			}
		case *ast.CallExpr:
			w.call(n)
		}
		return true
	})
}

func (w *surfaceWalker) caller(pos token.Pos) caller {
	c := w.at
	c.pos = pos
	return c
}

func (w *surfaceWalker) use(id *ast.Ident, obj types.Object) {
	pos := id.Pos()
	switch obj := obj.(type) {
	case *types.Func:
		f := obj.Origin()
		if n := receiverOf(f); n != nil && types.IsInterface(n) {
			w.interfaceCall(pos, f, n)
			return
		}
		if w.b.owners.owns(f) {
			w.s.funcs[f] = append(w.s.funcs[f], w.caller(pos))
		}
	case *types.Var:
		if obj.IsField() && !w.at.root() && obj.Pkg() != nil && w.b.fieldOwner[obj.Origin()] != nil {
			c := w.caller(pos)
			c.builds = w.keys[id]
			w.s.fields[obj.Origin()] = append(w.s.fields[obj.Origin()], c)
		}
	case *types.TypeName:
		if w.b.owners.owns(obj) {
			w.s.types[obj] = true
		}
	}
}

// interfaceCall adds the methods of the boundary's types that a call through one of
// the module's interfaces can reach: those types of which the model, where it has
// couplings, knows a call from outside.
func (w *surfaceWalker) interfaceCall(pos token.Pos, f *types.Func, iface *types.Named) {
	if iface.Obj().Pkg() == nil || !w.b.inModule(iface.Obj().Pkg().Path()) || iface.TypeParams().Len() > 0 {
		return
	}
	for _, n := range w.b.boundaryTypes {
		if types.IsInterface(n) || n.TypeParams().Len() > 0 || !w.b.calledFromOutside(n) {
			continue
		}
		it := iface.Underlying().(*types.Interface)
		if !types.Implements(n, it) && !types.Implements(types.NewPointer(n), it) {
			continue
		}
		obj, _, _ := types.LookupFieldOrMethod(types.NewPointer(n), true, n.Obj().Pkg(), f.Name())
		if m, ok := obj.(*types.Func); ok && w.b.owners.owns(m) {
			w.s.funcs[m] = append(w.s.funcs[m], w.caller(pos))
		}
	}
}

// call sees changes through builtins and the locks of package variables.
func (w *surfaceWalker) call(n *ast.CallExpr) {
	switch fun := ast.Unparen(n.Fun).(type) {
	case *ast.Ident:
		if _, ok := w.pkg.TypesInfo.Uses[fun].(*types.Builtin); ok && len(n.Args) > 0 {
			switch fun.Name {
			case "delete", "clear", "copy":
				w.written(n.Args[0])
			}
		}
	case *ast.SelectorExpr:
		f, ok := w.pkg.TypesInfo.Uses[fun.Sel].(*types.Func)
		if !ok || f.Signature().Recv() == nil {
			return
		}
		if _, pointer := f.Signature().Recv().Type().(*types.Pointer); pointer {
			if _, isPointer := w.pkg.TypesInfo.TypeOf(fun.X).Underlying().(*types.Pointer); !isPointer {
				w.written(fun.X)
			}
		}
	}
}

// written notes a package variable of the boundary at the root of an expression that
// is assigned to or whose address is taken.
func (w *surfaceWalker) written(e ast.Expr) {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.IndexExpr:
			e = x.X
			continue
		case *ast.StarExpr:
			e = x.X
			continue
		case *ast.SelectorExpr:
			if v, ok := w.pkg.TypesInfo.Uses[x.Sel].(*types.Var); ok && v.IsField() {
				e = x.X
				continue
			}
			w.writtenVar(x.Sel)
		case *ast.Ident:
			w.writtenVar(x)
		}
		return
	}
}

func (w *surfaceWalker) writtenVar(id *ast.Ident) {
	v, ok := w.pkg.TypesInfo.Uses[id].(*types.Var)
	if ok && !v.IsField() && v.Pkg() != nil && v.Parent() == v.Pkg().Scope() && w.b.owners.owns(v) {
		w.s.vars[v] = append(w.s.vars[v], w.caller(id.Pos()))
	}
}

// declName is a declaration as people say it: Total, (*Service).Place, init.
func declName(d ast.Decl) string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil || len(d.Recv.List) == 0 {
			return d.Name.Name
		}
		t := d.Recv.List[0].Type
		if _, ok := t.(*ast.StarExpr); ok {
			return "(*" + baseName(t) + ")." + d.Name.Name
		}
		return baseName(t) + "." + d.Name.Name
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				return spec.Name.Name
			case *ast.ValueSpec:
				return spec.Names[0].Name
			}
		}
	}
	return ""
}

// sortedFuncs are the functions by package, receiver and name.
func (s *surface) sortedFuncs() []*types.Func {
	list := slices.Collect(maps.Keys(s.funcs))
	slices.SortFunc(list, func(a, b *types.Func) int { return compareStrings(a.FullName(), b.FullName()) })
	return list
}

// receivers are the types that have methods among the functions.
func (s *surface) receivers() map[*types.Named]bool {
	out := map[*types.Named]bool{}
	for f := range s.funcs {
		if n := receiverOf(f); n != nil {
			out[n] = true
		}
	}
	return out
}
