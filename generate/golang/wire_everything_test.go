package golang_test

import (
	"context"
	"flag"
	"go/parser"
	"go/token"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/source"
	"github.com/ficus-dev/ficus/generate/contract"
	"github.com/ficus-dev/ficus/generate/golang"
	"github.com/ficus-dev/ficus/generate/schema"
)

var corpus = flag.String("corpus", "", "module to try everything on; default the sample shop")

// Every package of a module as a service of its own: nothing panics, and where nothing
// is refused, what is generated parses. Refusals are counted by code.
func TestWireEverything(t *testing.T) {
	dir := *corpus
	if dir == "" {
		dir = "../../samples/shop"
	}
	prog, err := source.Load(context.Background(), source.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	m := &model.Model{Module: model.Module{Path: prog.Module.Path}}
	for _, pkg := range prog.Packages {
		m.Units = append(m.Units, model.Unit{ID: pkg.PkgPath, Package: pkg.PkgPath, Service: pkg.PkgPath})
		m.Services = append(m.Services, model.Service{Name: pkg.PkgPath, Packages: []string{pkg.PkgPath}})
	}
	codes, clean, methods := map[contract.Code]int{}, 0, 0
	for _, s := range m.Services {
		c, refusals, err := contract.Build(context.Background(), prog, m, nil, s.Name, contract.Options{})
		if err != nil {
			t.Logf("%s: %v", s.Name, err)
			continue
		}
		for _, r := range refusals {
			codes[r.Code]++
		}
		if len(refusals) > 0 {
			continue
		}
		clean++
		for _, r := range c.Receivers {
			methods += len(r.Methods)
		}
		parses(t, c)
	}
	t.Logf("%d packages, %d clean with %d methods, refusals %v", len(m.Services), clean, methods, codes)
	if *corpus == "" && clean == 0 {
		t.Error("no package of the shop can be cut")
	}
}

func parses(t *testing.T, c *contract.Contract) {
	t.Helper()
	files, err := schema.Files(c)
	if err != nil {
		t.Error(err)
		return
	}
	wire, err := golang.Wire(c, golang.WireOptions{Path: "wire_gen.go", Import: golang.WireImport(c), Package: "wire"})
	if err != nil {
		t.Error(err)
		return
	}
	for _, f := range append(files[1:], wire) {
		if _, err := parser.ParseFile(token.NewFileSet(), f.Path, f.Data, parser.AllErrors); err != nil {
			t.Error(err)
		}
	}
}
