package golang

import (
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/ssa/ssautil"
)

// composition is what the wiring reads of the monolith: who calls whom statically,
// who stores into which field, in code that its main functions reach.
type composition struct {
	prog    *ssa.Program
	module  string
	funcs   []*ssa.Function
	reached map[*ssa.Function]bool
	callers map[*ssa.Function][]ssa.CallInstruction
	stores  map[fieldKey][]*ssa.Store
	// escapes are fields whose address is handed on: a store may hide anywhere.
	escapes map[fieldKey]bool
	closure map[*ssa.Function][]*ssa.MakeClosure
	// roots are the functions that put the service together: they are looked
	// into, never called.
	roots map[*ssa.Function]bool
}

// fieldKey is a field of a named struct type.
type fieldKey struct {
	named *types.TypeName
	index int
}

func newComposition(prog *ssa.Program, module string) *composition {
	c := &composition{
		prog: prog, module: module, reached: map[*ssa.Function]bool{},
		callers: map[*ssa.Function][]ssa.CallInstruction{}, stores: map[fieldKey][]*ssa.Store{},
		escapes: map[fieldKey]bool{}, closure: map[*ssa.Function][]*ssa.MakeClosure{}, roots: map[*ssa.Function]bool{},
	}
	for f := range ssautil.AllFunctions(prog) {
		if c.ours(f) && len(f.Blocks) > 0 {
			c.funcs = append(c.funcs, f)
		}
	}
	sortFuncs(c.funcs)
	c.reach()
	for _, f := range c.funcs {
		if c.reached[f] {
			c.index(f)
		}
	}
	return c
}

// ours tells whether a function belongs to the module. What ficus generated has no
// SSA form (source.Program.Own).
func (c *composition) ours(f *ssa.Function) bool {
	pkg := packageOf(f)
	if pkg == nil {
		return false
	}
	path := pkg.Path()
	return path == c.module || strings.HasPrefix(path, c.module+"/")
}

func packageOf(f *ssa.Function) *types.Package {
	switch {
	case f.Pkg != nil:
		return f.Pkg.Pkg
	case f.Object() != nil:
		return f.Object().Pkg()
	case f.Parent() != nil:
		return packageOf(f.Parent())
	}
	return nil
}

// reach marks what the main functions reach: static calls, functions taken as
// values, and every method of the name that an interface call has. A module
// without a main function is reached everywhere.
func (c *composition) reach() {
	byName := map[string][]*ssa.Function{}
	var work []*ssa.Function
	add := func(f *ssa.Function) {
		if f != nil && !c.reached[f] {
			c.reached[f] = true
			work = append(work, f)
		}
	}
	for _, f := range c.funcs {
		if f.Signature.Recv() != nil {
			byName[f.Name()] = append(byName[f.Name()], f)
		}
		if f.Name() == "main" && f.Parent() == nil && f.Signature.Recv() == nil && packageOf(f).Name() == "main" {
			add(f)
		}
	}
	if len(work) == 0 {
		for _, f := range c.funcs {
			c.reached[f] = true
		}
		return
	}
	for len(work) > 0 {
		f := work[0]
		work = work[1:]
		for _, b := range f.Blocks {
			for _, in := range b.Instrs {
				if call, ok := in.(ssa.CallInstruction); ok && call.Common().IsInvoke() {
					for _, m := range byName[call.Common().Method.Name()] {
						add(m)
					}
				}
				for _, op := range in.Operands(nil) {
					if op != nil && *op != nil {
						if g, ok := (*op).(*ssa.Function); ok {
							add(g)
							add(boundTarget(c.prog, g))
						}
					}
				}
			}
		}
	}
}

// boundTarget is the method behind a bound method value, nil for other functions.
func boundTarget(prog *ssa.Program, f *ssa.Function) *ssa.Function {
	if !strings.HasSuffix(f.Name(), "$bound") && !strings.HasSuffix(f.Name(), "$thunk") {
		return nil
	}
	if obj, ok := f.Object().(*types.Func); ok {
		return prog.FuncValue(obj)
	}
	return nil
}

func (c *composition) index(f *ssa.Function) {
	for _, b := range f.Blocks {
		for _, in := range b.Instrs {
			switch in := in.(type) {
			case ssa.CallInstruction:
				if g := in.Common().StaticCallee(); g != nil {
					c.callers[g] = append(c.callers[g], in)
				}
			case *ssa.MakeClosure:
				if g, ok := in.Fn.(*ssa.Function); ok {
					c.closure[g] = append(c.closure[g], in)
				}
			case *ssa.FieldAddr:
				c.indexField(in)
			}
		}
	}
}

func (c *composition) indexField(addr *ssa.FieldAddr) {
	key, ok := keyOf(addr.X.Type(), addr.Field)
	if !ok {
		return
	}
	for _, ref := range *addr.Referrers() {
		switch ref := ref.(type) {
		case *ssa.Store:
			if ref.Addr == addr {
				c.stores[key] = append(c.stores[key], ref)
			} else {
				c.escapes[key] = true
			}
		case *ssa.UnOp, *ssa.FieldAddr, *ssa.IndexAddr, *ssa.DebugRef:
		default:
			c.escapes[key] = true
		}
	}
}

func keyOf(t types.Type, index int) (fieldKey, bool) {
	if p, ok := types.Unalias(t).(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok {
		return fieldKey{}, false
	}
	return fieldKey{named.Origin().Obj(), index}, true
}

// markRoots marks the function and all that call it: those are looked into.
func (c *composition) markRoots(f *ssa.Function) {
	for f != nil && !c.roots[f] {
		c.roots[f] = true
		for _, call := range c.callers[f] {
			c.markRoots(call.Parent())
		}
		for _, mk := range c.closure[f] {
			c.markRoots(mk.Parent())
		}
		f = f.Parent()
	}
}

// position of a value or, where it has none, of its function.
func (c *composition) position(pos token.Pos, f *ssa.Function) token.Position {
	if !pos.IsValid() && f != nil {
		pos = f.Pos()
	}
	return c.prog.Fset.Position(pos)
}

func sortFuncs(fs []*ssa.Function) {
	key := func(f *ssa.Function) string {
		p := f.Prog.Fset.Position(f.Pos())
		return p.String() + f.String()
	}
	keys := make(map[*ssa.Function]string, len(fs))
	for _, f := range fs {
		keys[f] = key(f)
	}
	sortBy(fs, func(f *ssa.Function) string { return keys[f] })
}
