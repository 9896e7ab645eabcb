package source

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"golang.org/x/tools/go/packages"
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
}

// loadMode asks for syntax and types of the matched packages and no more of their
// dependencies than export data.
const loadMode = packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles |
	packages.NeedImports | packages.NeedTypes | packages.NeedTypesSizes | packages.NeedSyntax |
	packages.NeedTypesInfo | packages.NeedModule | packages.NeedEmbedFiles |
	packages.NeedEmbedPatterns | packages.NeedForTest

// Load loads the module that Dir belongs to. What it cannot read it lists in
// Program.Problems; it fails only when there is nothing to analyse, or ctx ends.
func Load(ctx context.Context, opt Options) (*Program, error) {
	root, err := locate(opt)
	if err != nil {
		return nil, err
	}
	l := &loader{ctx: ctx, opt: opt, root: root, fset: token.NewFileSet()}
	l.progress("loading packages (the first run compiles the dependencies)")
	pkgs, err := l.load()
	if err != nil {
		return nil, err
	}
	p, err := l.program(pkgs)
	if err != nil {
		return nil, err
	}
	l.progress(fmt.Sprintf("building SSA of %d packages", len(p.Packages)))
	if err := l.buildSSA(p); err != nil {
		return nil, err
	}
	l.walk(p)
	p.Problems = sortProblems(append(p.Problems, l.problems...))
	return p, nil
}

// loader holds what one Load gathers.
type loader struct {
	ctx      context.Context
	opt      Options
	root     root
	fset     *token.FileSet
	problems []Problem
}

func (l *loader) progress(msg string) {
	if l.opt.Progress != nil {
		l.opt.Progress(msg)
	}
}

func (l *loader) report(p Problem) { l.problems = append(l.problems, p) }

// load runs go list, with ways round what commonly defeats it.
func (l *loader) load() ([]*packages.Package, error) {
	cfg := l.config()
	pkgs, err := packages.Load(cfg, l.patterns()...)
	if err == nil {
		err = wholeFailure(pkgs)
	}
	for _, way := range l.waysRound() {
		if err == nil || l.ctx.Err() != nil {
			break
		}
		if !way.applies(err) {
			continue
		}
		cfg = l.config()
		way.change(cfg)
		first := err
		pkgs, err = packages.Load(cfg, l.patterns()...)
		if err == nil {
			err = wholeFailure(pkgs)
		}
		if err == nil {
			l.report(Problem{Code: way.code, Message: way.message + ": " + l.goMessage(first), Cure: way.cure})
		}
	}
	if ctxErr := l.ctx.Err(); ctxErr != nil {
		return nil, fmt.Errorf("load %s: %w", l.root.shown, ctxErr)
	}
	if err != nil {
		return nil, fmt.Errorf("load %s: %s", l.root.shown, l.goMessage(err))
	}
	return pkgs, nil
}

// goMessage takes from an error of the go command what it said, without the folder
// that is known.
func (l *loader) goMessage(err error) string {
	msg := err.Error()
	if i := strings.Index(msg, "stderr: "); i >= 0 {
		msg = msg[i+len("stderr: "):]
	}
	msg = strings.TrimPrefix(strings.TrimSpace(msg), "go: ")
	msg = oneLine(strings.ReplaceAll(msg, l.root.dir, "."))
	if strings.Contains(msg, "requires go >=") {
		msg += ": install that version of Go, or let the go command fetch it with GOTOOLCHAIN=auto"
	}
	return msg
}

func (l *loader) config() *packages.Config {
	env := l.opt.Env
	if env == nil {
		env = os.Environ()
	}
	cfg := &packages.Config{
		Mode: loadMode, Context: l.ctx, Dir: l.root.dir, Env: append([]string{}, env...),
		Fset: l.fset, Tests: l.opt.Tests,
		ParseFile: func(fset *token.FileSet, name string, src []byte) (*ast.File, error) {
			if err := l.ctx.Err(); err != nil {
				return nil, err // so that cancelling does not wait for the type checker
			}
			return parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution|parser.AllErrors)
		},
	}
	if len(l.opt.Tags) > 0 {
		cfg.BuildFlags = append(cfg.BuildFlags, "-tags="+strings.Join(l.opt.Tags, ","))
	}
	return cfg
}

func (l *loader) patterns() []string {
	switch {
	case len(l.opt.Patterns) > 0:
		return l.opt.Patterns
	case len(l.root.mods) > 0: // ./... does not reach into the modules of a workspace
		var all []string
		for _, mod := range l.root.mods {
			all = append(all, "./"+mod+"/...")
		}
		return all
	}
	return []string{"./..."}
}

// wayRound is a second try under other conditions, told to the user.
type wayRound struct {
	code, message, cure string
	applies             func(error) bool
	change              func(*packages.Config)
}

func (l *loader) waysRound() []wayRound {
	says := func(words ...string) func(error) bool {
		return func(err error) bool {
			for _, w := range words {
				if strings.Contains(err.Error(), w) {
					return true
				}
			}
			return false
		}
	}
	return []wayRound{{
		code:    "workspace",
		message: "ignored go.work, it does not contain this module",
		cure:    "go work use .",
		applies: says("not one of the workspace modules", "go.work", "modules listed in go.work"),
		change:  func(c *packages.Config) { c.Env = append(c.Env, "GOWORK=off") },
	}, {
		code:    "vendor",
		message: "ignored the vendor folder, it does not match go.mod",
		cure:    "go mod vendor",
		applies: says("inconsistent vendoring", "-mod=vendor"),
		change:  func(c *packages.Config) { c.BuildFlags = append(c.BuildFlags, "-mod=readonly") },
	}}
}

// wholeFailure recognises the error that go list reports in the place of all
// packages.
func wholeFailure(pkgs []*packages.Package) error {
	var errs []string
	for _, p := range pkgs {
		if len(p.GoFiles)+len(p.CompiledGoFiles)+len(p.IgnoredFiles)+len(p.OtherFiles) > 0 || len(p.Errors) == 0 {
			return nil
		}
		for _, e := range p.Errors {
			errs = append(errs, e.Msg)
		}
	}
	if len(errs) == 0 {
		return nil
	}
	sort.Strings(errs)
	return errors.New(strings.Join(errs, "\n"))
}

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

func (l *loader) addFiles(p *Program) {
	seen := map[string]bool{}
	add := func(pkg *packages.Package) {
		for _, f := range pkg.Syntax {
			tf := l.fset.File(f.FileStart)
			if tf == nil {
				continue
			}
			name := l.fset.Position(f.Package).Filename
			rel := p.RelFile(name)
			if seen[rel] || !p.inModule(name) { // what cgo makes is in the build cache
				continue
			}
			seen[rel] = true
			p.Files = append(p.Files, File{
				Path: rel, Package: pkg.PkgPath, Lines: lineCount(l.fset, tf, f),
				Generated: isGenerated(name, tf, f), Test: strings.HasSuffix(rel, "_test.go"),
			})
		}
	}
	for _, pkg := range slices.Concat(p.Packages, p.Own, p.Tests) {
		add(pkg)
	}
	sort.Slice(p.Files, func(i, j int) bool { return p.Files[i].Path < p.Files[j].Path })
	for i := range p.Files {
		p.files[p.Files[i].Path] = &p.Files[i]
	}
}

// own tells whether ficus generated the package: the new side of a boundary, which
// would be proposed as a service when taken for the monolith's. All its files are
// generated; of a service's main, one is the team's.
func own(pkg *packages.Package) bool {
	written := func(f *ast.File) bool { return !ast.IsGenerated(f) }
	return slices.ContainsFunc(pkg.Syntax, ByFicus) && (pkg.Name == "main" || !slices.ContainsFunc(pkg.Syntax, written))
}

// ByFicus tells whether ficus generated the file.
func ByFicus(f *ast.File) bool {
	for _, group := range f.Comments {
		if group.Pos() > f.Package {
			break
		}
		for _, line := range group.List {
			if strings.HasPrefix(line.Text, "// Code generated by ficus.") {
				return true
			}
		}
	}
	return false
}

// isGenerated tells whether the file as written says that it is generated: what cgo
// rewrites says so always.
func isGenerated(name string, tf *token.File, f *ast.File) bool {
	if filepath.Clean(tf.Name()) == filepath.Clean(name) || !ast.IsGenerated(f) {
		return ast.IsGenerated(f)
	}
	written, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.PackageClauseOnly|parser.ParseComments)
	return err == nil && ast.IsGenerated(written)
}

// lineCount counts the lines of the file as written: files that cgo rewrote give
// the last line that they map back to.
func lineCount(fset *token.FileSet, tf *token.File, f *ast.File) int {
	if filepath.Base(tf.Name()) == filepath.Base(fset.Position(f.Package).Filename) {
		n := tf.LineCount()
		if n > 1 && int(tf.LineStart(n))-tf.Base() >= tf.Size() {
			n-- // the final newline starts no line
		}
		return n
	}
	return fset.Position(f.FileEnd - 1).Line
}
