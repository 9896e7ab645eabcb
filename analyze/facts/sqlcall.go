package facts

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// given resolves a parameter of a constructor by all of its callers, or by the one
// that is chosen.
func (r *stringResolver) given(p *ssa.Parameter) []string {
	var args []ssa.Value
	var list []offer
	for _, call := range r.e.caller[p.Parent()] {
		if a, ok := bind(call, p.Parent(), nil).args[p]; ok {
			args = append(args, a)
			list = append(list, offer{a, call})
		}
		if r.strict && len(args) > 1 {
			return nil // before a thousand more callers are looked at
		}
	}
	if p.Object() != nil {
		if v, ok := r.offers(p.Object(), list); ok {
			return r.texts(v, nil)
		}
	}
	return r.union(args, nil)
}

func (r *stringResolver) parameter(p *ssa.Parameter, en *env) []string {
	for at := en; at != nil; at = at.up {
		if a, ok := at.args[p]; ok {
			return r.texts(a, at.up)
		}
	}
	if r.fields > 0 && r.fields < 4 {
		if out := r.given(p); len(out) > 0 {
			return out
		}
	}
	r.open[p] = true
	return nil
}

// call resolves the result of a call.
func (r *stringResolver) call(call *ssa.Call, result int, en *env) []string {
	com := call.Common()
	if b, ok := com.Value.(*ssa.Builtin); ok {
		if b.Name() == "append" && isBytes(call.Type()) {
			return r.cross(r.texts(com.Args[0], en), r.texts(com.Args[1], en))
		}
		return nil
	}
	if op := tableOperand(call, 0); op != call {
		return r.texts(op, en)
	}
	if n := tableNamed(com); n != nil {
		return []string{(&mapperFinder{e: r.e, naming: r.e.naming()}).tableName(n, "pop")}
	}
	if op := collectionOperand(com); op != nil {
		return r.texts(op, en)
	}
	if r.handles {
		if op := handleOperand(com); op != nil {
			return r.texts(op, en)
		}
		if op := upperOperand(com); op != nil {
			return r.texts(op, en)
		}
	}
	if op := statementOperand(com); op != nil && r.named {
		return r.texts(op, en)
	}
	if out := r.preparedText(call, en); out != nil {
		return out
	}
	if callee := com.StaticCallee(); callee != nil && callee.Blocks == nil {
		if out, ok := r.known(fullName(callee), com.Args, en); ok {
			return out
		}
		return r.passThrough(com, en)
	}
	var out []string
	for _, callee := range r.callees(call) {
		out = append(out, r.inline(call, callee, result, en)...)
	}
	if len(out) == 0 || allHoles(out) {
		return r.passThrough(com, en)
	}
	return out
}

// callees gives the functions that a call reaches: one, if what stands for the
// receiver is known.
func (r *stringResolver) callees(call *ssa.Call) []*ssa.Function {
	all := r.e.sites[call]
	if !call.Call.IsInvoke() {
		return all
	}
	if m, ok := r.as.of(call.Call.Value).(*ssa.MakeInterface); ok {
		for _, fn := range all {
			if recv := fn.Signature.Recv(); recv != nil && types.Identical(recv.Type(), m.X.Type()) {
				return []*ssa.Function{fn}
			}
		}
	}
	return all
}

// inline resolves what a function of the module returns.
func (r *stringResolver) inline(call *ssa.Call, fn *ssa.Function, result int, en *env) []string {
	if r.inlined > 4 || fn.Blocks == nil {
		return nil
	}
	r.inlined++
	r.looked = true
	defer func() { r.inlined-- }()
	inner := bind(call, fn, en)
	var vals []ssa.Value
	for _, b := range fn.Blocks {
		if ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok && result < len(ret.Results) {
			vals = append(vals, ret.Results[result])
		}
	}
	return r.union(vals, inner)
}

func allHoles(texts []string) bool {
	for _, t := range texts {
		if strings.Trim(t, hole+" \n\t") != "" {
			return false
		}
	}
	return true
}

// passThrough sees through a call that is given one string and gives one, such as
// Rebind, if the string is SQL: what it changes is not the tables.
func (r *stringResolver) passThrough(com *ssa.CallCommon, en *env) []string {
	var one ssa.Value
	for _, a := range com.Args {
		if isString(a.Type()) {
			if one != nil {
				return nil
			}
			one = a
		}
	}
	if one == nil || r.strict {
		return nil
	}
	texts := r.texts(one, en)
	if out := r.lookUp(texts); out != nil {
		return out
	}
	for _, t := range texts { // os.Getenv is given one string too
		if v := readSQL(t).verb; v == "" || v == hole || !strings.ContainsAny(t, " \n\t") {
			return nil
		}
	}
	return texts
}

// fullName names a function of any module: path.Name, (path.Type).Name.
func fullName(fn *ssa.Function) string {
	if o := fn.Origin(); o != nil {
		fn = o
	}
	if obj, ok := fn.Object().(*types.Func); ok {
		return obj.Origin().FullName()
	}
	return fn.String()
}
