package facts

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"sort"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/vta"
)

// callGraph gathers the module's functions and resolves their calls by VTA over
// the module's code alone: what dependencies do with function values and
// interfaces is not seen but for what assume adds.
func (e *extractor) callGraph() {
	all := e.allFuncs()
	for _, fn := range all {
		if fn.Blocks != nil && e.ofModule(fn) {
			e.funcs = append(e.funcs, fn)
		}
	}
	sort.Slice(e.funcs, func(i, j int) bool { return e.lessFunc(e.funcs[i], e.funcs[j]) })
	callees, err := e.resolve(all)
	switch {
	case e.ctx.Err() != nil:
		return
	case err != nil:
		callees = staticCallees
		e.out.CallGraph = "static"
		e.unresolved(model.Problem{Code: "internal", Message: "cannot resolve dynamic calls: " + err.Error(),
			Cure: "report it as a defect of ficus, with the code it was run on"})
	default:
		e.out.CallGraph = "vta (module only)"
	}
	e.cut(callees)
}

// callees gives what a call may reach.
type callees func(ssa.CallInstruction) []*ssa.Function

// resolve resolves dynamic calls, but for those that count as calls of nothing.
func (e *extractor) resolve(all []*ssa.Function) (c callees, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	g, err := vta.New(e.ctx, all, vta.Options{Ignore: e.stdDispatch})
	if err != nil {
		return nil, err
	}
	return g.Callees, nil
}

func staticCallees(call ssa.CallInstruction) []*ssa.Function {
	if fn := call.Common().StaticCallee(); fn != nil {
		return []*ssa.Function{fn}
	}
	return nil
}

// ofModule tells whether the function's code stands in the module.
func (e *extractor) ofModule(fn *ssa.Function) bool {
	top := topFunc(fn)
	if top.Pkg != nil {
		return e.own[top.Pkg.Pkg] && !ofC(top.Name()) && (top.Synthetic == "" || top.Synthetic == "package initializer")
	}
	return false
}

// allFuncs gives the functions with bodies that the module's packages declare,
// those that they create, the wrappers and instances that these refer to, and the
// methods of the types that they convert to interfaces.
func (e *extractor) allFuncs() []*ssa.Function {
	var all []*ssa.Function
	var converted []types.Type
	seen := map[*ssa.Function]bool{}
	var visit func(fn *ssa.Function)
	visit = func(fn *ssa.Function) {
		if fn == nil || seen[fn] {
			return
		}
		seen[fn] = true
		all = append(all, fn)
		for _, a := range fn.AnonFuncs {
			visit(a)
		}
		var buf [10]*ssa.Value
		eachInstr(fn, func(in ssa.Instruction) {
			if m, ok := in.(*ssa.MakeInterface); ok {
				converted = append(converted, m.X.Type())
			}
			for _, op := range in.Operands(buf[:0]) {
				if f, ok := (*op).(*ssa.Function); ok {
					visit(f)
				}
			}
		})
	}
	for i, pkg := range e.p.SSA {
		if pkg == nil {
			continue
		}
		for _, m := range pkg.Members {
			if fn, ok := m.(*ssa.Function); ok {
				visit(fn)
			}
		}
		for _, f := range e.p.Packages[i].Syntax {
			for _, d := range f.Decls {
				if fd, ok := d.(*ast.FuncDecl); ok {
					if obj, ok := e.p.Packages[i].TypesInfo.Defs[fd.Name].(*types.Func); ok {
						visit(e.p.Prog.FuncValue(obj))
					}
				}
			}
		}
	}
	methods := dispatched{e: e, asked: e.askedMethods(), seen: map[types.Type]bool{}}
	for i := 0; i < len(converted); i++ { // wrappers convert more
		methods.of(converted[i], visit)
	}
	return all
}

// dispatched visits the methods of types that are converted to interfaces; of types of
// other modules those alone that the module's interfaces name, so that a call which
// reaches nothing else is not taken for one that reaches nothing.
type dispatched struct {
	e     *extractor
	asked map[string]bool
	seen  map[types.Type]bool // an identical one may be visited again
}

func (d *dispatched) of(t types.Type, visit func(*ssa.Function)) {
	if d.seen[t] {
		return
	}
	d.seen[t] = true
	n := namedOf(t)
	foreign := n != nil && n.Obj().Pkg() != nil && !d.e.own[n.Obj().Pkg()]
	for sel := range d.e.p.Prog.MethodSets.MethodSet(t).Methods() {
		if foreign && !d.asked[sel.Obj().Name()] {
			continue
		}
		if sel.Obj().(*types.Func).Signature().TypeParams() == nil {
			visit(d.e.methodValue(sel))
		}
	}
}

// askedMethods names the methods of the module's interfaces.
func (e *extractor) askedMethods() map[string]bool {
	asked := map[string]bool{}
	e.files(func(info *types.Info, _ *types.Package, f *ast.File) {
		ast.Inspect(f, func(n ast.Node) bool {
			if it, ok := n.(*ast.InterfaceType); ok {
				if i, ok := info.TypeOf(it).(*types.Interface); ok {
					for m := range i.Methods() {
						asked[m.Name()] = true
					}
				}
			}
			return true
		})
	})
	return asked
}

type callKey struct {
	from, to  Ref
	mode      CallMode
	file      string
	line, col int
}

// calls lists the call sites of functions that have SSA; those of the others come
// from the syntax, in uses.
func (e *extractor) calls() {
	for _, fn := range e.funcs {
		if e.ctx.Err() != nil {
			return
		}
		loops := e.loopBlocks(fn)
		e.eachCall(fn, func(call ssa.CallInstruction) { e.call(call, loops[call.Block()]) })
	}
}

func (e *extractor) call(call ssa.CallInstruction, inLoop bool) {
	from, ok := e.refInstr(call)
	if !ok {
		return
	}
	com := call.Common()
	if e.stdDispatch(com) {
		return
	}
	mode, conf := Dynamic, model.Resolved
	switch callee := com.StaticCallee(); {
	case callee != nil && !dispatches(callee):
		mode, conf = Static, model.Proved
	case e.assumed[call]:
		conf = model.Guessed
	}
	_, isGo := call.(*ssa.Go)
	_, isDefer := call.(*ssa.Defer)
	var ev model.Evidence
	for _, target := range e.sites[call] {
		if mode == Static && target.Parent() != nil || loopBody(target) {
			continue // a closure that its own declaration calls
		}
		to, ok := e.refFunc(target)
		if !ok || to == from || e.runsInit(call, target) {
			continue
		}
		if ev.File == "" {
			ev = e.evidence(e.posOf(call), conf, "")
		}
		ev.Detail = e.callName(to)
		i := e.addCall(Call{From: from, To: to, Mode: mode, InLoop: inLoop, Go: isGo, Defer: isDefer,
			Callback: mode == Dynamic && !com.IsInvoke() && com.StaticCallee() == nil, Evidence: ev})
		e.callIndex[call] = append(e.callIndex[call], i)
	}
}

// loopBody tells the body of a loop over a function. That an iterator calls it by its
// yield is no call: the loop stands where it is written, and which of all loops over
// such an iterator it is, nobody tells.
func loopBody(fn *ssa.Function) bool { return strings.HasPrefix(fn.Synthetic, "range-over-func") }

// runsInit tells whether a package initialiser calls an init function: it is not
// written anywhere.
func (e *extractor) runsInit(call ssa.CallInstruction, target *ssa.Function) bool {
	return call.Parent().Synthetic == "package initializer" && strings.HasPrefix(target.Name(), "init")
}

// callName writes a callee as people do: orders.(*Service).Place without the
// receiver's star, which callers do not see.
func (e *extractor) callName(r Ref) string {
	name := r.Atom[strings.LastIndexByte(r.Atom, '/')+1:]
	if r.Method != "" {
		name += "." + r.Method
	}
	return name
}

// addCall adds a call once a place: instances of generics and several targets of
// one wrapper repeat it.
func (e *extractor) addCall(c Call) int {
	k := callKey{c.From, c.To, c.Mode, c.Evidence.File, c.Evidence.Line, c.Evidence.Column}
	if i, ok := e.callAt[k]; ok {
		old := &e.out.Calls[i]
		old.InLoop = old.InLoop || c.InLoop
		old.InTx = old.InTx || c.InTx
		old.Callback = old.Callback && c.Callback
		old.Go, old.Defer = old.Go || c.Go, old.Defer || c.Defer
		return i
	}
	e.callAt[k] = len(e.out.Calls)
	e.out.Calls = append(roomy(e.out.Calls), c)
	return len(e.out.Calls) - 1
}

// stdDispatch tells whether a call goes through an interface of the standard
// library or the universe: error, io.Reader, http.Handler. That reaches everything
// that implements them, and couples nothing; what a handler, a scanner or an error
// is used for, other facts tell.
func (e *extractor) stdDispatch(com *ssa.CallCommon) bool {
	return com.IsInvoke() && (com.Method.Pkg() == nil || e.std[com.Method.Pkg().Path()])
}

// isWrapper tells whether the function was made by SSA to call another: of
// promoted and bound methods, and of method expressions.
func isWrapper(fn *ssa.Function) bool {
	return fn.Synthetic != "" && fn.Synthetic != "package initializer" && fn.Parent() == nil && fn.Origin() == nil
}

// dispatches tells whether the function is the wrapper of an interface's method.
func dispatches(fn *ssa.Function) bool {
	found := false
	if isWrapper(fn) {
		eachInstr(fn, func(in ssa.Instruction) {
			call, ok := in.(ssa.CallInstruction)
			found = found || ok && call.Common().IsInvoke()
		})
	}
	return found
}

// through looks through synthetic wrappers, bound methods and thunks to the
// functions that they call.
func (e *extractor) through(fn *ssa.Function) []*ssa.Function {
	if !isWrapper(fn) {
		return []*ssa.Function{fn}
	}
	var out []*ssa.Function
	e.eachCall(fn, func(call ssa.CallInstruction) {
		if callee := call.Common().StaticCallee(); callee != nil && callee != fn {
			out = append(out, e.through(callee)...)
		}
	})
	if len(out) == 0 && fn.Object() != nil {
		if obj, ok := fn.Object().(*types.Func); ok && fn.Prog.FuncValue(obj) != nil {
			return []*ssa.Function{fn.Prog.FuncValue(obj)}
		}
	}
	return out
}

// loopBlocks gives the blocks of natural loops: for each edge back to a block that
// dominates its source, the blocks between. The body of a range-over-func and a
// closure made in a loop are in the loop as a whole.
func (e *extractor) loopBlocks(fn *ssa.Function) map[*ssa.BasicBlock]bool {
	if l, ok := e.loops[fn]; ok {
		return l
	}
	in := map[*ssa.BasicBlock]bool{}
	e.loops[fn] = in
	if fn.Parent() != nil && (loopBody(fn) || e.madeInLoop(fn)) {
		for _, b := range fn.Blocks {
			in[b] = true
		}
		return in
	}
	for _, b := range fn.Blocks {
		for _, head := range b.Succs {
			if head.Dominates(b) {
				addLoop(in, head, b)
			}
		}
	}
	return in
}

func addLoop(in map[*ssa.BasicBlock]bool, head, tail *ssa.BasicBlock) {
	body := map[*ssa.BasicBlock]bool{head: true}
	work := []*ssa.BasicBlock{tail}
	for len(work) > 0 {
		b := work[len(work)-1]
		work = work[:len(work)-1]
		if body[b] {
			continue
		}
		body[b] = true
		work = append(work, b.Preds...)
	}
	for b := range body {
		in[b] = true
	}
}

func (e *extractor) madeInLoop(fn *ssa.Function) bool {
	refs := fn.Referrers()
	if refs == nil {
		return false
	}
	loops := e.loopBlocks(fn.Parent())
	for _, r := range *refs {
		if loops[r.Block()] {
			return true
		}
	}
	return false
}

// inLoop tells whether an instruction stands in a loop.
func (e *extractor) inLoop(in ssa.Instruction) bool {
	return e.loopBlocks(in.Parent())[in.Block()]
}

// syntaxCall is a call or function value seen in the syntax.
func (e *extractor) syntaxCall(pos token.Pos, fn *types.Func, mode CallMode) {
	from, ok := e.refAt(pos)
	if !ok {
		return
	}
	to, ok := e.refOf(fn)
	if !ok || to == from {
		return
	}
	e.addCall(Call{From: from, To: to, Mode: mode, Evidence: e.evidence(pos, model.Proved, e.callName(to))})
}
