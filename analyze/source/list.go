package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"

	"golang.org/x/tools/go/packages"
)

// listMode asks for what there is and what imports what, and for no types: they
// would make the go command compile all dependencies.
const listMode = packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps |
	packages.NeedModule | packages.NeedEmbedFiles | packages.NeedEmbedPatterns | packages.NeedForTest

// list runs go list, with ways round what commonly defeats it.
func (l *loader) list() ([]*packages.Package, error) {
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
		l.change = way.change
		first := err
		pkgs, err = packages.Load(cfg, l.patterns()...)
		if err == nil {
			err = wholeFailure(pkgs)
		}
		if err == nil {
			l.report(Problem{Code: way.code, Message: way.message + ": " + l.goMessage(first), Cure: way.cure})
		}
	}
	if l.ctx.Err() == nil {
		pkgs, err = l.withSums(pkgs, err)
	}
	if err != nil && l.ctx.Err() == nil {
		pkgs, err = l.withoutUnreadable(err)
	}
	if ctxErr := l.ctx.Err(); ctxErr != nil {
		return nil, fmt.Errorf("load %s: %w", l.root.shown, ctxErr)
	}
	if err != nil {
		return nil, fmt.Errorf("load %s: %s", l.root.shown, l.goMessage(err))
	}
	return pkgs, nil
}

// downloading is what the go command says while it works.
var downloading = regexp.MustCompile(`(?m)^go: (?:downloading|finding|extracting) .*\n?`)

// goMessage takes from an error of the go command what it said, without the folder
// that is known.
func (l *loader) goMessage(err error) string {
	msg := downloading.ReplaceAllString(afterStderr(err.Error()), "")
	msg = strings.TrimPrefix(strings.TrimSpace(msg), "go: ")
	msg = oneLine(strings.ReplaceAll(msg, l.root.dir, "."))
	if strings.Contains(msg, "requires go >=") {
		msg += ": install that version of Go, or let the go command fetch it with GOTOOLCHAIN=auto"
	}
	return msg
}

func (l *loader) config() *packages.Config {
	cfg := &packages.Config{
		Mode: listMode, Context: l.ctx, Dir: l.root.dir, Env: l.environ(),
		Fset: l.fset, Tests: l.opt.Tests,
	}
	if l.modFile != "" {
		cfg.BuildFlags = append(cfg.BuildFlags, "-modfile="+l.modFile)
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

// environ is the environment of the go command.
func (l *loader) environ() []string {
	if l.opt.Env != nil {
		return append([]string{}, l.opt.Env...)
	}
	return os.Environ()
}

// aside lets the go command write to a copy of go.mod and go.sum, where GOFLAGS let
// it write: reading a module must not change it.
func (l *loader) aside() error {
	if vars, err := goEnv(l.ctx, l.root.dir, l.opt.Env); err != nil || !strings.Contains(vars["GOFLAGS"], "-mod=mod") || workFile(vars) != "" {
		return nil // the go command will say what is wrong
	}
	return l.copyMod()
}

// copyMod has the go command work on a copy of go.mod and go.sum. Closing the loader
// removes it.
func (l *loader) copyMod() error {
	dir, err := os.MkdirTemp("", "ficus-mod-")
	if err != nil {
		return fmt.Errorf("load %s: copy go.mod: %w", l.root.shown, err)
	}
	l.stubs = dir
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join(l.root.modDir, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), data, 0o600)
		}
		if err != nil {
			return fmt.Errorf("load %s: copy %s: %w", l.root.shown, name, err)
		}
	}
	l.modFile = filepath.Join(dir, "go.mod")
	return nil
}
