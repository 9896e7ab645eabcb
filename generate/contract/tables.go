package contract

import (
	"strconv"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// span is where a function's source stands.
type span struct {
	file     string
	from, to int
}

func (b *builder) spanOf(fn *ssa.Function) (span, bool) {
	syntax := fn.Syntax()
	if syntax == nil {
		return span{}, false
	}
	from, to := b.position(syntax.Pos()), b.position(syntax.End())
	return span{from.Filename, from.Line, to.Line}, from.Line > 0
}

func (s span) has(file string, line int) bool {
	return file == s.file && line >= s.from && line <= s.to
}

// writesTable reports whether the model has a write to a table, or a statement that
// it did not understand, within the function.
func (b *builder) writesTable(fn *ssa.Function) bool {
	at, ok := b.spanOf(fn)
	if !ok {
		return false
	}
	for _, t := range b.model.Tables {
		for _, a := range t.Accesses {
			if a.Access == model.Read {
				continue
			}
			for _, e := range a.Evidence {
				if at.has(e.File, e.Line) {
					return true
				}
			}
		}
	}
	for _, p := range b.model.Unresolved {
		if p.Line > 0 && at.has(p.File, p.Line) {
			return true
		}
	}
	return false
}

func itoa(n int) string { return strconv.Itoa(n) }
