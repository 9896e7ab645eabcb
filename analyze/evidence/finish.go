package evidence

import (
	"cmp"
	"slices"

	"github.com/ficus-dev/ficus/analyze/facts"
)

// finish sorts what the sources gave in no order.
func (r *reader) finish() {
	m := &r.out.Measured
	for _, f := range r.flows {
		m.Flows = append(m.Flows, *f)
	}
	slices.SortFunc(m.Flows, func(a, b facts.Flow) int { return cmp.Or(compareRefs(a.From, b.From), compareRefs(a.To, b.To)) })
	slices.SortFunc(m.Heats, func(a, b facts.Heat) int { return compareRefs(a.Func, b.Func) })
	slices.SortFunc(m.Files, func(a, b facts.FileHistory) int { return cmp.Compare(a.File, b.File) })
	slices.SortFunc(m.Changes, func(a, b facts.CoChange) int { return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B)) })
}
