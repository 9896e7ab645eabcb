package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// DOT writes a Graphviz graph: services with the price between them, or, at
// LevelUnits, the units grouped by service. Dashed edges are no crossings.
func DOT(w io.Writer, m *model.Model, o Options) error {
	ix := newIndex(m)
	g := collapse(ix, o.Level)
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "digraph %s {\n  rankdir=LR;\n  node [shape=box, style=\"rounded,filled\", fillcolor=white, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n", quoted(orSay(m.Module.Path, "module")))
	for i, gr := range g.groups {
		if o.Level == LevelUnits {
			dotCluster(b, i, gr)
			continue
		}
		fmt.Fprintf(b, "  %s [label=%s%s];\n", quoted(gr.name), quoted(gr.name+"\n"+gr.note), dotLook(gr.name, m.Verdict.FirstCut))
	}
	for _, e := range g.edges {
		dotEdge(b, e)
	}
	fmt.Fprintln(b, "}")
	return b.Flush()
}

func dotCluster(b *bufio.Writer, i int, gr graphGroup) {
	fmt.Fprintf(b, "  subgraph cluster_%d {\n    label=%s;\n    style=rounded;\n", i, quoted(gr.name+": "+gr.note))
	for _, n := range gr.nodes {
		fmt.Fprintf(b, "    %s [label=%s];\n", quoted(n.id), quoted(n.label+"\n"+counted(n.lines, "line")))
	}
	fmt.Fprintln(b, "  }")
}

func dotLook(name, firstCut string) string {
	switch {
	case name == firstCut:
		return ", penwidth=3"
	case !model.IsService(name):
		return ", style=\"rounded,dashed\""
	}
	return ""
}

func dotEdge(b *bufio.Writer, e graphEdge) {
	if e.soft {
		fmt.Fprintf(b, "  %s -> %s [style=dashed, color=gray];\n", quoted(e.from), quoted(e.to))
		return
	}
	fmt.Fprintf(b, "  %s -> %s [label=%s, penwidth=%s];\n", quoted(e.from), quoted(e.to), quoted(edgeText(e, "\n")), penWidth(e.price))
}

func edgeText(e graphEdge, sep string) string {
	if e.price == 0 {
		return e.label()
	}
	return e.priceText() + sep + e.label()
}

// penWidth grows with the price, from 1 to 6.
func penWidth(price float64) string { return amount(1 + min(price/10, 5)) }

// quoted is a DOT string.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) + `"`
}
