package facts

import (
	"golang.org/x/tools/go/ssa"
)

// A store is often made where it is used, for one call: stores.Get("tasks").Count().
// Of its methods only those run for this name that are called on it.

// runsFor tells whether a function may run on what a call makes: false only if the
// value goes nowhere but to calls of its methods, and none of them leads there.
func (e *extractor) runsFor(giver ssa.Instruction, fn *ssa.Function) bool {
	made, ok := giver.(*ssa.Call)
	if !ok || topFunc(fn).Signature.Recv() == nil {
		return true
	}
	methods := map[*ssa.Function]bool{}
	if !e.calledOn(made, methods, 0) || len(methods) == 0 {
		return true
	}
	e.onSelf(methods)
	return methods[topFunc(fn)]
}

// calledOn gathers the methods that are called on a value; false if it goes elsewhere.
func (e *extractor) calledOn(v ssa.Value, methods map[*ssa.Function]bool, depth int) bool {
	if v.Referrers() == nil || depth > 3 {
		return false
	}
	for _, in := range *v.Referrers() {
		switch in := in.(type) {
		case *ssa.DebugRef:
		case *ssa.Extract:
			if in.Index == 0 && !e.calledOn(in, methods, depth+1) {
				return false
			}
		case *ssa.MakeInterface:
			if !e.calledOn(in, methods, depth+1) {
				return false
			}
		case ssa.CallInstruction:
			if !receives(in.Common(), v) {
				return false
			}
			for _, target := range e.sites[in] {
				methods[target] = true
			}
		default:
			return false
		}
	}
	return true
}

// receives tells whether a value is the receiver of a call, and nothing else of it.
func receives(com *ssa.CallCommon, v ssa.Value) bool {
	args := com.Args
	switch {
	case com.IsInvoke():
		if com.Value != v {
			return false
		}
	case com.Signature().Recv() == nil || len(args) == 0 || args[0] != v:
		return false
	default:
		args = args[1:]
	}
	for _, a := range args {
		if a == v {
			return false
		}
	}
	return true
}

// onSelf adds the methods that methods call on their own receiver.
func (e *extractor) onSelf(methods map[*ssa.Function]bool) {
	var work []*ssa.Function
	for m := range methods {
		work = append(work, m)
	}
	for len(work) > 0 {
		m := work[len(work)-1]
		work = work[:len(work)-1]
		visitWithAnon(m, func(in ssa.Instruction) {
			call, ok := in.(ssa.CallInstruction)
			if !ok || len(m.Params) == 0 {
				return
			}
			for _, target := range e.sites[call] {
				if recv := target.Signature.Recv(); recv != nil && !methods[target] && originName(namedOf(recv.Type())) == originName(namedOf(m.Params[0].Type())) {
					methods[target] = true
					work = append(work, target)
				}
			}
		})
	}
}
