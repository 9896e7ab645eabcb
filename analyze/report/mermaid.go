package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Mermaid writes a flowchart that Markdown viewers draw: services with the price
// between them, or, at LevelUnits, the units grouped by service.
func Mermaid(w io.Writer, m *model.Model, o Options) error {
	b := bufio.NewWriter(w)
	writeMermaid(b, newIndex(m), o.Level)
	return b.Flush()
}

func writeMermaid(b *bufio.Writer, ix *index, level Level) {
	g := collapse(ix, level)
	ids := map[string]string{}
	fmt.Fprintln(b, "flowchart LR")
	for _, gr := range g.groups {
		id := fmt.Sprintf("s%d", len(ids))
		ids[gr.name] = id
		if level == LevelUnits {
			fmt.Fprintf(b, "  subgraph %s[\"%s\"]\n", id, mermaidText(gr.name))
			for _, n := range gr.nodes {
				ids[n.id] = fmt.Sprintf("u%d", len(ids))
				fmt.Fprintf(b, "    %s[\"%s\"]\n", ids[n.id], mermaidText(n.label))
			}
			fmt.Fprintln(b, "  end")
			continue
		}
		fmt.Fprintf(b, "  %s[\"<b>%s</b><br/>%s\"]\n", id, mermaidText(gr.name), mermaidText(gr.note))
	}
	for _, e := range g.edges {
		if e.soft {
			fmt.Fprintf(b, "  %s -.-> %s\n", ids[e.from], ids[e.to])
			continue
		}
		fmt.Fprintf(b, "  %s -->|\"%s\"| %s\n", ids[e.from], mermaidText(edgeText(e, ": ")), ids[e.to])
	}
	if id := ids[ix.m.Verdict.FirstCut]; id != "" && level != LevelUnits {
		fmt.Fprintf(b, "  style %s stroke-width:3px\n", id)
	}
}

// mermaidText escapes what Mermaid reads as syntax inside of a quoted label.
func mermaidText(s string) string {
	return strings.NewReplacer("&", "&amp;", `"`, "#quot;", "<", "&lt;", ">", "&gt;", "#", "#35;", "\n", " ", "@", "#64;").Replace(s)
}

// C4 writes a C4-PlantUML container diagram of the services.
func C4(w io.Writer, m *model.Model) error {
	ix := newIndex(m)
	g := collapse(ix, LevelServices)
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "@startuml\n!include <C4/C4_Container>\ntitle %s\n", plantText(orSay(m.Module.Path, "module")))
	ids := map[string]string{}
	for _, gr := range g.groups {
		ids[gr.name] = fmt.Sprintf("c%d", len(ids))
		fmt.Fprintf(b, "Container(%s, \"%s\", \"Go\", \"%s\")\n", ids[gr.name], plantText(strings.TrimPrefix(gr.name, "@")), plantText(gr.note))
	}
	for _, t := range m.Tables {
		if ids[t.Service] == "" {
			continue
		}
		id := fmt.Sprintf("t%d", len(ids))
		ids["table:"+t.Name] = id
		fmt.Fprintf(b, "ContainerDb(%s, \"%s\", \"table\")\nRel(%s, %s, \"owns\")\n", id, plantText(t.Name), ids[t.Service], id)
	}
	for _, e := range g.edges {
		if !e.soft {
			fmt.Fprintf(b, "Rel(%s, %s, \"%s\", \"%s\")\n", ids[e.from], ids[e.to], plantText(e.label()), plantText(e.priceText()))
		}
	}
	fmt.Fprintln(b, "@enduml")
	return b.Flush()
}

func plantText(s string) string { return strings.NewReplacer(`"`, "'", "\n", " ").Replace(s) }
