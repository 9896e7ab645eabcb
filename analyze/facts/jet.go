package facts

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// jetPath is go-jet, which generates a variable for each table: SELECT(…).FROM(table.Orders),
// table.Orders.INSERT(…).
const jetPath = "github.com/go-jet/jet"

// jetGiven are jet's methods that are given tables; jetOn those of a table.
var (
	jetGiven = accesses("FROM INNER_JOIN LEFT_JOIN RIGHT_JOIN FULL_JOIN CROSS_JOIN USING", "")
	jetOn    = accesses("SELECT", "INSERT UPDATE DELETE LOCK")
)

// jet records the tables that a call of go-jet names. The statement runs elsewhere, as
// those of other builders.
func (m *mapperFinder) jet(call ssa.CallInstruction, fn *types.Func) {
	com := call.Common()
	if a := jetOn[fn.Name()]; a != "" && com.IsInvoke() {
		m.jetTable(call, com.Value, a)
		return
	}
	if a := jetGiven[fn.Name()]; a != "" {
		for _, arg := range com.Args {
			if items := sliceItems(arg); len(items) > 0 {
				for _, item := range items {
					m.jetTable(call, item, a)
				}
				continue
			}
			m.jetTable(call, arg, a)
		}
	}
}

func (m *mapperFinder) jetTable(call ssa.CallInstruction, v ssa.Value, a model.Access) {
	table := m.jetName(v, 0)
	if table == "" {
		return
	}
	m.e.finder.mark(call, "jet", SiteResolved, "", false)
	m.e.finder.add(sqlSite{chain: []ssa.CallInstruction{call}, sink: sink{keyword: "FROM", via: "jet"}}, table, a, nil, model.Resolved, "jet "+calleeShort(call.Common()))
}

// jetName names the table that a value stands for: a generated variable, one under
// another name (AS), and what a join begins with.
func (m *mapperFinder) jetName(v ssa.Value, depth int) string {
	if v == nil || depth > 12 {
		return ""
	}
	switch v := bareValue(v).(type) {
	case *ssa.UnOp:
		if g, ok := v.X.(*ssa.Global); ok {
			for _, made := range m.e.storesOf().globals[g] {
				if name := jetMade(made); name != "" {
					return name
				}
			}
			return ""
		}
		return m.jetName(v.X, depth+1)
	case *ssa.FieldAddr:
		return m.jetName(v.X, depth+1)
	case *ssa.Field:
		return m.jetName(v.X, depth+1)
	case *ssa.Alloc:
		if vals := storedIn(v); len(vals) == 1 {
			return m.jetName(vals[0], depth+1)
		}
	case *ssa.FreeVar:
		return m.jetName(freeVar(v), depth+1)
	case *ssa.Call:
		switch name := calleeShort(v.Common()); {
		case v.Call.IsInvoke() && jetGiven[name] != "": // a join: what it is given was named there
			return m.jetName(v.Call.Value, depth+1)
		case !v.Call.IsInvoke() && (name == "AS" || name == "FromSchema") && len(v.Call.Args) > 0:
			return m.jetName(v.Call.Args[0], depth+1)
		}
	}
	return ""
}

// jetMade reads newOrdersTable("public", "orders", "").
func jetMade(v ssa.Value) string {
	call, ok := v.(*ssa.Call)
	if !ok || len(call.Call.Args) < 3 || !strings.HasPrefix(calleeShort(call.Common()), "new") {
		return ""
	}
	schema, _ := constantText(call.Call.Args[0])
	name, _ := constantText(call.Call.Args[1])
	if name == "" || schema == "" || schema == "public" {
		return name
	}
	return schema + "." + name
}
