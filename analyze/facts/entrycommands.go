package facts

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// commandTypes are the structs that stand for a command of a command line: the
// field with its name, and those that run it.
var commandTypes = map[string]struct {
	name string
	run  []string
}{
	"github.com/spf13/cobra.Command": {"Use", []string{"RunE", "Run"}},
	"github.com/urfave/cli.Command":  {"Name", []string{"Action"}},
}

// commandLiterals reads the composite literals of commands that run something, and
// what is assigned to the fields of variables that hold one later.
func (e *extractor) commandLiterals(info *types.Info, _ *types.Package, f *ast.File) {
	uses := map[types.Object]ast.Expr{} // variable → the name that its literal has
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			e.commandLiteral(info, n)
		case *ast.AssignStmt:
			if len(n.Lhs) == len(n.Rhs) {
				for i := range n.Lhs {
					e.commandAssigned(info, uses, n.Lhs[i], n.Rhs[i])
				}
			}
		case *ast.ValueSpec:
			if len(n.Names) == len(n.Values) {
				for i := range n.Names {
					e.commandAssigned(info, uses, n.Names[i], n.Values[i])
				}
			}
		}
		return true
	})
}

// commandAssigned remembers which variable holds a command's literal, and reads what
// is assigned to the field that runs: cmd.RunE = f.
func (e *extractor) commandAssigned(info *types.Info, uses map[types.Object]ast.Expr, to, x ast.Expr) {
	switch to := to.(type) {
	case *ast.Ident:
		if u, ok := x.(*ast.UnaryExpr); ok && u.Op == token.AND {
			x = u.X
		}
		if lit, ok := x.(*ast.CompositeLit); ok {
			if kind, ok := commandTypes[bareTypePath(info.TypeOf(lit))]; ok {
				uses[info.ObjectOf(to)] = literalFields(lit)[kind.name]
			}
		}
	case *ast.SelectorExpr:
		kind, ok := commandTypes[bareTypePath(info.TypeOf(to.X))]
		if !ok || !slices.Contains(kind.run, to.Sel.Name) || info.Types[x].IsNil() {
			return
		}
		var use ast.Expr
		if id, ok := to.X.(*ast.Ident); ok {
			use = uses[info.ObjectOf(id)]
		}
		e.command(info, to.Pos(), use, x)
	}
}

func literalFields(lit *ast.CompositeLit) map[string]ast.Expr {
	fields := map[string]ast.Expr{}
	for _, el := range lit.Elts {
		if kv, ok := el.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok {
				fields[id.Name] = kv.Value
			}
		}
	}
	return fields
}

func (e *extractor) commandLiteral(info *types.Info, lit *ast.CompositeLit) {
	kind, ok := commandTypes[bareTypePath(info.TypeOf(lit))]
	if !ok {
		return
	}
	fields := literalFields(lit)
	for _, name := range kind.run {
		if run := fields[name]; run != nil {
			e.command(info, lit.Pos(), fields[kind.name], run)
			return
		}
	}
}

func (e *extractor) command(info *types.Info, pos token.Pos, use, run ast.Expr) {
	at, ok := e.refAt(pos)
	if !ok {
		return
	}
	name := ""
	if use != nil {
		if v := info.Types[use].Value; v != nil && v.Kind() == constant.String {
			name, _, _ = strings.Cut(constant.StringVal(v), " ")
		}
	}
	ep := EntryPoint{Kind: "command", Name: name, Registrar: at, Evidence: e.evidence(pos, model.Proved, "")}
	if ep.Func, ok = e.writtenFunc(info, run); !ok {
		ep.Evidence.Confidence = model.Guessed
	}
	e.out.EntryPoints = append(e.out.EntryPoints, ep)
}

// writtenFunc names a function that is written as a value: a literal belongs to the
// declaration around it, what a factory gives to the factory.
func (e *extractor) writtenFunc(info *types.Info, x ast.Expr) (Ref, bool) {
	if lit, ok := ast.Unparen(x).(*ast.FuncLit); ok {
		return e.refAt(lit.Pos())
	}
	if call, ok := ast.Unparen(x).(*ast.CallExpr); ok {
		x = call.Fun // a factory: what it gives stands in it
	}
	id := calleeIdent(x)
	if id == nil {
		return Ref{}, false
	}
	fn, ok := info.Uses[id].(*types.Func)
	if !ok {
		return Ref{}, false
	}
	return e.refOf(fn)
}
