package source

import (
	"fmt"
	"go/ast"
	"go/types"
	"sort"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"
)

// buildSSA builds the SSA form of every package of p. A package whose building
// panics is left out and the program is built again without it: functions that it
// shares with others (instances, wrappers) would stay half built.
func (l *loader) buildSSA(p *Program) error {
	left := map[*packages.Package]string{}
	whole := map[*packages.Package]bool{}
	for {
		c := &creator{p: p, foreign: l.foreign, left: left, whole: whole}
		prog, pkgs := c.create()
		culprit, reason := l.buildAll(p, pkgs)
		c.restore()
		if err := l.ctx.Err(); err != nil {
			return fmt.Errorf("build SSA: %w", err)
		}
		if culprit == nil {
			p.Prog, p.SSA, p.Unbuilt = prog, pkgs, c.unbuilt()
			break
		}
		if culprit.IllTyped && !whole[culprit] {
			whole[culprit] = true
			continue
		}
		left[culprit] = reason
	}
	for _, pkg := range p.Packages {
		if reason, ok := left[pkg]; ok {
			l.report(Problem{Code: "ssa", Package: pkg.PkgPath,
				Message: "cannot build SSA, only declarations and direct calls are read: " + oneLine(reason),
				Cure:    "make the package compile: go build " + pkg.PkgPath})
		}
	}
	return nil
}

// buildAll builds one package after the other and names the first that panics.
func (l *loader) buildAll(p *Program, pkgs []*ssa.Package) (*packages.Package, string) {
	for i, pkg := range pkgs {
		if l.ctx.Err() != nil {
			return nil, ""
		}
		if pkg == nil {
			continue
		}
		if reason := buildOne(pkg); reason != "" {
			return p.Packages[i], reason
		}
	}
	return nil, ""
}

func buildOne(pkg *ssa.Package) (reason string) {
	defer func() {
		if r := recover(); r != nil {
			reason = fmt.Sprint(r)
		}
	}()
	pkg.Build()
	return ""
}

// creator declares all packages: the module's with syntax, the others without.
type creator struct {
	p       *Program
	foreign []*types.Package
	left    map[*packages.Package]string
	whole   map[*packages.Package]bool
	pruners []*pruner
}

func (c *creator) restore() {
	for _, p := range c.pruners {
		p.restore()
	}
}

// unbuilt gives the code that has no SSA form, sorted, without nested ranges.
func (c *creator) unbuilt() []Range {
	var all []Range
	for _, p := range c.pruners {
		all = append(all, p.unbuilt...)
	}
	for pkg := range c.left {
		for _, f := range pkg.Syntax {
			all = append(all, Range{f.FileStart, f.FileEnd})
		}
	}
	sort.Slice(all, func(i, j int) bool {
		if all[i].From != all[j].From {
			return all[i].From < all[j].From
		}
		return all[i].To > all[j].To
	})
	var out []Range
	for _, r := range all {
		if n := len(out); n == 0 || r.From >= out[n-1].To {
			out = append(out, r)
		}
	}
	return out
}

func (c *creator) create() (*ssa.Program, []*ssa.Package) {
	p := c.p
	prog := ssa.NewProgram(p.Fset, ssa.InstantiateGenerics)
	created := map[*types.Package]*ssa.Package{}
	own := map[*packages.Package]bool{}
	pkgs := make([]*ssa.Package, len(p.Packages))
	for i, pkg := range p.Packages {
		own[pkg] = true
		if pkg.Types == nil || pkg.TypesInfo == nil || created[pkg.Types] != nil {
			continue
		}
		if _, bad := c.left[pkg]; bad {
			created[pkg.Types] = prog.CreatePackage(pkg.Types, nil, nil, true)
			continue
		}
		files, info := c.wellTyped(pkg)
		pkgs[i] = prog.CreatePackage(pkg.Types, files, info, true)
		created[pkg.Types] = pkgs[i]
	}
	packages.Visit(p.Packages, nil, func(pkg *packages.Package) {
		if !own[pkg] && pkg.Types != nil && created[pkg.Types] == nil {
			created[pkg.Types] = prog.CreatePackage(pkg.Types, nil, nil, true)
		}
	})
	for _, pkg := range c.foreign { // those too that only dependencies import
		if created[pkg] == nil {
			created[pkg] = prog.CreatePackage(pkg, nil, nil, true)
		}
	}
	for _, pkg := range p.Packages {
		if pkg.Types == nil {
			continue
		}
		for _, imp := range pkg.Types.Imports() { // packages that could not be imported
			if created[imp] == nil {
				created[imp] = prog.CreatePackage(imp, nil, nil, true)
			}
		}
	}
	return prog, pkgs
}

// wellTyped gives the package's files and info; of a package with errors, its own
// or its dependencies', without what is not typed throughout.
func (c *creator) wellTyped(pkg *packages.Package) ([]*ast.File, *types.Info) {
	if !pkg.IllTyped {
		return pkg.Syntax, pkg.TypesInfo
	}
	p := newPruner(pkg, c.whole[pkg])
	c.pruners = append(c.pruners, p)
	return p.files(pkg)
}
