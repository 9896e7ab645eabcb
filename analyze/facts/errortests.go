package facts

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/ficus-dev/ficus/analyze/model"
)

// errorTests lists where errors are compared with the module's own: errors.Is, ==
// and cases of a switch with a sentinel; errors.As, errors.AsType, type assertions
// and type switches with a type.
func (e *extractor) errorTests() {
	e.files(func(info *types.Info, _ *types.Package, f *ast.File) {
		t := &errorTester{e: e, info: info}
		ast.Inspect(f, func(n ast.Node) bool {
			t.node(n)
			return true
		})
	})
}

type errorTester struct {
	e    *extractor
	info *types.Info
}

func (t *errorTester) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.CallExpr:
		t.call(n)
	case *ast.BinaryExpr:
		if n.Op == token.EQL || n.Op == token.NEQ {
			t.sentinel(n.X, n.Pos(), "==")
			t.sentinel(n.Y, n.Pos(), "==")
		}
	case *ast.SwitchStmt:
		if n.Tag == nil || !t.isError(n.Tag) {
			return
		}
		for _, c := range n.Body.List {
			for _, x := range c.(*ast.CaseClause).List {
				t.sentinel(x, x.Pos(), "switch")
			}
		}
	case *ast.TypeAssertExpr:
		if n.Type != nil && t.isError(n.X) {
			t.typed(t.info.TypeOf(n.Type), n.Pos(), "type assertion")
		}
	case *ast.TypeSwitchStmt:
		t.typeSwitch(n)
	}
}

func (t *errorTester) call(n *ast.CallExpr) {
	id := calleeIdent(n.Fun)
	if id == nil {
		return
	}
	fn, ok := t.info.Uses[id].(*types.Func)
	if !ok || fn.Pkg() == nil {
		return
	}
	path := barePath(fn.Pkg().Path())
	if path != "errors" && path != "github.com/pkg/errors" && path != "golang.org/x/xerrors" && path != "github.com/cockroachdb/errors" && path != "github.com/stretchr/testify/assert" {
		return
	}
	switch {
	case fn.Name() == "Is" && len(n.Args) == 2:
		t.sentinel(n.Args[1], n.Pos(), "errors.Is")
	case fn.Name() == "As" && len(n.Args) == 2:
		if p, ok := types.Unalias(t.info.TypeOf(n.Args[1])).(*types.Pointer); ok {
			t.typed(p.Elem(), n.Pos(), "errors.As")
		}
	case fn.Name() == "AsType":
		if inst, ok := t.info.Instances[id]; ok && inst.TypeArgs.Len() > 0 {
			t.typed(inst.TypeArgs.At(0), n.Pos(), "errors.AsType")
		}
	case fn.Name() == "Cause" && len(n.Args) == 1:
	}
}

func (t *errorTester) typeSwitch(n *ast.TypeSwitchStmt) {
	var x ast.Expr
	switch a := n.Assign.(type) {
	case *ast.ExprStmt:
		x = a.X
	case *ast.AssignStmt:
		x = a.Rhs[0]
	}
	ta, ok := x.(*ast.TypeAssertExpr)
	if !ok || !t.isError(ta.X) {
		return
	}
	for _, c := range n.Body.List {
		for _, x := range c.(*ast.CaseClause).List {
			t.typed(t.info.TypeOf(x), x.Pos(), "type switch")
		}
	}
}

func (t *errorTester) isError(x ast.Expr) bool {
	typ := t.info.TypeOf(x)
	return typ != nil && isErrorType(typ)
}

// sentinel records a test against a package variable of type error.
func (t *errorTester) sentinel(x ast.Expr, pos token.Pos, how string) {
	id := calleeIdent(x)
	if id == nil {
		return
	}
	v, ok := t.info.Uses[id].(*types.Var)
	if !ok || v.IsField() || !types.Implements(v.Type(), types.Universe.Lookup("error").Type().Underlying().(*types.Interface)) {
		return
	}
	t.add(v, false, pos, how)
}

func (t *errorTester) typed(typ types.Type, pos token.Pos, how string) {
	if n := namedOf(typ); n != nil {
		t.add(n.Obj(), true, pos, how)
	}
}

func (t *errorTester) add(obj types.Object, typed bool, pos token.Pos, how string) {
	to, ok := t.e.refOf(obj)
	if !ok {
		return
	}
	from, ok := t.e.refAt(pos)
	if !ok {
		return
	}
	t.e.out.ErrorTests = append(t.e.out.ErrorTests, ErrorTest{From: from, Error: to.Atom, Typed: typed, Evidence: t.e.evidence(pos, model.Proved, how)})
}
