package golang

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"slices"
	"strconv"
)

// withoutClashes gives the imports of a generated file other names where the package
// that it is laid over declares the same: a file cannot have both.
func withoutClashes(f File, scope *types.Scope) (File, error) {
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, f.Path, f.Data, parser.ParseComments)
	if err != nil {
		return File{}, fmt.Errorf("lay the facade over a package: %w", err)
	}
	clashes := map[string]bool{}
	var edits []insertion
	for _, imp := range syntax.Imports {
		name, explicit := importedName(imp)
		if scope.Lookup(name) == nil {
			continue
		}
		clashes[name] = true
		if explicit {
			edits = append(edits, insertion{fset.Position(imp.Name.Pos()).Offset, overlayPrefix})
		} else {
			edits = append(edits, insertion{fset.Position(imp.Path.Pos()).Offset, overlayPrefix + name + " "})
		}
	}
	for _, id := range syntax.Unresolved {
		if clashes[id.Name] {
			edits = append(edits, insertion{fset.Position(id.Pos()).Offset, overlayPrefix})
		}
	}
	slices.SortStableFunc(edits, func(a, b insertion) int { return a.offset - b.offset })
	src, last := make([]byte, 0, len(f.Data)), 0
	for _, e := range edits {
		src = append(append(src, f.Data[last:e.offset]...), e.text...)
		last = e.offset
	}
	if src, err = format.Source(append(src, f.Data[last:]...)); err != nil {
		return File{}, fmt.Errorf("lay the facade over a package: %w", err)
	}
	return File{Path: f.Path, Data: src}, nil
}

// insertion is text to insert.
type insertion struct {
	offset int
	text   string
}

// importedName is the name that an import has in its file: generated files name
// all packages whose name is not the last element of their path.
func importedName(imp *ast.ImportSpec) (name string, explicit bool) {
	if imp.Name != nil {
		return imp.Name.Name, true
	}
	p, err := strconv.Unquote(imp.Path.Value)
	if err != nil {
		return "", false
	}
	return path.Base(p), false
}
