package facts

import (
	"cmp"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// initEffects lists what happens when a package of the module is merely imported:
// what its init functions, and the initialisers of its variables, do to anything
// but the package's own variables, by themselves or by way of the module's
// functions. A dispatch to several functions is not followed.
func (e *extractor) initEffects() {
	w := &effectWalk{e: e, spots: map[*ssa.Function][]effectSpot{}, calls: map[*ssa.Function][]initCall{}}
	for _, fn := range e.funcs {
		if e.ctx.Err() != nil {
			return
		}
		if fn.Parent() == nil && fn.Pkg != nil && isInitializer(fn) {
			w.root(fn)
		}
	}
	e.out.InitEffects = sortEffects(e.out.InitEffects)
	e.blankImports()
	e.out.InitEffects = sortEffects(e.out.InitEffects)
}

// isInitializer tells the functions that Go calls when it initialises a package.
func isInitializer(fn *ssa.Function) bool {
	return fn.Synthetic == "package initializer" || strings.HasPrefix(fn.Name(), "init#")
}

// maxEffectDepth bounds how many of the module's functions are followed, from the
// initialiser on.
const maxEffectDepth = 4

// effectSpot is one instruction with an effect, whoever runs it.
type effectSpot struct {
	kind   model.InitEffectKind
	pkg    string // of the module, whose variable is changed; else empty
	target string
	name   string
	conf   model.Confidence
	at     ssa.Instruction
}

// initCall is a call whose one callee is of the module.
type initCall struct {
	at ssa.CallInstruction
	to *ssa.Function
}

type effectWalk struct {
	e     *extractor
	spots map[*ssa.Function][]effectSpot
	calls map[*ssa.Function][]initCall
}

func (w *effectWalk) root(fn *ssa.Function) {
	for _, s := range w.spotsOf(fn) {
		w.found(fn, s, nil)
	}
	for _, c := range w.callsOf(fn) {
		w.follow(fn, c, []ssa.CallInstruction{c.at}, map[*ssa.Function]bool{fn: true})
	}
}

// follow looks into a callee: of an initialiser's call every effect counts once, on
// the shortest way that is tried first.
func (w *effectWalk) follow(root *ssa.Function, c initCall, via []ssa.CallInstruction, seen map[*ssa.Function]bool) {
	if seen[c.to] {
		return
	}
	seen[c.to] = true
	for _, s := range w.spotsOf(c.to) {
		w.found(root, s, via)
	}
	if len(via) == maxEffectDepth {
		return
	}
	for _, next := range w.callsOf(c.to) {
		w.follow(root, next, append(slices.Clip(via), next.at), seen)
	}
}

// found adds an effect unless the package only changes itself.
func (w *effectWalk) found(root *ssa.Function, s effectSpot, via []ssa.CallInstruction) {
	e, pkg := w.e, root.Pkg.Pkg.Path()
	if s.pkg == pkg {
		return
	}
	first := s.at
	x := InitEffect{Package: pkg, Kind: s.kind, Target: s.target, Name: s.name}
	detail, conf := s.target, s.conf
	if len(via) > 0 {
		first, detail = via[0], calleeShort(via[0].Common())
		if conf == model.Proved {
			conf = model.Resolved
		}
		for _, call := range via[1:] {
			x.Via = append(x.Via, e.evidence(e.posOf(call), model.Resolved, calleeShort(call.Common())))
		}
		x.Via = append(x.Via, e.evidence(e.posOf(s.at), s.conf, s.target))
		if s.pkg != "" {
			x.Name = constantArg(via[0].Common())
		}
	}
	from, ok := e.refInstr(first)
	if !ok {
		return
	}
	x.From, x.Evidence = from, e.evidence(e.posOf(first), conf, detail)
	e.out.InitEffects = append(e.out.InitEffects, x)
}

// callsOf lists the calls that are waited for and go to one function of the module.
func (w *effectWalk) callsOf(fn *ssa.Function) []initCall {
	if list, ok := w.calls[fn]; ok {
		return list
	}
	var list []initCall
	eachInstr(fn, func(in ssa.Instruction) {
		call, ok := in.(ssa.CallInstruction)
		if _, started := in.(*ssa.Go); !ok || started || len(w.e.sites[call]) != 1 {
			return
		}
		if to := w.e.sites[call][0]; to.Blocks != nil && w.e.ofModule(to) && !isInitializer(to) {
			list = append(list, initCall{call, to})
		}
	})
	w.calls[fn] = list
	return list
}

// spotsOf lists the effects of a function's own instructions.
func (w *effectWalk) spotsOf(fn *ssa.Function) []effectSpot {
	if list, ok := w.spots[fn]; ok {
		return list
	}
	var list []effectSpot
	eachInstr(fn, func(in ssa.Instruction) {
		var buf [10]*ssa.Value
		for _, op := range in.Operands(buf[:0]) {
			if g := global(*op); g != nil && g.Pkg != nil {
				list = append(list, w.e.changes(g, in)...)
			}
		}
		if call, ok := in.(ssa.CallInstruction); ok {
			list = append(list, w.e.callSpots(call)...)
		}
	})
	w.spots[fn] = list
	return list
}

// changes lists what an instruction changes of a package variable, of the module or
// of another.
func (e *extractor) changes(g *ssa.Global, in ssa.Instruction) []effectSpot {
	own := e.own[g.Pkg.Pkg]
	if _, ok := e.refOf(g.Object()); own && !ok || g.Object() == nil || isLock(g.Type()) {
		return nil
	}
	s := effectSpot{target: g.Pkg.Pkg.Path() + "." + g.Name()}
	if own {
		s.pkg = g.Pkg.Pkg.Path()
	} else if g.Pkg.Pkg == in.Parent().Pkg.Pkg {
		return nil
	}
	var out []effectSpot
	for _, x := range e.effect(in, g, 0) {
		if x.access == model.Read || x.conf == model.Guessed {
			continue
		}
		s.kind, s.conf, s.at = model.EffectWrite, x.conf, x.at
		if gathers(x.at) {
			s.kind = model.EffectRegister
		}
		out = append(out, s)
	}
	return out
}

// isLock tells variables that guard others, or are made once: they hold nothing.
func isLock(t types.Type) bool {
	switch bareTypePath(t.(*types.Pointer).Elem()) {
	case "sync.Mutex", "sync.RWMutex", "sync.Once", "sync.WaitGroup", "sync.Cond", "sync.Pool":
		return true
	}
	return false
}

// gathers tells an instruction that puts one more into a container from one that
// sets a value.
func gathers(in ssa.Instruction) bool {
	switch in := in.(type) {
	case *ssa.MapUpdate:
		return true
	case *ssa.Store:
		call, ok := in.Val.(*ssa.Call)
		if !ok {
			return false
		}
		b, ok := call.Call.Value.(*ssa.Builtin)
		return ok && b.Name() == "append"
	case ssa.CallInstruction:
		return !strings.HasPrefix(calleeShort(in.Common()), "Set")
	}
	return false
}

// callSpots lists what a call does by itself: it starts a goroutine, changes what
// another package's function hands out, or is a call of another module's function
// that has an effect.
func (e *extractor) callSpots(call ssa.CallInstruction) []effectSpot {
	com := call.Common()
	if _, ok := call.(*ssa.Go); ok {
		return []effectSpot{{kind: model.EffectStart, target: cmp.Or(goTarget(com), "func"), conf: model.Proved, at: call}}
	}
	if kind, target, conf := e.outsideEffect(call); kind != "" {
		return []effectSpot{{kind: kind, target: target, name: constantArg(com), conf: conf, at: call}}
	}
	if callee := com.StaticCallee(); callee == nil || callee.Signature.Recv() == nil || len(com.Args) == 0 {
		return nil
	}
	g := e.handedOut(com.Args[0])
	if g == nil || !e.own[g.Pkg.Pkg] || g.Object() == nil || !e.argMutated(call, 0) {
		return nil
	}
	kind := model.EffectWrite
	if gathers(call) {
		kind = model.EffectRegister
	}
	path := g.Pkg.Pkg.Path()
	return []effectSpot{{kind: kind, pkg: path, target: path + "." + g.Name(), name: constantArg(com), conf: model.Resolved, at: call}}
}

func goTarget(com *ssa.CallCommon) string {
	callee := com.StaticCallee()
	if callee == nil || callee.Parent() != nil || callee.Object() == nil {
		return ""
	}
	return calleeID(callee.Object().(*types.Func))
}

// handedOut gives the package variable that a getter returns: registry.Default().
func (e *extractor) handedOut(v ssa.Value) *ssa.Global {
	call, ok := v.(*ssa.Call)
	if !ok || call.Call.StaticCallee() == nil {
		return nil
	}
	var found *ssa.Global
	for _, b := range call.Call.StaticCallee().Blocks {
		ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return)
		if !ok {
			continue
		}
		if len(ret.Results) != 1 {
			return nil
		}
		g := loadedGlobal(ret.Results[0])
		if g == nil || found != nil && g != found {
			return nil
		}
		found = g
	}
	return found
}

// loadedGlobal gives the package variable whose value, or address, a value is.
func loadedGlobal(v ssa.Value) *ssa.Global {
	if load, ok := v.(*ssa.UnOp); ok && load.Op == token.MUL {
		v = load.X
	}
	return global(v)
}

// constantArg gives the first argument that is a constant text: the driver, the
// variable of the environment, the path.
func constantArg(com *ssa.CallCommon) string {
	for _, a := range com.Args {
		if mi, ok := a.(*ssa.MakeInterface); ok {
			a = mi.X
		}
		if c, ok := a.(*ssa.Const); ok && c.Value != nil && c.Value.Kind() == constant.String {
			return constant.StringVal(c.Value)
		}
	}
	return ""
}

// sortEffects sorts, and keeps of the same effect at the same place one.
func sortEffects(list []InitEffect) []InitEffect {
	slices.SortStableFunc(list, func(a, b InitEffect) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), compareEvidence(a.Evidence, b.Evidence), cmp.Compare(a.Kind, b.Kind),
			cmp.Compare(a.Target, b.Target), cmp.Compare(a.Name, b.Name), compareRef(a.From, b.From), slices.CompareFunc(a.Via, b.Via, compareEvidence))
	})
	return slices.CompactFunc(list, func(a, b InitEffect) bool {
		return a.Package == b.Package && a.Kind == b.Kind && a.Target == b.Target && a.Name == b.Name &&
			a.Evidence.File == b.Evidence.File && a.Evidence.Line == b.Evidence.Line && a.Evidence.Column == b.Evidence.Column
	})
}
