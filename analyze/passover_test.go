package analyze

import (
	"strings"
	"testing"

	"github.com/ficus-dev/ficus/analyze/model"
	"github.com/ficus-dev/ficus/analyze/plan"
)

func TestWithoutGoneKeepsWhatIsThere(t *testing.T) {
	known := &model.Model{Module: model.Module{Path: "m"}, Packages: []model.Package{{Path: "m/a"}},
		Atoms: []model.Atom{{ID: "m/a.A", Package: "m/a", Name: "A", Kind: model.KindFunc}}}
	frozen := plan.Freeze(&model.Model{Module: model.Module{Path: "m"}, Units: []model.Unit{
		{ID: "m/a", Package: "m/a", Service: "one"}, {ID: "m/gone", Package: "m/gone", Service: "two"},
		{ID: "m/a#x", Package: "m/a", Service: "two", Atoms: []string{"m/a.A", "m/a.Gone"}}}})
	if err := frozen.Check(known); err == nil {
		t.Fatal("the plan names nothing that is gone; the test is void")
	}
	p := withoutGone(frozen, known)
	if err := p.Check(known); err != nil {
		t.Error(err)
	}
	var left []string
	for _, pin := range p.Decisions() {
		left = append(left, pin.String())
	}
	if got := strings.Join(left, "; "); got != "in: {a: one}; in: {a.A: two}" {
		t.Errorf("left: %s", got)
	}
	if len(frozen.Pins) != 4 {
		t.Errorf("the plan itself changed: %v", frozen.Pins)
	}
	known.Module.Path = "other"
	if p := withoutGone(frozen, known); p.Check(known) == nil {
		t.Error("a plan of another module was passed over")
	}
}
