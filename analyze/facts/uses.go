package facts

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// uses lists the references to types and constants of the module, functions taken
// as values and, where a function has no SSA form, its direct calls and its uses
// of variables.
func (e *extractor) uses() {
	e.files(func(info *types.Info, pkg *types.Package, f *ast.File) {
		u := &user{e: e, info: info, called: map[*ast.Ident]bool{}}
		for _, d := range f.Decls {
			u.decl(d)
		}
	})
}

// user walks the declarations of one file.
type user struct {
	e      *extractor
	info   *types.Info
	called map[*ast.Ident]bool // identifiers in the place of a callee
	api    bool                // in a signature or an exported field
}

func (u *user) decl(d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv != nil {
			u.walk(d.Recv, false)
		}
		u.walk(d.Type, ast.IsExported(d.Name.Name))
		if d.Body != nil {
			u.walk(d.Body, false)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				u.walk(s, ast.IsExported(s.Name.Name))
			case *ast.ValueSpec:
				exported := false
				for _, n := range s.Names {
					exported = exported || ast.IsExported(n.Name)
				}
				if s.Type != nil {
					u.walk(s.Type, exported)
				}
				for _, v := range s.Values {
					u.walk(v, false)
				}
			}
		}
	}
}

func (u *user) walk(n ast.Node, api bool) {
	u.api = api
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if id := calleeIdent(n.Fun); id != nil {
				u.called[id] = true
			}
		case *ast.RangeStmt: // over a function: calls it
			if id := calleeIdent(n.X); id != nil {
				if _, ok := u.info.Uses[id].(*types.Func); ok {
					u.called[id] = true
				}
			}
		case *ast.SelectorExpr:
			u.field(n)
		case *ast.Ident:
			u.ident(n)
		case *ast.Field:
			if u.api && len(n.Names) > 0 && !anyExported(n.Names) && u.isField(n.Names[0]) {
				u.unexportedField(n)
				return false
			}
		}
		return true
	})
}

// unexportedField walks a field that is no API inside a type that is.
func (u *user) unexportedField(n *ast.Field) {
	u.walk(n.Type, false)
	u.api = true
}

func (u *user) isField(id *ast.Ident) bool {
	v, ok := u.info.Defs[id].(*types.Var)
	return ok && v.IsField()
}

func anyExported(names []*ast.Ident) bool {
	for _, n := range names {
		if n.IsExported() {
			return true
		}
	}
	return false
}

func calleeIdent(x ast.Expr) *ast.Ident {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		return x
	case *ast.SelectorExpr:
		return x.Sel
	case *ast.IndexExpr:
		return calleeIdent(x.X)
	case *ast.IndexListExpr:
		return calleeIdent(x.X)
	}
	return nil
}

func (u *user) ident(id *ast.Ident) {
	switch obj := u.info.Uses[id].(type) {
	case *types.TypeName:
		u.use(id.Pos(), obj, model.CouplingType, "")
	case *types.Const:
		u.use(id.Pos(), obj, model.CouplingConst, "")
	case *types.Func:
		switch {
		case !u.called[id]:
			u.e.syntaxCall(id.Pos(), obj, Value)
		case !u.e.p.HasSSA(id.Pos()):
			u.e.syntaxCall(id.Pos(), obj, Static)
		}
	case *types.Var:
		if !obj.IsField() && !u.e.p.HasSSA(id.Pos()) {
			u.variable(id.Pos(), obj)
		}
	}
}

func (u *user) variable(pos token.Pos, v *types.Var) {
	to, ok := u.e.refOf(v)
	from, ok2 := u.e.refAt(pos)
	if !ok || !ok2 || from.Atom == to.Atom {
		return
	}
	u.e.out.States = append(u.e.out.States, State{From: from, Var: to.Atom, Access: model.Read,
		Infra: infraType(v.Type()), Evidence: u.e.evidence(pos, model.Guessed, "")})
}

func (u *user) use(pos token.Pos, obj types.Object, kind model.CouplingKind, detail string) {
	to, ok := u.e.refOf(obj)
	if !ok {
		return
	}
	from, ok := u.e.refAt(pos)
	if !ok || from.Atom == to.Atom {
		return
	}
	u.e.out.Uses = append(roomy(u.e.out.Uses), Use{From: from, To: to.Atom, Kind: kind, InAPI: u.api,
		Evidence: u.e.evidence(pos, model.Proved, detail)})
}

// field counts the access to a field as a use of the type that declares it.
func (u *user) field(n *ast.SelectorExpr) {
	sel := u.info.Selections[n]
	if sel == nil || sel.Kind() != types.FieldVal {
		return
	}
	t := sel.Recv()
	for _, i := range sel.Index()[:len(sel.Index())-1] {
		st, ok := derefStruct(t)
		if !ok {
			return
		}
		t = st.Field(i).Type()
	}
	if named := namedOf(t); named != nil {
		u.use(n.Sel.Pos(), named.Obj(), model.CouplingType, "."+n.Sel.Name)
	}
}

func derefStruct(t types.Type) (*types.Struct, bool) {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	return st, ok
}

// global gives the package variable that a value is the address of.
func global(v ssa.Value) *ssa.Global {
	g, _ := v.(*ssa.Global)
	return g
}
