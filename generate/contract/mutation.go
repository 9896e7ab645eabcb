package contract

import (
	"go/token"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ssa"
)

// knownMutators are functions outside the module that change what their first
// argument refers to; the value is the index of the argument.
var knownMutators = map[string]map[string]int{
	"sort": {"Slice": 0, "SliceStable": 0, "Sort": 0, "Stable": 0, "Strings": 0, "Ints": 0, "Float64s": 0},
	"slices": {"Sort": 0, "SortFunc": 0, "SortStableFunc": 0, "Reverse": 0, "Delete": 0, "DeleteFunc": 0,
		"Compact": 0, "CompactFunc": 0, "Replace": 0},
	"maps":            {"Copy": 0, "DeleteFunc": 0, "Insert": 0},
	"encoding/json":   {"Unmarshal": 1},
	"encoding/xml":    {"Unmarshal": 1},
	"encoding/binary": {"Read": 2},
	"io":              {"ReadFull": 1, "ReadAtLeast": 1},
	"math/rand":       {"Read": 0},
	"crypto/rand":     {"Read": 0},
}

// fillers are methods that write through their arguments, whatever the receiver.
var fillers = []string{"Scan", "Decode", "Unmarshal", "Read", "ReadFull", "UnmarshalJSON", "StructScan"}

type mutationKey struct {
	fn    *ssa.Function
	param int
}

// mutations finds parameters whose memory a function writes: flow-insensitive inside
// one function, following static calls. A field that is given a new value first
// (p.Tags = slices.Clone(p.Tags)) counts as the function's own.
type mutations struct {
	position func(ssa.Instruction) string
	found    map[mutationKey]string
	open     map[mutationKey]bool
}

// changes says how a function writes to what its parameter refers to; empty when it
// does not.
func (m *mutations) changes(fn *ssa.Function, param int) string {
	if fn == nil || fn.Blocks == nil || param >= len(fn.Params) {
		return ""
	}
	key := mutationKey{fn, param}
	if how, ok := m.found[key]; ok {
		return how
	}
	if m.open[key] {
		return "" // recursion: decided by the other calls
	}
	m.open[key] = true
	defer delete(m.open, key)
	t := &taint{m: m, reach: map[ssa.Value]bool{}, copies: map[ssa.Value]bool{}, shortened: map[ssa.Value]bool{}}
	t.start(fn.Params[param])
	m.found[key] = t.how
	return t.how
}

// taint follows one parameter. reach are values through which the caller's memory is
// reached; copies are addresses of the function's own copies of such values; shortened
// are slices that end before the caller's does.
type taint struct {
	m         *mutations
	reach     map[ssa.Value]bool
	copies    map[ssa.Value]bool
	shortened map[ssa.Value]bool
	how       string
}

func (t *taint) start(v ssa.Value) {
	if refers(v.Type()) {
		t.follow(v)
	}
}

// refers reports whether a value of the type gives access to memory of its maker.
func refers(typ types.Type) bool { return refersDeep(typ, map[types.Type]bool{}) }

func refersDeep(typ types.Type, seen map[types.Type]bool) bool {
	if seen[typ] {
		return false
	}
	seen[typ] = true
	if n := namedOf(typ); n != nil && slices.Contains([]string{"time.Time", "context.Context"}, qualified(n)) {
		return false
	}
	switch u := typ.Underlying().(type) {
	case *types.Pointer, *types.Slice, *types.Map:
		return true
	case *types.Struct:
		for i := range u.NumFields() {
			if refersDeep(u.Field(i).Type(), seen) {
				return true
			}
		}
	case *types.Array:
		return refersDeep(u.Elem(), seen)
	}
	return false
}

// follow looks at all uses of a value that reaches the caller's memory.
func (t *taint) follow(v ssa.Value) {
	if t.how != "" || t.reach[v] || v.Referrers() == nil {
		return
	}
	t.reach[v] = true
	for _, use := range *v.Referrers() {
		t.use(v, use)
		if t.how != "" {
			return
		}
	}
}

func (t *taint) use(v ssa.Value, instr ssa.Instruction) {
	switch u := instr.(type) {
	case *ssa.Slice:
		t.shortened[u] = u.High != nil || t.shortened[v]
		t.follow(u)
	case *ssa.Phi:
		t.shortened[u] = t.shortened[u] || t.shortened[v]
		t.follow(u)
	case *ssa.FieldAddr, *ssa.IndexAddr, *ssa.ChangeType, *ssa.ChangeInterface,
		*ssa.MakeInterface, *ssa.TypeAssert, *ssa.Extract, *ssa.Range, *ssa.Next:
		t.follow(u.(ssa.Value))
	case *ssa.Field, *ssa.Index, *ssa.Lookup:
		t.loaded(u.(ssa.Value))
	case *ssa.UnOp:
		if u.Op == token.MUL {
			t.loaded(u)
		}
	case *ssa.Store:
		if u.Addr == v {
			t.found(u, "assigns to it")
		} else {
			t.stored(u)
		}
	case *ssa.MapUpdate:
		if u.Map == v {
			t.found(u, "writes to the map")
		}
	case *ssa.MakeClosure:
		for i, bound := range u.Bindings {
			if bound == v {
				t.follow(u.Fn.(*ssa.Function).FreeVars[i])
			}
		}
	case ssa.CallInstruction:
		t.call(v, u)
	}
}

// loaded follows a value read from the caller's memory, if it refers to more of it.
func (t *taint) loaded(v ssa.Value) {
	if refers(v.Type()) {
		t.follow(v)
	}
}

// stored follows a value into the function's own variable; elsewhere it is out of
// sight.
func (t *taint) stored(s *ssa.Store) {
	root := s.Addr
	for {
		switch a := root.(type) {
		case *ssa.IndexAddr:
			root = a.X
			continue
		case *ssa.FieldAddr:
			root = a.X
			continue
		}
		break
	}
	if alloc, ok := root.(*ssa.Alloc); ok {
		t.followCopy(alloc)
	}
}

// followCopy looks at reads of the function's own copy: what a copied struct refers
// to still belongs to the caller, unless the function has replaced that field.
func (t *taint) followCopy(addr ssa.Value) {
	if t.copies[addr] || addr.Referrers() == nil {
		return
	}
	t.copies[addr] = true
	replaced := map[int]bool{}
	for _, use := range *addr.Referrers() {
		if f, ok := use.(*ssa.FieldAddr); ok && t.replaced(f) {
			replaced[f.Field] = true
		}
	}
	for _, use := range *addr.Referrers() {
		switch u := use.(type) {
		case *ssa.FieldAddr:
			if !replaced[u.Field] {
				t.followCopy(u)
			}
		case *ssa.IndexAddr:
			t.followCopy(u)
		case *ssa.UnOp:
			if u.Op == token.MUL {
				t.loaded(u)
			}
		case *ssa.Slice: // variadic arguments
			t.follow(u)
		case *ssa.MakeClosure:
			for i, bound := range u.Bindings {
				if bound == addr {
					t.followCopy(u.Fn.(*ssa.Function).FreeVars[i])
				}
			}
		}
	}
}

// replaced reports whether a field of an own copy is given a value that is not the
// caller's.
func (t *taint) replaced(f *ssa.FieldAddr) bool {
	for _, use := range *f.Referrers() {
		if s, ok := use.(*ssa.Store); ok && s.Addr == f && !t.reach[s.Val] {
			return true
		}
	}
	return false
}

// call looks at what a callee does with the value.
func (t *taint) call(v ssa.Value, instr ssa.CallInstruction) {
	c := instr.Common()
	if b, ok := c.Value.(*ssa.Builtin); ok {
		t.builtin(v, instr, b.Name())
		return
	}
	callee := c.StaticCallee()
	for i, arg := range c.Args {
		if arg != v {
			continue
		}
		switch {
		case callee == nil:
			if c.IsInvoke() && slices.Contains(fillers, c.Method.Name()) {
				t.found(instr, "fills it with "+c.Method.Name())
			}
		case callee.Blocks != nil && !mutator(callee, i):
			if how := t.m.changes(callee, i); how != "" {
				t.how = how
			}
		case mutator(callee, i), callee.Signature.Recv() != nil && i > 0 && slices.Contains(fillers, callee.Name()):
			t.found(instr, callee.Name()+" changes it")
		}
	}
}

// mutator reports whether a function outside the module is known to change argument i.
func mutator(fn *ssa.Function, i int) bool {
	if origin := fn.Origin(); origin != nil {
		fn = origin
	}
	obj, ok := fn.Object().(*types.Func)
	if !ok || obj.Pkg() == nil || obj.Signature().Recv() != nil {
		return false
	}
	want, known := knownMutators[obj.Pkg().Path()][obj.Name()]
	return known && want == i
}

func (t *taint) builtin(v ssa.Value, instr ssa.CallInstruction, name string) {
	args := instr.Common().Args
	if len(args) == 0 || args[0] != v {
		return
	}
	switch name {
	case "copy":
		t.found(instr, "copies into it")
	case "clear", "delete":
		t.found(instr, name+"s elements")
	case "append":
		// Appending to list[:n] writes over what follows in the caller's array.
		if t.shortened[v] {
			t.found(instr, "appends over its elements")
		}
	}
}

func (t *taint) found(instr ssa.Instruction, what string) {
	t.how = what + " at " + t.m.position(instr)
}
