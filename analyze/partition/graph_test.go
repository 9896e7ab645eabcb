package partition

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// parse builds a graph from lines like
//
//	cmd/shop 50 main: app
//	orders 700: models catalogue orders! carts? tx:inventory /orders
//	handlers.Orders 200: services.Orders
//
// that is a package or declaration, its lines, and what it is tied to: other
// packages or declarations (imported, called, named in a signature), tables
// written (!) or read (?), transactions that reach another's writes, routes,
// interfaces implemented (^), what is called back without being named (~).
func parse(t *testing.T, text string) *coupling.Graph {
	t.Helper()
	p := &parser{t: t, f: &facts.Facts{}, pkgs: map[string]*model.Package{}}
	lines := slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return strings.TrimSpace(l) == "" })
	for _, l := range lines {
		p.declare(l)
	}
	for _, l := range lines {
		p.tie(l)
	}
	var pkgs []model.Package
	for _, pkg := range p.pkgs {
		slices.Sort(pkg.Imports)
		pkg.Imports = slices.Compact(pkg.Imports)
		pkgs = append(pkgs, *pkg)
	}
	return coupling.Build(coupling.Input{Facts: p.f, Packages: pkgs})
}

type parser struct {
	t    *testing.T
	f    *facts.Facts
	pkgs map[string]*model.Package
}

// split separates "handlers.Orders" into its package and declaration.
func split(name string) (pkg, decl string) {
	slash := strings.LastIndexByte(name, '/') + 1
	if pkg, decl, ok := strings.Cut(name[slash:], "."); ok {
		return name[:slash] + pkg, decl
	}
	return name, "Service"
}

func atomOf(name string) string {
	pkg, decl := split(name)
	return pkg + "." + decl
}

func (p *parser) declare(line string) {
	head, _, _ := strings.Cut(line, ":")
	words := strings.Fields(head)
	path, decl := split(words[0])
	n, err := strconv.Atoi(words[1])
	if err != nil {
		p.t.Fatalf("%q: %v", line, err)
	}
	pkg := p.pkgs[path]
	if pkg == nil {
		pkg = &model.Package{Path: path, Name: "x", Dir: path}
		p.pkgs[path] = pkg
	}
	if slices.Contains(words, "main") {
		pkg.Name = "main"
	}
	pkg.Lines += n
	p.f.Decls = append(p.f.Decls, facts.Decl{Atom: model.Atom{ID: path + "." + decl, Kind: model.KindType, Package: path, Name: decl, Lines: n, File: path + "/a.go"}})
}

func (p *parser) tie(line string) {
	head, ties, _ := strings.Cut(line, ":")
	name := strings.Fields(head)[0]
	path, _ := split(name)
	from := facts.Ref{Atom: atomOf(name)}
	for i, tie := range strings.Fields(ties) {
		ev := model.Evidence{File: path + "/a.go", Line: i + 1}
		if inner, ok := strings.CutPrefix(tie, "tx:"); ok {
			p.transaction(from, atomOf(inner), ev)
			continue
		}
		switch last := tie[len(tie)-1]; {
		case last == '!':
			p.f.Accesses = append(p.f.Accesses, facts.TableAccess{From: from, Table: tie[:len(tie)-1], Access: model.Write, Evidence: ev})
		case last == '?':
			p.f.Accesses = append(p.f.Accesses, facts.TableAccess{From: from, Table: tie[:len(tie)-1], Access: model.Read, Evidence: ev})
		case tie[0] == '^':
			p.f.Interfaces = append(p.f.Interfaces, facts.Interface{Type: atomOf(tie[1:]), Implementations: []string{from.Atom}, Evidence: ev})
		case tie[0] == '~':
			p.f.Calls = append(p.f.Calls, facts.Call{From: from, To: facts.Ref{Atom: atomOf(tie[1:])}, Mode: facts.Dynamic, Evidence: ev})
		case tie[0] == '/':
			p.f.Routes = append(p.f.Routes, facts.Route{Method: "GET", Pattern: tie, Handler: from, Evidence: ev})
		default:
			p.use(path, from, tie, ev)
		}
	}
}

func (p *parser) use(path string, from facts.Ref, to string, ev model.Evidence) {
	pkg, _ := split(to)
	if pkg != path {
		p.pkgs[path].Imports = append(p.pkgs[path].Imports, pkg)
	}
	p.f.Calls = append(p.f.Calls, facts.Call{From: from, To: facts.Ref{Atom: atomOf(to)}, Mode: facts.Static, Evidence: ev})
	p.f.Uses = append(p.f.Uses, facts.Use{From: from, To: atomOf(to), Kind: model.CouplingType, InAPI: true, Evidence: ev})
}

// transaction makes from open a transaction that reaches all writes of to.
func (p *parser) transaction(from facts.Ref, to string, ev model.Evidence) {
	tx := facts.Transaction{From: from, Evidence: ev}
	p.f.Accesses = append(p.f.Accesses, facts.TableAccess{From: facts.Ref{Atom: to}, Table: "written_by_" + strings.ReplaceAll(to, ".", "_"), Access: model.Write, Evidence: ev})
	tx.Reached = []int{len(p.f.Accesses) - 1}
	p.f.Transactions = append(p.f.Transactions, tx)
}

func solve(t *testing.T, g *coupling.Graph, opt Options) *Result {
	t.Helper()
	r, err := Solve(context.Background(), g, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// places is "service: unit unit" a line, sorted: what a person would read off.
func places(r *Result) string {
	by := map[string][]string{}
	for _, u := range r.Units {
		by[u.Service] = append(by[u.Service], u.ID)
	}
	var lines []string
	for s, units := range by {
		lines = append(lines, fmt.Sprintf("%s: %s", s, strings.Join(units, " ")))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// placeOf is the service of a unit.
func placeOf(t *testing.T, r *Result, unit string) string {
	t.Helper()
	for _, u := range r.Units {
		if u.ID == unit {
			return u.Service
		}
	}
	t.Fatalf("no unit %s among\n%s", unit, places(r))
	return ""
}

func atoms(t *testing.T, g *coupling.Graph, names ...string) []int32 {
	t.Helper()
	var out []int32
	for _, name := range names {
		n, ok := g.Atom(atomOf(name))
		if !ok {
			t.Fatalf("no atom %s", name)
		}
		out = append(out, n)
	}
	return out
}

func dedent(text string) string {
	var lines []string
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l != "" {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}
