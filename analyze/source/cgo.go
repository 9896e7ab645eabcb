package source

import (
	"bytes"
	"errors"
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
		if !ran(m) {
			l.withoutC(pkg, m)
			continue
		}
		pkg.Errors = append(pkg.Errors, m.Errors...)
		pkg.CompiledGoFiles = m.CompiledGoFiles
		for path, imp := range behind {
			if pkg.Imports[path] == nil {
				pkg.Imports[path] = imp
			}
		}
	}
}

// ran tells whether cgo has made files: they are in the place of those it read.
func ran(pkg *packages.Package) bool {
	return slices.ContainsFunc(pkg.CompiledGoFiles, func(name string) bool { return !slices.Contains(pkg.GoFiles, name) })
}

// withoutC says that a package is read without the types of C.
func (l *loader) withoutC(pkg, m *packages.Package) {
	why := "cgo did not run"
	for _, e := range m.Errors {
		why = l.goMessage(errors.New(e.Msg))
	}
	l.report(Problem{Code: "load", Package: pkg.PkgPath, Message: "cannot read the types of C: " + why,
		Cure: "install a C compiler, or analyse with CGO_ENABLED=0"})
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
