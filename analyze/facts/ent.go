package facts

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// ent records the accesses through what ent generated: client.User.Query, and the edges
// that a query or an entity goes along (WithPets, QueryPets). The table is the constant
// Table of the entity's package, that of an edge <Edge>Table beside it.
func (m *mapperFinder) ent(call ssa.CallInstruction) bool {
	callee := call.Common().StaticCallee()
	if callee == nil || callee.Signature.Recv() == nil {
		return false
	}
	n := namedOf(callee.Signature.Recv().Type())
	if n == nil || n.Obj().Pkg() == nil {
		return false
	}
	entity, a := entAccess(n.Obj().Name(), callee)
	if a == "" || call.Parent().Pkg != nil && call.Parent().Pkg.Pkg == n.Obj().Pkg() {
		return false
	}
	table := m.entTable(n.Obj().Pkg(), entity)
	if table == "" {
		return false
	}
	m.e.finder.mark(call, "ent", SiteResolved, "", false)
	site, detail := sqlSite{chain: []ssa.CallInstruction{call}}, "ent "+n.Obj().Name()+"."+callee.Name()
	m.e.finder.add(site, table, a, nil, model.Resolved, detail)
	if between := m.entEdge(n, callee.Name()); between != "" && between != table {
		m.e.finder.add(site, between, a, nil, model.Resolved, detail)
	}
	return true
}

// entAccess tells what a generated method does, to which entity.
func entAccess(recv string, callee *ssa.Function) (string, model.Access) {
	name, edge := callee.Name(), queriedEdge(callee)
	if entity, client := strings.CutSuffix(recv, "Client"); client {
		if edge != "" {
			entity = edge
		}
		switch {
		case name == "Query" || name == "Get" || name == "GetX" || strings.HasPrefix(name, "Query"):
			return entity, model.Read
		case strings.HasPrefix(name, "Create"), strings.HasPrefix(name, "MapCreate"), strings.HasPrefix(name, "Update"), strings.HasPrefix(name, "Delete"):
			return entity, model.Write
		}
		return "", ""
	}
	switch {
	case edge != "":
		return edge, model.Read
	case strings.HasSuffix(recv, "Query") && strings.HasPrefix(name, "With"):
		if edge := loadedEdge(callee); edge != "" {
			return edge, model.Read
		}
	case name == "Update":
		res := callee.Signature.Results()
		if res.Len() == 1 && namedOf(res.At(0).Type()) != nil && namedOf(res.At(0).Type()).Obj().Name() == recv+"UpdateOne" {
			return recv, model.Write
		}
	}
	return "", ""
}

// loadedEdge gives the entity that WithPets(options...) loads, by its func(*PetQuery).
func loadedEdge(callee *ssa.Function) string {
	params := callee.Signature.Params()
	if !callee.Signature.Variadic() || params.Len() == 0 {
		return ""
	}
	list, ok := params.At(params.Len() - 1).Type().(*types.Slice)
	if !ok {
		return ""
	}
	option, ok := list.Elem().(*types.Signature)
	if !ok || option.Params().Len() != 1 {
		return ""
	}
	return queryOf(option.Params().At(0).Type())
}

// queryOf gives the entity that a *PetQuery is of.
func queryOf(t types.Type) string {
	n := namedOf(t)
	if n == nil {
		return ""
	}
	entity, ok := strings.CutSuffix(n.Obj().Name(), "Query")
	if !ok {
		return ""
	}
	return entity
}

// queriedEdge gives the entity that QueryPets(user) reads, by its *PetQuery.
func queriedEdge(callee *ssa.Function) string {
	if !strings.HasPrefix(callee.Name(), "Query") || callee.Signature.Results().Len() != 1 {
		return ""
	}
	return queryOf(callee.Signature.Results().At(0).Type())
}

// entTable reads the constant Table of an entity's package.
func (m *mapperFinder) entTable(client *types.Package, entity string) string {
	return m.entConstant(client, entity, "Table")
}

// entEdge names the table that an edge of many to many stands in; of others it is that of
// an entity.
func (m *mapperFinder) entEdge(n *types.Named, method string) string {
	edge := strings.TrimPrefix(strings.TrimPrefix(method, "With"), "Query")
	if edge == "" || edge == method {
		return ""
	}
	entity := n.Obj().Name()
	for _, suffix := range []string{"Query", "Client"} {
		entity = strings.TrimSuffix(entity, suffix)
	}
	if m.entConstant(n.Obj().Pkg(), entity, edge+"Column") != "" {
		return "" // a key in one of the two
	}
	return m.entConstant(n.Obj().Pkg(), entity, edge+"Table")
}

func (m *mapperFinder) entConstant(client *types.Package, entity, name string) string {
	pkg := m.e.p.Package(client.Path() + "/" + strings.ToLower(entity))
	if pkg == nil || pkg.Types == nil {
		return ""
	}
	c, ok := pkg.Types.Scope().Lookup(name).(*types.Const)
	if !ok {
		return ""
	}
	return strings.Trim(c.Val().ExactString(), `"`)
}

// entSchemaPath has the structs that the schema which ent generates is written in.
const entSchemaPath = "entgo.io/ent/dialect/sql/schema"

// entSchema takes the table that a variable of ent's schema describes.
func (t *tableFinder) entSchema(st *ssa.Store) {
	al, ok := st.Val.(*ssa.Alloc)
	if _, global := st.Addr.(*ssa.Global); !ok || !global || bareTypePath(al.Type()) != entSchemaPath+".Table" {
		return
	}
	name := fieldText(al, "Name")
	if name == "" {
		return
	}
	def := TableDef{Name: name, Evidence: t.e.evidence(al.Pos(), model.Proved, "schema of "+name)}
	for _, list := range fieldStores(al, "Columns") {
		for _, c := range t.entList(list) {
			if column := fieldText(c, "Name"); column != "" {
				def.Columns = append(def.Columns, column)
			}
		}
	}
	for _, list := range fieldStores(al, "ForeignKeys") {
		for _, key := range t.entList(list) {
			for _, columns := range fieldStores(key, "RefColumns") {
				def.Refs = append(def.Refs, t.entColumnsOf(columns)...)
			}
		}
	}
	def.Refs = unionSorted(def.Refs, nil)
	t.e.out.Tables = append(t.e.out.Tables, def)
}

// entList gives the elements of a list, or of the variable that holds it.
func (t *tableFinder) entList(v ssa.Value) []ssa.Value {
	if load, ok := v.(*ssa.UnOp); ok && global(load.X) != nil {
		return t.e.storesOf().elements[global(load.X)]
	}
	return sliceItems(v)
}

// entColumnsOf names the tables whose columns stand in a list: of OrdersColumns[0] the one
// that is described with OrdersColumns.
func (t *tableFinder) entColumnsOf(list ssa.Value) []string {
	var out []string
	for _, v := range sliceItems(list) {
		load, ok := v.(*ssa.UnOp)
		if !ok {
			continue
		}
		at, ok := load.X.(*ssa.IndexAddr)
		if !ok || elementsOf(at.X) == nil {
			continue
		}
		columns := elementsOf(at.X)
		table, ok := columns.Pkg.Members[strings.TrimSuffix(columns.Name(), "Columns")+"Table"].(*ssa.Global)
		if !ok {
			continue
		}
		for _, v := range t.e.storesOf().globals[table] {
			if name := fieldText(v, "Name"); name != "" && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	return out
}

// fieldText gives the constant that a field of a struct literal is given.
func fieldText(at ssa.Value, field string) string {
	for _, v := range fieldStores(at, field) {
		if text, ok := constantText(v); ok {
			return text
		}
	}
	return ""
}
