package generate

import (
	"bytes"
	"go/version"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// TestVersionsAreOurs holds the versions that generated code gets against go.mod:
// those are the ones that ficus is tested with.
func TestVersionsAreOurs(t *testing.T) {
	data, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	f, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		t.Fatal(err)
	}
	ours := map[string]string{}
	for _, r := range f.Require {
		ours[r.Mod.Path] = r.Mod.Version
	}
	for _, m := range append(slices.Clone(rpcModules), commandModules...) {
		if ours[m.Path] != m.Version {
			t.Errorf("%s: generated code gets %s, go.mod has %q", m.Path, m.Version, ours[m.Path])
		}
	}
}

func TestMissingModules(t *testing.T) {
	for _, tc := range []struct{ name, require, want string }{
		{"none", "", "google.golang.org/grpc@v1.85.0 google.golang.org/protobuf@v1.36.12"},
		{"older", "require google.golang.org/grpc v1.60.0", "google.golang.org/grpc@v1.85.0 google.golang.org/protobuf@v1.36.12"},
		{"newer", "require google.golang.org/grpc v1.99.0\nrequire google.golang.org/protobuf v1.36.12", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := missingModules([]byte("module m\n\ngo 1.26\n\n"+tc.require+"\n"), rpcModules)
			if err != nil || strings.Join(got, " ") != tc.want {
				t.Errorf("got %v, %v; want %s", got, err, tc.want)
			}
		})
	}
	if _, err := missingModules([]byte("modul m"), rpcModules); err == nil {
		t.Error("a broken go.mod gave no error")
	}
}

func TestAddedModules(t *testing.T) {
	old := []byte("module m\n\nrequire a.com/a v1.0.0\n")
	now := []byte("module m\n\nrequire (\n\ta.com/a v1.1.0\n\tb.com/b v1.0.0\n\tc.com/c v1.0.0 // indirect\n)\n")
	got := addedModules(old, now)
	if len(got) != 1 || got[0] != "go.mod gets a.com/a@v1.1.0 (was v1.0.0), b.com/b@v1.0.0, and 1 that these need" {
		t.Errorf("got %q", got)
	}
	if got := addedModules(old, old); got != nil {
		t.Errorf("nothing added, got %q", got)
	}
	for _, tc := range []struct{ was, want string }{
		{"go 1.26.0\n", ""},
		{"go 1.25\n", "go.mod says go 1.26.0 (was 1.25), which those modules need"},
		{"go 1.17\n", "go.mod says go 1.26.0 (was 1.17), which those modules need; from 1.22 on, each turn of a loop has variables of its own: raise it and run your tests before you merge the service"},
		{"", "go.mod says go 1.26.0 (was 1.16), which those modules need; from 1.22 on, each turn of a loop has variables of its own: raise it and run your tests before you merge the service"},
	} {
		if got := strings.Join(addedModules([]byte("module m\n\n"+tc.was), []byte("module m\n\ngo 1.26.0\n")), "; "); got != tc.want {
			t.Errorf("was %q: got %q", tc.was, got)
		}
	}
}

// What generated code needs raises the language of an old module: the result is checked,
// and its image built, with that.
func TestLayerRaisesLanguage(t *testing.T) {
	dir := t.TempDir()
	mod := []byte("module example.com/old\n\ngo 1.17\n")
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), mod, 0o644); err != nil {
		t.Fatal(err)
	}
	l, err := NewLayer(t.Context(), dir, nil, rpcModules, append(os.Environ(), "GOFLAGS=-mod=mod"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}()
	c, err := l.changed()
	if err != nil || version.Compare("go"+c.imageVersion(), "go1.22") < 0 {
		t.Errorf("the layer is of go %s, %v", c.goVersion, err)
	}
	if now, err := os.ReadFile(filepath.Join(dir, "go.mod")); err != nil || !bytes.Equal(now, mod) {
		t.Errorf("the module's own go.mod became\n%s%v", now, err)
	}
}

func TestDiff(t *testing.T) {
	for _, tc := range []struct {
		name string
		c    Change
		want []string
	}{
		{"create", Change{Path: "a.go", Action: Create, New: []byte("x\n")}, []string{"--- /dev/null", "+++ b/a.go", "+x"}},
		{"delete", Change{Path: "a.go", Action: Delete, Old: []byte("x\n")}, []string{"--- a/a.go", "+++ /dev/null", "-x"}},
		{"update", Change{Path: "a.go", Action: Update, Old: []byte("x\n"), New: []byte("y\n")}, []string{"--- a/a.go", "-x", "+y"}},
		{"keep", Change{Path: "a.go", Action: Keep, Old: []byte("x\n"), New: []byte("x\n")}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := tc.c.Diff()
			if tc.want == nil && got != "" {
				t.Errorf("got %q", got)
			}
			for _, line := range tc.want {
				if !strings.Contains(got, line+"\n") {
					t.Errorf("no %q in\n%s", line, got)
				}
			}
		})
	}
}
