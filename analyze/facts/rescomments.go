package facts

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// usesPrefix begins a comment that says what resource a place uses:
//
//	//ficus:uses topic orders.placed publish
const usesPrefix = "//ficus:uses "

var resourceKinds = []model.ResourceKind{model.ResourceKey, model.ResourceTopic, model.ResourceBucket, model.ResourceFile, model.ResourceHTTP, model.ResourceGRPC}

var usesAccess = map[string]model.Access{"r": model.Read, "w": model.Write, "rw": model.ReadWrite,
	"publish": model.Publish, "consume": model.Consume, "request": model.Request}

func shortAccess(a model.Access) string {
	for _, short := range []string{"r", "w", "rw", "publish", "consume", "request"} {
		if usesAccess[short] == a {
			return short
		}
	}
	return "rw"
}

// declared takes the resources from comments.
func (f *resourceFinder) declared() {
	f.e.files(func(_ *types.Info, _ *types.Package, file *ast.File) {
		for _, g := range file.Comments {
			for _, c := range g.List {
				if rest, ok := strings.CutPrefix(c.Text, usesPrefix); ok {
					f.declaration(c, strings.Fields(rest))
				}
			}
		}
	})
}

func (f *resourceFinder) declaration(c *ast.Comment, words []string) {
	if len(words) < 3 || !slices.Contains(resourceKinds, model.ResourceKind(words[0])) || usesAccess[words[2]] == "" {
		file, line, _ := f.e.p.Rel(c.Pos())
		f.e.unresolved(model.Problem{Code: "comment", File: file, Line: line, Message: "cannot read " + c.Text,
			Cure: "write //ficus:uses KIND NAME ACCESS: a kind of key, topic, bucket, file, http, grpc, and r, w, rw, publish, consume or request"})
		return
	}
	if from, ok := f.e.refAt(c.Pos()); ok {
		f.e.out.Resources = append(f.e.out.Resources, ResourceUse{Kind: model.ResourceKind(words[0]), Name: words[1], Via: "comment",
			Access: usesAccess[words[2]], From: from, Evidence: f.e.evidence(c.Pos(), model.Proved, c.Text)})
	}
}

// declaredUse tells whether a comment on the line, or the one before, says it.
func (e *extractor) declaredUse(at ssa.Instruction) bool {
	if e.usesLines == nil {
		e.usesLines = map[string]map[int]bool{}
		e.files(func(_ *types.Info, _ *types.Package, f *ast.File) {
			for _, g := range f.Comments {
				for _, c := range g.List {
					if strings.HasPrefix(c.Text, usesPrefix) {
						file, line, _ := e.p.Rel(c.Pos())
						if e.usesLines[file] == nil {
							e.usesLines[file] = map[int]bool{}
						}
						e.usesLines[file][line], e.usesLines[file][line+1] = true, true
					}
				}
			}
		})
	}
	file, line, _ := e.p.Rel(e.posOf(at))
	return e.usesLines[file][line]
}
