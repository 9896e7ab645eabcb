package golang

import (
	"context"
	"fmt"
	"go/types"
	"os"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/source"
	"github.com/ficus-dev/ficus/generate/contract"
)

func TestScratch(t *testing.T) {
	prog, err := source.Load(context.Background(), source.Options{Dir: "../../samples/shop"})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(os.Getenv("SVC")) {
		pkg := prog.Package("example.com/shop/internal/" + name)
		svc := pkg.Types.Scope().Lookup("Service").Type().(*types.Named)
		c := &contract.Contract{Service: name, Module: "example.com/shop", PBImport: "example.com/shop/services/" + name + "/" + name + "pb",
			Receivers: []*contract.Receiver{{Package: pkg.Types, Type: svc, Pointer: true, ProtoService: "XService"}}}
		var routes []model.Route
		for i, f := range pkg.Syntax {
			_ = i
			file := prog.RelFile(prog.Fset.Position(f.Package).Filename)
			data, _ := os.ReadFile("../../samples/shop/" + file)
			for n, line := range strings.Split(string(data), "\n") {
				if strings.Contains(line, `HandleFunc("`) || strings.Contains(line, `r.Get("`) {
					routes = append(routes, model.Route{Method: "GET", Pattern: "/x", Registered: model.Evidence{File: file, Line: n + 1}})
				}
			}
		}
		w, err := Wiring(c, prog, WiringOptions{Packages: []string{pkg.PkgPath}, Routes: routes})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range w.Refusals {
			fmt.Printf("REFUSE %+v\n", r)
		}
		for _, n := range w.Notes {
			fmt.Println("NOTE", n)
		}
		fmt.Println(string(w.File.Data))
	}
}
