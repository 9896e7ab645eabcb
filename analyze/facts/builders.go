package facts

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// builders are libraries that build SQL by calls: what their methods named here are
// given is a table, or text that follows a keyword.
var builders = map[string]bool{"github.com/Masterminds/squirrel": true, "gopkg.in/Masterminds/squirrel": true, "github.com/doug-martin/goqu": true,
	"github.com/huandu/go-sqlbuilder": true}

// builder records the table that a call of a query builder names.
func (m *mapperFinder) builder(call ssa.CallInstruction) bool {
	com := call.Common()
	var fn *types.Func
	if com.IsInvoke() {
		fn = com.Method
	} else if callee := com.StaticCallee(); callee != nil && callee.Blocks == nil {
		fn, _ = callee.Object().(*types.Func)
	}
	if fn == nil || fn.Pkg() == nil || !builders[barePath(fn.Pkg().Path())] {
		return false
	}
	args := com.Args
	if !com.IsInvoke() && com.Signature().Recv() != nil {
		args = args[1:]
	}
	if len(args) == 0 {
		return true
	}
	first := args[0]
	if com.Signature().Variadic() && len(args) == 1 {
		items := sliceItems(first)
		if len(items) == 0 {
			return true
		}
		first = items[0]
	}
	a, keyword := builderMeaning(fn.Name(), call)
	if keyword == "" {
		return true
	}
	for _, text := range m.texts(first) {
		st := readSQL("SELECT 1 " + keyword + " " + text)
		for _, t := range tablesBut(st, "ficus_left") {
			m.e.finder.add([]ssa.CallInstruction{call}, t, a, nil, model.Resolved, "builder "+fn.Name())
		}
	}
	return true
}

func builderMeaning(name string, call ssa.CallInstruction) (model.Access, string) {
	switch name {
	case "From", "SelectFrom", "FromSelect":
		if v, ok := call.(ssa.Value); ok && strings.Contains(v.Type().String(), "Delete") {
			return model.Write, "FROM"
		}
		return model.Read, "FROM"
	case "Insert", "Update", "Delete", "Into", "Replace", "InsertInto", "DeleteFrom", "ReplaceInto", "Truncate":
		return model.Write, "FROM"
	case "Join", "LeftJoin", "RightJoin", "InnerJoin", "CrossJoin", "JoinClause", "FullJoin":
		return model.Read, "FROM ficus_left JOIN"
	}
	return "", ""
}

// ent records the accesses through a client that ent generated: client.User.Query.
// The table is the constant Table of the entity's package.
func (m *mapperFinder) ent(call ssa.CallInstruction) bool {
	callee := call.Common().StaticCallee()
	if callee == nil || callee.Signature.Recv() == nil {
		return false
	}
	n := namedOf(callee.Signature.Recv().Type())
	if n == nil || n.Obj().Pkg() == nil || !strings.HasSuffix(n.Obj().Name(), "Client") {
		return false
	}
	var a model.Access
	switch name := callee.Name(); {
	case name == "Query" || name == "Get" || name == "GetX" || strings.HasPrefix(name, "Query"):
		a = model.Read
	case strings.HasPrefix(name, "Create"), strings.HasPrefix(name, "MapCreate"), strings.HasPrefix(name, "Update"), strings.HasPrefix(name, "Delete"):
		a = model.Write
	default:
		return false
	}
	table := m.entTable(n)
	if table == "" || call.Parent().Pkg != nil && call.Parent().Pkg.Pkg == n.Obj().Pkg() {
		return false
	}
	m.e.finder.add([]ssa.CallInstruction{call}, table, a, nil, model.Resolved, "ent "+n.Obj().Name()+"."+callee.Name())
	return true
}

func (m *mapperFinder) entTable(client *types.Named) string {
	entity := strings.ToLower(strings.TrimSuffix(client.Obj().Name(), "Client"))
	want := client.Obj().Pkg().Path() + "/" + entity
	pkg := m.e.p.Package(want)
	if pkg == nil || pkg.Types == nil {
		return ""
	}
	c, ok := pkg.Types.Scope().Lookup("Table").(*types.Const)
	if !ok {
		return ""
	}
	return strings.Trim(c.Val().ExactString(), `"`)
}

// fromBuilder tells whether SQL text comes from a query builder, whose tables are
// known by its calls.
func fromBuilder(v ssa.Value) bool {
	for range 4 {
		switch x := v.(type) {
		case *ssa.Extract:
			v = x.Tuple
		case *ssa.Call:
			com := x.Common()
			var pkg *types.Package
			if com.IsInvoke() {
				pkg = com.Method.Pkg()
			} else if f := com.StaticCallee(); f != nil && f.Object() != nil {
				pkg = f.Object().Pkg()
			}
			return pkg != nil && builders[barePath(pkg.Path())]
		default:
			return false
		}
	}
	return false
}
