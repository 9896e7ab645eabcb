package verify_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/generate"
	"github.com/ficus-dev/ficus/generate/verify"
)

const module = "example.com/books"

// books unpacks the fixture of package generate, with our own requirements.
func books(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	a, err := txtar.ParseFile("../testdata/books.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Files {
		write(t, dir, f.Name, f.Data)
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, name, regexp.MustCompile(`(?m)^module .*$`).ReplaceAll(data, []byte("module "+module)))
	}
	m := &model.Model{Version: model.Version, Module: model.Module{Path: module}}
	for _, p := range [][2]string{{"cmd/books", model.Root}, {"internal/app", model.Root}, {"internal/desk", "desk"}, {"internal/library", "library"}, {"internal/settings", model.Library}} {
		path := module + "/" + p[0]
		m.Packages = append(m.Packages, model.Package{Path: path, Name: filepath.Base(path), Dir: p[0]})
		m.Units = append(m.Units, model.Unit{ID: path, Package: path, Service: p[1]})
		if model.IsService(p[1]) {
			m.Services = append(m.Services, model.Service{Name: p[1], Units: []string{path}, Packages: []string{path}})
		}
	}
	if err := m.WriteFile(filepath.Join(dir, ".ficus", "model.json")); err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// tree is every file of a folder with its content.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		files[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestSameOnBothSides(t *testing.T) {
	dir := books(t)
	before := tree(t, dir)
	res, err := verify.Run(t.Context(), verify.Options{Options: generate.Options{Dir: dir, Service: "library"}, Retry: true})
	if err != nil {
		t.Fatal(err)
	}
	if !res.Same() || len(res.Modes) != 3 {
		t.Errorf("differences: %+v", res.Differences)
	}
	for _, m := range res.Modes {
		if m.Compared != (verify.Tally{Passed: 4}) {
			t.Errorf("%s: %+v", m.Name, m.Compared)
		}
	}
	if res.Modes[0].Tally != (verify.Tally{Passed: 5, Skipped: 1}) {
		t.Errorf("locally: %+v", res.Modes[0].Tally)
	}
	if !slices.Equal(res.Linked, []string{module + "/internal/desk"}) || !slices.Equal(res.Others, []string{module + "/internal/settings"}) {
		t.Errorf("linked %v, others %v", res.Linked, res.Others)
	}
	calls := map[string]int{}
	for _, c := range res.Calls {
		calls[c.Func] = c.N
	}
	// What desk_test.go calls: Get 1 + 1, and once in Lend; Add 2 by Stock + 2;
	// Tagged 1 + 2 by Lend (with a cancelled context nothing is sent); Words once in
	// Lend. First is called by no test.
	want := map[string]int{"library.Service.Get": 3, "library.Service.Add": 4, "library.Service.Tagged": 3, "library.Words": 1, "library.Service.First": 0}
	for name, n := range want {
		if calls[name] != n {
			t.Errorf("%s crossed %d times, want %d", name, calls[name], n)
		}
	}
	if got := res.NotExercised(); !slices.Equal(got, []string{"library.Service.First"}) {
		t.Errorf("not exercised: %v", got)
	}
	after := tree(t, dir)
	for name, data := range after {
		if before[name] != data {
			t.Errorf("%s changed", name)
		}
	}
	if len(before) != len(after) {
		t.Errorf("%d files before, %d after", len(before), len(after))
	}
}

// infidelity relies on something that no wire carries: the identity of a pointer.
const infidelity = `package desk

import (
	"log/slog"
	"testing"

	"example.com/books/internal/library"
)

func TestIdentity(t *testing.T) {
	l := library.New("a", slog.Default())
	if _, err := l.Add(t.Context(), "Emma"); err != nil {
		t.Fatal(err)
	}
	t.Run("same pointer", func(t *testing.T) {
		one, _ := l.Get(t.Context(), 1)
		two, _ := l.Get(t.Context(), 1)
		if one != two {
			t.Error("two different books")
		}
	})
	t.Run("same title", func(t *testing.T) {
		if b, err := l.Get(t.Context(), 1); err != nil || b.Title != "Emma" {
			t.Error(b, err)
		}
	})
}

func TestPanics(t *testing.T) {
	defer func() { recover() }()
	library.New("a", slog.Default()).Add(t.Context(), "panic")
	t.Error("no panic")
}
`

func TestDifferencesAreShown(t *testing.T) {
	dir := books(t)
	write(t, dir, "internal/desk/identity_test.go", []byte(infidelity))
	res, err := verify.Run(t.Context(), verify.Options{Options: generate.Options{Dir: dir, Service: "library"}, Packages: []string{"./internal/desk"}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range res.Differences {
		got = append(got, d.Test+" "+string(d.Before)+" "+string(d.After))
	}
	if want := []string{"TestIdentity/same_pointer pass fail", "TestPanics pass fail"}; !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	if res.Same() || !strings.Contains(res.Differences[0].Output, "two different books") {
		t.Errorf("output: %q", res.Differences[0].Output)
	}
	if res.Modes[0].Failed != 0 || res.Modes[1].Failed != 3 {
		t.Errorf("modes: %+v", res.Modes)
	}
}

func TestBrokenTestsAreTheirs(t *testing.T) {
	dir := books(t)
	write(t, dir, "internal/desk/broken_test.go", []byte("package desk\n\nvar x int = \"\"\n"))
	res, err := verify.Run(t.Context(), verify.Options{Options: generate.Options{Dir: dir, Service: "library"}})
	if err != nil {
		t.Fatal(err)
	}
	if broken := res.Modes[0].Broken; !slices.Equal(broken, []string{module + "/internal/desk"}) {
		t.Errorf("broken: %v", broken)
	}
	if !res.Same() || res.Crossed() != 0 {
		t.Errorf("a package that builds in neither way is no difference: %+v", res.Differences)
	}
	if !res.Unproved() {
		t.Errorf("nothing that links the boundary ran, of %v", res.Linked)
	}
}

func TestNoTests(t *testing.T) {
	dir := books(t)
	_, err := verify.Run(t.Context(), verify.Options{Options: generate.Options{Dir: dir, Service: "library"}, Packages: []string{"./internal/app"}})
	if err == nil || !strings.Contains(err.Error(), "no tests in ./internal/app") {
		t.Errorf("got %v", err)
	}
}
