package source

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// declarations parses source and prints it without bodies: what withoutBodies must
// not change.
func declarations(src []byte) (string, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "x.go", src, parser.SkipObjectResolution)
	if err != nil {
		return "", err
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body != nil {
				d.Body = &ast.BlockStmt{}
			}
		case *ast.GenDecl:
			ast.Inspect(d, func(n ast.Node) bool {
				if lit, ok := n.(*ast.FuncLit); ok {
					lit.Body = &ast.BlockStmt{}
				}
				return true
			})
		}
	}
	var b bytes.Buffer
	err = (&printer.Config{}).Fprint(&b, token.NewFileSet(), f)
	return b.String(), err
}

// lines gives the line of every declaration.
func lines(src []byte) (list []int) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "x.go", src, parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	for _, d := range f.Decls {
		list = append(list, fset.PositionFor(d.Pos(), false).Line, fset.PositionFor(d.End(), false).Line)
	}
	return list
}

func checkStrip(t *testing.T, name string, src []byte) {
	t.Helper()
	want, err := declarations(src)
	if err != nil {
		return
	}
	for _, how := range []stripping{compact, blank} {
		got := withoutBodies(src, how)
		decls, err := declarations(got)
		if err != nil {
			t.Fatalf("%s: no longer parses: %v\n%s", name, err, got)
		}
		if decls != want {
			t.Fatalf("%s: declarations\n%s\nwant\n%s", name, decls, want)
		}
		a, b := lines(src), lines(got)
		for i := range a {
			if a[i] != b[i] {
				t.Fatalf("%s: line %d has become %d", name, a[i], b[i])
			}
		}
		if how == blank && len(got) != len(src) {
			t.Fatalf("%s: %d bytes have become %d", name, len(src), len(got))
		}
	}
}

// TestWithoutBodies: what stays and what goes, of each form that could mislead.
func TestWithoutBodies(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"func f() { g() }", "func f() {}"},
		{"func f() interface{ X() } { g() }", "func f() interface{ X() } {}"},
		{"func f() map[string]struct{} { g() }", "func f() map[string]struct{} {}"},
		{"func f(a struct{ b int }) (x interface{}) { g() }", "func f(a struct{ b int }) (x interface{}) {}"},
		{"func (t *T[K]) f() { '{'; '\\''; \"}\\\"\"; `}`; /* } */ } // }", "func (t *T[K]) f() {}  "},
		{"func f[T interface{ ~int }](t T) {\n// }\n}\nvar x = [...]int{1}", "func f[T interface{ ~int }](t T) {\n\n}\nvar x = [...]int{1}"},
		{"type F func()\nvar x = T{1}", "type F func()\nvar x = T{1}"},
		{"type F func(); var x = T{1}", "type F func(); var x = T{1}"},
		{"func asm(a int) int\nvar x = T{1}", "func asm(a int) int\nvar x = T{1}"},
		{"var f = func() int { return 1 }()", "var f = func() int {}()"},
		{"type S struct { f func() }\nvar x = T{1}", "type S struct { f func() }\nvar x = T{1}"},
		{"func f() { `", "func f() { `"},
		{"func f() { if x {", "func f() { if x {"},
		{"func f() /* { */ { g() }", "func f()   {}"},
		{"var a = 1/* x\ny */\nfunc f() {}", "var a = 1\n \nfunc f() {}"},
	} {
		if got := string(withoutBodies([]byte(tt.src), compact)); got != tt.want {
			t.Errorf("%s\ngot  %q\nwant %q", tt.src, got, tt.want)
		}
		checkStrip(t, tt.src, []byte("package x\n"+tt.src))
	}
}

// TestWithoutBodiesEverywhere reads the standard library: real code, test data and
// all.
func TestWithoutBodiesEverywhere(t *testing.T) {
	dirs := []string{"go", "net", "text", "encoding", "reflect"}
	n := 0
	for _, dir := range dirs {
		err := filepath.WalkDir(filepath.Join(runtime.GOROOT(), "src", dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
				return err
			}
			src, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			n++
			checkStrip(t, path, src)
			return nil
		})
		if err != nil {
			t.Skip("no source of the standard library:", err)
		}
	}
	t.Log(n, "files")
}

func FuzzWithoutBodies(f *testing.F) {
	f.Add([]byte("package x\nfunc f() interface{ X() } { g() }\nvar a = func() {}\n"))
	f.Add([]byte("package x\ntype F func()\nvar x = [...]T{'{', `}`, \"\\\"\"}\n"))
	f.Add([]byte("package x\nfunc f() *\nT { /* } */ }\n//line y.go:3\nfunc g()\n"))
	f.Fuzz(func(t *testing.T, src []byte) { checkStrip(t, "fuzzed", src) })
}
