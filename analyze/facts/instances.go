package facts

import (
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// An offer is one of several values that a text may be made with: what one caller
// gives a constructor, what one place stores in a field.
type offer struct {
	value ssa.Value
	at    ssa.Instruction // the call or the store
}

// instance is one way to choose among offers. Shared code with a table's name in a
// field, or in a constructor's parameter, is many stores in one: each who names a
// table has its own.
type instance struct {
	texts []string
	giver ssa.Instruction // where the name is given
}

// Limits of instances: nested constructors, givers of one place, and what is looked
// at for one place: beyond it the texts are taken without a choice. Ways to choose
// multiply, and without it a few places take minutes: a URL that comes from the
// settings of any of a hundred plugins. Where names are given, a tenth is plenty.
const (
	maxGivers      = 4
	maxInstances   = 256
	maxOffersSeen  = 128
	maxChoiceSteps = 500_000
)

// offers notes the values of a field or parameter, and gives the one that is
// chosen, if one is.
func (r *stringResolver) offers(key types.Object, list []offer) (ssa.Value, bool) {
	if v, ok := r.pick[key]; ok {
		return v, true
	}
	if len(list) == 1 {
		r.sole = list[0].at
	}
	if len(list) < 2 || len(list) > maxOffersSeen {
		return nil, false
	}
	if _, ok := r.offered[key]; !ok {
		if r.offered == nil {
			r.offered = map[types.Object][]offer{}
		}
		r.offered[key] = list
		r.order = append(r.order, key)
	}
	return nil, false
}

// chooser goes through the ways to choose among what is offered. What is chosen
// counts only if it changes the key that the texts have, the tables for instance:
// an order or a limit that callers set is no store of its own.
type chooser struct {
	e       *extractor
	resolve func(*stringResolver) []string
	key     func(texts []string) string
	enough  func([]instance) bool // no more are looked for; nil: never
	// gives tells whether the values of a field or parameter are names that shared
	// code is given, and no data; nil: all are.
	gives func(key types.Object, list []offer) bool
	out   []instance
	steps int // of all resolvers so far
}

// instances resolves a text once for each who gives it a name. Nothing is given
// when there is only one way.
func (c *chooser) instances(first *stringResolver) []instance {
	if len(first.order) == 0 {
		return nil
	}
	c.choose(first, map[types.Object]ssa.Value{}, nil)
	if len(c.out) < 2 {
		return nil
	}
	return c.out
}

func (c *chooser) choose(r *stringResolver, pick map[types.Object]ssa.Value, giver ssa.Instruction) {
	if len(c.out) >= maxInstances || c.enough != nil && c.enough(c.out) {
		return
	}
	if len(pick) < maxGivers {
		for _, key := range r.order {
			if c.gives != nil && !c.gives(key, r.offered[key]) {
				continue
			}
			if c.branch(r, key, pick) {
				return
			}
		}
	}
	c.out = append(c.out, instance{c.try(c.e.resolver(pick)), giver})
}

// try resolves the text one way.
func (c *chooser) try(r *stringResolver) []string {
	texts := c.resolve(r)
	c.steps += r.steps
	return texts
}

// branch goes on with each value of a field or parameter; false if the key is the
// same whichever it is.
func (c *chooser) branch(r *stringResolver, key types.Object, pick map[types.Object]ssa.Value) bool {
	offers := r.offered[key]
	picks := make([]map[types.Object]ssa.Value, len(offers))
	resolvers := make([]*stringResolver, len(offers))
	seen := map[string]bool{}
	for i, o := range offers {
		if c.steps > maxChoiceSteps {
			return false
		}
		picks[i] = map[types.Object]ssa.Value{key: o.value}
		for k, v := range pick {
			picks[i][k] = v
		}
		resolvers[i] = c.e.resolver(picks[i])
		seen[c.key(c.try(resolvers[i]))] = true
	}
	if len(seen) < 2 {
		return false
	}
	for i, o := range offers {
		c.choose(resolvers[i], picks[i], o.at)
	}
	return true
}

// tables writes down what the texts do to tables, to compare.
func (s sink) tables(texts []string) string {
	var all []string
	for _, text := range texts {
		st := s.read(text)
		if st.open {
			all = append(all, hole)
		}
		all = append(all, st.tables()...)
	}
	return strings.Join(unionSorted(all, nil), " ")
}

// resolver makes a resolver of strings; of fields and parameters in pick the values
// are chosen.
func (e *extractor) resolver(pick map[types.Object]ssa.Value) *stringResolver {
	return &stringResolver{e: e, open: map[*ssa.Parameter]bool{}, active: map[ssa.Value]bool{}, pick: pick}
}

// typeArgument names the declared type that an instance of generic code is made
// for: what Repo[Order] does, it does for Order.
func (e *extractor) typeArgument(fn *ssa.Function) (Ref, bool) {
	for fn.Parent() != nil {
		fn = fn.Parent()
	}
	for _, t := range fn.TypeArgs() {
		if p, ok := types.Unalias(t).(*types.Pointer); ok {
			t = p.Elem()
		}
		if n := namedOf(t); n != nil && n.Obj().Pkg() != nil && e.own[n.Obj().Pkg()] {
			return e.refOf(n.Obj())
		}
	}
	return Ref{}, false
}

// sharedStores gives to who names the table also what only one names, in packages
// whose code is seen to be shared by several: a store of sagas beside one of events.
func (t *tableFinder) sharedStores() {
	givers := map[string]map[string]bool{} // package of the code → packages that name tables
	for _, a := range t.e.out.Accesses {
		from, of := packageOf(a.From), packageOf(a.For)
		if of != "" && of != from {
			if givers[from] == nil {
				givers[from] = map[string]bool{}
			}
			givers[from][of] = true
		}
	}
	for _, site := range t.e.access {
		a := &t.e.out.Accesses[site.index]
		if a.For.Atom != "" || site.sole == nil || len(givers[packageOf(a.From)]) < 2 {
			continue
		}
		giver, at := t.e.giverOf(site.sole)
		if giver.Atom != "" && packageOf(giver) != packageOf(a.From) {
			a.For, a.Evidence = giver, t.e.evidence(at, model.Resolved, a.Evidence.Detail)
		}
	}
}

// giverOf names who gives a shared store its table: the function that makes it, or,
// where a main does that for others, the constructor that it is handed to.
func (e *extractor) giverOf(at ssa.Instruction) (Ref, token.Pos) {
	ref, ok := e.refInstr(at)
	if !ok {
		return Ref{}, token.NoPos
	}
	call, ok := at.(*ssa.Call)
	top := topFunc(at.Parent())
	if !ok || top.Pkg == nil || top.Pkg.Pkg.Name() != "main" {
		return ref, e.posOf(at)
	}
	if next, ok := e.handedTo(call, top.Pkg.Pkg, 0); ok {
		return next, e.posOf(at)
	}
	return ref, e.posOf(at)
}

// handedTo finds the function of another package than main, and than the value's
// own, that a value ends up in; false when there are several.
func (e *extractor) handedTo(v ssa.Value, main *types.Package, depth int) (Ref, bool) {
	if depth > 6 || v.Referrers() == nil {
		return Ref{}, false
	}
	found := map[Ref]bool{}
	for _, in := range *v.Referrers() {
		var next ssa.Value
		switch in := in.(type) {
		case *ssa.Call:
			fn := in.Common().StaticCallee()
			if fn == nil || topFunc(fn).Pkg == nil || !e.own[topFunc(fn).Pkg.Pkg] || topFunc(fn).Pkg.Pkg == main {
				continue
			}
			if ref, ok := e.handedTo(in, main, depth+1); ok {
				found[ref] = true
			} else if ref, ok := e.refFunc(fn); ok && fn.Signature.Recv() == nil {
				found[ref] = true
			}
		case *ssa.MakeInterface:
			next = in
		case *ssa.Extract:
			next = in
		case *ssa.Store:
			if al, ok := in.Addr.(*ssa.Alloc); ok && in.Val == v {
				next = al
			}
		case *ssa.UnOp:
			next = in
		}
		if next != nil {
			if ref, ok := e.handedTo(next, main, depth+1); ok {
				found[ref] = true
			}
		}
	}
	for ref := range found {
		return ref, len(found) == 1
	}
	return Ref{}, false
}

// bodies calls do for each instruction of the module's functions. Of generic code
// that is instantiated only the instances count: they know the types.
func (e *extractor) bodies(do func(ssa.Instruction)) {
	instanced := map[*ssa.Function]bool{}
	for _, fn := range e.funcs {
		if o := fn.Origin(); o != nil {
			instanced[o] = true
		}
	}
	for _, fn := range e.funcs {
		if e.ctx.Err() != nil {
			return
		}
		top := fn
		for top.Parent() != nil {
			top = top.Parent()
		}
		if !instanced[top] {
			eachInstr(fn, do)
		}
	}
}
