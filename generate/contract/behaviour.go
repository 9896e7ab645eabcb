package contract

import (
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// behaviour finds what a function does that its signature does not say: changes
// arguments, reads values from the context. It follows static calls, and calls
// through the module's interfaces to the boundary's types; code of other modules is
// taken to do neither, but for the functions in knownMutators.
func (b *builder) behaviour(f *types.Func) []obstacle {
	fn := b.ssaOf(f)
	if fn == nil {
		return nil
	}
	var obs []obstacle
	sig := f.Signature()
	for i := range sig.Params().Len() {
		p := i
		if sig.Recv() != nil {
			p++
		}
		name := sig.Params().At(i).Name()
		if p < len(fn.Params) && name != "" && name != "_" {
			if how := b.mutations().changes(fn, p); how != "" {
				obs = append(obs, obstacle{CodeMutated, "changes its argument " + name + " (" + how + ")", []string{"parameter " + name, how}})
			}
		}
	}
	if at := b.readsContextValue(fn); at != "" {
		obs = append(obs, obstacle{CodeContext, "reads a value from its context (" + at + ")", []string{"context.Context", at}})
	}
	return obs
}

// ssaOf is the function's body; nil when there is none.
func (b *builder) ssaOf(f *types.Func) *ssa.Function {
	if b.prog.Prog == nil {
		return nil
	}
	return b.prog.Prog.FuncValue(f)
}

func (b *builder) mutations() *mutations {
	if b.mutated == nil {
		b.mutated = &mutations{position: b.shortPosition, found: map[mutationKey]string{}, open: map[mutationKey]bool{}}
	}
	return b.mutated
}

// reachable lists the functions of the module that a function can run: static calls,
// closures, and methods of the boundary's types behind the module's interfaces.
func (b *builder) reachable(fn *ssa.Function) []*ssa.Function {
	if list, ok := b.reach[fn]; ok {
		return list
	}
	seen := map[*ssa.Function]bool{}
	var order []*ssa.Function
	var visit func(*ssa.Function)
	visit = func(fn *ssa.Function) {
		if fn == nil || seen[fn] || fn.Blocks == nil {
			return
		}
		seen[fn] = true
		order = append(order, fn)
		for _, anon := range fn.AnonFuncs {
			visit(anon)
		}
		for _, block := range fn.Blocks {
			for _, instr := range block.Instrs {
				if call, ok := instr.(ssa.CallInstruction); ok {
					for _, callee := range b.callees(call.Common()) {
						visit(callee)
					}
				}
			}
		}
	}
	visit(fn)
	if b.reach == nil {
		b.reach = map[*ssa.Function][]*ssa.Function{}
	}
	b.reach[fn] = order
	return order
}

// callees resolves a call.
func (b *builder) callees(c *ssa.CallCommon) []*ssa.Function {
	if callee := c.StaticCallee(); callee != nil {
		return []*ssa.Function{callee}
	}
	if !c.IsInvoke() || c.Method.Pkg() == nil || !b.inModule(c.Method.Pkg().Path()) {
		return nil
	}
	it, ok := c.Value.Type().Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	var out []*ssa.Function
	for _, n := range b.moduleTypes() {
		if !types.Implements(n, it) && !types.Implements(types.NewPointer(n), it) {
			continue
		}
		obj, _, _ := types.LookupFieldOrMethod(types.NewPointer(n), true, n.Obj().Pkg(), c.Method.Name())
		if m, ok := obj.(*types.Func); ok {
			out = append(out, b.ssaOf(m))
		}
	}
	return out
}

// moduleTypes are the module's package-level types that can implement interfaces.
func (b *builder) moduleTypes() []*types.Named {
	if b.allTypes != nil {
		return b.allTypes
	}
	for _, pkg := range b.prog.Packages {
		if pkg.Types == nil {
			continue
		}
		scope := pkg.Types.Scope()
		for _, name := range scope.Names() {
			tn, ok := scope.Lookup(name).(*types.TypeName)
			if !ok || tn.IsAlias() {
				continue
			}
			n, ok := tn.Type().(*types.Named)
			if ok && n.TypeParams().Len() == 0 && !types.IsInterface(n) && types.NewMethodSet(types.NewPointer(n)).Len() > 0 {
				b.allTypes = append(b.allTypes, n)
			}
		}
	}
	return b.allTypes
}

// readsContextValue gives the place of the first ctx.Value that the function reaches.
func (b *builder) readsContextValue(fn *ssa.Function) string {
	for _, f := range b.reachable(fn) {
		for _, block := range f.Blocks {
			for _, instr := range block.Instrs {
				call, ok := instr.(ssa.CallInstruction)
				if !ok || !call.Common().IsInvoke() || call.Common().Method.FullName() != "(context.Context).Value" {
					continue
				}
				return f.Name() + " at " + b.shortPosition(call)
			}
		}
	}
	return ""
}

// shortPosition is file:line of an instruction.
func (b *builder) shortPosition(instr ssa.Instruction) string {
	at := b.position(instr.Pos())
	if at.Line == 0 {
		at = b.position(instr.Parent().Pos())
	}
	return at.Filename + ":" + itoa(at.Line)
}

// effects are functions outside the module that change something other than memory.
var effects = map[string][]string{
	"net/http": {"Do", "Get", "Post", "PostForm", "Head", "RoundTrip"},
	"net/smtp": {"SendMail", "Mail", "Data"},
	"os":       {"WriteFile", "Create", "Remove", "RemoveAll", "Rename", "Mkdir", "MkdirAll", "OpenFile", "Truncate", "Symlink", "Link", "Chmod", "Setenv"},
	"os/exec":  {"Run", "Start", "Output", "CombinedOutput"},
}

// writers are methods that run statements or open transactions, whatever the library;
// harmless are methods of interfaces that types outside of the module implement, rows
// and the like.
var (
	writers  = []string{"Exec", "ExecContext", "MustExec", "MustExecContext", "NamedExec", "NamedExecContext", "Begin", "BeginTx", "BeginTxx", "Beginx", "CopyFrom", "SendBatch"}
	harmless = []string{"Scan", "Next", "Err", "Columns", "String", "Error", "Now", "Len", "Less"}
)

// readOnly reports whether no write was seen from the function: no write to a table,
// no SQL that was not understood, no change of package variables, nothing sent or
// started, no call of a function value that came from elsewhere.
func (b *builder) readOnly(f *types.Func) bool {
	fn := b.ssaOf(f)
	if fn == nil || fn.Blocks == nil || !b.modelKnowsTables() {
		return false
	}
	for _, r := range b.reachable(fn) {
		if b.writesTable(r) {
			return false
		}
		for _, block := range r.Blocks {
			for _, instr := range block.Instrs {
				if b.hasEffect(instr) {
					return false
				}
			}
		}
	}
	return true
}

// modelKnowsTables reports whether the model comes from an analysis that looked for
// tables at all.
func (b *builder) modelKnowsTables() bool { return len(b.model.Atoms) > 0 }

// hasEffect reports whether one instruction does more than read.
func (b *builder) hasEffect(instr ssa.Instruction) bool {
	switch instr := instr.(type) {
	case *ssa.Go, *ssa.Send:
		return true
	case *ssa.Store:
		return rootGlobal(instr.Addr)
	case *ssa.MapUpdate:
		return rootGlobal(instr.Map)
	case ssa.CallInstruction:
		c := instr.Common()
		if slices.Contains(writers, calledName(c)) {
			return true
		}
		if callee := c.StaticCallee(); callee != nil {
			obj, ok := callee.Object().(*types.Func)
			return ok && obj.Pkg() != nil && slices.Contains(effects[obj.Pkg().Path()], obj.Name())
		}
		if c.IsInvoke() {
			return c.Method.Pkg() != nil && b.inModule(c.Method.Pkg().Path()) && len(b.callees(c)) == 0 &&
				!slices.Contains(harmless, c.Method.Name())
		}
		_, builtin := c.Value.(*ssa.Builtin)
		return !builtin && !fromHere(c.Value)
	}
	return false
}

// fromHere reports whether a function value is a closure or a parameter of the
// function that calls it; those are seen where they are made.
func fromHere(v ssa.Value) bool {
	switch v := v.(type) {
	case *ssa.MakeClosure, *ssa.Function, *ssa.Parameter, *ssa.FreeVar:
		return true
	case *ssa.ChangeType:
		return fromHere(v.X)
	}
	return false
}

// rootGlobal reports whether an address is in a package variable.
func rootGlobal(v ssa.Value) bool {
	for {
		switch x := v.(type) {
		case *ssa.Global:
			return true
		case *ssa.FieldAddr:
			v = x.X
		case *ssa.IndexAddr:
			v = x.X
		case *ssa.UnOp:
			v = x.X
		default:
			return false
		}
	}
}
