package vta

import (
	"context"

	"golang.org/x/tools/container/intsets"
	"golang.org/x/tools/go/ssa"
)

// Options say what a Graph has to answer.
type Options struct {
	// Ignore tells of calls that Callees is never asked for; nil ignores none. Their
	// arguments and results flow all the same.
	Ignore func(*ssa.CallCommon) bool

	likeTools bool // see network
}

// Graph tells what calls may reach. It is not safe for concurrent use.
type Graph struct {
	classes    *classes
	components components
	sets       []holding
	found      map[question][]*ssa.Function
}

// question is a set at a call and the class of the call: many calls share both.
type question struct {
	set   *intsets.Sparse
	class *class
}

// New analyses the functions given, which are all that calls can reach but for those
// that they name, and must have been built with ssa.InstantiateGenerics. It ends early
// with the context's error.
func New(ctx context.Context, funcs []*ssa.Function, opt Options) (*Graph, error) {
	n := newNetwork()
	n.likeTools = opt.likeTools
	c := newClasses(n, funcs)
	var asked []ssa.Value
	for _, fn := range funcs {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		asked = c.function(fn, opt, asked)
	}
	c.link()
	g := &Graph{classes: c, found: map[question][]*ssa.Function{}}
	want := make([]bool, n.nodes)
	for _, v := range asked {
		if node, ok := n.values[v]; ok {
			want[node] = true
		}
	}
	g.components, g.sets = n.propagate(want)
	return g, ctx.Err()
}

// function adds what flows in a function, and to asked the values that its calls are
// decided by.
func (c *classes) function(fn *ssa.Function, opt Options, asked []ssa.Value) []ssa.Value {
	for _, b := range fn.Blocks {
		for _, in := range b.Instrs {
			call, ok := in.(ssa.CallInstruction)
			if !ok {
				c.n.instruction(in)
				continue
			}
			c.site(call)
			if com := call.Common(); com.StaticCallee() == nil && (opt.Ignore == nil || !opt.Ignore(com)) {
				asked = append(asked, com.Value)
			}
		}
	}
	return asked
}

// Callees gives the functions that a call of one of the functions given to New may
// reach, in the order of these: of a static call the one that it names, of a built-in
// function none.
func (g *Graph) Callees(call ssa.CallInstruction) []*ssa.Function {
	com := call.Common()
	if fn := com.StaticCallee(); fn != nil {
		return []*ssa.Function{fn}
	}
	node, ok := g.classes.n.values[com.Value]
	if !ok {
		return nil
	}
	q := question{g.sets[g.components.of[node]].set, g.classes.of(com)}
	if q.set == nil || q.class == nil {
		return nil
	}
	list, ok := g.found[q]
	if !ok {
		for _, m := range q.class.members {
			if q.set.Has(int(m.element)) {
				list = append(list, m.fn)
			}
		}
		g.found[q] = list
	}
	return list
}
