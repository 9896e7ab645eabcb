package analyze

import (
	"cmp"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/source"
)

// newModel takes over what was read, before anything is proposed.
func newModel(p *source.Program, f *facts.Facts) *model.Model {
	m := &model.Model{
		Version:    model.Version,
		Module:     model.Module{Path: p.Module.Path, GoVersion: p.Module.GoVersion},
		Packages:   packagesOf(p),
		Atoms:      atomsOf(f),
		Problems:   []model.Problem{},
		Unresolved: append([]model.Problem{}, f.Unresolved...),
	}
	for _, pr := range p.Problems {
		m.Problems = append(m.Problems, model.Problem{Code: pr.Code, File: pr.File, Line: pr.Line, Package: pr.Package, Message: pr.Message, Cure: pr.Cure})
	}
	m.Stats = model.Stats{Packages: len(m.Packages), CallGraph: f.CallGraph}
	for _, pkg := range m.Packages {
		m.Stats.Lines += pkg.Lines
	}
	return m
}

func packagesOf(p *source.Program) []model.Package {
	lines, generated := map[string]int{}, map[string]int{}
	for _, f := range p.Files {
		if f.Test {
			continue
		}
		lines[f.Package] += f.Lines
		if f.Generated {
			generated[f.Package] += f.Lines
		}
	}
	out := make([]model.Package, 0, len(p.Packages))
	for _, pkg := range p.Packages {
		mp := model.Package{Path: pkg.PkgPath, Name: pkg.Name, Dir: dirOf(p, pkg),
			Lines: lines[pkg.PkgPath], Generated: generated[pkg.PkgPath], Broken: p.Broken(pkg.PkgPath)}
		for path := range pkg.Imports {
			if p.Package(path) != nil {
				mp.Imports = append(mp.Imports, path)
			}
		}
		slices.Sort(mp.Imports)
		if len(pkg.GoFiles) > 0 {
			mp.TestImports = testImports(filepath.Dir(pkg.GoFiles[0]), func(path string) bool { return path != pkg.PkgPath && p.Package(path) != nil })
		}
		out = append(out, mp)
	}
	for _, pkg := range p.Own { // without imports: they hold nothing of the monolith together
		out = append(out, model.Package{Path: pkg.PkgPath, Name: pkg.Name, Dir: dirOf(p, pkg),
			Lines: lines[pkg.PkgPath], Generated: lines[pkg.PkgPath]})
	}
	slices.SortFunc(out, func(a, b model.Package) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

// dirOf is the folder of a package relative to the module.
func dirOf(p *source.Program, pkg *packages.Package) string {
	if len(pkg.GoFiles) > 0 {
		return path.Dir(p.RelFile(pkg.GoFiles[0]))
	}
	return cmp.Or(strings.TrimPrefix(strings.TrimPrefix(pkg.PkgPath, p.Module.Path), "/"), ".")
}

// elsewhere sums up the methods of a type that stand in other files than the type.
func elsewhere(d facts.Decl) []model.Extent {
	var out []model.Extent
	for _, b := range d.Bodies {
		if b.File == d.File {
			continue
		}
		at, found := slices.BinarySearchFunc(out, b.File, func(e model.Extent, file string) int { return cmp.Compare(e.File, file) })
		if !found {
			out = slices.Insert(out, at, model.Extent{File: b.File})
		}
		out[at].Lines += b.Lines
	}
	return out
}

// atomsOf lists declarations, tables and routes by ID.
func atomsOf(f *facts.Facts) []model.Atom {
	out := make([]model.Atom, 0, len(f.Decls))
	for _, d := range f.Decls {
		d.Atom.Elsewhere = elsewhere(d)
		out = append(out, d.Atom)
	}
	for _, name := range coupling.TableNames(f) {
		out = append(out, model.Atom{ID: model.TableID(name), Kind: model.KindTable, Name: name})
	}
	for _, r := range f.Routes {
		id := model.RouteID(r.Method, r.Host, r.Pattern)
		out = append(out, model.Atom{ID: id, Kind: model.KindRoute, Name: strings.TrimPrefix(id, "route:"), File: r.Evidence.File, Line: r.Evidence.Line})
	}
	slices.SortStableFunc(out, func(a, b model.Atom) int { return cmp.Compare(a.ID, b.ID) })
	return slices.CompactFunc(out, func(a, b model.Atom) bool { return a.ID == b.ID })
}
