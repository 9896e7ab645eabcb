package facts

import (
	"maps"
	"slices"
	"sort"

	"golang.org/x/tools/go/ssa"
)

// batch follows what was queued in a batch that a transaction sends, though it was
// queued before the transaction was begun: tx.SendBatch(ctx, batch) of pgx.
func (w *txWalker) batch(call ssa.CallInstruction, depth int) {
	if calleeShort(call.Common()) != "SendBatch" {
		return
	}
	for _, a := range call.Common().Args {
		if bareTypePath(a.Type()) != "github.com/jackc/pgx.Batch" {
			continue
		}
		same := w.e.sameBatch(a)
		fns := slices.Collect(maps.Keys(same))
		sort.Slice(fns, func(i, j int) bool { return w.e.lessFunc(fns[i], fns[j]) })
		for _, fn := range fns {
			w.walk(fn, same[fn], false, nil, depth+1)
		}
	}
}

// sameBatch gives the values that are the same batch, by the functions that they are
// in: loads of the variable that holds it, and what a function was given.
func (e *extractor) sameBatch(v ssa.Value) map[*ssa.Function]map[ssa.Value]bool {
	out := map[*ssa.Function]map[ssa.Value]bool{}
	var add func(v ssa.Value, depth int)
	add = func(v ssa.Value, depth int) {
		if v == nil || v.Parent() == nil || depth > 6 || out[v.Parent()][v] {
			return
		}
		if out[v.Parent()] == nil {
			out[v.Parent()] = map[ssa.Value]bool{}
		}
		out[v.Parent()][v] = true
		switch v := v.(type) {
		case *ssa.FreeVar:
			add(freeVar(v), depth+1)
		case *ssa.UnOp:
			for _, x := range cellLoads(v.X) {
				add(x, depth+1)
			}
		case *ssa.Parameter:
			for _, call := range e.caller[v.Parent()] {
				add(bind(call, v.Parent(), nil).args[v], depth+1)
			}
		}
	}
	add(v, 0)
	return out
}

// cellLoads gives what is loaded from the variable at an address in the function that
// it is declared in, and what is stored there.
func cellLoads(addr ssa.Value) []ssa.Value {
	if fv, ok := addr.(*ssa.FreeVar); ok {
		addr = freeVar(fv)
	}
	cell, ok := addr.(*ssa.Alloc)
	if !ok {
		return nil
	}
	out := storedIn(cell)
	for _, in := range *cell.Referrers() {
		if load, ok := in.(*ssa.UnOp); ok {
			out = append(out, load)
		}
	}
	return out
}
