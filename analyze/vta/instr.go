package vta

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// instruction adds what flows by an instruction other than a call. Most produce
// numbers, strings or structs, and are left before anything is looked up.
func (n *network) instruction(in ssa.Instruction) {
	if v, ok := in.(ssa.Value); ok && !flows(v.Type()) {
		if _, several := v.Type().(*types.Tuple); !several {
			return
		}
	}
	switch in := in.(type) {
	case *ssa.Store:
		if flows(in.Addr.Type()) {
			n.alias(n.of(in.Addr), n.of(in.Val))
		}
	case *ssa.MakeInterface:
		n.flow(n.of(in.X), n.of(in))
	case *ssa.ChangeInterface:
		n.flow(n.of(in.X), n.of(in))
	case *ssa.ChangeType:
		n.alias(n.of(in), n.of(in.X))
	case *ssa.MultiConvert:
		n.alias(n.of(in), n.of(in.X))
	case *ssa.Phi:
		n.phi(in)
	case *ssa.Extract:
		n.alias(n.of(in), n.part(in.Tuple, in.Index, in.Type()))
	case *ssa.UnOp:
		n.unop(in)
	case *ssa.TypeAssert:
		n.typeAssert(in)
	case *ssa.MakeClosure:
		n.closure(in)
	case *ssa.Return:
		for i, r := range in.Results {
			n.flow(n.of(r), n.result(in.Parent(), i))
		}
	default:
		n.container(in)
	}
}

// container adds what flows into and out of structs, slices, maps and channels: all of
// one type share what they hold.
func (n *network) container(in ssa.Instruction) {
	switch in := in.(type) {
	case *ssa.Field:
		n.flow(n.fieldOf(in.X.Type(), in.Field), n.of(in))
	case *ssa.FieldAddr:
		if p, ok := core(in.X.Type()).(*types.Pointer); ok {
			n.both(n.fieldOf(p.Elem(), in.Field), n.of(in))
		}
	case *ssa.Index:
		if t := element(in.X.Type()); t != nil {
			n.alias(n.of(in), n.place(elem, t, 0, t))
		}
	case *ssa.IndexAddr:
		if t := element(in.X.Type()); t != nil {
			n.both(n.place(elem, t, 0, t), n.of(in))
		}
	case *ssa.Lookup:
		n.lookup(in)
	case *ssa.MapUpdate:
		if m, ok := in.Map.Type().Underlying().(*types.Map); ok {
			n.alias(n.place(mapKey, m.Key(), 0, m.Key()), n.of(in.Key))
			n.alias(n.place(mapValue, m.Elem(), 0, m.Elem()), n.of(in.Value))
		}
	case *ssa.Next:
		n.next(in)
	case *ssa.Send:
		if t := sent(in.Chan); t != nil {
			n.alias(n.place(channel, t, 0, t), n.of(in.X))
		}
	case *ssa.Select:
		n.selects(in)
	case *ssa.Panic:
		if canHaveMethods(in.X.Type()) {
			n.flow(n.of(in.X), panicked)
		}
	}
}

func (n *network) both(a, b operand) {
	n.flow(a, b)
	n.flow(b, a)
}

func (n *network) phi(in *ssa.Phi) {
	to := n.of(in)
	for _, edge := range in.Edges {
		n.alias(to, n.of(edge))
	}
}

func (n *network) unop(in *ssa.UnOp) {
	switch in.Op {
	case token.MUL:
		n.alias(n.of(in), n.of(in.X))
	case token.ARROW:
		if t := sent(in.X); t != nil && !(in.CommaOk && n.likeTools) {
			n.alias(n.value(in, 0, t, in.CommaOk), n.place(channel, t, 0, t))
		}
	}
}

// typeAssert lets all come through that came in: what a type excludes, the calls on it
// exclude.
func (n *network) typeAssert(in *ssa.TypeAssert) {
	if in.CommaOk {
		n.flow(n.of(in.X), n.part(in, 0, in.Type().(*types.Tuple).At(0).Type()))
		return
	}
	n.flow(n.of(in.X), n.of(in))
}

func (n *network) closure(in *ssa.MakeClosure) {
	fn := in.Fn.(*ssa.Function)
	n.flow(n.of(fn), n.of(in))
	for i, fv := range fn.FreeVars {
		n.alias(n.of(fv), n.of(in.Bindings[i]))
	}
}

func (n *network) lookup(in *ssa.Lookup) {
	m, ok := in.X.Type().Underlying().(*types.Map)
	if !ok {
		return
	}
	to := n.value(in, 0, m.Elem(), in.CommaOk)
	n.alias(to, n.place(mapValue, m.Elem(), 0, m.Elem()))
}

// value gives the operand of an instruction's value, which is one of several or the
// only one.
func (n *network) value(v ssa.Value, index int, typ types.Type, several bool) operand {
	if several {
		return n.part(v, index, typ)
	}
	return n.of(v)
}

func (n *network) next(in *ssa.Next) {
	if in.IsString {
		return
	}
	t := in.Type().(*types.Tuple)
	key, value := t.At(1).Type(), t.At(2).Type()
	n.alias(n.part(in, 1, key), n.place(mapKey, key, 0, key))
	n.alias(n.part(in, 2, value), n.place(mapValue, value, 0, value))
}

// selects: the values received come after the index and the flag in the tuple.
func (n *network) selects(in *ssa.Select) {
	received := 2
	for _, s := range in.States {
		t := sent(s.Chan)
		if s.Dir == types.RecvOnly {
			if t != nil {
				n.alias(n.part(in, received, t), n.place(channel, t, 0, t))
			}
			received++
		} else if t != nil {
			n.alias(n.place(channel, t, 0, t), n.of(s.Send))
		}
	}
}

// sent gives the element type of a channel.
func sent(ch ssa.Value) types.Type {
	if c, ok := core(ch.Type()).(*types.Chan); ok {
		return c.Elem()
	}
	return nil
}

func (n *network) fieldOf(structure types.Type, index int) operand {
	s, ok := core(structure).(*types.Struct)
	if !ok {
		return nothing
	}
	return n.place(field, structure, index, s.Field(index).Type())
}

// result is what a function gives. A type that is not known seems to implement any
// interface, so that its methods may give less than a call takes.
func (n *network) result(fn *ssa.Function, index int) operand {
	if index >= fn.Signature.Results().Len() {
		return nothing
	}
	return n.part(fn, index, fn.Signature.Results().At(index).Type())
}

func canHaveMethods(t types.Type) bool {
	if _, ok := types.Unalias(t).(*types.Named); ok {
		return true
	}
	switch t.Underlying().(type) {
	case *types.Interface, *types.Signature, *types.Struct:
		return true
	}
	return false
}
