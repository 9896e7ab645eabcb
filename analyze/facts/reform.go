package facts

import (
	"go/types"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// reformPath is reform, a mapper that generates a variable for each table
// (AgentTable, a View or Table), which the struct's own methods give back.
const reformPath = "gopkg.in/reform.v1"

// reformVerbs are the methods of reform's Querier, which DB and TX have too.
var reformVerbs = accesses(
	"SelectOneTo SelectOneFrom SelectRows SelectAllFrom FindOneTo FindOneFrom FindRows FindAllFrom FindByPrimaryKeyTo FindByPrimaryKeyFrom Reload Count",
	"Insert InsertColumns InsertMulti Update UpdateColumns UpdateView Save Delete DeleteFrom")

// reform records what a call does to the table of the struct or view that it is given.
func (m *mapperFinder) reform(mc mapperCall) {
	access, ok := reformVerbs[mc.name]
	if !ok || len(mc.args) == 0 {
		return
	}
	if !m.reformSite(mc, mc.args[0], []ssa.CallInstruction{mc.call}, access) {
		m.ask(mc)
	}
}

// reformSite names the table of one argument, going to the callers when it comes from
// them.
func (m *mapperFinder) reformSite(mc mapperCall, v ssa.Value, chain []ssa.CallInstruction, a model.Access) bool {
	if table := m.reformTable(v); table != "" {
		m.e.finder.mark(chain[0], mc.mapper, SiteResolved, "", false)
		m.e.finder.add(sqlSite{chain: chain}, table, a, nil, model.Resolved, "reform "+mc.name)
		return true
	}
	p := paramOf(v)
	if p == nil || len(chain) > maxWrappers {
		return false
	}
	found := false
	for _, call := range m.e.caller[p.Parent()] {
		if given := bind(call, p.Parent(), nil).args[p]; given != nil && !inChain(chain, call) {
			found = m.reformSite(mc, given, append([]ssa.CallInstruction{call}, chain...), a) || found
		}
	}
	return found
}

// reformTable names the table of a view, or of a struct by the view that its generated
// method gives.
func (m *mapperFinder) reformTable(v ssa.Value) string {
	v = bareValue(v)
	if load, ok := v.(*ssa.UnOp); ok && global(load.X) != nil {
		return m.reformView(global(load.X))
	}
	n := modelType(v)
	if n == nil || !m.isModel(n) {
		return ""
	}
	for _, name := range []string{"View", "Table"} {
		obj, _, _ := types.LookupFieldOrMethod(types.NewPointer(n), true, n.Obj().Pkg(), name)
		fn, ok := obj.(*types.Func)
		if !ok || m.e.p.Prog == nil || m.e.p.Prog.FuncValue(fn) == nil {
			continue
		}
		for _, result := range returnedFirst(m.e.p.Prog.FuncValue(fn)) {
			if load, ok := bareValue(result).(*ssa.UnOp); ok && global(load.X) != nil {
				return m.reformView(global(load.X))
			}
		}
	}
	return ""
}

// reformView reads the name that a generated variable is made with.
func (m *mapperFinder) reformView(g *ssa.Global) string {
	for _, v := range m.e.storesOf().globals[g] {
		if al, ok := v.(*ssa.Alloc); ok {
			if name := storedName(al, 0); name != "" {
				return name
			}
		}
	}
	return ""
}

// storedName gives the constant that stands in a struct's field SQLName, at any depth:
// inner structs are made aside and copied.
func storedName(at ssa.Value, depth int) string {
	if depth > 3 || at.Referrers() == nil {
		return ""
	}
	for _, in := range *at.Referrers() {
		fa, ok := in.(*ssa.FieldAddr)
		if !ok {
			continue
		}
		f := fieldOf(fa.X.Type(), fa.Field)
		for _, ref := range *fa.Referrers() {
			st, ok := ref.(*ssa.Store)
			if !ok || st.Addr != fa {
				continue
			}
			if text, is := constantText(st.Val); is && f != nil && f.Name() == "SQLName" {
				return text
			}
			if load, ok := st.Val.(*ssa.UnOp); ok {
				if name := storedName(load.X, depth+1); name != "" {
					return name
				}
			}
		}
	}
	return ""
}
