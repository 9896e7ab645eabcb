package evidence

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/cover"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// coverage reads which functions ran in each use case.
func (r *reader) coverage() error {
	c := &coverer{reader: r, files: map[string]string{}, parsed: map[string][]funcSpan{}}
	for _, d := range r.facts.Decls {
		if d.File != "" {
			c.files[d.Package+"/"+d.File[strings.LastIndexByte(d.File, '/')+1:]] = d.File
		}
	}
	cases := slices.Clone(r.opt.Coverage)
	slices.SortStableFunc(cases, func(a, b UseCaseDir) int { return strings.Compare(a.Name, b.Name) })
	for i, uc := range cases {
		if i > 0 && cases[i-1].Name == uc.Name {
			return fmt.Errorf("use case %s is named twice; merge the folders with: go tool covdata merge", uc.Name)
		}
		profiles, err := readCounters(r.ctx, uc.Dir)
		if err != nil {
			return fmt.Errorf("use case %s: %w", uc.Name, err)
		}
		c.useCase(uc.Name, profiles)
	}
	return nil
}

// readCounters lets the go command turn a folder of counters into text.
func readCounters(ctx context.Context, dir string) ([]*cover.Profile, error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("no folder %s; run a program that was built with go build -cover, with GOCOVERDIR set to it", filepath.ToSlash(dir))
	}
	tmp, err := os.MkdirTemp("", "ficus-cover-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	out := filepath.Join(tmp, "text")
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "go", "tool", "covdata", "textfmt", "-i="+dir, "-o="+out)
	var stderr bytes.Buffer
	cmd.Stderr, cmd.Dir = &stderr, tmp
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("go tool covdata: %w: %s", err, firstLine(stderr.String()))
	}
	if info, err := os.Stat(out); err != nil || info.Size() == 0 {
		return nil, nil
	}
	return cover.ParseProfiles(out)
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

// coverer maps covered blocks to functions.
type coverer struct {
	*reader
	files  map[string]string     // import path/file.go → file relative to the module
	parsed map[string][]funcSpan // of files
}

type funcSpan struct {
	from, to int // lines
	ref      facts.Ref
}

func (c *coverer) useCase(name string, profiles []*cover.Profile) {
	ran, matched, total := map[facts.Ref]bool{}, 0, 0
	for _, p := range profiles {
		total++
		file, ok := c.files[p.FileName]
		if !ok {
			continue
		}
		matched++
		spans := c.functions(file, p.FileName[:strings.LastIndexByte(p.FileName, '/')])
		for _, b := range p.Blocks {
			if b.Count == 0 {
				continue
			}
			for _, s := range spans {
				if s.from <= b.StartLine && b.EndLine <= s.to {
					ran[s.ref] = true
				}
			}
		}
	}
	if !c.source("coverage", name, float64(matched), float64(total), "covered files") {
		return
	}
	uc := facts.UseCase{Name: name}
	for ref := range ran {
		uc.Funcs = append(uc.Funcs, ref)
	}
	slices.SortFunc(uc.Funcs, compareRefs)
	c.out.Measured.UseCases = append(c.out.Measured.UseCases, uc)
}

// functions are the declarations of a file that the facts know, by their lines.
func (c *coverer) functions(file, pkg string) []funcSpan {
	if spans, ok := c.parsed[file]; ok {
		return spans
	}
	c.parsed[file] = nil
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, filepath.Join(c.opt.Dir, filepath.FromSlash(file)), nil, parser.SkipObjectResolution)
	if err != nil {
		c.out.Problems = append(c.out.Problems, model.Problem{Code: "coverage", File: file, Message: "cannot tell its functions apart: " + firstLine(err.Error())})
		return nil
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		name := pkg + "." + fn.Name.Name
		if fn.Recv != nil && len(fn.Recv.List) == 1 {
			name = pkg + "." + receiverName(fn.Recv.List[0].Type) + "." + fn.Name.Name
		}
		if ref, ok := c.names.funcs[name]; ok {
			c.parsed[file] = append(c.parsed[file], funcSpan{fset.Position(fn.Pos()).Line, fset.Position(fn.End()).Line, ref})
		}
	}
	return c.parsed[file]
}

func receiverName(e ast.Expr) string {
	for {
		switch t := e.(type) {
		case *ast.StarExpr:
			e = t.X
		case *ast.ParenExpr:
			e = t.X
		case *ast.IndexExpr:
			e = t.X
		case *ast.IndexListExpr:
			e = t.X
		case *ast.Ident:
			return t.Name
		default:
			return ""
		}
	}
}
