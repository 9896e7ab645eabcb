package generate

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/gcexportdata"
)

// TypeCheck type-checks every package that a file of the layer belongs to. All
// others are taken from the compiler's export data, so that nothing is compiled
// that is not needed to build the module anyway. go.mod and go.sum of the layer get
// what is missing.
func (l *Layer) TypeCheck(ctx context.Context, module string) error {
	c := &typeChecker{
		layer: l, module: module, fset: token.NewFileSet(), dirs: map[string]*layered{},
		exports: map[string]string{}, checked: map[string]*types.Package{}, imported: map[string]*types.Package{},
	}
	switch v, err := l.goVersion(); {
	case err != nil:
		return err
	case v != "":
		c.goVersion = "go" + v
	}
	if err := c.parse(); err != nil {
		return err
	}
	if err := c.list(ctx); err != nil {
		return err
	}
	for _, path := range c.paths() {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.check(path)
	}
	if len(c.errs) == 0 {
		return nil
	}
	if !c.generatedFails() {
		return fmt.Errorf("check the result: the module's own code does not compile, and nothing was written; make go build pass first:\n%w", errors.Join(c.errs...))
	}
	return fmt.Errorf("check the result: generated code does not compile, and nothing was written; this is a fault of ficus:\n%w", errors.Join(c.errs...))
}

// generatedFails tells whether an error is in a file of the layer.
func (c *typeChecker) generatedFails() bool {
	for name := range c.layer.overlay {
		prefix := c.shown(name) + ":"
		if slices.ContainsFunc(c.errs, func(err error) bool { return strings.HasPrefix(err.Error(), prefix) }) {
			return true
		}
	}
	return false
}

// layered is one package with files of the layer.
type layered struct {
	path     string
	files    []*ast.File
	checking bool
}

type typeChecker struct {
	layer     *Layer
	module    string
	goVersion string
	fset      *token.FileSet
	dirs      map[string]*layered       // by import path
	exports   map[string]string         // import path → export data file
	checked   map[string]*types.Package // from source
	imported  map[string]*types.Package // from export data
	errs      []error
}

func (c *typeChecker) paths() []string {
	paths := make([]string, 0, len(c.dirs))
	for p := range c.dirs {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	return paths
}

// parse reads the layer's files and, beside them, what stands in their folders.
func (c *typeChecker) parse() error {
	folders := map[string]bool{}
	for name := range c.layer.overlay {
		if strings.HasSuffix(name, ".go") {
			folders[filepath.Dir(name)] = true
		}
	}
	for dir := range folders {
		rel, err := filepath.Rel(c.layer.Dir, dir)
		if err != nil {
			return fmt.Errorf("check the result: %w", err)
		}
		path := c.module
		if rel != "." {
			path += "/" + filepath.ToSlash(rel)
		}
		if err := c.add(path, dir); err != nil {
			return err
		}
	}
	return nil
}

// add has a package checked from source.
func (c *typeChecker) add(path, dir string) error {
	p := &layered{path: path}
	c.dirs[path] = p
	for _, name := range c.filesIn(dir) {
		if err := c.parseFile(p, name); err != nil {
			return err
		}
	}
	return nil
}

// filesIn are the non-test Go files of a folder, those of the layer included.
func (c *typeChecker) filesIn(dir string) []string {
	var names []string
	entries, _ := os.ReadDir(dir) // the folder need not be there yet
	for _, e := range entries {
		name := filepath.Join(dir, e.Name())
		if _, over := c.layer.overlay[name]; over || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		if ok, err := build.Default.MatchFile(dir, e.Name()); err == nil && ok {
			names = append(names, name)
		}
	}
	for name := range c.layer.overlay {
		if filepath.Dir(name) == dir && strings.HasSuffix(name, ".go") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (c *typeChecker) parseFile(p *layered, name string) error {
	from := name
	if over, ok := c.layer.overlay[name]; ok {
		from = over
	}
	src, err := os.ReadFile(from)
	if err != nil {
		return fmt.Errorf("check the result: %w", err)
	}
	f, err := parser.ParseFile(c.fset, c.shown(name), src, parser.SkipObjectResolution)
	if err != nil {
		c.errs = append(c.errs, err)
	}
	if f != nil {
		p.files = append(p.files, f)
	}
	return nil
}

func (c *typeChecker) shown(name string) string {
	if rel, err := filepath.Rel(c.layer.Dir, name); err == nil {
		return filepath.ToSlash(rel)
	}
	return name
}

// list brings go.mod up to date and finds the export data of all that is imported
// from outside the layer.
func (c *typeChecker) list(ctx context.Context) error {
	args := append([]string{"list", "-deps", "-json=ImportPath,Dir,Deps"}, c.layer.Flags()...)
	out, err := c.layer.output(ctx, append(args, c.paths()...)...)
	if err != nil {
		return fmt.Errorf("check the result: find what it imports: %w", err)
	}
	if err := c.addBetween(out); err != nil {
		return err
	}
	outside := map[string]bool{}
	for _, p := range c.dirs {
		for _, f := range p.files {
			for _, imp := range f.Imports {
				path, err := strconv.Unquote(imp.Path.Value)
				if err == nil && c.dirs[path] == nil && path != "unsafe" && path != "C" {
					outside[path] = true
				}
			}
		}
	}
	if len(outside) == 0 {
		return nil
	}
	args = append([]string{"list", "-export", "-deps", "-json=ImportPath,Export"}, c.layer.Flags()...)
	for p := range outside {
		args = append(args, p)
	}
	slices.Sort(args[len(args)-len(outside):])
	if out, err = c.layer.output(ctx, args...); err != nil {
		return fmt.Errorf("check the result: build what it imports: %w", err)
	}
	return c.readExports(out)
}

// listed is one package as go list tells of it.
type listed struct {
	ImportPath, Dir, Export string
	Deps                    []string
}

// addBetween has the packages checked from source as well that depend on one of
// the layer: their export data knows it only as it is on disk.
func (c *typeChecker) addBetween(out []byte) error {
	layer := c.paths()
	return eachListed(out, func(p listed) error {
		if c.dirs[p.ImportPath] != nil || !slices.ContainsFunc(layer, func(l string) bool { return slices.Contains(p.Deps, l) }) {
			return nil
		}
		return c.add(p.ImportPath, p.Dir)
	})
}

func (c *typeChecker) readExports(out []byte) error {
	return eachListed(out, func(p listed) error {
		c.exports[p.ImportPath] = p.Export
		return nil
	})
}

func eachListed(out []byte, f func(listed) error) error {
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("check the result: read what go list says: %w", err)
		}
		if err := f(p); err != nil {
			return err
		}
	}
}

func (c *typeChecker) check(path string) *types.Package {
	if p := c.checked[path]; p != nil {
		return p
	}
	l := c.dirs[path]
	if l.checking {
		c.errs = append(c.errs, fmt.Errorf("%s: import cycle", path))
		return nil
	}
	l.checking = true
	conf := types.Config{
		Importer: c, GoVersion: c.goVersion, FakeImportC: true,
		Error: func(err error) { c.errs = append(c.errs, err) },
	}
	p, _ := conf.Check(path, c.fset, l.files, nil) // errors went to conf.Error
	c.checked[path] = p
	return p
}

// Import finds a package for the type checker: one of the layer, or export data.
func (c *typeChecker) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if c.dirs[path] != nil {
		if p := c.check(path); p != nil {
			return p, nil
		}
		return nil, fmt.Errorf("import cycle through %s", path)
	}
	if p := c.imported[path]; p != nil && p.Complete() {
		return p, nil
	}
	f, err := os.Open(c.exports[path])
	if err != nil {
		return nil, fmt.Errorf("no export data of %s", path)
	}
	defer f.Close()
	r, err := gcexportdata.NewReader(bufio.NewReader(f))
	if err != nil {
		return nil, fmt.Errorf("read export data of %s: %w", path, err)
	}
	return gcexportdata.Read(r, c.fset, c.imported, path)
}
