package analyze

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

const truthFile = `{"repo": "x/y", "services": {"a": ["m/a", "m/a/sub"], "b": ["m/b"]}, "shared": ["m/k"]}`

func TestReadAssignment(t *testing.T) {
	m := &model.Model{Version: 1, Module: model.Module{Path: "m"},
		Units: []model.Unit{{ID: "m/a", Package: "m/a", Service: "one", Lines: 10},
			{ID: "m/b#one", Package: "m/b", Service: "one", Lines: 10}, {ID: "m/b#two", Package: "m/b", Service: "two", Lines: 30}},
		Atoms: []model.Atom{{ID: "m/b.X", File: "b/x.go", Service: "one", Lines: 9}, {ID: "m/b.Y", File: "b/y.go", Service: "two", Lines: 29, Elsewhere: []model.Extent{{File: "b/x.go", Lines: 5}, {File: "b/z.go", Lines: 15}}}}}
	var b strings.Builder
	if err := m.Write(&b); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, file, text string
		packages         map[string]string
		files            map[string]string
	}{
		{"truth", "truth.json", truthFile, map[string]string{"m/a": "a", "m/a/sub": "a", "m/b": "b"}, nil},
		{"model", "model.json", b.String(), map[string]string{"m/a": "one", "m/b": "two"}, map[string]string{"b/x.go": "one", "b/y.go": "two", "b/z.go": "two"}},
		{"plan", "ficus.yaml", "version: 1\nmodule: m\nservices:\n  a:\n    owns: [a, m/a/sub, a.X, table:t]\npins:\n  - library: [k]\n",
			map[string]string{"m/a": "a", "m/a/sub": "a", "m/k": model.Library}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := ReadAssignment(write(t, tt.file, tt.text))
			if err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(a.Packages, tt.packages) {
				t.Errorf("packages %v, want %v", a.Packages, tt.packages)
			}
			if len(tt.files) > 0 && !maps.Equal(a.Files, tt.files) {
				t.Errorf("files %v, want %v", a.Files, tt.files)
			}
		})
	}
}

func TestReadAssignmentRefuses(t *testing.T) {
	tests := []struct{ name, file, text, want string }{
		{"no JSON", "x.json", "hello", "line 1"},
		{"neither", "x.json", "{}", "no model file"},
		{"empty truth", "x.json", `{"services": {}}`, "assigns no package"},
		{"broken truth", "x.json", `{"services": {"a": 3}}`, "read truth"},
		{"broken plan", "ficus.yaml", "version: 1\nservces: {}\n", "ficus.yaml:2:1"},
		{"plan without decisions", "ficus.yaml", "version: 1\n", "assigns no package"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadAssignment(write(t, tt.file, tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want it to say %q", err, tt.want)
			}
		})
	}
	if _, err := ReadAssignment(filepath.Join(t.TempDir(), "none.json")); err == nil || !strings.Contains(err.Error(), "no file") {
		t.Errorf("got %v", err)
	}
}

func TestCompare(t *testing.T) {
	a := &Assignment{Source: "A", Packages: map[string]string{"m/a": "x", "m/a/sub": "x", "m/b": "y", "m/other": "y"}}
	b := &Assignment{Source: "B", Packages: map[string]string{"m/a": "1", "m/a/sub": "1", "m/b": "2"}}
	got, err := Compare(a, b)
	if err != nil {
		t.Fatal(err)
	}
	if got.MoJoFM != 100 || got.ARI != 1 || got.F1 != 1 || got.Common != 3 || got.OnlyA != 1 || got.OnlyB != 0 || got.Over != "packages" {
		t.Errorf("got %+v", got)
	}
	if _, err := Compare(a, &Assignment{Source: "C", Packages: map[string]string{"other/x": "1"}}); err == nil || !strings.Contains(err.Error(), "no package in common") {
		t.Errorf("got %v", err)
	}
}

// A truth by file decides even where every package has a main owner.
func TestCompareOverFiles(t *testing.T) {
	a := &Assignment{Packages: map[string]string{"m/h": "x"}, Files: map[string]string{"h/a.go": "x", "h/b.go": "y", "h/c.go": "y"}}
	b, err := ReadAssignment(write(t, "truth.json", `{"services": {}, "services_files": {"1": ["h/a.go"], "2": ["h/b.go", "h/c.go"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := Compare(a, b)
	if err != nil {
		t.Fatal(err)
	}
	if got.Over != "files" || got.Common != 3 || got.MoJoFM != 100 {
		t.Errorf("got %+v", got)
	}
}

func FuzzReadAssignment(f *testing.F) {
	f.Add("x.json", truthFile)
	f.Add("x.json", `{"version": 1, "services": []}`)
	f.Add("x.yaml", "version: 1\npins:\n  - library: [a]\n")
	f.Fuzz(func(t *testing.T, name, text string) {
		path := filepath.Join(t.TempDir(), "x"+filepath.Ext(filepath.Base(name)))
		if strings.ContainsAny(path, "\x00\\") || os.WriteFile(path, []byte(text), 0o644) != nil {
			t.Skip()
		}
		a, err := ReadAssignment(path)
		if err == nil && len(a.Packages)+len(a.Files) == 0 {
			t.Error("an empty assignment without an error")
		}
	})
}
