package vta

import (
	"go/types"

	"golang.org/x/tools/go/ssa"
)

// class is all functions that a dynamic call of one kind may reach as far as types
// tell (class hierarchy analysis): those of one signature, or the methods of one name
// of all types that implement an interface. Its calls and its functions meet in nodes
// of its own, one an argument and one a result.
type class struct {
	members  []member
	receiver operand // of calls whose methods may belong to function types
	args     []operand
	results  []operand
	called   bool
}

// member is a function with the element that must reach a call for it to be called:
// itself, or the type of its receiver.
type member struct {
	fn      *ssa.Function
	element int32
}

// method is a method of an interface.
type method struct {
	iface int32
	id    string
}

type implements struct{ typ, iface int32 }

// classes finds the class of a call.
type classes struct {
	n           *network
	bySignature map[int32]*class
	byID        map[string][]member // methods, by types.Func.Id
	methods     map[method]*class
	holds       map[implements]bool
	used        []*class // those that are called, in the order of the first calls
}

func newClasses(n *network, funcs []*ssa.Function) *classes {
	c := &classes{n: n, bySignature: map[int32]*class{}, byID: map[string][]member{}, methods: map[method]*class{}, holds: map[implements]bool{}}
	for _, fn := range funcs {
		if recv := fn.Signature.Recv(); recv != nil {
			if obj, ok := fn.Object().(*types.Func); ok {
				c.byID[obj.Id()] = append(c.byID[obj.Id()], member{fn, typeElement(n.types.of(recv.Type()))})
			}
		} else if fn.Synthetic != "package initializer" {
			id := n.types.of(fn.Signature).id
			if c.bySignature[id] == nil {
				c.bySignature[id] = &class{}
			}
			c.bySignature[id].members = append(c.bySignature[id].members, member{fn, n.funcElement(fn)})
		}
	}
	return c
}

// of gives the class of a dynamic call, or nil where nothing can be called.
func (c *classes) of(call *ssa.CallCommon) *class {
	if call.IsInvoke() {
		return c.method(call)
	}
	if _, ok := call.Value.(*ssa.Builtin); ok {
		return nil
	}
	return c.bySignature[c.n.types.of(call.Signature()).id]
}

func (c *classes) method(call *ssa.CallCommon) *class {
	iface := call.Value.Type().Underlying().(*types.Interface)
	key := method{c.n.types.of(iface).id, call.Method.Id()}
	k, ok := c.methods[key]
	if !ok {
		for _, m := range c.byID[key.id] {
			if c.implements(m, iface, key.iface) {
				if k == nil {
					k = &class{}
				}
				k.members = append(k.members, m)
			}
		}
		c.methods[key] = k
	}
	return k
}

func (c *classes) implements(m member, iface *types.Interface, id int32) bool {
	key := implements{m.element, id}
	yes, ok := c.holds[key]
	if !ok {
		yes = types.Implements(m.fn.Signature.Recv().Type(), iface)
		c.holds[key] = yes
	}
	return yes
}

// open makes the nodes of a class at its first call.
func (c *classes) open(k *class, call *ssa.CallCommon) {
	k.called = true
	c.used = append(c.used, k)
	sig := call.Signature()
	k.args, k.results = c.meetings(sig.Params()), c.meetings(sig.Results())
	k.receiver = nothing
	for _, m := range k.members {
		if call.IsInvoke() && len(m.fn.Params) > 0 && isFunction(m.fn.Params[0].Type()) {
			k.receiver = operand{node: c.n.newNode(), flows: true}
			break
		}
	}
}

func (c *classes) meetings(vars *types.Tuple) []operand {
	out := make([]operand, vars.Len())
	for i := range out {
		tr := c.n.types.of(vars.At(i).Type())
		out[i] = operand{node: -1, seed: -1, flows: tr.flows, pointer: tr.pointer}
		if tr.flows {
			out[i].node = c.n.newNode()
		}
	}
	return out
}

// site adds what flows by a call: arguments to parameters, and results back.
func (c *classes) site(call ssa.CallInstruction) {
	com := call.Common()
	if b, ok := com.Value.(*ssa.Builtin); ok {
		if v, ok := call.(ssa.Value); ok && b.Name() == "recover" {
			c.n.flow(panicked, c.n.of(v))
		}
		return
	}
	if fn := com.StaticCallee(); fn != nil {
		c.static(call, fn)
		return
	}
	k := c.of(com)
	if k == nil {
		return
	}
	if !k.called {
		c.open(k, com)
	}
	c.n.flow(c.n.of(com.Value), k.receiver)
	for i, arg := range com.Args {
		if i < len(k.args) && k.args[i].flows {
			c.n.alias(k.args[i], c.n.of(arg))
		}
	}
	c.returns(call, k.results)
}

func (c *classes) static(call ssa.CallInstruction, fn *ssa.Function) {
	for i, arg := range call.Common().Args {
		if i < len(fn.Params) && flows(fn.Params[i].Type()) {
			c.n.alias(c.n.of(fn.Params[i]), c.n.of(arg))
		}
	}
	if _, ok := call.(ssa.Value); !ok {
		return
	}
	results := make([]operand, fn.Signature.Results().Len())
	for i := range results {
		results[i] = c.n.result(fn, i)
	}
	c.returns(call, results)
}

// returns lets results flow to a call's value; go and defer have none.
func (c *classes) returns(call ssa.CallInstruction, results []operand) {
	v, ok := call.(ssa.Value)
	if !ok {
		return
	}
	for i, r := range results {
		t := v.Type()
		if len(results) > 1 {
			t = t.(*types.Tuple).At(i).Type()
		}
		c.n.flow(r, c.n.value(v, i, t, len(results) > 1))
	}
}

// link joins the classes that are called with their functions.
func (c *classes) link() {
	for _, k := range c.used {
		for _, m := range k.members {
			c.member(k, m.fn)
		}
	}
}

func (c *classes) member(k *class, fn *ssa.Function) {
	params := fn.Params
	if fn.Signature.Recv() != nil && len(params) > 0 {
		if isFunction(params[0].Type()) {
			c.n.flow(k.receiver, c.n.of(params[0]))
		}
		params = params[1:]
	}
	for i, p := range params {
		if i < len(k.args) && k.args[i].flows {
			c.n.alias(c.n.of(p), k.args[i])
		}
	}
	for i, r := range k.results {
		c.n.flow(c.n.result(fn, i), r)
	}
}
