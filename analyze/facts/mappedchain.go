package facts

import (
	"go/types"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// chainFacts is what the calls before the last one of a chain say.
type chainFacts struct {
	tables, joined []string
	verb           model.Access // of bun: NewInsert and so on
	raw            bool
	steps          int
	// env has what the functions that make parts of the chain are given; open are
	// models that are the parameters of a function that callers give them.
	env  *env
	open []*ssa.Parameter
	// models are the structs that the chain is about, relations the paths of fields that
	// it names of them.
	models    []*types.Named
	relations []string
}

// given is what a parameter is, as far as the chain tells.
func (c *chainFacts) given(v ssa.Value) ssa.Value {
	for range 8 {
		p, ok := v.(*ssa.Parameter)
		if !ok || c.env == nil || c.env.args[p] == nil {
			break
		}
		v = c.env.args[p]
	}
	return v
}

// chain walks back over the receivers of a chain of calls.
func (m *mapperFinder) chain(mc mapperCall) chainFacts {
	var c chainFacts
	m.walkChain(mc.recv, mc.mapper, &c, map[ssa.Value]bool{}, 0)
	if mc.mapper == "go-pg" || mc.mapper == "bun" {
		m.step(mc, &c)
	}
	if n := m.typedChain(mc); n != nil && len(c.tables) == 0 && !c.raw {
		c.tables, c.models = []string{m.define(n, mc.mapper)}, []*types.Named{n}
	}
	c.tables, c.joined = unionSorted(c.tables, nil), unionSorted(c.joined, nil)
	return c
}

// typedChain gives the model that a chain is made for by its type: gorm.G[Order](db).
func (m *mapperFinder) typedChain(mc mapperCall) *types.Named {
	if mc.mapper != "gorm" || mc.recv == nil {
		return nil
	}
	of, ok := types.Unalias(mc.recv.Type()).(*types.Named)
	if !ok || of.TypeArgs().Len() != 1 {
		return nil
	}
	n := modelType(zero(of.TypeArgs().At(0)))
	if n == nil || !m.isModel(n) {
		return nil
	}
	return n
}

func (m *mapperFinder) walkChain(v ssa.Value, mapper string, c *chainFacts, seen map[ssa.Value]bool, depth int) {
	if v == nil || seen[v] || depth > 40 {
		return
	}
	seen[v] = true
	next := func(v ssa.Value) { m.walkChain(v, mapper, c, seen, depth+1) }
	switch v := v.(type) {
	case *ssa.Call:
		mc, ok := m.asMapper(v)
		if !ok {
			if m.anyOption(v) {
				m.optionTables(v, mapper)
				next(v.Call.Args[0])
				return
			}
			m.inlineChain(v, c, next)
			return
		}
		c.steps++
		m.step(mc, c)
		next(mc.recv)
	case *ssa.Phi:
		for _, x := range v.Edges {
			next(x)
		}
	case *ssa.UnOp:
		if call, ok := v.X.(*ssa.Call); ok { // of a method that takes the session by value
			next(call)
		}
		if al, ok := v.X.(*ssa.Alloc); ok {
			for _, x := range storedIn(al) {
				next(x)
			}
		}
		if fv, ok := v.X.(*ssa.FreeVar); ok {
			if al, ok := freeVar(fv).(*ssa.Alloc); ok {
				for _, x := range storedIn(al) {
					next(x)
				}
			}
		}
	case *ssa.FreeVar:
		next(freeVar(v))
	case *ssa.FieldAddr:
		next(v.X)
	case *ssa.ChangeInterface:
		next(v.X)
	case *ssa.MakeInterface:
		next(v.X)
	case *ssa.Extract:
		next(v.Tuple)
	}
}

// inlineChain goes on in what a function of the module gives back.
func (m *mapperFinder) inlineChain(call *ssa.Call, c *chainFacts, next func(ssa.Value)) {
	before := c.env
	defer func() { c.env = before }()
	for _, fn := range m.e.sites[call] {
		c.env = bind(call, fn, nil)
		if before != nil {
			for p, a := range c.env.args {
				if q, ok := a.(*ssa.Parameter); ok && before.args[q] != nil {
					c.env.args[p] = before.args[q]
				}
			}
		}
		for _, v := range returnedFirst(fn) {
			next(v)
		}
	}
}

// step takes what one call of the chain says of tables.
func (m *mapperFinder) step(mc mapperCall, c *chainFacts) {
	switch mc.name {
	case "NewSelect":
		c.verb = model.Read
	case "NewInsert", "NewUpdate", "NewDelete", "NewMerge", "NewTruncateTable":
		c.verb = model.Write
	case "Raw", "SQL", "Sql", "NewRaw", "RawWithCtx", "RawQuery":
		c.raw = true
	case "Model", "Find", "First", "Take", "Last":
		for _, a := range mc.args {
			a = c.given(a)
			c.tables = append(c.tables, m.models(a, mc.mapper)...)
			c.models = append(c.models, m.modelsOf([]ssa.Value{a})...)
			if p, ok := a.(*ssa.Parameter); ok && isAny(p.Type()) {
				c.open = append(c.open, p)
			}
		}
	case "Preload", "Relation", "Association":
		m.relationStep(mc, c)
	case "Scopes":
		m.scopes(mc, c)
	case "Table", "TableExpr", "ModelTableExpr", "QueryTable", "QueryTableWithCtx":
		m.tableStep(mc, c)
	case "Join", "Joins", "InnerJoins", "LeftJoin", "JoinOn", "InnerJoin", "RightJoin", "LeftOuterJoin":
		m.joinStep(mc, c)
	case "Where", "Or", "And", "Not", "Having", "WhereOr", "Select", "Having_":
		for i, a := range mc.args {
			for _, text := range m.format(mc, i, c.env) {
				c.joined = append(c.joined, subqueryTables(text)...)
			}
			c.joined = append(c.joined, m.subquery(a, mc.mapper)...)
		}
	}
}

func (m *mapperFinder) tableStep(mc mapperCall, c *chainFacts) {
	args := mc.args
	if mc.name == "QueryTableWithCtx" && len(args) > 1 {
		args = args[1:]
	}
	for i, a := range args[:min(1, len(args))] {
		if n := modelType(a); n != nil && m.isModel(n) {
			c.tables = append(c.tables, m.define(n, mc.mapper))
			continue
		}
		texts, _ := m.e.tableFinder().withoutPrefix(m.format(mc, len(mc.args)-len(args)+i, c.env))
		for _, text := range texts {
			st := readSQL("SELECT 1 FROM " + text)
			c.tables = append(c.tables, st.tables()...)
		}
	}
}

func (m *mapperFinder) joinStep(mc mapperCall, c *chainFacts) {
	args := mc.args
	if mc.mapper == "xorm" && len(args) >= 2 { // Join("INNER", table, condition)
		args = args[1:2]
		if n := modelType(args[0]); n != nil && m.isModel(n) {
			c.joined = append(c.joined, m.define(n, mc.mapper))
			return
		}
	}
	for i := range args[:min(1, len(args))] {
		at := i
		if len(args) == 1 && len(mc.args) > 1 && mc.mapper == "xorm" {
			at = 1
		}
		for _, text := range m.format(mc, at, c.env) {
			upper := strings.ToUpper(text)
			if mc.mapper == "xorm" || mc.mapper == "pop" {
				text = "JOIN " + text
			} else if !strings.Contains(upper, "JOIN") {
				c.relations = append(c.relations, text)
				continue
			}
			c.joined = append(c.joined, tablesBut(readSQL("SELECT 1 FROM ficus_left "+text), "ficus_left")...)
		}
	}
}

// format resolves an argument when it is a string, with the names that those after it
// put into it.
func (m *mapperFinder) format(mc mapperCall, i int, en *env) []string {
	v := mc.args[i]
	if mi, ok := v.(*ssa.MakeInterface); ok {
		v = mi.X
	}
	if v == nil || !isString(v.Type()) {
		return nil
	}
	r := m.e.resolver(nil)
	r.statement = true
	texts := r.texts(v, en)
	if mc.mapper == "bun" || mc.mapper == "go-pg" {
		return r.filled(texts, mc.args[i+1:], en)
	}
	return texts
}

func subqueryTables(cond string) []string {
	if !strings.Contains(strings.ToUpper(cond), "SELECT") {
		return nil
	}
	st := readSQL("SELECT 1 WHERE " + cond)
	return st.tables()
}

func tablesBut(s statement, name string) []string {
	delete(s.access, name)
	return s.tables()
}
