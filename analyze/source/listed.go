package source

import (
	"bytes"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"slices"

	"golang.org/x/tools/go/packages"

	"github.com/ficus-dev/ficus/analyze/cache"
)

// listedKind names the records of what was listed, and the version of what is in
// them: raise it with any change to listMode or packageGraph.
const listedKind = "listed 1"

// Listed is what the go command listed, to be kept for the next Load.
type Listed struct {
	key  cache.Key
	data []byte
}

// Keep keeps it, under the print that Load was given: for the caller to do once it
// knows that the print still holds.
func (l Listed) Keep(c *cache.Cache) {
	if len(l.data) > 0 {
		c.Put(l.key, l.data)
	}
}

// packageGraph is what was listed as it is written: what list asks for.
type packageGraph struct {
	Packages []graphPackage // what they import stands before them
	Roots    []int
	Modules  []graphModule
}

type graphPackage struct {
	ID, Name, Path, Dir, ForTest                string
	Go, Other, Ignored, Embedded, EmbedPatterns []string
	Imports                                     []graphImport
	Module                                      int // in Modules, from 1; 0: none
}

type graphImport struct {
	As string
	At int
}

type graphModule struct {
	Path, Version, Dir, GoMod, GoVersion string
	Main, Indirect                       bool
	Replace                              int // in Modules, from 1
}

// keepable gives what was listed as it is written; nothing where anything went wrong:
// that may be mended by what no print shows.
func (l *loader) keepable(pkgs []*packages.Package) Listed {
	if l.opt.Print == nil || l.change != nil || l.modFile != "" || l.stubs != "" || len(l.problems) > 0 {
		return Listed{}
	}
	w := &graphWriter{at: map[*packages.Package]int{}, modules: map[*packages.Module]int{}}
	wrong := false
	for pkg := range packages.Postorder(pkgs) {
		wrong = wrong || len(pkg.Errors) > 0
		w.add(pkg)
	}
	for _, pkg := range pkgs {
		w.out.Roots = append(w.out.Roots, w.at[pkg])
	}
	data, err := cache.Encode(&w.out)
	if wrong || err != nil {
		return Listed{}
	}
	return Listed{l.opt.Print.Listing, data}
}

type graphWriter struct {
	out     packageGraph
	at      map[*packages.Package]int
	modules map[*packages.Module]int
}

func (w *graphWriter) add(pkg *packages.Package) {
	p := graphPackage{ID: pkg.ID, Name: pkg.Name, Path: pkg.PkgPath, Dir: pkg.Dir, ForTest: pkg.ForTest, Go: pkg.GoFiles, Other: pkg.OtherFiles,
		Ignored: pkg.IgnoredFiles, Embedded: pkg.EmbedFiles, EmbedPatterns: pkg.EmbedPatterns, Module: w.module(pkg.Module)}
	for _, as := range slices.Sorted(maps.Keys(pkg.Imports)) {
		p.Imports = append(p.Imports, graphImport{as, w.at[pkg.Imports[as]]})
	}
	w.at[pkg] = len(w.out.Packages)
	w.out.Packages = append(w.out.Packages, p)
}

func (w *graphWriter) module(m *packages.Module) int {
	if m == nil {
		return 0
	}
	if at, ok := w.modules[m]; ok {
		return at
	}
	rec := graphModule{Path: m.Path, Version: m.Version, Dir: m.Dir, GoMod: m.GoMod, GoVersion: m.GoVersion,
		Main: m.Main, Indirect: m.Indirect, Replace: w.module(m.Replace)}
	w.out.Modules = append(w.out.Modules, rec)
	w.modules[m] = len(w.out.Modules)
	return len(w.out.Modules)
}

// listedBefore gives what was listed when everything that the go command lists by was
// as it is now.
func (l *loader) listedBefore() ([]*packages.Package, bool) {
	if l.opt.Print == nil {
		return nil, false
	}
	store := l.store()
	defer store.Close()
	data, ok := store.Get(l.opt.Print.Listing)
	if !ok {
		return nil, false
	}
	rec, err := cache.Decode[packageGraph](data)
	if err != nil {
		return nil, false
	}
	return rec.packages()
}

// packages makes the graph again; false where it makes no sense, or files of a
// dependency are no longer there.
func (rec *packageGraph) packages() ([]*packages.Package, bool) {
	modules := make([]*packages.Module, len(rec.Modules)+1)
	for i, m := range rec.Modules {
		if m.Replace < 0 || m.Replace > i {
			return nil, false
		}
		modules[i+1] = &packages.Module{Path: m.Path, Version: m.Version, Dir: m.Dir, GoMod: m.GoMod, GoVersion: m.GoVersion,
			Main: m.Main, Indirect: m.Indirect, Replace: modules[m.Replace]}
	}
	all := make([]*packages.Package, len(rec.Packages))
	for i, p := range rec.Packages {
		if p.Module < 0 || p.Module >= len(modules) || len(p.Go) > 0 && !isFile(p.Go[0]) {
			return nil, false
		}
		all[i] = &packages.Package{ID: p.ID, Name: p.Name, PkgPath: p.Path, Dir: p.Dir, ForTest: p.ForTest, GoFiles: p.Go, OtherFiles: p.Other,
			IgnoredFiles: p.Ignored, EmbedFiles: p.Embedded, EmbedPatterns: p.EmbedPatterns, Module: modules[p.Module],
			Imports: make(map[string]*packages.Package, len(p.Imports))}
		for _, imported := range p.Imports {
			if imported.At < 0 || imported.At >= i {
				return nil, false
			}
			all[i].Imports[imported.As] = all[imported.At]
		}
	}
	roots := make([]*packages.Package, len(rec.Roots))
	for i, at := range rec.Roots {
		if at < 0 || at >= len(all) {
			return nil, false
		}
		roots[i] = all[at]
	}
	return roots, len(roots) > 0
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

var embedDirective = []byte("//go:embed")

// listedBy gives what of a Go file the go command looks at to list packages: all up to
// the last import, so that build constraints and the C code above import "C" are in,
// and lines that embed.
func listedBy(data []byte) []byte {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", data, parser.ImportsOnly|parser.SkipObjectResolution)
	if err != nil {
		return data
	}
	end := f.Name.End()
	if n := len(f.Decls); n > 0 {
		end = f.Decls[n-1].End()
	}
	rest := data[fset.Position(end).Offset:]
	by := bytes.Clone(data[:len(data)-len(rest)])
	if bytes.Contains(rest, embedDirective) {
		for line := range bytes.Lines(rest) {
			if bytes.Contains(line, embedDirective) {
				by = append(append(by, '\n'), line...)
			}
		}
	}
	return by
}
