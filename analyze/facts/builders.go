package facts

import (
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// builders are libraries that build SQL by calls: what their methods named here are
// given is a table, or text that follows a keyword.
var builders = map[string]string{"github.com/Masterminds/squirrel": "squirrel", "gopkg.in/Masterminds/squirrel": "squirrel",
	"github.com/doug-martin/goqu": "goqu", dbxPath: "dbx", "github.com/huandu/go-sqlbuilder": "go-sqlbuilder",
	"github.com/gocraft/dbr": "dbr", "github.com/mailru/dbr": "dbr",
	jetPath + "/postgres": "jet", jetPath + "/mysql": "jet", jetPath + "/sqlite": "jet", jetPath + "/internal/jet": "jet",
	upperPath: "upper", upperPath + "/internal/sqlbuilder": "upper"}

// upperPath is upper/db, whose builder names tables as others do.
const upperPath = "github.com/upper/db"

// builder records the table that a call of a query builder names.
func (m *mapperFinder) builder(call ssa.CallInstruction) bool {
	com := call.Common()
	var fn *types.Func
	if com.IsInvoke() {
		fn = com.Method
	} else if callee := com.StaticCallee(); callee != nil && callee.Blocks == nil {
		fn, _ = callee.Object().(*types.Func)
	}
	if fn == nil || fn.Pkg() == nil || builders[barePath(fn.Pkg().Path())] == "" || ofModel(fn) {
		return false
	}
	if builders[barePath(fn.Pkg().Path())] == "jet" {
		m.jet(call, fn)
		return true
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
	if fn.Name() == "Join" && isString(first.Type()) && len(args) > 2 && builders[barePath(fn.Pkg().Path())] == "dbx" {
		first = args[1] // after the kind of join
	}
	a, keyword := builderMeaning(fn.Name(), call)
	if keyword == "" {
		return true
	}
	if text, ok := constantText(first); ok && text == "" {
		return true // Insert("").Into("orders")
	}
	m.e.finder.site(sqlSite{chain: []ssa.CallInstruction{call}, sink: sink{value: first, keyword: keyword, access: a, via: builders[barePath(fn.Pkg().Path())]}})
	return true
}

// ofModel tells dbx's methods that take the table from a struct: mappers have them.
func ofModel(fn *types.Func) bool {
	recv := fn.Signature().Recv()
	return recv != nil && bareTypePath(recv.Type()) == dbxPath+".ModelQuery"
}

// dbxPath is of pocketbase's branch of ozzo-dbx.
const dbxPath = "github.com/pocketbase/dbx"

// tableOperand looks into goqu's expressions for the table's name: T("users"),
// S("public").Table("users"), either with As("u").
func tableOperand(v ssa.Value, depth int) ssa.Value {
	switch x := v.(type) {
	case *ssa.MakeInterface:
		if inner := tableOperand(x.X, depth); inner != x.X {
			return inner
		}
	case *ssa.ChangeInterface:
		return tableOperand(x.X, depth)
	case *ssa.Call:
		fn, args := calledFunc(x)
		if fn == nil || fn.Pkg() == nil || builders[barePath(fn.Pkg().Path())] == "" && !strings.HasPrefix(barePath(fn.Pkg().Path()), "github.com/doug-martin/goqu/") || depth > 4 {
			return v
		}
		switch {
		case (fn.Name() == "T" || fn.Name() == "Table" || fn.Name() == "I") && len(args) == 1:
			return args[0]
		case fn.Name() == "As" && x.Common().IsInvoke():
			return tableOperand(x.Common().Value, depth+1)
		}
	}
	return v
}

func builderMeaning(name string, call ssa.CallInstruction) (model.Access, string) {
	switch name {
	case "From", "SelectFrom", "FromSelect":
		if v, ok := call.(ssa.Value); ok && strings.Contains(v.Type().String(), "Delete") {
			return model.Write, "FROM"
		}
		return model.Read, "FROM"
	case "Insert", "Update", "Delete", "Into", "Replace", "InsertInto", "DeleteFrom", "ReplaceInto", "Truncate", "TruncateTable", "Upsert":
		return model.Write, "FROM"
	case "Join", "LeftJoin", "RightJoin", "InnerJoin", "CrossJoin", "JoinClause", "FullJoin":
		return model.Read, "FROM ficus_left JOIN"
	}
	return "", ""
}

// fromBuilder tells whether SQL text comes from a query builder, whose tables are
// known by its calls: also what is made of it, as Rebind does and a clause more.
func fromBuilder(v ssa.Value) bool {
	return fromBuilderAt(v, map[ssa.Value]bool{})
}

func fromBuilderAt(v ssa.Value, seen map[ssa.Value]bool) bool {
	if v == nil || seen[v] || len(seen) > 30 {
		return false
	}
	seen[v] = true
	next := func(v ssa.Value) bool { return fromBuilderAt(v, seen) }
	switch x := v.(type) {
	case *ssa.Extract:
		return next(x.Tuple)
	case *ssa.Phi:
		return slices.ContainsFunc(x.Edges, next)
	case *ssa.BinOp:
		return next(x.X) || next(x.Y)
	case *ssa.FreeVar:
		return next(freeVar(x))
	case *ssa.Alloc:
		return slices.ContainsFunc(storedIn(x), next)
	case *ssa.UnOp:
		return next(x.X)
	case *ssa.Call:
		fn, _ := calledFunc(x)
		if fn != nil && fn.Pkg() != nil && builders[barePath(fn.Pkg().Path())] != "" && !slices.ContainsFunc(x.Call.Args, givesText) {
			return true
		}
		return rendersSQL(x) || slices.ContainsFunc(x.Call.Args, func(a ssa.Value) bool { return givesText(a) && next(a) })
	}
	return false
}

// rendersSQL tells the method that builders have, called through an interface of the
// module: ToSQL() (string, []any, error).
func rendersSQL(call *ssa.Call) bool {
	com := call.Common()
	return com.IsInvoke() && strings.EqualFold(com.Method.Name(), "ToSQL") && com.Signature().Params().Len() == 0 && com.Signature().Results().Len() == 3
}

// givesText tells a string that is no constant.
func givesText(v ssa.Value) bool {
	_, constant := v.(*ssa.Const)
	return !constant && isString(v.Type())
}
