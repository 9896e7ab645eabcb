package golang

import (
	"bytes"
	"fmt"
	"go/types"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/ficus-dev/ficus/generate/contract"
)

// WireOptions say where a wire package stands.
type WireOptions struct {
	// Path of the file, relative to the module.
	Path string
	// Import is the import path of the package that the file belongs to, Package
	// its name: types of that package are written unqualified.
	Import, Package string
	// Prefix of all declared names; empty for a package of its own, whose functions
	// are exported.
	Prefix string
	// Only limits the methods to receivers of this package path, and the errors to
	// those that the package can name without an import cycle; empty for all.
	Only string
}

// Wire generates the converters between Go values and messages, and the error
// envelope. See Names for the functions.
func Wire(c *contract.Contract, o WireOptions) (File, error) {
	w := &wire{
		c: c, o: o, names: Names{Prefix: o.Prefix},
		file: jen.NewFilePathName(o.Import, o.Package),
		done: map[*contract.Message]bool{},
	}
	if err := w.takenNames(); err != nil {
		return File{}, err
	}
	w.reach()
	w.imports()
	w.methods()
	w.converters()
	w.errors()
	w.guards()
	if err := addRuntime(w.file, c.PBImport, w.names); err != nil {
		return File{}, err
	}
	var buf bytes.Buffer
	if err := w.file.Render(&buf); err != nil {
		return File{}, fmt.Errorf("generate %s: %w", o.Path, err)
	}
	return File{Path: o.Path, Data: buf.Bytes()}, nil
}

// wire writes one wire file.
type wire struct {
	c     *contract.Contract
	o     WireOptions
	names Names
	file  *jen.File
	calls []methodOf
	typed []*contract.TypedError
	sents []*contract.Sentinel
	msgs  []*contract.Message // to be converted, by name
	done  map[*contract.Message]bool
	taken map[string]bool // names that imports must not have
}

// methodOf is a method with its receiver.
type methodOf struct {
	r *contract.Receiver
	m *contract.Method
}

// reach selects what the file needs: methods, errors, and the messages in them.
func (w *wire) reach() {
	for _, r := range w.c.Receivers {
		if w.o.Only != "" && r.Package.Path() != w.o.Only {
			continue
		}
		for _, m := range r.Methods {
			w.calls = append(w.calls, methodOf{r, m})
			w.mark(m.Request)
			w.mark(m.Response)
		}
	}
	canName := w.nameable()
	for _, t := range w.c.TypedErrors {
		if canName(t.Type.Obj().Pkg()) {
			w.typed = append(w.typed, t)
			w.mark(t.Message)
		}
	}
	for _, s := range w.c.Sentinels {
		if canName(s.Var.Pkg()) {
			w.sents = append(w.sents, s)
		}
	}
	for _, m := range w.c.Messages {
		if w.done[m] {
			w.msgs = append(w.msgs, m)
		}
	}
}

// mark collects the messages below a message.
func (w *wire) mark(m *contract.Message) {
	if m == nil || w.done[m] {
		return
	}
	w.done[m] = true
	var shape func(*contract.Shape)
	shape = func(s *contract.Shape) {
		if s == nil {
			return
		}
		for _, next := range []*contract.Message{s.Message, s.Wrapper, s.Entry} {
			w.mark(next)
		}
		shape(s.Elem)
		shape(s.Key)
	}
	for _, f := range m.Fields {
		shape(f.Shape)
	}
}

// nameable tells which packages the file may import: all, or for a file inside one of
// the module's packages those that the package imports already, and what is none of
// the module's.
func (w *wire) nameable() func(*types.Package) bool {
	if w.o.Only == "" {
		return func(*types.Package) bool { return true }
	}
	known := map[string]bool{}
	var visit func(*types.Package)
	visit = func(p *types.Package) {
		if known[p.Path()] {
			return
		}
		known[p.Path()] = true
		for _, imp := range p.Imports() {
			visit(imp)
		}
	}
	for _, call := range w.calls {
		visit(call.r.Package)
	}
	return func(p *types.Package) bool {
		return known[p.Path()] || !strings.HasPrefix(p.Path()+"/", w.c.Module+"/")
	}
}

// imports tells jennifer the names of packages, which differ from their paths.
func (w *wire) imports() {
	w.file.HeaderComment(generatedBy)
	for _, name := range []string{"codes", "status"} {
		w.file.ImportName(pathGRPC+"/"+name, name)
	}
	w.file.ImportName("google.golang.org/protobuf/proto", "proto")
	for _, name := range []string{"durationpb", "timestamppb"} {
		w.file.ImportName("google.golang.org/protobuf/types/known/"+name, name)
	}
	w.file.ImportAlias(w.c.PBImport, "pb")
	for _, s := range w.sents {
		w.importName(s.Var.Pkg())
	}
	for _, t := range w.typed {
		w.importName(t.Type.Obj().Pkg())
	}
	for _, call := range w.calls {
		w.importName(call.r.Package)
		w.importTuple(call.m)
	}
	for _, m := range w.msgs {
		w.importType(m.Type)
		for _, f := range m.Fields {
			w.importType(f.Shape.Type)
		}
	}
}

func (w *wire) importTuple(m *contract.Method) {
	for _, f := range append(slices.Clone(m.Request.Fields), m.Response.Fields...) {
		w.importType(f.Shape.Type)
	}
}

// importName imports a package by its name, or by another where the file declares that
// name itself.
func (w *wire) importName(p *types.Package) {
	switch {
	case p == nil:
	case w.taken[p.Name()]:
		w.file.ImportAlias(p.Path(), p.Name()+"pkg")
	default:
		w.file.ImportName(p.Path(), p.Name())
	}
}

// takenNames are those that the file declares, at package level or in functions.
func (w *wire) takenNames() error {
	names, err := runtimeNames()
	if err != nil {
		return err
	}
	w.taken = map[string]bool{"pb": true}
	for _, name := range names {
		w.taken[w.names.Of(name)] = true
	}
	for _, name := range []string{"a", "d", "e", "err", "i", "id", "in", "k", "m", "payload", "code", "v"} {
		w.taken[name] = true
	}
	return nil
}

// importType names the packages of all types in a type, structs' fields left out.
func (w *wire) importType(t types.Type) {
	switch t := t.(type) {
	case *types.Alias:
		w.importName(t.Obj().Pkg())
		w.importType(types.Unalias(t))
	case *types.Named:
		w.importName(t.Obj().Pkg())
		for i := range t.TypeArgs().Len() {
			w.importType(t.TypeArgs().At(i))
		}
	case *types.Map:
		w.importType(t.Key())
		w.importType(t.Elem())
	case interface{ Elem() types.Type }:
		w.importType(t.Elem())
	case *types.Struct:
		for i := range t.NumFields() {
			w.importType(t.Field(i).Type())
		}
	}
}
