package vta

import (
	"go/types"

	"golang.org/x/tools/container/intsets"
	"golang.org/x/tools/go/ssa"
)

// kind tells the nodes apart that all variables of a type share.
type kind uint8

const (
	constant kind = iota
	mapKey
	mapValue
	elem
	channel
	nested
	field
)

// shared is the key of a node that stands for all places of a kind and type.
type shared struct {
	kind  kind
	typ   int32
	index int32 // of a field
}

// part is the key of one result of a function, or one value of a tuple.
type part struct {
	of    ssa.Value
	index int
}

// operand is an end of a flow: a node, or, where node is negative, what can give no
// more than seed.
type operand struct {
	node    int32
	seed    int32 // element of sets, or negative
	flows   bool
	pointer bool
}

var nothing = operand{node: -1, seed: -1}

// panicked is where all arguments of panic go, and what every recover returns.
var panicked = operand{node: 0, flows: true}

// network is where types flow: nodes, edges between them, and the elements (types and
// functions) that stand at a node from the start.
type network struct {
	types  typeTable
	values map[ssa.Value]int32
	parts  map[part]int32
	shares map[shared]int32
	funcs  map[*ssa.Function]int32

	nodes    int32
	from, to []int32
	seeds    map[int32]*intsets.Sparse

	// likeTools leaves out what golang.org/x/tools does not see, for comparison:
	// values received with a flag, as by range over a channel.
	likeTools bool
}

func newNetwork() *network {
	return &network{
		types: typeTable{known: map[types.Type]*traits{}}, values: map[ssa.Value]int32{}, parts: map[part]int32{},
		shares: map[shared]int32{}, funcs: map[*ssa.Function]int32{}, seeds: map[int32]*intsets.Sparse{},
		nodes: 1, // panicked
	}
}

// typeElement and funcElement number what sets hold: types even, functions odd.
func typeElement(tr *traits) int32 { return 2 * tr.id }

func (n *network) funcElement(fn *ssa.Function) int32 {
	id, ok := n.funcs[fn]
	if !ok {
		id = int32(len(n.funcs))
		n.funcs[fn] = id
	}
	return 2*id + 1
}

func (n *network) newNode() int32 {
	n.nodes++
	return n.nodes - 1
}

func (n *network) seed(node, element int32) {
	s := n.seeds[node]
	if s == nil {
		s = new(intsets.Sparse)
		n.seeds[node] = s
	}
	s.Insert(int(element))
}

// of gives the operand of a value.
func (n *network) of(v ssa.Value) operand {
	tr := n.types.of(v.Type())
	switch {
	case !tr.flows:
		return operand{node: -1, seed: typeElement(tr)}
	case tr.under != nil:
		key := shared{kind: nested, typ: n.types.of(tr.under).id}
		return nodeOf(n, n.shares, key, &traits{iface: true, pointer: true}) // of no type of its own
	}
	switch v := v.(type) {
	case *ssa.Const:
		if tr.pointer {
			return nodeOf(n, n.shares, shared{kind: constant, typ: tr.id}, tr)
		}
		if tr.iface {
			return nothing
		}
		return operand{node: -1, seed: typeElement(tr)}
	case *ssa.Function:
		return operand{node: -1, seed: n.funcElement(v)}
	}
	return nodeOf(n, n.values, v, tr)
}

// nodeOf gives the node of a key, made when it is first asked for: it has its own type,
// unless that is an interface.
func nodeOf[K comparable](n *network, nodes map[K]int32, key K, tr *traits) operand {
	node, ok := nodes[key]
	if !ok {
		node = n.newNode()
		nodes[key] = node
		if !tr.iface {
			n.seed(node, typeElement(tr))
		}
	}
	return operand{node: node, flows: true, pointer: tr.pointer}
}

// part gives the operand of one of several values.
func (n *network) part(of ssa.Value, index int, typ types.Type) operand {
	tr := n.types.of(typ)
	if !tr.flows {
		return operand{node: -1, seed: typeElement(tr), pointer: tr.pointer}
	}
	return nodeOf(n, n.parts, part{of, index}, tr)
}

// place gives the operand of all elements, keys or fields of a type.
func (n *network) place(k kind, of types.Type, index int, typ types.Type) operand {
	tr := n.types.of(typ)
	if !tr.flows {
		return operand{node: -1, seed: typeElement(tr), pointer: tr.pointer}
	}
	return nodeOf(n, n.shares, shared{kind: k, typ: n.types.of(of).id, index: int32(index)}, tr)
}

// flow lets what s holds come to d, if d can hold it.
func (n *network) flow(s, d operand) {
	switch {
	case !d.flows || s.node == d.node:
	case s.node >= 0:
		n.from, n.to = append(n.from, s.node), append(n.to, d.node)
	case s.seed >= 0:
		n.seed(d.node, s.seed)
	}
}

// alias lets what s holds come to d, and back where both may be names of one
// variable.
func (n *network) alias(d, s operand) {
	n.flow(s, d)
	if d.pointer && s.pointer {
		n.flow(d, s)
	}
}
