package facts

import (
	"sort"

	"github.com/ficus-dev/ficus/analyze/model"
)

// statement is what one SQL text does to tables.
type statement struct {
	verb string // of its first statement: SELECT, INSERT, …; empty: none that is known
	// access by table.
	access map[string]model.Access
	// open: a table's name is not known before the program runs.
	open bool
	defs []TableDef
	// altered: columns and keys added to tables; renames: old and new names.
	altered []TableDef
	renames [][2]string
	drops   []string
}

func (s *statement) touch(table string, a model.Access) {
	if s.access == nil {
		s.access = map[string]model.Access{}
	}
	if old, ok := s.access[table]; ok && old != a {
		a = model.ReadWrite
	}
	s.access[table] = a
}

func (s *statement) tables() []string {
	out := make([]string, 0, len(s.access))
	for t := range s.access {
		out = append(out, t)
	}
	sort.Strings(out)
	return out
}

// readSQL finds the tables that a text of one or more statements reads and writes.
// Names of common table expressions, functions and system catalogues are no
// tables. It is tolerant: it never fails, and reads what it can of a text with
// holes.
func readSQL(text string) statement {
	p := &sqlReader{toks: lexSQL(text), ctes: map[string]bool{}}
	p.findCTEs()
	p.run()
	for t := range p.out.access {
		if p.ctes[t] {
			delete(p.out.access, t)
		}
	}
	return p.out
}

// scope is one level of parentheses.
type scope struct {
	verb   string // SELECT, INSERT, …, or empty
	from   bool   // in the list after FROM or USING: a comma brings another table
	access model.Access
}

// sqlReader walks the tokens once.
type sqlReader struct {
	toks   []sqlToken
	i      int
	scopes []scope
	ctes   map[string]bool
	out    statement
}

func (p *sqlReader) at(i int) sqlToken {
	if i < 0 || i >= len(p.toks) {
		return sqlToken{kind: sqlPunct}
	}
	return p.toks[i]
}

func (p *sqlReader) top() *scope { return &p.scopes[len(p.scopes)-1] }

// findCTEs gathers the names before AS ( in texts with WITH.
func (p *sqlReader) findCTEs() {
	with := false
	for i, t := range p.toks {
		if t.is("WITH") {
			with = true
		}
		if !with || !t.is("AS") {
			continue
		}
		j := i + 1
		for p.at(j).is("NOT", "MATERIALIZED") {
			j++
		}
		if !p.at(j).is("(") {
			continue
		}
		k := i - 1
		if p.at(k).is(")") { // name (columns) AS (
			for k > 0 && !p.at(k).is("(") {
				k--
			}
			k--
		}
		if name := p.at(k); name.kind == sqlWord || name.kind == sqlQuoted {
			if prev := p.at(k - 1); prev.is("WITH", "RECURSIVE", ",") {
				p.ctes[foldName(name)] = true
			}
		}
	}
}

func (p *sqlReader) run() {
	p.scopes = []scope{{}}
	for p.i < len(p.toks) {
		p.step()
	}
}

func (p *sqlReader) step() {
	t := p.toks[p.i]
	s := p.top()
	switch {
	case t.is("("):
		p.open()
		return
	case t.is(")"):
		if len(p.scopes) > 1 {
			p.scopes = p.scopes[:len(p.scopes)-1]
		}
	case t.is(";"):
		p.scopes = []scope{{}}
	case t.is(",") && s.from:
		p.i++
		p.table(model.Read)
		return
	case t.kind == sqlWord:
		p.keyword(t, s)
		return
	case t.hole && p.out.verb == "" && s.verb == "":
		p.out.verb = hole
	}
	p.i++
}

// open enters parentheses: those of a list of tables hold tables too, those of a
// function do not.
func (p *sqlReader) open() {
	prev := p.at(p.i - 1)
	inner := scope{}
	if p.top().from && prev.is("FROM", "JOIN", ",", "(", "LATERAL") {
		inner.from = true
	}
	p.i++
	p.scopes = append(p.scopes, inner)
	if inner.from && !p.at(p.i).is("SELECT", "WITH", "VALUES", "(") {
		p.table(model.Read)
	}
}

// keyword handles a word that may start a statement or a list of tables.
func (p *sqlReader) keyword(t sqlToken, s *scope) {
	prev := p.at(p.i - 1)
	i := p.i
	p.i++
	if p.out.verb == "" && (sqlVerbs[t.word] || t.hole) {
		p.out.verb = t.word
		if t.hole {
			p.out.verb = hole
		}
	}
	switch t.word {
	case "SELECT":
		s.verb, s.from = "SELECT", false
	case "WITH", "VALUES", "EXPLAIN":
		s.from = false
	case "INSERT", "REPLACE", "MERGE", "UPSERT":
		p.insert(s, i)
	case "UPDATE":
		p.update(s, prev)
	case "DELETE":
		p.delete(s, prev)
	case "FROM":
		p.from(s, prev)
	case "USING":
		if (s.verb == "DELETE" || s.verb == "MERGE") && !p.at(p.i).is("(") || s.verb == "MERGE" {
			s.from = true
			p.table(model.Read)
		}
	case "JOIN", "STRAIGHT_JOIN":
		p.table(model.Read)
	case "INTO":
		p.into(s)
	case "TRUNCATE", "LOCK":
		p.truncate(s, t.word)
	case "COPY":
		if s.verb == "" {
			s.verb = "COPY"
			p.table(copyAccess(p.toks[p.i:]))
		}
	case "CREATE", "ALTER", "DROP":
		if s.verb == "" {
			s.verb = t.word
			p.ddl(t.word)
		}
	case "WHERE", "SET", "ON", "GROUP", "ORDER", "HAVING", "LIMIT", "RETURNING", "UNION", "INTERSECT", "EXCEPT", "WINDOW", "FOR", "OFFSET":
		if t.word != "ON" || !s.from {
			s.from = false
		}
	}
}

func (p *sqlReader) insert(s *scope, i int) {
	if i > 0 && p.at(i+1).is("(") && p.at(i).is("REPLACE", "INSERT") {
		return // the function REPLACE(
	}
	if s.verb == "MERGE" { // WHEN NOT MATCHED THEN INSERT
		return
	}
	if p.at(i-1).is("OR", "BEFORE", "AFTER") { // INSERT OR REPLACE, triggers
		return
	}
	s.verb, s.from = p.at(i).word, false
	for p.at(p.i).is("OR", "REPLACE", "IGNORE", "ABORT", "FAIL", "ROLLBACK", "LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "OVERWRITE") {
		p.i++
	}
	if p.at(p.i).is("INTO") {
		p.i++
	}
	p.table(model.Write)
}

func (p *sqlReader) into(s *scope) {
	if s.verb == "SELECT" && len(p.scopes) == 1 && !p.at(p.i).is("OUTFILE", "DUMPFILE", "STRICT") && p.at(p.i).kind != sqlValue {
		for p.at(p.i).is("TEMP", "TEMPORARY", "UNLOGGED", "TABLE") {
			p.i++
		}
		p.table(model.Write)
	}
}

func (p *sqlReader) update(s *scope, prev sqlToken) {
	if prev.is("FOR", "DO", "ON", "KEY", "BEFORE", "AFTER", "OR", "THEN") {
		return // FOR UPDATE, DO UPDATE, ON UPDATE CASCADE, DUPLICATE KEY UPDATE, triggers
	}
	if s.verb != "" && s.verb != "WITH" && !(len(p.scopes) == 1) {
		return
	}
	s.verb = "UPDATE"
	for p.at(p.i).is("OR", "ROLLBACK", "ABORT", "REPLACE", "FAIL", "IGNORE", "LOW_PRIORITY") {
		p.i++
	}
	p.table(model.Write)
	s.from = p.at(p.i).is(",")
}

func (p *sqlReader) delete(s *scope, prev sqlToken) {
	if prev.is("ON", "FOR", "BEFORE", "AFTER", "OR", "THEN") {
		return
	}
	s.verb, s.from = "DELETE", false
	for p.at(p.i).is("LOW_PRIORITY", "QUICK", "IGNORE") {
		p.i++
	}
	if p.at(p.i).is("FROM") {
		p.i++
		p.table(model.Write)
		return
	}
	if p.at(p.i+1).is("WHERE", "") && p.at(p.i).kind != sqlPunct {
		p.table(model.Write)
	}
}

func (p *sqlReader) from(s *scope, prev sqlToken) {
	if prev.is("DISTINCT") && p.at(p.i-3).is("IS", "NOT") {
		return // IS DISTINCT FROM
	}
	switch s.verb {
	case "SELECT", "UPDATE", "DELETE", "MERGE":
	case "COPY":
		return
	default:
		if p.out.verb != hole || len(p.scopes) > 1 {
			return // EXTRACT(day FROM x), TRIM(BOTH FROM x)
		}
	}
	if s.verb == "DELETE" { // DELETE a FROM a JOIN b
		s.from = true
		p.table(model.Write)
		return
	}
	s.from = true
	p.table(model.Read)
}

func (p *sqlReader) truncate(s *scope, verb string) {
	if s.verb != "" {
		return
	}
	s.verb = verb
	if p.at(p.i).is("TABLE", "TABLES") {
		p.i++
	}
	a := model.Write
	if verb == "LOCK" {
		a = model.Read
	}
	p.table(a)
	for p.at(p.i).is(",") {
		p.i++
		p.table(a)
	}
}

func copyAccess(rest []sqlToken) model.Access {
	for _, t := range rest {
		switch t.word {
		case "TO":
			return model.Read
		case "FROM":
			return model.Write
		}
	}
	return model.Read
}
