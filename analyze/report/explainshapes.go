package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// entryPoints lists what starts something in the thing, or reaches the table.
func (x *explainer) entryPoints() {
	for _, p := range x.ix.m.EntryPoints {
		starts := p.Atom != "" && x.set[p.Atom]
		switch {
		case x.e.Kind == TargetRoute:
			starts = false
		case x.e.Kind == TargetTable:
			starts = slices.ContainsFunc(p.Tables, func(t model.RouteTable) bool { return "table:"+t.Table == x.e.ID })
		case x.e.Method != "":
			starts = p.Atom == x.e.ID && strings.HasSuffix(p.Handler, "."+x.e.Method)
		}
		if starts {
			x.e.EntryPoints = append(x.e.EntryPoints, p)
		}
	}
}

// shapes lists interfaces and comparisons. A service's are those that say something
// about its boundary: interfaces of callers.
func (x *explainer) shapes() {
	for _, i := range x.ix.m.Interfaces {
		declares := x.set[i.Type] && (i.CallerSide || x.e.Kind == TargetSymbol)
		implements := i.CallerSide && slices.ContainsFunc(i.Implementations, func(a string) bool { return x.set[a] })
		if (declares || implements) && x.method == "" {
			x.e.Interfaces = append(x.e.Interfaces, i)
		}
	}
	for _, c := range x.ix.m.Comparisons {
		if x.set[c.Atom] && !c.Never && (x.method == "" || isMethod(c.Evidence.Func, x.method)) {
			x.e.Comparisons = append(x.e.Comparisons, c)
		}
	}
}

func (v *textView) explainEntryPoints(e *Explanation) {
	if len(e.EntryPoints) == 0 {
		return
	}
	v.head("Starts by itself:")
	const most = 12
	rows := make([]row, 0, most)
	for _, p := range firstN(e.EntryPoints, most) {
		cells := row{{p.Kind, plain}, {orSay(p.Name, "?"), plain}, {v.ix.goName(orSay(p.Handler, p.Registrar)), plain},
			{position(p.Registered.File, p.Registered.Line), dim}}
		if v.wide() && p.Kind != "main" {
			cells = append(cells, span{tableList(p.Tables) + onlyReads(p.ReadOnly && len(p.Tables) > 0), dim})
		}
		rows = append(rows, cells)
	}
	v.table("  ", []column{{}, {limit: 30}, {limit: 40}, {flex: true, keepEnd: true}, {flex: true, wraps: true}}, rows)
	if n := len(e.EntryPoints) - most; n > 0 {
		v.line(span{fmt.Sprintf("  and %d more (--json has all)", n), dim})
	}
	if slices.ContainsFunc(e.EntryPoints, func(p model.EntryPoint) bool { return p.Kind == "job" || p.Kind == "cron" }) {
		v.wrap("  ", "jobs and schedules run in every process that starts them: after the cut start them in one", dim)
	}
}

func (v *textView) explainShapes(e *Explanation) {
	const most = 8
	if len(e.Interfaces) > 0 {
		v.head("Interfaces that are a seam already:")
		for _, i := range firstN(e.Interfaces, most) {
			v.line(span{"  " + v.ix.goName(i.Type) + " ← " + v.implementations(i), plain}, span{"  " + position(i.Evidence.File, i.Evidence.Line), dim})
		}
		v.more(len(e.Interfaces) - most)
	}
	if len(e.Comparisons) > 0 {
		v.head("Compares what a copy does not keep:")
		for _, c := range firstN(e.Comparisons, most) {
			v.line(span{"  " + comparisonText(v.ix, c), plain}, span{"  " + position(c.Evidence.File, c.Evidence.Line), dim})
		}
		v.more(len(e.Comparisons) - most)
	}
}

func (v *textView) more(n int) {
	if n > 0 {
		v.line(span{fmt.Sprintf("  and %d more (--json has all)", n), dim})
	}
}

func (v *textView) implementations(i model.Interface) string {
	names := make([]string, len(i.Implementations))
	for n, id := range i.Implementations {
		names[n] = v.ix.goName(id)
	}
	return orSay(fitNames(names, 4), "nothing of the module")
}

func comparisonText(ix *index, c model.Comparison) string {
	star := ""
	of := c.Of
	if rest, ok := strings.CutPrefix(of, "*"); ok {
		star, of = "*", rest
	}
	name := star + ix.goName(of)
	if c.Field != "" {
		name += "." + c.Field
	}
	switch c.Kind {
	case model.CompareNil:
		return name + " with nil"
	case model.ComparePointer:
		return name + " by address"
	}
	return name + " by " + orSay(c.Evidence.Detail, "==")
}

// onlyReads marks what was seen to write nothing.
func onlyReads(yes bool) string {
	if yes {
		return "; reads only"
	}
	return ""
}
