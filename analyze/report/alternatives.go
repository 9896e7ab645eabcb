package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Alternatives writes what more or fewer services would cost: price against
// independence, and what changes from one to the next.
func Alternatives(w io.Writer, m *model.Model, o Options) error {
	v := &textView{screen: newScreen(o), ix: newIndex(m), o: o}
	if len(m.Candidates) == 0 {
		v.line(span{"No alternative: nothing comes apart.", plain})
		return v.flush(w)
	}
	v.wrap("", "Alternatives: the price of all crossings against how independent the services are (the share of the weight of all ties that stays inside of one).", bold)
	v.blank()
	rows := make([]row, len(m.Candidates))
	for i, c := range m.Candidates {
		mark := ""
		if chosen(m, c) {
			mark = "◀"
		}
		change := ""
		if i > 0 {
			change = strings.Join(v.newServices(m.Candidates[i-1], c), ", ")
		}
		rows[i] = row{{fmt.Sprint(c.Services), bold}, {amount(c.Price), plain}, {percent(c.Inside), plain}, {percent(c.Stability), stabilityStyle(c.Stability)},
			{fmt.Sprintf("%.2f", c.Score), plain}, {mark, good}, {change, dim}}
	}
	v.table(" ", []column{{head: "services", align: alignRight}, {head: "price", align: alignRight}, {head: "inside", align: alignRight}, {head: "stable", align: alignRight},
		{head: "score", align: alignRight}, {}, {head: "comes apart", flex: true}}, rows)
	return v.flush(w)
}

// chosen reports whether a candidate is the proposal.
func chosen(m *model.Model, c model.Candidate) bool {
	if c.Services != len(m.Services) {
		return false
	}
	return !slices.ContainsFunc(m.Services, func(s model.Service) bool {
		for _, home := range c.Units {
			if home == s.Name {
				return false
			}
		}
		return true
	})
}

// newServices are those of a finer candidate that take something from a service of
// the coarser one, by the name that is new, or by their largest unit where no name is.
func (v *textView) newServices(coarse, fine model.Candidate) []string {
	had := map[string]bool{}
	for _, home := range coarse.Units {
		had[home] = true
	}
	var out []string
	for _, home := range fine.Units {
		if model.IsService(home) && !had[home] && !slices.Contains(out, home) {
			out = append(out, home)
		}
	}
	slices.Sort(out)
	return out
}
