package facts

import (
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// loopView judges values from inside one loop.
type loopView struct {
	e    *extractor
	fn   *ssa.Function
	body map[*ssa.BasicBlock]bool // of the innermost loop
	// whole: the function itself is the body, of a range-over-func or as a closure
	// made in a loop.
	whole bool
}

func newLoopView(e *extractor, at ssa.Instruction) *loopView {
	v := &loopView{e: e, fn: at.Parent(), body: innermost(at.Block())}
	if v.body == nil {
		v.whole, v.body = true, map[*ssa.BasicBlock]bool{}
		for _, b := range v.fn.Blocks {
			v.body[b] = true
		}
	}
	return v
}

// innermost gives the blocks of the smallest natural loop around a block, nil when
// there is none. Loops with one head are one.
func innermost(at *ssa.BasicBlock) map[*ssa.BasicBlock]bool {
	heads := map[*ssa.BasicBlock]map[*ssa.BasicBlock]bool{}
	for _, b := range at.Parent().Blocks {
		for _, head := range b.Succs {
			if !head.Dominates(b) || !head.Dominates(at) {
				continue
			}
			if heads[head] == nil {
				heads[head] = map[*ssa.BasicBlock]bool{}
			}
			addLoop(heads[head], head, b)
		}
	}
	var best map[*ssa.BasicBlock]bool
	for _, b := range at.Parent().Blocks { // in order: equal sizes stay as they are
		if body := heads[b]; body[at] && (best == nil || len(body) < len(best)) {
			best = body
		}
	}
	return best
}

// waits tells whether each turn waits for something to happen: such a loop repeats
// over time, not for one request.
func (v *loopView) waits() bool {
	for b := range v.body {
		for _, in := range b.Instrs {
			switch in := in.(type) {
			case *ssa.Select:
				return true
			case *ssa.UnOp:
				if in.Op == token.ARROW {
					return true
				}
			}
		}
	}
	return false
}

// varies tells whether a value may differ from turn to turn. What is not understood
// does: only what is told may be called once.
func (v *loopView) varies(x ssa.Value, seen map[ssa.Value]bool) bool {
	if seen[x] {
		return false
	}
	seen[x] = true
	switch x := x.(type) {
	case *ssa.Const, *ssa.Global, *ssa.Function, *ssa.Builtin:
		return false
	case *ssa.Parameter:
		return v.whole
	case *ssa.FreeVar:
		return v.whole && v.boundPerTurn(x)
	}
	in, ok := x.(ssa.Instruction)
	if !ok || in.Parent() != v.fn {
		return true
	}
	if !v.body[in.Block()] {
		a, ok := x.(*ssa.Alloc)
		return ok && v.contentVaries(a, seen)
	}
	switch x := x.(type) {
	case *ssa.Alloc:
		return v.contentVaries(x, seen)
	case *ssa.UnOp:
		if x.Op == token.MUL {
			return v.loadVaries(x.X, seen)
		}
		return x.Op == token.ARROW || v.varies(x.X, seen)
	case *ssa.BinOp, *ssa.Convert, *ssa.ChangeType, *ssa.ChangeInterface, *ssa.MakeInterface, *ssa.Field, *ssa.FieldAddr,
		*ssa.IndexAddr, *ssa.Index, *ssa.Slice, *ssa.TypeAssert, *ssa.Extract, *ssa.Lookup, *ssa.SliceToArrayPointer, *ssa.MakeClosure:
		return v.operandVaries(in, seen)
	case *ssa.Call:
		b, ok := x.Call.Value.(*ssa.Builtin)
		return !ok || b.Name() != "len" && b.Name() != "cap" || v.operandVaries(in, seen)
	}
	return true // phis, calls, what a range gives
}

func (v *loopView) operandVaries(in ssa.Instruction, seen map[ssa.Value]bool) bool {
	var buf [10]*ssa.Value
	for _, op := range in.Operands(buf[:0]) {
		if *op != nil && v.varies(*op, seen) {
			return true
		}
	}
	return false
}

// loadVaries judges what stands at an address.
func (v *loopView) loadVaries(addr ssa.Value, seen map[ssa.Value]bool) bool {
	if v.varies(addr, seen) {
		return true
	}
	for b := range v.body {
		for _, in := range b.Instrs {
			if st, ok := in.(*ssa.Store); ok && samePlace(st.Addr, addr) {
				return true
			}
		}
	}
	return false
}

// samePlace tells whether two addresses may be of one variable or field.
func samePlace(a, b ssa.Value) bool {
	if a == b {
		return true
	}
	x, okX := a.(*ssa.FieldAddr)
	y, okY := b.(*ssa.FieldAddr)
	return okX && okY && x.Field == y.Field && x.X.Type() == y.X.Type()
}

// contentVaries judges a local variable by what the loop stores in it, in whole, by
// field or by element.
func (v *loopView) contentVaries(a ssa.Value, seen map[ssa.Value]bool) bool {
	refs := a.Referrers()
	if refs == nil {
		return true
	}
	for _, ref := range *refs {
		switch ref := ref.(type) {
		case *ssa.Store:
			if ref.Addr == a && v.body[ref.Block()] && v.varies(ref.Val, seen) {
				return true
			}
		case *ssa.FieldAddr:
			if v.contentVaries(ref, seen) {
				return true
			}
		case *ssa.IndexAddr:
			if ref.X == a && v.contentVaries(ref, seen) {
				return true
			}
		}
	}
	return false
}

// boundPerTurn tells whether a captured variable is new in each turn of the loop
// that makes the closure.
func (v *loopView) boundPerTurn(f *ssa.FreeVar) bool {
	if loopBody(v.fn) {
		return false // declared outside of the body
	}
	at := -1
	for i, fv := range v.fn.FreeVars {
		if fv == f {
			at = i
		}
	}
	refs := v.fn.Referrers()
	if refs == nil || at < 0 {
		return true
	}
	for _, ref := range *refs {
		if mk, ok := ref.(*ssa.MakeClosure); ok && mk.Fn == v.fn && at < len(mk.Bindings) {
			if in, ok := mk.Bindings[at].(ssa.Instruction); !ok || v.e.loopBlocks(in.Parent())[in.Block()] {
				return true
			}
		}
	}
	return false
}

// needs tells whether a value comes from the call of the turn before.
func (v *loopView) needs(x ssa.Value, call ssa.CallInstruction, seen map[ssa.Value]bool) bool {
	if seen[x] {
		return false
	}
	seen[x] = true
	if made, ok := call.(ssa.Value); ok && made == x {
		return true
	}
	in, ok := x.(ssa.Instruction)
	if !ok || in.Parent() != v.fn {
		return false
	}
	if !v.body[in.Block()] {
		if _, ok := x.(*ssa.Alloc); !ok {
			return false
		}
	}
	if a, ok := x.(*ssa.Alloc); ok {
		return v.storesNeed(a, call, seen)
	}
	var buf [10]*ssa.Value
	for _, op := range in.Operands(buf[:0]) {
		if *op != nil && v.needs(*op, call, seen) {
			return true
		}
	}
	return false
}

func (v *loopView) storesNeed(a ssa.Value, call ssa.CallInstruction, seen map[ssa.Value]bool) bool {
	refs := a.Referrers()
	if refs == nil {
		return false
	}
	for _, ref := range *refs {
		switch ref := ref.(type) {
		case *ssa.Store:
			if ref.Addr == a && v.body[ref.Block()] && v.needs(ref.Val, call, seen) {
				return true
			}
		case *ssa.FieldAddr:
			if v.storesNeed(ref, call, seen) {
				return true
			}
		}
	}
	return false
}
