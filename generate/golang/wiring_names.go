package golang

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"regexp"
	"strings"
	"unicode"

	"github.com/dave/jennifer/jen"
)

var keywords = func() map[string]bool {
	m := map[string]bool{}
	for t := token.BREAK; t <= token.VAR; t++ {
		m[t.String()] = true
	}
	for _, name := range types.Universe.Names() {
		m[name] = true
	}
	return m
}()

// name is a fresh variable name: the monolith's own, else one after the type.
func (d *deriver) name(lhs []string, i int, t types.Type) string {
	base := ""
	if i < len(lhs) && lhs[i] != "_" {
		base = lhs[i]
	}
	if base == "" {
		base = nameOfType(t)
	}
	if d.reserved[base] {
		base = nameOfType(t)
	}
	name := base
	for n := 2; d.names[name] || d.reserved[name] || keywords[name]; n++ {
		name = fmt.Sprintf("%s%d", base, n)
	}
	d.names[name] = true
	return name
}

func nameOfType(t types.Type) string {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return "value"
	}
	r := []rune(named.Obj().Name())
	for i := range r {
		if i > 0 && i+1 < len(r) && unicode.IsLower(r[i+1]) {
			break
		}
		r[i] = unicode.ToLower(r[i])
	}
	switch name := named.Obj().Name(); name {
	case "Service", "Handler", "Client", "Store", "Deps", "Option", "Options", "Config":
		if named.Obj().Pkg() != nil {
			return named.Obj().Pkg().Name() + name
		}
	}
	return string(r)
}

// assigned maps the position of each call (its parenthesis) to the names on the
// left of the assignment that it is the right side of.
func assigned(files []*ast.File) map[token.Pos][]string {
	m := map[token.Pos][]string{}
	record := func(lhs []ast.Expr, rhs []ast.Expr) {
		if len(rhs) != 1 {
			return
		}
		call, ok := ast.Unparen(rhs[0]).(*ast.CallExpr)
		if !ok {
			return
		}
		for _, e := range lhs {
			name := "_"
			switch e := e.(type) {
			case *ast.Ident:
				name = e.Name
			case *ast.SelectorExpr:
				name = e.Sel.Name
			}
			m[call.Lparen] = append(m[call.Lparen], name)
		}
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if a, ok := n.(*ast.AssignStmt); ok {
				record(a.Lhs, a.Rhs)
			}
			return true
		})
	}
	return m
}

// qualified finds names qualified by import path in an expression of the plan:
// example.com/shop/internal/clock.System.
var qualified = regexp.MustCompile(`((?:[\w.~-]+/)*[\w-]+)\.([A-Z]\w*)`)

// expression turns an expression of the plan into code.
func (d *deriver) expression(text string) *jen.Statement {
	code := &jen.Statement{}
	last := 0
	for _, m := range qualified.FindAllStringSubmatchIndex(text, -1) {
		if before := text[:m[0]]; before != "" && (before[len(before)-1] == '.' || before[len(before)-1] == ')') {
			continue // a method or field of what stands before
		}
		path, name := text[m[2]:m[3]], text[m[4]:m[5]]
		code.Op(text[last:m[0]]).Qual(path, name)
		d.imports[path[strings.LastIndex(path, "/")+1:]] = true
		last = m[1]
	}
	return code.Op(text[last:])
}
