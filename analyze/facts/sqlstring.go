package facts

import (
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strings"

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
	// labels: a field or environment variable that is set from outside is written as
	// its name in braces, not as a hole.
	labels bool
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
		if v.Value != nil && v.Value.Kind() == constant.String {
			return []string{constant.StringVal(v.Value)}
		}
		if v.Value != nil && v.Value.Kind() == constant.Int {
			return []string{v.Value.ExactString()}
		}
	case *ssa.BinOp:
		return r.cross(r.texts(v.X, en), r.texts(v.Y, en))
	case *ssa.Phi:
		return r.union(v.Edges, en)
	case *ssa.MakeInterface:
		return r.texts(v.X, en)
	case *ssa.Alloc: // a *string, as AWS and others take
		return r.union(storedIn(v), en)
	case *ssa.ChangeType:
		return r.texts(v.X, en)
	case *ssa.Convert:
		if isString(v.X.Type()) || isBytes(v.X.Type()) {
			return r.texts(v.X, en)
		}
	case *ssa.MultiConvert:
		return r.texts(v.X, en)
	case *ssa.ChangeInterface:
		return r.texts(v.X, en)
	case *ssa.TypeAssert:
		return r.texts(v.X, en)
	case *ssa.Slice:
		if isString(v.X.Type()) || isBytes(v.X.Type()) {
			return r.texts(v.X, en)
		}
	case *ssa.Parameter:
		return r.parameter(v, en)
	case *ssa.FreeVar:
		return r.texts(freeVar(v), en)
	case *ssa.UnOp:
		return r.load(v, en)
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
		if call, ok := v.Tuple.(*ssa.Call); ok {
			return r.call(call, v.Index, en)
		}
		if l, ok := v.Tuple.(*ssa.Lookup); ok && v.Index == 0 {
			return r.resolve(l, en)
		}
		if next, ok := v.Tuple.(*ssa.Next); ok {
			return r.ranged(next, v.Index, en)
		}
	case *ssa.Call:
		return r.call(v, 0, en)
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

// stored resolves a variable or field by all that is stored in it.
func (r *stringResolver) stored(vals []ssa.Value) []string {
	if r.strict && len(vals) > 1 {
		return nil
	}
	r.fields++
	r.looked = true
	defer func() { r.fields-- }()
	return r.union(vals, nil)
}

// field resolves a field by what is stored in it, anywhere or in the one place
// that is chosen.
func (r *stringResolver) field(f *types.Var) []string {
	s := r.e.storesOf()
	if f == nil || r.strict && !r.e.own[f.Pkg()] { // other modules set their fields themselves
		return nil
	}
	var list []offer
	vals, stores := s.fields[f], s.stores[f]
	if linked := r.e.linkedStores(stores); (len(linked) > 0 || r.labels && r.e.links.linked[f.Pkg()]) && len(linked) < len(stores) && len(vals) == len(stores) {
		vals, stores = nil, linked
		for _, st := range linked {
			vals = append(vals, st.Val)
		}
	}
	for _, st := range stores {
		if !updates(st.Val, f) && !sets(st, f) {
			list = append(list, offer{st.Val, st})
		}
	}
	if slices.ContainsFunc(vals, func(v ssa.Value) bool { return updates(v, f) }) && !r.strict {
		vals = slices.DeleteFunc(slices.Clone(vals), func(v ssa.Value) bool { return updates(v, f) })
	}
	if v, ok := r.offers(f, list); ok {
		vals = []ssa.Value{v}
	}
	if r.labels && r.e.setOutside(f) {
		vals = slices.DeleteFunc(slices.Clone(vals), func(v ssa.Value) bool { _, constant := v.(*ssa.Const); return !constant })
	}
	out := r.stored(vals)
	if r.labels && allHoles(out) {
		return []string{"{" + f.Name() + "}"}
	}
	return out
}

// sets tells whether a store gives a field its value where it has none: who does that
// makes no other store. if s.table == "" { s.table = "orders" }
func sets(st *ssa.Store, f *types.Var) bool {
	b := st.Block()
	if _, constant := st.Val.(*ssa.Const); !constant || len(b.Preds) != 1 {
		return false
	}
	test, ok := b.Preds[0].Instrs[len(b.Preds[0].Instrs)-1].(*ssa.If)
	if !ok {
		return false
	}
	op, ok := test.Cond.(*ssa.BinOp)
	if !ok || op.Op != token.EQL && op.Op != token.NEQ || (op.Op == token.EQL) != (b.Preds[0].Succs[0] == b) {
		return false
	}
	empty, ok := constantText(op.Y)
	return ok && empty == "" && loadsField(op.X, f)
}

// updates tells whether a value is what a function makes of the field that it is
// stored in: s.query = db.Rebind(s.query).
func updates(v ssa.Value, f *types.Var) bool {
	call, ok := v.(*ssa.Call)
	return ok && slices.ContainsFunc(call.Call.Args, func(a ssa.Value) bool {
		load, ok := a.(*ssa.UnOp)
		if !ok {
			return false
		}
		fa, ok := load.X.(*ssa.FieldAddr)
		return ok && fieldOf(fa.X.Type(), fa.Field) == f
	})
}

// given resolves a parameter of a constructor by all of its callers, or by the one
// that is chosen.
func (r *stringResolver) given(p *ssa.Parameter) []string {
	var args []ssa.Value
	var list []offer
	for _, call := range r.e.caller[p.Parent()] {
		if a, ok := bind(call, p.Parent(), nil).args[p]; ok {
			args = append(args, a)
			list = append(list, offer{a, call})
		}
		if r.strict && len(args) > 1 {
			return nil // before a thousand more callers are looked at
		}
	}
	if p.Object() != nil {
		if v, ok := r.offers(p.Object(), list); ok {
			return r.texts(v, nil)
		}
	}
	return r.union(args, nil)
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

func (r *stringResolver) parameter(p *ssa.Parameter, en *env) []string {
	for at := en; at != nil; at = at.up {
		if a, ok := at.args[p]; ok {
			return r.texts(a, at.up)
		}
	}
	if r.fields > 0 && r.fields < 4 {
		if out := r.given(p); len(out) > 0 {
			return out
		}
	}
	r.open[p] = true
	return nil
}

// freeVar gives what a closure captures.
func freeVar(v *ssa.FreeVar) ssa.Value {
	fn := v.Parent()
	for i, fv := range fn.FreeVars {
		if fv != v || fn.Referrers() == nil {
			continue
		}
		for _, in := range *fn.Referrers() {
			if mc, ok := in.(*ssa.MakeClosure); ok && i < len(mc.Bindings) {
				return mc.Bindings[i]
			}
		}
	}
	return nil
}

// load resolves what an address holds.
func (r *stringResolver) load(at *ssa.UnOp, en *env) []string {
	s := r.e.storesOf()
	switch a := at.X.(type) {
	case *ssa.Global:
		if text, ok := r.e.embedded(a); ok {
			return []string{text}
		}
		return r.stored(s.globals[a])
	case *ssa.FieldAddr:
		if local := r.localField(a, en); local != nil {
			return local
		}
		if out := r.namedField(a.X.Type(), a.Field); out != nil {
			return out
		}
		if out := r.namedInside(a, en); out != nil {
			return out
		}
		return r.field(fieldOf(a.X.Type(), a.Field))
	case *ssa.IndexAddr:
		if g := elementsOf(a.X); g != nil {
			return r.union(s.elements[g], nil)
		}
		if sl, ok := a.X.(*ssa.Slice); ok {
			return r.union(varargs(sl), en)
		}
		return r.element(a.X, en)
	case *ssa.Alloc:
		return r.union(reaching(at, a), en)
	case *ssa.FreeVar:
		if cell, ok := freeVar(a).(*ssa.Alloc); ok {
			return r.union(reaching(at, cell), en)
		}
	}
	return nil
}

// ranged resolves what a loop takes from a map: its keys or its values.
func (r *stringResolver) ranged(next *ssa.Next, index int, en *env) []string {
	of, ok := next.Iter.(*ssa.Range)
	if !ok || next.IsString {
		return nil
	}
	maps := []ssa.Value{of.X}
	if load, ok := of.X.(*ssa.UnOp); ok && global(load.X) != nil {
		maps, en = r.e.storesOf().globals[global(load.X)], nil
		r.looked = true
	}
	var vals []ssa.Value
	for _, m := range maps {
		made, ok := m.(*ssa.MakeMap)
		if !ok {
			return nil
		}
		for _, in := range *made.Referrers() {
			if up, ok := in.(*ssa.MapUpdate); ok && up.Map == made {
				vals = append(vals, map[int]ssa.Value{1: up.Key, 2: up.Value}[index])
			}
		}
	}
	return r.union(vals, en)
}

// element resolves the elements of a list that a function is given.
func (r *stringResolver) element(list ssa.Value, en *env) []string {
	p, ok := list.(*ssa.Parameter)
	if !ok {
		return nil
	}
	items := r.items(p, en, 0)
	if len(items) == 0 {
		r.open[p] = true
		return nil
	}
	out := []string(nil)
	for _, it := range items {
		out = append(out, r.texts(it.v, it.en)...)
	}
	return out[:min(len(out), maxTexts)]
}

// localField resolves the field of a local struct literal, or of one that a package
// variable points to.
func (r *stringResolver) localField(a *ssa.FieldAddr, en *env) []string {
	al, ok := a.X.(*ssa.Alloc)
	if load, isLoad := a.X.(*ssa.UnOp); isLoad {
		al, ok = r.literal(global(load.X))
		en = nil
	}
	if !ok {
		return nil
	}
	var vals []ssa.Value
	for _, ref := range *al.Referrers() {
		if fa, ok := ref.(*ssa.FieldAddr); ok && fa.Field == a.Field {
			for _, st := range *fa.Referrers() {
				if st, ok := st.(*ssa.Store); ok && st.Addr == fa {
					vals = append(vals, st.Val)
				}
			}
		}
	}
	if len(vals) == 0 {
		return nil
	}
	return r.union(vals, en)
}

// literal gives the struct that a package variable points to, if it is stored once.
func (r *stringResolver) literal(g *ssa.Global) (*ssa.Alloc, bool) {
	if g == nil {
		return nil, false
	}
	vals := r.e.storesOf().globals[g]
	if len(vals) != 1 {
		return nil, false
	}
	al, ok := vals[0].(*ssa.Alloc)
	r.looked = r.looked || ok
	return al, ok
}

// storedIn gives the values stored in a local variable, by closures too.
func storedIn(a *ssa.Alloc) []ssa.Value {
	var out []ssa.Value
	for _, ref := range *a.Referrers() {
		if st, ok := ref.(*ssa.Store); ok && st.Addr == a {
			out = append(out, st.Val)
		}
		if mc, ok := ref.(*ssa.MakeClosure); ok {
			fn := mc.Fn.(*ssa.Function)
			for i, b := range mc.Bindings {
				if b != a || i >= len(fn.FreeVars) {
					continue
				}
				for _, fr := range *fn.FreeVars[i].Referrers() {
					if st, ok := fr.(*ssa.Store); ok && st.Addr == fn.FreeVars[i] {
						out = append(out, st.Val)
					}
				}
			}
		}
	}
	return out
}

// call resolves the result of a call.
func (r *stringResolver) call(call *ssa.Call, result int, en *env) []string {
	com := call.Common()
	if b, ok := com.Value.(*ssa.Builtin); ok {
		if b.Name() == "append" && isBytes(call.Type()) {
			return r.cross(r.texts(com.Args[0], en), r.texts(com.Args[1], en))
		}
		return nil
	}
	if op := tableOperand(call, 0); op != call {
		return r.texts(op, en)
	}
	if n := tableNamed(com); n != nil {
		return []string{(&mapperFinder{e: r.e, naming: r.e.naming()}).tableName(n, "pop")}
	}
	if op := collectionOperand(com); op != nil {
		return r.texts(op, en)
	}
	if op := statementOperand(com); op != nil && r.named {
		return r.texts(op, en)
	}
	if out := r.preparedText(call, en); out != nil {
		return out
	}
	if callee := com.StaticCallee(); callee != nil && callee.Blocks == nil {
		if out, ok := r.known(fullName(callee), com.Args, en); ok {
			return out
		}
		return r.passThrough(com, en)
	}
	var out []string
	for _, callee := range r.callees(call) {
		out = append(out, r.inline(call, callee, result, en)...)
	}
	if len(out) == 0 || allHoles(out) {
		return r.passThrough(com, en)
	}
	return out
}

// callees gives the functions that a call reaches: one, if what stands for the
// receiver is known.
func (r *stringResolver) callees(call *ssa.Call) []*ssa.Function {
	all := r.e.sites[call]
	if !call.Call.IsInvoke() {
		return all
	}
	if m, ok := r.as.of(call.Call.Value).(*ssa.MakeInterface); ok {
		for _, fn := range all {
			if recv := fn.Signature.Recv(); recv != nil && types.Identical(recv.Type(), m.X.Type()) {
				return []*ssa.Function{fn}
			}
		}
	}
	return all
}

// inline resolves what a function of the module returns.
func (r *stringResolver) inline(call *ssa.Call, fn *ssa.Function, result int, en *env) []string {
	if r.inlined > 4 || fn.Blocks == nil {
		return nil
	}
	r.inlined++
	r.looked = true
	defer func() { r.inlined-- }()
	inner := bind(call, fn, en)
	var vals []ssa.Value
	for _, b := range fn.Blocks {
		if ret, ok := b.Instrs[len(b.Instrs)-1].(*ssa.Return); ok && result < len(ret.Results) {
			vals = append(vals, ret.Results[result])
		}
	}
	return r.union(vals, inner)
}

func allHoles(texts []string) bool {
	for _, t := range texts {
		if strings.Trim(t, hole+" \n\t") != "" {
			return false
		}
	}
	return true
}

// passThrough sees through a call that is given one string and gives one, such as
// Rebind, if the string is SQL: what it changes is not the tables.
func (r *stringResolver) passThrough(com *ssa.CallCommon, en *env) []string {
	var one ssa.Value
	for _, a := range com.Args {
		if isString(a.Type()) {
			if one != nil {
				return nil
			}
			one = a
		}
	}
	if one == nil || r.strict {
		return nil
	}
	texts := r.texts(one, en)
	if out := r.lookUp(texts); out != nil {
		return out
	}
	for _, t := range texts { // os.Getenv is given one string too
		if v := readSQL(t).verb; v == "" || v == hole || !strings.ContainsAny(t, " \n\t") {
			return nil
		}
	}
	return texts
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

// fullName names a function of any module: path.Name, (path.Type).Name.
func fullName(fn *ssa.Function) string {
	if o := fn.Origin(); o != nil {
		fn = o
	}
	if obj, ok := fn.Object().(*types.Func); ok {
		return obj.Origin().FullName()
	}
	return fn.String()
}
