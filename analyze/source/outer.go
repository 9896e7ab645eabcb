package source

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/tools/go/gcexportdata"
	"golang.org/x/tools/go/packages"
)

// outer type-checks dependencies from source, without a compiler and no more of
// them than others can see: their functions have no bodies, and a package that only
// bodies import is not read at all.
//
// Their errors are nobody's problem here: what is wrong with a dependency go list
// has said, and what is left (the types of cgo, assembly, a newer language) costs at
// most the objects that it concerns.
type outer struct {
	ctx   context.Context
	fset  *token.FileSet
	sizes types.Sizes
	goVer string // of the go command, for packages without a module: go1.26
	// progress is told of stages.
	progress func(string)

	mu   sync.Mutex
	pkgs map[*packages.Package]*outerPackage
}

type outerPackage struct {
	meta  *packages.Package
	files []*ast.File
	needs []*packages.Package
	types *types.Package
	wrong bool // something in it may have no type
}

// check type-checks the packages and all that their declarations need.
func (o *outer) check(roots []*packages.Package) {
	o.pkgs = map[*packages.Package]*outerPackage{}
	var all []*packages.Package
	o.progress(fmt.Sprintf("reading from source %d dependencies and what they show", len(roots)))
	for level := roots; len(level) > 0 && o.ctx.Err() == nil; {
		each(o.ctx, level, o.parse)
		all = append(all, level...)
		level = o.next(level)
	}
	if o.ctx.Err() != nil {
		return // some are not parsed
	}
	o.progress(fmt.Sprintf("type-checking %d dependencies", len(all)))
	inOrder(o.ctx, all, func(p *packages.Package) []*packages.Package { return o.pkgs[p].needs }, o.typeCheck)
}

// next gives what these packages need and is not parsed yet.
func (o *outer) next(level []*packages.Package) []*packages.Package {
	var list []*packages.Package
	seen := map[*packages.Package]bool{}
	for _, pkg := range level {
		if o.pkgs[pkg] == nil {
			continue
		}
		for _, need := range o.pkgs[pkg].needs {
			if o.pkgs[need] == nil && !seen[need] {
				seen[need] = true
				list = append(list, need)
			}
		}
	}
	return list
}

func (o *outer) parse(pkg *packages.Package) {
	p := &outerPackage{meta: pkg}
	for _, name := range pkg.GoFiles {
		src, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		f, _ := parser.ParseFile(o.fset, name, withoutBodies(src, compact), parser.SkipObjectResolution)
		if f != nil {
			p.files = append(p.files, f)
		}
	}
	p.needs = needed(pkg, p.files)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pkgs[pkg] = p
}

// needed gives the imports whose names are used outside of function bodies.
func needed(pkg *packages.Package, files []*ast.File) []*packages.Package {
	var list []*packages.Package
	for _, f := range files {
		used := map[string]bool{}
		for _, d := range f.Decls {
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.ImportSpec, *ast.BlockStmt:
					return false
				case *ast.SelectorExpr:
					if id, ok := n.X.(*ast.Ident); ok {
						used[id.Name] = true
						return false
					}
				}
				return true
			})
		}
		for _, spec := range f.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			imp := pkg.Imports[path]
			if err != nil || imp == nil || imp.PkgPath == "unsafe" {
				continue
			}
			name := imp.Name
			if spec.Name != nil {
				name = spec.Name.Name
			}
			if used[name] || name == "." || name == "" {
				list = append(list, imp)
			}
		}
	}
	slices.SortFunc(list, func(a, b *packages.Package) int { return strings.Compare(a.ID, b.ID) })
	return slices.Compact(list)
}

func (o *outer) typeCheck(pkg *packages.Package) {
	p := o.pkgs[pkg]
	cfg := types.Config{
		GoVersion: goVersion(pkg, o.goVer), Sizes: o.sizes, IgnoreFuncBodies: true, FakeImportC: true,
		Error: func(error) { p.wrong = true },
		Importer: importerFunc(func(path string) (*types.Package, error) {
			if path == "unsafe" {
				return types.Unsafe, nil
			}
			imp := pkg.Imports[path]
			if imp == nil {
				return nil, fmt.Errorf("no metadata for %s", path)
			}
			if slices.Contains(p.needs, imp) {
				return o.pkgs[imp].types, nil
			}
			fake := types.NewPackage(imp.PkgPath, imp.Name) // nothing of it is looked at
			fake.MarkComplete()
			return fake, nil
		}),
	}
	p.types, _ = cfg.Check(pkg.PkgPath, o.fset, p.files, nil)
	for _, need := range p.needs {
		p.wrong = p.wrong || o.pkgs[need].wrong
	}
	p.wrong = p.wrong || len(pkg.Errors) > 0 || pkg.Module != nil && usesC(p.files)
	p.files = nil
}

// usesC tells of files that import "C", whose types are not known here. (Go's own
// library shows none of them.)
func usesC(files []*ast.File) bool {
	for _, f := range files {
		for _, imp := range f.Imports {
			if imp.Path.Value == `"C"` {
				return true
			}
		}
	}
	return false
}

// doubtful tells whether some object of the package may have no type.
func (o *outer) doubtful(pkg *packages.Package) bool { return o.pkgs[pkg].wrong }

// export encodes a package and what its declarations refer to.
func (o *outer) export(pkg *packages.Package) ([]byte, error) {
	var b bytes.Buffer
	err := gcexportdata.Write(&b, o.fset, o.pkgs[pkg].types)
	return b.Bytes(), err
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

// goVersion is the language version that a package is written in.
func goVersion(pkg *packages.Package, otherwise string) string {
	if pkg.Module != nil && pkg.Module.GoVersion != "" {
		return "go" + pkg.Module.GoVersion
	}
	return otherwise
}
