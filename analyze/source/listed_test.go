package source

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/go/packages"

	"github.com/ficus-dev/ficus/analyze/cache"
)

func TestPrintOfWhatIsListed(t *testing.T) {
	tests := []struct {
		name, file, text string
		other            bool
	}{
		{"a body", "m/main.go", "package main\n\nfunc main() { println() }\n", false},
		{"a comment", "m/main.go", "package main\n\n// main\nfunc main() {}\n", false},
		{"a migration's text", "m/migrations/1.sql", "create table u (id int)", false},
		{"prose", "m/README.md", "hello again", false},
		{"an import", "m/main.go", "package main\n\nimport _ \"fmt\"\n\nfunc main() {}\n", true},
		{"an import that a comment hides", "m/main.go", "package main\n\n/*\nfunc x() {}\n*/\nimport _ \"fmt\"\n\nfunc main() {}\n", true},
		{"a build constraint", "m/main.go", "//go:build linux\n\npackage main\n\nfunc main() {}\n", true},
		{"the package's name", "m/main.go", "package other\n\nfunc main() {}\n", true},
		{"what is embedded", "m/db/db.go", "package db\n\nimport _ \"embed\"\n\n//go:embed sql/a.tmpl\nvar files string\n", true},
		{"what C is compiled with", "m/native/native.go", "package native\n\n// #cgo LDFLAGS: -lm\nimport \"C\"\n", true},
		{"a file that does not parse", "m/main.go", "package main\n\nimport (\n", true},
		{"a new file", "m/more.go", "package main\n", true},
		{"a new file to embed", "m/db/sql/b.tmpl", "", true},
		{"go.mod", "m/go.mod", "module example.com/m\n\ngo 1.26\n", true},
		{"vendoring", "m/vendor/modules.txt", "# x\n", true},
		{"an import of a replaced module", "near/near.go", "package near\n\nimport _ \"fmt\"\n", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := unpack(t, tracked)
			before := printOf(t, Options{Dir: filepath.Join(dir, "m")})
			write(t, filepath.Join(dir, filepath.FromSlash(tt.file)), tt.text)
			after := printOf(t, Options{Dir: filepath.Join(dir, "m")})
			if (after.Listing != before.Listing) != tt.other {
				t.Errorf("another listing: %v, want %v", after.Listing != before.Listing, tt.other)
			}
		})
	}
}

// TestPrintOfListingKnowsPlaces: what is listed has the names of files in full.
func TestPrintOfListingKnowsPlaces(t *testing.T) {
	a, b := unpack(t, tracked), unpack(t, tracked)
	if printOf(t, Options{Dir: filepath.Join(a, "m")}).Listing == printOf(t, Options{Dir: filepath.Join(b, "m")}).Listing {
		t.Error("two checkouts have one listing")
	}
}

func TestPrintStillHolds(t *testing.T) {
	for name, tt := range map[string]struct {
		age  time.Duration // of the files
		do   func(t *testing.T, dir string)
		want bool
	}{
		"nothing":                     {time.Hour, func(*testing.T, string) {}, true},
		"nothing, files just written": {0, func(*testing.T, string) {}, true},
		"code": {time.Hour, func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "main.go"), "package main\n\nfunc main() { }\n")
		}, false},
		"code, of the same size and time":  {0, sameSizeAndTime, false},
		"a new file":                       {time.Hour, func(t *testing.T, dir string) { write(t, filepath.Join(dir, "x.go"), "package main\n") }, false},
		"prose, which is looked at closer": {time.Hour, func(t *testing.T, dir string) { write(t, filepath.Join(dir, "README.md"), "x") }, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(unpack(t, tracked), "m")
			age(t, filepath.Dir(dir), tt.age)
			print := printOf(t, Options{Dir: dir})
			tt.do(t, dir)
			if got := print.StillHolds(t.Context()); got != tt.want {
				t.Errorf("holds: %v, want %v", got, tt.want)
			}
		})
	}
}

// sameSizeAndTime writes as a program does that was quicker than the clock.
func sameSizeAndTime(t *testing.T, dir string) {
	path := filepath.Join(dir, "main.go")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, "package main\n\nfunc mine() {}\n")
	if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
}

func age(t *testing.T, dir string, by time.Duration) {
	t.Helper()
	at := time.Now().Add(-by)
	err := walkTree(t.Context(), dir, func(path string, _ os.DirEntry) {
		if err := os.Chtimes(path, at, at); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// imported is a module that imports one beside it, and the standard library.
const imported = `
-- m/go.mod --
module example.com/m

go 1.26

require example.com/near v0.0.0

replace example.com/near => ../near
-- m/main.go --
package main

import (
	"fmt"

	"example.com/m/db"
	"example.com/near"
)

func main() { fmt.Println(near.X, db.Y) }
-- m/db/db.go --
package db

import _ "embed"

//go:embed a.sql
var Y string
-- m/db/a.sql --
select 1
-- m/db/db_plan9.go --
package db
-- near/go.mod --
module example.com/near

go 1.26
-- near/near.go --
package near

var X = 1
`

// loadPrinted loads as analysis does: with a print, and keeping what was listed.
func loadPrinted(t *testing.T, dir string, c *cache.Cache) (p *Program, listed bool) {
	t.Helper()
	opt := Options{Dir: dir, Env: offline(), Cache: c}
	opt.Print = printOf(t, opt)
	opt.Progress = func(step string) { listed = listed || step == "listing packages" }
	p, err := Load(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	p.Listed.Keep(c)
	return p, listed
}

// graphOf writes down all that is used of what was listed.
func graphOf(p *Program) string {
	var b strings.Builder
	packages.Visit(p.Packages, nil, func(pkg *packages.Package) {
		b.WriteString(strings.Join(slices.Concat([]string{pkg.ID, pkg.Name, pkg.PkgPath, pkg.Dir, pkg.ForTest, moduleOf(pkg)},
			pkg.GoFiles, pkg.OtherFiles, pkg.IgnoredFiles, pkg.EmbedFiles, pkg.EmbedPatterns), " "))
		b.WriteByte('\n')
	})
	for _, problem := range p.Problems {
		b.WriteString(problem.Code + " " + problem.File + " " + problem.Message + "\n")
	}
	return b.String()
}

func TestListsOnce(t *testing.T) {
	dir := filepath.Join(unpack(t, imported), "m")
	c := cache.New(t.TempDir(), cache.Options{})
	first, listed := loadPrinted(t, dir, c)
	if !listed {
		t.Fatal("the first time nothing was listed")
	}
	write(t, filepath.Join(dir, "db", "db.go"), "package db\n\nimport _ \"embed\"\n\n//go:embed a.sql\nvar Y string\n\nvar Z int\n")
	second, listed := loadPrinted(t, dir, c)
	if listed {
		t.Error("listed again although no import changed")
	}
	if second.Packages[1].Types.Scope().Lookup("Z") == nil {
		t.Error("what changed is not in the second program")
	}
	if a, b := graphOf(first), graphOf(second); a != b || first.Listing != second.Listing {
		t.Errorf("listed:\n%s\nkept:\n%s", a, b)
	}
	write(t, filepath.Join(dir, "db", "more.go"), "package db\n\nimport _ \"os\"\n")
	if third, listed := loadPrinted(t, dir, c); !listed || third.Listing == first.Listing {
		t.Error("a new file was not listed")
	}
}

// TestListsAgainWhatWasWrong: whether a package can be had is in no print.
func TestListsAgainWhatWasWrong(t *testing.T) {
	dir := filepath.Join(unpack(t, imported), "m")
	write(t, filepath.Join(dir, "db", "more.go"), "package db\n\nimport _ \"example.com/absent\"\n")
	c := cache.New(t.TempDir(), cache.Options{})
	for range 2 {
		if _, listed := loadPrinted(t, dir, c); !listed {
			t.Error("took errors from the cache")
		}
	}
}

func TestListsAgainWhenDependenciesAreGone(t *testing.T) {
	dir := filepath.Join(unpack(t, imported), "m")
	c := cache.New(t.TempDir(), cache.Options{})
	opt := Options{Dir: dir, Env: offline(), Cache: c}
	opt.Print = printOf(t, opt)
	p, err := Load(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	p.Listed.Keep(c)
	if err := os.Rename(filepath.Join(dir, "..", "near", "near.go"), filepath.Join(dir, "..", "near", "far.go")); err != nil {
		t.Fatal(err)
	}
	l := &loader{ctx: t.Context(), opt: opt}
	if _, ok := l.listedBefore(); ok {
		t.Error("took packages whose files are gone")
	}
}

func TestReadsNoGraphThatMakesNoSense(t *testing.T) {
	for name, rec := range map[string]packageGraph{
		"nothing":             {},
		"no such root":        {Packages: []graphPackage{{ID: "a"}}, Roots: []int{1}},
		"imports in a circle": {Packages: []graphPackage{{ID: "a", Imports: []graphImport{{"a", 0}}}}, Roots: []int{0}},
		"no such import":      {Packages: []graphPackage{{ID: "a", Imports: []graphImport{{"b", -1}}}}, Roots: []int{0}},
		"no such module":      {Packages: []graphPackage{{ID: "a", Module: 1}}, Roots: []int{0}},
		"replaced by a later": {Packages: []graphPackage{{ID: "a"}}, Roots: []int{0}, Modules: []graphModule{{Replace: 1}}},
		"no such file":        {Packages: []graphPackage{{ID: "a", Go: []string{filepath.Join(t.TempDir(), "x.go")}}}, Roots: []int{0}},
	} {
		if _, ok := rec.packages(); ok {
			t.Errorf("%s: got packages", name)
		}
	}
}
