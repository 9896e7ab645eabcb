package facts

import (
	"path/filepath"
	"sort"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// schema reads the tables that the module's .sql files define: migrations of
// goose, golang-migrate and others, in the order of their names, and plain dumps.
// What a migration's way back does is skipped.
func (e *extractor) schema() {
	s := newSchema()
	for _, file := range e.p.SQLFiles {
		if e.ctx.Err() != nil {
			return
		}
		if strings.HasSuffix(file, ".down.sql") {
			continue
		}
		text, ok := e.readSmall(filepath.Join(e.p.Module.Dir, filepath.FromSlash(file)))
		if !ok {
			e.unresolved(model.Problem{Code: "sql-file", File: file, Message: "cannot read " + file + ": unreadable or over 4 MiB"})
			continue
		}
		e.prefixed = e.prefixed || templateName.MatchString(text)
		s.read(file, upPart(withoutTemplate(text)))
		e.named.add(file, text)
	}
	e.out.Tables = append(e.out.Tables, s.defs()...)
}

// upPart blanks the parts of a migration that undo it, keeping line numbers.
func upPart(text string) string {
	lines := strings.SplitAfter(text, "\n")
	down := false
	for i, l := range lines {
		switch mark := strings.ToLower(strings.Join(strings.Fields(l), " ")); {
		case strings.HasPrefix(mark, "-- +goose down"), strings.HasPrefix(mark, "-- +migrate down"), strings.HasPrefix(mark, "-- migrate:down"):
			down = true
		case strings.HasPrefix(mark, "-- +goose up"), strings.HasPrefix(mark, "-- +migrate up"), strings.HasPrefix(mark, "-- migrate:up"):
			down = false
		}
		if down {
			lines[i] = "\n"
		}
	}
	return strings.Join(lines, "")
}

// tableSet gathers definitions.
type tableSet struct {
	byName map[string]*TableDef
}

func newSchema() *tableSet { return &tableSet{byName: map[string]*TableDef{}} }

// read applies a file's statements one after the other.
func (s *tableSet) read(file, text string) {
	st := readSQL(text)
	for _, d := range st.defs {
		d.Evidence = model.Evidence{File: file, Line: lineOf(text, d.Name), Confidence: model.Proved, Detail: "CREATE TABLE " + d.Name}
		s.add(d)
	}
	for _, d := range st.altered {
		if old := s.byName[d.Name]; old != nil {
			old.join(d)
		}
	}
	for _, r := range st.renames {
		s.rename(r[0], r[1])
	}
}

func (s *tableSet) add(d TableDef) {
	old := s.byName[d.Name]
	if old == nil {
		old = &TableDef{Name: d.Name, Evidence: d.Evidence}
		s.byName[d.Name] = old
	}
	old.join(d)
}

// rename follows ALTER TABLE … RENAME TO; SQLite's way of changing a table makes a
// new one and renames it to the old name.
func (s *tableSet) rename(from, to string) {
	d := s.byName[from]
	if d == nil {
		return
	}
	delete(s.byName, from)
	d.Name = to
	s.add(*d)
	for _, t := range s.byName {
		for i, r := range t.Refs {
			if r == from {
				t.Refs[i] = to
			}
		}
	}
}

// join adds what another statement says of the same table.
func (d *TableDef) join(o TableDef) {
	have := map[string]bool{}
	for _, c := range d.Columns {
		have[c] = true
	}
	for _, c := range o.Columns {
		if !have[c] {
			have[c] = true
			d.Columns = append(d.Columns, c)
		}
	}
	d.Refs = unionSorted(d.Refs, o.Refs)
}

func (s *tableSet) defs() []TableDef {
	var out []TableDef
	for _, d := range s.byName {
		out = append(out, *d)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// lineOf finds the line of CREATE TABLE name.
func lineOf(text, name string) int {
	for i, l := range strings.Split(text, "\n") {
		low := strings.ToLower(l)
		if at := strings.Index(low, "create"); at >= 0 && strings.Contains(low, "table") && hasWord(low, strings.ToLower(lastPart(name))) {
			return i + 1
		}
	}
	return 1
}

func lastPart(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

func hasWord(line, word string) bool {
	for _, f := range strings.FieldsFunc(line, func(r rune) bool { return !wordRune(r) || r == 0 }) {
		if f == word {
			return true
		}
	}
	return false
}

// finishTables joins the definitions from files and code, one a name.
func (e *extractor) finishTables() {
	e.oneSpelling()
	s := newSchema()
	for _, d := range e.out.Tables {
		s.add(d)
	}
	for _, d := range e.altered {
		if old := s.byName[d.Name]; old != nil {
			old.join(d)
		}
	}
	// The order of statements in code is not known: both names stay.
	for _, r := range e.renames {
		if old := s.byName[r[0]]; old != nil && s.byName[r[1]] == nil {
			d := *old
			d.Name = r[1]
			s.add(d)
		}
	}
	e.out.Tables = s.defs()
}
