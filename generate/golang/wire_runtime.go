package golang

import (
	_ "embed"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"sort"
	"strconv"

	"github.com/dave/jennifer/jen"
)

// wireRuntime is the source of the part that all wire packages have in common.
//
//go:embed wire_runtime.go.txt
var wireRuntime []byte

// runtimeHooks are the functions that wireRuntime calls and each contract has its own.
var runtimeHooks = []string{"sentinels", "typedPayload", "typedError"}

// edit replaces a piece of the runtime's source.
type edit struct {
	from, to int
	with     jen.Code
}

// addRuntime writes the common part with the package's names and imports: its
// declarations go through jennifer as text, cut where a name has to be chosen.
func addRuntime(f *jen.File, pbImport string, names Names) error {
	fset := token.NewFileSet()
	file, err := parseRuntime(fset)
	if err != nil {
		return err
	}
	imports := map[string]string{}
	for _, spec := range file.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("read the wire runtime: %w", err)
		}
		imports[path.Base(p)] = p
	}
	imports["pb"] = pbImport
	renamed := map[string]bool{}
	for _, name := range append(topLevel(file), runtimeHooks...) {
		renamed[name] = true
	}
	offset := func(p token.Pos) int { return fset.Position(p).Offset }
	for _, d := range file.Decls {
		start, end := offset(d.Pos()), offset(d.End())
		if doc := docOf(d); doc != nil {
			start = offset(doc.Pos())
		}
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			continue
		}
		f.Line().Add(cut(start, end, runtimeEdits(d, imports, renamed, names, offset)))
	}
	return nil
}

func parseRuntime(fset *token.FileSet) (*ast.File, error) {
	file, err := parser.ParseFile(fset, "wire_runtime.go.txt", wireRuntime, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("read the wire runtime: %w", err)
	}
	return file, nil
}

// runtimeNames are the package-level names of the common part and its hooks.
func runtimeNames() ([]string, error) {
	file, err := parseRuntime(token.NewFileSet())
	if err != nil {
		return nil, err
	}
	return append(topLevel(file), runtimeHooks...), nil
}

// cut makes a statement of source text with replacements.
func cut(start, end int, edits []edit) *jen.Statement {
	s := jen.Null()
	for _, e := range edits {
		s.Id(string(wireRuntime[start:e.from])).Add(e.with)
		start = e.to
	}
	return s.Id(string(wireRuntime[start:end]))
}

// runtimeEdits finds the qualified names and the names to rename, by place.
func runtimeEdits(d ast.Decl, imports map[string]string, renamed map[string]bool, names Names, offset func(token.Pos) int) []edit {
	var edits []edit
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && imports[x.Name] != "" {
				edits = append(edits, edit{offset(n.Pos()), offset(n.End()), jen.Qual(imports[x.Name], n.Sel.Name)})
				return false
			}
		case *ast.Ident:
			if renamed[n.Name] {
				edits = append(edits, edit{offset(n.Pos()), offset(n.End()), jen.Id(names.Of(n.Name))})
			}
		}
		return true
	})
	sort.Slice(edits, func(i, j int) bool { return edits[i].from < edits[j].from })
	return edits
}

// topLevel lists the package-level names of a file.
func topLevel(file *ast.File) []string {
	var out []string
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				out = append(out, d.Name.Name)
			}
		case *ast.GenDecl:
			for _, s := range d.Specs {
				switch s := s.(type) {
				case *ast.TypeSpec:
					out = append(out, s.Name.Name)
				case *ast.ValueSpec:
					for _, n := range s.Names {
						out = append(out, n.Name)
					}
				}
			}
		}
	}
	return out
}

func docOf(d ast.Decl) *ast.CommentGroup {
	switch d := d.(type) {
	case *ast.FuncDecl:
		return d.Doc
	case *ast.GenDecl:
		return d.Doc
	}
	return nil
}
