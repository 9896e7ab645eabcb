package source

import (
	"bytes"
	"os"
	"slices"

	"golang.org/x/tools/go/packages"
)

// compileC lets the go command run cgo for the packages of the module that need it,
// and for no others: what it makes has the types of C. Where it cannot, without a C
// compiler, the files are read as they are, and what is of C has no type.
func (l *loader) compileC(pkgs []*packages.Package) {
	var users []*packages.Package
	var ids []string
	for _, pkg := range pkgs {
		if pkg.ForTest == "" && slices.ContainsFunc(pkg.GoFiles, importsC) {
			users, ids = append(users, pkg), append(ids, pkg.PkgPath)
		}
	}
	if len(ids) == 0 || l.ctx.Err() != nil {
		return
	}
	made := l.ask(packages.NeedName|packages.NeedFiles|packages.NeedCompiledGoFiles, ids)
	behind := l.ask(listMode, implied)
	for _, pkg := range users {
		m := made[pkg.PkgPath]
		if m == nil {
			continue
		}
		pkg.Errors = append(pkg.Errors, m.Errors...)
		if len(m.Errors) > 0 || len(m.CompiledGoFiles) == 0 {
			continue
		}
		pkg.CompiledGoFiles = m.CompiledGoFiles
		for path, imp := range behind {
			if pkg.Imports[path] == nil {
				pkg.Imports[path] = imp
			}
		}
	}
}

// implied are what the files that cgo makes import.
var implied = []string{"runtime/cgo", "syscall"}

// ask asks the go command about packages; what it does not know is not there.
func (l *loader) ask(mode packages.LoadMode, ids []string) map[string]*packages.Package {
	cfg := l.config()
	if l.change != nil {
		l.change(cfg)
	}
	cfg.Mode, cfg.Tests = mode, false
	pkgs, err := packages.Load(cfg, ids...)
	if err != nil {
		return nil
	}
	byPath := map[string]*packages.Package{}
	for _, pkg := range pkgs {
		byPath[pkg.PkgPath] = pkg
	}
	return byPath
}

// importsC tells whether the file seems to import "C". That one does not, but says
// so, costs a call of the go command.
func importsC(name string) bool {
	src, err := os.ReadFile(name)
	return err == nil && bytes.Contains(src, []byte(`"C"`))
}
