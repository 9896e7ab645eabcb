package facts

import (
	"go/types"
	"sort"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// learn finds openers and helpers of the module, to a fixed point.
func (t *txFinder) learn() {
	for changed := true; changed; {
		changed = false
		for _, fn := range t.e.funcs {
			if t.e.ctx.Err() != nil {
				return
			}
			begun := t.beginsIn(fn)
			if begun != nil && !t.openers[fn] && (givesTx(fn) || returns(fn, begun) || t.wraps(fn, begun)) && !t.commits(fn) {
				t.openers[fn], changed = true, true
			}
			changed = t.learnHelper(fn, begun) || changed
		}
	}
}

func (t *txFinder) beginsIn(fn *ssa.Function) (found ssa.CallInstruction) {
	t.e.eachCall(fn, func(call ssa.CallInstruction) {
		if found == nil && t.begins(call) {
			found = call
		}
	})
	return found
}

func givesTx(fn *ssa.Function) bool {
	for v := range fn.Signature.Results().Variables() {
		if isTx(v.Type(), 0) || sessionTypes[bareTypePath(v.Type())] && bareTypePath(v.Type()) != "context.Context" {
			return true
		}
	}
	return false
}

// returns tells whether a function gives back what a call has begun, be it as an
// interface of the module that does not look like a transaction.
func returns(fn *ssa.Function, begun ssa.CallInstruction) bool {
	call, ok := begun.(*ssa.Call)
	if !ok {
		return false
	}
	for _, b := range fn.Blocks {
		ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return)
		if !ok {
			continue
		}
		for _, v := range ret.Results {
			if x, ok := bareValue(v).(*ssa.Extract); ok && x.Tuple == call && x.Index == 0 || bareValue(v) == call {
				return true
			}
		}
	}
	return false
}

// wraps tells whether a function gives back what it made around a transaction that a
// call has begun: something that is committed or rolled back itself, or a context that
// carries it.
func (t *txFinder) wraps(fn *ssa.Function, begun ssa.CallInstruction) bool {
	w, seed := t.walker(), seedOf(begun)
	for _, b := range fn.Blocks {
		ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return)
		if !ok {
			continue
		}
		for _, v := range ret.Results {
			carrier := bareTypePath(v.Type()) == "context.Context" || ends(v.Type(), "Commit") && ends(v.Type(), "Rollback")
			if carrier && w.carries(v, seed, 0) {
				return true
			}
		}
	}
	return false
}

func ends(t types.Type, name string) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
	_, ok := obj.(*types.Func)
	return ok
}

// commits tells whether the function also ends the transaction.
func (t *txFinder) commits(fn *ssa.Function) (found bool) {
	t.e.eachCall(fn, func(call ssa.CallInstruction) {
		if calleeShort(call.Common()) == "Commit" {
			found = true
		}
	})
	return found
}

// learnHelper finds the function's parameters that run inside a transaction, and for a
// closure those of the functions around it.
func (t *txFinder) learnHelper(fn *ssa.Function, begun ssa.CallInstruction) bool {
	changed := false
	visitWithAnon(fn, func(in ssa.Instruction) {
		call, ok := in.(ssa.CallInstruction)
		if !ok {
			return
		}
		if p := calledParam(call.Common()); begun != nil && p != nil && encloses(p.Parent(), fn) && t.helpers[p] == nil {
			if b := t.bodyOf(call, begun); b.all || len(b.carried) > 0 {
				t.helpers[p] = b
				changed = true
			}
		}
		for i, body := range t.helperArgs(call) {
			if p := paramOf(call.Common().Args[i]); p != nil && encloses(p.Parent(), fn) && t.helpers[p] == nil {
				t.helpers[p] = body
				changed = true
			}
			changed = t.learnWrapped(fn, call.Common().Args[i], body) || changed
		}
	})
	return changed
}

// calledParam gives the function that a call calls if it is a parameter: ctx.Err() of
// a context is a call of no parameter.
func calledParam(com *ssa.CallCommon) *ssa.Parameter {
	if com.IsInvoke() {
		return nil
	}
	return paramOf(com.Value)
}

// learnWrapped finds a parameter that is called by the closure that the function
// gives to a helper.
func (t *txFinder) learnWrapped(fn *ssa.Function, arg ssa.Value, body *txBody) bool {
	changed := false
	for _, inner := range functionsOf(arg) {
		if inner.Parent() == nil {
			continue
		}
		w := t.walker()
		carried := bodyParams(inner, body)
		t.e.eachCall(inner, func(call ssa.CallInstruction) {
			p := calledParam(call.Common())
			if p == nil || p.Parent() != fn || t.helpers[p] != nil {
				return
			}
			b := &txBody{carried: map[int]bool{}}
			for i, a := range call.Common().Args {
				if w.carries(a, carried, 0) {
					b.carried[i] = true
				}
			}
			b.all = len(b.carried) == 0 && isWork(call)
			if b.all || len(b.carried) > 0 {
				t.helpers[p] = b
				changed = true
			}
		})
	}
	return changed
}

func (t *txFinder) bodyOf(call, begun ssa.CallInstruction) *txBody {
	b := &txBody{carried: map[int]bool{}}
	w := t.walker()
	seed := seedOf(begun)
	for i, a := range call.Common().Args {
		if w.carries(a, seed, 0) {
			b.carried[i] = true
		}
	}
	b.all = len(b.carried) == 0 && isWork(call)
	return b
}

// isWork tells whether a function value that is called is work that runs inside: it
// gives an error, as no clock or option does, and is given no data, as what is called
// for each row is.
func isWork(call ssa.CallInstruction) bool {
	sig := call.Common().Signature()
	for v := range sig.Params().Variables() {
		if bareTypePath(v.Type()) != "context.Context" && !canHoldTx(v.Type(), 0) {
			return false
		}
	}
	return sig.Results().Len() > 0 && isErrorType(sig.Results().At(sig.Results().Len()-1).Type())
}

// helperArgs gives the arguments of a call that are run inside a transaction.
func (t *txFinder) helperArgs(call ssa.CallInstruction) map[int]*txBody {
	com := call.Common()
	out := map[int]*txBody{}
	for _, target := range t.e.sites[call] {
		off := len(target.Params) - len(com.Args)
		for i := range com.Args {
			if i+off >= 0 && i+off < len(target.Params) {
				if b := t.helpers[target.Params[i+off]]; b != nil {
					out[i] = b
				}
			}
		}
	}
	callee, name := com.StaticCallee(), calleeShort(com)
	elsewhere := callee != nil && callee.Blocks == nil || com.IsInvoke() && com.Method.Pkg() != nil && !t.e.own[com.Method.Pkg()]
	if len(out) > 0 || !elsewhere {
		return out
	}
	for i, a := range com.Args {
		sig, ok := a.Type().Underlying().(*types.Signature)
		if !ok {
			continue
		}
		b := &txBody{carried: map[int]bool{}}
		for j := range sig.Params().Len() {
			pt := sig.Params().At(j).Type()
			if isTx(pt, 0) || txHelpers[name] && sessionTypes[bareTypePath(pt)] {
				b.carried[j] = true
			}
		}
		if len(b.carried) > 0 {
			out[i] = b
		}
	}
	return out
}

func bodyParams(fn *ssa.Function, b *txBody) map[ssa.Value]bool {
	out := map[ssa.Value]bool{}
	sigLen := fn.Signature.Params().Len()
	off := len(fn.Params) - sigLen
	for i := range b.carried {
		if i+off >= 0 && i+off < len(fn.Params) {
			out[fn.Params[i+off]] = true
		}
	}
	return out
}

// runsParam tells whether the function is a helper.
func (t *txFinder) runsParam(fn *ssa.Function) bool {
	for f := fn; f != nil; f = f.Parent() {
		for _, p := range f.Params {
			if t.helpers[p] != nil {
				return true
			}
		}
	}
	return false
}

// begins tells whether a call opens a transaction and gives it back.
func (t *txFinder) begins(call ssa.CallInstruction) bool {
	com := call.Common()
	for _, target := range t.e.sites[call] {
		if t.openers[target] {
			return true
		}
	}
	name := calleeShort(com)
	if callee := com.StaticCallee(); callee != nil && callee.Blocks != nil && !givesEntTx(callee) {
		return false
	}
	if !strings.HasPrefix(name, "Begin") && !strings.HasPrefix(name, "MustBegin") && name != "Tx" && name != "BeginTx" {
		return false
	}
	for v := range com.Signature().Results().Variables() {
		if isTx(v.Type(), 0) || sessionTypes[bareTypePath(v.Type())] {
			return true
		}
	}
	return len(beginsOn(call)) > 0
}

// seedOf gives the values that are a transaction once it is begun.
func seedOf(begun ssa.CallInstruction) map[ssa.Value]bool {
	seed := map[ssa.Value]bool{}
	if v, ok := begun.(ssa.Value); ok {
		seed[v] = true
	}
	for _, v := range beginsOn(begun) {
		seed[v] = true
	}
	return seed
}

// beginsOn gives the session that a call puts into a transaction, as session.Begin()
// of xorm does: it gives nothing back but an error. What a variable holds stands for
// the variable.
func beginsOn(call ssa.CallInstruction) []ssa.Value {
	com := call.Common()
	res := com.Signature().Results()
	if com.IsInvoke() || len(com.Args) == 0 || com.Signature().Recv() == nil || !strings.HasPrefix(calleeShort(com), "Begin") ||
		res.Len() != 1 || res.At(0).Type().String() != "error" {
		return nil
	}
	session := com.Args[0]
	if !sessionTypes[bareTypePath(session.Type())] {
		return nil
	}
	if load, ok := session.(*ssa.UnOp); ok {
		cell := load.X
		if fv, ok := cell.(*ssa.FreeVar); ok {
			cell = freeVar(fv)
		}
		if al, ok := cell.(*ssa.Alloc); ok {
			return storedIn(al)
		}
	}
	return []ssa.Value{session}
}

// givesEntTx: Client.Tx is generated into the module.
func givesEntTx(fn *ssa.Function) bool {
	for v := range fn.Signature.Results().Variables() {
		if n := namedOf(v.Type()); n != nil && isEntTx(n) {
			return fn.Signature.Recv() != nil && namedOf(fn.Signature.Recv().Type()) != nil && namedOf(fn.Signature.Recv().Type()).Obj().Pkg() == n.Obj().Pkg()
		}
	}
	return false
}

func sortedKeys(m map[int]*txBody) []int {
	var out []int
	for k := range m {
		out = append(out, k)
	}
	sort.Ints(out)
	return out
}
