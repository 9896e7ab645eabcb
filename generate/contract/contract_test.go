package contract_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
	"github.com/ficus-dev/ficus/analyze/source"
	"github.com/ficus-dev/ficus/generate/contract"
)

var update = flag.Bool("update", false, "rewrite the want.txt of the fixtures")

// fixture is a module unpacked from testdata, loaded, with its model and plan.
type fixture struct {
	file    string
	archive *txtar.Archive
	prog    *source.Program
	model   *model.Model
	plan    *plan.Plan
}

func load(t *testing.T, name string) *fixture {
	t.Helper()
	f := &fixture{file: filepath.Join("testdata", name+".txtar")}
	var err error
	if f.archive, err = txtar.ParseFile(f.file); err != nil {
		t.Fatal(err)
	}
	if prog, ok := programs[name]; ok {
		f.prog = prog
	} else {
		f.prog = f.unpack(t)
		programs[name] = f.prog
	}
	f.model = modelOf(f.prog.Module.Path, f.text("services.txt"))
	if text := f.text("ficus.yaml"); text != "" {
		if f.plan, err = plan.Parse("ficus.yaml", []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// programs are the fixtures loaded so far: loading takes most of the time, and no test
// changes them. Tests of this package do not run in parallel.
var programs = map[string]*source.Program{}

func (f *fixture) unpack(t *testing.T) *source.Program {
	t.Helper()
	dir := t.TempDir()
	for _, file := range f.archive.Files {
		path := filepath.Join(dir, filepath.FromSlash(file.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, file.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	prog, err := source.Load(context.Background(), source.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	return prog
}

// modelOf reads lines of a package and its service; of a package, a service and the
// declaration in it that it owns; of a method, its service and type.
func modelOf(module, text string) *model.Model {
	m := &model.Model{Module: model.Module{Path: module}}
	for line := range strings.Lines(text) {
		pkg, service, _ := strings.Cut(strings.TrimSpace(line), " ")
		service, name, isAtom := strings.Cut(service, " ")
		switch {
		case isAtom && strings.Contains(name, "/"):
			m.Atoms = append(m.Atoms, model.Atom{ID: pkg, Kind: model.KindMethod, Service: service, Type: name})
			if !slices.ContainsFunc(m.Services, func(s model.Service) bool { return s.Name == service }) {
				m.Services = append(m.Services, model.Service{Name: service})
			}
			continue
		case isAtom:
			m.Atoms = append(m.Atoms, model.Atom{ID: pkg + "." + name, Package: pkg, Service: service})
			continue
		}
		m.Packages = append(m.Packages, model.Package{Path: pkg})
		m.Units = append(m.Units, model.Unit{ID: pkg, Package: pkg, Service: service})
		if !strings.HasPrefix(service, "@") {
			m.Services = append(m.Services, model.Service{Name: service, Packages: []string{pkg}})
		}
	}
	return m
}

func (f *fixture) text(name string) string {
	for _, file := range f.archive.Files {
		if file.Name == name {
			return string(file.Data)
		}
	}
	return ""
}

func (f *fixture) build(t *testing.T, service string, lock *contract.Lock) (*contract.Contract, []contract.Refusal) {
	t.Helper()
	c, refusals, err := contract.Build(context.Background(), f.prog, f.model, f.plan, service, contract.Options{Lock: lock})
	if err != nil {
		t.Fatal(err)
	}
	return c, refusals
}

// golden compares with want.txt of the fixture, or rewrites it.
func (f *fixture) golden(t *testing.T, got string) {
	t.Helper()
	if *update {
		for i := range f.archive.Files {
			if f.archive.Files[i].Name == "want.txt" {
				f.archive.Files[i].Data = []byte(got)
			}
		}
		if err := os.WriteFile(f.file, txtar.Format(f.archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := f.text("want.txt"); got != want {
		t.Errorf("%s: got\n%s\nwant\n%s", f.file, got, want)
	}
}

func report(refusals []contract.Refusal) string {
	var b strings.Builder
	for _, r := range refusals {
		b.WriteString(r.String())
	}
	return b.String()
}

// describe writes all of a contract that generators use.
func describe(c *contract.Contract) string {
	var b strings.Builder
	fmt.Fprintf(&b, "package %s, Go %s\n", c.ProtoPackage, c.PBImport)
	message := func(m *contract.Message) {
		fmt.Fprintf(&b, "message %s", m.Name)
		for _, flag := range []struct {
			on   bool
			name string
		}{{m.Wrapper, "wrapper"}, {m.Entry, "entry"}, {m.EmptyFields, "empty fields"}, {m.Recursive, "recursive"}} {
			if flag.on {
				b.WriteString(", " + flag.name)
			}
		}
		b.WriteString("\n")
		for _, f := range m.Fields {
			fmt.Fprintf(&b, "\t%s = %d // %s\n", f.ProtoType()+" "+f.ProtoName, f.Number, f.GoName)
		}
	}
	for _, r := range c.Receivers {
		fmt.Fprintf(&b, "service %s\n", r.ProtoService)
		for _, m := range r.Methods {
			fmt.Fprintf(&b, "rpc %s // %s\n", m.RPC, m.Func.FullName())
			message(m.Request)
			message(m.Response)
		}
	}
	for _, m := range c.Messages {
		message(m)
	}
	for _, l := range c.Left {
		fmt.Fprintf(&b, "stays %s: %s\n", l.Func.FullName(), l.Reason)
	}
	for _, s := range c.Sentinels {
		fmt.Fprintf(&b, "sentinel %s %s\n", s.ID, s.Code)
	}
	for _, e := range c.TypedErrors {
		fmt.Fprintf(&b, "typed error %s %s pointer=%t %s\n", e.ID, e.Message.Name, e.Pointer, e.Code)
	}
	b.Write(contract.Fidelity(c))
	return b.String()
}

// Each code of the table has a fixture that is refused with it, each refusal is of a
// code of the table, has a place, and cures with their names filled in.
func TestRefusals(t *testing.T) {
	seen := map[contract.Code]bool{}
	for name, service := range map[string]string{"refusals": "billing", "outgoing": "orders", "nothing": "tool", "idle": "idle", "main": "filter", "split": "accounts"} {
		t.Run(name, func(t *testing.T) {
			f := load(t, name)
			_, refusals := f.build(t, service, nil)
			f.golden(t, report(refusals))
			for _, r := range refusals {
				seen[r.Code] = true
				checkRefusal(t, r)
			}
		})
	}
	for _, rule := range contract.Rules {
		if !seen[rule.Code] {
			t.Errorf("no fixture is refused with %s (%s)", rule.Code, rule.Title)
		}
	}
}

// TestSplitTypeOfItsOwner: the service that has the type is refused too, at the type.
func TestSplitTypeOfItsOwner(t *testing.T) {
	f := load(t, "split")
	_, refusals := f.build(t, "things", nil)
	refusals = slices.DeleteFunc(refusals, func(r contract.Refusal) bool { return r.Code == contract.CodeLiveField })
	if len(refusals) != 1 || refusals[0].Code != contract.CodeSplitType || refusals[0].Position.Line != 6 ||
		refusals[0].Reason != "store.Store belongs to things, and of its methods 2 to accounts" {
		t.Fatalf("refusals %v", refusals)
	}
	checkRefusal(t, refusals[0])
}

func checkRefusal(t *testing.T, r contract.Refusal) {
	t.Helper()
	if _, ok := contract.RuleOf(r.Code); !ok {
		t.Errorf("%s is not in the table", r.Code)
	}
	cures := strings.Join(r.Cures, " ")
	if len(r.Cures) == 0 || strings.Contains(cures, "\n") || strings.Contains(cures, "{func}") || strings.Contains(cures, "{short}") {
		t.Errorf("cures of %s: %q", r, r.Cures)
	}
	if r.Position.Line == 0 || filepath.IsAbs(r.Position.Filename) {
		t.Errorf("%s is at %s", r.Code, r.Position)
	}
}

// What LocalPlan proposes is accepted by the plan's parser, and settles the refusals.
func TestLocalPlanSettlesRefusals(t *testing.T) {
	f := load(t, "refusals")
	_, refusals := f.build(t, "billing", nil)
	var ofFunctions []contract.Refusal
	for _, r := range refusals {
		if r.Code < contract.CodeVariable {
			ofFunctions = append(ofFunctions, r)
		}
	}
	if got := contract.LocalPlan("billing", refusals); got != "" {
		t.Errorf("a plan that cannot help: %s", got)
	}
	p, err := plan.Parse("ficus.yaml", []byte("version: 1\n"+contract.LocalPlan("billing", ofFunctions)))
	if err != nil {
		t.Fatal(err)
	}
	f.plan = p
	_, rest := f.build(t, "billing", nil)
	for _, r := range rest {
		if r.Code < contract.CodeVariable {
			t.Errorf("still refused: %s", r)
		}
	}
}

func TestSurface(t *testing.T) {
	f := load(t, "surface")
	c, refusals := f.build(t, "catalogue", nil)
	if len(refusals) > 0 {
		t.Fatal(report(refusals))
	}
	f.golden(t, describe(c))
}

func TestRoutesAreEnough(t *testing.T) {
	f := load(t, "outgoing")
	f.plan = mustPlan(t, "services: {orders: {local: [stock.Commit]}}")
	c, refusals := f.build(t, "orders", nil)
	if len(refusals) > 0 || len(c.Receivers) > 0 || c.Lock == nil {
		t.Errorf("got %v, %d receivers", refusals, len(c.Receivers))
	}
}

func mustPlan(t *testing.T, text string) *plan.Plan {
	t.Helper()
	p, err := plan.Parse("ficus.yaml", []byte("version: 1\n"+text+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The order in which packages are loaded must not show.
func TestBuildIsDeterministic(t *testing.T) {
	f := load(t, "surface")
	c, _ := f.build(t, "catalogue", nil)
	want, wantLock := describe(c), string(c.Lock.Bytes())
	for seed := range int64(3) {
		r := rand.New(rand.NewSource(seed))
		r.Shuffle(len(f.model.Units), func(i, j int) { f.model.Units[i], f.model.Units[j] = f.model.Units[j], f.model.Units[i] })
		shuffled := *f.prog
		shuffled.Packages = append(shuffled.Packages[:0:0], f.prog.Packages...)
		r.Shuffle(len(shuffled.Packages), func(i, j int) {
			shuffled.Packages[i], shuffled.Packages[j] = shuffled.Packages[j], shuffled.Packages[i]
		})
		again, _, err := contract.Build(context.Background(), &shuffled, f.model, f.plan, "catalogue", contract.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if describe(again) != want || string(again.Lock.Bytes()) != wantLock {
			t.Errorf("seed %d: another contract", seed)
		}
	}
}

func TestBuildErrors(t *testing.T) {
	f := load(t, "surface")
	build := func(m *model.Model, p *plan.Plan, service string) string {
		_, _, err := contract.Build(context.Background(), f.prog, m, p, service, contract.Options{})
		return fmt.Sprint(err)
	}
	if got := build(f.model, nil, "nope"); !strings.Contains(got, "generate nope: no such service, the model has cart, catalogue") {
		t.Error(got)
	}
	if got := build(&model.Model{}, nil, "nope"); !strings.Contains(got, "run ficus analyze") {
		t.Error(got)
	}
	gone := modelOf("example.com/m", "example.com/m/internal/gone gone")
	if got := build(gone, nil, "gone"); !strings.Contains(got, "none of its code was found") {
		t.Error(got)
	}
	if got := build(f.model, mustPlan(t, "services: {shelf: {owns: [internal/catalogue]}}"), "shelf"); got != "<nil>" {
		t.Errorf("a service of the plan: %s", got)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := contract.Build(ctx, f.prog, f.model, nil, "cart", contract.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// Where the monolith has a program of the service's name, the service's stands beside it.
func TestCommandBesideTheMonoliths(t *testing.T) {
	for service, want := range map[string]string{"filter": "cmd/filter-service", "api": "cmd/api"} {
		c, _ := load(t, "main").build(t, service, nil)
		if c.Command != want {
			t.Errorf("the program of %s is in %s, not in %s", service, c.Command, want)
		}
	}
}
