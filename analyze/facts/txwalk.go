package facts

import (
	"fmt"
	"go/types"
	"slices"
	"sort"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// maxTxDepth bounds how many calls a transaction is followed through.
const maxTxDepth = 8

// txWalker follows one transaction through the code.
type txWalker struct {
	e       *extractor
	finder  *txFinder
	reached map[ssa.CallInstruction]bool // calls that are given the transaction
	visited map[string]bool
	entered map[*ssa.Function]bool // functions that were visited
}

func (t *txFinder) walker() *txWalker {
	return &txWalker{e: t.e, finder: t, reached: map[ssa.CallInstruction]bool{}, visited: map[string]bool{}, entered: map[*ssa.Function]bool{}}
}

// walk visits a function in which carried values hold the transaction; all: every
// call runs inside; after: only what comes after this instruction.
func (w *txWalker) walk(fn *ssa.Function, carried map[ssa.Value]bool, all bool, after ssa.Instruction, depth int) {
	if depth > maxTxDepth || fn == nil {
		return
	}
	if fn.Blocks == nil || fn.Synthetic != "" && fn.Parent() == nil && fn.Origin() == nil {
		for _, target := range w.e.through(fn) { // bound methods
			if target != fn {
				w.walk(target, shift(fn, target, carried), all, nil, depth+1)
			}
		}
		return
	}
	if after == nil {
		key := visitKey(fn, carried, all)
		if w.visited[key] {
			return
		}
		w.visited[key] = true
	}
	w.entered[topFunc(fn)] = true
	eachInstr(fn, func(in ssa.Instruction) {
		if after != nil && !follows(after, in) {
			return
		}
		switch in := in.(type) {
		case *ssa.MakeClosure:
			if after == nil || !w.ownTransaction(in) {
				w.closure(in, carried, all, depth)
			}
		case ssa.CallInstruction:
			if in != after {
				w.call(in, carried, all, depth)
			}
		}
	})
}

// ownTransaction tells whether a closure is given to a helper, which opens another
// transaction for it.
func (w *txWalker) ownTransaction(mc *ssa.MakeClosure) bool {
	for _, r := range *mc.Referrers() {
		call, ok := r.(ssa.CallInstruction)
		if !ok {
			continue
		}
		for i := range w.finder.helperArgs(call) {
			if call.Common().Args[i] == mc {
				return true
			}
		}
	}
	return false
}

// shift maps what a bound method's wrapper is given to the method's parameters.
func shift(from, to *ssa.Function, carried map[ssa.Value]bool) map[ssa.Value]bool {
	out := map[ssa.Value]bool{}
	off := len(to.Params) - len(from.Params)
	for i, p := range from.Params {
		if carried[p] && i+off >= 0 && i+off < len(to.Params) {
			out[to.Params[i+off]] = true
		}
	}
	return out
}

func visitKey(fn *ssa.Function, carried map[ssa.Value]bool, all bool) string {
	var names []string
	for v := range carried {
		if v.Parent() == fn {
			names = append(names, v.Name())
		}
	}
	sort.Strings(names)
	return fmt.Sprintf("%p %v %s", fn, all, strings.Join(names, ","))
}

// follows tells whether in runs after the instruction a.
func follows(a, in ssa.Instruction) bool {
	if a.Block() != in.Block() {
		return a.Block().Dominates(in.Block())
	}
	for _, x := range a.Block().Instrs {
		if x == a {
			return true
		}
		if x == in {
			return false
		}
	}
	return false
}

func (w *txWalker) closure(mc *ssa.MakeClosure, carried map[ssa.Value]bool, all bool, depth int) {
	fn := mc.Fn.(*ssa.Function)
	inner := map[ssa.Value]bool{}
	for i, b := range mc.Bindings {
		if i < len(fn.FreeVars) && (w.carries(b, carried, 0) || cellCarries(w, b, carried, 1)) {
			inner[fn.FreeVars[i]] = true
		}
	}
	if fn.Parent() != nil {
		w.walk(fn, inner, all, nil, depth+1)
	}
}

// cellCarries looks into a captured variable.
func cellCarries(w *txWalker, b ssa.Value, carried map[ssa.Value]bool, depth int) bool {
	al, ok := b.(*ssa.Alloc)
	if !ok {
		return false
	}
	for _, v := range storedIn(al) {
		if w.carries(v, carried, depth) {
			return true
		}
	}
	return false
}

func (w *txWalker) call(call ssa.CallInstruction, carried map[ssa.Value]bool, all bool, depth int) {
	com := call.Common()
	hit := all || com.IsInvoke() && w.carries(com.Value, carried, 0)
	given := make([]bool, len(com.Args))
	for i, a := range com.Args {
		given[i] = w.carries(a, carried, 0)
		hit = hit || given[i]
	}
	if !hit && w.carries(com.Value, carried, 0) && com.StaticCallee() == nil {
		hit = true // query := tx.QueryRow
	}
	if !hit {
		return
	}
	w.reached[call] = true
	w.batch(call, depth)
	if all {
		w.functionsGiven(com, depth)
		if depth > 0 && !com.IsInvoke() && paramOf(com.Value) != nil {
			return // whoever was walked and gave it has walked it: others give theirs to others
		}
	}
	for _, target := range w.e.sites[call] {
		if target.Blocks == nil {
			continue
		}
		inner := map[ssa.Value]bool{}
		off := len(target.Params) - len(com.Args)
		for i, g := range given {
			if g && i+off >= 0 && i+off < len(target.Params) {
				inner[target.Params[i+off]] = true
			}
		}
		if com.IsInvoke() && off == 1 && w.carries(com.Value, carried, 0) {
			inner[target.Params[0]] = true
		}
		w.walk(target, inner, all, nil, depth+1)
	}
}

// functionsGiven walks the functions that a call is given by name: closures are walked
// where they are made.
func (w *txWalker) functionsGiven(com *ssa.CallCommon, depth int) {
	for _, a := range com.Args {
		if !isFunc(a.Type()) {
			continue
		}
		for _, fn := range functionsOf(a) {
			if fn.Parent() == nil {
				w.walk(fn, nil, true, nil, depth+1)
			}
		}
	}
}

// carries tells whether a value is the transaction, holds it, or was made with it.
func (w *txWalker) carries(v ssa.Value, carried map[ssa.Value]bool, depth int) bool {
	if v == nil || depth > 10 {
		return false
	}
	if carried[v] || w.e.isTxType(v.Type()) {
		return true
	}
	next := func(v ssa.Value) bool { return w.carries(v, carried, depth+1) }
	switch v := v.(type) {
	case *ssa.MakeInterface:
		return next(v.X)
	case *ssa.ChangeInterface:
		return next(v.X)
	case *ssa.ChangeType:
		return next(v.X)
	case *ssa.TypeAssert:
		return next(v.X)
	case *ssa.Extract:
		return w.e.canHold(v.Type()) && next(v.Tuple)
	case *ssa.Phi:
		for _, x := range v.Edges {
			if w.carries(x, carried, depth+4) {
				return true
			}
		}
	case *ssa.UnOp:
		return w.e.canHold(v.Type()) && (next(v.X) || cellCarries(w, v.X, carried, depth+1))
	case *ssa.FieldAddr:
		return w.e.canHold(v.Type().(*types.Pointer).Elem()) && next(v.X)
	case *ssa.Field:
		return w.e.canHold(v.Type()) && next(v.X)
	case *ssa.MakeClosure:
		return boundMethod(v) && next(v.Bindings[0])
	case *ssa.Alloc:
		return w.builtWith(v, carried, depth)
	case *ssa.Call:
		return w.madeWith(v, carried, depth)
	}
	return false
}

// boundMethod tells a method that is taken as a value.
func boundMethod(mc *ssa.MakeClosure) bool {
	return mc.Fn.(*ssa.Function).Parent() == nil && len(mc.Bindings) == 1
}

// madeWith tells whether a call's result was made with the transaction.
func (w *txWalker) madeWith(call *ssa.Call, carried map[ssa.Value]bool, depth int) bool {
	if tuple, ok := call.Type().(*types.Tuple); !ok && !w.e.canHold(call.Type()) {
		return false
	} else if ok && tuple.Len() == 0 {
		return false
	}
	com := call.Common()
	if callee := com.StaticCallee(); callee != nil {
		switch {
		case callee.Blocks != nil && runsWith(bareTypePath(call.Type())):
			return w.runnerGiven(call, callee, carried, depth)
		case callee.Pkg != nil && builders[callee.Pkg.Pkg.Path()] == "squirrel" && len(com.Args) > 0 && w.carries(com.Args[0], carried, depth):
			return true // chains are long
		}
	}
	if com.IsInvoke() && w.carries(com.Value, carried, depth+1) {
		return true
	}
	for _, a := range com.Args {
		if w.carries(a, carried, depth+1) || w.optionCarries(a, carried, depth+1) {
			return true
		}
	}
	return false
}

// optionCarries tells whether one of the options that a constructor is given holds the
// transaction: ent.NewClient(ent.Driver(driver)).
func (w *txWalker) optionCarries(list ssa.Value, carried map[ssa.Value]bool, depth int) bool {
	s, ok := list.(*ssa.Slice)
	if !ok || depth > 6 {
		return false
	}
	for _, item := range varargs(s) {
		option, ok := item.(*ssa.Call)
		if !ok || !isFunc(option.Type()) {
			continue
		}
		if slices.ContainsFunc(option.Call.Args, func(a ssa.Value) bool { return w.carries(a, carried, depth+1) }) {
			return true
		}
	}
	return false
}

// runnerGiven tells whether a function makes a statement that is run by the transaction
// which it is given: return builder.RunWith(db). Any other statement whoever made it may
// run.
func (w *txWalker) runnerGiven(call *ssa.Call, callee *ssa.Function, carried map[ssa.Value]bool, depth int) bool {
	args := bind(call, callee, nil).args
	for _, b := range callee.Blocks {
		ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return)
		if !ok || len(ret.Results) == 0 {
			continue
		}
		made, ok := ret.Results[0].(*ssa.Call)
		if !ok || calleeShort(made.Common()) != "RunWith" {
			continue
		}
		for _, a := range made.Call.Args {
			if p := paramOf(bareValue(a)); p != nil && w.carries(args[p], carried, depth+1) {
				return true
			}
		}
	}
	return false
}

// builtWith tells whether a local struct, or a field of it, holds the transaction.
func (w *txWalker) builtWith(a *ssa.Alloc, carried map[ssa.Value]bool, depth int) bool {
	if !w.e.canHold(a.Type()) {
		return false
	}
	for _, r := range *a.Referrers() {
		if st, ok := r.(*ssa.Store); ok && st.Addr == a && w.carries(st.Val, carried, depth+2) {
			return true // a struct that is passed by value
		}
		if fa, ok := r.(*ssa.FieldAddr); ok && w.fieldBuiltWith(fa, carried, depth) {
			return true
		}
	}
	return false
}

// fieldBuiltWith looks into what is stored in a field, or in one of a struct that stands
// in it.
func (w *txWalker) fieldBuiltWith(fa *ssa.FieldAddr, carried map[ssa.Value]bool, depth int) bool {
	for _, r := range *fa.Referrers() {
		switch r := r.(type) {
		case *ssa.Store:
			if r.Addr == fa && w.carries(r.Val, carried, depth+2) {
				return true
			}
		case *ssa.FieldAddr:
			if depth < 8 && w.fieldBuiltWith(r, carried, depth+1) {
				return true
			}
		}
	}
	return false
}
