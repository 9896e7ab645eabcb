package facts

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/ficus-dev/ficus/analyze/model"
)

// identities lists comparisons that a copy sent over a wire does not survive:
// == and != of times, which compare location and monotonic clock too, of structs
// and arrays that hold one, and of two pointers to the module's types.
func (e *extractor) identities() {
	e.files(func(info *types.Info, _ *types.Package, f *ast.File) {
		ast.Inspect(f, func(n ast.Node) bool {
			if b, ok := n.(*ast.BinaryExpr); ok && (b.Op == token.EQL || b.Op == token.NEQ) {
				e.identity(info, b)
			}
			return true
		})
	})
}

func (e *extractor) identity(info *types.Info, b *ast.BinaryExpr) {
	x, y := info.Types[b.X], info.Types[b.Y]
	if x.IsNil() || y.IsNil() || x.Type == nil || y.Type == nil {
		return
	}
	kind, name := "", ""
	switch {
	case holdsTime(x.Type, 0) && types.Identical(x.Type, y.Type):
		kind, name = "time", types.TypeString(x.Type, nil)
	case e.ownPointer(x.Type) && types.Identical(x.Type, y.Type):
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
