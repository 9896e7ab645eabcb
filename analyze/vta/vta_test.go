package vta

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/callgraph/vta"
	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/ssa/ssautil"
	"golang.org/x/tools/txtar"
)

var dirFlag = flag.String("dir", "", "compare with golang.org/x/tools over the module in this folder, dependencies included")

// load builds the packages and all that they import.
func load(t testing.TB, dir string, patterns ...string) []*ssa.Function {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadAllSyntax, Context: t.Context(), Dir: dir, Env: append(os.Environ(), "GOWORK=off")}, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pkgs {
		for _, e := range p.Errors {
			t.Fatal(e)
		}
	}
	prog, _ := ssautil.AllPackages(pkgs, ssa.InstantiateGenerics)
	prog.Build()
	var out []*ssa.Function
	for fn := range ssautil.AllFunctions(prog) {
		out = append(out, fn)
	}
	return out
}

// fixture writes the module of testdata/NAME.txtar to a folder.
func fixture(t testing.TB, name string) string {
	t.Helper()
	ar, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, must(txtar.FS(ar))); err != nil {
		t.Fatal(err)
	}
	return dir
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// edge is a call with one of its callees.
type edge struct {
	call   ssa.CallInstruction
	callee *ssa.Function
}

func edges(funcs []*ssa.Function, callees func(ssa.CallInstruction) []*ssa.Function) map[edge]bool {
	out := map[edge]bool{}
	for _, fn := range funcs {
		for _, b := range fn.Blocks {
			for _, in := range b.Instrs {
				if call, ok := in.(ssa.CallInstruction); ok {
					for _, c := range callees(call) {
						out[edge{call, c}] = true
					}
				}
			}
		}
	}
	return out
}

func ofTools(funcs []*ssa.Function) func(ssa.CallInstruction) []*ssa.Function {
	set := map[*ssa.Function]bool{}
	for _, fn := range funcs {
		set[fn] = true
	}
	sites := map[ssa.CallInstruction][]*ssa.Function{}
	for _, node := range vta.CallGraph(set, nil).Nodes {
		for _, e := range node.Out {
			sites[e.Site] = append(sites[e.Site], e.Callee.Func)
		}
	}
	return func(call ssa.CallInstruction) []*ssa.Function { return sites[call] }
}

// TestAgainstTools holds every call to the oracle's answer.
func TestAgainstTools(t *testing.T) {
	trials := map[string]func(t *testing.T) []*ssa.Function{
		"fixture":    func(t *testing.T) []*ssa.Function { return load(t, fixture(t, "flows"), "./...") },
		"go/scanner": func(t *testing.T) []*ssa.Function { return load(t, "", "go/scanner") },
	}
	if *dirFlag != "" {
		trials = map[string]func(t *testing.T) []*ssa.Function{"module": func(t *testing.T) []*ssa.Function { return load(t, *dirFlag, "./...") }}
	}
	for name, funcs := range trials {
		t.Run(name, func(t *testing.T) {
			all := funcs(t)
			g, err := New(t.Context(), all, Options{likeTools: true})
			if err != nil {
				t.Fatal(err)
			}
			got, want := edges(all, g.Callees), edges(all, ofTools(all))
			if len(want) == 0 {
				t.Fatal("the oracle found no call")
			}
			t.Logf("%d functions, %d callees of calls", len(all), len(want))
			differ(t, "missed", want, got)
			differ(t, "too many", got, want)
		})
	}
}

func differ(t *testing.T, what string, a, b map[edge]bool) {
	t.Helper()
	var list []string
	for e := range a {
		if !b[e] {
			list = append(list, fmt.Sprintf("%s: %s → %s", e.call.Parent(), e.call, e.callee))
		}
	}
	slices.Sort(list)
	if len(list) > 0 {
		t.Errorf("%s: %d\n%s", what, len(list), strings.Join(list[:min(len(list), 20)], "\n"))
	}
}

// TestIgnored asks of few calls, and gets the same answers for these.
func TestIgnored(t *testing.T) {
	all := load(t, fixture(t, "flows"), "./...")
	whole := must(New(t.Context(), all, Options{}))
	ignore := func(c *ssa.CallCommon) bool { return !c.IsInvoke() || c.Method.Name() != "Speak" }
	few := must(New(t.Context(), all, Options{Ignore: ignore}))
	found := 0
	asked := func(g *Graph) func(ssa.CallInstruction) []*ssa.Function {
		return func(call ssa.CallInstruction) []*ssa.Function {
			if ignore(call.Common()) {
				return nil
			}
			found++
			return g.Callees(call)
		}
	}
	got, want := edges(all, asked(few)), edges(all, asked(whole))
	differ(t, "missed", want, got)
	differ(t, "too many", got, want)
	if found == 0 || len(want) == 0 {
		t.Error("no call was asked for")
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := New(ctx, load(t, fixture(t, "flows"), "./..."), Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("New with a context that ended: %v", err)
	}
}

// TestFlows holds the calls of the fixture to the comments beside them.
func TestFlows(t *testing.T) {
	dir := fixture(t, "flows")
	lines := strings.Split(string(must(os.ReadFile(filepath.Join(dir, "flows.go")))), "\n")
	all := load(t, dir, "./...")
	got := map[int][]string{}
	g := must(New(t.Context(), all, Options{}))
	for _, fn := range all {
		if fn.Origin() == nil && fn.TypeParams().Len() > 0 {
			continue // a template: its instances are called
		}
		eachDynamic(fn, func(call ssa.CallInstruction) {
			if pos := fn.Prog.Fset.Position(call.Pos()); filepath.Base(pos.Filename) == "flows.go" {
				for _, c := range g.Callees(call) {
					got[pos.Line] = append(got[pos.Line], strings.NewReplacer("example.com/flows.", "", "(", "", ")", "").Replace(c.String()))
				}
			}
		})
	}
	for i, line := range lines {
		_, want, _ := strings.Cut(line, "// want ")
		list := slices.Compact(slices.Sorted(slices.Values(got[i+1])))
		if strings.Join(list, " ") != want {
			t.Errorf("flows.go:%d: got %q, want %q", i+1, strings.Join(list, " "), want)
		}
	}
}

func eachDynamic(fn *ssa.Function, do func(ssa.CallInstruction)) {
	for _, b := range fn.Blocks {
		for _, in := range b.Instrs {
			if call, ok := in.(ssa.CallInstruction); ok && call.Common().StaticCallee() == nil {
				do(call)
			}
		}
	}
}
