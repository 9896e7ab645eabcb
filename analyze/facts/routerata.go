package facts

import (
	"maps"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Routers of rata, as Concourse and others of Cloud Foundry have them: a table of
// routes with names, and a map from names to handlers.

const rataPath = "github.com/tedsuo/rata"

// rata turns the calls of NewRouter into routes.
func (r *routeFinder) rata() {
	for _, fn := range r.e.funcs {
		r.e.eachCall(fn, func(call ssa.CallInstruction) {
			made, args := calledFunc(call)
			if made == nil || made.Name() != "NewRouter" || made.Pkg() == nil || made.Pkg().Path() != rataPath || len(args) != 2 {
				return
			}
			handlers := handlersByName(r.e, fn)
			for _, row := range r.literalRows(args[0]) {
				r.rataRoute(call, row, handlers)
			}
		})
	}
}

func (r *routeFinder) rataRoute(call ssa.CallInstruction, row map[string]ssa.Value, handlers map[string]ssa.Value) {
	name, ok := constantText(row["Name"])
	if !ok || row["Path"] == nil || row["Method"] == nil {
		return
	}
	rc := routeCall{call: call, router: "rata", name: "NewRouter", recv: call.Common().Args[0]}
	for _, method := range r.strings(row["Method"]) {
		for _, path := range r.strings(row["Path"]) {
			r.add(rc, registration{method: strings.ToUpper(method), pattern: path, handler: handlers[name], handlers: []ssa.Value{handlers[name]}}, "", model.Resolved)
		}
	}
}

// handlersByName gives what a function puts into maps of handlers, by their names.
func handlersByName(e *extractor, fn *ssa.Function) map[string]ssa.Value {
	out := map[string]ssa.Value{}
	eachInstr(fn, func(in ssa.Instruction) {
		up, ok := in.(*ssa.MapUpdate)
		if !ok || bareTypePath(up.Map.Type()) != rataPath+".Handlers" && !handlerLike(up.Value.Type()) {
			return
		}
		if name, ok := constantText(up.Key); ok {
			out[name] = up.Value
		}
	})
	return out
}

// literalRows gives the fields of each struct in a list that is written out, by name;
// of a variable what it is initialised with.
func (r *routeFinder) literalRows(v ssa.Value) []map[string]ssa.Value {
	for range 6 {
		switch x := v.(type) {
		case *ssa.ChangeType:
			v = x.X
		case *ssa.UnOp:
			if g := global(x.X); g != nil && len(r.e.storesOf().globals[g]) == 1 {
				v = r.e.storesOf().globals[g][0]
			}
		}
	}
	list, ok := v.(*ssa.Slice)
	if !ok {
		return nil
	}
	array, ok := list.X.(*ssa.Alloc)
	if !ok {
		return nil
	}
	var out []map[string]ssa.Value
	for _, in := range *array.Referrers() {
		at, ok := in.(*ssa.IndexAddr)
		if !ok {
			continue
		}
		out = append(out, storedFields(at))
	}
	return out
}

// storedFields gives what is stored in the fields of the struct at an address, or of
// the one that is copied there.
func storedFields(at ssa.Value) map[string]ssa.Value {
	row := map[string]ssa.Value{}
	for _, in := range *at.Referrers() {
		switch in := in.(type) {
		case *ssa.FieldAddr:
			for _, ref := range *in.Referrers() {
				if st, ok := ref.(*ssa.Store); ok && st.Addr == in {
					row[fieldOf(in.X.Type(), in.Field).Name()] = st.Val
				}
			}
		case *ssa.Store:
			load, ok := in.Val.(*ssa.UnOp)
			if !ok || in.Addr != at {
				continue
			}
			if made, ok := load.X.(*ssa.Alloc); ok {
				maps.Copy(row, storedFields(made))
			}
		}
	}
	return row
}
