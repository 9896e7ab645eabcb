package analyze

import (
	"errors"
	"slices"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
)

// withoutGone is the plan without the references that name nothing in known. A
// plan for another module comes back as it is: that is no matter of age.
func withoutGone(p *plan.Plan, known *model.Model) *plan.Plan {
	var problems plan.Problems
	if p.Module != known.Module.Path || !errors.As(p.Check(known), &problems) {
		return p
	}
	gone := map[plan.Pos]bool{}
	for _, problem := range problems {
		gone[problem.Pos] = true
	}
	out := *p
	out.Pins = nil
	for _, pin := range p.Pins {
		pin.Refs = slices.DeleteFunc(slices.Clone(pin.Refs), func(r plan.Ref) bool { return gone[r.Pos] })
		if len(pin.Refs) > 0 {
			out.Pins = append(out.Pins, pin)
		}
	}
	return &out
}
