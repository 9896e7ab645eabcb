package facts

import (
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// table reads the name of a table, if there is one.
func (p *sqlReader) table(a model.Access) {
	for p.at(p.i).is("ONLY", "LATERAL", "IF", "NOT", "EXISTS") {
		p.i++
	}
	if p.at(p.i).is("(") {
		if a == model.Read {
			p.top().from = true
		}
		return // the caller's loop enters it
	}
	if p.at(p.i).is("SELECT", "WITH", "VALUES") {
		return
	}
	name, ok := p.name()
	if !ok {
		return
	}
	if a == model.Read && p.at(p.i).is("(") && p.at(p.i-1).kind == sqlWord {
		return // a function that gives rows
	}
	if strings.Contains(name, hole) {
		family, ok := prefixedName(name)
		if !ok {
			p.out.open = true
			return
		}
		name = family
	}
	if name != "" && !systemTable(name) {
		p.out.touch(name, a)
	}
}

// prefixedName reads a name of which only the schema, or the prefix that all tables of
// an installation have, is not known: what follows tells the tables apart.
func prefixedName(name string) (string, bool) {
	name = strings.TrimPrefix(name, hole+".")
	rest, prefixed := strings.CutPrefix(name, hole)
	if strings.Contains(rest, hole) || prefixed && !strings.HasPrefix(rest, "_") {
		return "", false
	}
	return familyName(name)
}

// name reads a name with its schema; the usual default schemas are dropped.
func (p *sqlReader) name() (string, bool) {
	t := p.at(p.i)
	if t.kind == sqlValue && t.hole || t.kind == sqlPunct || t.kind == sqlValue {
		return "", false
	}
	if t.kind == sqlWord && reserved[t.word] {
		return "", false
	}
	parts := []string{foldName(t)}
	p.i++
	for p.at(p.i).is(".") {
		next := p.at(p.i + 1)
		if next.kind != sqlWord && next.kind != sqlQuoted {
			break
		}
		parts = append(parts, foldName(next))
		p.i += 2
	}
	if n := len(parts); n > 1 {
		switch parts[n-2] {
		case "public", "dbo", "main", "temp":
			parts = parts[n-1:]
		}
		if n > 2 && len(parts) > 2 {
			parts = parts[len(parts)-2:]
		}
	}
	return strings.Join(parts, "."), true
}

var reserved = map[string]bool{"SET": true, "WHERE": true, "FROM": true, "SELECT": true, "ON": true, "AS": true, "AND": true, "OR": true,
	"ORDER": true, "GROUP": true, "LIMIT": true, "INTO": true, "VALUES": true, "NULL": true, "DEFAULT": true, "CASCADE": true,
	"RESTRICT": true, "NOWAIT": true, "SKIP": true, "OF": true, "INNER": true, "LEFT": true, "JOIN": true, "DUAL": true, "UNNEST": true}

func foldName(t sqlToken) string {
	if t.kind == sqlWord {
		return strings.ToLower(t.text)
	}
	return t.text
}

func systemTable(name string) bool {
	for _, p := range []string{"pg_", "sqlite_", "information_schema", "mysql.", "sys.", "performance_schema", "pragma_", "crdb_internal", "excluded"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

var sqlVerbs = map[string]bool{
	"SELECT": true, "INSERT": true, "UPDATE": true, "DELETE": true, "REPLACE": true, "UPSERT": true, "MERGE": true, "WITH": true,
	"TRUNCATE": true, "CREATE": true, "ALTER": true, "DROP": true, "COPY": true, "LOCK": true, "CALL": true, "PRAGMA": true,
	"SET": true, "BEGIN": true, "COMMIT": true, "ROLLBACK": true, "SAVEPOINT": true, "RELEASE": true, "VACUUM": true, "ANALYZE": true,
	"EXPLAIN": true, "SHOW": true, "GRANT": true, "REVOKE": true, "USE": true, "VALUES": true, "LISTEN": true, "NOTIFY": true,
	"UNLISTEN": true, "DO": true, "EXEC": true, "EXECUTE": true, "REINDEX": true, "REFRESH": true, "COMMENT": true, "START": true,
	"END": true, "DECLARE": true, "FETCH": true, "CLOSE": true, "DESCRIBE": true, "OPTIMIZE": true, "ATTACH": true, "DETACH": true, "RESET": true, "DISCARD": true, "CHECKPOINT": true,
}
