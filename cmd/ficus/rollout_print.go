package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/ficus-dev/ficus/strangler/admin"
	"github.com/ficus-dev/ficus/strangler/rollout"
)

// wideStatus is the width from which a route's status fits on one line.
const wideStatus = 140

// printStatus prints a verdict, one entry a route, and what to type next.
func printStatus(c *console, st admin.StatusReply, detail bool) {
	c.printf("%s\n\n", verdict(st.Routes))
	if st.Refused != "" {
		c.printf("Refused, so that the configuration before stays in force:\n%s\n\n", indent(st.Refused, "    "))
	}
	switch {
	case len(st.Routes) == 0:
		c.printf("Next: add routes to strangler.yaml, or let ficus generate SERVICE write them\n")
		return
	case c.width() >= wideStatus && !detail:
		printWide(c, st.Routes)
	default:
		printNarrow(c, st.Routes, detail)
	}
	c.printf("\nNext: %s\n", nextCommand(st.Routes))
}

func verdict(routes []rollout.RouteStatus) string {
	count := map[rollout.Stage]int{}
	for _, r := range routes {
		count[r.Stage]++
	}
	var parts []string
	for _, stage := range []rollout.Stage{rollout.StageRolledBack, rollout.StageCanary, rollout.StageShadow, rollout.StageRemote, rollout.StagePaused, rollout.StageLocal} {
		if n := count[stage]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, stage))
		}
	}
	if len(parts) == 0 {
		return "No routes: everything goes to the monolith."
	}
	noun := "routes"
	if len(routes) == 1 {
		noun = "route"
	}
	return fmt.Sprintf("%d %s: %s.", len(routes), noun, strings.Join(parts, ", "))
}

func nextCommand(routes []rollout.RouteStatus) string {
	for _, r := range routes {
		if r.Stage == rollout.StageRolledBack {
			return "ficus rollout history " + r.Route
		}
	}
	for _, r := range routes {
		if r.Decision.Ready() {
			return "ficus rollout advance " + r.Route
		}
	}
	return "ficus rollout evidence " + routes[0].Route
}

func printWide(c *console, routes []rollout.RouteStatus) {
	w := tabwriter.NewWriter(c.out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, " route\tmatches\tstage\tshare\trequests\terrors old/new\tratio (any time)\tparity\tdecision")
	for _, r := range routes {
		fmt.Fprintf(w, " %s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Route, r.Match, r.Stage, r.Share,
			groupDigits(r.Step.Old.Requests+r.Step.New.Requests), errorsText(r), ratioText(r), parityText(r), r.Decision.Text)
	}
	_ = w.Flush()
}

func printNarrow(c *console, routes []rollout.RouteStatus, detail bool) {
	for i, r := range routes {
		if i > 0 {
			c.printf("\n")
		}
		c.printf(" %s  %s\n", padTo(r.Route, 30), r.Match)
		c.printf("   %s at %s   %s requests   errors old/new %s\n", r.Stage, r.Share,
			groupDigits(r.Step.Old.Requests+r.Step.New.Requests), errorsText(r))
		c.printf("   ratio %s   parity %s\n", ratioText(r), parityText(r))
		printWrapped(c, "   → ", r.Decision.Text)
		if detail {
			printGates(c, r)
		}
	}
}

func printGates(c *console, r rollout.RouteStatus) {
	c.printf("\n   policy %s, steps %v, min step %s, max error rate %g, max ratio %g, alpha %g\n",
		r.Policy.Mode, r.Policy.Steps, r.Policy.MinStep, r.Policy.MaxErrorRate, r.Policy.MaxRatio, r.Policy.Alpha)
	n := r.Decision.Numbers
	c.printf("   e-values: worse than the monolith %s, above max error rate %s; rolls back at %.3g\n",
		expText(n.LogERatio), expText(n.LogERate), math.Exp(r.Border))
	for _, g := range r.Decision.Gates {
		mark := "waits"
		if g.OK {
			mark = "ok   "
		}
		printWrapped(c, fmt.Sprintf("   %s  %-7s ", mark, g.Name), g.Text)
	}
	for _, f := range r.Parity.Fields {
		c.printf("   differs %6d×  %s\n", f.Count, f.Field)
	}
}

// printWrapped prints text behind a prefix, wrapped to the terminal's width.
func printWrapped(c *console, prefix, text string) {
	indent := strings.Repeat(" ", utf8.RuneCountInString(prefix))
	line := prefix
	for _, word := range strings.Fields(text) {
		if utf8.RuneCountInString(line)+utf8.RuneCountInString(word) > c.width() && strings.TrimSpace(line) != "" && line != prefix {
			c.printf("%s\n", strings.TrimRight(line, " "))
			line = indent
		}
		line += word + " "
	}
	c.printf("%s\n", strings.TrimRight(line, " "))
}

func printHistory(c *console, records []rollout.Record) {
	if len(records) == 0 {
		c.printf("Nothing was decided yet.\n\nNext: ficus rollout status\n")
		return
	}
	for _, r := range records {
		move := fmt.Sprintf("%s → %s", r.From, r.To)
		if r.From == r.To {
			move = r.To.String()
		}
		c.printf("%s  %s  %s  %s  by %s\n", r.Time.Local().Format("2006-01-02 15:04:05"), padTo(r.Route, 20), padTo(r.Action, 8), padTo(move, 12), r.Who)
		printWrapped(c, "    ", r.Reason)
	}
	last := records[len(records)-1]
	c.printf("\nNext: ficus rollout evidence %s\n", last.Route)
}

// errorsText are both failure rates on this step.
func errorsText(r rollout.RouteStatus) string {
	return rateText(r.Step.Old) + " / " + rateText(r.Step.New)
}

func rateText(c rollout.Counts) string {
	if c.Requests == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f %%", 100*c.Rate())
}

func ratioText(r rollout.RouteStatus) string {
	n := r.Decision.Numbers
	if n.Events == 0 {
		return "–"
	}
	return fmt.Sprintf("%s [%s, %s]", ratioNumber(n.Ratio), ratioNumber(n.Lower), ratioNumber(n.Upper))
}

func ratioNumber(x float64) string {
	if math.IsInf(x, 1) {
		return "∞"
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}

func parityText(r rollout.RouteStatus) string {
	p := r.Parity
	switch {
	case !p.Shadowed && p.Compared == 0:
		return "–"
	case p.Compared == 0:
		return "none yet"
	case p.Different > 0 && len(p.Fields) > 0 && p.Fields[0].Count*1000 > p.Compared:
		return fmt.Sprintf("%.2f %%, %s", 100*float64(p.Compared-p.Different)/float64(p.Compared), counted(len(p.Fields), "field", "fields"))
	}
	return fmt.Sprintf("%.2f %% of %s", 100*float64(p.Compared-p.Different)/float64(p.Compared), groupDigits(p.Compared))
}

// expText is e^x: 0.03, 41, 10^9.
func expText(x float64) string {
	if x > math.Log(1e6) {
		return fmt.Sprintf("10^%.0f", x/math.Ln10)
	}
	return fmt.Sprintf("%.3g", math.Exp(x))
}

// groupDigits writes 12990 as 12,990.
func groupDigits(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func padTo(s string, n int) string {
	if k := n - utf8.RuneCountInString(s); k > 0 {
		return s + strings.Repeat(" ", k)
	}
	return s
}
