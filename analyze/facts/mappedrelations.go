package facts

import (
	"go/types"
	"reflect"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Relations of a mapped struct are fields that hold other mapped structs. A chain of
// calls names them by the field: Preload("Orders.Items"), Relation("Author"),
// Association("Tags").

// allRelations is gorm's clause.Associations.
const allRelations = "~~~as~~~"

// relation is a field of a mapped struct that holds another, and the table between them
// if there is one.
type relation struct {
	field  *types.Var
	target *types.Named
	owner  bool // the struct itself holds the key: Customer and CustomerID
	join   string
}

// relationOf finds the relation that a field is.
func (m *mapperFinder) relationOf(st *types.Struct, i int) (relation, bool) {
	f := st.Field(i)
	n := modelType(zero(f.Type()))
	if !f.Exported() || n == nil || !m.isModel(n) || bareTypePath(f.Type()) == "time.Time" {
		return relation{}, false
	}
	return relation{field: f, target: n, owner: isBelongsTo(st, f), join: joinTable(reflect.StructTag(st.Tag(i)))}, true
}

// joinTable reads gorm:"many2many:order_items" and bun:"m2m:order_items", go-pg's
// pg:"many2many:order_items".
func joinTable(tag reflect.StructTag) string {
	for _, key := range []string{"gorm", "bun", "pg"} {
		for _, part := range strings.FieldsFunc(tag.Get(key), func(r rune) bool { return r == ';' || r == ',' }) {
			k, name, _ := strings.Cut(strings.TrimSpace(part), ":")
			if strings.EqualFold(k, "many2many") || k == "m2m" {
				return strings.TrimSpace(name)
			}
		}
	}
	return ""
}

// relations gives what a path of relations leads through: Orders.Items.
func (m *mapperFinder) relations(n *types.Named, path string, depth int) []relation {
	st, ok := n.Underlying().(*types.Struct)
	if !ok || depth > 6 {
		return nil
	}
	name, rest, _ := strings.Cut(path, ".")
	var out []relation
	for i := range st.NumFields() {
		f := st.Field(i)
		if inner := namedOf(f.Type()); f.Embedded() && inner != nil && f.Name() != name {
			out = append(out, m.relations(inner, path, depth+1)...)
			continue
		}
		if name != allRelations && f.Name() != name {
			continue
		}
		if r, ok := m.relationOf(st, i); ok {
			out = append(out, r)
			if rest != "" {
				out = append(out, m.relations(r.target, rest, depth+1)...)
			}
		}
	}
	return out
}

// tables names what a relation is read from.
func (m *mapperFinder) relationTables(list []relation, mapper string) []string {
	var out []string
	for _, r := range list {
		out = append(out, m.define(r.target, mapper))
		if r.join != "" {
			out = append(out, r.join)
		}
	}
	return out
}

// related gives the tables of the relations that a chain of calls names, of the structs
// that it is about.
func (m *mapperFinder) related(c *chainFacts, mapper string, models []*types.Named) []string {
	var out []string
	for _, path := range c.relations {
		for _, n := range models {
			out = append(out, m.relationTables(m.relations(n, path, 0), mapper)...)
		}
	}
	return out
}

// relationStep notes the relations that a call of the chain names.
func (m *mapperFinder) relationStep(mc mapperCall, c *chainFacts) {
	if len(mc.args) == 0 {
		return
	}
	for _, text := range m.format(mc, 0, c.env) {
		if !strings.ContainsAny(text, " \n\t"+hole) {
			c.relations = append(c.relations, text)
		}
	}
}

// association records what gorm's Association does: db.Model(&user).Association("Tags").Append(&tag)
// writes the table between them, or the one that holds the key.
func (m *mapperFinder) association(mc mapperCall) bool {
	if mc.recv == nil || bareTypePath(mc.recv.Type()) != "gorm.io/gorm.Association" {
		return false
	}
	access := map[string]model.Access{"Find": model.Read, "Count": model.Read, "Append": model.Write, "Replace": model.Write, "Delete": model.Write, "Clear": model.Write}[mc.name]
	if access == "" {
		return true
	}
	c := m.chain(mc)
	var all []string
	write := map[string]bool{}
	for _, path := range c.relations {
		for _, n := range c.models {
			for _, r := range m.relations(n, path, 0) {
				target := m.define(r.target, mc.mapper)
				all = append(all, target)
				switch {
				case r.join != "":
					all = append(all, r.join)
					write[r.join] = true
					write[target] = mc.name == "Append" || mc.name == "Replace" // makes rows that are new
				case r.owner:
					all = append(all, m.define(n, mc.mapper))
					write[m.define(n, mc.mapper)] = true
				default:
					write[target] = true
				}
			}
		}
	}
	if len(all) == 0 {
		m.ask(mc)
		return true
	}
	m.e.finder.mark(mc.call, mc.mapper, SiteResolved, "", false)
	for _, t := range unionSorted(all, nil) {
		switch {
		case access == model.Read:
			m.add(mc, t, model.Read, all)
		case write[t]:
			m.add(mc, t, model.Write, all)
		}
	}
	return true
}

// modelsOf gives the mapped structs among the arguments of a call.
func (m *mapperFinder) modelsOf(args []ssa.Value) []*types.Named {
	var out []*types.Named
	for _, a := range args {
		if n := modelType(a); n != nil && m.isModel(n) {
			out = append(out, n)
		}
	}
	return out
}
