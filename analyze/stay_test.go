package analyze

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
)

// TestStay: a system that is small, and one that is knotted, are told to stay, with
// the figure or the knot that decides. TestShop has one that is worth a split.
func TestStay(t *testing.T) {
	if testing.Short() {
		t.Skip("loads a sample and its dependencies")
	}
	small, _ := unpack(t, "testdata/office.txtar")
	for _, tt := range []struct{ name, dir, summary, reason string }{
		{"small", small, "under 2000 a split costs more than it frees", ""},
		{"knotted", filepath.Join("..", "samples", "flights"), "untie those first", "one transaction of "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := run(t, Options{Dir: tt.dir, Seed: 1})
			v := m.Verdict
			if v.Split || v.FirstCut != "" || len(v.Order) > 0 || !strings.HasPrefix(v.Summary, "Stay: ") || !strings.Contains(v.Summary, tt.summary) {
				t.Errorf("verdict %+v", v)
			}
			if reasons := strings.Join(v.Reasons, "\n"); !strings.Contains(reasons, tt.reason) {
				t.Errorf("no reason has %q:\n%s", tt.reason, reasons)
			}
			if len(m.Services) < 2 {
				t.Errorf("%d services: nothing to advise against", len(m.Services))
			}
		})
	}
}

// TestWrittenLines: of a package with generated files the rest counts, of its parts
// the package's share.
func TestWrittenLines(t *testing.T) {
	a := &assembler{m: &model.Model{
		Packages: []model.Package{{Path: "m/a", Lines: 400, Generated: 300}, {Path: "m/b", Lines: 100}, {Path: "m/empty"}},
		Units: []model.Unit{{Package: "m/a", Lines: 100, Service: "x"}, {Package: "m/a", Lines: 300, Service: "y"},
			{Package: "m/b", Lines: 100, Service: "y"}, {Package: "m/empty", Service: "y"}}}}
	if got := a.written(); got["x"] != 25 || got["y"] != 175 {
		t.Errorf("written are %v, want 25 and 175", got)
	}
}
