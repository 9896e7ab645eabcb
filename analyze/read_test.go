package analyze

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ficus-dev/ficus/analyze/cache"
	"github.com/ficus-dev/ficus/analyze/model"
)

// cached runs with a cache and tells whether the facts came from there.
func cached(t *testing.T, c *cache.Cache, opt Options) (data []byte, kept bool) {
	t.Helper()
	opt.Cache, opt.Progress = c, func(step string) { kept = kept || strings.Contains(step, "nothing changed") }
	return encode(t, runAnew(t, opt)), kept
}

// goFiles are the fixture's files of code, sorted.
func goFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "internal", "*", "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	return files
}

// edits change a file in ways that leave other facts, the same facts elsewhere, or
// code that does not compile.
var edits = []func(r *rand.Rand, text string) string{
	func(_ *rand.Rand, text string) string { return "// moved down\n" + text },
	func(r *rand.Rand, text string) string {
		return text + fmt.Sprintf("\nfunc added%d() {}\n", r.IntN(1000))
	},
	func(r *rand.Rand, text string) string { return text + fmt.Sprintf("\nvar state%d int\n", r.IntN(1000)) },
	func(r *rand.Rand, text string) string {
		return text + fmt.Sprintf("\nfunc broken%d() { missing() }\n", r.IntN(1000))
	},
	func(_ *rand.Rand, text string) string { return strings.Replace(text, "SELECT", "select", 1) },
	func(r *rand.Rand, text string) string { // one line doubled, or a syntax error
		lines := strings.SplitAfter(text, "\n")
		i := r.IntN(len(lines))
		return strings.Join(slices.Insert(lines, i, lines[i]), "")
	},
}

// TestCacheAnswersAsAFreshRun edits a module at random, back and forth, and holds
// each answer through the cache against one without.
func TestCacheAnswersAsAFreshRun(t *testing.T) {
	t.Parallel()
	dir, _ := unpack(t, "testdata/market.txtar")
	c := cache.New(t.TempDir(), cache.Options{})
	r := rand.New(rand.NewPCG(1, 2))
	files := goFiles(t, dir)
	for i := range 6 {
		file := files[r.IntN(len(files))]
		old, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		rewrite(t, file, edits[i%len(edits)](r, string(old)))
		fresh := encode(t, runAnew(t, Options{Dir: dir, Seed: 1}))
		for _, again := range []bool{false, true} {
			got, kept := cached(t, c, Options{Dir: dir, Seed: 1})
			if !bytes.Equal(got, fresh) {
				t.Fatalf("edit %d of %s, run again %v: the cache gave another model", i, file, again)
			}
			if again && !kept {
				t.Errorf("edit %d of %s: read anew though nothing changed", i, file)
			}
		}
		if r.IntN(2) == 0 {
			rewrite(t, file, string(old))
		}
	}
}

func rewrite(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestCacheServesOtherQuestionsOfTheSameCode(t *testing.T) {
	t.Parallel()
	dir, _ := unpack(t, "testdata/market.txtar")
	c := cache.New(t.TempDir(), cache.Options{})
	cached(t, c, Options{Dir: dir, Seed: 1})
	for _, opt := range []Options{{Dir: dir, Seed: 2}, {Dir: dir, Seed: 1, Blind: true}, {Dir: dir, ToolVersion: "other"}} {
		got, kept := cached(t, c, opt)
		if !kept || !bytes.Equal(got, encode(t, runAnew(t, opt))) {
			t.Errorf("%+v: from the cache %v, and another model", opt, kept)
		}
	}
}

func TestCacheOfDamagedRecords(t *testing.T) {
	t.Parallel()
	dir, _ := unpack(t, "testdata/market.txtar")
	store := t.TempDir()
	c := cache.New(store, cache.Options{})
	want, _ := cached(t, c, Options{Dir: dir, Seed: 1})
	err := filepath.WalkDir(store, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		data[len(data)/2] ^= 1
		return os.WriteFile(path, data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, kept := cached(t, c, Options{Dir: dir, Seed: 1}); kept || !bytes.Equal(got, want) {
		t.Errorf("from the damaged cache: %v, same model: %v", kept, bytes.Equal(got, want))
	}
}

// TestCacheKeepsNothingThatChangedMeanwhile edits the code while it is read.
func TestCacheKeepsNothingThatChangedMeanwhile(t *testing.T) {
	t.Parallel()
	dir, _ := unpack(t, "testdata/market.txtar")
	c := cache.New(t.TempDir(), cache.Options{})
	file := goFiles(t, dir)[0]
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	once := sync.Once{}
	opt := Options{Dir: dir, Seed: 1, Cache: c, Progress: func(string) {
		once.Do(func() { rewrite(t, file, string(text)+"\nfunc addedMeanwhile() {}\n") })
	}}
	runAnew(t, opt)
	rewrite(t, file, string(text))
	if _, kept := cached(t, c, Options{Dir: dir, Seed: 1}); kept {
		t.Error("kept facts of code that is no more")
	}
}

func TestCacheOfRunsAtOnce(t *testing.T) {
	t.Parallel()
	dir, _ := unpack(t, "testdata/market.txtar")
	want := encode(t, runAnew(t, Options{Dir: dir, Seed: 1}))
	store := t.TempDir()
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			c := cache.New(store, cache.Options{MaxBytes: 1 << 20})
			defer c.Close()
			m, err := Run(context.Background(), Options{Dir: dir, Seed: 1, Cache: c})
			if err != nil {
				t.Error(err)
				return
			}
			var b bytes.Buffer
			if err := m.Write(&b); err != nil || !bytes.Equal(b.Bytes(), want) {
				t.Errorf("another model: %v", err)
			}
		})
	}
	wg.Wait()
}

// TestCacheSeesFilesThatAreNoCode changes SQL that is embedded, which no key of Go
// files tells.
func TestCacheSeesFilesThatAreNoCode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":    "module example.com/m\n\ngo 1.26\n",
		"query.txt": "select id from orders",
		"m.go":      "package m\n\nimport (\n\t\"database/sql\"\n\t_ \"embed\"\n)\n\n//go:embed query.txt\nvar query string\n\nfunc Read(db *sql.DB) (*sql.Rows, error) { return db.Query(query) }\n",
	} {
		rewrite(t, filepath.Join(dir, name), text)
	}
	c := cache.New(t.TempDir(), cache.Options{})
	tables := func(opt Options) (names []string) {
		for _, table := range runAnew(t, opt).Tables {
			names = append(names, table.Name)
		}
		return names
	}
	if got := tables(Options{Dir: dir, Cache: c}); !slices.Equal(got, []string{"orders"}) {
		t.Fatalf("got %v", got)
	}
	rewrite(t, filepath.Join(dir, "query.txt"), "select id from payments")
	if got := tables(Options{Dir: dir, Cache: c}); !slices.Equal(got, []string{"payments"}) {
		t.Errorf("got %v, want what the file says now", got)
	}
}

func TestLasting(t *testing.T) {
	for code, want := range map[string]lasts{"type": untilChanged, "build-constraint": untilChanged, "dependency": untilListed,
		"workspace": untilListed, "load": readAnew, "something new": readAnew} {
		if got := lasting(&model.Model{Problems: []model.Problem{{Code: "parse"}, {Code: code}}}); got != want {
			t.Errorf("%s: got %v", code, got)
		}
	}
}

// TestCacheOfMissingDependencies: what is read without a dependency is kept, until the
// dependency can be had, though no file of the module tells.
func TestCacheOfMissingDependencies(t *testing.T) {
	dir, proxy := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/m\n\ngo 1.26\n\nrequire example.com/dep v1.0.0\n",
		"m.go":   "package m\n\nimport \"example.com/dep\"\n\nfunc Use() int { return dep.One() }\n",
	} {
		rewrite(t, filepath.Join(dir, name), text)
	}
	t.Setenv("GOPROXY", fileURL(proxy))
	t.Setenv("GOMODCACHE", t.TempDir())
	t.Setenv("GOFLAGS", "-mod=mod -modcacherw")
	t.Setenv("GONOSUMDB", "*")
	c := cache.New(t.TempDir(), cache.Options{})
	missing := func(data []byte) bool { return bytes.Contains(data, []byte(`"code":"dependency"`)) }
	first, kept := cached(t, c, Options{Dir: dir})
	if kept || !missing(first) {
		t.Fatalf("kept %v, missing %v:\n%s", kept, missing(first), first)
	}
	if again, kept := cached(t, c, Options{Dir: dir}); !kept || !bytes.Equal(again, first) {
		t.Errorf("read anew though nothing changed (%v), or another model", !kept)
	}
	publish(t, proxy, "example.com/dep", "v1.0.0", "package dep\n\nfunc One() int { return 1 }\n")
	if data, kept := cached(t, c, Options{Dir: dir}); kept || missing(data) {
		t.Errorf("kept %v, missing %v after the dependency was published", kept, missing(data))
	}
	if _, kept := cached(t, c, Options{Dir: dir}); !kept {
		t.Error("read anew though nothing changed")
	}
}

func fileURL(dir string) string {
	dir = filepath.ToSlash(dir)
	if !strings.HasPrefix(dir, "/") { // C:/…
		dir = "/" + dir
	}
	return "file://" + dir
}

// publish puts a module of one file where the go command looks for it.
func publish(t *testing.T, proxy, path, version, text string) {
	t.Helper()
	at := filepath.Join(proxy, filepath.FromSlash(path), "@v")
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	mod := "module " + path + "\n\ngo 1.26\n"
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for name, data := range map[string]string{"go.mod": mod, "one.go": text} {
		w, err := z.Create(path + "@" + version + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	rewrite(t, filepath.Join(at, version+".info"), `{"Version":"`+version+`"}`)
	rewrite(t, filepath.Join(at, version+".mod"), mod)
	rewrite(t, filepath.Join(at, version+".zip"), archive.String())
}
