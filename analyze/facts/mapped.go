package facts

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// mappers are the libraries that map structs to tables.
var mappers = map[string]string{
	"gorm.io/gorm": "gorm", "github.com/jinzhu/gorm": "gorm",
	"xorm.io/xorm": "xorm", "github.com/go-xorm/xorm": "xorm",
	dbxPath: "dbx", beegoORM: "beego", popPath: "pop", gorpPath: "gorp",
	"github.com/uptrace/bun": "bun", "github.com/go-pg/pg": "go-pg", "github.com/go-pg/pg/orm": "go-pg",
	reformPath: "reform", stormPath: "storm", boltholdPath: "bolthold", badgerholdPath: "badgerhold",
}

// mapperVerbs are the methods that access the table, by name; they are the same
// across the libraries but for what takes a model.
var mapperVerbs = map[string]model.Access{
	"First": model.Read, "Take": model.Read, "Last": model.Read, "Find": model.Read, "FindInBatches": model.Read, "Pluck": model.Read,
	"Count": model.Read, "FirstOrInit": model.Read, "Rows": model.Read, "Row": model.Read, "Scan": model.Read,
	"Get": model.Read, "Exist": model.Read, "Iterate": model.Read, "FindAndCount": model.Read, "SumInt": model.Read, "Sum": model.Read, "Sums": model.Read, "SumsInt": model.Read,
	"Select": model.Read, "SelectAndCount": model.Read, "Exists": model.Read, "ScanAndCount": model.Read,
	"Create": model.Write, "CreateInBatches": model.Write, "Save": model.Write, "Delete": model.Write, "Update": model.Write,
	"Updates": model.Write, "UpdateColumn": model.Write, "UpdateColumns": model.Write, "FirstOrCreate": model.ReadWrite,
	"Insert": model.Write, "InsertOne": model.Write, "InsertMulti": model.Write, "Upsert": model.Write, "ForceDelete": model.Write,
	"SelectOrInsert": model.ReadWrite, "Replace": model.Write, "Unscoped": "",
}

// popPath is buffalo's mapper.
const popPath = "github.com/gobuffalo/pop"

// popVerbs are the methods of pop's connections and queries.
var popVerbs = map[string]model.Access{
	"Find": model.Read, "First": model.Read, "Last": model.Read, "All": model.Read, "Load": model.Read, "Reload": model.Read,
	"Count": model.Read, "CountByField": model.Read, "Exists": model.Read,
	"Create": model.Write, "Update": model.Write, "UpdateColumns": model.Write, "UpdateQuery": model.Write, "Save": model.Write,
	"Destroy": model.Write, "Delete": model.Write, "TruncateAll": "",
	"ValidateAndCreate": model.Write, "ValidateAndUpdate": model.Write, "ValidateAndSave": model.Write,
}

// beegoORM is the mapper of beego.
const beegoORM = "github.com/beego/beego/client/orm"

// beegoVerbs are the methods of beego's mapper and of what QueryTable gives.
var beegoVerbs = map[string]model.Access{
	"Read": model.Read, "ReadForUpdate": model.Read, "ReadOrCreate": model.ReadWrite, "LoadRelated": model.Read,
	"All": model.Read, "One": model.Read, "Count": model.Read, "Exist": model.Read, "Values": model.Read, "ValuesList": model.Read, "ValuesFlat": model.Read,
	"Insert": model.Write, "InsertMulti": model.Write, "InsertOrUpdate": model.Write, "Update": model.Write, "Delete": model.Write,
}

// mapped finds the accesses through ORMs and query builders, and the tables that
// mapped structs stand for.
func (e *extractor) mapped() {
	t := e.tableFinder()
	defer t.listSites()
	defer t.sharedStores()
	m := &mapperFinder{e: e, defined: map[string]bool{}, naming: e.naming()}
	e.bodies(func(in ssa.Instruction) {
		if call, ok := in.(ssa.CallInstruction); ok {
			m.call(call)
		}
	})
	t.keptBuilders()
}

type mapperFinder struct {
	e       *extractor
	defined map[string]bool
	naming  naming
	options map[*ssa.Function]bool  // whose tables are noted, see optionTables
	boiled  map[*types.Named]string // see boilerTable
	nested  map[ssa.Value]bool      // chains inside others that are being walked
}

// mapperCall is a call of a mapper's method, its arguments flattened.
type mapperCall struct {
	call   ssa.CallInstruction
	mapper string
	name   string
	recv   ssa.Value
	args   []ssa.Value
}

func (m *mapperFinder) asMapper(call ssa.CallInstruction) (mapperCall, bool) {
	com := call.Common()
	var fn *types.Func
	if com.IsInvoke() {
		fn = com.Method
	} else if callee := com.StaticCallee(); callee != nil && callee.Blocks == nil {
		fn, _ = callee.Object().(*types.Func)
	}
	if fn == nil || fn.Pkg() == nil {
		return mapperCall{}, false
	}
	path := barePath(fn.Pkg().Path())
	if behind := m.e.mapperBehind(call); behind != "" {
		path = behind
	}
	if mappers[path] == "" {
		return mapperCall{}, false
	}
	mc := mapperCall{call: call, mapper: mappers[path], name: fn.Name()}
	args := com.Args
	switch {
	case com.IsInvoke():
		mc.recv = com.Value
	case com.Signature().Recv() != nil && len(args) > 0:
		mc.recv, args = args[0], args[1:]
	default:
		return mapperCall{}, false
	}
	for i, a := range args {
		if i == len(args)-1 && com.Signature().Variadic() {
			mc.args = append(mc.args, sliceItems(a)...)
			continue
		}
		mc.args = append(mc.args, a)
	}
	return mc, true
}

func (m *mapperFinder) call(call ssa.CallInstruction) {
	if m.builder(call) || m.ent(call) || m.boiler(call) {
		return
	}
	mc, ok := m.asMapper(call)
	if !ok {
		return
	}
	switch mc.mapper {
	case "gorp":
		m.gorp(mc)
		return
	case "reform":
		m.reform(mc)
		return
	}
	if a, ok := structStore(mc.mapper, mc.name); ok || mc.mapper == "storm" {
		if !m.stormBucket(mc) && ok {
			m.access(mc, a)
		}
		return
	}
	switch mc.name {
	case "AutoMigrate", "Sync", "Sync2", "CreateTable", "CreateTables", "DropTableIfExists":
		for _, a := range mc.args {
			if n := modelType(a); n != nil {
				m.define(n, mc.mapper)
			}
		}
		return
	case "Preload":
		return // read where the chain ends
	}
	if m.association(mc) {
		return
	}
	access, ok := mapperVerbs[mc.name]
	if mc.mapper == "pop" {
		access, ok = popVerbs[mc.name]
	}
	if mc.mapper == "beego" {
		access, ok = beegoVerbs[strings.TrimSuffix(mc.name, "WithCtx")]
	}
	if (mc.name == "Select" || mc.name == "SelectAndCount") && mc.mapper != "go-pg" {
		return // names columns
	}
	if !ok || access == "" || mc.mapper == "bun" && mc.name != "Scan" && mc.name != "Exec" && mc.name != "Count" && mc.name != "Exists" && mc.name != "ScanAndCount" && mc.name != "Rows" {
		if mc.mapper != "bun" || mc.name != "Exec" {
			return
		}
	}
	m.access(mc, access)
}

// access records what the call at the end of a chain does.
func (m *mapperFinder) access(mc mapperCall, a model.Access) {
	chain := m.chain(mc)
	if mc.mapper == "bun" {
		if a = chain.verb; a == "" {
			return
		}
	}
	tables := chain.tables
	if len(tables) == 0 && !chain.raw {
		for _, arg := range mc.args {
			if types := m.models(arg, mc.mapper); len(types) > 0 {
				tables = append(tables, types...)
				break
			}
		}
	}
	if len(tables) == 0 && !chain.raw && m.fromCallers(mc, a, chain.open) {
		return
	}
	if len(tables) == 0 {
		if chain.raw || len(mc.args) > 0 && chain.steps == 0 && mc.mapper == "go-pg" {
			return // SQL: found there
		}
		m.ask(mc)
		return
	}
	m.e.finder.mark(mc.call, mc.mapper, SiteResolved, "", false)
	if len(chain.relations) > 0 {
		chain.joined = append(chain.joined, m.related(&chain, mc.mapper, append(chain.models, m.modelsOf(mc.args)...))...)
	}
	all := append(append([]string{}, tables...), chain.joined...)
	for _, t := range tables {
		m.add(mc, t, a, all)
	}
	for _, t := range chain.joined {
		m.add(mc, t, model.Read, all)
	}
}

func (m *mapperFinder) add(mc mapperCall, table string, a model.Access, all []string) {
	var joined []string
	for _, o := range unionSorted(all, nil) {
		if o != table {
			joined = append(joined, o)
		}
	}
	m.e.finder.add(sqlSite{chain: []ssa.CallInstruction{mc.call}}, table, a, joined, model.Resolved, mc.mapper+" "+mc.name)
}

// models names the tables of the structs that a value may be: itself, or any of a
// list that is ranged over.
func (m *mapperFinder) models(v ssa.Value, mapper string) []string {
	if n := modelType(v); n != nil {
		if m.isModel(n) {
			return []string{m.define(n, mapper)}
		}
		return nil
	}
	load, ok := v.(*ssa.UnOp)
	if !ok {
		return m.rowModels(v, mapper)
	}
	at, ok := load.X.(*ssa.IndexAddr)
	if !ok {
		return m.rowModels(v, mapper)
	}
	var items []ssa.Value
	if g := elementsOf(at.X); g != nil {
		items = m.e.storesOf().elements[g]
	} else if sl, ok := at.X.(*ssa.Slice); ok {
		items = varargs(sl)
	}
	var out []string
	for _, x := range items {
		if n := modelType(x); n != nil && m.isModel(n) {
			out = append(out, m.define(n, mapper))
		}
	}
	return unionSorted(out, nil)
}

// rowModels names the tables of the structs that a column of a table in the code has:
// for _, t := range []struct{ model any; … }{…}.
func (m *mapperFinder) rowModels(v ssa.Value, mapper string) []string {
	c, ok := cellOf(v)
	if !ok {
		return nil
	}
	var out []string
	for _, row := range (&routeFinder{e: m.e}).tableRows(c.table) {
		if x := row[c.field]; x != nil {
			if n := modelType(x); n != nil && m.isModel(n) {
				out = append(out, m.define(n, mapper))
			}
		}
	}
	return unionSorted(out, nil)
}

// subquery names the tables of a chain of calls that a condition is given.
func (m *mapperFinder) subquery(v ssa.Value, mapper string) []string {
	if mi, ok := v.(*ssa.MakeInterface); ok {
		v = mi.X
	}
	call, ok := v.(*ssa.Call)
	if path := ""; ok {
		path = bareTypePath(call.Type())
		ok = sessionTypes[path] || path == "github.com/uptrace/bun.SelectQuery"
	}
	if !ok {
		return nil
	}
	var c chainFacts
	m.nest(call, func() { m.walkChain(call, mapper, &c, map[ssa.Value]bool{}, 0) })
	return append(c.tables, c.joined...)
}

// fromCallers takes the model from what the callers give a function that passes it
// on, and counts the access as theirs.
func (m *mapperFinder) fromCallers(mc mapperCall, a model.Access, models []*ssa.Parameter) bool {
	found := false
	for _, arg := range mc.args {
		if p, ok := arg.(*ssa.Parameter); ok && isAny(p.Type()) {
			models = append(models, p)
		}
	}
	for _, p := range models {
		for _, call := range m.e.caller[p.Parent()] {
			for _, t := range m.models(bind(call, p.Parent(), nil).args[p], mc.mapper) {
				found = true
				m.e.finder.mark(call, mc.mapper, SiteResolved, "", false)
				m.e.finder.add(sqlSite{chain: []ssa.CallInstruction{call, mc.call}}, t, a, nil, model.Resolved, mc.mapper+" "+mc.name)
			}
		}
	}
	return found
}

// isModel tells whether a struct is mapped; sorting out structs of the module that
// rows are scanned into needs the chain.
func (m *mapperFinder) isModel(n *types.Named) bool {
	_, ok := n.Underlying().(*types.Struct)
	return ok && n.Obj().Pkg() != nil && m.e.own[n.Obj().Pkg()]
}

func (m *mapperFinder) ask(mc mapperCall) {
	// A session that the callers give may have its model from there.
	if p := paramOf(mc.recv); p != nil && !(len(mc.args) > 0 && isAny(mc.args[0].Type()) && modelless(mc.args[0])) {
		return
	}
	s := sqlSite{chain: []ssa.CallInstruction{mc.call}}
	if m.e.finder.annotated(s) || m.e.finder.documented(s) {
		m.e.finder.mark(mc.call, mc.mapper, SiteDeclared, "", false)
		return
	}
	m.e.finder.askAt(mc.call, mc.mapper, "the model of "+mc.mapper+"'s "+mc.name+" is not known", false)
}

// modelless tells whether a value is an interface from elsewhere.
func modelless(v ssa.Value) bool {
	_, made := v.(*ssa.MakeInterface)
	_, nilValue := v.(*ssa.Const)
	return !made && !nilValue
}
