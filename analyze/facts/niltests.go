package facts

import (
	"go/token"
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// nilTests lists where nil slices and maps are told apart from empty ones, which
// most encodings do not: comparisons with nil, by where the value comes from.
func (e *extractor) nilTests() {
	for _, fn := range e.funcs {
		if e.ctx.Err() != nil {
			return
		}
		if fn.Origin() != nil {
			continue // its generic stands for it
		}
		eachInstr(fn, func(in ssa.Instruction) {
			b, ok := in.(*ssa.BinOp)
			if !ok || b.Op != token.EQL && b.Op != token.NEQ {
				return
			}
			switch {
			case isNil(b.Y) && listOrMap(b.X.Type()):
				e.nilTest(b, b.X)
			case isNil(b.X) && listOrMap(b.Y.Type()):
				e.nilTest(b, b.Y)
			}
		})
	}
}

func isNil(v ssa.Value) bool {
	c, ok := v.(*ssa.Const)
	return ok && c.IsNil()
}

func listOrMap(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Slice, *types.Map:
		return true
	}
	return false
}

func (e *extractor) nilTest(b *ssa.BinOp, v ssa.Value) {
	from, ok := e.refInstr(b)
	if !ok || !b.Pos().IsValid() {
		return
	}
	o := nilOrigins{e: e, seen: map[ssa.Value]bool{}}
	o.walk(v, 0)
	for _, t := range o.found {
		t.From = from
		t.Evidence = e.evidence(b.Pos(), model.Proved, b.Op.String()+" nil")
		if o.passed {
			t.Evidence.Confidence = model.Resolved
		}
		e.out.NilTests = append(e.out.NilTests, t)
	}
}

// nilOrigins finds the fields and results of the module that a value comes from.
type nilOrigins struct {
	e      *extractor
	seen   map[ssa.Value]bool
	found  []NilTest
	passed bool // through a parameter or dispatch
}

// maxPassed bounds how far up the callers a value is followed.
const maxPassed = 4

func (o *nilOrigins) walk(v ssa.Value, depth int) {
	if v == nil || o.seen[v] || depth > maxPassed {
		return
	}
	o.seen[v] = true
	switch v := v.(type) {
	case *ssa.Call:
		o.result(v, 0)
	case *ssa.Extract:
		if call, ok := v.Tuple.(*ssa.Call); ok {
			o.result(call, v.Index)
		}
	case *ssa.Phi:
		for _, x := range v.Edges {
			o.walk(x, depth)
		}
	case *ssa.ChangeType:
		o.walk(v.X, depth)
	case *ssa.Field:
		o.field(v.X.Type(), v.Field)
	case *ssa.UnOp:
		o.loaded(v, depth)
	case *ssa.Parameter:
		o.parameter(v, depth)
	}
}

func (o *nilOrigins) loaded(v *ssa.UnOp, depth int) {
	switch a := v.X.(type) {
	case *ssa.FieldAddr:
		o.field(a.X.Type(), a.Field)
	case *ssa.Alloc:
		for _, x := range storedIn(a) {
			o.walk(x, depth)
		}
	}
}

func (o *nilOrigins) parameter(p *ssa.Parameter, depth int) {
	fn := p.Parent()
	for _, call := range o.e.caller[fn] {
		o.passed = true
		o.walk(bind(call, fn, nil).args[p], depth+1)
	}
}

func (o *nilOrigins) result(call *ssa.Call, i int) {
	targets := o.e.sites[call]
	for _, t := range targets {
		if ref, ok := o.e.refFunc(t); ok && t.Parent() == nil {
			o.passed = o.passed || len(targets) > 1
			o.found = append(o.found, NilTest{Of: ref, Result: i})
		}
	}
}

func (o *nilOrigins) field(t types.Type, i int) {
	f, n := fieldOf(t, i), namedOf(t)
	if f == nil || n == nil {
		return
	}
	if ref, ok := o.e.refOf(n.Obj()); ok {
		o.found = append(o.found, NilTest{Of: ref, Field: f.Name()})
	}
}
