package evidence

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

var covered = map[string]string{
	"go.mod": "module example.com/c\n\ngo 1.26\n",
	"main.go": `package main

import (
	"os"

	"example.com/c/shop"
)

func main() {
	var s shop.Store[int]
	if os.Args[1] == "buy" {
		s.Put(1)
	} else {
		shop.Browse()
	}
}
`,
	"shop/shop.go": `package shop

type Store[T any] struct{ list []T }

func (s *Store[T]) Put(x T) { s.list = append(s.list, x) }

func (s *Store[T]) Drop() { s.list = nil }

func Browse() int {
	f := func() int { return 1 }
	return f()
}
`,
}

// A program is built with counters and run once for each use case.
func TestCoverageOfUseCases(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	dir := t.TempDir()
	for name, text := range covered {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	exe := filepath.Join(t.TempDir(), "c")
	if runtime.GOOS == "windows" {
		exe += ".exe"
	}
	build := exec.Command("go", "build", "-cover", "-o", exe, ".")
	build.Dir, build.Env = dir, append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var cases []UseCaseDir
	for _, name := range []string{"browse", "buy"} {
		counters := t.TempDir()
		run := exec.Command(exe, name)
		run.Env = append(os.Environ(), "GOCOVERDIR="+counters)
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		cases = append(cases, UseCaseDir{name, counters})
	}
	decl := func(id, file string, kind model.AtomKind, methods ...string) facts.Decl {
		i := strings.LastIndexByte(id, '.')
		return facts.Decl{Atom: model.Atom{ID: id, Kind: kind, Package: id[:i], Name: id[i+1:], File: file, Methods: methods}}
	}
	f := &facts.Facts{Decls: []facts.Decl{decl("example.com/c.main", "main.go", model.KindFunc),
		decl("example.com/c/shop.Store", "shop/shop.go", model.KindType, "Drop", "Put"), decl("example.com/c/shop.Browse", "shop/shop.go", model.KindFunc)}}
	slices.Reverse(cases)
	r := read(t, Options{Dir: dir, Coverage: cases}, f)
	want := []facts.UseCase{
		{Name: "browse", Funcs: []facts.Ref{ref("example.com/c.main"), ref("example.com/c/shop.Browse")}},
		{Name: "buy", Funcs: []facts.Ref{ref("example.com/c.main"), ref("example.com/c/shop.Store", "Put")}},
	}
	if len(r.Measured.UseCases) != 2 || !slices.EqualFunc(r.Measured.UseCases, want, func(a, b facts.UseCase) bool { return a.Name == b.Name && slices.Equal(a.Funcs, b.Funcs) }) {
		t.Errorf("got  %+v\nwant %+v", r.Measured.UseCases, want)
	}
	if len(r.Problems) != 0 || len(r.Sources) != 2 || r.Sources[0].Matched != 1 {
		t.Errorf("sources %+v, problems %+v", r.Sources, r.Problems)
	}
	if other := read(t, Options{Dir: dir, Coverage: cases}, module()); len(other.Problems) != 2 || len(other.Measured.UseCases) != 0 {
		t.Errorf("of another module: %+v", other)
	}
}

func TestFolderWithoutCounters(t *testing.T) {
	r, err := Read(t.Context(), Options{Dir: t.TempDir(), Coverage: []UseCaseDir{{"buy", t.TempDir()}}}, module())
	if err != nil {
		return // what this go says of a folder without counters
	}
	if len(r.Problems) != 1 || !strings.Contains(r.Problems[0].Message, "buy is empty") {
		t.Errorf("got %+v", r)
	}
}
