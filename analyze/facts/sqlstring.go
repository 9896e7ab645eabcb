package facts

import (
	"go/constant"
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// maxTexts bounds the alternatives of one string.
const maxTexts = 16

// env binds the parameters of a function to what one of its callers gives it.
type env struct {
	args map[*ssa.Parameter]ssa.Value
	up   *env // of the caller
}

// bind maps the arguments of a call to a function's parameters. Bound methods and
// interface calls have one argument less than the method has parameters.
func bind(call ssa.CallInstruction, fn *ssa.Function, up *env) *env {
	n := &env{args: map[*ssa.Parameter]ssa.Value{}, up: up}
	args := call.Common().Args
	offset := len(fn.Params) - len(args)
	if offset < 0 || offset > 1 {
		return n
	}
	for i, a := range args {
		n.args[fn.Params[i+offset]] = a
	}
	if offset == 1 && call.Common().IsInvoke() {
		n.args[fn.Params[0]] = call.Common().Value
	}
	return n
}

// stringResolver finds the texts that a string may be, with holes for what is not
// known.
type stringResolver struct {
	e *extractor
	// open gathers the parameters that a hole stands for.
	open   map[*ssa.Parameter]bool
	active map[ssa.Value]bool
	// as holds what stands for a value while it is looked at.
	as standIns
	// strict looks only through variables and fields that are stored once: a value
	// that is set from outside has no default worth guessing.
	strict  bool
	inlined int
	// paths: the text is a path, whose alternatives are few.
	paths bool
	// fields is how many variables and fields have been looked through: what a
	// constructor was given is then what its callers give it.
	fields int
	// looked: a variable or field has been looked through.
	looked bool
	steps  int
	// pick chooses among the values of a field or parameter; offered are those that
	// were met without a choice, in order.
	pick    map[types.Object]ssa.Value
	offered map[types.Object][]offer
	order   []types.Object
	// sole is where the only value of the last field or parameter was given.
	sole ssa.Instruction
	// named: prepared statements and names of statements in .sql files are looked up.
	// tagged: a field has been met that is filled by its tag; prepared: a call that
	// prepares one. guessed: a name stands for several statements.
	named, tagged, prepared, guessed bool
	// handles: what is looked for is the collection that a value stands for.
	handles bool
	// labels: a field or environment variable that is set from outside is written as
	// its name in braces, not as a hole.
	labels bool
	// statement: the text is a statement's, or names a table.
	statement bool
	// owners: a parameter whose field is asked for is open, see owner.
	owners bool
}

// texts resolves a string value; at least one text is given.
func (r *stringResolver) texts(v ssa.Value, en *env) []string {
	r.steps++
	v = r.as.of(v)
	if v == nil || r.active[v] || r.steps > 4000 || r.e.ctx.Err() != nil {
		return []string{hole}
	}
	r.active[v] = true
	defer delete(r.active, v)
	out := r.resolve(v, en)
	if len(out) == 0 {
		return []string{hole}
	}
	if r.paths {
		return fewer(out)
	}
	if len(out) > maxTexts {
		out = out[:maxTexts]
	}
	return out
}

func (r *stringResolver) resolve(v ssa.Value, en *env) []string {
	switch v := v.(type) {
	case *ssa.Const:
		return constantTexts(v)
	case *ssa.BinOp:
		if !isString(v.Type()) {
			return nil // port + 1
		}
		return r.cross(r.texts(v.X, en), r.texts(v.Y, en))
	case *ssa.Phi:
		return r.union(v.Edges, en)
	case *ssa.Alloc: // a *string, as AWS and others take
		if name := dynamoTable(v); name != nil {
			return r.texts(name, en)
		}
		return r.union(storedIn(v), en)
	case *ssa.Parameter:
		return r.parameter(v, en)
	case *ssa.FreeVar:
		return r.texts(freeVar(v), en)
	case *ssa.UnOp:
		if r.handles {
			if whole := handlePart(v); whole != nil {
				return r.texts(whole, en)
			}
		}
		return r.load(v, en)
	case *ssa.Call:
		return r.call(v, 0, en)
	case *ssa.Field, *ssa.Lookup, *ssa.Index, *ssa.Extract:
		return r.part(v, en)
	}
	if x := sameText(v); x != nil {
		return r.texts(x, en)
	}
	return nil
}

func constantTexts(c *ssa.Const) []string {
	switch {
	case c.Value == nil:
	case c.Value.Kind() == constant.String:
		return []string{constant.StringVal(c.Value)}
	case c.Value.Kind() == constant.Int:
		return []string{c.Value.ExactString()}
	}
	return nil
}

// sameText gives the value that another one says the same as: conversions, slices of
// it, and assertions.
func sameText(v ssa.Value) ssa.Value {
	text := func(x ssa.Value) ssa.Value {
		if isString(x.Type()) || isBytes(x.Type()) {
			return x
		}
		return nil
	}
	switch v := v.(type) {
	case *ssa.MakeInterface:
		return v.X
	case *ssa.ChangeType:
		return v.X
	case *ssa.Convert:
		return text(v.X)
	case *ssa.MultiConvert:
		return v.X
	case *ssa.ChangeInterface:
		return v.X
	case *ssa.TypeAssert:
		return v.X
	case *ssa.Slice:
		return text(v.X)
	}
	return nil
}

// part resolves what is taken out of a struct, a map, a list or several results.
func (r *stringResolver) part(v ssa.Value, en *env) []string {
	switch v := v.(type) {
	case *ssa.Field:
		if out := r.namedField(v.X.Type(), v.Field); out != nil {
			return out
		}
		return r.field(fieldOf(v.X.Type(), v.Field))
	case *ssa.Lookup:
		if out := r.namedElement(v, en); out != nil {
			return out
		}
		if g := elementsOf(v.X); g != nil {
			return r.union(r.e.storesOf().elements[g], nil)
		}
	case *ssa.Index:
		if g := elementsOf(v.X); g != nil {
			return r.union(r.e.storesOf().elements[g], nil)
		}
	case *ssa.Extract:
		switch tuple := v.Tuple.(type) {
		case *ssa.Call:
			return r.call(tuple, v.Index, en)
		case *ssa.Lookup:
			if v.Index == 0 {
				return r.resolve(tuple, en)
			}
		case *ssa.Next:
			return r.ranged(tuple, v.Index, en)
		}
	}
	return nil
}

func (r *stringResolver) union(vals []ssa.Value, en *env) []string {
	var out []string
	seen := map[string]bool{}
	for _, x := range vals {
		if r.active[x] {
			continue // a loop adds nothing that is new
		}
		for _, s := range r.texts(x, en) {
			if !seen[s] && len(out) < r.most() {
				seen[s] = true
				out = append(out, s)
			}
		}
	}
	return out
}

func cross(a, b []string) []string {
	return crossed(a, b, maxTexts)
}

func crossed(a, b []string, most int) []string {
	var out []string
	for _, x := range a {
		for _, y := range b {
			if len(out) < most && len(x)+len(y) < 1<<18 {
				out = append(out, x+y)
			}
		}
	}
	return out
}

func isString(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsString != 0
}

func isBytes(t types.Type) bool {
	s, ok := t.Underlying().(*types.Slice)
	if !ok {
		return false
	}
	b, ok := s.Elem().Underlying().(*types.Basic)
	return ok && b.Kind() == types.Uint8
}
