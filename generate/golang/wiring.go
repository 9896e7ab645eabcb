package golang

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"github.com/dave/jennifer/jen"
	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/source"
	"github.com/ficus-dev/ficus/generate/contract"
)

// WiringOptions say what the service's main package puts together.
type WiringOptions struct {
	// Routes are the HTTP routes that the service owns.
	Routes []model.Route
	// Packages are the import paths that the service owns.
	Packages []string
	// Wire are the plan's expressions for what cannot be derived, by key:
	// catalogue.New.clk for a parameter, clock.Clock for every value of the type,
	// http.middleware for a func(http.Handler) http.Handler around the routes.
	Wire map[string]string
}

// Wired is the generated wiring, or why there is none.
type Wired struct {
	File File
	// Refusals are the values and routes that cannot be put together; with any,
	// File is empty.
	Refusals []contract.Refusal
	// Notes tell how the service differs from the monolith: what it holds twice.
	Notes []string
}

// Codes of refusals.
const (
	codeValue contract.Code = "FICUS301" // a value of the composition cannot be derived
	codeBuilt contract.Code = "FICUS302" // a service value is made nowhere, or in several places
	codeRoute contract.Code = "FICUS303" // a route's registration cannot be repeated
)

// Wiring derives how the service is put together from the way in which the
// monolith's main functions do it: the values that answer calls, the routes on a
// mux of their own, and the middleware around it.
func Wiring(c *contract.Contract, prog *source.Program, o WiringOptions) (Wired, error) {
	if prog.Prog == nil {
		return Wired{}, errors.New("derive the wiring: the program was loaded without SSA")
	}
	reserved := map[string]bool{"ctx": true, "err": true, "s": true}
	for range 4 {
		w := newWiring(c, prog, o, reserved)
		w.run()
		clash := false
		for name := range w.d.names {
			if w.d.imports[name] && !reserved[name] {
				reserved[name], clash = true, true
			}
		}
		if !clash {
			return w.result()
		}
	}
	return Wired{}, errors.New("derive the wiring: names of variables and packages clash")
}

// wiring puts one service together.
type wiring struct {
	contract *contract.Contract
	prog     *source.Program
	opts     WiringOptions
	d        *deriver
	built    []builtValue
	sites    []routeSite
	handler  *jen.Statement
	refusals []contract.Refusal
}

// builtValue is one value that answers calls.
type builtValue struct {
	receiver *contract.Receiver
	value    ssa.Value
	code     *jen.Statement
}

func newWiring(c *contract.Contract, prog *source.Program, o WiringOptions, reserved map[string]bool) *wiring {
	var files []*ast.File
	for _, p := range prog.Packages {
		files = append(files, p.Syntax...)
	}
	d := &deriver{
		composition: newComposition(prog.Prog, c.Module), wire: o.Wire, reserved: reserved, lhs: assigned(files),
		names: map[string]bool{}, memo: map[memoKey]*derived{}, imports: map[string]bool{"fmt": true, "http": true, "server": true, "wire": true},
		usedWire: map[string]bool{}, givenAs: map[string]string{}, calls: map[memoKey]*step{}, frames: map[frame]*frame{},
	}
	d.relative, d.owned = prog.RelFile, map[string]bool{}
	for _, p := range o.Packages {
		d.owned[p] = true
	}
	return &wiring{contract: c, prog: prog, opts: o, d: d}
}

func (w *wiring) run() {
	w.findValues()
	w.findRoutes()
	for i := range w.built {
		w.derive(&w.built[i])
	}
	w.routes()
	for key := range w.opts.Wire {
		if !w.d.usedWire[key] {
			w.d.notes = append(w.d.notes, fmt.Sprintf("services.%s.wire: nothing asked for %q", w.contract.Service, key))
		}
	}
}

func (w *wiring) result() (Wired, error) {
	effects := w.effects()
	slices.Sort(w.d.notes)
	out := Wired{Refusals: w.refusals, Notes: slices.Compact(w.d.notes)}
	if len(w.refusals) > 0 {
		sortBy(out.Refusals, func(r contract.Refusal) string {
			return fmt.Sprintf("%s:%08d:%08d:%s", r.Position.Filename, r.Position.Line, r.Position.Column, r.Reason)
		})
		return out, nil
	}
	var err error
	out.File, err = w.file(effects)
	return out, err
}

// findValues finds where the composition makes the values that answer calls.
func (w *wiring) findValues() {
	for _, r := range w.contract.Receivers {
		if r.Type == nil {
			continue
		}
		key := typeKey(r.Type)
		if code := w.d.given(r.Type); code != nil {
			w.built = append(w.built, builtValue{receiver: r, code: code})
			continue
		}
		made := w.d.constructions(r)
		if len(made) != 1 {
			w.refuseConstruction(r, key, made)
			continue
		}
		w.d.markRoots(made[0].Parent())
		w.built = append(w.built, builtValue{receiver: r, value: made[0]})
	}
}

func (w *wiring) refuseConstruction(r *contract.Receiver, key string, made []ssa.Value) {
	reason := "is made nowhere in code that main reaches"
	pos := w.prog.Fset.Position(r.Type.Obj().Pos())
	var lineage []string
	if len(made) > 1 {
		reason = fmt.Sprintf("is made in %d places, and the service needs one", len(made))
		for _, v := range made {
			p := w.d.position(v.Pos(), v.Parent())
			lineage = append(lineage, fmt.Sprintf("%s:%d", w.d.relative(p.Filename), p.Line))
		}
	}
	w.refusals = append(w.refusals, contract.Refusal{
		Code: codeBuilt, Position: w.relative(pos), Func: key, Reason: key + " " + reason, Lineage: lineage,
		Cures: []string{w.paste(key, "the expression that makes it")},
	})
}

// constructions are the values of the receiver's type that code outside of its
// package makes: results of the package's functions, else composite literals.
func (d *deriver) constructions(r *contract.Receiver) []ssa.Value {
	var calls, literals []ssa.Value
	for _, f := range d.funcs {
		if !d.reached[f] || packageOf(f) == r.Package {
			continue
		}
		for _, b := range f.Blocks {
			for _, in := range b.Instrs {
				switch in := in.(type) {
				case *ssa.Call:
					if v := madeBy(in, r); v != nil {
						calls = append(calls, v)
					}
				case *ssa.Alloc:
					if isComposite(in) && isType(in.Type(), r.Type) {
						literals = append(literals, in)
					}
				}
			}
		}
	}
	if len(calls) > 0 {
		return calls
	}
	return literals
}

func madeBy(call *ssa.Call, r *contract.Receiver) ssa.Value {
	f := call.Common().StaticCallee()
	if f == nil || f.Signature.Recv() != nil || packageOf(f) == nil || packageOf(f).Path() != r.Package.Path() {
		return nil
	}
	results := f.Signature.Results()
	if results.Len() == 0 || !isType(results.At(0).Type(), r.Type) {
		return nil
	}
	if results.Len() == 1 {
		return call
	}
	return extractOf(call, 0)
}

func isType(t types.Type, named *types.Named) bool {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == named.Obj().Name() && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == named.Obj().Pkg().Path()
}

func (w *wiring) derive(b *builtValue) {
	if b.value == nil {
		return
	}
	code, err := w.d.value(b.value, nil)
	if err != nil {
		w.refuse(err, codeValue, b.receiver.Package.Name()+"."+b.receiver.Type.Obj().Name())
		return
	}
	_, pointer := types.Unalias(b.value.Type()).(*types.Pointer)
	switch {
	case b.receiver.Pointer && !pointer:
		code = jen.Op("&").Add(code)
	case !b.receiver.Pointer && pointer:
		code = jen.Op("*").Add(code)
	}
	b.code = code
}

// refuse turns what could not be derived into refusals, each once.
func (w *wiring) refuse(err error, code contract.Code, subject string) {
	for _, u := range underivables(err) {
		r := contract.Refusal{Code: code, Position: w.relative(u.pos), Func: subject, Reason: subject + " " + u.reason}
		if u.what != "" {
			r.Lineage = []string{subject, u.what}
			r.Reason = u.what + " " + u.reason
		}
		if u.key != "" {
			hint := "an expression"
			if u.typ != nil {
				hint += " of type " + types.TypeString(u.typ, func(p *types.Package) string { return p.Name() })
			}
			if u.hidden != "" {
				r.Cures = append(r.Cures, "export "+u.hidden+" from a package that the service can import")
			}
			r.Cures = append(r.Cures, w.paste(u.key, hint))
		} else {
			r.Cures = []string{w.paste(subject, "the expression that makes it")}
		}
		same := func(o contract.Refusal) bool { return o.Position == r.Position && o.Reason == r.Reason }
		if !slices.ContainsFunc(w.refusals, same) {
			w.refusals = append(w.refusals, r)
		}
	}
}

func (w *wiring) paste(key, hint string) string {
	return fmt.Sprintf("give %s, in ficus.yaml: services: {%s: {wire: {%s: …}}}", hint, w.contract.Service, key)
}

func underivables(err error) []*underivable {
	var u *underivable
	switch e := err.(type) {
	case nil:
		return nil
	case *underivable:
		return []*underivable{e}
	case interface{ Unwrap() []error }:
		var list []*underivable
		for _, x := range e.Unwrap() {
			list = append(list, underivables(x)...)
		}
		return list
	}
	if errors.As(err, &u) {
		return []*underivable{u}
	}
	return []*underivable{{reason: err.Error()}}
}

func (w *wiring) relative(p token.Position) token.Position {
	if p.Filename != "" {
		p.Filename = w.d.relative(p.Filename)
	}
	return p
}
