package facts

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"sort"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// span is the place of one declaration.
type span struct {
	from, to token.Pos
	ref      Ref
	name     string // as people write it: (*Service).Place
	pkg      string
}

// spans are sorted by position and do not overlap.
type spans []span

func (s spans) at(pos token.Pos) (span, bool) {
	i := sort.Search(len(s), func(i int) bool { return s[i].to > pos })
	if i < len(s) && s[i].from <= pos {
		return s[i], true
	}
	return span{}, false
}

// refAt gives the declaration around a position.
func (e *extractor) refAt(pos token.Pos) (Ref, bool) {
	s, ok := e.spans.at(pos)
	return s.ref, ok
}

// evidence shows a position.
func (e *extractor) evidence(pos token.Pos, c model.Confidence, detail string) model.Evidence {
	file, line, col := e.p.Rel(pos)
	ev := model.Evidence{File: file, Line: line, Column: col, Confidence: c, Detail: detail}
	if s, ok := e.spans.at(pos); ok {
		ev.Func = s.name
	}
	return ev
}

// refOf names the declaration of a package-level object or method of the module.
func (e *extractor) refOf(obj types.Object) (Ref, bool) {
	if obj == nil || obj.Pkg() == nil || !e.own[obj.Pkg()] || ofC(obj.Name()) {
		return Ref{}, false
	}
	path := obj.Pkg().Path()
	switch o := obj.(type) {
	case *types.Func:
		o = o.Origin()
		sig, _ := o.Type().(*types.Signature)
		if sig != nil && sig.Recv() != nil {
			named := namedOf(sig.Recv().Type())
			if named == nil || named.Obj().Pkg() == nil || named.Obj().Parent() != named.Obj().Pkg().Scope() {
				return Ref{}, false
			}
			return Ref{Atom: named.Obj().Pkg().Path() + "." + named.Obj().Name(), Method: o.Name()}, true
		}
		if name, ok := e.inits[o]; ok {
			return Ref{Atom: path + "." + name}, true
		}
		return Ref{Atom: path + "." + o.Name()}, true
	case *types.TypeName, *types.Var, *types.Const:
		if o.Parent() != o.Pkg().Scope() {
			return Ref{}, false
		}
		return Ref{Atom: path + "." + o.Name()}, true
	}
	return Ref{}, false
}

// ofC tells the names of what cgo makes, in files of the build cache. Others begin with
// _C too: _CA_Issue_Handler of gRPC.
func ofC(name string) bool {
	if len(name) < 4 || name[0] != '_' {
		return false
	}
	return slices.ContainsFunc(cNames, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
}

var cNames = []string{"_cgo", "__cgo", "_Cgo_", "_Cfunc_", "_Ctype_", "_Cvar_", "_Cmacro_", "_Ciconst_", "_Cfconst_", "_Csconst_", "_Cfpvar_"}

// namedOf gives the named type of T, *T and instances of a generic T.
func namedOf(t types.Type) *types.Named {
	if t == nil {
		return nil
	}
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	n, _ := t.(*types.Named)
	if n == nil {
		return nil
	}
	return n.Origin()
}

// refFunc names the declaration that a function's code stands in: of an anonymous
// function the enclosing one, of an instance the generic one. Functions of other
// modules and synthetic ones have none.
func (e *extractor) refFunc(fn *ssa.Function) (Ref, bool) {
	top := topFunc(fn)
	if top.Synthetic == "package initializer" {
		if pos := fn.Pos(); fn != top && pos.IsValid() {
			return e.refAt(pos)
		}
		if fn.Pkg != nil && e.own[fn.Pkg.Pkg] {
			return Ref{Atom: fn.Pkg.Pkg.Path() + ".init"}, true
		}
		return Ref{}, false
	}
	obj, _ := top.Object().(*types.Func)
	if obj == nil {
		return Ref{}, false
	}
	if ref, ok := e.refAt(obj.Origin().Pos()); ok {
		return ref, true
	}
	return e.refOf(obj)
}

// refInstr names the declaration that an instruction stands in.
func (e *extractor) refInstr(in ssa.Instruction) (Ref, bool) {
	if top := topFunc(in.Parent()); top.Synthetic == "package initializer" {
		pos := e.posOf(in)
		if ref, ok := e.refAt(pos); ok {
			return ref, true
		}
		if file, _, _ := e.p.Rel(pos); file != "" && !e.hasFile(file) {
			return Ref{}, false // of what cgo makes
		}
	}
	return e.refFunc(in.Parent())
}

// topFunc gives the declared function around fn, of instances the generic one.
func topFunc(fn *ssa.Function) *ssa.Function {
	for fn.Parent() != nil {
		fn = fn.Parent()
	}
	if o := fn.Origin(); o != nil {
		return o
	}
	return fn
}

// posOf gives an instruction's position, or the nearest one before it in its
// block, or its function's.
func (e *extractor) posOf(in ssa.Instruction) token.Pos {
	if p := in.Pos(); p.IsValid() {
		return p
	}
	if call, ok := in.(ssa.CallInstruction); ok { // of a range-over-func: its body
		for _, a := range call.Common().Args {
			if mc, ok := a.(*ssa.MakeClosure); ok && mc.Fn.Pos().IsValid() {
				return mc.Fn.Pos()
			}
		}
	}
	if v, ok := in.(ssa.Value); ok && v.Referrers() != nil {
		for _, r := range *v.Referrers() {
			if p := r.Pos(); p.IsValid() && r.Block() == in.Block() {
				return p
			}
		}
	}
	before := token.NoPos
	for _, i := range in.Block().Instrs {
		if i == in {
			break
		}
		if p := i.Pos(); p.IsValid() {
			before = p
		}
	}
	if before.IsValid() {
		return before
	}
	return in.Parent().Pos()
}

// funcName writes a declared function as people do.
func funcName(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return d.Name.Name
	}
	t, star := d.Recv.List[0].Type, false
	for {
		switch x := t.(type) {
		case *ast.ParenExpr:
			t = x.X
		case *ast.StarExpr:
			t, star = x.X, true
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			if star {
				return "(*" + x.Name + ")." + d.Name.Name
			}
			return x.Name + "." + d.Name.Name
		default:
			return d.Name.Name
		}
	}
}
