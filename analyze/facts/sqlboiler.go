package facts

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// boilerPath is sqlboiler, which generates a type of queries for each table, and a
// function that makes them: models.Users(qm.Load("Orders")).All(ctx, db). What it writes
// by it spells out as SQL.
const boilerPath = "github.com/volatiletech/sqlboiler"

// boilerVerbs are the methods that end a query; G uses a global connection, P panics.
var boilerVerbs = accesses("One All Count Exists", "UpdateAll DeleteAll")

// boiler records what a call on a query that sqlboiler generated does to its table, and
// the tables that are loaded with it.
func (m *mapperFinder) boiler(call ssa.CallInstruction) bool {
	callee := call.Common().StaticCallee()
	if callee == nil || callee.Signature.Recv() == nil || len(call.Common().Args) == 0 {
		return false
	}
	a, ok := boilerVerbs[strings.TrimRight(callee.Name(), "GP")]
	if !ok {
		return false
	}
	n := boilerQuery(callee.Signature.Recv().Type())
	if n == nil || call.Parent().Pkg != nil && call.Parent().Pkg.Pkg == n.Obj().Pkg() {
		return false
	}
	table := m.boilerTable(n)
	if table == "" {
		return false
	}
	loaded := m.boilerLoads(call.Common().Args[0], n)
	m.e.finder.mark(call, "sqlboiler", SiteResolved, "", false)
	site := sqlSite{chain: []ssa.CallInstruction{call}}
	m.e.finder.add(site, table, a, loaded, model.Resolved, "sqlboiler "+callee.Name())
	for _, t := range loaded {
		if t != table {
			m.e.finder.add(site, t, model.Read, []string{table}, model.Resolved, "sqlboiler Load")
		}
	}
	return true
}

// boilerQuery tells a type of queries: a struct that embeds the library's.
func boilerQuery(t types.Type) *types.Named {
	n := namedOf(t)
	if n == nil || !strings.HasSuffix(n.Obj().Name(), "Query") {
		return nil
	}
	st, ok := n.Underlying().(*types.Struct)
	if !ok || st.NumFields() == 0 || !st.Field(0).Embedded() || bareTypePath(st.Field(0).Type()) != boilerPath+"/queries.Query" {
		return nil
	}
	return n
}

// boilerTable names the table that the function which makes such queries gives to From.
func (m *mapperFinder) boilerTable(n *types.Named) string {
	if name, known := m.boiled[n]; known {
		return name
	}
	if m.boiled == nil {
		m.boiled = map[*types.Named]string{}
	}
	m.boiled[n] = ""
	pkg := m.e.p.Prog.Package(n.Obj().Pkg())
	if pkg == nil {
		return ""
	}
	for _, name := range n.Obj().Pkg().Scope().Names() {
		fn := pkg.Func(name)
		if fn == nil || fn.Signature.Results().Len() != 1 || !types.Identical(fn.Signature.Results().At(0).Type(), n) {
			continue
		}
		m.e.eachCall(fn, func(call ssa.CallInstruction) {
			if text, ok := boilerMod(call, "From"); ok {
				st := readSQL("SELECT 1 FROM " + text)
				for _, table := range st.tables() {
					m.boiled[n] = table
				}
			}
		})
	}
	return m.boiled[n]
}

// boilerMod gives the constant that a part of a query is made with: qm.From("orders").
func boilerMod(call ssa.CallInstruction, name string) (string, bool) {
	fn, args := calledFunc(call)
	if fn == nil || fn.Pkg() == nil || fn.Name() != name || len(args) == 0 || barePath(fn.Pkg().Path()) != boilerPath+"/queries/qm" {
		return "", false
	}
	return constantText(args[0])
}

// boilerLoads names the tables of the relations that a query is told to load.
func (m *mapperFinder) boilerLoads(query ssa.Value, n *types.Named) []string {
	made, ok := query.(*ssa.Call)
	if !ok || len(made.Call.Args) == 0 {
		return nil
	}
	var out []string
	for _, part := range sliceItems(made.Call.Args[len(made.Call.Args)-1]) {
		call, ok := bareValue(part).(*ssa.Call)
		if !ok {
			continue
		}
		if path, ok := boilerMod(call, "Load"); ok {
			out = append(out, m.boilerRelations(boilerModel(n), path)...)
		}
	}
	return unionSorted(out, nil)
}

// boilerModel gives the struct whose rows a type of queries gives.
func boilerModel(n *types.Named) *types.Named {
	obj, _, _ := types.LookupFieldOrMethod(n, true, n.Obj().Pkg(), "One")
	if fn, ok := obj.(*types.Func); ok && fn.Signature().Results().Len() > 0 {
		return modelType(zero(fn.Signature().Results().At(0).Type()))
	}
	return nil
}

// boilerRelations follows a path of relations, which are the fields of the struct that a
// model has as R: User.R.Orders.
func (m *mapperFinder) boilerRelations(n *types.Named, path string) []string {
	var out []string
	for name := range strings.SplitSeq(path, ".") {
		if n == nil {
			break
		}
		r, _, _ := types.LookupFieldOrMethod(n, true, n.Obj().Pkg(), "R")
		if r == nil {
			break
		}
		field, _, _ := types.LookupFieldOrMethod(r.Type(), true, n.Obj().Pkg(), name)
		if field == nil {
			break
		}
		if n = modelType(zero(field.Type())); n != nil {
			if table := m.boilerTableOf(n); table != "" {
				out = append(out, table)
			}
		}
	}
	return out
}

// boilerTableOf names the table of a model by the type of its queries: user, userQuery.
func (m *mapperFinder) boilerTableOf(n *types.Named) string {
	scope := n.Obj().Pkg().Scope()
	name := n.Obj().Name()
	for _, first := range []string{strings.ToLower(name[:1]) + name[1:], name} {
		if tn, ok := scope.Lookup(first + "Query").(*types.TypeName); ok {
			if q := boilerQuery(tn.Type()); q != nil {
				return m.boilerTable(q)
			}
		}
	}
	return ""
}
