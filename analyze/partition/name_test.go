package partition

import (
	"testing"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/model"
)

// named gives the name of one service that has all of a package's declarations.
func named(t *testing.T, dir string, blind bool, decls ...string) string {
	t.Helper()
	g := &coupling.Graph{Packages: []coupling.Package{{Path: "m/" + dir, Dir: dir, Lines: 100}}}
	var atoms []int32
	for i, name := range decls {
		g.Atoms = append(g.Atoms, coupling.Atom{ID: name, Kind: model.KindFunc, Name: name, Lines: 10})
		atoms = append(atoms, int32(i))
	}
	s := &solver{g: g, opt: Options{Blind: blind}, words: coupling.NewVocabulary(), cells: &cells{g: g, list: []cell{{atoms: atoms, whole: true, lines: 100}}},
		net: &network{nodes: []node{{cells: []int{0}, table: noAtom, lines: 100}}}}
	return s.names(&assignment{group: []int{0}, services: 1})[0]
}

func TestNamesByWhatDeclarationsSpeakOf(t *testing.T) {
	decls := []string{"NewInvoice", "PayInvoice", "InvoiceLines"}
	for _, tt := range []struct {
		dir   string
		blind bool
		want  string
	}{
		{"internal/billing", false, "billing"}, // a folder that says something
		{"internal/services", false, "invoice"},
		{"internal/services", true, "services"},
		{".", false, "invoice"},
		{".", true, "service-1"},
	} {
		if got := named(t, tt.dir, tt.blind, decls...); got != tt.want {
			t.Errorf("%s, blind %v: %s, want %s", tt.dir, tt.blind, got, tt.want)
		}
	}
}
