package golang

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/dave/jennifer/jen"
)

// TestGoType writes types as source and reads them back: the type checker is the
// oracle that both are the same type.
func TestGoType(t *testing.T) {
	for _, src := range []string{
		"int", "string", "error", "any", "[]byte", "*int", "**string", "[3]bool", "map[string][]int",
		"chan int", "<-chan string", "chan<- bool", "chan (<-chan int)", "func(int, ...string) (bool, error)", "func()",
		"struct{ A int `json:\"a\"`; time.Time }", "interface{ Read([]byte) (int, error); error }",
		"time.Duration", "*time.Location", "atomic.Pointer[time.Time]", "map[netip.Addr]*struct{ x int }",
	} {
		t.Run(src, func(t *testing.T) {
			want := typeOf(t, src)
			f := jen.NewFilePathName("example.com/p", "p")
			f.Var().Id("x").Add(goType(want))
			text := fmt.Sprintf("%#v", f)
			pkg, err := check(text)
			if err != nil {
				t.Fatalf("%s does not compile: %v", text, err)
			}
			if got := pkg.Scope().Lookup("x").Type().String(); got != want.String() {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func typeOf(t *testing.T, src string) types.Type {
	t.Helper()
	text := "package p\n"
	for _, imp := range []string{"time", "net/netip", "sync/atomic"} {
		if strings.Contains(src, imp[strings.LastIndex(imp, "/")+1:]+".") {
			text += fmt.Sprintf("import %q\n", imp)
		}
	}
	pkg, err := check(text + "var x " + src)
	if err != nil {
		t.Fatal(err)
	}
	return pkg.Scope().Lookup("x").Type()
}

func check(text string) (*types.Package, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", text, 0)
	if err != nil {
		return nil, err
	}
	conf := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	return conf.Check("example.com/p", fset, []*ast.File{f}, nil)
}

func TestCamelCase(t *testing.T) {
	// Oracle: protogen's GoCamelCase.
	for in, want := range map[string]string{
		"Get": "Get", "get_all": "GetAll", "HTTPRoute": "HTTPRoute", "CatalogueServiceGetRequest": "CatalogueServiceGetRequest",
		"time_v2": "TimeV2", "a_1": "A_1",
	} {
		if got := camelCase(in); got != want {
			t.Errorf("camelCase(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestInsertAt(t *testing.T) {
	for _, tc := range []struct {
		src     string
		offsets []int
		want    string
	}{
		{"abc", nil, "abc"},
		{"abc", []int{0, 3}, "-abc-"},
		{"func Get() { Get() }", []int{5, 13}, "func -Get() { -Get() }"},
	} {
		got, err := insertAt([]byte(tc.src), tc.offsets, "-")
		if err != nil || string(got) != tc.want {
			t.Errorf("insertAt(%q, %v) = %q, %v; want %q", tc.src, tc.offsets, got, err, tc.want)
		}
	}
	if _, err := insertAt([]byte("abc"), []int{4}, "-"); err == nil {
		t.Error("an offset after the end gave no error")
	}
}

func TestEnvName(t *testing.T) {
	for in, want := range map[string]string{"catalogue": "FICUS_CATALOGUE", "order-lines": "FICUS_ORDER_LINES"} {
		if got := EnvName(in); got != want {
			t.Errorf("EnvName(%q) = %q, want %q", in, got, want)
		}
	}
}
