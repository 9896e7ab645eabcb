package facts

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
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

// commandLiterals reads the composite literals of commands that run something.
// What is assigned to a command's field later is not seen.
func (e *extractor) commandLiterals(info *types.Info, _ *types.Package, f *ast.File) {
	ast.Inspect(f, func(n ast.Node) bool {
		if lit, ok := n.(*ast.CompositeLit); ok {
			e.commandLiteral(info, lit)
		}
		return true
	})
}

func (e *extractor) commandLiteral(info *types.Info, lit *ast.CompositeLit) {
	kind, ok := commandTypes[bareTypePath(info.TypeOf(lit))]
	if !ok {
		return
	}
	fields := map[string]ast.Expr{}
	for _, el := range lit.Elts {
		if kv, ok := el.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok {
				fields[id.Name] = kv.Value
			}
		}
	}
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
