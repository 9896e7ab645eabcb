package facts

import (
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// plain lists the functions that work on what they are handed alone, whoever runs
// them: a predicate, a conversion, a method of a value. They read no variable that
// changes while the program runs, start and wait for nothing, open nothing, and call
// only functions of their kind and of packages that compute. Methods are plain where
// the receiver is data. What cannot be told is not plain.
func (e *extractor) plain() {
	w := &plainWalk{e: e, changing: e.changingVars(), reason: map[*ssa.Function]bool{}, callers: map[*ssa.Function][]*ssa.Function{}}
	tops := map[*ssa.Function]bool{}
	for _, fn := range e.funcs {
		if e.ctx.Err() != nil {
			return
		}
		top := topFunc(fn)
		tops[top] = true
		if !w.reason[top] && w.impure(fn, top) {
			w.reason[top] = true
		}
	}
	w.spread()
	for top := range tops {
		ref, ok := e.refFunc(top)
		if ok && !w.reason[top] && top.Synthetic == "" && !strings.HasPrefix(top.Name(), "init#") && e.valueReceiver(top) {
			e.out.Plain = append(e.out.Plain, ref)
		}
	}
	slices.SortFunc(e.out.Plain, compareRef)
}

// plainWalk gathers what stands against functions, and who calls whom.
type plainWalk struct {
	e        *extractor
	changing map[string]bool
	reason   map[*ssa.Function]bool // something stands against it
	callers  map[*ssa.Function][]*ssa.Function
	operands [10]*ssa.Value // room for those of the instruction looked at
}

// changingVars are the package variables that something changes, locks or hands on
// after the start.
func (e *extractor) changingVars() map[string]bool {
	changing := map[string]bool{}
	for _, s := range e.out.States {
		if s.Access != model.Read && !s.Init {
			changing[s.Var] = true
		}
	}
	return changing
}

// spread takes the callers of what is not plain out as well.
func (w *plainWalk) spread() {
	var work []*ssa.Function
	for fn := range w.reason {
		work = append(work, fn)
	}
	for len(work) > 0 {
		fn := work[len(work)-1]
		work = work[:len(work)-1]
		for _, caller := range w.callers[fn] {
			if !w.reason[caller] {
				w.reason[caller] = true
				work = append(work, caller)
			}
		}
	}
}

func (w *plainWalk) impure(fn, top *ssa.Function) bool {
	for _, b := range fn.Blocks {
		for _, in := range b.Instrs {
			if w.acts(in) || w.readsGlobal(in) {
				return true
			}
			if call, ok := in.(ssa.CallInstruction); ok && w.callsOut(call.Common(), top) {
				return true
			}
		}
	}
	return false
}

// acts tells whether an instruction starts, sends or waits.
func (w *plainWalk) acts(in ssa.Instruction) bool {
	switch in := in.(type) {
	case *ssa.Go, *ssa.Send, *ssa.Select, *ssa.MakeChan:
		return true
	case *ssa.UnOp:
		return in.Op == token.ARROW
	}
	return false
}

// readsGlobal tells whether an instruction touches a variable that is not the same in
// every process: of the module one that changes, of others any but an error.
func (w *plainWalk) readsGlobal(in ssa.Instruction) bool {
	for _, op := range in.Operands(w.operands[:0]) {
		g := global(*op)
		switch {
		case g == nil:
		case g.Pkg != nil && w.e.own[g.Pkg.Pkg]:
			ref, ok := w.e.refOf(g.Object())
			if !ok || w.changing[ref.Atom] || isConnection(pointedNamed(g.Type())) {
				return true
			}
		case !errorVar(g) && (g.Pkg == nil || !computing(g.Pkg.Pkg.Path())):
			return true
		}
	}
	return false
}

func errorVar(g *ssa.Global) bool {
	t := g.Type().(*types.Pointer).Elem()
	return types.Implements(t, types.Universe.Lookup("error").Type().Underlying().(*types.Interface))
}

// isConnection tells the types of connections to what is outside; nil is none.
func isConnection(n *types.Named) bool {
	return n != nil && n.Obj().Pkg() != nil && connections[barePath(n.Obj().Pkg().Path())+"."+n.Obj().Name()]
}

// pointedNamed looks through the pointer that a variable is to SSA, and one more.
func pointedNamed(t types.Type) *types.Named {
	for range 2 {
		if p, ok := t.Underlying().(*types.Pointer); ok {
			t = p.Elem()
		}
	}
	return namedOf(t)
}

// callsOut tells whether a call leaves what is plain; calls within the module are
// noted, to be settled when all are known.
func (w *plainWalk) callsOut(com *ssa.CallCommon, top *ssa.Function) bool {
	if com.IsInvoke() {
		return com.Method.Pkg() != nil && !computing(com.Method.Pkg().Path())
	}
	switch v := com.Value.(type) {
	case *ssa.Builtin, *ssa.Parameter, *ssa.FreeVar, *ssa.MakeClosure:
		return false // of what was handed over, or its own
	case *ssa.Function:
		return w.callsFunc(v, top)
	}
	return true
}

func (w *plainWalk) callsFunc(fn, top *ssa.Function) bool {
	for _, target := range w.e.through(fn) {
		target = topFunc(target)
		obj := target.Object()
		switch {
		case target == top:
		case w.e.ofModule(target):
			w.callers[target] = append(w.callers[target], top)
		case obj == nil || obj.Pkg() == nil || !computing(obj.Pkg().Path()) || doesMore(obj):
			return true
		}
	}
	return false
}

// doesMore tells the functions of computing packages that do more than compute.
func doesMore(obj types.Object) bool {
	switch obj.Pkg().Path() {
	case "time":
		return slices.Contains([]string{"Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "LoadLocation"}, obj.Name())
	case "fmt":
		return strings.HasPrefix(obj.Name(), "Print") || strings.HasPrefix(obj.Name(), "Scan")
	case "path/filepath":
		return slices.Contains([]string{"Abs", "EvalSymlinks", "Glob", "Walk", "WalkDir"}, obj.Name())
	}
	return false
}

// computing are packages whose functions work on their arguments. Clocks and random
// numbers count among them: every process has its own.
func computing(path string) bool {
	switch first, _, _ := strings.Cut(path, "/"); first {
	case "strings", "strconv", "bytes", "errors", "fmt", "math", "sort", "slices", "maps", "unicode", "time", "regexp", "path",
		"encoding", "hash", "crypto", "container", "cmp", "iter", "html", "unique":
		return path != "html/template" && path != "crypto/tls"
	}
	return path == "net/url" || path == "net/netip" || path == "text/tabwriter" || computingModules[barePath(path)]
}

// computingModules are well-known modules of values and conversions.
var computingModules = map[string]bool{
	"github.com/google/uuid": true, "github.com/gofrs/uuid": true, "github.com/shopspring/decimal": true,
	"github.com/pkg/errors": true, "github.com/cockroachdb/errors": true, "golang.org/x/text/unicode/norm": true,
	"golang.org/x/text/cases": true, "golang.org/x/text/language": true, "golang.org/x/crypto/bcrypt": true,
}

// valueReceiver tells whether a method's receiver is data: no connection, lock,
// channel or function, and no interface of the module, hangs on it. Functions have none.
func (e *extractor) valueReceiver(fn *ssa.Function) bool {
	recv := fn.Signature.Recv()
	return recv == nil || isData(recv.Type(), map[types.Type]bool{})
}

func isData(t types.Type, seen map[types.Type]bool) bool {
	if seen[t] {
		return true
	}
	seen[t] = true
	if isConnection(namedOf(t)) {
		return false
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return isData(u.Elem(), seen)
	case *types.Slice:
		return isData(u.Elem(), seen)
	case *types.Array:
		return isData(u.Elem(), seen)
	case *types.Map:
		return isData(u.Key(), seen) && isData(u.Elem(), seen)
	case *types.Interface:
		return u.NumMethods() == 0 || types.Identical(t, types.Universe.Lookup("error").Type())
	case *types.Chan, *types.Signature, *types.Tuple:
		return false
	case *types.Struct:
		n := namedOf(t)
		if n != nil && n.Obj().Pkg() != nil && computing(n.Obj().Pkg().Path()) {
			return true // time.Time
		}
		if n != nil && n.Obj().Pkg() != nil && strings.HasPrefix(n.Obj().Pkg().Path(), "sync") || u.NumFields() == 0 {
			return false // a lock; what only hangs methods together
		}
		for f := range u.Fields() {
			if !isData(f.Type(), seen) {
				return false
			}
		}
	}
	return true
}
