package facts

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the want files of the fixtures")

// TestFixtures extracts the facts of each fixture and compares them with what its
// source says: a comment "// want KIND: TEXT" stands on the line of the fact, one
// a fact, several separated by " | ". The fixture's comment names the kinds that
// are compared; of these every fact must be wanted and every want found. Facts of
// other files than Go are in the file "want".
func TestFixtures(t *testing.T) {
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
			kinds, env := header(t, string(ar.Comment))
			p, f := extractFixture(t, ar, env)
			got, loose := render(p, f, kinds)
			want, wantLoose := wants(ar)
			if *update {
				updateLoose(t, file, ar, loose)
				wantLoose = loose
			}
			compare(t, got, want)
			if strings.Join(loose, "\n") != strings.Join(wantLoose, "\n") {
				t.Errorf("file want:\ngot:\n%s\nwant:\n%s", strings.Join(loose, "\n"), strings.Join(wantLoose, "\n"))
			}
		})
	}
}

// TestSameFacts: the number of processors changes nothing.
func TestSameFacts(t *testing.T) {
	ar, err := txtar.ParseFile("testdata/sql.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, n := range []int{1, 2, runtime.NumCPU()} {
		old := runtime.GOMAXPROCS(n)
		_, f := extractFixture(t, ar, nil)
		runtime.GOMAXPROCS(old)
		all = append(all, fmt.Sprintf("%+v", *f))
	}
	if all[0] != all[1] || all[1] != all[2] {
		t.Error("facts differ with GOMAXPROCS")
	}
}

// TestCancel: an ended context stops the work.
func TestCancel(t *testing.T) {
	ar := txtar.Parse([]byte("-- go.mod --\nmodule m\n\ngo 1.26\n-- x.go --\npackage m\n"))
	p, _ := extractFixture(t, ar, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Extract(ctx, p, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

// TestGuard: a defect in one step is listed and the others still run.
func TestGuard(t *testing.T) {
	ar := txtar.Parse([]byte("-- go.mod --\nmodule m\n\ngo 1.26\n-- x.go --\npackage m\n"))
	p, _ := extractFixture(t, ar, nil)
	e := newExtractor(t.Context(), p, Options{})
	e.guard("nothing", func() { panic("defect") })
	if len(e.out.Unresolved) != 1 || e.out.Unresolved[0].Code != "internal" {
		t.Errorf("got %+v", e.out.Unresolved)
	}
}
