package facts

import "golang.org/x/tools/go/ssa"

// reaching gives the values that a variable, whose cell is captured by a closure or
// whose address is taken, may hold where it is loaded: those stored last on each way
// there, in the function that loads it; what a closure might store between is not
// looked for. Where a way has no store it is all that is stored anywhere.
func reaching(load *ssa.UnOp, cell *ssa.Alloc) []ssa.Value {
	w := &storeWalk{addr: load.X, seen: map[*ssa.BasicBlock]bool{}}
	w.before(load.Block(), load)
	if w.entry || len(w.found) == 0 {
		return storedIn(cell)
	}
	return w.found
}

// storeWalk goes backwards from a load.
type storeWalk struct {
	addr  ssa.Value
	found []ssa.Value
	seen  map[*ssa.BasicBlock]bool
	entry bool // a way without a store leads to the function's start
}

// before looks for the last store in a block, before an instruction if one is given.
func (w *storeWalk) before(b *ssa.BasicBlock, in ssa.Instruction) {
	var last ssa.Value
	for _, x := range b.Instrs {
		if x == in {
			break
		}
		if st, ok := x.(*ssa.Store); ok && st.Addr == w.addr {
			last = st.Val
		}
	}
	switch {
	case last != nil:
		w.found = append(w.found, last)
	case len(b.Preds) == 0:
		w.entry = true
	default:
		for _, p := range b.Preds {
			if !w.seen[p] {
				w.seen[p] = true
				w.before(p, nil)
			}
		}
	}
}
