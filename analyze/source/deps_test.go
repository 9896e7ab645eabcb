package source

import (
	"context"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/ficus-dev/ficus/analyze/cache"
)

// neighbour is a module and one beside it that it depends on: the second is not in
// the module cache, so its content counts.
const neighbour = `
-- m/go.mod --
module example.com/m

go 1.26

require example.com/dep v0.0.0

replace example.com/dep => ../dep
-- m/m.go --
package m

import "example.com/dep"

func F() int { return dep.F() + new(dep.T).Len() }
-- dep/go.mod --
module example.com/dep

go 1.26
-- dep/dep.go --
package dep

import (
	"go/printer"
	"strings"
)

type T struct{ strings.Builder }

func F() int { return printer.UseSpaces + "wrong" }
`

// reads tells what a load was doing.
type reads struct{ steps []string }

func (r *reads) fromSource() bool {
	return strings.Contains(strings.Join(r.steps, "\n"), "reading from source")
}

func (r *reads) load(t *testing.T, dir string, c *cache.Cache) string {
	t.Helper()
	r.steps = nil
	return summary(load(t, dir, Options{Cache: c, Progress: func(s string) { r.steps = append(r.steps, s) }}))
}

const neighbourLoaded = `module example.com/m go 1.26
package example.com/m ssa
file m.go 5 generated=false test=false
`

// TestDependenciesAreKept: the types of dependencies are read from source once;
// errors in their bodies concern nobody.
func TestDependenciesAreKept(t *testing.T) {
	dir := filepath.Join(unpack(t, neighbour), "m")
	c := cache.New(t.TempDir(), cache.Options{})
	var r reads
	for i, fresh := range []bool{true, false, false} {
		if got := r.load(t, dir, c); got != neighbourLoaded {
			t.Fatalf("load %d: %s", i, got)
		}
		if r.fromSource() != fresh {
			t.Errorf("load %d: steps %q", i, r.steps)
		}
	}
}

// TestChangedDependencyIsReadAgain: by content, without a version or a time.
func TestChangedDependencyIsReadAgain(t *testing.T) {
	dir := filepath.Join(unpack(t, neighbour), "m")
	c := cache.New(t.TempDir(), cache.Options{})
	var r reads
	r.load(t, dir, c)
	file := filepath.Join(dir, "..", "dep", "dep.go")
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	src, _ := os.ReadFile(file)
	if err := os.WriteFile(file, []byte(strings.Replace(string(src), "F()", "G()", 1)), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(file, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if got := r.load(t, dir, c); !strings.Contains(got, "undefined: dep.F") || !r.fromSource() {
		t.Errorf("the dependency has lost F, the load does not see it:\n%s", got)
	}
}

// TestDamagedRecordsAreIgnored: also such as have the right checksum.
func TestDamagedRecordsAreIgnored(t *testing.T) {
	dir := filepath.Join(unpack(t, neighbour), "m")
	for name, damage := range map[string]func([]byte) []byte{
		"cut short": func(b []byte) []byte { return b[:len(b)/2] },
		"empty":     func(b []byte) []byte { return nil },
		"altered":   func(b []byte) []byte { b[len(b)-1]++; return b },
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			var r reads
			r.load(t, dir, cache.New(folder, cache.Options{}))
			eachFile(t, folder, damage)
			if got := r.load(t, dir, cache.New(folder, cache.Options{})); got != neighbourLoaded || !r.fromSource() {
				t.Errorf("%q: %s", r.steps, got)
			}
		})
	}
	t.Run("nonsense", func(t *testing.T) {
		folder := t.TempDir()
		c := cache.New(folder, cache.Options{})
		l, direct, env := listed(t, dir)
		ks := &keys{env: env, known: map[*packages.Package]cache.Key{}}
		for _, pkg := range direct {
			c.Put(ks.of(pkg), []byte("\x00iXYZ no types at all"))
		}
		deps := l.dependencies(direct, env)
		if deps.packages["example.com/dep"].Scope().Lookup("F") == nil {
			t.Error("no types")
		}
		var r reads
		if got := r.load(t, dir, c); got != neighbourLoaded || !r.fromSource() {
			t.Errorf("%q: %s", r.steps, got)
		}
	})
}

func eachFile(t *testing.T, dir string, change func([]byte) []byte) {
	t.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		n++
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(path, change(data), 0o666)
	})
	if err != nil || n == 0 {
		t.Fatal(n, "records", err)
	}
}

// listed is a loader that has run go list.
func listed(t *testing.T, dir string) (*loader, []*packages.Package, toolchain) {
	t.Helper()
	opt := Options{Dir: dir, Env: offline()}
	r, err := locate(opt)
	if err != nil {
		t.Fatal(err)
	}
	l := &loader{ctx: t.Context(), opt: opt, root: r, fset: token.NewFileSet()}
	pkgs, err := l.list()
	if err != nil {
		t.Fatal(err)
	}
	_, direct := split(pkgs)
	return l, direct, l.toolchain()
}

// TestCacheThatKeepsNothing: a folder that cannot be made changes no result.
func TestCacheThatKeepsNothing(t *testing.T) {
	dir := filepath.Join(unpack(t, neighbour), "m")
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	var r reads
	if got := r.load(t, dir, cache.New(filepath.Join(file, "below"), cache.Options{})); got != neighbourLoaded {
		t.Error(got)
	}
}

// TestLoadsAtOnce share a cache.
func TestLoadsAtOnce(t *testing.T) {
	dir := filepath.Join(unpack(t, neighbour), "m")
	c := cache.New(t.TempDir(), cache.Options{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			p, err := Load(t.Context(), Options{Dir: dir, Env: offline(), Cache: c})
			if err != nil {
				t.Error(err)
				return
			}
			if got := summary(p); got != neighbourLoaded {
				t.Error(got)
			}
		})
	}
	wg.Wait()
}

// TestOnlyWhatDeclarationsNeed: go/printer is used in a body, and not read.
func TestOnlyWhatDeclarationsNeed(t *testing.T) {
	_, direct, env := listed(t, filepath.Join(unpack(t, neighbour), "m"))
	o := &outer{ctx: t.Context(), fset: token.NewFileSet(), sizes: env.sizes(), goVer: env.language(), progress: func(string) {}}
	o.check(direct)
	read := map[string]*types.Package{}
	for pkg, p := range o.pkgs {
		read[pkg.PkgPath] = p.types
	}
	if read["strings"] == nil || read["example.com/dep"] == nil || read["go/printer"] != nil {
		t.Errorf("read %v", read)
	}
	if o.doubtful(direct[0]) {
		t.Error("what is wrong in a body makes no declaration doubtful")
	}
}

// TestInOrder: after all that is needed, each once; nothing new once ctx has ended.
func TestInOrder(t *testing.T) {
	needs := func(n int) (list []int) {
		for d := 2; d < n; d++ {
			if n%d == 0 {
				list = append(list, d)
			}
		}
		return append(list, n, 1000) // itself and what is no item are not waited for
	}
	var items []int
	for n := 200; n > 1; n-- {
		items = append(items, n)
	}
	var mu sync.Mutex
	done := map[int]int{}
	inOrder(t.Context(), items, needs, func(n int) {
		mu.Lock()
		defer mu.Unlock()
		for _, need := range needs(n) {
			if need < n && done[need] != 1 {
				t.Errorf("%d before %d", n, need)
			}
		}
		done[n]++
	})
	if len(done) != len(items) {
		t.Errorf("%d of %d", len(done), len(items))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	inOrder(ctx, items, needs, func(int) { t.Error("begun after the end") })
	each(ctx, items, func(int) { t.Error("begun after the end") })
	inOrder(t.Context(), nil, needs, func(int) { t.Error("no items") })
}
