package golang_test

import (
	"flag"
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/source"
	"github.com/ficus-dev/ficus/generate/contract"
	"github.com/ficus-dev/ficus/generate/golang"
)

var updateWiring = flag.Bool("update", false, "rewrite the expectations in testdata/wiring")

// TestWiring derives the wiring of internal/x.Service in every module of
// testdata/wiring. Lines marked "// route" register a route of the service; the
// archive's file want holds the wiring, or the refusals; wire the plan's keys.
func TestWiring(t *testing.T) {
	files, err := filepath.Glob("testdata/wiring/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no test data", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := wiringOf(t, a)
			if *updateWiring {
				setFile(a, "want", got)
				if err := os.WriteFile(file, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := fileOf(a, "want"); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func wiringOf(t *testing.T, a *txtar.Archive) string {
	t.Helper()
	dir := t.TempDir()
	var routes []model.Route
	wire := map[string]string{}
	for _, f := range a.Files {
		switch {
		case f.Name == "wire":
			for line := range strings.Lines(string(f.Data)) {
				key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
				wire[key] = value
			}
		case f.Name != "want":
			writeFile(t, dir, f.Name, f.Data)
			routes = append(routes, routesIn(f)...)
		}
	}
	writeFile(t, dir, "go.mod", []byte("module example.com/m\n\ngo 1.26\n"))
	prog, err := source.Load(t.Context(), source.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range prog.Problems {
		t.Fatalf("fixture: %+v", p)
	}
	pkg := prog.Package("example.com/m/internal/x")
	c := &contract.Contract{
		Service: "x", Module: "example.com/m", Command: "cmd/x", PBImport: "example.com/m/services/x/xpb", PBName: "xpb",
		Receivers: []*contract.Receiver{{
			Package: pkg.Types, Type: pkg.Types.Scope().Lookup("Service").Type().(*types.Named), Pointer: true, ProtoService: "XService",
		}},
	}
	w, err := golang.Wiring(c, prog, golang.WiringOptions{Routes: routes, Packages: []string{pkg.PkgPath, pkg.PkgPath + "/formats"}, Wire: wire})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, r := range w.Refusals {
		b.WriteString(r.String())
	}
	for _, n := range w.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	for line := range strings.Lines(string(w.File.Data)) {
		if path, ok := strings.CutPrefix(strings.TrimSpace(line), "_ "); ok {
			fmt.Fprintf(&b, "import _ %s\n", path)
		}
	}
	_, body, _ := strings.Cut(string(w.File.Data), "// buildService")
	if body != "" {
		fmt.Fprintf(&b, "// buildService%s", body)
	}
	return b.String()
}

func routesIn(f txtar.File) []model.Route {
	var list []model.Route
	n := 0
	for line := range strings.Lines(string(f.Data)) {
		n++
		if strings.Contains(line, "// route") {
			list = append(list, model.Route{Method: "GET", Pattern: fmt.Sprintf("/r%d", n), Registered: model.Evidence{File: f.Name, Line: n}})
		}
	}
	return list
}

func fileOf(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func setFile(a *txtar.Archive, name, data string) {
	for i := range a.Files {
		if a.Files[i].Name == name {
			a.Files[i].Data = []byte(data)
			return
		}
	}
	a.Files = append(a.Files, txtar.File{Name: name, Data: []byte(data)})
}
