package facts

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// tableComment is a //ficus:table comment: what a person says that a place
// accesses. It counts for SQL on its own line and the next, and, in a function's
// doc comment, for all SQL of the function that is not understood.
type tableComment struct {
	file     string
	from, to int // lines
	table    string
	access   model.Access
	doc      bool // in a function's doc comment
}

const tablePrefix = "//ficus:table "

func (e *extractor) tableComments() {
	e.files(func(_ *types.Info, _ *types.Package, f *ast.File) {
		docs := map[*ast.CommentGroup]*ast.FuncDecl{}
		for _, d := range f.Decls {
			if fd, ok := d.(*ast.FuncDecl); ok && fd.Doc != nil {
				docs[fd.Doc] = fd
			}
		}
		for _, g := range f.Comments {
			for _, c := range g.List {
				e.tableComment(c, g, docs[g])
			}
		}
	})
}

func (e *extractor) tableComment(c *ast.Comment, g *ast.CommentGroup, fd *ast.FuncDecl) {
	rest, ok := strings.CutPrefix(c.Text, tablePrefix)
	if !ok {
		return
	}
	file, line, _ := e.p.Rel(c.Pos())
	fields := strings.Fields(rest)
	if len(fields) < 2 {
		e.unresolved(model.Problem{Code: "comment", File: file, Line: line, Message: "cannot read " + c.Text,
			Cure: "write //ficus:table NAME rw (or r, w)"})
		return
	}
	a, ok := map[string]model.Access{"r": model.Read, "w": model.Write, "rw": model.ReadWrite}[fields[1]]
	if !ok {
		e.unresolved(model.Problem{Code: "comment", File: file, Line: line, Message: "cannot read access " + fields[1] + " in " + c.Text,
			Cure: "write r, w or rw"})
		return
	}
	_, end, _ := e.p.Rel(g.End())
	t := tableComment{file: file, from: line, to: end + 1, table: fields[0], access: a}
	if fd != nil {
		_, t.to, _ = e.p.Rel(fd.End())
		t.doc = true
	}
	e.comments = append(e.comments, t)
}

// annotated takes the tables of a place from its comment, if it has one.
func (t *tableFinder) annotated(s sqlSite) bool { return t.comment(s, false) }

// documented does the same with the comments of functions.
func (t *tableFinder) documented(s sqlSite) bool { return t.comment(s, true) }

func (t *tableFinder) comment(s sqlSite, doc bool) bool {
	pos := t.e.posOf(s.chain[0])
	file, line, _ := t.e.p.Rel(pos)
	found := false
	for _, c := range t.e.comments {
		if c.doc == doc && c.file == file && c.from <= line && line <= c.to {
			t.add(s, c.table, c.access, nil, model.Proved, tablePrefix+c.table)
			found = true
		}
	}
	return found
}
