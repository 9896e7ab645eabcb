package source

import (
	"cmp"
	"context"
	"fmt"
	"go/token"
	"maps"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/packages"

	"github.com/ficus-dev/ficus/analyze/cache"
)

// Listing is a key of what the go command says that there is: the packages, those of
// dependencies too, their files, modules and versions, and why any cannot be had. It
// tells what a Fingerprint cannot see: whether a dependency that was missing is there
// now. Where both are equal, Load gives the same, but for what cgo says. It runs go
// list, which may download, and reads no source.
func Listing(ctx context.Context, opt Options) (cache.Key, error) {
	root, err := locate(opt)
	if err != nil {
		return cache.Key{}, err
	}
	l := &loader{ctx: ctx, opt: opt, root: root, fset: token.NewFileSet()}
	defer l.close()
	if err := l.aside(); err != nil {
		return cache.Key{}, err
	}
	pkgs, err := l.list()
	if err != nil {
		return cache.Key{}, err
	}
	return l.listing(pkgs), nil
}

// listing is the key of what was listed, and of what was tried for it.
func (l *loader) listing(pkgs []*packages.Package) cache.Key {
	h := cache.NewHash("listing 1")
	for _, p := range l.problems {
		h.Text(p.Code, p.Message)
	}
	var all []*packages.Package
	packages.Visit(pkgs, nil, func(pkg *packages.Package) { all = append(all, pkg) })
	slices.SortFunc(all, func(a, b *packages.Package) int { return cmp.Compare(a.ID, b.ID) })
	for _, pkg := range all {
		h.Text(pkg.ID, pkg.PkgPath, pkg.Name, moduleOf(pkg))
		h.Text(fmt.Sprint(len(pkg.GoFiles), len(pkg.OtherFiles), len(pkg.Errors), len(pkg.Imports)))
		for _, file := range slices.Concat(pkg.GoFiles, pkg.OtherFiles) {
			h.Text(filepath.Base(file))
		}
		for _, e := range pkg.Errors {
			h.Text(e.Pos, e.Msg)
		}
		for _, path := range slices.Sorted(maps.Keys(pkg.Imports)) {
			h.Text(path, pkg.Imports[path].ID)
		}
	}
	return h.Sum()
}

// moduleOf names the module that a package's files are of, and its version.
func moduleOf(pkg *packages.Package) string {
	m := pkg.Module
	if m == nil {
		return ""
	}
	name := m.Path + "@" + m.Version + " " + m.GoVersion
	if r := m.Replace; r != nil {
		name += " => " + r.Path + "@" + r.Version
	}
	return name
}
