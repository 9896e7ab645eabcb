package facts

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// identities lists comparisons that a copy sent over a wire does not survive:
// == and != of times, which compare location and monotonic clock too, of structs
// and arrays that hold one, and of two pointers to the module's types.
func (e *extractor) identities() {
	e.files(func(info *types.Info, _ *types.Package, f *ast.File) {
		ast.PreorderStack(f, nil, func(n ast.Node, around []ast.Node) bool {
			if b, ok := n.(*ast.BinaryExpr); ok && (b.Op == token.EQL || b.Op == token.NEQ) && !oneIsNil(b, around) {
				e.identity(info, b, around)
			}
			return true
		})
	})
}

// oneIsNil tells a comparison of pointers of which one is nil, as nearly every
// method Equal has it: if a == nil || b == nil { return a == b }.
func oneIsNil(b *ast.BinaryExpr, around []ast.Node) bool {
	x, y := types.ExprString(b.X), types.ExprString(b.Y)
	for i, n := range around {
		guard, ok := n.(*ast.IfStmt)
		if !ok || i+1 >= len(around) || around[i+1] != ast.Node(guard.Body) {
			continue
		}
		found := false
		ast.Inspect(guard.Cond, func(n ast.Node) bool {
			if c, ok := n.(*ast.BinaryExpr); ok && c.Op == token.EQL && types.ExprString(c.Y) == "nil" {
				of := types.ExprString(c.X)
				found = found || of == x || of == y
			}
			return true
		})
		if found {
			return true
		}
	}
	return false
}

// shortcut tells the comparison with which a method Equal begins, before it compares
// what is inside: copies get to the same answer, later.
func shortcut(info *types.Info, b *ast.BinaryExpr, around []ast.Node) bool {
	var fn *ast.FuncDecl
	for _, n := range around {
		if d, ok := n.(*ast.FuncDecl); ok {
			fn = d
		}
	}
	if fn == nil || fn.Body == nil || b.Op != token.EQL || !strings.HasPrefix(fn.Name.Name, "Equal") {
		return false
	}
	if _, all := around[len(around)-1].(*ast.ReturnStmt); all {
		return false
	}
	return isParam(info, fn, b.X) && isParam(info, fn, b.Y)
}

// isParam tells whether an expression is the receiver or a parameter.
func isParam(info *types.Info, fn *ast.FuncDecl, x ast.Expr) bool {
	id, ok := ast.Unparen(x).(*ast.Ident)
	return ok && info.Uses[id] != nil && fn.Pos() <= info.Uses[id].Pos() && info.Uses[id].Pos() < fn.Body.Pos()
}

func (e *extractor) identity(info *types.Info, b *ast.BinaryExpr, around []ast.Node) {
	x, y := info.Types[b.X], info.Types[b.Y]
	if x.IsNil() || y.IsNil() || x.Type == nil || y.Type == nil {
		return
	}
	kind, name := "", ""
	switch {
	case holdsTime(x.Type, 0) && types.Identical(x.Type, y.Type):
		kind, name = "time", types.TypeString(x.Type, nil)
	case e.ownPointer(x.Type) && types.Identical(x.Type, y.Type) && !shortcut(info, b, around):
		kind, name = "pointer", types.TypeString(x.Type, nil)
	default:
		return
	}
	from, ok := e.refAt(b.Pos())
	if !ok {
		return
	}
	e.out.Identities = append(e.out.Identities, Identity{From: from, Kind: kind, Type: name,
		Evidence: e.evidence(b.OpPos, model.Proved, b.Op.String())})
}

// holdsTime tells whether comparing two values of the type compares a time.Time.
func holdsTime(t types.Type, depth int) bool {
	if n, ok := types.Unalias(t).(*types.Named); ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "time" && n.Obj().Name() == "Time" {
		return true
	}
	if depth > 6 {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Struct:
		for f := range u.Fields() {
			if holdsTime(f.Type(), depth+1) {
				return true
			}
		}
	case *types.Array:
		return holdsTime(u.Elem(), depth+1)
	}
	return false
}

func (e *extractor) ownPointer(t types.Type) bool {
	p, ok := t.Underlying().(*types.Pointer)
	if !ok {
		return false
	}
	n := namedOf(p)
	return n != nil && n.Obj().Pkg() != nil && e.own[n.Obj().Pkg()]
}
