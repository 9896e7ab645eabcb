package source

import (
	"sort"
	"strings"

	"golang.org/x/tools/go/packages"
)

// split parts what go list named. own are the packages asked for, and those of their
// dependencies that import one of them again (packages that the patterns leave out,
// variants for tests): these must be type-checked together. direct are the other
// packages that own ones import, sorted by ID; whatever they import is on their side.
func split(roots []*packages.Package) (own, direct []*packages.Package) {
	isRoot := set(roots)
	reaches := map[*packages.Package]bool{}
	seen := map[*packages.Package]bool{}
	var visit func(p *packages.Package) bool
	visit = func(p *packages.Package) bool {
		if seen[p] {
			return reaches[p]
		}
		seen[p] = true
		reaches[p] = isRoot[p]
		for _, imp := range p.Imports {
			if visit(imp) {
				reaches[p] = true
			}
		}
		return reaches[p]
	}
	outside := map[*packages.Package]bool{}
	for _, p := range roots {
		visit(p)
	}
	for p := range seen {
		if !reaches[p] || testMain(p) {
			continue
		}
		own = append(own, p)
		for _, imp := range p.Imports {
			if !reaches[imp] && imp.PkgPath != "unsafe" && !outside[imp] {
				outside[imp] = true
				direct = append(direct, imp)
			}
		}
	}
	byID(own)
	byID(direct)
	return own, direct
}

// testMain tells whether the package is what go test makes to run tests.
func testMain(p *packages.Package) bool { return strings.HasSuffix(p.ID, ".test") }

func set(list []*packages.Package) map[*packages.Package]bool {
	m := make(map[*packages.Package]bool, len(list))
	for _, p := range list {
		m[p] = true
	}
	return m
}

func byID(list []*packages.Package) {
	sort.Slice(list, func(i, j int) bool { return list[i].ID < list[j].ID })
}
