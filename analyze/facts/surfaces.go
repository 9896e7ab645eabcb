package facts

import (
	"fmt"
	"go/ast"
	"go/types"
	"sort"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// surfaces describes the exported functions and methods of packages that can be
// imported.
func (e *extractor) surfaces() {
	ctxReads := e.contextReads()
	for _, pkg := range e.p.Packages {
		if pkg.TypesInfo == nil || pkg.Name == "main" {
			continue
		}
		for _, f := range pkg.Syntax {
			for _, d := range f.Decls {
				fd, ok := d.(*ast.FuncDecl)
				if !ok || !fd.Name.IsExported() || e.ctx.Err() != nil {
					continue
				}
				if fn, ok := pkg.TypesInfo.Defs[fd.Name].(*types.Func); ok {
					e.surface(fn, ctxReads)
				}
			}
		}
	}
}

func (e *extractor) surface(fn *types.Func, ctxReads map[*ssa.Function]map[string]model.Evidence) {
	ref, ok := e.refOf(fn)
	if !ok {
		return
	}
	w := &wire{e: e}
	w.signature(fn)
	s := Surface{Func: ref, Context: w.context, Error: w.err, Fields: w.fields, Evidence: e.evidence(fn.Pos(), model.Proved, "")}
	s.Obstacles = w.obstacles
	if e.p.Prog != nil {
		if body := e.p.Prog.FuncValue(fn); body != nil {
			s.Obstacles = append(s.Obstacles, e.mutatedObstacles(body, w)...)
			s.Obstacles = append(s.Obstacles, e.aliasObstacles(body, w)...)
			s.Obstacles = append(s.Obstacles, contextObstacles(ctxReads[body])...)
		}
	}
	e.out.Surfaces = append(roomy(e.out.Surfaces), s)
}

func contextObstacles(reads map[string]model.Evidence) []Obstacle {
	var out []Obstacle
	for key, ev := range reads {
		out = append(out, Obstacle{Kind: "context-value", Path: "context → " + key, Detail: fmt.Sprintf("read at %s:%d", ev.File, ev.Line)})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Path < out[j].Path })
	return out
}

// mutatedObstacles names the arguments that the body changes.
func (e *extractor) mutatedObstacles(fn *ssa.Function, w *wire) []Obstacle {
	var out []Obstacle
	muts := e.mutatedParams()
	for i, p := range fn.Params {
		if i == 0 && fn.Signature.Recv() != nil || w.stopped[p.Name()] {
			continue
		}
		if !muts[p] || !refers(p.Type()) && !holdsRefs(p.Type(), 0) || bareTypePath(p.Type()) == "context.Context" {
			continue
		}
		in := e.changedAt(p)
		file, line, _ := e.p.Rel(e.posOf(in))
		detail := fmt.Sprintf("changed at %s:%d", file, line)
		if call, ok := in.(ssa.CallInstruction); ok {
			detail += " by " + calleeShort(call.Common())
		}
		out = append(out, Obstacle{Kind: "mutated", Path: "parameter " + p.Name() + " → " + w.name(p.Type()), Detail: detail})
	}
	return out
}

func holdsRefs(t types.Type, depth int) bool {
	st, ok := t.Underlying().(*types.Struct)
	if !ok || depth > 3 {
		return false
	}
	for i := range st.NumFields() {
		ft := st.Field(i).Type()
		if refers(ft) || holdsRefs(ft, depth+1) {
			return true
		}
	}
	return false
}
