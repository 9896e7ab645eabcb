package facts

import (
	"slices"

	"golang.org/x/tools/go/ssa"
)

func eachInstr(fn *ssa.Function, do func(ssa.Instruction)) {
	for _, b := range fn.Blocks {
		for _, in := range b.Instrs {
			do(in)
		}
	}
}

// eachCall calls do for each call of a function, in the order of its code. Most steps
// look for calls, one instruction in five: they are picked out once.
func (e *extractor) eachCall(fn *ssa.Function, do func(ssa.CallInstruction)) {
	for _, call := range e.callsIn(fn) {
		do(call)
	}
}

func (e *extractor) callsIn(fn *ssa.Function) []ssa.CallInstruction {
	list, ok := e.picked[fn]
	if !ok {
		eachInstr(fn, func(in ssa.Instruction) {
			switch in := in.(type) {
			case *ssa.Call:
				list = append(list, in)
			case *ssa.Go:
				list = append(list, in)
			case *ssa.Defer:
				list = append(list, in)
			}
		})
		e.picked[fn] = slices.Clip(list)
	}
	return list
}

// visitWithAnon visits the instructions of a function and of those inside it.
func visitWithAnon(fn *ssa.Function, do func(ssa.Instruction)) {
	eachInstr(fn, do)
	for _, a := range fn.AnonFuncs {
		visitWithAnon(a, do)
	}
}

// roomy gives a list room for as many again when it is full. Append adds a quarter: in
// all five times the memory of a list of a hundred thousand facts, not twice.
func roomy[T any](list []T) []T {
	if len(list) < cap(list) {
		return list
	}
	return slices.Grow(list, max(len(list), 64))
}
