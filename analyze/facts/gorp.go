package facts

import (
	"go/types"
	"reflect"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// gorpPath is gorp, a mapper whose tables are registered by type:
// dbMap.AddTableWithName(Order{}, "orders").
const gorpPath = "github.com/go-gorp/gorp"

// gorpVerbs are the methods of gorp that are given rows, or an example of them, and
// no SQL.
var gorpVerbs = map[string]model.Access{
	"Get": model.Read, "Insert": model.Write, "Update": model.Write, "UpdateColumns": model.Write, "Delete": model.Write,
}

// gorpTables names the tables that types are registered for, sorted; of a type that
// several maps know by other names all.
func (e *extractor) gorpTables() map[*types.Named][]string {
	if e.gorpNames != nil {
		return e.gorpNames
	}
	e.gorpNames = map[*types.Named][]string{}
	if !e.imports(gorpPath) {
		return e.gorpNames
	}
	for _, fn := range e.funcs {
		e.eachCall(fn, func(call ssa.CallInstruction) {
			if holder, name, ok := registersTable(call); ok {
				e.registered(holder, name, nil, 0)
			}
		})
	}
	for n, names := range e.gorpNames {
		e.gorpNames[n] = unionSorted(names, nil)
	}
	return e.gorpNames
}

// imports tells whether a package of the module imports another, of any version.
func (e *extractor) imports(path string) bool {
	for _, pkg := range e.p.Packages {
		if pkg.Types != nil && slices.ContainsFunc(pkg.Types.Imports(), func(p *types.Package) bool { return barePath(p.Path()) == path }) {
			return true
		}
	}
	return false
}

// registersTable takes the example and the name that gorp is given for a table; without
// a name it is called as its type.
func registersTable(call ssa.CallInstruction) (holder, name ssa.Value, ok bool) {
	com := call.Common()
	callee := com.StaticCallee()
	if callee == nil || len(com.Args) < 2 || bareTypePath(com.Args[0].Type()) != gorpPath+".DbMap" {
		return nil, nil, false
	}
	switch callee.Name() {
	case "AddTable":
		return com.Args[1], nil, true
	case "AddTableWithName", "AddTableWithNameAndSchema":
		return com.Args[1], com.Args[len(com.Args)-1], true
	}
	return nil, nil, false
}

// registered notes the table of an example, of those of the callers where they give it,
// of each row where it stands in a list.
func (e *extractor) registered(holder, name ssa.Value, en *env, depth int) {
	if p := paramOf(holder); p != nil && depth < maxWrappers {
		for _, call := range e.caller[p.Parent()] {
			b := bind(call, p.Parent(), nil)
			e.registered(b.args[p], name, appendEnv(en, b), depth+1)
		}
		return
	}
	if c, ok := cellOf(holder); ok {
		at, named := cellOf(name)
		for _, row := range (&routeFinder{e: e}).tableRows(c.table) {
			if named && at.table == c.table {
				e.register(modelType(row[c.field]), row[at.field], nil)
			} else {
				e.register(modelType(row[c.field]), name, en)
			}
		}
		return
	}
	e.register(modelType(holder), name, en)
}

func (e *extractor) register(n *types.Named, name ssa.Value, en *env) {
	switch {
	case n == nil:
	case name == nil:
		e.gorpNames[n] = append(e.gorpNames[n], n.Obj().Name())
	default:
		for _, text := range e.resolver(nil).texts(name, en) {
			if !containsHole(text) {
				e.gorpNames[n] = append(e.gorpNames[n], text)
			}
		}
	}
}

// gorp finds what a call of gorp does, with which rows.
func (m *mapperFinder) gorp(mc mapperCall) {
	com := mc.call.Common()
	if holder, _, ok := registersTable(mc.call); ok {
		if n := modelType(holder); n != nil {
			m.defineGorp(n)
		}
		return
	}
	a, ok := gorpVerbs[mc.name]
	if !ok {
		return // takes SQL: found there
	}
	params := com.Signature().Params()
	args := com.Args[len(com.Args)-params.Len():]
	for i := range params.Len() {
		last := i == params.Len()-1
		if t := params.At(i).Type(); mc.name == "Get" && !last && isAny(t) || mc.name != "Get" && last {
			m.gorpRows(gorpAccess{[]ssa.CallInstruction{mc.call}, a, mc.name}, args[i])
		}
	}
}

// gorpAccess is what is done to rows, and through which calls, the outermost first.
type gorpAccess struct {
	chain []ssa.CallInstruction
	verb  model.Access
	name  string
}

// gorpRows follows the rows of a call to their types, to the callers where a wrapper is
// given them.
func (m *mapperFinder) gorpRows(g gorpAccess, v ssa.Value) {
	if p := paramOf(v); p != nil && len(g.chain) <= maxWrappers {
		for _, call := range m.e.caller[p.Parent()] {
			if !inChain(g.chain, call) {
				chain := append([]ssa.CallInstruction{call}, g.chain...)
				m.gorpRows(gorpAccess{chain, g.verb, g.name}, bind(call, p.Parent(), nil).args[p])
			}
		}
		return
	}
	s := sqlSite{chain: g.chain}
	finder := m.e.finder
	if finder.annotated(s) || finder.documented(s) {
		finder.mark(g.chain[0], "gorp", SiteDeclared, "", false)
		return
	}
	types := m.rowTypes(v)
	if len(types) == 0 {
		finder.askAt(g.chain[0], "gorp", "the type of the rows of gorp's "+g.name+" is not known", false)
	}
	for _, n := range types {
		tables := m.defineGorp(n)
		if len(tables) == 0 {
			finder.askAt(g.chain[0], "gorp", "no table is registered with gorp for "+n.Obj().Name(), false)
			continue
		}
		finder.mark(g.chain[0], "gorp", SiteResolved, "", false)
		for _, t := range tables {
			finder.add(s, t, g.verb, nil, model.Resolved, "gorp "+g.name)
		}
	}
}

// rowTypes gives the types of the structs that a value or a list may hold.
func (m *mapperFinder) rowTypes(v ssa.Value) []*types.Named {
	var out []*types.Named
	seen := map[ssa.Value]bool{}
	var walk func(v ssa.Value)
	walk = func(v ssa.Value) {
		if v == nil || seen[v] {
			return
		}
		seen[v] = true
		if n := modelType(v); n != nil && !slices.Contains(out, n) {
			out = append(out, n)
		}
		switch x := v.(type) {
		case *ssa.Phi:
			for _, e := range x.Edges {
				walk(e)
			}
		case *ssa.ChangeInterface:
			walk(x.X)
		case *ssa.UnOp: // of a list that is ranged over
			if at, ok := x.X.(*ssa.IndexAddr); ok {
				walk(at.X)
			}
		case *ssa.Call:
			if b, ok := x.Call.Value.(*ssa.Builtin); ok && b.Name() == "append" {
				walk(x.Call.Args[0])
				walk(x.Call.Args[1])
			}
		case *ssa.Slice:
			for _, item := range varargs(x) {
				walk(item)
			}
		}
	}
	walk(v)
	return out
}

// defineGorp gives the tables of a type, and notes their columns once.
func (m *mapperFinder) defineGorp(n *types.Named) []string {
	names := m.e.gorpTables()[n]
	st, ok := n.Underlying().(*types.Struct)
	if !ok || n.Obj().Pkg() == nil || !m.e.own[n.Obj().Pkg()] {
		return names
	}
	for _, name := range names {
		if m.defined[name] {
			continue
		}
		m.defined[name] = true
		def := TableDef{Name: name, Evidence: m.e.evidence(n.Obj().Pos(), model.Resolved, "model "+n.Obj().Name())}
		gorpColumns(st, &def, 0)
		m.e.out.Tables = append(m.e.out.Tables, def)
	}
	return names
}

// gorpColumns lists what gorp makes columns of: the exported fields, by their tag or as
// they are called, those of embedded structs too.
func gorpColumns(st *types.Struct, def *TableDef, depth int) {
	for i := range st.NumFields() {
		f := st.Field(i)
		name, _, _ := strings.Cut(reflect.StructTag(st.Tag(i)).Get("db"), ",")
		switch inner, ok := f.Type().Underlying().(*types.Struct); {
		case name == "-":
		case ok && f.Embedded() && name == "" && depth < 4:
			gorpColumns(inner, def, depth+1)
		case !f.Exported():
		case name != "":
			def.Columns = append(def.Columns, name)
		default:
			def.Columns = append(def.Columns, f.Name())
		}
	}
}

// gorpTable resolves the name of the table that gorp is asked for by a type:
// dbMap.TableFor(reflect.TypeOf(row), false).
func (r *stringResolver) gorpTable(a *ssa.FieldAddr) []string {
	f := fieldOf(a.X.Type(), a.Field)
	if f == nil || f.Name() != "TableName" || bareTypePath(a.X.Type()) != gorpPath+".TableMap" {
		return nil
	}
	v := a.X
	if x, ok := v.(*ssa.Extract); ok {
		v = x.Tuple
	}
	call, ok := v.(*ssa.Call)
	if !ok {
		return nil
	}
	for _, arg := range call.Call.Args {
		of, ok := arg.(*ssa.Call)
		if !ok || of.Call.StaticCallee() == nil || fullName(of.Call.StaticCallee()) != "reflect.TypeOf" {
			continue
		}
		if n := modelType(of.Call.Args[0]); n != nil {
			r.looked = true
			return r.e.gorpTables()[n]
		}
	}
	return nil
}
