package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/tools/go/packages"
)

// root is the place to load from.
type root struct {
	dir    string // absolute; where go list runs
	shown  string // as the user wrote it
	modDir string // absolute; folder of go.mod
	path   string // of the module; of a workspace what its modules' paths share
	goVer  string
	// mods are the modules of a workspace that has none in its own folder, relative
	// to it: they are analysed as one.
	mods []string
}

// locate finds the module of opt.Dir, and refuses what is none.
func locate(opt Options) (root, error) {
	shown := opt.Dir
	if shown == "" {
		shown = "."
	}
	dir, err := filepath.Abs(shown)
	if err != nil {
		return root{}, fmt.Errorf("load %s: %w", shown, err)
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return root{}, fmt.Errorf("load %s: no such folder: give the folder of a Go module with -C", shown)
	case err != nil:
		return root{}, fmt.Errorf("load %s: %w", shown, err)
	case !info.IsDir():
		return root{}, fmt.Errorf("load %s: not a folder: give the folder of a Go module with -C", shown)
	}
	modDir := findUp(dir, "go.mod")
	if work, mods := workspace(dir); modDir == "" && work != "" {
		if len(mods) != 1 {
			return workspaceRoot(work, shown, mods)
		}
		dir = filepath.Join(work, filepath.FromSlash(mods[0]))
		modDir = findUp(dir, "go.mod")
	}
	if modDir == "" {
		return root{}, fmt.Errorf("load %s: no go.mod in it or above it: run it in a Go module (go mod init makes one)", shown)
	}
	r := root{dir: dir, shown: shown, modDir: modDir}
	if err := r.readMod(); err != nil {
		return root{}, err
	}
	return r, nil
}

// workspaceRoot takes the modules of a go.work together, as the go command does.
func workspaceRoot(work, shown string, mods []string) (root, error) {
	if len(mods) == 0 {
		return root{}, fmt.Errorf("load %s: its go.work uses no module: add one: go work use DIR", shown)
	}
	r := root{dir: work, shown: shown, modDir: work, mods: mods}
	for i, mod := range mods {
		one := root{shown: shown, modDir: filepath.Join(work, filepath.FromSlash(mod))}
		if err := one.readMod(); err != nil {
			return root{}, err
		}
		if i == 0 {
			r.path = one.path
		}
		r.path, r.goVer = sharedPath(r.path, one.path), one.goVer
	}
	if r.path == "" {
		return root{}, fmt.Errorf("load %s: the modules of its go.work (%s) have no path in common: analyse one of them: -C %s",
			shown, strings.Join(mods, ", "), mods[0])
	}
	return r, nil
}

// sharedPath is the longest path that both lie in.
func sharedPath(a, b string) string {
	for a != b && !strings.HasPrefix(b, a+"/") {
		i := strings.LastIndexByte(a, '/')
		if i < 0 {
			return ""
		}
		a = a[:i]
	}
	return a
}

func (r *root) readMod() error {
	file := filepath.Join(r.modDir, "go.mod")
	data, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("load %s: %w", r.shown, err)
	}
	// Lax: only what ficus needs; the go command judges the rest.
	mod, err := modfile.ParseLax("go.mod", data, nil)
	if err != nil {
		return fmt.Errorf("load %s: %w", r.shown, err)
	}
	if mod.Module == nil {
		return fmt.Errorf("load %s: go.mod has no module line: add one: module example.com/name", r.shown)
	}
	r.path = mod.Module.Mod.Path
	if mod.Go != nil {
		r.goVer = mod.Go.Version
	}
	return nil
}

// module describes the module; its folder as the go command spells it, so that
// positions are relative to it also through symbolic links.
func (r *root) module(pkgs []*packages.Package) Module {
	m := Module{Path: r.path, GoVersion: r.goVer, Dir: r.modDir}
	for _, p := range pkgs {
		if p.Module != nil && p.Module.Path == r.path && p.Module.Dir != "" {
			m.Dir = p.Module.Dir
			break
		}
	}
	return m
}

// findUp gives the folder at or above dir that has the file, or "".
func findUp(dir, name string) string {
	for {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && !info.IsDir() {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

// workspace reads the go.work at or above dir: its folder and the modules used,
// relative to it.
func workspace(dir string) (string, []string) {
	at := findUp(dir, "go.work")
	if at == "" {
		return "", nil
	}
	data, err := os.ReadFile(filepath.Join(at, "go.work"))
	if err != nil {
		return "", nil
	}
	work, err := modfile.ParseWork("go.work", data, nil)
	if err != nil {
		return "", nil
	}
	var mods []string
	for _, u := range work.Use {
		mods = append(mods, filepath.ToSlash(filepath.Clean(filepath.FromSlash(u.Path))))
	}
	sort.Strings(mods)
	return at, mods
}

// walk lists the .sql files of the module and the modules nested in it.
func (l *loader) walk(p *Program) {
	_ = filepath.WalkDir(p.Module.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // an unreadable folder: nothing of it is loaded either
		}
		if l.ctx.Err() != nil {
			return fs.SkipAll
		}
		if d.IsDir() {
			return l.enter(p, path, d.Name())
		}
		if strings.EqualFold(filepath.Ext(path), ".sql") {
			p.SQLFiles = append(p.SQLFiles, p.RelFile(path))
		}
		return nil
	})
	sort.Strings(p.SQLFiles)
}

func (l *loader) enter(p *Program, path, name string) error {
	if path == p.Module.Dir {
		return nil
	}
	switch {
	case name == "vendor", name == "testdata", name == "node_modules",
		strings.HasPrefix(name, "."), strings.HasPrefix(name, "_"):
		return fs.SkipDir
	}
	rel := p.RelFile(path)
	if slices.Contains(l.root.mods, rel) {
		return nil
	}
	if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil {
		l.report(Problem{Code: "nested-module", File: rel + "/go.mod",
			Message: "left out " + rel + ": a module of its own",
			Cure:    "analyse it separately: ficus analyze -C " + rel})
		return fs.SkipDir
	}
	return nil
}

// ModuleRoot is the folder with the go.mod of dir (default the current folder) or above
// it; dir itself when there is none: loading then says so.
func ModuleRoot(dir string) string {
	at, err := filepath.Abs(dir)
	if err != nil {
		return dir
	}
	if found := findUp(at, "go.mod"); found != "" {
		return found
	}
	return dir
}
