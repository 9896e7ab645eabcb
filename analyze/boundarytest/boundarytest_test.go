package boundarytest_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/ficus-dev/ficus/analyze"
	"github.com/ficus-dev/ficus/analyze/boundarytest"
	"github.com/ficus-dev/ficus/analyze/check"
	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
)

// recorder is a testing.TB that keeps what a test would say.
type recorder struct {
	testing.TB
	said  []string
	ended bool
}

func (r *recorder) Helper()                  {}
func (r *recorder) Context() context.Context { return r.TB.Context() }
func (r *recorder) Error(args ...any)        { r.said = append(r.said, fmt.Sprint(args...)) }
func (r *recorder) Fatalf(format string, args ...any) {
	r.said, r.ended = append(r.said, fmt.Sprintf(format, args...)), true
	panic(r)
}

// checked runs Check as a test of the module in dir would.
func checked(t *testing.T, dir string, now time.Time) (r *recorder) {
	t.Helper()
	r = &recorder{TB: t}
	defer func() {
		if p := recover(); p != nil && p != any(r) {
			panic(p)
		}
	}()
	boundarytest.Check(r, boundarytest.Options{Dir: dir, Now: now})
	return r
}

// TestCheck: nothing is said of what was accepted, and a new crossing is an error at
// its line.
func TestCheck(t *testing.T) {
	dir := module(t)
	if r := checked(t, dir, time.Time{}); !r.ended || !strings.Contains(r.said[0], "model.json") {
		t.Errorf("without a model: %q", r.said)
	}
	m := analyzed(t, dir)
	if r := checked(t, dir, time.Time{}); !r.ended || !strings.Contains(r.said[0], "ficus check --accept all") {
		t.Errorf("without a list: %q", r.said)
	}
	write(t, dir, check.FileName, string(check.Of(m).Bytes()))
	if r := checked(t, dir, time.Time{}); len(r.said) > 0 {
		t.Errorf("what was accepted: %q", r.said)
	}
	write(t, dir, "orders/more.go", "package orders\n\nimport \"example.com/two/billing\"\n\nfunc Remind() error { return billing.Remind(1) }\n")
	r := checked(t, dir, time.Time{})
	if r.ended || len(r.said) != 1 || !strings.HasPrefix(r.said[0], "orders/more.go:5:") || !strings.Contains(r.said[0], "new crossing") || !strings.Contains(r.said[0], "FICUS2") {
		t.Errorf("a new crossing: %q", r.said)
	}
	write(t, dir, "orders/more.go", "package orders\n\nfunc Remind() error { return undefined }\n")
	if r := checked(t, dir, time.Time{}); !r.ended || !strings.Contains(r.said[0], "orders/more.go:3") {
		t.Errorf("broken code: %q", r.said)
	}
}

// TestCheckExpired: the day is Options.Now's.
func TestCheckExpired(t *testing.T) {
	dir := module(t)
	list := check.Of(analyzed(t, dir))
	for service, entries := range list.Services {
		for i := range entries {
			list.Services[service][i].Until = "2027-01-31"
		}
	}
	write(t, dir, check.FileName, string(list.Bytes()))
	if r := checked(t, dir, time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC)); len(r.said) > 0 {
		t.Errorf("on the last day: %q", r.said)
	}
	r := checked(t, dir, time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC))
	if len(r.said) == 0 || slices.ContainsFunc(r.said, func(s string) bool { return !strings.Contains(s, "2027-01-31") }) {
		t.Errorf("the day after: %q", r.said)
	}
}

// module unpacks a module of two services.
func module(t *testing.T) string {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", "two.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range archive.Files {
		write(t, dir, f.Name, string(f.Data))
	}
	return dir
}

// analyzed writes the model of the module.
func analyzed(t *testing.T, dir string) *model.Model {
	t.Helper()
	p, err := plan.Load(filepath.Join(dir, plan.FileName))
	if err != nil {
		t.Fatal(err)
	}
	m, err := analyze.Run(t.Context(), analyze.Options{Dir: dir, Plan: p})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.WriteFile(filepath.Join(dir, ".ficus", "model.json")); err != nil {
		t.Fatal(err)
	}
	return m
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
