package source

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/ficus-dev/ficus/analyze/cache"
)

// tracked has every kind of file that a module's facts depend on, and a module
// beside it that a local replacement brings in.
const tracked = `
-- m/go.mod --
module example.com/m

go 1.26

require example.com/near v0.0.0

replace example.com/near => ../near
-- m/main.go --
package main

func main() {}
-- m/main_test.go --
package main
-- m/db/db.go --
package db

import _ "embed"

//go:embed sql/*
var files string
-- m/db/sql/a.tmpl --
select 1
-- m/native/native.go --
package native

import "C"
-- m/native/table.inc --
1
-- m/migrations/1.sql --
create table t (id int)
-- m/README.md --
hello
-- m/ficus.yaml --
version: 1
-- m/.ficus/model.json --
{}
-- m/.git/HEAD --
x
-- near/go.mod --
module example.com/near
-- near/near.go --
package near
`

func keyOf(t *testing.T, opt Options) cache.Key {
	t.Helper()
	return printOf(t, opt).Source
}

func printOf(t *testing.T, opt Options) *Print {
	t.Helper()
	if opt.Env == nil {
		opt.Env = offline()
	}
	print, err := Fingerprint(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	return print
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func TestFingerprintOfFiles(t *testing.T) {
	edit := func(name, text string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { write(t, filepath.Join(dir, filepath.FromSlash(name)), text) }
	}
	remove := func(name string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
				t.Fatal(err)
			}
		}
	}
	tests := []struct {
		name  string
		do    func(*testing.T, string)
		other bool
	}{
		{"code", edit("m/main.go", "package main\n\nfunc main() { println() }\n"), true},
		{"a comment", edit("m/main.go", "package main\n\n// main\nfunc main() {}\n"), true},
		{"a test", edit("m/main_test.go", "package main\n\nfunc helper() {}\n"), false},
		{"what a test imports", edit("m/main_test.go", "package main\n\nimport _ \"fmt\"\n"), true},
		{"a new file", edit("m/more.go", "package main\n"), true},
		{"a new package", edit("m/more/more.go", "package more\n"), true},
		{"a new nested module", edit("m/more/go.mod", "module more\n"), true},
		{"a new workspace", edit("go.work", "go 1.26\n\nuse ./m\n"), true},
		{"one file less", remove("m/main_test.go"), true},
		{"go.mod", edit("m/go.mod", "module example.com/m\n\ngo 1.26\n"), true},
		{"go.sum", edit("m/go.sum", "\n"), true},
		{"vendoring", edit("m/vendor/modules.txt", "# x\n"), true},
		{"a migration", edit("m/migrations/1.sql", "create table u (id int)"), true},
		{"assembly", edit("m/native/x.s", "TEXT"), true},
		{"what C may include", edit("m/native/table.inc", "2"), true},
		{"a name that is embedded", edit("m/db/sql/b.tmpl", ""), true},
		{"a replaced module", edit("near/near.go", "package near\n\nvar X int\n"), true},
		{"prose", edit("m/README.md", "hello again"), false},
		{"new prose", edit("m/docs/CHANGES.md", "hello"), false},
		{"content that is embedded", edit("m/db/sql/a.tmpl", "select 2"), false}, // facts.Reads has it
		{"the plan", edit("m/ficus.yaml", "version: 1\nservices: {}\n"), false},
		{"the model", edit("m/.ficus/model.json", "{\"version\": 1}"), false},
		{"version control", edit("m/.git/HEAD", "y"), false},
		{"beside the module", edit("other/other.go", "package other\n"), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := unpack(t, tracked)
			before := keyOf(t, Options{Dir: filepath.Join(dir, "m")})
			tt.do(t, dir)
			if after := keyOf(t, Options{Dir: filepath.Join(dir, "m")}); (after != before) != tt.other {
				t.Errorf("another key: %v, want %v", after != before, tt.other)
			}
		})
	}
}

// TestFingerprintOfTests: where tests are loaded, they count as other code does.
func TestFingerprintOfTests(t *testing.T) {
	dir := filepath.Join(unpack(t, tracked), "m")
	before := keyOf(t, Options{Dir: dir, Tests: true})
	write(t, filepath.Join(dir, "main_test.go"), "package main\n\nfunc helper() {}\n")
	if keyOf(t, Options{Dir: dir, Tests: true}) == before {
		t.Error("another test has the same key")
	}
}

func TestFingerprintOfOptions(t *testing.T) {
	dir := filepath.Join(unpack(t, tracked), "m")
	seen := map[cache.Key]string{}
	for name, opt := range map[string]Options{
		"none": {}, "tests": {Tests: true}, "tags": {Tags: []string{"x"}}, "patterns": {Patterns: []string{"./db"}},
		"two patterns": {Patterns: []string{"./db", "./native"}}, "system": {Env: offline("GOOS=plan9")}, "flags": {Env: offline("GOFLAGS=-tags=x")},
		"no cgo": {Env: offline("CGO_ENABLED=0")}, "headers": {Env: offline("CPATH=/x")},
	} {
		opt.Dir = dir
		key := keyOf(t, opt)
		if other, ok := seen[key]; ok {
			t.Errorf("%s and %s have one key", name, other)
		}
		seen[key] = name
	}
	below := keyOf(t, Options{Dir: filepath.Join(dir, "db")})
	if seen[below] != "" {
		t.Error("another folder has the same key")
	}
}

// TestFingerprintForgetsPlaces lets two checkouts, and other caches, share answers.
func TestFingerprintForgetsPlaces(t *testing.T) {
	a, b := unpack(t, tracked), unpack(t, tracked)
	before := keyOf(t, Options{Dir: filepath.Join(a, "m")})
	if keyOf(t, Options{Dir: filepath.Join(b, "m")}) != before {
		t.Error("another checkout has another key")
	}
	if keyOf(t, Options{Dir: filepath.Join(a, "m"), Env: offline("GOCACHE=" + t.TempDir())}) != before {
		t.Error("another build cache gives another key")
	}
}

func TestFingerprintRefusesWhatItCannotSee(t *testing.T) {
	dir := filepath.Join(unpack(t, tracked), "m")
	for _, env := range []string{"GOPACKAGESDRIVER=x", "GOFLAGS=-modfile=other.mod", "GOFLAGS=-overlay=x.json"} {
		if _, err := Fingerprint(t.Context(), Options{Dir: dir, Env: offline(env)}); err == nil {
			t.Errorf("%s: got a key", env)
		}
	}
	if _, err := Fingerprint(t.Context(), Options{Dir: filepath.Join(dir, "none")}); err == nil {
		t.Error("got a key of no folder")
	}
}
