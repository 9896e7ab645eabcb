package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// BetweenText writes the screen of what couples two things.
func BetweenText(w io.Writer, m *model.Model, b *Between, o Options) error {
	v := &textView{screen: newScreen(o), ix: newIndex(m), o: o}
	nameA, nameB := v.ix.targetName(b.A), v.ix.targetName(b.B)
	switch b.Inside {
	case "a":
		v.line(span{nameA + " is part of " + nameB + "; with the rest of it:", dim})
		nameB = "rest of " + nameB
	case "b":
		v.line(span{nameB + " is part of " + nameA + "; with the rest of it:", dim})
		nameA = "rest of " + nameA
	}
	price := ""
	if b.Price > 0 {
		price = "  price " + amount(b.Price)
	}
	v.line(span{nameA + " ↔ " + nameB, bold}, span{price, bold})
	v.wrap(fmt.Sprintf("  %s → %s: ", nameA, nameB), linkCounts(b.AB, b.PathAB), plain)
	v.wrap(fmt.Sprintf("  %s → %s: ", nameB, nameA), linkCounts(b.BA, b.PathBA), plain)
	if len(b.Tables)+len(b.Transactions) > 0 {
		v.line(span{fmt.Sprintf("  both: %s, %s", counted(len(b.Transactions), "shared transaction"), counted(len(b.Tables), "shared table")), plain})
	}
	v.explainLinks(nameA+" → "+nameB, b.AB, 15)
	v.explainLinks(nameB+" → "+nameA, b.BA, 15)
	v.betweenPath(nameA+" reaches "+nameB, b.PathAB)
	v.betweenPath(nameB+" reaches "+nameA, b.PathBA)
	v.sharedTables(nameA, nameB, b.Tables)
	v.explainTransactions(&Explanation{Transactions: b.Transactions})
	if len(b.Crossings) > 0 {
		v.head("What it costs to cut:")
		v.cures(b.Crossings, "", 8)
	}
	v.blank()
	v.wrap("Next: ", v.betweenNext(b), accent)
	return v.flush(w)
}

func linkCounts(links, path []Link) string {
	if len(links) == 0 {
		if len(path) > 0 {
			return fmt.Sprintf("nothing direct, a path of %d", len(path))
		}
		return "nothing"
	}
	e := graphEdge{kinds: map[model.CouplingKind]int{}}
	for _, l := range links {
		e.kinds[l.Kind] += max(l.Count, 1)
	}
	return e.label()
}

func (v *textView) betweenPath(title string, path []Link) {
	if len(path) == 0 {
		return
	}
	v.head(title + " by:")
	v.linkTable(path)
}

func (v *textView) sharedTables(nameA, nameB string, tables []SharedTable) {
	if len(tables) == 0 {
		return
	}
	v.head("Shared tables:")
	for _, t := range tables {
		v.line(span{"  " + t.Table, plain}, span{"  owned by " + orSay(t.Owner, "nobody"), dim})
		v.line(span{fmt.Sprintf("    %s: %s  ", nameA, t.A), plain}, span{place(t.EvidenceA), dim})
		v.line(span{fmt.Sprintf("    %s: %s  ", nameB, t.B), plain}, span{place(t.EvidenceB), dim})
	}
}

func (v *textView) betweenNext(b *Between) string {
	names := []string{}
	for _, t := range []Target{b.A, b.B} {
		names = append(names, "ficus explain "+shellWord(v.unique(t)))
	}
	return strings.Join(names, " · ")
}
