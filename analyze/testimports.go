package analyze

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
)

// testImports lists those of the known packages that the tests in a folder import,
// sorted. Tests are not analysed; whom they use tells where mocks and helpers belong,
// which no main reaches. A file that cannot be read says nothing.
func testImports(dir string, known func(path string) bool) []string {
	files, _ := filepath.Glob(filepath.Join(dir, "*_test.go")) // the pattern is well-formed
	var out []string
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			continue
		}
		for _, spec := range f.Imports {
			if path, err := strconv.Unquote(spec.Path.Value); err == nil && known(path) {
				out = append(out, path)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
