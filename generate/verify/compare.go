package verify

import (
	"maps"
	"slices"
	"strings"
)

// Outcome is how a test ended.
type Outcome string

// The outcomes.
const (
	Pass   Outcome = "pass"
	Fail   Outcome = "fail"
	Skip   Outcome = "skip"
	Absent Outcome = "did not run"
)

// testID names a test; Name is empty for the package as a whole.
type testID struct{ Package, Name string }

type ended struct {
	outcome Outcome
	output  string
}

// outcomes are how the tests of one run ended.
type outcomes map[testID]ended

// tally counts the tests of the packages, of all when nil.
func (o outcomes) tally(pkgs []string) Tally {
	var t Tally
	for id, e := range o {
		if id.Name == "" || pkgs != nil && !slices.Contains(pkgs, id.Package) {
			continue
		}
		switch e.outcome {
		case Pass:
			t.Passed++
		case Fail:
			t.Failed++
		case Skip:
			t.Skipped++
		}
	}
	return t
}

// broken are the packages that failed without a failing test, sorted.
func (o outcomes) broken() []string {
	failing := map[string]bool{}
	for id, e := range o {
		if id.Name != "" && e.outcome == Fail {
			failing[id.Package] = true
		}
	}
	var list []string
	for id, e := range o {
		if id.Name == "" && e.outcome == Fail && !failing[id.Package] {
			list = append(list, id.Package)
		}
	}
	slices.Sort(list)
	return list
}

// compare finds the tests that end otherwise than locally. Of packages whose tests do
// not run as they are there is nothing to compare with.
func (r *runner) compare() {
	local := r.result.Modes[0]
	ran := slices.DeleteFunc(slices.Clone(r.result.Linked), func(pkg string) bool { return slices.Contains(local.Broken, pkg) })
	for _, m := range r.result.Modes[1:] {
		r.result.Differences = append(r.result.Differences, differences(m.Name, local.tests, m.tests, ran)...)
	}
	own := r.boundaryPackages()
	for i := range r.result.Differences {
		r.result.Differences[i].Own = slices.Contains(own, r.result.Differences[i].Package)
	}
}

func differences(mode string, before, after outcomes, pkgs []string) []Difference {
	ids := maps.Clone(before)
	maps.Copy(ids, after)
	var list []Difference
	for id := range ids {
		if !slices.Contains(pkgs, id.Package) {
			continue
		}
		b, a := outcomeOf(before, id), outcomeOf(after, id)
		if b.outcome == a.outcome {
			continue
		}
		d := Difference{Mode: mode, Package: id.Package, Test: id.Name, Before: b.outcome, After: a.outcome, Output: a.output}
		if b.outcome == Fail {
			d.Output = b.output
		}
		list = append(list, d)
	}
	slices.SortFunc(list, func(a, b Difference) int {
		if c := strings.Compare(a.Package, b.Package); c != 0 {
			return c
		}
		return strings.Compare(a.Test, b.Test)
	})
	return leaves(list)
}

func outcomeOf(o outcomes, id testID) ended {
	if e, ok := o[id]; ok {
		return e
	}
	return ended{outcome: Absent}
}

// leaves leaves out what follows from another difference: the package of a test
// that failed, the parent of a subtest, and what did not run any more in a package
// that failed as a whole.
func leaves(list []Difference) []Difference {
	failed := map[string]bool{} // packages without a failed test in them
	for _, d := range list {
		if d.Test == "" && d.After == Fail {
			failed[d.Package] = true
		}
	}
	for _, d := range list {
		if d.Test != "" && d.After == Fail {
			delete(failed, d.Package)
		}
	}
	var out []Difference
	for _, d := range list {
		if d.Test != "" && d.After == Absent && failed[d.Package] {
			continue
		}
		inner := slices.ContainsFunc(list, func(o Difference) bool {
			return o.Package == d.Package && o.Test != d.Test && o.After == d.After &&
				(d.Test == "" || strings.HasPrefix(o.Test, d.Test+"/"))
		})
		if !inner {
			out = append(out, d)
		}
	}
	return out
}
