package facts

import (
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// keptSchema takes the tables that a text defines which is kept in a list or a variable,
// as migrations in the code are: they run by their number; and those of ent's schema.
func (t *tableFinder) keptSchema(st *ssa.Store) {
	t.entSchema(st)
	text, ok := constantText(st.Val)
	if !ok || len(text) < len("CREATE TABLE") {
		return
	}
	if at := strings.TrimLeft(text, " \t\n"); len(at) < len("CREATE ") || !strings.EqualFold(at[:len("CREATE ")], "CREATE ") && !strings.EqualFold(at[:len("ALTER T")], "ALTER T") {
		return
	}
	read := readSQL(text)
	for _, d := range read.defs {
		if len(d.Columns) == 0 {
			continue // a sentence that begins so
		}
		d.Evidence = t.e.evidence(st.Pos(), model.Resolved, "CREATE TABLE "+d.Name)
		t.e.out.Tables = append(t.e.out.Tables, d)
	}
	t.e.altered = append(t.e.altered, read.altered...)
	t.e.renames = append(t.e.renames, read.renames...)
}
