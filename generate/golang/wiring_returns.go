package golang

import (
	"go/token"

	"golang.org/x/tools/go/ssa"
)

// onlyReturn is what a function returns when all goes well.
func (d *deriver) onlyReturn(f *ssa.Function, i int) (ssa.Value, error) {
	var only ssa.Value
	for _, ret := range successes(f) {
		if i >= len(ret.Results) {
			continue
		}
		v := ret.Results[i]
		if only != nil && only != v {
			return nil, &underivable{pos: d.position(f.Pos(), f), reason: "is returned by " + displayFunc(f) + " in several ways", typ: v.Type()}
		}
		only = v
	}
	if only == nil {
		return nil, &underivable{pos: d.position(f.Pos(), f), reason: "is returned by " + displayFunc(f) + ", which never succeeds"}
	}
	return only, nil
}

// successes are the returns of a function without an error: with a nil one or, when
// there is none such, those whose error is not known.
func successes(f *ssa.Function) []*ssa.Return {
	var sure, perhaps []*ssa.Return
	results := f.Signature.Results()
	withErr := results.Len() > 0 && isError(results.At(results.Len()-1).Type())
	for _, b := range f.Blocks {
		ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return)
		if !ok || b == f.Recover || withErr && onError(b) {
			continue
		}
		if !withErr {
			sure = append(sure, ret)
			continue
		}
		switch last := ret.Results[len(ret.Results)-1].(type) {
		case *ssa.Const:
			sure = append(sure, ret)
		case *ssa.Extract:
			if first, ok := ret.Results[0].(*ssa.Extract); ok && first.Tuple == last.Tuple {
				perhaps = append(perhaps, ret) // return f(…)
			}
		default:
			if len(ret.Results) == 1 {
				perhaps = append(perhaps, ret)
			}
		}
	}
	if len(sure) > 0 {
		return sure
	}
	return perhaps
}

// onError tells whether a block is the body of: if err != nil.
func onError(b *ssa.BasicBlock) bool {
	if len(b.Preds) != 1 {
		return false
	}
	p := b.Preds[0]
	branch, ok := p.Instrs[len(p.Instrs)-1].(*ssa.If)
	if !ok || p.Succs[0] != b {
		return false
	}
	cond, ok := branch.Cond.(*ssa.BinOp)
	return ok && cond.Op == token.NEQ && isError(cond.X.Type())
}

// unconditional tells whether an instruction runs whenever its function succeeds.
func unconditional(in ssa.Instruction) bool {
	for _, ret := range successes(in.Parent()) {
		if !in.Block().Dominates(ret.Block()) {
			return false
		}
	}
	return true
}
