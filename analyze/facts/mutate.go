package facts

import (
	"go/types"
	"slices"
	"sort"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// mutations are the parameters that their functions change, themselves or through what
// they call: stores through the parameter, updates of a map, copy, sorting, and what
// fills its argument (Unmarshal, Decode, Scan).
type mutations map[*ssa.Parameter]bool

// mutatedParams is computed once: from the places that change something, back to what
// callers hand to them.
func (e *extractor) mutatedParams() mutations {
	if e.mutated != nil {
		return e.mutated
	}
	e.mutated = mutations{}
	var work []*ssa.Parameter
	mark := func(fn *ssa.Function, changed ssa.Value) {
		for _, p := range rootParams(changed, 0) {
			if p.Parent() == fn && !e.mutated[p] {
				e.mutated[p] = true
				work = append(work, p)
			}
		}
	}
	for _, fn := range e.funcs {
		if e.ctx.Err() != nil {
			return e.mutated
		}
		eachInstr(fn, func(in ssa.Instruction) { mark(fn, changedBy(in)) })
		e.eachCall(fn, func(call ssa.CallInstruction) {
			for i, arg := range call.Common().Args {
				if _, constant := arg.(*ssa.Const); !constant && e.argMutated(call, i) {
					mark(fn, arg)
				}
			}
		})
	}
	for len(work) > 0 && e.ctx.Err() == nil {
		p := work[len(work)-1]
		work = work[:len(work)-1]
		at := slices.Index(p.Parent().Params, p)
		for _, call := range e.caller[p.Parent()] {
			if arg := argumentFor(call, p.Parent(), at); arg != nil {
				mark(call.Parent(), arg)
			}
		}
	}
	return e.mutated
}

// argumentFor gives what a call hands to a parameter of what it reaches; nil for a
// receiver that is bound, or dispatched on.
func argumentFor(call ssa.CallInstruction, target *ssa.Function, param int) ssa.Value {
	args := call.Common().Args
	if i := param - len(target.Params) + len(args); i >= 0 && i < len(args) {
		return args[i]
	}
	return nil
}

// changedAt gives the first instruction that changes what a parameter refers to.
func (e *extractor) changedAt(p *ssa.Parameter) ssa.Instruction {
	for _, b := range p.Parent().Blocks {
		for _, in := range b.Instrs {
			if slices.Contains(rootParams(changedBy(in), 0), p) {
				return in
			}
			call, ok := in.(ssa.CallInstruction)
			if !ok {
				continue
			}
			for i, arg := range call.Common().Args {
				if e.argMutated(call, i) && slices.Contains(rootParams(arg, 0), p) {
					return in
				}
			}
		}
	}
	return nil
}

// changedBy gives the value that an instruction, no call, changes something through.
func changedBy(in ssa.Instruction) ssa.Value {
	switch in := in.(type) {
	case *ssa.Store:
		if _, ok := in.Addr.(*ssa.Alloc); !ok {
			return in.Addr
		}
	case *ssa.MapUpdate:
		return in.Map
	}
	return nil
}

// argMutated tells whether a call changes its argument i.
func (e *extractor) argMutated(call ssa.CallInstruction, i int) bool {
	com := call.Common()
	if b, ok := com.Value.(*ssa.Builtin); ok {
		return i == 0 && (b.Name() == "copy" || b.Name() == "delete" || b.Name() == "clear")
	}
	for _, target := range e.sites[call] {
		j := i + len(target.Params) - len(com.Args) // a receiver that is bound, or dispatched on
		if target.Blocks == nil {
			j = i
			if com.IsInvoke() {
				j++
			}
			if externalMutates(target, j, com.Args[i]) {
				return true
			}
			continue
		}
		if j >= 0 && j < len(target.Params) {
			if e.mutatedParams()[target.Params[j]] {
				return true
			}
		}
	}
	if callee := com.StaticCallee(); callee != nil && callee.Blocks == nil {
		return externalMutates(callee, i, com.Args[i])
	}
	if com.IsInvoke() && (com.Method.Pkg() == nil || !e.own[com.Method.Pkg()]) {
		return fillsArgument(com.Method.Name()) && interior(com.Args[i])
	}
	return false
}

// externalMutates knows the functions of dependencies that change an argument.
func externalMutates(fn *ssa.Function, i int, arg ssa.Value) bool {
	if fn.Pkg == nil && fn.Object() == nil {
		return false
	}
	path, name := "", fn.Name()
	if obj := fn.Object(); obj != nil && obj.Pkg() != nil {
		path = obj.Pkg().Path()
	}
	if i := strings.IndexByte(name, '['); i >= 0 {
		name = name[:i]
	}
	recv := fn.Signature.Recv() != nil
	switch path {
	case "sort":
		return i == 0 && !recv && !strings.HasPrefix(name, "Search") && !strings.Contains(name, "AreSorted") && !strings.HasSuffix(name, "IsSorted")
	case "slices":
		return i == 0 && (strings.HasPrefix(name, "Sort") || name == "Reverse" || name == "Delete" || name == "DeleteFunc" ||
			name == "Compact" || name == "CompactFunc" || name == "Insert" || name == "Replace")
	case "maps":
		return i == 0 && (name == "Copy" || name == "DeleteFunc" || name == "Insert")
	case "sync", "sync/atomic":
		return false
	}
	if recv && i == 0 {
		return interior(arg) && accessByName(name) != "read"
	}
	if name == "As" {
		return i == 1
	}
	return fillsArgument(name) && (interior(arg) || pointerish(arg)) && (!isBytes(arg.Type()) || fillsBytes(name))
}

func fillsBytes(name string) bool {
	return strings.HasPrefix(name, "Read") || strings.HasPrefix(name, "Put")
}

// fillsArgument knows the names of functions that write to what they are given.
func fillsArgument(name string) bool {
	switch name {
	case "Unmarshal", "UnmarshalContext", "UnmarshalStrict", "Decode", "DecodeElement", "Scan", "Scanln", "Scanf", "Sscan", "Sscanf", "Fscan", "Read", "ReadFull",
		"StructScan", "MapScan", "ScanStruct", "Bind", "BindJSON", "ShouldBind", "ShouldBindJSON", "PutUint16", "PutUint32", "PutUint64", "As", "Shuffle":
		return true
	}
	return false
}

// interior tells whether the value is an address inside of something: &x.f, &x[i].
func interior(v ssa.Value) bool {
	switch v := v.(type) {
	case *ssa.FieldAddr, *ssa.IndexAddr:
		return true
	case *ssa.MakeInterface:
		return interior(v.X)
	case *ssa.Slice:
		return varargs(v) != nil
	}
	return false
}

func pointerish(v ssa.Value) bool {
	if m, ok := v.(*ssa.MakeInterface); ok {
		v = m.X
	}
	switch v.Type().Underlying().(type) {
	case *types.Pointer, *types.Map, *types.Slice:
		return true
	case *types.Interface:
		return true
	}
	return false
}

// rootParams gives the parameters that a reference is derived from.
func rootParams(v ssa.Value, depth int) []*ssa.Parameter {
	if depth > 12 || v == nil {
		return nil
	}
	next := func(v ssa.Value) []*ssa.Parameter { return rootParams(v, depth+1) }
	switch v := v.(type) {
	case *ssa.Parameter:
		return []*ssa.Parameter{v}
	case *ssa.FieldAddr:
		return next(v.X)
	case *ssa.IndexAddr:
		return next(v.X)
	case *ssa.Field:
		return next(v.X)
	case *ssa.Index:
		return next(v.X)
	case *ssa.Lookup:
		return next(v.X)
	case *ssa.UnOp:
		if a := allocBase(v.X); a != nil && a != v.X {
			if fresh := replaced(v); fresh != nil {
				return next(fresh)
			}
			return allocRoots(a, depth, true)
		}
		return next(v.X)
	case *ssa.ChangeType:
		return next(v.X)
	case *ssa.MakeInterface:
		return next(v.X)
	case *ssa.ChangeInterface:
		return next(v.X)
	case *ssa.TypeAssert:
		return next(v.X)
	case *ssa.Slice:
		if els := varargs(v); els != nil {
			var out []*ssa.Parameter
			for _, x := range els {
				out = append(out, next(x)...)
			}
			return out
		}
		return next(v.X)
	case *ssa.Phi:
		var out []*ssa.Parameter
		for _, x := range v.Edges {
			out = append(out, rootParams(x, depth+3)...)
		}
		return out
	case *ssa.Alloc:
		return allocRoots(v, depth, false)
	}
	return nil
}

// replaced gives what was last put into a field of a local struct before it is
// loaded: a copy's map that was made anew is the copy's alone.
func replaced(load *ssa.UnOp) ssa.Value {
	fa, ok := load.X.(*ssa.FieldAddr)
	if !ok {
		return nil
	}
	al, ok := fa.X.(*ssa.Alloc)
	if !ok {
		return nil
	}
	var last *ssa.Store
	for _, r := range *al.Referrers() {
		other, ok := r.(*ssa.FieldAddr)
		if !ok || other.Field != fa.Field {
			continue
		}
		for _, s := range *other.Referrers() {
			if st, ok := s.(*ssa.Store); ok && st.Addr == other && follows(st, load) && (last == nil || follows(last, st)) {
				last = st
			}
		}
	}
	if last == nil {
		return nil
	}
	return last.Val
}

// allocBase gives the local variable that an address is inside of.
func allocBase(v ssa.Value) *ssa.Alloc {
	for range 8 {
		switch x := v.(type) {
		case *ssa.Alloc:
			return x
		case *ssa.FieldAddr:
			v = x.X
		case *ssa.IndexAddr:
			v = x.X
		default:
			return nil
		}
	}
	return nil
}

// allocRoots follows a reference kept in a local variable. What is stored in the
// variable itself is a copy, unless a reference was loaded from inside it.
func allocRoots(a *ssa.Alloc, depth int, loaded bool) []*ssa.Parameter {
	var out []*ssa.Parameter
	for _, r := range *a.Referrers() {
		if st, ok := r.(*ssa.Store); ok && st.Addr == a && (loaded || refers(st.Val.Type())) {
			out = append(out, rootParams(st.Val, depth+2)...)
		}
	}
	return out
}

// varargs gives the values of a slice that was made for a variadic call, or nil.
func varargs(s *ssa.Slice) []ssa.Value {
	arr, ok := s.X.(*ssa.Alloc)
	if !ok || s.Low != nil || s.High != nil {
		return nil
	}
	type item struct {
		i int64
		v ssa.Value
	}
	var items []item
	for _, r := range *arr.Referrers() {
		ia, ok := r.(*ssa.IndexAddr)
		if !ok {
			continue
		}
		c, ok := ia.Index.(*ssa.Const)
		if !ok {
			return nil
		}
		for _, st := range *ia.Referrers() {
			if st, ok := st.(*ssa.Store); ok && st.Addr == ia {
				items = append(items, item{c.Int64(), st.Val})
			}
		}
	}
	sort.SliceStable(items, func(i, j int) bool { return items[i].i < items[j].i })
	out := make([]ssa.Value, 0, len(items))
	for _, it := range items {
		out = append(out, it.v)
	}
	return out
}
