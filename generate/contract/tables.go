package contract

import (
	"go/types"
	"strconv"
	"strings"

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

// fullEvidence is how many places the model lists of one access at most: with as many,
// some may be missing.
const fullEvidence = 20

// writesTable reports whether the model has a write to a table, or a statement that
// it did not understand, within the function; also when it may have one that it does
// not list.
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
			listed := false
			for _, e := range a.Evidence {
				if at.has(e.File, e.Line) {
					listed = true
					if !isSelect(e.Detail) {
						return true
					}
				}
			}
			if !listed && len(a.Evidence) >= fullEvidence && a.Atom == atomOf(fn) && queries(fn) {
				return true
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

// isSelect reports whether a statement only reads. The model gives its beginning.
func isSelect(sql string) bool {
	sql = strings.ToUpper(strings.TrimLeft(sql, " (\t\n"))
	return strings.HasPrefix(sql, "SELECT") && !strings.Contains(sql, " INTO ")
}

// atomOf is the atom that a function belongs to, closures to that of their function.
func atomOf(fn *ssa.Function) string {
	for fn.Parent() != nil {
		fn = fn.Parent()
	}
	f, ok := fn.Object().(*types.Func)
	if !ok || f.Pkg() == nil {
		return ""
	}
	if n := receiverOf(f); n != nil {
		return f.Pkg().Path() + "." + n.Obj().Name()
	}
	return f.Pkg().Path() + "." + f.Name()
}

// queries reports whether a function calls something that looks like running SQL.
func queries(fn *ssa.Function) bool {
	for _, block := range fn.Blocks {
		for _, instr := range block.Instrs {
			if call, ok := instr.(ssa.CallInstruction); ok {
				name := calledName(call.Common())
				if strings.HasPrefix(name, "Query") || name == "Get" || name == "Select" {
					return true
				}
			}
		}
	}
	return false
}

// calledName is the name of the function or method called, if it has one.
func calledName(c *ssa.CallCommon) string {
	if c.IsInvoke() {
		return c.Method.Name()
	}
	if callee := c.StaticCallee(); callee != nil {
		return callee.Name()
	}
	return ""
}

func itoa(n int) string { return strconv.Itoa(n) }
