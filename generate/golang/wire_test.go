package golang_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/source"
	"github.com/ficus-dev/ficus/generate/contract"
	"github.com/ficus-dev/ficus/generate/golang"
	"github.com/ficus-dev/ficus/generate/schema"
)

var keepWire = flag.String("keep-wire", "", "folder to leave the generated test module in")

// wireModule unpacks testdata/wire.txtar with our own requirements.
func wireModule(t *testing.T, dir string) string {
	t.Helper()
	a, err := txtar.ParseFile("testdata/wire.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Files {
		writeFile(t, dir, f.Name, f.Data)
	}
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	sum, err := os.ReadFile("../../go.sum")
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, dir, "go.mod", regexp.MustCompile(`(?m)^module .*$`).ReplaceAll(mod, []byte("module example.com/rt")))
	writeFile(t, dir, "go.sum", sum)
	return dir
}

func writeFile(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// modelOf reads services.txt: a package and its service on each line.
func modelOf(t *testing.T, dir, module string) *model.Model {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "services.txt"))
	if err != nil {
		t.Fatal(err)
	}
	m := &model.Model{Module: model.Module{Path: module}}
	for line := range strings.Lines(string(data)) {
		pkg, service, _ := strings.Cut(strings.TrimSpace(line), " ")
		m.Units = append(m.Units, model.Unit{ID: pkg, Package: pkg, Service: service})
		if !strings.HasPrefix(service, "@") {
			m.Services = append(m.Services, model.Service{Name: service, Packages: []string{pkg}})
		}
	}
	return m
}

func buildContract(t *testing.T, dir, service string) *contract.Contract {
	t.Helper()
	prog, err := source.Load(context.Background(), source.Options{Dir: dir, Patterns: []string{"./internal/...", "./cmd/..."}})
	if err != nil {
		t.Fatal(err)
	}
	c, refusals, err := contract.Build(context.Background(), prog, modelOf(t, dir, prog.Module.Path), nil, service, contract.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range refusals {
		t.Error(r)
	}
	if t.Failed() {
		t.FailNow()
	}
	return c
}

// wireFiles are all that the wire needs; two runs must agree.
func wireFiles(t *testing.T, c *contract.Contract) []golang.File {
	t.Helper()
	files, err := schema.Files(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []golang.WireOptions{
		{Path: golang.ServiceDir(c) + "/wire/wire_gen.go", Import: golang.WireImport(c), Package: "wire"},
		{Path: "internal/rt/overlay_gen.go", Import: "example.com/rt/internal/rt", Package: "rt", Prefix: "ficus", Only: "example.com/rt/internal/rt"},
	} {
		f, err := golang.Wire(c, o)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// The generated module holds tests of its own: it must build, be vetted clean, and
// pass them. Then its code drifts from what was generated, and must not build.
func TestWireModule(t *testing.T) {
	dir := *keepWire
	if dir == "" {
		dir = t.TempDir()
	}
	wireModule(t, dir)
	files := wireFiles(t, buildContract(t, dir, "rt"))
	for i, f := range wireFiles(t, buildContract(t, dir, "rt")) {
		if !bytes.Equal(f.Data, files[i].Data) {
			t.Errorf("%s: two runs differ", f.Path)
		}
	}
	for _, f := range append(routesOnly(t, dir), files...) {
		writeFile(t, dir, f.Path, f.Data)
	}
	run(t, dir, "go", "vet", "./...")
	run(t, dir, "go", "test", "./...")
	t.Run("drift", func(t *testing.T) { testDrift(t, dir, files) })
}

// routesOnly generates for a service of which no function crosses: its code must
// compile as well.
func routesOnly(t *testing.T, dir string) []golang.File {
	t.Helper()
	c := buildContract(t, dir, "front")
	files, err := schema.Files(c)
	if err != nil {
		t.Fatal(err)
	}
	wire, err := golang.Wire(c, golang.WireOptions{Path: golang.ServiceDir(c) + "/wire/wire_gen.go", Import: golang.WireImport(c), Package: "wire"})
	if err != nil {
		t.Fatal(err)
	}
	return append(files, wire)
}

func testDrift(t *testing.T, dir string, files []golang.File) {
	overlay := files[len(files)-1].Path
	if err := os.Remove(filepath.Join(dir, filepath.FromSlash(overlay))); err != nil {
		t.Fatal(err)
	}
	for _, drift := range []struct{ file, old, new, want string }{
		{"internal/rt/types.go", "type Point struct{ X, Y int32 }", "type Point struct{ X, Y, Z int32 }", "Point"},
		{"internal/rt/service.go", "list []int) (int, error) { return len(list), nil }", "list []int) (int64, error) { return 0, nil }", "rt.Total"},
	} {
		path := filepath.Join(dir, filepath.FromSlash(drift.file))
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		after := strings.Replace(string(before), drift.old, drift.new, 1)
		if after == string(before) {
			t.Fatalf("%s has no %q", drift.file, drift.old)
		}
		writeFile(t, dir, drift.file, []byte(after))
		out, err := command(dir, "go", "build", "./services/...").CombinedOutput()
		if err == nil || !strings.Contains(string(out), drift.want) || !strings.Contains(string(out), "wire_gen.go") {
			t.Errorf("%s: drift went unnoticed: %v\n%s", drift.file, err, out)
		}
		writeFile(t, dir, drift.file, before)
	}
}

func command(dir, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")
	return cmd
}

func run(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	if out, err := command(dir, name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}
