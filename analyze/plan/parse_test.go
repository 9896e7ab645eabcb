package plan

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the expectations inside testdata")

// TestParseProblems runs every fixture of testdata/parse: a plan, and all the
// problems that it must report.
func TestParseProblems(t *testing.T) {
	files, err := filepath.Glob("testdata/parse/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("find fixtures: %d, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) { checkFixture(t, file) })
	}
}

func checkFixture(t *testing.T, file string) {
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Parse("ficus.yaml", ar.Files[0].Data)
	if err == nil {
		t.Fatal("Parse accepted a plan with problems")
	}
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("error is %T, want Problems", err)
	}
	if *update {
		ar.Files[1].Data = []byte(err.Error() + "\n")
		if err := os.WriteFile(file, txtar.Format(ar), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(ar.Files[1].Data), err.Error()+"\n"); diff != "" {
		t.Errorf("problems differ (-want +got):\n%s", diff)
	}
}

const fullPlan = `# a comment
version: 1
module: example.com/shop
services:
  orders:
  billing:
    owns: [internal/billing, internal/models.Invoice]
    local: billing.Export
    wire:
      Clock: example.com/shop/internal/clock.System()
pins:
  - in: {internal/discounts: catalogue, "table:prices": catalogue}
  - together: [internal/cart, internal/orders]
    why: one team
  - apart:
      - internal/orders
      - internal/payments
  - library: [internal/money, "internal/models#ids"]
  - root: internal/web
`

func TestParseFull(t *testing.T) {
	got, err := Parse("ficus.yaml", []byte(fullPlan))
	if err != nil {
		t.Fatal(err)
	}
	want := &Plan{
		File: "ficus.yaml", Version: 1, Module: "example.com/shop",
		Services: []Service{
			{
				Name:  "billing",
				Owns:  []Ref{{"internal/billing", Pos{7, 12}}, {"internal/models.Invoice", Pos{7, 30}}},
				Local: []Ref{{"billing.Export", Pos{8, 12}}},
				Wire:  map[string]string{"Clock": "example.com/shop/internal/clock.System()"},
				Pos:   Pos{6, 3},
			},
			{Name: "orders", Pos: Pos{5, 3}},
		},
		Pins: []Pin{
			{Kind: PinIn, Refs: []Ref{{"internal/discounts", Pos{12, 10}}}, Service: "catalogue", Pos: Pos{12, 10}},
			{Kind: PinIn, Refs: []Ref{{"table:prices", Pos{12, 41}}}, Service: "catalogue", Pos: Pos{12, 41}},
			{Kind: PinTogether, Refs: []Ref{{"internal/cart", Pos{13, 16}}, {"internal/orders", Pos{13, 31}}}, Why: "one team", Pos: Pos{13, 5}},
			{Kind: PinApart, Refs: []Ref{{"internal/orders", Pos{16, 9}}, {"internal/payments", Pos{17, 9}}}, Pos: Pos{15, 5}},
			{Kind: PinLibrary, Refs: []Ref{{"internal/money", Pos{18, 15}}, {"internal/models#ids", Pos{18, 31}}}, Pos: Pos{18, 5}},
			{Kind: PinRoot, Refs: []Ref{{"internal/web", Pos{19, 11}}}, Pos: Pos{19, 5}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("plan differs (-want +got):\n%s", diff)
	}
	if got.Service("billing") == nil || got.Service("cart") != nil {
		t.Error("Service found the wrong ones")
	}
	if n := len(got.Decisions()); n != 8 {
		t.Errorf("Decisions has %d pins, want 6 and 2 owned", n)
	}
}

func TestLoadMissing(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "ficus.yaml"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v is not fs.ErrNotExist", err)
	}
}

// FuzzParse: whatever the bytes, Parse returns a plan or Problems with a position,
// and a plan that it accepts takes a pin and is accepted again.
func FuzzParse(f *testing.F) {
	f.Add([]byte(fullPlan))
	for _, seed := range []string{"", "version: 1", "version: 1\npins: []", "version: 1\npins: [{library: [a]}]", "&a [*a]",
		"version: 1\npins:\n- library: [a]", "? [a]\n: b", "<<: {a: b}", "version: !!int 1\nservices: {a: &x {owns: [b]}, c: *x}", "- |\n  a", "version: 1\r\npins:\r\n  - root: [w]\r\n"} {
		f.Add([]byte(seed))
	}
	files, _ := filepath.Glob("testdata/parse/*.txtar")
	for _, file := range files {
		if ar, err := txtar.ParseFile(file); err == nil {
			f.Add(ar.Files[0].Data)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := Parse("ficus.yaml", src)
		if err != nil {
			var problems Problems
			if !errors.As(err, &problems) || len(problems) == 0 || p != nil {
				t.Fatalf("error %T %v with plan %v", err, err, p)
			}
			return
		}
		pin := Pin{Kind: PinLibrary, Refs: []Ref{{Text: "zz/fuzz"}}}
		out, err := AddPin("ficus.yaml", src, pin)
		if err != nil {
			return
		}
		again, err := Parse("ficus.yaml", out)
		if err != nil || len(again.Decisions()) < len(p.Decisions()) {
			t.Fatalf("after AddPin: %v\n%s", err, out)
		}
	})
}
