package report

import (
	"cmp"
	"io"
	"slices"

	"github.com/ficus-dev/ficus/analyze/model"
)

// JSON writes the model itself, normalised: lists are sorted and never null, so
// that a model that was edited or written by another tool reads as ficus writes
// its own. The model is not changed.
func JSON(w io.Writer, m *model.Model) error {
	n := *m
	n.Packages = sortedBy(m.Packages, func(a, b model.Package) int { return cmp.Compare(a.Path, b.Path) })
	n.Atoms = sortedBy(m.Atoms, func(a, b model.Atom) int { return cmp.Compare(a.ID, b.ID) })
	n.Tables = sortedBy(m.Tables, func(a, b model.Table) int { return cmp.Compare(a.Name, b.Name) })
	n.Routes = sortedBy(m.Routes, func(a, b model.Route) int {
		return cmp.Or(cmp.Compare(a.Pattern, b.Pattern), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Host, b.Host))
	})
	n.Transactions = sortedBy(m.Transactions, func(a, b model.Transaction) int {
		return cmp.Or(cmp.Compare(a.Evidence.File, b.Evidence.File), cmp.Compare(a.Evidence.Line, b.Evidence.Line), cmp.Compare(a.Evidence.Column, b.Evidence.Column))
	})
	n.Couplings = sortedBy(m.Couplings, func(a, b model.Coupling) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To), cmp.Compare(a.Kind, b.Kind))
	})
	n.Resources = slices.Clone(m.Resources)
	slices.SortStableFunc(n.Resources, func(a, b model.Resource) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	n.EntryPoints = slices.Clone(m.EntryPoints)
	slices.SortStableFunc(n.EntryPoints, func(a, b model.EntryPoint) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Handler, b.Handler))
	})
	n.Interfaces = slices.Clone(m.Interfaces)
	slices.SortStableFunc(n.Interfaces, func(a, b model.Interface) int { return cmp.Compare(a.Type, b.Type) })
	n.Comparisons = slices.Clone(m.Comparisons)
	slices.SortStableFunc(n.Comparisons, func(a, b model.Comparison) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Atom, b.Atom), cmp.Compare(a.Evidence.File, b.Evidence.File), cmp.Compare(a.Evidence.Line, b.Evidence.Line))
	})
	n.InitEffects = slices.Clone(m.InitEffects)
	slices.SortStableFunc(n.InitEffects, func(a, b model.InitEffect) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Evidence.File, b.Evidence.File), cmp.Compare(a.Evidence.Line, b.Evidence.Line),
			cmp.Compare(a.Evidence.Column, b.Evidence.Column), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Target, b.Target), cmp.Compare(a.Name, b.Name))
	})
	n.Units = sortedBy(m.Units, func(a, b model.Unit) int { return cmp.Compare(a.ID, b.ID) })
	n.Services = sortedBy(m.Services, func(a, b model.Service) int { return cmp.Compare(a.Name, b.Name) })
	n.Bills = sortedBy(m.Bills, func(a, b model.Bill) int { return cmp.Compare(a.Service, b.Service) })
	for i := range n.Bills {
		n.Bills[i].Crossings = sortedBy(n.Bills[i].Crossings, compareCrossings)
	}
	n.Candidates = sortedBy(m.Candidates, func(a, b model.Candidate) int { return cmp.Compare(a.Services, b.Services) })
	n.Verdict.Reasons = nonNil(m.Verdict.Reasons)
	n.Problems = nonNil(m.Problems)
	n.Unresolved = nonNil(m.Unresolved)
	return n.Write(w)
}

// sortedBy is a sorted copy, empty rather than nil.
func sortedBy[T any](list []T, compare func(a, b T) int) []T {
	out := append(make([]T, 0, len(list)), list...)
	slices.SortStableFunc(out, compare)
	return out
}

func nonNil[T any](list []T) []T { return append(make([]T, 0, len(list)), list...) }
