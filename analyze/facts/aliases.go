package facts

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// An alias is what two sides go on sharing after a call: an argument that the callee
// keeps in a field, a container or a package variable, or a result that it took from
// there. It is told only where the difference to a copy shows: one side changes it in
// place later.

// keeper is where a reference is kept: a field or a package variable itself, or so
// many containers deep in it.
type keeper struct {
	of   any // *types.Var of a field, or *ssa.Global
	deep int
}

// changedInPlace lists the keepers through which something is changed in place,
// with the first such instruction.
func (e *extractor) changedInPlace() map[keeper]ssa.Instruction {
	if e.inPlace != nil {
		return e.inPlace
	}
	e.inPlace = map[keeper]ssa.Instruction{}
	mark := func(v ssa.Value, in ssa.Instruction) {
		for _, k := range keepersBehind(v) {
			if e.inPlace[k] == nil {
				e.inPlace[k] = in
			}
		}
	}
	for _, fn := range e.funcs {
		if e.ctx.Err() != nil {
			break
		}
		if e.atInit(fn) {
			continue
		}
		eachInstr(fn, func(in ssa.Instruction) {
			if v := changedBy(in); v != nil {
				mark(v, in)
			}
			if call, ok := in.(ssa.CallInstruction); ok {
				for i, a := range call.Common().Args {
					if refers(a.Type()) && e.argMutated(call, i) {
						mark(a, in)
					}
				}
			}
		})
	}
	return e.inPlace
}

// keepersBehind follows an address, or a reference, back to the fields and variables
// that it was loaded from.
func keepersBehind(v ssa.Value) []keeper {
	var out []keeper
	deep := 0
	for range 16 {
		switch x := v.(type) {
		case *ssa.FieldAddr:
			v = x.X
		case *ssa.IndexAddr:
			v, deep = x.X, deep+1
		case *ssa.Lookup:
			v, deep = x.X, deep+1
		case *ssa.Extract:
			v = x.Tuple
		case *ssa.Next:
			v, deep = x.Iter, deep+1
		case *ssa.Range:
			v = x.X
		case *ssa.Slice:
			v = x.X
		case *ssa.ChangeType:
			v = x.X
		case *ssa.TypeAssert:
			v = x.X
		case *ssa.MakeInterface:
			v = x.X
		case *ssa.UnOp:
			switch a := x.X.(type) {
			case *ssa.FieldAddr:
				out = append(out, keeper{fieldOf(a.X.Type(), a.Field), deep})
				v, deep = a.X, 0
			case *ssa.Global:
				return append(out, keeper{a, deep})
			default:
				v = x.X
			}
		default:
			return out
		}
	}
	return out
}

// loadedFrom is the keeper that a value itself was loaded from.
func loadedFrom(v ssa.Value) (keeper, bool) {
	list := keepersBehind(v)
	if len(list) == 0 {
		return keeper{}, false
	}
	return list[0], true
}

// aliasObstacles names the arguments that are kept and the results that are handed
// out of what is kept, where a copy makes a difference.
func (e *extractor) aliasObstacles(fn *ssa.Function, w *wire) []Obstacle {
	if ofData(fn) {
		return nil
	}
	var out []Obstacle
	for i, p := range fn.Params {
		if i == 0 && fn.Signature.Recv() != nil || w.stopped[p.Name()] || !aliasable(p.Type()) {
			continue
		}
		if at, changed := e.keptArg(fn, p, i); changed != nil {
			out = append(out, Obstacle{Kind: "alias", Path: "parameter " + p.Name() + " → " + w.name(p.Type()),
				Detail: fmt.Sprintf("kept at %s, changed at %s", e.lineOf(at), e.lineOf(changed))})
		}
	}
	seen := map[string]bool{}
	eachInstr(fn, func(in ssa.Instruction) {
		ret, ok := in.(*ssa.Return)
		if !ok {
			return
		}
		for i, r := range ret.Results {
			label := resultLabel(fn.Signature, i)
			if !aliasable(r.Type()) || seen[label] || w.hard(label) {
				continue
			}
			if k, ok := loadedFrom(r); ok && e.changedInPlace()[k] != nil && e.outlives(r) {
				seen[label] = true
				out = append(out, Obstacle{Kind: "alias", Path: label + " → " + w.name(r.Type()),
					Detail: fmt.Sprintf("handed out at %s, changed at %s", e.lineOf(ret), e.lineOf(e.changedInPlace()[k]))})
			}
		}
	})
	return out
}

// ofData tells the methods of types that hide nothing: they cross as a whole, and
// their methods run where they are.
func ofData(fn *ssa.Function) bool {
	if fn.Signature.Recv() == nil {
		return false
	}
	st, ok := derefStruct(fn.Signature.Recv().Type())
	if !ok {
		return false
	}
	for f := range st.Fields() {
		if !f.Exported() || handles[bareTypePath(f.Type())] != "" {
			return false
		}
	}
	return true
}

// aliasable tells types whose values are shared when they are passed.
func aliasable(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Map:
		return true
	case *types.Slice:
		return true
	case *types.Pointer:
		_, ok := u.Elem().Underlying().(*types.Struct)
		return ok && bareTypePath(t) != "time.Location"
	}
	return false
}

// hard tells whether what a label names cannot cross for another reason.
func (w *wire) hard(label string) bool {
	for _, o := range w.obstacles {
		if (o.Path == label || strings.HasPrefix(o.Path, label+" ")) && o.Kind != "unexported" && o.Kind != "interface" {
			return true
		}
	}
	return false
}

func resultLabel(sig *types.Signature, i int) string {
	n := sig.Results().Len()
	if n > 2 || n == 2 && !isErrorType(sig.Results().At(1).Type()) {
		return fmt.Sprintf("result %d", i+1)
	}
	return "result"
}

// outlives tells whether what a value was loaded from is of a receiver that is a
// reference, or of a package variable: not of a copy that is the function's own.
func (e *extractor) outlives(v ssa.Value) bool {
	if roots := rootParams(v, 0); len(roots) > 0 {
		fn := roots[0].Parent()
		_, pointer := roots[0].Type().Underlying().(*types.Pointer)
		return pointer && fn.Signature.Recv() != nil && roots[0] == fn.Params[0]
	}
	return rootGlobal(v) != nil
}

func rootGlobal(v ssa.Value) *ssa.Global {
	for _, k := range keepersBehind(v) {
		if g, ok := k.of.(*ssa.Global); ok {
			return g
		}
	}
	return nil
}

// keptArg finds where a parameter is kept, and what changes it in place later: code
// that reaches it from there, or a caller after the call.
func (e *extractor) keptArg(fn *ssa.Function, p *ssa.Parameter, i int) (at, changed ssa.Instruction) {
	eachInstr(fn, func(in ssa.Instruction) {
		k, ok := keeps(in, p)
		if !ok || changed != nil {
			return
		}
		at, changed = in, e.changedInPlace()[k]
		if changed == nil {
			changed = e.changedByCaller(fn, i)
		}
	})
	return at, changed
}

// keeps tells where an instruction puts a parameter so that it outlives the call.
func keeps(in ssa.Instruction, p *ssa.Parameter) (keeper, bool) {
	switch in := in.(type) {
	case *ssa.Store:
		deep, ok := putIn(in.Val, p)
		if !ok {
			return keeper{}, false
		}
		switch a := in.Addr.(type) {
		case *ssa.FieldAddr:
			if outside(a.X) {
				return keeper{fieldOf(a.X.Type(), a.Field), deep}, true
			}
		case *ssa.Global:
			return keeper{a, deep}, true
		}
	case *ssa.MapUpdate:
		if in.Value == ssa.Value(p) && outside(in.Map) {
			if k, ok := loadedFrom(in.Map); ok {
				return keeper{k.of, k.deep + 1}, true
			}
		}
	}
	return keeper{}, false
}

// putIn tells whether a value is the parameter, or a slice that it was appended to.
func putIn(v ssa.Value, p *ssa.Parameter) (deep int, ok bool) {
	if v == ssa.Value(p) {
		return 0, true
	}
	call, ok := v.(*ssa.Call)
	if !ok {
		return 0, false
	}
	if b, ok := call.Call.Value.(*ssa.Builtin); !ok || b.Name() != "append" || len(call.Call.Args) < 2 {
		return 0, false
	}
	return 1, slices.Contains(sliceItems(call.Call.Args[1]), ssa.Value(p))
}

// outside tells whether a reference is of the receiver or a package variable, and so
// outlives the call.
func outside(v ssa.Value) bool {
	if rootGlobal(v) != nil {
		return true
	}
	roots := rootParams(v, 0)
	return len(roots) > 0 && roots[0].Parent().Signature.Recv() != nil && roots[0] == roots[0].Parent().Params[0]
}

// changedByCaller finds a caller that changes the argument after the call.
func (e *extractor) changedByCaller(fn *ssa.Function, i int) ssa.Instruction {
	for _, call := range e.caller[fn] {
		args := call.Common().Args
		j := i
		if call.Common().IsInvoke() {
			j--
		}
		if j < 0 || j >= len(args) || args[j].Referrers() == nil {
			continue
		}
		for _, in := range changesOf(args[j]) {
			if in.Parent() == call.Parent() && in != ssa.Instruction(call) && follows(call, in) {
				return in
			}
		}
	}
	return nil
}

// changesOf lists the instructions that change what a reference points to.
func changesOf(v ssa.Value) []ssa.Instruction {
	var out []ssa.Instruction
	for _, r := range *v.Referrers() {
		switch r := r.(type) {
		case *ssa.MapUpdate:
			if r.Map == v {
				out = append(out, r)
			}
		case *ssa.FieldAddr, *ssa.IndexAddr:
			for _, s := range *r.(ssa.Value).Referrers() {
				if st, ok := s.(*ssa.Store); ok && st.Addr == r.(ssa.Value) {
					out = append(out, st)
				}
			}
		}
	}
	return out
}

func (e *extractor) lineOf(in ssa.Instruction) string {
	file, line, _ := e.p.Rel(e.posOf(in))
	return fmt.Sprintf("%s:%d", file, line)
}
