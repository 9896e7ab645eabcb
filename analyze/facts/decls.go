package facts

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"sort"

	"golang.org/x/tools/go/packages"

	"github.com/ficus-dev/ficus/analyze/model"
)

// decls lists every package-level declaration of the module. Methods are part of
// their type. Blank declarations and those without a type are skipped.
func (e *extractor) decls() {
	for _, pkg := range e.p.Packages {
		if pkg.TypesInfo == nil || pkg.Types == nil {
			continue
		}
		d := &declarer{e: e, pkg: pkg, types: map[string]int{}}
		d.initNames()
		d.all()
		d.methods()
	}
	sort.Slice(e.spans, func(i, j int) bool { return e.spans[i].from < e.spans[j].from })
	sort.SliceStable(e.out.Decls, func(i, j int) bool { return e.out.Decls[i].ID < e.out.Decls[j].ID })
}

// declarer lists the declarations of one package.
type declarer struct {
	e       *extractor
	pkg     *packages.Package
	types   map[string]int // type name → index of its Decl
	waiting []*ast.FuncDecl
}

// initNames numbers several init functions, in the order of files.
func (d *declarer) initNames() {
	var inits []*types.Func
	for _, f := range d.pkg.Syntax {
		for _, decl := range f.Decls {
			if fd, ok := decl.(*ast.FuncDecl); ok && fd.Recv == nil && fd.Name.Name == "init" {
				if fn, ok := d.pkg.TypesInfo.Defs[fd.Name].(*types.Func); ok {
					inits = append(inits, fn)
				}
			}
		}
	}
	for i, fn := range inits {
		d.e.inits[fn] = "init"
		if len(inits) > 1 {
			d.e.inits[fn] = fmt.Sprintf("init#%d", i+1)
		}
	}
}

func (d *declarer) all() {
	for _, f := range d.pkg.Syntax {
		file, _, _ := d.e.p.Rel(f.Package)
		if _, ok := d.e.p.File(file); !ok {
			continue // made by cgo
		}
		for _, decl := range f.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				d.function(decl)
			case *ast.GenDecl:
				d.general(decl)
			}
		}
	}
}

func (d *declarer) function(fd *ast.FuncDecl) {
	if fd.Recv != nil {
		d.waiting = append(d.waiting, fd)
		return
	}
	fn, _ := d.pkg.TypesInfo.Defs[fd.Name].(*types.Func)
	if fn == nil || fd.Name.Name == "_" {
		return
	}
	ref, ok := d.e.refOf(fn)
	if !ok {
		return
	}
	name := ref.Atom[len(d.pkg.PkgPath)+1:]
	d.add(fd, fd.Doc, fd.Name, name, model.KindFunc, ref, fd.Name.Name)
}

func (d *declarer) general(gd *ast.GenDecl) {
	for _, spec := range gd.Specs {
		var node ast.Node = spec
		doc := docOf(spec)
		if !gd.Lparen.IsValid() {
			node, doc = gd, gd.Doc
		}
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.Name != "_" && d.pkg.TypesInfo.Defs[s.Name] != nil {
				ref := Ref{Atom: d.pkg.PkgPath + "." + s.Name.Name}
				d.types[s.Name.Name] = d.add(node, doc, s.Name, s.Name.Name, model.KindType, ref, s.Name.Name)
			}
		case *ast.ValueSpec:
			d.values(gd, s, node, doc)
		}
	}
}

// values declares the variables or constants of one spec: the spec's lines count
// for the first of them.
func (d *declarer) values(gd *ast.GenDecl, s *ast.ValueSpec, node ast.Node, doc *ast.CommentGroup) {
	kind := model.KindVar
	if gd.Tok == token.CONST {
		kind = model.KindConst
	}
	first := true
	for i, name := range s.Names {
		if name.Name == "_" || d.pkg.TypesInfo.Defs[name] == nil {
			continue
		}
		ref := Ref{Atom: d.pkg.PkgPath + "." + name.Name}
		if first {
			d.add(node, doc, name, name.Name, kind, ref, name.Name)
			first = false
			continue
		}
		d.declare(name, name.Name, kind, 1)
		if len(s.Values) == len(s.Names) { // its initialiser is its own
			d.split(s.Values[i], ref, name.Name)
		}
	}
}

// split cuts an expression out of the span that surrounds it.
func (d *declarer) split(x ast.Expr, ref Ref, name string) {
	last := &d.e.spans[len(d.e.spans)-1]
	old := *last
	last.to = x.Pos()
	d.e.spans = append(d.e.spans,
		span{from: x.Pos(), to: x.End(), ref: ref, name: name, pkg: d.pkg.PkgPath},
		span{from: x.End(), to: old.to, ref: old.ref, name: old.name, pkg: old.pkg})
}

func docOf(spec ast.Spec) *ast.CommentGroup {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		return s.Doc
	case *ast.ValueSpec:
		return s.Doc
	}
	return nil
}

func (d *declarer) add(node ast.Node, doc *ast.CommentGroup, at *ast.Ident, name string, kind model.AtomKind, ref Ref, shown string) int {
	from := node.Pos()
	if doc != nil {
		from = doc.Pos()
	}
	d.e.spans = append(d.e.spans, span{from: from, to: node.End(), ref: ref, name: shown, pkg: d.pkg.PkgPath})
	return d.declare(at, name, kind, d.lines(from, node.End()))
}

func (d *declarer) lines(from, to token.Pos) int {
	a, b := d.pkg.Fset.Position(from), d.pkg.Fset.Position(to)
	if n := b.Line - a.Line + 1; n > 0 {
		return n
	}
	return 1
}

func (d *declarer) declare(at *ast.Ident, name string, kind model.AtomKind, lines int) int {
	file, line, _ := d.e.p.Rel(at.Pos())
	f, _ := d.e.p.File(file)
	d.e.out.Decls = append(roomy(d.e.out.Decls), Decl{Generated: f.Generated, Atom: model.Atom{
		ID: d.pkg.PkgPath + "." + name, Kind: kind, Package: d.pkg.PkgPath, Name: name,
		File: file, Line: line, Lines: lines, Exported: ast.IsExported(name),
	}})
	return len(d.e.out.Decls) - 1
}

// methods folds the methods into their types.
func (d *declarer) methods() {
	for _, fd := range d.waiting {
		fn, _ := d.pkg.TypesInfo.Defs[fd.Name].(*types.Func)
		if fn == nil {
			continue
		}
		ref, ok := d.e.refOf(fn)
		if !ok {
			continue
		}
		i, ok := d.types[ref.Atom[len(d.pkg.PkgPath)+1:]]
		if !ok {
			continue
		}
		from := fd.Pos()
		if fd.Doc != nil {
			from = fd.Doc.Pos()
		}
		d.e.spans = append(d.e.spans, span{from: from, to: fd.End(), ref: ref, name: funcName(fd), pkg: d.pkg.PkgPath})
		decl := &d.e.out.Decls[i]
		decl.Lines += d.lines(from, fd.End())
		if fd.Name.Name != "_" {
			file, line, _ := d.e.p.Rel(fd.Name.Pos())
			decl.addMethod(fd.Name.Name, Body{File: file, Line: line, Lines: d.lines(from, fd.End()), Func: funcName(fd)})
		}
	}
}

// addMethod keeps the methods sorted by name.
func (d *Decl) addMethod(name string, at Body) {
	i, _ := slices.BinarySearch(d.Methods, name)
	d.Methods, d.Bodies = slices.Insert(d.Methods, i, name), slices.Insert(d.Bodies, i, at)
}
