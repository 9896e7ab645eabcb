package evidence

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// repository is a git repository whose commits have the dates of the test.
type repository struct {
	t   *testing.T
	dir string
}

func newRepository(t *testing.T) *repository {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	r := &repository{t, t.TempDir()}
	r.git("init", "-q", "-b", "main")
	return r
}

func (r *repository) git(args ...string) {
	r.t.Helper()
	r.gitAt(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), "ann@example.com", args...)
}

func (r *repository) gitAt(at time.Time, who string, args ...string) {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-C", r.dir}, args...)...)
	date := at.Format(time.RFC3339)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=x", "GIT_COMMITTER_NAME=x",
		"GIT_AUTHOR_EMAIL="+who, "GIT_COMMITTER_EMAIL="+who, "GIT_AUTHOR_DATE="+date, "GIT_COMMITTER_DATE="+date)
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("git %v: %v: %s", args, err, out)
	}
}

// commit appends a line to each file.
func (r *repository) commit(at time.Time, who string, files ...string) {
	r.t.Helper()
	for _, name := range files {
		path := filepath.Join(r.dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			r.t.Fatal(err)
		}
		old, _ := os.ReadFile(path)
		if err := os.WriteFile(path, fmt.Appendf(old, "// %s\n", at), 0o666); err != nil {
			r.t.Fatal(err)
		}
	}
	r.git("add", "-A")
	r.gitAt(at, who, "commit", "-q", "-m", "x")
}

func inFiles(files ...string) *facts.Facts {
	f := &facts.Facts{}
	for _, file := range files {
		f.Decls = append(f.Decls, facts.Decl{Atom: model.Atom{ID: "example.com/m." + file, File: file}})
	}
	return f
}

func TestHistory(t *testing.T) {
	r := newRepository(t)
	day := func(n int) time.Time { return time.Date(2026, 3, n, 12, 0, 0, 0, time.UTC) }
	r.commit(day(1).AddDate(-3, 0, 0), "old@example.com", "a/a.go") // too long ago
	for i := range 6 {
		r.commit(day(i+1), "ann@example.com", "a/old.go", "b/b.go", "README.md")
	}
	r.git("mv", "a/old.go", "a/a2.go")
	r.gitAt(day(8), "ann@example.com", "commit", "-q", "-m", "move")
	r.commit(day(9), "bob@example.com", "a/a2.go")
	for i := range 4 {
		r.commit(day(10+i), "bob@example.com", "a/a2.go", "c/c.go") // one commit too few
	}
	large := []string{"b/b.go", "c/c.go"}
	for i := range 30 {
		large = append(large, fmt.Sprintf("docs/%d.md", i))
	}
	for i := range 6 {
		r.commit(day(20+i), "ann@example.com", large...)
	}
	got := read(t, Options{Dir: r.dir, History: "12mo"}, inFiles("a/a.go", "a/a2.go", "b/b.go", "c/c.go"))
	if len(got.Problems) != 0 {
		t.Fatalf("problems %+v", got.Problems)
	}
	var files []string
	for _, f := range got.Measured.Files {
		files = append(files, fmt.Sprintf("%s %d %d %v", f.File, f.Revisions, f.Churn, f.Authors))
	}
	want := []string{
		"a/a2.go 12 11 [{0 7} {1 5}]", // under its name of today; the move has no lines
		"b/b.go 12 12 [{0 12}]",
		"c/c.go 10 10 [{0 6} {1 4}]",
	}
	if !slices.Equal(files, want) {
		t.Errorf("got  %q\nwant %q", files, want)
	}
	// 6 shared commits, by the mean of 12 and 6 small ones.
	if c := got.Measured.Changes; len(c) != 1 || c[0].A != "a/a2.go" || c[0].B != "b/b.go" || c[0].Shared != 6 || !near(c[0].Degree, 6.0/9) {
		t.Errorf("changes %+v", c)
	}
	all := read(t, Options{Dir: r.dir, History: "all"}, inFiles("a/a.go"))
	if len(all.Measured.Files) != 1 || all.Measured.Files[0].Revisions != 1 {
		t.Errorf("all: %+v", all.Measured.Files)
	}
	t.Run("of a folder in the repository", func(t *testing.T) {
		got := read(t, Options{Dir: filepath.Join(r.dir, "a"), History: "all"}, inFiles("a2.go"))
		if len(got.Measured.Files) != 1 || got.Measured.Files[0].Revisions != 12 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("of a shallow clone", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "clone")
		r.git("clone", "-q", "--depth", "2", "file://"+filepath.ToSlash(r.dir), dir)
		got := read(t, Options{Dir: dir, History: "all"}, inFiles("a/a2.go"))
		if len(got.Measured.Files) != 0 || len(got.Problems) != 1 || !strings.Contains(got.Problems[0].Cure, "--unshallow") {
			t.Errorf("got %+v", got)
		}
	})
}

func TestNoHistory(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	t.Setenv("GIT_CEILING_DIRECTORIES", os.TempDir())
	got := read(t, Options{Dir: t.TempDir(), History: "12mo"}, module())
	if len(got.Problems) != 1 || !strings.Contains(got.Problems[0].Message, "no git repository") {
		t.Errorf("got %+v", got)
	}
	t.Setenv("PATH", "")
	got = read(t, Options{Dir: t.TempDir(), History: "12mo"}, module())
	if len(got.Problems) != 1 || !strings.Contains(got.Problems[0].Message, "no git on this machine") {
		t.Errorf("got %+v", got)
	}
}

func TestSpans(t *testing.T) {
	at := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string]string{"12mo": "2025-11-21", "2y": "2024-11-21", "2w": "2026-11-07", "90d": "2026-08-23"} {
		s, err := ParseSpan(text)
		if err != nil || s.before(at).Format(time.DateOnly) != want {
			t.Errorf("%s: %v %v, want %s", text, s.before(at), err, want)
		}
	}
	for _, text := range []string{"", "12", "mo", "-3mo", "0d", "1h", "12 mo", "99999y", "allx"} {
		if _, err := ParseSpan(text); err == nil {
			t.Errorf("%q: no error", text)
		}
	}
}

func FuzzHistory(f *testing.F) {
	f.Add([]byte("\x01a@b\x00\n1\t2\tx.go\x00\x01c@d\x00\n-\t-\t\x00old\x00new\x00"))
	f.Add([]byte("1\t2\t\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c := &commits{files: map[string]*fileCommits{}, now: map[string]string{}, pairs: map[[2]string]int{}, authors: map[string]int{}}
		if err := c.parse(strings.NewReader(string(data))); err != nil {
			t.Errorf("got %v", err)
		}
		for pair, n := range c.pairs {
			if pair[0] >= pair[1] || n > c.files[pair[0]].small {
				t.Errorf("%q: %d", pair, n)
			}
		}
	})
}
