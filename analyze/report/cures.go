package report

import (
	"fmt"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// cureGroup is what one kind of cure is for: items, dearest first.
type cureGroup struct {
	model.CureSum
	items []item
}

// byCure groups crossings by their cure, dearest first.
func byCure(crossings []model.Crossing) []cureGroup {
	of := map[string][]model.Crossing{}
	for _, c := range crossings {
		of[c.CureKind] = append(of[c.CureKind], c)
	}
	var out []cureGroup
	for _, sum := range model.SumByCure(crossings) {
		if sum.Title == "" {
			sum.Title = "Other" // of models whose crossings name no cure
		}
		out = append(out, cureGroup{sum, group(of[sum.Kind])})
	}
	return out
}

// steps are the item's own, or none; with the crossing that has them.
func (it item) steps() []model.CureStep {
	for _, c := range it.crossings {
		if len(c.Steps) > 0 {
			return c.Steps
		}
	}
	return nil
}

// other is the service on the other side of the item, as seen from one.
func (it item) other(service string) string {
	c := it.crossings[0]
	if c.FromService != service {
		return c.FromService
	}
	return c.ToService
}

func cureHead(g cureGroup) string {
	return fmt.Sprintf("%s: price %s, %s", g.Title, amount(g.Price), counted(g.Crossings, "crossing"))
}

// cureSummary writes the dearest cures with the dearest item of each, and sums the
// rest up in a line.
func (v *textView) cureSummary(crossings []model.Crossing, most int) {
	groups := byCure(crossings)
	for _, g := range firstN(groups, most) {
		v.line(span{"  " + g.Title, good}, span{fmt.Sprintf("  price %s", amount(g.Price)), bold}, span{"  " + counted(g.Crossings, "crossing") + theDearest(g), dim})
		v.itemBrief(g.items[0], len(g.items) > 1)
	}
	if len(groups) <= most {
		return
	}
	var rest []string
	for _, g := range groups[most:] {
		rest = append(rest, g.Title+" "+amount(g.Price))
	}
	v.wrap("  ", "and "+strings.Join(rest, ", "), dim)
}

func theDearest(g cureGroup) string {
	if len(g.items) > 1 {
		return ", the dearest:"
	}
	return ""
}

// itemBrief writes an item below its cure's head: why, where, and for how much of the
// cure's price.
func (v *textView) itemBrief(it item, priced bool) {
	const indent = "     "
	v.wrap(indent, it.why, plain)
	tail := ""
	if f := it.flags(); f != "" {
		tail = "  " + f
	}
	if priced {
		tail += "  price " + amount(it.price)
	}
	where := truncateLeft(orSay(it.where(), "place unknown"), v.width-runes(indent)-runes(tail))
	v.line(span{indent, plain}, span{where, dim}, span{tail, plain})
}

// cures writes crossings by their cure: of each the dearest items, with the places
// and the steps; service says from which side, empty for none.
func (v *textView) cures(crossings []model.Crossing, service string, most int) {
	for _, g := range byCure(crossings) {
		v.head(cureHead(g))
		own := false
		for i, it := range firstN(g.items, most) {
			v.itemWith(i+1, it, service)
			v.itemLoops(it)
			if len(it.crossings) > 1 {
				v.itemPlaces(it)
			}
			if steps := it.steps(); len(steps) > 0 {
				own = true
				v.ownSteps(steps)
			}
		}
		v.rest(g.items, most)
		if !own {
			v.generalSteps(g.Kind)
		}
	}
}

// itemWith writes an item, and whom it is with.
func (v *textView) itemWith(n int, it item, service string) {
	if service != "" {
		it.why += " (with " + strings.TrimPrefix(orSay(it.other(service), "?"), "@") + ")"
	}
	v.itemLines(n, it)
}

// ownSteps writes the steps that one crossing has.
func (v *textView) ownSteps(steps []model.CureStep) {
	for i, s := range steps {
		text := s.Service + ": " + s.Do
		if at := place(s.Evidence); at != "" {
			text += " (" + at
			if n := len(s.Evidence) - 1; n > 0 {
				text += fmt.Sprintf(" +%d", n)
			}
			text += ")"
		}
		v.wrap(fmt.Sprintf("       %d  ", i+1), text, plain)
		if s.Undo != "" {
			v.wrap("          undo: ", s.Undo, dim)
		}
	}
}

// generalSteps writes those of a kind of cure.
func (v *textView) generalSteps(kind string) {
	steps := model.CureOf(kind).Steps
	for i, s := range steps {
		lead := "     how:  "
		if i > 0 {
			lead = "           "
		}
		v.wrap(lead, s, dim)
	}
}
