package source

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"os"
	"strings"

	"golang.org/x/tools/go/packages"
)

// checker type-checks the module's own packages.
type checker struct {
	l     *loader
	env   toolchain
	deps  *dependencies
	roots map[*packages.Package]bool // those asked for: others are read without bodies
	own   map[string]bool            // paths of packages of the module
}

// check gives the packages syntax, types and errors, each after those it imports.
func (c *checker) check(own []*packages.Package) {
	isOwn := set(own)
	c.own = map[string]bool{}
	for _, pkg := range own {
		c.own[pkg.PkgPath] = true
	}
	inOrder(c.l.ctx, own, func(p *packages.Package) []*packages.Package {
		var needs []*packages.Package
		for _, imp := range p.Imports {
			if isOwn[imp] {
				needs = append(needs, imp)
			}
		}
		return needs
	}, c.checkOne)
}

func (c *checker) checkOne(pkg *packages.Package) {
	pkg.Fset, pkg.TypesSizes = c.l.fset, c.env.sizes()
	if len(pkg.CompiledGoFiles) == 0 {
		pkg.CompiledGoFiles = pkg.GoFiles
	}
	files := c.parse(pkg)
	if c.l.ctx.Err() != nil {
		return
	}
	cfg := types.Config{
		GoVersion: goVersion(pkg, c.env.language()), Sizes: pkg.TypesSizes, FakeImportC: true,
		IgnoreFuncBodies: !c.roots[pkg],
		Importer:         importerFunc(func(path string) (*types.Package, error) { return c.importFor(pkg, path) }),
		Error: func(err error) {
			if !c.l.unusedImport(err) && !c.ofDependency(pkg, err) {
				fail(pkg, err)
			}
		},
	}
	pkg.Types = types.NewPackage(pkg.PkgPath, pkg.Name)
	var info *types.Info
	if c.roots[pkg] {
		info = newInfo(c.l.fset, files)
		pkg.Syntax, pkg.TypesInfo = files, info
	}
	err := types.NewChecker(&cfg, c.l.fset, pkg.Types, info).Files(files)
	if err != nil && len(pkg.Errors)+len(pkg.TypeErrors) == 0 && !c.l.unusedImport(err) {
		fail(pkg, err)
	}
	pkg.IllTyped = c.illTyped(pkg, files)
}

// newInfo makes room for what is likely to be recorded of the files, so that tables
// do not grow: an expression every 20 bytes, most of them uses of names.
func newInfo(fset *token.FileSet, files []*ast.File) *types.Info {
	size := 0
	for _, f := range files {
		if !ast.IsGenerated(f) { // these lost their bodies
			size += fset.File(f.FileStart).Size()
		}
	}
	return &types.Info{
		Types:        make(map[ast.Expr]types.TypeAndValue, size/20),
		Defs:         make(map[*ast.Ident]types.Object, size/100),
		Uses:         make(map[*ast.Ident]types.Object, size/25),
		Implicits:    map[ast.Node]types.Object{},
		Instances:    map[*ast.Ident]types.Instance{},
		Selections:   make(map[*ast.SelectorExpr]*types.Selection, size/150),
		FileVersions: map[*ast.File]string{},
	}
}

// illTyped tells whether something in the package may have no type.
func (c *checker) illTyped(pkg *packages.Package, files []*ast.File) bool {
	if len(pkg.Errors) > 0 || usesC(files) {
		return true
	}
	for _, imp := range pkg.Imports {
		if imp.IllTyped {
			return true
		}
	}
	return false
}

func (c *checker) parse(pkg *packages.Package) (files []*ast.File) {
	for _, name := range pkg.CompiledGoFiles {
		if c.l.ctx.Err() != nil {
			return nil // the next package would wait for this one
		}
		src, err := os.ReadFile(name)
		if err != nil {
			fail(pkg, err)
			continue
		}
		mode := parser.ParseComments | parser.SkipObjectResolution | parser.AllErrors
		switch {
		case !c.roots[pkg]:
			mode, src = parser.SkipObjectResolution, withoutBodies(src, compact)
		case c.l.opt.SkipBodies && derived(src):
			if f := parseDerived(c.l.fset, name, src, mode); f != nil {
				files = append(files, f)
				c.l.skip(name)
				continue
			}
		}
		f, err := parser.ParseFile(c.l.fset, name, src, mode)
		if err != nil {
			fail(pkg, err)
		}
		if f != nil {
			files = append(files, f)
		}
	}
	return files
}

func (c *checker) importFor(pkg *packages.Package, path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	imp := pkg.Imports[path]
	if imp == nil {
		if c.own[path] {
			return nil, errors.New("import cycle not allowed")
		}
		return nil, fmt.Errorf("no metadata for %s", path)
	}
	if err := c.deps.failed[imp.PkgPath]; err != nil {
		return nil, err
	}
	if imp.Types == nil {
		return nil, errors.New("not type-checked")
	}
	return imp.Types, nil
}

// skip notes a file whose bodies were not read.
func (l *loader) skip(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.skipped == nil {
		l.skipped = map[string]bool{}
	}
	l.skipped[name] = true
}

// unusedImport tells of an import that only the bodies used which were not read.
func (l *loader) unusedImport(err error) bool {
	var typed types.Error
	if !errors.As(err, &typed) || !typed.Soft || !strings.Contains(typed.Msg, "imported") {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.fset.File(typed.Pos)
	return f != nil && l.skipped[f.Name()]
}

// ofDependency takes an error that follows from a dependency some of whose objects
// have no type: it is no error of the package, but what stands there has no type.
func (c *checker) ofDependency(pkg *packages.Package, err error) bool {
	var typed types.Error
	if !errors.As(err, &typed) || !strings.Contains(typed.Msg, "invalid type") {
		return false
	}
	doubtful := false
	for _, imp := range pkg.Imports {
		if c.deps.doubtful[imp.PkgPath] {
			doubtful = true
			c.l.mu.Lock()
			c.l.report(Problem{Code: "dependency", Package: imp.PkgPath,
				Message: "cannot read all types of package " + imp.PkgPath + ": types of C in it, or something that it imports, are not known",
				Cure:    "none needed: what uses them is read without its type"})
			c.l.mu.Unlock()
		}
	}
	if doubtful {
		pkg.TypeErrors = append(pkg.TypeErrors, typed)
	}
	return doubtful
}

// fail notes an error of a package, as package packages does.
func fail(pkg *packages.Package, err error) {
	var list scanner.ErrorList
	var typed types.Error
	var path *os.PathError
	switch {
	case errors.As(err, &list):
		for _, e := range list {
			pkg.Errors = append(pkg.Errors, packages.Error{Pos: e.Pos.String(), Msg: e.Msg, Kind: packages.ParseError})
		}
	case errors.As(err, &typed):
		pkg.TypeErrors = append(pkg.TypeErrors, typed)
		pkg.Errors = append(pkg.Errors, packages.Error{Pos: typed.Fset.Position(typed.Pos).String(), Msg: typed.Msg, Kind: packages.TypeError})
	case errors.As(err, &path):
		pkg.Errors = append(pkg.Errors, packages.Error{Pos: path.Path + ":1", Msg: path.Err.Error(), Kind: packages.ParseError})
	default:
		pkg.Errors = append(pkg.Errors, packages.Error{Pos: "-", Msg: err.Error(), Kind: packages.UnknownError})
	}
}
