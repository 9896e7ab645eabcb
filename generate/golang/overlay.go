package golang

import (
	"bytes"
	_ "embed"
	"fmt"
	"go/ast"
	"go/format"
	"go/types"
	"os"
	"path"
	"slices"
	"strings"
	"text/template"

	"github.com/dave/jennifer/jen"
	"golang.org/x/tools/go/packages"

	"github.com/ficus-dev/ficus/analyze/source"
	"github.com/ficus-dev/ficus/generate/contract"
)

// overlayPrefix begins every name that the overlay adds to a package.
const overlayPrefix = "ficus"

//go:embed templates/overlay_runtime.go.tmpl
var overlayRuntimeText string

// Overlay generates what is laid over the packages of the boundary with go build
// -overlay: for each a copy of the files that declare or use functions that
// cross, with these renamed (Get → ficusLocalGet), and files that declare them
// again with their own signatures. By FICUS_<SERVICE> these run the renamed
// function directly (local), through gRPC over a loopback connection to the same
// process (loopback), or in the service (remote); there the renamed function stays
// the safety net. Nothing on disk is changed.
//
// Calls within the package stay local, as they do in the service; those of its
// tests cross.
func Overlay(c *contract.Contract, prog *source.Program) ([]File, error) {
	var files []File
	for _, pkg := range prog.Packages {
		receivers := receiversOf(c, pkg.PkgPath)
		if len(receivers) == 0 {
			continue
		}
		o := overlay{contract: c, prog: prog, pkg: pkg, receivers: receivers}
		made, err := o.files()
		if err != nil {
			return nil, err
		}
		files = append(files, made...)
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

func receiversOf(c *contract.Contract, pkg string) []*contract.Receiver {
	var list []*contract.Receiver
	for _, r := range c.Receivers {
		if r.Package.Path() == pkg {
			list = append(list, r)
		}
	}
	return list
}

// overlay is the facade of one package.
type overlay struct {
	contract  *contract.Contract
	prog      *source.Program
	pkg       *packages.Package
	receivers []*contract.Receiver
}

func (o overlay) files() ([]File, error) {
	files, err := o.renamed()
	if err != nil {
		return nil, err
	}
	for _, make := range []func() (File, error){o.facade, o.runtime, o.wireFile} {
		f, err := make()
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

func (o overlay) dir() string {
	if len(o.pkg.GoFiles) == 0 {
		return "."
	}
	return path.Dir(o.rel(o.pkg.GoFiles[0]))
}

func (o overlay) rel(file string) string { return o.prog.RelFile(file) }

func (o overlay) wireFile() (File, error) {
	f, err := Wire(o.contract, WireOptions{
		Path: path.Join(o.dir(), "zz_ficus_wire_gen.go"), Import: o.pkg.PkgPath, Package: o.pkg.Name,
		Prefix: overlayPrefix, Only: o.pkg.PkgPath,
	})
	if err != nil {
		return File{}, err
	}
	return withoutClashes(f, o.pkg.Types.Scope())
}

func (o overlay) runtime() (File, error) {
	data := struct {
		Package, Service, PBImport, Env string
		MaxMessage                      int
		Services                        []string
	}{o.pkg.Name, o.contract.Service, o.contract.PBImport, EnvName(o.contract.Service), maxMessage, nil}
	for _, r := range o.receivers {
		data.Services = append(data.Services, r.ProtoService)
	}
	return execute(overlayRuntimeText, path.Join(o.dir(), "zz_ficus_runtime_gen.go"), data)
}

// execute fills a template of Go source and formats it.
func execute(text, name string, data any) (File, error) {
	t, err := template.New(path.Base(name)).Parse(text)
	if err != nil {
		return File{}, fmt.Errorf("write %s: %w", name, err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return File{}, fmt.Errorf("write %s: %w", name, err)
	}
	src, err := format.Source(b.Bytes())
	if err != nil {
		return File{}, fmt.Errorf("write %s: %w", name, err)
	}
	return File{Path: name, Data: src}, nil
}

// facade declares the functions that cross again, and the loopback server's side.
func (o overlay) facade() (File, error) {
	f := jen.NewFilePathName(o.pkg.PkgPath, o.pkg.Name)
	f.HeaderComment(generatedBy)
	o.aliases(f)
	for _, r := range o.receivers {
		name := overlayPrefix + r.ProtoService + "Server"
		f.Line().Type().Id(name).Struct(PB(o.contract, unimplemented(r)))
		for _, m := range r.Methods {
			c := newCall(r, m)
			f.Line().Add(o.method(c))
			f.Line().Add(o.server(c, name))
		}
	}
	return render(f, path.Join(o.dir(), "zz_ficus_facade_gen.go"))
}

// aliases keeps the names of imports apart from the package's own declarations.
func (o overlay) aliases(f *jen.File) {
	f.ImportAlias(o.contract.PBImport, "ficuspb")
	for _, p := range []string{pathContext, pathGRPC, pathCodes, pathStatus} {
		f.ImportAlias(p, overlayPrefix+path.Base(p))
	}
	paths := make([]string, 0, len(o.pkg.Imports))
	for p := range o.pkg.Imports {
		paths = append(paths, p)
	}
	slices.Sort(paths)
	for i, p := range paths {
		if p != pathContext && !strings.HasPrefix(p, pathGRPC) {
			f.ImportAlias(p, fmt.Sprintf("%s%d", overlayPrefix, i))
		}
	}
}

func localName(name string) string { return overlayPrefix + "Local" + name }

// local is the renamed function, called on a receiver or in the package.
func (c call) local(receiver string) *jen.Statement {
	if c.receiver.Type == nil {
		return jen.Id(localName(c.Func.Name()))
	}
	return jen.Id(receiver).Dot(localName(c.Func.Name()))
}

func (o overlay) method(c call) *jen.Statement {
	decl, handle := jen.Func(), jen.Nil()
	if c.receiver.Type != nil {
		decl.Params(jen.Id("rcv").Add(owned(c.receiver)))
		handle = jen.Id("rcv")
	}
	parent := jen.Id(ctxName)
	if !c.Context {
		parent = jen.Qual(pathContext, "Background").Call()
	}
	g := remoteCall{
		contract: o.contract, call: c, wire: wireNames{Names: Names{Prefix: overlayPrefix}},
		client: jen.Qual(o.contract.PBImport, "New"+c.receiver.ProtoService+"Client").Call(jen.Id("conn")),
	}
	if c.ReadOnly {
		g.again = jen.Id(errName).Op("==").Nil().Op("&&").Id("ficusTwice")
	}
	if c.Error {
		g.instead = jen.If(jen.Id(c.fallback("ficusFallsBack", "ficusNeverRan")).Call(parent.Clone(), jen.Id(errName))).Block(c.callLocal()...)
	}
	return decl.Id(c.Func.Name()).Add(c.signature()).BlockFunc(func(b *jen.Group) {
		b.If(jen.Id("ficusMode").Op("==").Id("ficusLocal")).Block(c.callLocal()...)
		b.List(jen.Id(boundName), jen.Id("conn"), jen.Id("done"), jen.Id(errName)).Op(":=").Id("ficusBegin").Call(parent, handle)
		b.If(jen.Id(errName).Op("!=").Nil()).Block(g.fail(nil)...)
		b.Defer().Id("done").Call()
		g.code(b)
	})
}

func (c call) callLocal() []jen.Code {
	invoke := c.local("rcv").Call(c.args()...)
	if len(c.results) == 0 && !c.Error {
		return []jen.Code{invoke, jen.Return()}
	}
	return []jen.Code{jen.Return(invoke)}
}

func (o overlay) server(c call, name string) *jen.Statement {
	m := serverMethod{
		contract: o.contract, call: c, receiver: name, target: c.local("value"),
		wire: wireNames{Names: Names{Prefix: overlayPrefix}}, recover: "ficusRecovered",
	}
	if c.receiver.Type != nil {
		m.prepare = []jen.Code{
			jen.List(jen.Id("value"), jen.Id(errName)).Op(":=").Id("ficusReceiver").Types(owned(c.receiver)).Call(jen.Id(ctxName)),
			jen.If(jen.Id(errName).Op("!=").Nil()).Block(jen.Return(jen.Nil(), jen.Id(errName))),
		}
	}
	return m.code()
}

// renamed copies the package's files with the functions that cross renamed, where
// they are declared and where the package itself uses them.
func (o overlay) renamed() ([]File, error) {
	crossing := map[types.Object]bool{}
	for _, r := range o.receivers {
		for _, m := range r.Methods {
			crossing[m.Func.Origin()] = true
		}
	}
	var files []File
	for _, syntax := range o.pkg.Syntax {
		offsets := o.occurrences(syntax, crossing)
		if len(offsets) == 0 {
			continue
		}
		name := o.prog.Fset.PositionFor(syntax.Package, false).Filename
		src, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("lay the facade over %s: %w", o.pkg.PkgPath, err)
		}
		data, err := insertAt(src, offsets, overlayPrefix+"Local")
		if err != nil {
			return nil, fmt.Errorf("lay the facade over %s: %w", o.rel(name), err)
		}
		files = append(files, File{Path: o.rel(name), Data: data})
	}
	return files, nil
}

// occurrences are the offsets of the identifiers in a file that mean one of the
// functions.
func (o overlay) occurrences(file *ast.File, funcs map[types.Object]bool) []int {
	var offsets []int
	info := o.pkg.TypesInfo
	ast.Inspect(file, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		obj := info.Defs[id]
		if obj == nil {
			obj = info.Uses[id]
		}
		if f, ok := obj.(*types.Func); ok && funcs[f.Origin()] {
			offsets = append(offsets, o.prog.Fset.PositionFor(id.Pos(), false).Offset)
		}
		return true
	})
	slices.Sort(offsets)
	return slices.Compact(offsets)
}

// insertAt puts text before each of the sorted offsets.
func insertAt(src []byte, offsets []int, text string) ([]byte, error) {
	out := make([]byte, 0, len(src)+len(offsets)*len(text))
	last := 0
	for _, off := range offsets {
		if off < last || off > len(src) {
			return nil, fmt.Errorf("the file changed while it was read: load it again")
		}
		out = append(append(out, src[last:off]...), text...)
		last = off
	}
	return append(out, src[last:]...), nil
}
