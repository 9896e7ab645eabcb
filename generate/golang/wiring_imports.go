package golang

import (
	"fmt"
	"go/ast"
	"slices"
	"strconv"

	"golang.org/x/tools/go/packages"
)

// notCarried are imported blank for the compiler.
var notCarried = map[string]bool{"embed": true, "unsafe": true, "C": true}

// effects are the packages that the monolith's composition imports for nothing but
// what they do when imported: database drivers, image formats, time zones. The
// service leaves the composition behind and would lose them. Packages of the module
// itself are carried only where the service owns them: others may bring in all of the
// monolith, and become a note.
func (w *wiring) effects() []string {
	var list []string
	for _, pkg := range w.composing() {
		for _, f := range pkg.Syntax {
			for _, spec := range f.Imports {
				path, ok := blank(spec)
				if !ok {
					continue
				}
				if w.prog.Package(path) == nil || w.d.owned[path] {
					list = append(list, path)
					continue
				}
				p := w.relative(w.prog.Fset.Position(spec.Pos()))
				w.d.notes = append(w.d.notes, fmt.Sprintf(
					"%s:%d: import _ %q is not carried into %s: what it does when imported is the monolith's", p.Filename, p.Line, path, CommandDir(w.contract)))
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// composing are the packages that put the service together and stay behind: those
// with a function that does, and the programs that import them.
func (w *wiring) composing() []*packages.Package {
	roots := map[string]bool{}
	for f := range w.d.roots {
		if pkg := packageOf(f); !w.d.owned[pkg.Path()] {
			roots[pkg.Path()] = true
		}
	}
	var list []*packages.Package
	for _, pkg := range w.prog.Packages {
		if roots[pkg.PkgPath] || pkg.Name == "main" && reaches(pkg, roots, map[string]bool{}) {
			list = append(list, pkg)
		}
	}
	return list
}

// reaches tells whether the package imports one of the roots, through others too.
func reaches(pkg *packages.Package, roots, seen map[string]bool) bool {
	for path, imported := range pkg.Imports {
		if roots[path] {
			return true
		}
		if !seen[path] {
			seen[path] = true
			if reaches(imported, roots, seen) {
				return true
			}
		}
	}
	return false
}

func blank(spec *ast.ImportSpec) (path string, ok bool) {
	if spec.Name == nil || spec.Name.Name != "_" {
		return "", false
	}
	path, err := strconv.Unquote(spec.Path.Value)
	return path, err == nil && !notCarried[path]
}
