package facts

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// nilness is what a slice or map may be when nothing is in it.
type nilness uint8

const (
	mayBeNil     nilness = 1 << iota // a nil value
	mayBeEmpty                       // a made one
	mayBeUnknown                     // not told by the code seen
)

// nilResults tells for each exported function or method that gives a slice or map
// whether its successful result may be nil, or never is. What is given beside an
// error does not count; what cannot be told is left out.
func (e *extractor) nilResults() {
	r := &nilReader{e: e, done: map[resultKey]nilness{}, at: map[resultKey]*ssa.Return{}}
	for _, fn := range e.funcs {
		if e.ctx.Err() != nil {
			return
		}
		obj, ok := fn.Object().(*types.Func)
		if !ok || fn.Origin() != nil || fn.Parent() != nil || !ast.IsExported(obj.Name()) {
			continue
		}
		ref, ok := e.refOf(obj)
		if !ok {
			continue
		}
		for i := range fn.Signature.Results().Len() {
			if listOrMap(fn.Signature.Results().At(i).Type()) {
				r.report(ref, fn, i)
			}
		}
	}
}

// report shows the first return that gives nil, or where the function is declared.
func (r *nilReader) report(ref Ref, fn *ssa.Function, i int) {
	n := r.function(fn, i)
	if n&mayBeNil == 0 && n != mayBeEmpty {
		return
	}
	pos := fn.Pos()
	if at, ok := r.at[resultKey{fn, i}]; ok && at.Pos().IsValid() {
		pos = at.Pos()
	}
	r.e.out.NilResults = append(r.e.out.NilResults, NilResult{Func: ref, Result: i, Nil: n&mayBeNil != 0,
		Evidence: r.e.evidence(pos, model.Resolved, "")})
}

type resultKey struct {
	fn *ssa.Function
	i  int
}

// nilReader follows results to what makes them.
type nilReader struct {
	e    *extractor
	done map[resultKey]nilness
	at   map[resultKey]*ssa.Return // the first that gives nil
}

func (r *nilReader) function(fn *ssa.Function, i int) nilness {
	key := resultKey{fn, i}
	if n, ok := r.done[key]; ok {
		return n
	}
	r.done[key] = 0 // of a recursion: the other returns tell
	var n nilness
	for _, b := range fn.Blocks {
		ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return)
		if !ok || b == fn.Recover || i >= len(ret.Results) {
			continue
		}
		v, last := stored(ret, ret.Results[i]), stored(ret, ret.Results[len(ret.Results)-1])
		if isNil(v) && isErrorType(last.Type()) && !isNil(last) {
			continue // given beside an error
		}
		one := r.value(v, map[ssa.Value]bool{})
		if r.at[key] == nil && one&mayBeNil != 0 {
			r.at[key] = ret
		}
		n |= one
	}
	if len(fn.Blocks) == 0 {
		n = mayBeUnknown
	}
	r.done[key] = n
	return n
}

// stored looks through the variable that holds a result while deferred calls run:
// it is set in the block that returns.
func stored(ret *ssa.Return, v ssa.Value) ssa.Value {
	load, ok := v.(*ssa.UnOp)
	if !ok || load.Op != token.MUL {
		return v
	}
	for _, in := range ret.Block().Instrs {
		if st, ok := in.(*ssa.Store); ok && st.Addr == load.X {
			v = st.Val
		}
	}
	return v
}

func (r *nilReader) value(v ssa.Value, seen map[ssa.Value]bool) nilness {
	if seen[v] {
		return 0
	}
	seen[v] = true
	switch v := v.(type) {
	case *ssa.Const:
		return mayBeNil
	case *ssa.MakeSlice, *ssa.MakeMap:
		return mayBeEmpty
	case *ssa.ChangeType:
		return r.value(v.X, seen)
	case *ssa.Phi:
		var n nilness
		for _, x := range v.Edges {
			n |= r.value(x, seen)
		}
		return n
	case *ssa.Slice:
		if _, ok := v.X.Type().Underlying().(*types.Pointer); ok {
			return mayBeEmpty // of an array
		}
		return r.value(v.X, seen)
	case *ssa.Extract:
		if call, ok := v.Tuple.(*ssa.Call); ok {
			return r.call(call, v.Index, seen)
		}
	case *ssa.Call:
		return r.call(v, 0, seen)
	}
	return mayBeUnknown
}

func (r *nilReader) call(call *ssa.Call, i int, seen map[ssa.Value]bool) nilness {
	com := call.Common()
	if b, ok := com.Value.(*ssa.Builtin); ok {
		if b.Name() == "append" { // nil only if nothing is appended to nil
			return r.appended(com.Args, seen)
		}
		return mayBeUnknown
	}
	targets := r.e.sites[call]
	if len(targets) == 0 {
		return mayBeUnknown
	}
	var n nilness
	for _, t := range targets {
		n |= r.function(t, i)
	}
	return n
}

// appended: append(x, a, b) has something in it; append(x, y...) is nil if both are.
func (r *nilReader) appended(args []ssa.Value, seen map[ssa.Value]bool) nilness {
	if len(args) == 2 && len(sliceItems(args[1])) > 0 {
		return 0
	}
	n := r.value(args[0], seen)
	if n == mayBeEmpty || len(args) < 2 {
		return n
	}
	return n&^mayBeNil | r.value(args[1], seen)
}
