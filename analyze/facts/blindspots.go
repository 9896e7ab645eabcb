package facts

import (
	"go/ast"
	"go/types"
	"path/filepath"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// blindCalls are functions that run code which no type and no flow tells.
var blindCalls = map[string]struct{ code, message string }{
	"(reflect.Value).Call":         {"reflection", "calls a function that is chosen while the program runs"},
	"(reflect.Value).CallSlice":    {"reflection", "calls a function that is chosen while the program runs"},
	"(reflect.Value).MethodByName": {"reflection", "looks a method up by its name while the program runs"},
	"plugin.Open":                  {"plugin", "loads code while the program runs"},
}

const blindCure = "if what it runs belongs to another boundary than this code, pin the two together in the plan"

// blindSpots lists the places where code runs that the facts cannot see: calls by
// reflection, plugins, functions linked by name, assembly and memory that unsafe
// looks at.
func (e *extractor) blindSpots() {
	for _, fn := range e.funcs {
		e.eachCall(fn, e.blindCall)
	}
	e.files(e.linknames)
	for _, pkg := range e.p.Packages {
		for _, f := range pkg.OtherFiles {
			if strings.HasSuffix(f, ".s") {
				e.unresolved(model.Problem{Code: "assembly", File: e.p.RelFile(f), Package: pkg.PkgPath,
					Message: filepath.Base(f) + " is not read: what its functions call and touch is not known", Cure: blindCure})
			}
		}
	}
}

func (e *extractor) blindCall(call ssa.CallInstruction) {
	fn, _ := calledFunc(call)
	if fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != "reflect" && fn.Pkg().Path() != "plugin" {
		return // before its full name is put together, for each call of the module
	}
	spot, ok := blindCalls[fn.FullName()]
	if !ok || e.knownReflection[call] {
		return
	}
	file, line, _ := e.p.Rel(e.posOf(call))
	from, _ := e.refInstr(call)
	e.unresolved(model.Problem{Code: spot.code, File: file, Line: line, Package: packageOf(from),
		Message: spot.message + " (" + fn.FullName() + ")", Cure: blindCure})
}

// linknames reads what is linked by name from or to another package, and notes the
// first use of unsafe pointers in each file.
func (e *extractor) linknames(info *types.Info, pkg *types.Package, f *ast.File) {
	if name, _, _ := e.p.Rel(f.Package); !e.hasFile(name) {
		return // what cgo makes
	}
	for _, group := range f.Comments {
		for _, c := range group.List {
			if words := strings.Fields(c.Text); len(words) >= 3 && words[0] == "//go:linkname" {
				file, line, _ := e.p.Rel(c.Pos())
				e.unresolved(model.Problem{Code: "linkname", File: file, Line: line, Package: pkg.Path(),
					Message: words[1] + " is linked to " + words[2] + " past the types", Cure: blindCure})
			}
		}
	}
	told := false
	ast.Inspect(f, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || told {
			return !told
		}
		if tn, ok := info.Uses[id].(*types.TypeName); ok && tn.Type() == types.Typ[types.UnsafePointer] {
			told = true
			file, line, _ := e.p.Rel(id.Pos())
			e.unresolved(model.Problem{Code: "unsafe", File: file, Line: line, Package: pkg.Path(),
				Message: "reads or writes memory past the types (unsafe.Pointer)", Cure: blindCure})
		}
		return !told
	})
}

func (e *extractor) hasFile(name string) bool {
	_, ok := e.p.File(name)
	return ok
}
