package source

import (
	"go/token"
	"path/filepath"
	"sort"
	"strings"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/cache"
)

// Program is one loaded module.
type Program struct {
	Module Module
	// Packages are the module's packages that match the patterns, sorted by path,
	// without test variants. Syntax and types are from source.
	Packages []*packages.Package
	// Own are the module's packages that ficus generated, sorted by path: the new
	// side of boundaries that were cut before, no part of what is to be cut.
	Own []*packages.Package
	// SSA holds for each of Packages its SSA form; nil where none could be built.
	SSA []*ssa.Package
	// Prog is the SSA program of all of them, dependencies without bodies.
	Prog *ssa.Program
	// Unbuilt is the code that has no SSA form since something in it has no type,
	// sorted by position: statements, function bodies, initialisers, whole files.
	Unbuilt []Range
	Fset    *token.FileSet
	// Files are the Go files of Packages, Own and Tests, sorted by path.
	Files []File
	// SQLFiles are the .sql files under the module's folder, relative to it,
	// sorted; those in vendor, testdata, node_modules, hidden folders and nested
	// modules are left out.
	SQLFiles []string
	// Tests are the packages of test files, if Options.Tests asked for them: the
	// test variants of Packages and the external test packages. They have syntax
	// and types but no SSA form.
	Tests []*packages.Package
	// Problems lists all that could not be read and all that was left out.
	Problems []Problem
	// Listing is what the function Listing gave when the program was loaded.
	Listing cache.Key
	// Listed is what the go command was asked for; nothing where it was known.
	Listed Listed

	files map[string]*File
}

// Range is a piece of source.
type Range struct{ From, To token.Pos }

// HasSSA tells whether the code at a position has an SSA form.
func (p *Program) HasSSA(pos token.Pos) bool {
	i := sort.Search(len(p.Unbuilt), func(i int) bool { return p.Unbuilt[i].To > pos })
	return i == len(p.Unbuilt) || pos < p.Unbuilt[i].From
}

// Module is the loaded Go module.
type Module struct {
	Path      string
	GoVersion string // of the go directive, may be empty
	Dir       string // absolute
}

// File is one Go file of the module.
type File struct {
	Path      string // relative to the module, with forward slashes
	Package   string // import path
	Lines     int
	Generated bool // carries the "Code generated … DO NOT EDIT." comment
	Test      bool
	// Declared tells that the bodies of its functions were not read: nothing but
	// declarations is in the program (Options.SkipBodies).
	Declared bool
}

// Problem is something that could not be read, or was left out.
type Problem struct {
	// Code is stable: load, parse, type, dependency, ssa, nested-module,
	// build-constraint, workspace, vendor, sql-file.
	Code    string
	File    string // relative to the module; empty when there is none
	Line    int
	Column  int
	Package string // import path, if known
	Message string
	Cure    string
}

// Rel gives a position as file relative to the module with forward slashes, line
// and column. A position outside the module has the file's base name; an
// unknown position gives "", 0, 0.
func (p *Program) Rel(pos token.Pos) (file string, line, col int) {
	if !pos.IsValid() {
		return "", 0, 0
	}
	at := p.Fset.Position(pos)
	return p.RelFile(at.Filename), at.Line, at.Column
}

// RelFile gives an absolute file name relative to the module, with forward
// slashes; the base name for files outside of it.
func (p *Program) RelFile(name string) string {
	if name == "" {
		return ""
	}
	if !filepath.IsAbs(name) {
		return filepath.ToSlash(name)
	}
	if !p.inModule(name) {
		return filepath.Base(name)
	}
	rel, _ := filepath.Rel(p.Module.Dir, name)
	return filepath.ToSlash(rel)
}

func (p *Program) inModule(name string) bool {
	rel, err := filepath.Rel(p.Module.Dir, name)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// File finds a file of the module by its path relative to the module.
func (p *Program) File(rel string) (File, bool) {
	f, ok := p.files[rel]
	if !ok {
		return File{}, false
	}
	return *f, true
}

// Package finds one of Packages by import path, or nil.
func (p *Program) Package(path string) *packages.Package {
	i := sort.Search(len(p.Packages), func(i int) bool { return p.Packages[i].PkgPath >= path })
	if i < len(p.Packages) && p.Packages[i].PkgPath == path {
		return p.Packages[i]
	}
	return nil
}

// Broken tells whether the package has problems of its own (load, parse, type or
// ssa).
func (p *Program) Broken(path string) bool {
	for _, pr := range p.Problems {
		if pr.Package != path {
			continue
		}
		switch pr.Code {
		case "load", "parse", "type", "ssa":
			return true
		}
	}
	return false
}

func sortProblems(list []Problem) []Problem {
	sort.Slice(list, func(i, j int) bool {
		a, b := list[i], list[j]
		switch {
		case a.Code != b.Code:
			return a.Code < b.Code
		case a.Package != b.Package:
			return a.Package < b.Package
		case a.File != b.File:
			return a.File < b.File
		case a.Line != b.Line:
			return a.Line < b.Line
		case a.Column != b.Column:
			return a.Column < b.Column
		}
		return a.Message < b.Message
	})
	out := list[:0]
	for i, p := range list {
		if i == 0 || p != list[i-1] {
			out = append(out, p)
		}
	}
	return out
}
