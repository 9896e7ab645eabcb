package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// sources says what was read beside the code, and how much of it was of this module.
func (v *textView) sources() {
	if len(v.ix.m.Sources) == 0 {
		return
	}
	parts := make([]string, len(v.ix.m.Sources))
	for i, s := range v.ix.m.Sources {
		parts[i] = fmt.Sprintf("%s %s (%s of it matched)", s.Kind, s.Name, percent(s.Matched))
	}
	v.blank()
	v.wrap("Beside the code: ", strings.Join(parts, ", ")+".", plain)
}

// measured fills in what is known beside the code of one unit or declaration.
func (x *explainer) measured() {
	if x.e.Kind != TargetService && x.e.Kind != TargetTable {
		for id := range x.set {
			if a := x.ix.atoms[id]; a != nil {
				x.e.Heat = max(x.e.Heat, a.Heat)
				x.e.UseCases = append(x.e.UseCases, a.UseCases...)
			}
		}
		slices.Sort(x.e.UseCases)
		x.e.UseCases = slices.Compact(x.e.UseCases)
	}
	if u := x.ix.units[x.e.ID]; u != nil {
		x.e.History, x.e.Terms = u.History, u.Terms
	}
}

func (v *textView) explainMeasured(e *Explanation) {
	if len(e.Terms) > 0 {
		v.wrap("  speaks of: ", strings.Join(e.Terms, ", "), plain)
	}
	if h := e.History; h != nil {
		v.wrap("  history: ", historyText(v.ix, h), plain)
	}
	if e.Heat > 0 {
		v.wrap("  heat: ", "on the stack in "+percent(e.Heat)+" of the profile's samples", plain)
	}
	if len(e.UseCases) > 0 {
		v.wrap("  runs in: ", fitNames(e.UseCases, 8), plain)
	}
}

func historyText(ix *index, h *model.History) string {
	text := fmt.Sprintf("%s by %s, %s of them by one", counted(h.Revisions, "revision"), peopleCount(h.Authors), percent(h.Main))
	var with []string
	for _, t := range h.Together {
		with = append(with, fmt.Sprintf("%s (%s, %s)", ix.short(t.Unit), counted(t.Shared, "commit"), percent(t.Degree)))
	}
	if len(with) > 0 {
		text += "; changes together with " + strings.Join(with, ", ")
	}
	return text
}

func peopleCount(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}
