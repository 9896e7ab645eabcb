package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const ours = "github.com/ficus-dev/ficus/"

// direction is the import direction of the design, as a whitelist: a package may
// import those of ours that its row names (a name ending in / means the folder
// and all below), and itself.
var direction = map[string][]string{
	"cmd/ficus":         {"analyze/", "generate/", "strangler/", "cmd/ficus/"},
	"cmd/ficus/demo":    {"analyze/", "generate/", "strangler/"},
	"analyze":           {"analyze/"},
	"analyze/cache":     {},
	"analyze/source":    {"analyze/cache"},
	"analyze/model":     {},
	"analyze/plan":      {"analyze/model"},
	"analyze/vta":       {},
	"analyze/facts":     {"analyze/source", "analyze/model", "analyze/cache", "analyze/vta"},
	"analyze/evidence":  {"analyze/facts", "analyze/model"},
	"analyze/coupling":  {"analyze/facts", "analyze/model"},
	"analyze/partition": {"analyze/coupling", "analyze/model"},
	"analyze/bill":      {"analyze/facts", "analyze/coupling", "analyze/partition", "analyze/model", "analyze/plan"},
	"analyze/metrics":   {"analyze/model"},
	"analyze/report":    {"analyze/model", "analyze/plan", "analyze/metrics"},
	"analyze/check":     {"analyze/model", "analyze/plan"},
	"generate":          {"analyze/model", "analyze/plan", "analyze/source", "strangler/route", "generate/"},
	"strangler":         {"strangler/"},
}

// onlyIn lists libraries that one folder hides from the rest.
var onlyIn = map[string]string{
	"gonum.org/":               "analyze/partition",
	"github.com/dave/jennifer": "generate/",
	"github.com/spf13/cobra":   "cmd/ficus",
}

// TestImportDirection holds the imports of every package against the design.
func TestImportDirection(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, ours+"...").Output()
	if err != nil {
		t.Fatalf("list packages: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkg := strings.TrimPrefix(strings.TrimPrefix(fields[0], strings.TrimSuffix(ours, "/")), "/")
		for _, imp := range fields[1:] {
			if rel, isOurs := strings.CutPrefix(imp, ours); isOurs && !allowed(pkg, rel) {
				t.Errorf("%s imports %s; the design allows it only %v", pkg, rel, direction[rowOf(pkg)])
			}
			for lib, home := range onlyIn {
				if strings.HasPrefix(imp, lib) && !within(pkg, home) {
					t.Errorf("%s imports %s, which only %s may", pkg, imp, home)
				}
			}
		}
	}
}

func allowed(pkg, imp string) bool {
	return pkg == imp || slices.ContainsFunc(direction[rowOf(pkg)], func(row string) bool { return within(imp, row) })
}

// rowOf is the longest row that covers pkg.
func rowOf(pkg string) string {
	for p := pkg; p != ""; p = p[:max(0, strings.LastIndex(p, "/"))] {
		if _, ok := direction[p]; ok {
			return p
		}
	}
	return pkg
}

func within(pkg, row string) bool {
	if dir, tree := strings.CutSuffix(row, "/"); tree {
		return pkg == dir || strings.HasPrefix(pkg, row)
	}
	return pkg == row
}
