package source

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/ficus-dev/ficus/analyze/cache"
)

var update = flag.Bool("update", false, "rewrite what the fixtures want")

// unpack writes the files of a txtar text to a folder.
func unpack(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(text)).Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// offline keeps tests from the network and from a workspace around them.
func offline(more ...string) []string {
	return append(append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=", "GOTOOLCHAIN=local"), more...)
}

func load(t *testing.T, dir string, opt Options) *Program {
	t.Helper()
	opt.Dir = dir
	if opt.Env == nil {
		opt.Env = offline()
	}
	p, err := Load(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func summary(p *Program) string {
	var b strings.Builder
	fmt.Fprintf(&b, "module %s go %s\n", p.Module.Path, p.Module.GoVersion)
	for i, pkg := range p.Packages {
		ssa := "ssa"
		if p.SSA[i] == nil {
			ssa = "no ssa"
		}
		fmt.Fprintf(&b, "package %s %s\n", pkg.PkgPath, ssa)
	}
	for _, f := range p.Files {
		fmt.Fprintf(&b, "file %s %d generated=%v test=%v\n", f.Path, f.Lines, f.Generated, f.Test)
	}
	for _, f := range p.SQLFiles {
		fmt.Fprintf(&b, "sql %s\n", f)
	}
	for _, pr := range p.Problems {
		fmt.Fprintf(&b, "problem %s %s:%d:%d %s: %s [%s]\n", pr.Code, pr.File, pr.Line, pr.Column, pr.Package, pr.Message, pr.Cure)
	}
	return b.String()
}

// TestShapes loads modules of every shape: each is loaded as far as it goes and
// what is wrong or left out is listed. The file want holds what is loaded.
func TestShapes(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no fixtures", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			ar, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want string
			for _, f := range ar.Files {
				if f.Name == "want" {
					want = string(f.Data)
				}
			}
			opt := Options{Env: offline()}
			for _, line := range strings.Split(string(ar.Comment), "\n") {
				if v, ok := strings.CutPrefix(line, "tags: "); ok {
					opt.Tags = strings.Split(v, ",")
				}
				if v, ok := strings.CutPrefix(line, "patterns: "); ok {
					opt.Patterns = strings.Fields(v)
				}
				if v, ok := strings.CutPrefix(line, "env: "); ok {
					opt.Env = offline(strings.Fields(v)...)
				}
				if strings.HasPrefix(line, "tests") {
					opt.Tests = true
				}
				if strings.HasPrefix(line, "needs gcc") {
					if _, err := exec.LookPath("gcc"); err != nil {
						t.Skip("no gcc")
					}
				}
			}
			dir := unpack(t, string(txtar.Format(ar)))
			before := tree(t, dir)
			got := summary(load(t, dir, opt))
			if after := tree(t, dir); after != before {
				t.Errorf("loading has written into the checkout: before\n%s\nafter\n%s", before, after)
			}
			if *update {
				for i := range ar.Files {
					if ar.Files[i].Name == "want" && mismatch(got, want) != "" {
						ar.Files[i].Data = []byte(got)
					}
				}
				if err := os.WriteFile(file, txtar.Format(ar), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := mismatch(got, want); diff != "" {
				t.Errorf("%s\ngot:\n%s", diff, got)
			}
		})
	}
}

// tree gives all that is below a folder.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %x\n", strings.TrimPrefix(path, dir), sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// mismatch compares line by line; a want line between slashes is a regular
// expression, for messages of the go command that change with its version.
func mismatch(got, want string) string {
	g, w := strings.Split(strings.TrimSpace(got), "\n"), strings.Split(strings.TrimSpace(want), "\n")
	for i := 0; i < len(g) || i < len(w); i++ {
		switch {
		case i >= len(g):
			return "missing: " + w[i]
		case i >= len(w):
			return "not wanted: " + g[i]
		case strings.HasPrefix(w[i], "/"):
			if !regexp.MustCompile("^" + strings.Trim(w[i], "/") + "$").MatchString(g[i]) {
				return "got " + g[i] + "\nwant " + w[i]
			}
		case g[i] != w[i]:
			return "got  " + g[i] + "\nwant " + w[i]
		}
	}
	return ""
}

func TestRefused(t *testing.T) {
	tests := []struct {
		name, files, dir string
		patterns         []string
		want             string
	}{
		{"no folder", "", "nowhere", nil, `load .*nowhere: no such folder: give the folder of a Go module with -C`},
		{"a file", "-- x.go --\npackage x\n", "x.go", nil, `load .*x.go: not a folder: .*`},
		{"no go.mod", "-- x.go --\npackage x\n", "", nil, `load .*: no go.mod in it or above it: .*go mod init.*`},
		{"bad go.mod", "-- go.mod --\nmodule\n", "", nil, `load .*: go.mod:1: .*`},
		{"no module line", "-- go.mod --\ngo 1.26\n", "", nil, `load .*: go.mod has no module line: .*`},
		{"no packages", "-- go.mod --\nmodule m\n\ngo 1.26\n", "", nil, `load .*: no Go packages match \./\.\.\.: check the patterns.*`},
		{"newer go", "-- go.mod --\nmodule m\n\ngo 1.999\n-- x.go --\npackage m\n", "", nil, `load .*: go.mod requires go >= 1.999 .*GOTOOLCHAIN=auto`},
		{"workspace", "-- go.work --\ngo 1.26\nuse (\n\t./a\n\t./b\n)\n-- a/go.mod --\nmodule a\n-- b/go.mod --\nmodule b\n", "", nil,
			`load .*: the modules of its go.work \(a, b\) have no path in common: analyse one of them: -C a`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := unpack(t, tt.files)
			_, err := Load(t.Context(), Options{Dir: filepath.Join(dir, tt.dir), Patterns: tt.patterns, Env: offline()})
			if err == nil || !regexp.MustCompile("^"+tt.want+"$").MatchString(err.Error()) {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	dir := unpack(t, "-- go.mod --\nmodule m\n\ngo 1.26\n-- x.go --\npackage m\n")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Load(ctx, Options{Dir: dir, Env: offline()}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

// TestRel: positions are relative to the module, with forward slashes, also when
// Dir is a folder inside it.
func TestRel(t *testing.T) {
	dir := unpack(t, "-- go.mod --\nmodule m\n\ngo 1.26\n-- a/b/x.go --\npackage b\n\nvar X = 1\n")
	p := load(t, filepath.Join(dir, "a"), Options{})
	pos := p.Package("m/a/b").Types.Scope().Lookup("X").Pos()
	if file, line, col := p.Rel(pos); file != "a/b/x.go" || line != 3 || col != 5 {
		t.Errorf("got %s:%d:%d, want a/b/x.go:3:5", file, line, col)
	}
	if file, _, _ := p.Rel(0); file != "" {
		t.Errorf("got %q for no position", file)
	}
	if got := p.RelFile(filepath.Join(filepath.Dir(dir), "else", "y.go")); got != "y.go" {
		t.Errorf("got %q for a file outside", got)
	}
}

// TestPruned: a statement that is not typed costs itself and what depends on it,
// and the syntax is whole again afterwards.
func TestPruned(t *testing.T) {
	dir := unpack(t, `-- go.mod --
module m

go 1.26
-- x.go --
package m

import "example.com/not/there"

func Good() int { return other() }

func other() int { return 1 }

func Mixed() int {
	x, err := there.Make()
	if err != nil {
		return 0
	}
	x.Use()
	for range 3 {
		there.Do()
		other()
	}
	f := func() {
		there.Do()
		other()
	}
	f()
	goto end
end:
	return other()
}

func Signature(t there.T) int { return other() }

var V = there.Make2()

var W = other()
`)
	p := load(t, dir, Options{})
	pkg := p.SSA[0]
	if pkg == nil {
		t.Fatal("no SSA form")
	}
	for name, want := range map[string]int{"Good": 1, "Mixed": 2, "Signature": 0} {
		calls := 0
		fn := pkg.Func(name)
		for _, b := range fn.Blocks {
			for _, in := range b.Instrs {
				if strings.Contains(in.String(), "other()") {
					calls++
				}
			}
		}
		if calls != want {
			t.Errorf("%s calls other %d times in SSA, want %d", name, calls, want)
		}
	}
	lines := map[int]bool{}
	for _, r := range p.Unbuilt {
		_, line, _ := p.Rel(r.From)
		lines[line] = true
	}
	for _, line := range []int{10, 11, 14, 16, 20, 29, 31} {
		if !lines[line] {
			t.Errorf("line %d is not marked as without SSA form: %v", line, lines)
		}
	}
	for _, d := range p.Packages[0].Syntax[0].Decls {
		if fd, ok := d.(*ast.FuncDecl); ok && fd.Name.Name == "Mixed" && len(fd.Body.List) != 8 {
			t.Errorf("Mixed has %d statements after loading, want all 8", len(fd.Body.List))
		}
	}
	if !p.HasSSA(p.Packages[0].Types.Scope().Lookup("Good").Pos()) {
		t.Error("Good has an SSA form")
	}
}

// TestLongFile: 20,000 lines in one file, one function of them.
func TestLongFile(t *testing.T) {
	var b strings.Builder
	b.WriteString("-- go.mod --\nmodule m\n\ngo 1.26\n-- x.go --\npackage m\n\nvar N int\n\nfunc F() {\n")
	for i := range 20000 {
		fmt.Fprintf(&b, "\tN += %d\n", i)
	}
	b.WriteString("}\n")
	p := load(t, unpack(t, b.String()), Options{})
	if p.Files[0].Lines != 20006 || len(p.Problems) > 0 || p.SSA[0].Func("F").Blocks == nil {
		t.Errorf("%+v, %d problems", p.Files[0], len(p.Problems))
	}
}

// countdown is a context that ends when it has been asked a number of times.
type countdown struct {
	context.Context
	left atomic.Int64
}

func (c *countdown) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// TestCancelAnywhere: wherever a load is when its context ends, it stops, and what
// was kept meanwhile is whole.
func TestCancelAnywhere(t *testing.T) {
	dir := unpack(t, neighbour)
	folder := t.TempDir()
	asked := func(left int64) int64 {
		ctx := &countdown{Context: t.Context()}
		ctx.left.Store(left)
		_, err := Load(ctx, Options{Dir: filepath.Join(dir, "m"), Env: offline(), Cache: cache.New(folder, cache.Options{})})
		used := left - ctx.left.Load()
		if used > left && !errors.Is(err, context.Canceled) {
			t.Errorf("ended at the %d. of its questions, the load gave %v", left, err)
		}
		if used <= left && err != nil {
			t.Errorf("%d: %v", left, err)
		}
		if over := used - left; over > 60 {
			t.Errorf("asked %d times more after the end, at %d", over, left)
		}
		return used
	}
	whole := asked(1 << 20)
	for left := int64(0); left < whole; left += 1 + whole/8 {
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
		asked(left)
	}
	var r reads
	if got := r.load(t, filepath.Join(dir, "m"), cache.New(folder, cache.Options{})); got != neighbourLoaded {
		t.Error(got)
	}
}
