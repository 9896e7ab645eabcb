package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

const (
	peelComes = 12 // units and declarations that the screen lists
	peelStays = 6
	peelBill  = 6
)

// PeelText writes what peeling a service means: what comes along and what stays,
// each with the reason, the bill, and the alternatives.
func PeelText(w io.Writer, m *model.Model, p *model.Peeling, o Options) error {
	v := &textView{screen: newScreen(o), ix: newIndex(m), o: o}
	best := p.Cuts[p.Best]
	v.wrap("", fmt.Sprintf("Peel %s: %s, %s, %s; price %s, %d %% of its ties are cut.", p.Service, counted(best.Lines, "line"),
		counted(len(best.Tables), "table"), counted(len(best.Routes), "route"), amount(best.Bill.Price), int(best.Conductance*100+0.5)), bold)
	v.head("Comes along:")
	v.peeled(best.Comes, peelComes)
	v.listed("tables", best.Tables)
	v.listed("routes", trimPrefixes(best.Routes, "route:"))
	if len(best.Stays) > 0 {
		v.head("Stays, though tied to it:")
		v.peeled(best.Stays, peelStays)
	}
	v.listed("libraries", v.shortsOf(best.Libraries))
	v.head(fmt.Sprintf("What it costs (price %s; %s):", amount(best.Bill.Price), crossingCounts(best.Bill)))
	if len(best.Bill.Crossings) == 0 {
		v.line(span{"  nothing crosses this boundary", good})
	}
	v.cureSummary(best.Bill.Crossings, peelBill)
	v.alternatives(p)
	return v.flush(w)
}

func trimPrefixes(list []string, prefix string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.TrimPrefix(s, prefix)
	}
	return out
}

func (v *textView) shortsOf(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = v.ix.short(id)
	}
	return out
}

// peeled lists units with the reason, the largest part of each by name.
func (v *textView) peeled(units []model.PeeledUnit, most int) {
	rows := make([]row, 0, most)
	for _, u := range firstN(units, most) {
		rows = append(rows, row{{v.peeledName(u), plain}, {fmt.Sprint(u.Lines), plain}, {u.Why, dim}})
	}
	v.table("  ", []column{{limit: 40}, {align: alignRight}, {flex: true, wraps: true}}, rows)
	if more := len(units) - most; more > 0 {
		lines := 0
		for _, u := range units[most:] {
			lines += u.Lines
		}
		v.line(span{fmt.Sprintf("  and %d more, %s", more, counted(lines, "line")), dim})
	}
}

func (v *textView) peeledName(u model.PeeledUnit) string {
	if u.Package == "" {
		return "table " + strings.TrimPrefix(u.Atoms[0], "table:")
	}
	name := v.ix.short(u.Package)
	if len(u.Atoms) == 0 {
		return name
	}
	var atoms []string
	for _, id := range u.Atoms {
		atoms = append(atoms, strings.TrimPrefix(id, u.Package+"."))
	}
	return name + ": " + fitList(atoms, 28)
}

// listed is one line of names after what they are, nothing when there are none.
func (v *textView) listed(what string, names []string) {
	if len(names) > 0 {
		v.wrap("  "+padRight(what, 10), fitList(names, 3*(v.width-14)), plain)
	}
}

// alternatives compares all cuts.
func (v *textView) alternatives(p *model.Peeling) {
	if len(p.Cuts) < 2 {
		return
	}
	v.head("Alternatives:")
	rows := make([]row, len(p.Cuts))
	for i, c := range p.Cuts {
		word, mark := "tighter", ""
		switch {
		case i == p.Best:
			word, mark = "this", "◀"
		case i > p.Best:
			word = "wider"
		}
		rows[i] = row{{word, plain}, {fmt.Sprint(c.Lines), plain}, {fmt.Sprint(len(c.Tables)), plain}, {fmt.Sprint(len(c.Routes)), plain},
			{percent(c.Conductance), plain}, {amount(c.Bill.Price), bold}, {v.difference(c, p.Cuts[p.Best]), dim}, {mark, good}}
	}
	v.table("  ", []column{{}, {head: "lines", align: alignRight}, {head: "tables", align: alignRight}, {head: "routes", align: alignRight},
		{head: "ties cut", align: alignRight}, {head: "price", align: alignRight}, {head: "against this", flex: true}, {}}, rows)
}

// difference names what a cut has and the best has not, and the other way round.
func (v *textView) difference(c, best model.PeelCut) string {
	plus, minus := v.beside(c, best), v.beside(best, c)
	var parts []string
	if len(plus) > 0 {
		parts = append(parts, "with "+fitList(plus, 24))
	}
	if len(minus) > 0 {
		parts = append(parts, "without "+fitList(minus, 24))
	}
	return strings.Join(parts, ", ")
}

// beside are the packages that one cut has something of and the other nothing.
func (v *textView) beside(c, other model.PeelCut) []string {
	has := map[string]bool{}
	for _, u := range other.Comes {
		has[u.Package] = true
	}
	var out []string
	for _, u := range c.Comes {
		if !has[u.Package] {
			out = append(out, v.ix.short(u.Package))
		}
	}
	return out
}
