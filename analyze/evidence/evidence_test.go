package evidence

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

func fn(id string) facts.Decl {
	i := strings.LastIndexByte(id, '.')
	return facts.Decl{Atom: model.Atom{ID: id, Kind: model.KindFunc, Package: id[:i], Name: id[i+1:], File: "x.go"}}
}

func typ(id string, methods ...string) facts.Decl {
	d := fn(id)
	d.Kind, d.Methods = model.KindType, methods
	return d
}

func ref(id string, method ...string) facts.Ref {
	return facts.Ref{Atom: id, Method: strings.Join(method, "")}
}

// module is a small one, as the facts have it.
func module() *facts.Facts {
	return &facts.Facts{
		Decls: []facts.Decl{fn("example.com/m/a.Run"), fn("example.com/m/a.Map"), typ("example.com/m/b.Store", "Get", "Put"),
			fn("example.com/m/cmd/one.main"), fn("example.com/m/cmd/one.serve"), fn("example.com/m/cmd/two.main"), fn("example.com/m/x.v2.Do"), fn("example.com/m/a.init")},
		Routes: []facts.Route{{Method: "GET", Pattern: "/orders/{id}", Handler: ref("example.com/m/a.Run")}, {Pattern: "/any", Handler: ref("example.com/m/b.Store", "Get")}},
		EntryPoints: []facts.EntryPoint{{Kind: "main", Func: ref("example.com/m/cmd/one.main")}, {Kind: "main", Func: ref("example.com/m/cmd/two.main")},
			{Kind: "grpc", Name: "Orders/Place", Func: ref("example.com/m/b.Store", "Put")}, {Kind: "grpc", Name: "Stock", Func: ref("example.com/m/b.Store")}},
	}
}

// The names are as go tool nm and runtime.Frame print them.
func TestSymbols(t *testing.T) {
	n := newNames(module())
	for name, want := range map[string]facts.Ref{
		"example.com/m/a.Run":                         ref("example.com/m/a.Run"),
		"example.com/m/a.Run.func1":                   ref("example.com/m/a.Run"),
		"example.com/m/a.Run.func1.2":                 ref("example.com/m/a.Run"),
		"example.com/m/a.Run.gowrap1":                 ref("example.com/m/a.Run"),
		"example.com/m/a.Run-range1":                  ref("example.com/m/a.Run"),
		"example.com/m/a.Run.func2-range1":            ref("example.com/m/a.Run"),
		"example.com/m/a.Map[...]":                    ref("example.com/m/a.Map"),
		"example.com/m/a.Map[go.shape.int].func1":     ref("example.com/m/a.Map"),
		"example.com/m/a.init.0":                      ref("example.com/m/a.init"),
		"example.com/m/b.(*Store).Get":                ref("example.com/m/b.Store", "Get"),
		"example.com/m/b.(*Store).Get-fm":             ref("example.com/m/b.Store", "Get"),
		"example.com/m/b.Store.Put":                   ref("example.com/m/b.Store", "Put"),
		"example.com/m/b.(*Store).Put.deferwrap1":     ref("example.com/m/b.Store", "Put"),
		"example.com/m/x%2ev2.Do":                     ref("example.com/m/x.v2.Do"),
		"main.serve":                                  ref("example.com/m/cmd/one.serve"),
		"main.serve.func1":                            ref("example.com/m/cmd/one.serve"),
		"main.main":                                   {}, // of which command?
		"example.com/m/b.(*Store).Delete":             {},
		"net/http.(*Server).Serve":                    {},
		"example.com/other/a.Run":                     {},
		"":                                            {},
		"runtime.goexit":                              {},
		"example.com/m/a.Runner":                      {},
		"type:.eq.example.com/m/a.Run":                {},
		"example.com/m/b.(*Store[go.shape.int]).Get":  ref("example.com/m/b.Store", "Get"),
		"example.com/m/b.(*Store[...]).Get.func3.1.2": ref("example.com/m/b.Store", "Get"),
	} {
		if got, _ := n.symbol(name); got != want {
			t.Errorf("%q is %+v, want %+v", name, got, want)
		}
	}
}

func TestRoutesInEverySyntax(t *testing.T) {
	n := newNames(module())
	for _, tt := range []struct {
		method, pattern, want string
	}{
		{"GET", "/orders/{id}", "route:GET /orders/{id}"},
		{"GET", "/orders/:id", "route:GET /orders/{id}"},
		{"GET", "/orders/{id:[0-9]+}/", "route:GET /orders/{id}"},
		{"", "GET /orders/{orderID}", "route:GET /orders/{id}"},
		{"POST", "/any", "route:/any"},
		{"POST", "/orders/{id}", ""},
		{"GET", "/orders", ""},
	} {
		if _, id, _ := n.route(tt.method, tt.pattern); id != tt.want {
			t.Errorf("%s %s is %q, want %q", tt.method, tt.pattern, id, tt.want)
		}
	}
}

func TestProceduresOfServices(t *testing.T) {
	n := newNames(module())
	for _, tt := range []struct {
		service, method string
		want            facts.Ref
	}{
		{"shop.v1.Orders", "Place", ref("example.com/m/b.Store", "Put")},
		{"shop.v1.Stock", "Get", ref("example.com/m/b.Store", "Get")},
		{"shop.v1.Stock", "Drop", facts.Ref{}},
		{"shop.v1.Bills", "Get", facts.Ref{}},
	} {
		if got, _ := n.rpc(tt.service, tt.method); got != tt.want {
			t.Errorf("%s/%s is %+v, want %+v", tt.service, tt.method, got, tt.want)
		}
	}
}

func read(t *testing.T, opt Options, f *facts.Facts) *Result {
	t.Helper()
	r, err := Read(t.Context(), opt, f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// Nothing asked for gives nothing: the model's bytes stay what they were.
func TestNothing(t *testing.T) {
	r := read(t, Options{Dir: t.TempDir()}, module())
	if m := r.Measured; len(m.Heats)+len(m.Flows)+len(m.UseCases)+len(m.Files)+len(m.Changes)+len(r.Sources)+len(r.Problems) != 0 {
		t.Errorf("got %+v", r)
	}
}

func TestFilesThatAreMissing(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "gone")
	for _, opt := range []Options{{Profile: gone}, {Traces: []string{gone}}, {Coverage: []UseCaseDir{{"buy", gone}}}, {History: "soon"},
		{Coverage: []UseCaseDir{{"buy", t.TempDir()}, {"buy", t.TempDir()}}}} {
		opt.Dir = t.TempDir()
		if _, err := Read(t.Context(), opt, module()); err == nil {
			t.Errorf("%+v: no error", opt)
		}
	}
	if _, err := Read(t.Context(), Options{Profile: gone}, module()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
