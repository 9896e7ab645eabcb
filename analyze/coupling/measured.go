package coupling

import (
	"cmp"
	"math"
	"slices"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// The weights of what was measured; the package comment says why.
const (
	strengthCoChange = 1.0
	heatFull         = 0.1 // share of the profile at which a call counts double
	useCaseApart     = 0.5 // of a coupling whose ends no use case has both
)

// flows takes over what profile and traces say of calls between two atoms.
func (b *builder) flows(flows []facts.Flow) {
	for _, f := range flows {
		from, okF := b.number[f.From.Atom]
		to, okT := b.number[f.To.Atom]
		e := b.edges[key{from, to, model.CouplingCall}]
		if !okF || !okT || e == nil {
			continue // dispatch that the code does not show couples nothing
		}
		e.Heat = math.Min(1, e.Heat+f.Share)
		e.PerRequest = math.Max(e.PerRequest, f.PerRequest)
	}
}

// useCases numbers the use cases that have each atom.
func (b *builder) useCases(cases []facts.UseCase) {
	for i, uc := range cases {
		for _, fn := range uc.Funcs {
			n, ok := b.number[fn.Atom]
			if !ok {
				continue
			}
			if b.cases == nil {
				b.cases = make([][]int32, len(b.graph.Atoms))
			}
			if s := b.cases[n]; len(s) == 0 || s[len(s)-1] != int32(i) {
				b.cases[n] = append(s, int32(i))
			}
		}
	}
}

// coChanges ties files that changed together by the largest declaration of each: a
// commit tells of files, and one tie is enough for what they hold.
func (b *builder) coChanges(changes []facts.CoChange) {
	if len(changes) == 0 {
		return
	}
	largest := map[string]int32{}
	for i, a := range b.graph.Atoms {
		if old, ok := largest[a.File]; a.File != "" && (!ok || a.Lines > b.graph.Atoms[old].Lines) {
			largest[a.File] = int32(i)
		}
	}
	for _, c := range changes {
		x, okX := largest[c.A]
		y, okY := largest[c.B]
		if !okX || !okY {
			continue
		}
		ends := []string{b.graph.Atoms[x].ID, b.graph.Atoms[y].ID}
		slices.Sort(ends)
		if e := b.edge(ends[0], ends[1], model.CouplingCoChange, model.Evidence{File: c.A, Line: 1, Confidence: model.Resolved, Detail: "with " + c.B}); e != nil {
			e.Count += c.Shared - 1
			e.Degree = math.Max(e.Degree, c.Degree)
		}
	}
}

// measuredFactor is by how much what was measured raises or lowers a weight; 1 when
// nothing was.
func (b *builder) measuredFactor(c *Coupling) float64 {
	traced := 0.0
	if c.PerRequest > 0 {
		traced = math.Min(1, math.Log10(1+c.PerRequest))
	}
	factor := 1 + max(math.Min(1, c.Heat/heatFull), traced)
	if b.cases != nil && len(b.cases[c.From]) > 0 && len(b.cases[c.To]) > 0 {
		factor *= useCaseApart + jaccard(b.cases[c.From], b.cases[c.To])
	}
	return factor
}

// jaccard is the share of two sorted sets that both have.
func jaccard(a, b []int32) float64 {
	both := 0
	for _, x := range a {
		if _, ok := slices.BinarySearchFunc(b, x, cmp.Compare[int32]); ok {
			both++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}
