package facts

import (
	"fmt"
	"go/ast"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/cache"
)

// embeds are the texts of //go:embed variables of type string and []byte.
type embeds map[types.Object]string

// embedded gives the text that a package variable is filled with by //go:embed.
func (e *extractor) embedded(g *ssa.Global) (string, bool) {
	if e.embeds == nil {
		e.embeds = embeds{}
		e.files(func(info *types.Info, _ *types.Package, f *ast.File) {
			for _, d := range f.Decls {
				if gd, ok := d.(*ast.GenDecl); ok {
					e.embeddedDecl(info, gd)
				}
			}
		})
	}
	text, ok := e.embeds[g.Object()]
	return text, ok
}

func (e *extractor) embeddedDecl(info *types.Info, gd *ast.GenDecl) {
	for _, s := range gd.Specs {
		vs, ok := s.(*ast.ValueSpec)
		if !ok || len(vs.Names) != 1 {
			continue
		}
		doc := vs.Doc
		if doc == nil {
			doc = gd.Doc
		}
		obj := info.Defs[vs.Names[0]]
		name, ok := embedPattern(doc)
		if !ok || obj == nil || !isString(obj.Type()) && !isBytes(obj.Type()) {
			continue
		}
		dir := filepath.Dir(e.p.Fset.Position(vs.Pos()).Filename)
		if text, ok := e.readSmall(filepath.Join(dir, filepath.FromSlash(name))); ok {
			e.embeds[obj] = text
		}
	}
}

func embedPattern(doc *ast.CommentGroup) (string, bool) {
	if doc == nil {
		return "", false
	}
	for _, c := range doc.List {
		if rest, ok := strings.CutPrefix(c.Text, "//go:embed "); ok {
			name := strings.Trim(strings.TrimSpace(rest), "\"`")
			return name, !strings.ContainsAny(name, "*? ")
		}
	}
	return "", false
}

// readSmall reads a file that a person may have written, up to 4 MiB, and notes that
// the facts depend on it.
func (e *extractor) readSmall(path string) (string, bool) {
	name := e.p.RelFile(path)
	data, err := readUpTo(path, 4<<20)
	if err != nil {
		e.reads[name] = ""
		return "", false
	}
	e.reads[name] = cache.KeyOf(data).String()
	return string(data), true
}

func readUpTo(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > limit {
		return nil, fmt.Errorf("read %s: no file of at most %d bytes", filepath.ToSlash(path), limit)
	}
	return os.ReadFile(path)
}

// SameReads tells whether the files that the facts were read from besides Go's are
// as they were, below the module's folder.
func (f *Facts) SameReads(dir string) bool {
	return !slices.ContainsFunc(f.Reads, func(r Read) bool {
		sum := ""
		if data, err := readUpTo(filepath.Join(dir, filepath.FromSlash(r.File)), 4<<20); err == nil {
			sum = cache.KeyOf(data).String()
		}
		return sum != r.Sum
	})
}

// readEmbedded resolves FS.ReadFile("name"), relative to the package's folder.
func (r *stringResolver) readEmbedded(args []ssa.Value, en *env) []string {
	load, ok := args[0].(*ssa.UnOp)
	if !ok || global(load.X) == nil {
		return nil
	}
	dir := filepath.Dir(r.e.p.Fset.Position(global(load.X).Pos()).Filename)
	var out []string
	for _, name := range r.texts(args[1], en) {
		if text, ok := r.e.readSmall(filepath.Join(dir, filepath.FromSlash(name))); ok && !strings.Contains(name, hole) {
			out = append(out, text)
		}
	}
	return out
}
