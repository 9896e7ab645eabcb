package source

import (
	"context"
	"fmt"
	"go/token"
	"go/types"
	"sort"
	"strings"
	"sync"

	"golang.org/x/tools/go/packages"

	"github.com/ficus-dev/ficus/analyze/cache"
)

// Options say what to load.
type Options struct {
	// Dir is the module's folder or one below it; default the current folder.
	Dir string
	// Patterns are go list patterns relative to Dir; default ./...
	Patterns []string
	// Tags are build tags.
	Tags []string
	// Tests also loads test files, into Program.Tests.
	Tests bool
	// Progress is told what is being done; nil: nobody.
	Progress func(string)
	// Env is the environment of the go command; nil: the process's.
	Env []string
	// SkipBodies leaves out the bodies of generated files that hold nothing but what
	// follows from other files: messages, mocks, copies. Their declarations stay.
	SkipBodies bool
	// Cache keeps the types of dependencies; nil: the user's (cache.Default). It
	// changes what a load costs, never what it gives.
	Cache *cache.Cache
	// Print is what Fingerprint gave for these options just before, or nil. With it Load
	// takes what the go command lists from Cache, where it listed the same before.
	Print *Print
	// Fresh keeps and takes nothing: dependencies are read from source.
	Fresh bool
}

// Load loads the module that Dir belongs to. What it cannot read it lists in
// Program.Problems; it fails only when there is nothing to analyse, or ctx ends.
func Load(ctx context.Context, opt Options) (*Program, error) {
	root, err := locate(opt)
	if err != nil {
		return nil, err
	}
	l := &loader{ctx: ctx, opt: opt, root: root, fset: token.NewFileSet()}
	defer l.close()
	if err := l.aside(); err != nil {
		return nil, err
	}
	pkgs, found := l.listedBefore()
	if !found {
		l.progress("listing packages")
		if pkgs, err = l.list(); err != nil {
			return nil, err
		}
	}
	listing := l.listing(pkgs)
	var kept Listed
	if !found {
		kept = l.keepable(pkgs)
	}
	if err := l.typeCheck(pkgs); err != nil {
		return nil, err
	}
	p, err := l.program(pkgs)
	if err != nil {
		return nil, err
	}
	p.Listing, p.Listed = listing, kept
	l.progress(fmt.Sprintf("building SSA of %d packages", len(p.Packages)))
	if err := l.buildSSA(p); err != nil {
		return nil, err
	}
	l.walk(p)
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("load %s: %w", root.shown, err)
	}
	p.Problems = sortProblems(append(p.Problems, l.problems...))
	return p, nil
}

// typeCheck gives the packages their syntax and types.
func (l *loader) typeCheck(pkgs []*packages.Package) error {
	env := l.toolchain()
	l.compileC(pkgs)
	own, direct := split(pkgs)
	l.progress(fmt.Sprintf("reading the types of %d dependencies", len(direct)))
	deps := l.dependencies(direct, env)
	l.progress(fmt.Sprintf("type-checking %d packages", len(own)))
	c := &checker{l: l, env: env, deps: deps, roots: set(pkgs)}
	c.check(own)
	l.foreign = deps.sorted()
	if err := l.ctx.Err(); err != nil {
		return fmt.Errorf("load %s: %w", l.root.shown, err)
	}
	return nil
}

// loader holds what one Load gathers.
type loader struct {
	ctx      context.Context
	opt      Options
	root     root
	fset     *token.FileSet
	modFile  string                 // in the place of go.mod, or ""
	stubs    string                 // folder of what replaces modules that cannot be read, or ""
	change   func(*packages.Config) // what made go list work, or nil
	foreign  []*types.Package       // of dependencies, sorted by path
	problems []Problem

	mu      sync.Mutex
	skipped map[string]bool // files whose bodies were not read
}

func (l *loader) progress(msg string) {
	if l.opt.Progress != nil {
		l.opt.Progress(msg)
	}
}

func (l *loader) report(p Problem) { l.problems = append(l.problems, p) }

// program sorts what was loaded into the module's packages, tests and problems.
func (l *loader) program(pkgs []*packages.Package) (*Program, error) {
	p := &Program{Module: l.root.module(pkgs), Fset: l.fset, files: map[string]*File{}}
	for _, pkg := range pkgs {
		switch {
		case strings.HasSuffix(pkg.ID, ".test"):
		case pkg.ForTest != "" || strings.HasSuffix(pkg.PkgPath, "_test"):
			p.Tests = append(p.Tests, pkg)
		case own(pkg):
			p.Own = append(p.Own, pkg)
		case len(pkg.Syntax) > 0 || len(pkg.GoFiles) > 0 || len(pkg.Errors) > 0:
			p.Packages = append(p.Packages, pkg)
		}
	}
	byPath := func(list []*packages.Package) func(i, j int) bool {
		return func(i, j int) bool { return list[i].ID < list[j].ID }
	}
	sort.Slice(p.Packages, byPath(p.Packages))
	sort.Slice(p.Own, byPath(p.Own))
	sort.Slice(p.Tests, byPath(p.Tests))
	if len(p.Packages) == 0 {
		return nil, fmt.Errorf("load %s: no Go packages match %s: check the patterns and the build tags (--tags)",
			l.root.shown, strings.Join(l.patterns(), " "))
	}
	l.addFiles(p)
	l.packageProblems(p)
	return p, nil
}
