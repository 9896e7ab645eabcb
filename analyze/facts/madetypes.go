package facts

import (
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// maxMade bounds how far back the types behind an interface are looked for.
const maxMade = 12

// madeTypes gives the types that an interface's value is made of, as far as they are
// seen: through results of the module's functions, its callers, variables and fields.
// A decorator stands for what it holds. Of what is no interface it is its own type.
func (e *extractor) madeTypes(v ssa.Value) []types.Type {
	m := maker{e: e, seen: map[ssa.Value]bool{}}
	m.of(v, 0)
	return m.out
}

type maker struct {
	e    *extractor
	seen map[ssa.Value]bool
	out  []types.Type
}

func (m *maker) of(v ssa.Value, depth int) {
	if v == nil || depth > maxMade || m.seen[v] {
		return
	}
	m.seen[v] = true
	if !types.IsInterface(v.Type()) {
		m.add(v.Type())
		return
	}
	switch v := v.(type) {
	case *ssa.MakeInterface:
		m.of(v.X, depth+1)
	case *ssa.ChangeInterface:
		m.of(v.X, depth+1)
	case *ssa.TypeAssert:
		m.of(v.X, depth+1)
	case *ssa.Phi:
		m.all(v.Edges, depth)
	case *ssa.Call:
		m.results(v, 0, depth)
	case *ssa.Extract:
		switch from := v.Tuple.(type) {
		case *ssa.Call:
			m.results(from, v.Index, depth)
		case *ssa.TypeAssert:
			m.of(from.X, depth+1)
		}
	case *ssa.Parameter:
		for _, call := range m.e.caller[v.Parent()] {
			m.of(bind(call, v.Parent(), nil).args[v], depth+1)
		}
	case *ssa.FreeVar:
		m.of(freeVar(v), depth+1)
	case *ssa.UnOp:
		m.loaded(v.X, depth)
	case *ssa.Field:
		m.all(m.e.storesOf().fields[fieldOf(v.X.Type(), v.Field)], depth)
	}
}

func (m *maker) all(vals []ssa.Value, depth int) {
	for _, v := range vals {
		m.of(v, depth+1)
	}
}

func (m *maker) results(call *ssa.Call, i, depth int) {
	for _, fn := range m.e.sites[call] {
		for _, b := range fn.Blocks {
			if ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok && i < len(ret.Results) {
				m.of(ret.Results[i], depth+1)
			}
		}
	}
}

// loaded follows what is stored at an address.
func (m *maker) loaded(addr ssa.Value, depth int) {
	if fv, ok := addr.(*ssa.FreeVar); ok {
		addr = freeVar(fv)
	}
	switch a := addr.(type) {
	case *ssa.Alloc:
		m.all(storedIn(a), depth)
	case *ssa.Global:
		m.all(m.e.storesOf().globals[a], depth)
	case *ssa.FieldAddr:
		m.all(m.e.storesOf().fields[fieldOf(a.X.Type(), a.Field)], depth)
	}
}

func (m *maker) add(t types.Type) {
	for _, o := range m.out {
		if types.Identical(o, t) {
			return
		}
	}
	m.out = append(m.out, t)
}
