package facts

import (
	"context"
	"fmt"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/callgraph"
	"golang.org/x/tools/go/callgraph/vta"
	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/go/ssa"
	"golang.org/x/tools/go/ssa/ssautil"
	"golang.org/x/tools/txtar"

	"github.com/ficus-dev/ficus/analyze/source"
)

// The oracle of the calls: variable type analysis of the whole program, the bodies
// of all dependencies included, which Extract never reads. Of its edges count those
// between functions of the module's packages; dispatch through interfaces of the
// standard library and universe is dropped, as it is in Facts.Calls.

// edges are calls between declarations, with one place of each.
type edges map[edge]string

type edge struct{ from, to Ref }

// packages gives the edges between packages.
func (e edges) packages() edges {
	out := edges{}
	for pair, at := range e {
		p := edge{Ref{Atom: packageOf(pair.from)}, Ref{Atom: packageOf(pair.to)}}
		if old, ok := out[p]; p.from != p.to && (!ok || at < old) {
			out[p] = at
		}
	}
	return out
}

// across keeps the edges from one package to another.
func (e edges) across() edges {
	out := edges{}
	for pair, at := range e {
		if packageOf(pair.from) != packageOf(pair.to) {
			out[pair] = at
		}
	}
	return out
}

// among keeps the edges between packages of the set.
func (e edges) among(paths map[string]bool) edges {
	out := edges{}
	for pair, at := range e {
		if paths[packageOf(pair.from)] && paths[packageOf(pair.to)] {
			out[pair] = at
		}
	}
	return out
}

func (e edges) without(other edges) []string {
	var out []string
	for pair, at := range e {
		if _, ok := other[pair]; !ok {
			out = append(out, fmt.Sprintf("%s %s → %s %s  %s", pair.from.Atom, pair.from.Method, pair.to.Atom, pair.to.Method, at))
		}
	}
	slices.Sort(out)
	return out
}

// share of e that other has, in percent; of nothing, all.
func (e edges) share(other edges) float64 {
	if len(e) == 0 {
		return 100
	}
	return 100 * float64(len(e)-len(e.without(other))) / float64(len(e))
}

// ownEdges are those of Facts.Calls. What a package's initialisation calls is one
// node, since SSA knows no more of it.
func ownEdges(p *source.Program, f *Facts) edges {
	init := map[string]bool{}
	for _, d := range f.Decls {
		if d.Kind == "var" || d.Name == "init" || strings.HasPrefix(d.Name, "init#") {
			init[d.ID] = true
		}
	}
	out := edges{}
	for _, c := range f.Calls {
		if c.Mode == Value {
			continue
		}
		at := edge{c.From, c.To}
		if init[at.from.Atom] {
			at.from = Ref{Atom: packageOf(at.from) + ".init"}
		}
		if init[at.to.Atom] {
			at.to = Ref{Atom: packageOf(at.to) + ".init"}
		}
		if at.from != at.to {
			out[at] = fmt.Sprintf("%s:%d", c.Evidence.File, c.Evidence.Line)
		}
	}
	return out
}

// wholeProgram loads everything from source and gives the edges of its call graph.
// Packages of which the oracle knows nothing, since they do not compile, it takes
// out of own.
func wholeProgram(ctx context.Context, dir string, env []string, own map[string]bool) (edges, error) {
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadAllSyntax | packages.NeedModule, Context: ctx, Dir: dir, Env: env},
		slices.Sorted(maps.Keys(own))...)
	if err != nil {
		return nil, fmt.Errorf("load the whole program: %w", err)
	}
	std := map[string]bool{}
	packages.Visit(pkgs, nil, func(p *packages.Package) { std[p.PkgPath] = p.Module == nil })
	prog, built := ssautil.AllPackages(pkgs, ssa.InstantiateGenerics)
	prog.Build()
	for i, p := range pkgs {
		if built[i] == nil {
			delete(own, p.PkgPath)
		}
	}
	cg := vta.CallGraph(ssautil.AllFunctions(prog), nil)
	w := whole{own: own, std: std, prog: prog, out: edges{}}
	for fn, node := range cg.Nodes {
		if from, ok := w.name(fn, true); ok {
			w.calls(from, node)
		}
	}
	return w.out, nil
}

type whole struct {
	own, std map[string]bool
	prog     *ssa.Program
	out      edges
}

// calls adds the edges of a function: what wrappers call counts as called by it.
func (w *whole) calls(from Ref, node *callgraph.Node) {
	for _, e := range node.Out {
		if e.Site == nil || w.dropped(e.Site.Common()) {
			continue
		}
		at := w.prog.Fset.Position(e.Site.Pos())
		place := fmt.Sprintf("%s:%d", filepath.Base(at.Filename), at.Line)
		if com := e.Site.Common(); com.IsInvoke() {
			place += " by " + com.Method.FullName()
		}
		w.to(from, e.Callee, place, map[*callgraph.Node]bool{})
	}
}

func (w *whole) to(from Ref, callee *callgraph.Node, place string, seen map[*callgraph.Node]bool) {
	if isWrapper(callee.Func) {
		for _, e := range callee.Out {
			if !seen[e.Callee] && !w.dropped(e.Site.Common()) {
				seen[e.Callee] = true
				w.to(from, e.Callee, place, seen)
			}
		}
		return
	}
	if loopBody(callee.Func) {
		return
	}
	to, ok := w.name(callee.Func, false)
	if old, known := w.out[edge{from, to}]; ok && to != from && (!known || place < old) {
		w.out[edge{from, to}] = place
	}
}

func (w *whole) dropped(com *ssa.CallCommon) bool {
	return com.IsInvoke() && (com.Method.Pkg() == nil || w.std[com.Method.Pkg().Path()])
}

// name gives the declaration of a function of the module as ownEdges does.
func (w *whole) name(fn *ssa.Function, caller bool) (Ref, bool) {
	top := topFunc(fn)
	if top.Pkg == nil || !w.own[top.Pkg.Pkg.Path()] {
		return Ref{}, false
	}
	path := top.Pkg.Pkg.Path()
	if top.Synthetic == "package initializer" {
		return Ref{Atom: path + ".init"}, caller || fn != top
	}
	obj, ok := top.Object().(*types.Func)
	if !ok || top.Synthetic != "" {
		return Ref{}, false
	}
	if recv := obj.Signature().Recv(); recv != nil {
		n := namedOf(recv.Type())
		if n == nil {
			return Ref{}, false
		}
		return Ref{Atom: path + "." + n.Obj().Name(), Method: obj.Name()}, true
	}
	if name := top.Name(); strings.HasPrefix(name, "init#") {
		return Ref{Atom: path + ".init"}, caller || fn != top
	}
	return Ref{Atom: path + "." + obj.Name()}, true
}

// agreement compares the calls of a program with the oracle's and shows what
// differs.
type agreement struct {
	pairs, calls [2]edges // between packages, between declarations: ours, the oracle's
	left         int      // packages that the oracle cannot read
}

func agree(ctx context.Context, dir string, env []string) (*agreement, error) {
	p, err := source.Load(ctx, source.Options{Dir: dir, Env: env})
	if err != nil {
		return nil, err
	}
	f, err := Extract(ctx, p, Options{})
	if err != nil {
		return nil, err
	}
	own := map[string]bool{}
	for _, pkg := range p.Packages {
		own[pkg.PkgPath] = true
	}
	ours, all := ownEdges(p, f), len(own)
	oracle, err := wholeProgram(ctx, dir, env, own)
	if err != nil {
		return nil, err
	}
	ours = ours.among(own)
	return &agreement{
		left:  all - len(own),
		pairs: [2]edges{ours.packages(), oracle.packages()},
		calls: [2]edges{ours.across(), oracle.across()},
	}, nil
}

func (a *agreement) String() string {
	var b strings.Builder
	if a.left > 0 {
		fmt.Fprintf(&b, "without %d packages that do not compile: ", a.left)
	}
	for _, x := range []struct {
		name string
		e    [2]edges
	}{{"edges between packages", a.pairs}, {"calls between declarations of different packages", a.calls}} {
		ours, oracle := x.e[0], x.e[1]
		fmt.Fprintf(&b, "%s: %d, whole-program VTA %d; of the oracle's found %.2f %%, of ours confirmed %.2f %%\n",
			x.name, len(ours), len(oracle), oracle.share(ours), ours.share(oracle))
		for _, s := range oracle.without(ours) {
			fmt.Fprintln(&b, "  missed", s)
		}
		for _, s := range ours.without(oracle) {
			fmt.Fprintln(&b, "  extra ", s)
		}
	}
	return b.String()
}

// TestAgainstWholeProgram prints how the calls of any module agree with VTA of the
// whole program, and fails below 98 % either way. The whole program takes gigabytes:
//
//	GOMEMLIMIT=6GiB go test ./analyze/facts -run TestAgainstWholeProgram -dir ~/src/some/monolith -v -timeout 1h
func TestAgainstWholeProgram(t *testing.T) {
	if *everythingDir == "" {
		t.Skip("no -dir")
	}
	a, err := agree(t.Context(), *everythingDir, nil)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("%s: %s", *everythingDir, a)
	if min(a.pairs[1].share(a.pairs[0]), a.pairs[0].share(a.pairs[1])) < 98 {
		t.Error("the edges between packages agree in less than 98 %")
	}
}

// TestFixturesAgainstWholeProgram holds the fixtures of calls to the same oracle: all
// calls, none more.
func TestFixturesAgainstWholeProgram(t *testing.T) {
	for _, name := range []string{"calls", "dispatch"} {
		t.Run(name, func(t *testing.T) {
			ar, err := txtar.ParseFile(filepath.Join("testdata", name+".txtar"))
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			for _, f := range ar.Files {
				write(t, filepath.Join(dir, filepath.FromSlash(f.Name)), f.Data)
			}
			a, err := agree(t.Context(), dir, append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off"))
			if err != nil {
				t.Fatal(err)
			}
			if len(a.calls[1]) == 0 || len(a.calls[0].without(a.calls[1])) > 0 || len(a.calls[1].without(a.calls[0])) > 0 {
				t.Error(a)
			}
		})
	}
}
