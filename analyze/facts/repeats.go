package facts

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// repeats says of each call in a loop what varies from turn to turn, and of calls in
// functions that are called in a loop where that loop is.
func (e *extractor) repeats() {
	r := &repeater{e: e, loops: e.loopStatements()}
	for _, fn := range e.funcs {
		if e.ctx.Err() != nil {
			return
		}
		if fn.Origin() != nil {
			continue // its generic stands for it
		}
		e.eachCall(fn, func(call ssa.CallInstruction) {
			if e.inLoop(call) {
				r.own(call)
			}
		})
	}
	r.outer()
}

type repeater struct {
	e     *extractor
	loops map[*token.File][]loopStatement
}

// loopStatement is one for statement.
type loopStatement struct {
	at, from, to token.Pos // the statement, and what runs in each turn
	ranges       bool      // over something with items, not a number
}

// loopStatements lists the for statements of each file, outer ones before inner.
func (e *extractor) loopStatements() map[*token.File][]loopStatement {
	out := map[*token.File][]loopStatement{}
	e.files(func(info *types.Info, _ *types.Package, f *ast.File) {
		file := e.p.Fset.File(f.FileStart)
		ast.Inspect(f, func(n ast.Node) bool {
			switch s := n.(type) {
			case *ast.ForStmt:
				from := s.Body.Pos()
				if s.Cond != nil {
					from = s.Cond.Pos()
				}
				out[file] = append(out[file], loopStatement{at: s.For, from: from, to: s.Body.End()})
			case *ast.RangeStmt:
				out[file] = append(out[file], loopStatement{at: s.For, from: s.Body.Pos(), to: s.Body.End(), ranges: !isNumber(info.TypeOf(s.X))})
			}
			return true
		})
	})
	return out
}

func isNumber(t types.Type) bool {
	if t == nil {
		return false
	}
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsInteger != 0
}

// around is the innermost for statement around a place.
func (r *repeater) around(pos token.Pos) (loopStatement, bool) {
	var found loopStatement
	for _, l := range r.loops[r.e.p.Fset.File(pos)] {
		if l.from <= pos && pos < l.to {
			found = l // inner ones stand after outer ones
		}
	}
	return found, found.at.IsValid()
}

// own judges a call by the innermost loop of its own function.
func (r *repeater) own(call ssa.CallInstruction) {
	calls := r.e.callIndex[call]
	pos := r.e.posOf(call)
	if len(calls) == 0 || !pos.IsValid() {
		return
	}
	loop, ok := r.around(pos)
	if !ok {
		loop.at = pos // of goto
	}
	view := newLoopView(r.e, call)
	if view.waits() || otherCallees(view, call, len(calls)) {
		for _, i := range calls {
			r.e.out.Calls[i].InLoop = false
		}
		return
	}
	names, values := arguments(call.Common())
	repeat := Repeat{Loop: r.e.evidence(loop.at, model.Resolved, "")}
	serial := false
	for i, v := range values {
		if view.varies(v, map[ssa.Value]bool{}) {
			repeat.Varies = append(repeat.Varies, names[i])
			serial = serial || view.needs(v, call, map[ssa.Value]bool{})
		}
	}
	switch {
	case serial:
		repeat.Cure = RepeatSerial
	case len(repeat.Varies) > 0:
		repeat.Cure = RepeatBatch
	case loop.ranges:
		repeat.Cure = RepeatHoist
	}
	for _, i := range calls {
		if c := &r.e.out.Calls[i]; c.Repeats == nil {
			repeat.In = c.From
			c.Repeats = []Repeat{repeat}
		}
	}
}

// otherCallees tells whether each turn calls another function: those of a list, or
// of several implementations.
func otherCallees(view *loopView, call ssa.CallInstruction, callees int) bool {
	com := call.Common()
	return com.StaticCallee() == nil && (!com.IsInvoke() || callees > 1) && view.varies(com.Value, map[ssa.Value]bool{})
}

// arguments are the values that a call hands over, receiver included, and the names
// of the parameters. Contexts say how to call, not what.
func arguments(com *ssa.CallCommon) (names []string, values []ssa.Value) {
	sig, args := com.Signature(), com.Args
	if com.IsInvoke() {
		names, values = append(names, "receiver"), append(values, com.Value)
	} else if sig.Recv() != nil && len(args) > 0 {
		names, values, args = append(names, "receiver"), append(values, args[0]), args[1:]
	}
	for i, v := range args {
		if i >= sig.Params().Len() || isContext(v.Type()) {
			continue
		}
		names, values = append(names, cmp.Or(sig.Params().At(i).Name(), "_")), append(values, v)
	}
	return names, values
}

func isContext(t types.Type) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == "context" && n.Obj().Name() == "Context"
}

// maxOuter bounds how far up the callers a loop is looked for.
const maxOuter = 3

// outer finds loops around the callers of functions.
func (r *repeater) outer() {
	calls := r.e.out.Calls
	into := map[Ref][]int{}
	for i := range calls {
		if calls[i].Mode != Value && !calls[i].Callback && calls[i].To != calls[i].From {
			into[calls[i].To] = append(into[calls[i].To], i)
		}
	}
	for _, list := range into {
		slices.SortFunc(list, func(x, y int) int {
			return cmp.Or(compareEvidence(calls[x].Evidence, calls[y].Evidence), compareRef(calls[x].From, calls[y].From))
		})
	}
	found := map[Ref][]Repeat{}
	own := make([][]Repeat, len(calls)) // before outer ones are written
	for i := range calls {
		own[i] = calls[i].Repeats
	}
	for i := range calls {
		c := &calls[i]
		if c.Repeats != nil || c.InLoop || c.Callback || c.Mode == Value {
			continue
		}
		if _, done := found[c.From]; !done {
			found[c.From] = outerLoops(calls, own, into, c.From)
		}
		c.Repeats = found[c.From]
	}
}

// maxLoops bounds how many loops around the callers of one function are kept.
const maxLoops = 8

// outerLoops are the loops with the fewest calls between them and a function.
func outerLoops(calls []Call, own [][]Repeat, into map[Ref][]int, fn Ref) (out []Repeat) {
	type step struct {
		fn  Ref
		via []int // innermost first
	}
	seen := map[Ref]bool{fn: true}
	level := []step{{fn: fn}}
	for range maxOuter {
		var next []step
		for _, s := range level {
			for _, i := range into[s.fn] {
				if len(out) == maxLoops {
					return out
				}
				via := append(slices.Clone(s.via), i)
				switch {
				case len(own[i]) > 0:
					out = append(out, outerRepeat(calls, own[i][0], via))
				case !calls[i].InLoop && !seen[calls[i].From]:
					seen[calls[i].From] = true
					next = append(next, step{calls[i].From, via})
				}
			}
		}
		level = next
	}
	return out
}

func outerRepeat(calls []Call, loop Repeat, via []int) Repeat {
	out := Repeat{Cure: RepeatOuter, Loop: loop.Loop, In: loop.In}
	for _, i := range slices.Backward(via) {
		out.Via = append(out.Via, calls[i].Evidence)
	}
	return out
}
