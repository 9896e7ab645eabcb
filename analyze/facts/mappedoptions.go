package facts

import (
	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Options of a mapper's chain are functions that are given the session and give it back
// with more said of it: opts ...func(*gorm.DB) *gorm.DB, db.Scopes(Recent).

// anyOption tells a call of one of several options, and which: what another repository
// gives does not run here.
func (m *mapperFinder) anyOption(call *ssa.Call) bool {
	com := call.Common()
	return !com.IsInvoke() && com.StaticCallee() == nil && len(m.e.sites[call]) > 1 &&
		len(com.Args) > 0 && sessionTypes[bareTypePath(com.Args[0].Type())]
}

// optionTables counts what an option reads as the option's own, once: of all who may be
// given it nobody knows who is.
func (m *mapperFinder) optionTables(call *ssa.Call, mapper string) {
	for _, fn := range m.e.sites[call] {
		if m.options[fn] {
			continue
		}
		if m.options == nil {
			m.options = map[*ssa.Function]bool{}
		}
		m.options[fn] = true
		for _, v := range returnedFirst(fn) {
			m.optionRead(v, mapper)
		}
	}
}

func (m *mapperFinder) optionRead(v ssa.Value, mapper string) {
	call, ok := v.(*ssa.Call)
	if !ok {
		return
	}
	mc, ok := m.asMapper(call)
	if !ok {
		return
	}
	var c chainFacts
	m.walkChain(call, mapper, &c, map[ssa.Value]bool{}, 0)
	for _, t := range unionSorted(c.joined, nil) {
		m.add(mc, t, model.Read, c.joined)
	}
}

// scopes takes what the functions that a chain is given say of it.
func (m *mapperFinder) scopes(mc mapperCall, c *chainFacts) {
	for _, a := range mc.args {
		for _, fn := range m.scopeFuncs(a) {
			for _, v := range returnedFirst(fn) {
				m.nest(v, func() { m.walkChain(v, mc.mapper, c, map[ssa.Value]bool{}, 0) })
			}
		}
	}
}

// nest walks a chain inside another: a scope, a subquery. One that is being walked, in a
// function that calls itself, is not begun again.
func (m *mapperFinder) nest(v ssa.Value, walk func()) {
	if m.nested[v] || len(m.nested) >= maxNested {
		return
	}
	if m.nested == nil {
		m.nested = map[ssa.Value]bool{}
	}
	m.nested[v] = true
	walk()
	delete(m.nested, v)
}

// maxNested is how deep chains are walked inside each other.
const maxNested = 5

// scopeFuncs gives the functions that a value is, or that a function of the module gives:
// Scopes(Recent, Page(request)).
func (m *mapperFinder) scopeFuncs(v ssa.Value) []*ssa.Function {
	call, ok := v.(*ssa.Call)
	if !ok {
		return functionsOf(v)
	}
	var out []*ssa.Function
	for _, fn := range m.e.sites[call] {
		for _, result := range returnedFirst(fn) {
			out = append(out, functionsOf(result)...)
		}
	}
	return out
}
