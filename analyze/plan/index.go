package plan

import (
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// atomIndex finds the atoms that references name without asking each: a frozen plan
// has a reference for every unit.
type atomIndex struct {
	module   string
	byText   map[string][]int // tables and routes by ID; by package, declaration, unit relative to the module
	packages []string         // relative, each once
	of       map[string][]int // atoms by package
}

func newAtomIndex(module string, atoms []model.Atom) *atomIndex {
	ix := &atomIndex{module: module, byText: map[string][]int{}, of: map[string][]int{}}
	last, pkg := "", "" // atoms of one package stand together
	for i, a := range atoms {
		if a.Package == "" {
			ix.byText[a.ID] = append(ix.byText[a.ID], i)
			continue
		}
		if a.Package != last || pkg == "" {
			last, pkg = a.Package, relative(module, a.Package)
		}
		if ix.of[pkg] == nil {
			ix.packages = append(ix.packages, pkg)
		}
		ix.of[pkg] = append(ix.of[pkg], i)
		decl := strings.TrimPrefix(pkg, ".") + "." + a.Name
		ix.byText[decl] = append(ix.byText[decl], i)
		if of := typeOf(decl, a); of != decl {
			ix.byText[of] = append(ix.byText[of], i)
		}
		if a.Unit == "" {
			continue
		}
		if unit := relative(module, a.Unit); unit != pkg && unit != decl {
			ix.byText[unit] = append(ix.byText[unit], i)
		}
	}
	return ix
}

// each calls yield with the number of every atom that the reference matches, as
// Ref.Match does, until it gives false.
func (ix *atomIndex) each(r Ref, yield func(int) bool) {
	all := func(list []int) bool {
		for _, i := range list {
			if !yield(i) {
				return false
			}
		}
		return true
	}
	ref := relative(ix.module, r.Text)
	if tree, ok := cutTree(ref); ok {
		for _, pkg := range ix.packages {
			if (tree == "." || pkg == tree || strings.HasPrefix(pkg, tree+"/")) && !all(ix.of[pkg]) {
				return
			}
		}
		return
	}
	if all(ix.of[ref]) {
		all(ix.byText[ref])
	}
}

// has reports whether the reference matches any atom.
func (ix *atomIndex) has(r Ref) bool {
	found := false
	ix.each(r, func(int) bool { found = true; return false })
	return found
}
