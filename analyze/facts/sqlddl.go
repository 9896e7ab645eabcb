package facts

import (
	"sort"

	"github.com/ficus-dev/ficus/analyze/model"
)

// ddl reads CREATE, ALTER and DROP. They define tables; they are no accesses,
// except that a view reads what its query reads.
func (p *sqlReader) ddl(verb string) {
	for p.at(p.i).is("TEMP", "TEMPORARY", "GLOBAL", "LOCAL", "UNLOGGED", "OR", "REPLACE", "UNIQUE", "VIRTUAL", "FOREIGN", "MATERIALIZED", "RECURSIVE", "EXTERNAL") {
		p.i++
	}
	t := p.at(p.i)
	p.i++
	switch {
	case t.is("TABLE") && verb == "CREATE":
		p.createTable()
	case t.is("TABLE") && verb == "ALTER":
		p.alterTable()
	case t.is("VIEW"):
		p.view()
	default: // indexes, triggers, functions, types: nothing of tables
		p.skipStatement()
	}
}

func (p *sqlReader) view() {
	for p.i < len(p.toks) && !p.at(p.i).is("AS", ";") {
		p.i++
	}
}

func (p *sqlReader) skipStatement() {
	depth := 0
	for p.i < len(p.toks) {
		switch t := p.at(p.i); {
		case t.is("BEGIN"):
			depth++
		case t.is("END"):
			depth--
		case t.is(";") && depth <= 0:
			return
		}
		p.i++
	}
}

func (p *sqlReader) skipWords(words ...string) {
	for p.at(p.i).is(words...) {
		p.i++
	}
}

func (p *sqlReader) createTable() {
	p.skipWords("IF", "NOT", "EXISTS")
	name, ok := p.name()
	if !ok {
		return
	}
	def := TableDef{Name: name}
	if p.at(p.i).is("AS") { // CREATE TABLE t AS SELECT
		p.define(def)
		return
	}
	if !p.at(p.i).is("(") {
		p.define(def)
		p.skipStatement()
		return
	}
	p.i++
	for _, item := range p.items() {
		def.addItem(item)
	}
	p.define(def)
	p.skipStatement()
}

func (p *sqlReader) define(def TableDef) {
	name, ok := prefixedName(def.Name)
	if !ok || systemTable(name) {
		return
	}
	def.Name = name
	sort.Strings(def.Refs)
	def.Refs = compact(def.Refs)
	p.out.defs = append(p.out.defs, def)
}

// items splits the parentheses of a table by commas and leaves them.
func (p *sqlReader) items() [][]sqlToken {
	var out [][]sqlToken
	var item []sqlToken
	depth := 1
	for ; p.i < len(p.toks); p.i++ {
		t := p.at(p.i)
		switch {
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		}
		if depth == 0 {
			p.i++
			break
		}
		if depth == 1 && t.is(",") {
			out, item = append(out, item), nil
			continue
		}
		item = append(item, t)
	}
	return append(out, item)
}

var constraintWords = []string{"PRIMARY", "FOREIGN", "UNIQUE", "CHECK", "CONSTRAINT", "KEY", "INDEX", "EXCLUDE", "FULLTEXT", "SPATIAL", "LIKE", "PERIOD"}

// addItem reads one column or constraint.
func (d *TableDef) addItem(item []sqlToken) {
	if len(item) == 0 {
		return
	}
	if !item[0].is(constraintWords...) && (item[0].kind == sqlWord || item[0].kind == sqlQuoted) && !item[0].hole {
		d.Columns = append(d.Columns, foldName(item[0]))
	}
	d.addRefs(item)
}

func (d *TableDef) addRefs(item []sqlToken) {
	for i, t := range item {
		if !t.is("REFERENCES") || i+1 >= len(item) {
			continue
		}
		sub := &sqlReader{toks: item, i: i + 1}
		if name, ok := sub.name(); ok && !containsHole(name) && name != d.Name {
			d.Refs = append(d.Refs, name)
		}
	}
}

// alterTable reads the columns and foreign keys that are added later, and new names.
func (p *sqlReader) alterTable() {
	p.skipWords("IF", "EXISTS", "ONLY")
	name, ok := p.name()
	if !ok {
		return
	}
	start := p.i
	p.skipStatement()
	def := TableDef{Name: name}
	body := p.toks[start:p.i]
	for i, t := range body {
		if t.is("ADD") && i+1 < len(body) {
			j := i + 1
			for j < len(body) && body[j].is("COLUMN", "IF", "NOT", "EXISTS") {
				j++
			}
			if j < len(body) && !body[j].is(constraintWords...) && (body[j].kind == sqlWord || body[j].kind == sqlQuoted) && !body[j].hole {
				def.Columns = append(def.Columns, foldName(body[j]))
			}
		}
		if t.is("RENAME") && i+2 < len(body) && body[i+1].is("TO") {
			p.out.renames = append(p.out.renames, [2]string{name, foldName(body[i+2])})
		}
	}
	def.addRefs(body)
	if len(def.Columns)+len(def.Refs) > 0 {
		p.out.altered = append(p.out.altered, def)
	}
}

func containsHole(s string) bool {
	for i := range len(s) {
		if s[i] == hole[0] {
			return true
		}
	}
	return false
}

func compact(list []string) []string {
	out := list[:0]
	for i, s := range list {
		if i == 0 || s != list[i-1] {
			out = append(out, s)
		}
	}
	return out
}

// merge joins two accesses.
func merge(a, b model.Access) model.Access {
	if a == "" || a == b {
		return b
	}
	return model.ReadWrite
}
