package source

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/packages"
)

// pruner takes out of a package with type errors what SSA cannot be built of:
// statements with an expression that has no valid type, and those that use what
// such a statement declares; bodies of functions with an invalid signature;
// initialisers. One missing import then costs some statements, not the package.
//
// Statements are taken out of the syntax in place, since types are known by its
// nodes, and put back by restore.
type pruner struct {
	info *types.Info
	bad  []token.Pos
	gone map[types.Object]bool // declared by what was taken out
	undo []func()
	// unbuilt is what was taken out.
	unbuilt []Range
	// whole takes out whole bodies: the second try, if the first panics.
	whole bool
}

func newPruner(pkg *packages.Package, whole bool) *pruner {
	p := &pruner{info: pkg.TypesInfo, gone: map[types.Object]bool{}, whole: whole}
	for _, e := range pkg.TypeErrors {
		if !e.Soft { // unused variables and imports do not hurt
			p.bad = append(p.bad, e.Pos)
		}
	}
	return p
}

func (p *pruner) restore() {
	for i := len(p.undo) - 1; i >= 0; i-- {
		p.undo[i]()
	}
	p.undo = nil
}

// files gives the package's files and info without what is not typed.
func (p *pruner) files(pkg *packages.Package) ([]*ast.File, *types.Info) {
	files := make([]*ast.File, len(pkg.Syntax))
	for i, f := range pkg.Syntax {
		copied := *f
		copied.Decls = nil
		for _, d := range f.Decls {
			if d := p.decl(d); d != nil {
				copied.Decls = append(copied.Decls, d)
			}
		}
		files[i] = &copied
	}
	info := *pkg.TypesInfo
	info.InitOrder = nil
	for _, in := range pkg.TypesInfo.InitOrder {
		again := slices.ContainsFunc(in.Lhs, func(v *types.Var) bool {
			return v.Name() != "_" && pkg.Types.Scope().Lookup(v.Name()) != v
		})
		if !again && p.deeplySound(in.Rhs) {
			info.InitOrder = append(info.InitOrder, in)
			continue
		}
		p.unbuilt = append(p.unbuilt, Range{in.Rhs.Pos(), in.Rhs.End()})
	}
	return files, &info
}

func (p *pruner) decl(d ast.Decl) ast.Decl {
	switch d := d.(type) {
	case *ast.BadDecl:
		return nil
	case *ast.FuncDecl:
		fn, _ := p.info.Defs[d.Name].(*types.Func)
		if fn == nil {
			return nil
		}
		if d.Body == nil {
			return d
		}
		if !invalid(fn.Type(), 0) && (!p.whole || p.deeplySound(d.Body)) {
			p.body(d.Body)
			return d
		}
		p.unbuilt = append(p.unbuilt, Range{d.Body.Pos(), d.Body.End()})
		without := *d
		without.Body = nil
		return &without
	case *ast.GenDecl:
		return p.declared(d)
	}
	return d
}

// declared leaves out what is declared again under the same name: it has no object.
func (p *pruner) declared(d *ast.GenDecl) ast.Decl {
	kept := *d
	kept.Specs = nil
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if p.info.Defs[s.Name] == nil {
				continue
			}
		case *ast.ValueSpec:
			some := *s
			some.Names = slices.DeleteFunc(slices.Clone(s.Names), func(id *ast.Ident) bool { return p.info.Defs[id] == nil })
			if len(some.Names) < len(s.Names) {
				spec = &some
			}
		}
		kept.Specs = append(kept.Specs, spec)
	}
	return &kept
}

// body prunes until what is left uses nothing that is gone.
func (p *pruner) body(b *ast.BlockStmt) {
	for before := -1; before != len(p.gone); {
		before = len(p.gone)
		ast.Inspect(b, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BlockStmt:
				p.list(&n.List)
			case *ast.CaseClause:
				p.list(&n.Body)
			case *ast.CommClause:
				p.list(&n.Body)
			}
			return true
		})
	}
}

func (p *pruner) list(list *[]ast.Stmt) {
	var kept []ast.Stmt
	for _, s := range *list {
		if p.sound(s) {
			kept = append(kept, s)
			continue
		}
		p.forget(s)
		p.unbuilt = append(p.unbuilt, Range{s.Pos(), s.End()})
	}
	if len(kept) != len(*list) {
		old := *list
		p.undo = append(p.undo, func() { *list = old })
		*list = kept
	}
}

// forget notes what a statement declares.
func (p *pruner) forget(s ast.Stmt) {
	ast.Inspect(s, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			if obj := p.info.Defs[id]; obj != nil {
				p.gone[obj] = true
			}
		}
		return true
	})
}

// sound tells whether the expressions of a statement are typed, leaving aside the
// statements inside it, which are judged by themselves.
func (p *pruner) sound(s ast.Stmt) bool {
	if _, ok := s.(*ast.BadStmt); ok {
		return false
	}
	ok := true
	ast.Inspect(s, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BlockStmt:
			return n == s
		case *ast.CaseClause:
			for _, x := range n.List {
				ok = ok && p.deeplySound(x)
			}
			return false
		case *ast.CommClause:
			if n.Comm != nil {
				ok = ok && p.sound(n.Comm)
			}
			return false
		case ast.Stmt:
			if n == s {
				return n != ast.Stmt(nil) && !isBlock(n)
			}
		}
		ok = ok && p.node(n)
		return ok
	})
	return ok && p.outsideErrors(s)
}

func isBlock(s ast.Stmt) bool {
	_, ok := s.(*ast.BlockStmt)
	return ok
}

// outsideErrors tells whether no error stands in the statement's own expressions.
func (p *pruner) outsideErrors(s ast.Stmt) bool {
	for _, pos := range p.bad {
		if pos < s.Pos() || pos > s.End() {
			continue
		}
		inner := false
		ast.Inspect(s, func(n ast.Node) bool {
			b, isBlock := n.(*ast.BlockStmt)
			if isBlock && n != ast.Node(s) && b.Pos() < pos && pos < b.End() {
				inner = true
			}
			return !inner
		})
		if !inner && !isBlock(s) {
			return false
		}
	}
	return true
}

// deeplySound tells whether every expression in the node is typed.
func (p *pruner) deeplySound(n ast.Node) bool {
	for _, pos := range p.bad {
		if n.Pos() <= pos && pos <= n.End() {
			return false
		}
	}
	ok := true
	ast.Inspect(n, func(n ast.Node) bool {
		ok = ok && p.node(n)
		return ok
	})
	return ok
}

// node judges one node by itself.
func (p *pruner) node(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.BadExpr, *ast.BadStmt, *ast.BadDecl:
		return false
	case *ast.Ident:
		obj := p.info.ObjectOf(n)
		switch obj.(type) {
		case *types.Var, *types.Const, *types.Func, *types.TypeName:
			return !p.gone[obj] && !invalid(obj.Type(), 0)
		}
		if obj == nil && n.Name != "_" { // a name that nothing declares, unless it declares something itself
			_, declares := p.info.Defs[n]
			return declares
		}
		return true // packages, labels and builtins have no type
	case ast.Expr:
		tv, found := p.info.Types[n]
		return !found || !invalid(tv.Type, 0)
	}
	return true
}

// invalid tells whether the type is, or is made of, an invalid one. Fields of
// named types are not looked at: a use of such a field is an expression of its own.
func invalid(t types.Type, depth int) bool {
	if t == nil || depth > 8 {
		return false
	}
	switch t := t.(type) {
	case *types.Basic:
		return t.Kind() == types.Invalid
	case *types.Pointer:
		return invalid(t.Elem(), depth+1)
	case *types.Slice:
		return invalid(t.Elem(), depth+1)
	case *types.Array:
		return invalid(t.Elem(), depth+1)
	case *types.Chan:
		return invalid(t.Elem(), depth+1)
	case *types.Map:
		return invalid(t.Key(), depth+1) || invalid(t.Elem(), depth+1)
	case *types.Signature:
		return invalid(t.Params(), depth+1) || invalid(t.Results(), depth+1)
	case *types.Tuple:
		for v := range t.Variables() {
			if invalid(v.Type(), depth+1) {
				return true
			}
		}
	case *types.Named:
		return invalid(t.Underlying(), 8) || invalidArgs(t, depth)
	case *types.Alias:
		return invalid(types.Unalias(t), depth+1)
	}
	return false
}

func invalidArgs(t *types.Named, depth int) bool {
	for a := range t.TypeArgs().Types() {
		if invalid(a, depth+1) {
			return true
		}
	}
	return false
}
