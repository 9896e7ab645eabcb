package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Markdown writes the analyze screen for a pull request or a wiki, with the graph
// as Mermaid and every bill in a fold.
func Markdown(w io.Writer, m *model.Model, o Options) error {
	md := &markdown{b: bufio.NewWriter(w), ix: newIndex(m), text: &textView{screen: newScreen(o), ix: newIndex(m), o: o}}
	md.verdict()
	md.services()
	md.graph()
	md.bills()
	md.notSeen()
	return md.b.Flush()
}

type markdown struct {
	b    *bufio.Writer
	ix   *index
	text *textView // for its lists of units
}

func (md *markdown) verdict() {
	m := md.ix.m
	fmt.Fprintf(md.b, "# %s\n\n%s\n\n", orSay(m.Module.Path, "Service boundaries"), mdText(orSay(m.Verdict.Summary, "No verdict.")))
	for _, r := range m.Verdict.Reasons {
		fmt.Fprintf(md.b, "* %s\n", mdText(r))
	}
	fmt.Fprintln(md.b)
}

func (md *markdown) services() {
	fmt.Fprintln(md.b, "| service | owns | routes | tables | in | out | price | stable |")
	fmt.Fprintln(md.b, "|---|---|---:|---:|---:|---:|---:|---:|")
	for _, s := range md.ix.ordered() {
		bill := md.ix.bill(s.Name)
		name := mdCode(s.Name)
		if s.Name == md.ix.m.Verdict.FirstCut {
			name = "**" + name + "** (first cut)"
		}
		fmt.Fprintf(md.b, "| %s | %s | %d | %d | %d | %d | %s | %s |\n", name, mdList(md.text.shorts(s.Units)), len(s.Routes), len(s.Tables), bill.In, bill.Out, amount(bill.Price), percent(s.Stability))
	}
	for _, home := range []string{model.Library, model.Root, model.Unassigned} {
		units := md.ix.outside(home)
		if len(units) > 0 {
			fmt.Fprintf(md.b, "| *%s* | %s | | | | | | |\n", strings.TrimPrefix(home, "@"), mdList(md.text.shorts(units)))
		}
	}
	fmt.Fprintln(md.b)
}

func (md *markdown) graph() {
	if len(md.ix.m.Services) == 0 {
		return
	}
	fmt.Fprintln(md.b, "```mermaid")
	writeMermaid(md.b, md.ix, LevelServices)
	fmt.Fprint(md.b, "```\n\n")
}

func (md *markdown) bills() {
	for _, s := range md.ix.ordered() {
		bill := md.ix.bill(s.Name)
		if len(bill.Crossings) == 0 {
			continue
		}
		fmt.Fprintf(md.b, "<details><summary>Bill of %s: price %s, %s</summary>\n\n", s.Name, amount(bill.Price), counted(len(bill.Crossings), "crossing"))
		fmt.Fprintln(md.b, "| price | with | why | where | cure |\n|---:|---|---|---|---|")
		groups := byCure(bill.Crossings)
		for _, g := range groups {
			fmt.Fprintf(md.b, "| **%s** | | **%s** | | |\n", amount(g.Price), mdText(g.Title))
			for _, it := range g.items {
				fmt.Fprintf(md.b, "| %s | %s | %s | %s | %s |\n", amount(it.price), mdText(it.other(s.Name)), mdText(it.why), mdCode(it.where()), mdText(it.cure))
			}
		}
		md.steps(groups)
		fmt.Fprint(md.b, "\n</details>\n\n")
	}
}

// steps lists those of sagas and outboxes, whose order and compensations matter.
func (md *markdown) steps(groups []cureGroup) {
	for _, g := range groups {
		if g.Kind != cureSaga {
			continue
		}
		for _, it := range g.items {
			steps := it.steps()
			if len(steps) == 0 {
				continue
			}
			fmt.Fprintf(md.b, "\n%s (%s):\n\n", mdText(it.why), mdCode(it.where()))
			for i, s := range steps {
				fmt.Fprintf(md.b, "%d. %s: %s\n", i+1, mdCode(s.Service), mdText(s.Do))
				if s.Undo != "" {
					fmt.Fprintf(md.b, "   Undo: %s\n", mdText(s.Undo))
				}
			}
		}
	}
}

// cureSaga is the kind of cure whose steps are compensated.
const cureSaga = "saga"

func (md *markdown) notSeen() {
	all := append(append([]model.Problem{}, md.ix.m.Problems...), md.ix.m.Unresolved...)
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(md.b, "## Not seen\n\n| where | what | what would help |\n|---|---|---|\n")
	for _, p := range all {
		at := position(p.File, p.Line)
		if p.File == "" {
			at = md.ix.short(p.Package)
		}
		fmt.Fprintf(md.b, "| %s | %s | %s |\n", mdCode(at), mdText(p.Message), mdText(p.Cure))
	}
}

// mdText keeps text inside of one table cell and out of the markup.
func mdText(s string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ", "<", "&lt;", "*", `\*`, "_", `\_`, "`", "\\`").Replace(s)
}

func mdCode(s string) string {
	if s == "" {
		return ""
	}
	return "`" + strings.NewReplacer("`", "'", "|", `\|`, "\n", " ", "\r", " ").Replace(s) + "`"
}

func mdList(items []string) string {
	const most = 12
	parts := make([]string, 0, most+1)
	for _, it := range firstN(items, most) {
		parts = append(parts, mdCode(it))
	}
	if n := len(items); n > most {
		parts = append(parts, fmt.Sprintf("and %d more", n-most))
	}
	return strings.Join(parts, ", ")
}
