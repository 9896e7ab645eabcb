package facts

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/ficus-dev/ficus/analyze/source"
)

// header reads "kinds: a b c" and "env: K=V" from a fixture's comment.
func header(t *testing.T, comment string) (kinds map[string]bool, env []string) {
	kinds = map[string]bool{}
	for _, line := range strings.Split(comment, "\n") {
		if rest, ok := strings.CutPrefix(line, "kinds:"); ok {
			for _, k := range strings.Fields(rest) {
				kinds[k] = true
			}
		}
		if rest, ok := strings.CutPrefix(line, "env:"); ok {
			env = append(env, strings.Fields(rest)...)
		}
	}
	if len(kinds) == 0 {
		t.Fatal("the fixture names no kinds")
	}
	return kinds, env
}

// extractFixture writes a fixture to a folder and extracts its facts. A fixture
// without go.mod gets that of testdata/libraries, and with it the libraries as they
// are published: it must be free of errors against them. Where they cannot be had the
// test is skipped, but not with FICUS_REQUIRE_ALL.
func extractFixture(t *testing.T, ar *txtar.Archive, env []string) (*source.Program, *Facts) {
	t.Helper()
	dir, published := t.TempDir(), true
	for _, f := range ar.Files {
		published = published && f.Name != "go.mod"
		write(t, filepath.Join(dir, filepath.FromSlash(f.Name)), f.Data)
	}
	if published {
		for _, name := range []string{"go.mod", "go.sum"} {
			data, err := os.ReadFile(filepath.Join("testdata", "libraries", name))
			if err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, name), data)
		}
	}
	env = append(append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off"), env...)
	p, err := source.Load(t.Context(), source.Options{Dir: dir, Env: env, SkipBodies: true})
	if err != nil {
		t.Fatal(err)
	}
	if published {
		fits(t, p)
	}
	f, err := Extract(t.Context(), p, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if bad := dangling(f); len(bad) > 0 {
		t.Error("facts of what is not declared:", bad)
	}
	return p, f
}

// fits holds a fixture to the libraries that it is written for.
func fits(t *testing.T, p *source.Program) {
	t.Helper()
	for _, pr := range p.Problems {
		switch pr.Code {
		case "dependency":
			if os.Getenv("FICUS_REQUIRE_ALL") == "" {
				t.Skipf("a library cannot be had: %s", pr.Message)
			}
			fallthrough
		case "load", "parse", "type":
			t.Errorf("%s:%d: %s", pr.File, pr.Line, pr.Message)
		}
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}

// place is a line of a fixture.
type place struct {
	file string
	line int
}

var wantRE = regexp.MustCompile(`// want (.*)$`)

func wants(ar *txtar.Archive) (map[place][]string, []string) {
	out := map[place][]string{}
	var loose []string
	for _, f := range ar.Files {
		if f.Name == "want" {
			loose = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
			if loose[0] == "" {
				loose = nil
			}
			continue
		}
		for i, line := range strings.Split(string(f.Data), "\n") {
			if m := wantRE.FindStringSubmatch(line); m != nil {
				at := place{f.Name, i + 1}
				for _, w := range strings.Split(m[1], " | ") {
					out[at] = append(out[at], strings.TrimSpace(w))
				}
			}
		}
	}
	return out, loose
}

func compare(t *testing.T, got, want map[place][]string) {
	t.Helper()
	at := map[place]bool{}
	for p := range got {
		at[p] = true
	}
	for p := range want {
		at[p] = true
	}
	places := slices.SortedFunc(maps.Keys(at), func(a, b place) int {
		if a.file != b.file {
			return strings.Compare(a.file, b.file)
		}
		return a.line - b.line
	})
	for _, p := range places {
		g, w := slices.Sorted(slices.Values(got[p])), slices.Sorted(slices.Values(want[p]))
		if !slices.Equal(g, w) {
			t.Errorf("%s:%d\n got  %s\n want %s", p.file, p.line, strings.Join(g, " | "), strings.Join(w, " | "))
		}
	}
}

func updateLoose(t *testing.T, file string, ar *txtar.Archive, loose []string) {
	t.Helper()
	data := []byte(strings.Join(loose, "\n") + "\n")
	found := false
	for i := range ar.Files {
		if ar.Files[i].Name == "want" {
			ar.Files[i].Data, found = data, true
		}
	}
	if !found && len(loose) > 0 {
		ar.Files = append(ar.Files, txtar.File{Name: "want", Data: data})
	}
	if err := os.WriteFile(file, txtar.Format(ar), 0o666); err != nil {
		t.Fatal(err)
	}
}
