package facts

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"
)

// maxBuiltDepth bounds how many functions a built statement is followed through on
// its way to the call that runs it.
const maxBuiltDepth = 4

// runsOf gives the calls that may run the statement which a call of a query builder
// belongs to: each call in the functions it passes that is given the statement, or the
// text made of it, and hands it to a database. Whether one of them runs in a
// transaction tells whether the statement does: the builder itself knows of none.
func (t *txFinder) runsOf(built ssa.CallInstruction) []ssa.CallInstruction {
	v, ok := built.(*ssa.Call)
	if !ok {
		return nil
	}
	if runs, ok := t.runs[built]; ok {
		return runs
	}
	f := &builtFlow{t: t, seen: map[ssa.Value]bool{}}
	f.follow(v, 0)
	for on := builtOn(v); on != nil; {
		f.follow(on, 0)
		call, chained := on.(*ssa.Call)
		if !chained {
			break
		}
		on = builtOn(call)
	}
	t.runs[built] = f.runs
	return f.runs
}

// builtOn gives the builder that a call changes, where it goes on as what it was:
// sb.From("orders"); sb.Build().
func builtOn(call *ssa.Call) ssa.Value {
	com := call.Common()
	if com.IsInvoke() || com.Signature().Recv() == nil || len(com.Args) == 0 {
		return nil
	}
	if p, ok := com.Args[0].Type().(*types.Pointer); !ok || !isBuilt(p) {
		return nil
	}
	return com.Args[0]
}

// builtFlow follows a built statement forwards.
type builtFlow struct {
	t    *txFinder
	seen map[ssa.Value]bool
	runs []ssa.CallInstruction
	// inside: only what the function itself does counts, not its callers.
	inside bool
}

func (f *builtFlow) follow(v ssa.Value, depth int) {
	if f.seen[v] || depth > maxBuiltDepth || v.Referrers() == nil {
		return
	}
	f.seen[v] = true
	for _, in := range *v.Referrers() {
		switch in := in.(type) {
		case ssa.CallInstruction:
			f.call(in, v, depth)
		case *ssa.Return:
			f.returned(in, v, depth)
		case *ssa.Store:
			f.stored(in, v, depth)
		case *ssa.MakeClosure:
			f.captured(in, v, depth)
		case *ssa.Extract:
			if isBuilt(in.Type()) {
				f.follow(in, depth)
			}
		case *ssa.UnOp, *ssa.Phi, *ssa.MakeInterface, *ssa.ChangeInterface, *ssa.ChangeType, *ssa.Convert, *ssa.TypeAssert, *ssa.Slice, *ssa.BinOp:
			f.follow(in.(ssa.Value), depth)
		}
	}
}

// call notes a call that runs the statement, and goes on with what it makes of it.
func (f *builtFlow) call(call ssa.CallInstruction, v ssa.Value, depth int) {
	com := call.Common()
	if !slices.Contains(com.Args, v) && com.Value != v {
		return
	}
	if f.hands(call, v) {
		f.runs = append(f.runs, call)
	}
	if out, ok := call.(*ssa.Call); ok && givesBuilt(out.Type()) {
		f.follow(out, depth)
	}
}

// hands tells whether a call hands the statement to a database, or to a function of
// the module that does.
func (f *builtFlow) hands(call ssa.CallInstruction, v ssa.Value) bool {
	if _, ok := f.t.e.sinkOf(call); ok || f.t.outOfBuilder(call) {
		return true
	}
	for _, target := range f.t.e.sites[call] {
		for p, a := range bind(call, target, nil).args {
			if a == v && f.t.runsGiven(p) {
				return true
			}
		}
	}
	return false
}

// runsGiven tells whether a function hands what it is given to a database.
func (t *txFinder) runsGiven(p *ssa.Parameter) bool {
	if runs, known := t.given[p]; known {
		return runs
	}
	t.given[p] = false // while it is looked at: a function that calls itself
	f := &builtFlow{t: t, seen: map[ssa.Value]bool{}, inside: true}
	f.follow(p, 0)
	t.given[p] = len(f.runs) > 0
	return t.given[p]
}

// returned goes on in the callers of a function that gives the statement back.
func (f *builtFlow) returned(ret *ssa.Return, v ssa.Value, depth int) {
	if f.inside {
		return
	}
	for _, call := range f.t.e.caller[ret.Parent()] {
		if out, ok := call.(*ssa.Call); ok && givesBuilt(out.Type()) {
			f.follow(out, depth+1)
		}
	}
}

// stored goes on with a local variable, or the list of a call's arguments.
func (f *builtFlow) stored(st *ssa.Store, v ssa.Value, depth int) {
	if st.Val != v {
		return
	}
	addr := st.Addr
	if at, ok := addr.(*ssa.IndexAddr); ok {
		addr = at.X
	}
	switch addr := addr.(type) {
	case *ssa.Alloc:
		f.follow(addr, depth)
	case *ssa.FreeVar:
		f.follow(addr, depth)
	}
}

func (f *builtFlow) captured(mc *ssa.MakeClosure, v ssa.Value, depth int) {
	fn := mc.Fn.(*ssa.Function)
	for i, b := range mc.Bindings {
		if b == v && i < len(fn.FreeVars) {
			f.follow(fn.FreeVars[i], depth)
		}
	}
}

// outOfBuilder tells whether a call of a query builder runs what was built: by its
// name, or since it is given who runs it.
func (t *txFinder) outOfBuilder(call ssa.CallInstruction) bool {
	fn, _ := calledFunc(call)
	if fn == nil || fn.Pkg() == nil || !ofBuilder(fn.Pkg()) {
		return false
	}
	name := fn.Name()
	if name == "RunWith" || name == "One" || name == "All" || name == "Column" {
		return true
	}
	for _, verb := range []string{"Exec", "Query", "Scan", "Row"} {
		if strings.HasPrefix(name, verb) {
			return true
		}
	}
	return false
}

func ofBuilder(pkg *types.Package) bool {
	path := barePath(pkg.Path())
	return builders[path] != "" || strings.HasPrefix(path, "github.com/doug-martin/goqu/")
}

// givesBuilt tells whether a call's result, or one of several, may be a statement.
func givesBuilt(t types.Type) bool {
	tuple, ok := t.(*types.Tuple)
	if !ok {
		return isBuilt(t)
	}
	for v := range tuple.Variables() {
		if isBuilt(v.Type()) {
			return true
		}
	}
	return false
}

// isBuilt tells whether a value of the type may be a statement, or its text.
func isBuilt(t types.Type) bool {
	if isString(t) {
		return true
	}
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	if n := namedOf(t); n != nil && n.Obj().Pkg() != nil && ofBuilder(n.Obj().Pkg()) {
		return true
	}
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, "ToSql")
	if obj == nil {
		obj, _, _ = types.LookupFieldOrMethod(t, true, nil, "ToSQL")
	}
	return obj != nil
}

// runsWith tells squirrel's builders by their type's path: RunWith gives them who runs
// what they make.
func runsWith(path string) bool {
	pkg, name, _ := strings.Cut(path, "squirrel.")
	return builders[pkg+"squirrel"] == "squirrel" && (strings.HasSuffix(name, "Builder") || name == "StatementBuilderType")
}
