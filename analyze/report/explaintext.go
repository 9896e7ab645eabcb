package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// ExplainText writes the screen of an explanation.
func ExplainText(w io.Writer, m *model.Model, e *Explanation, o Options) error {
	v := &textView{screen: newScreen(o), ix: newIndex(m), o: o}
	v.explainHead(e)
	switch e.Kind {
	case TargetService:
		v.explainService(e)
	case TargetTable: // its accesses are its couplings
	default:
		v.explainCouplings(e)
	}
	v.explainTables(e)
	v.explainTransactions(e)
	v.explainRoutes(e)
	v.explainEntryPoints(e)
	v.explainLatency(e)
	v.explainResources(e)
	v.explainShapes(e)
	v.explainInitEffects(e)
	v.explainNext(e)
	return v.flush(w)
}

// explainCouplings writes the couplings across the boundary and inside of it.
// What a service uses of the library goes with it, so that is named only.
func (v *textView) explainCouplings(e *Explanation) {
	title, across := "Across the boundary", e.Across
	var library []string
	if model.IsService(e.Service) {
		across = nil
		for _, l := range e.Across {
			if l.OtherService != model.Library {
				across = append(across, l)
			} else if name := v.ix.callee(l.Kind, l.Other, l.Evidence); !slices.Contains(library, name) {
				library = append(library, name)
			}
		}
	} else {
		title = "With others"
	}
	v.explainLinks(title, across, 10)
	if len(library) > 0 {
		v.blank()
		v.wrap("Of the library: ", fitNames(library, 12), plain)
	}
	inside := slices.Clone(e.Inside)
	for i := range inside {
		inside[i].OtherService = "" // the title says it
	}
	v.explainLinks("Inside its service", inside, 6)
}

func fitNames(names []string, most int) string {
	text := strings.Join(firstN(names, most), ", ")
	if n := len(names) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

func (v *textView) explainHead(e *Explanation) {
	if e.Kind == TargetService {
		v.serviceHead(e)
	} else {
		v.line(span{e.Name, bold}, span{" (" + v.kindWord(e) + ") is in ", plain}, span{homeName(e.Service), accent}, span{stabilityNote(e), plain})
	}
	if e.Reason != "" {
		v.wrap("  why: ", e.Reason, plain)
	}
	if e.Pin != "" {
		v.wrap("  pinned: ", e.Pin, plain)
	}
	if e.Place != "" {
		at := "  at "
		if e.Method != "" {
			at = "  its type at "
		}
		v.line(span{at + e.Place, dim}, span{linesNote(e), dim})
	}
	if len(e.Parts) > 0 && e.Kind != TargetService {
		v.wrap("  "+partsWord(e)+" ", strings.Join(v.partNames(e), ", "), plain)
	}
	v.explainMeasured(e)
	if len(e.Also) > 0 {
		var names []string
		for _, t := range e.Also {
			names = append(names, fmt.Sprintf("%s (ficus explain %s)", t.Kind, shellWord(v.unique(t))))
		}
		v.wrap("  also a ", strings.Join(names, ", a "), dim)
	}
}

// kindWord is what the thing is, as Go calls it.
func (v *textView) kindWord(e *Explanation) string {
	a := v.ix.atoms[e.ID]
	switch {
	case e.Kind == TargetSymbol && e.Method != "":
		return "method"
	case e.Kind == TargetSymbol && a != nil && a.Kind != "":
		return string(a.Kind)
	case e.Kind == TargetUnit:
		return "part of a package"
	}
	return string(e.Kind)
}

func (v *textView) serviceHead(e *Explanation) {
	switch e.ID {
	case model.Library:
		v.line(span{"library", bold}, span{": stays a module that services import", plain}, span{linesNote(e), dim})
	case model.Root:
		v.line(span{"root", bold}, span{": stays the monolith's front", plain}, span{linesNote(e), dim})
	case model.Unassigned:
		v.line(span{"unassigned", bold}, span{": tests' helpers, tools, dead code, and what could not be told", plain})
	default:
		head := ": price unknown"
		if e.Bill != nil {
			head = fmt.Sprintf(": price %s, %s", amount(e.Bill.Price), crossingCounts(*e.Bill))
		}
		v.line(span{e.ID, bold}, span{head, plain})
		v.line(span{fmt.Sprintf("  %s, stable %s%s", counted(e.Lines, "line"), percent(e.Stability), v.cutNote(e.ID)), plain})
	}
}

// cutNote says which cut in the order the service is.
func (v *textView) cutNote(service string) string {
	for i, name := range v.ix.m.Verdict.Order {
		if name == service {
			return fmt.Sprintf(", cut %d of %d", i+1, len(v.ix.m.Verdict.Order))
		}
	}
	return ""
}

func homeName(service string) string {
	switch service {
	case model.Library:
		return "the library"
	case model.Root:
		return "the root"
	case model.Unassigned, "":
		return "no service"
	}
	return service
}

func stabilityNote(e *Explanation) string {
	if e.Stability <= 0 || e.Kind == TargetTable || e.Pin != "" {
		return ""
	}
	return fmt.Sprintf("  (%s of the runs agree)", percent(e.Stability))
}

func linesNote(e *Explanation) string {
	if e.Lines == 0 {
		return ""
	}
	return ", " + counted(e.Lines, "line")
}

func partsWord(e *Explanation) string {
	switch e.Kind {
	case TargetSymbol:
		return "methods:"
	case TargetUnit:
		return "declares:"
	}
	return "in parts:"
}

// methodNames are the methods of a god type by where they are, most first.
func (v *textView) methodNames(methods []string) []string {
	at := map[string][]string{}
	for _, id := range methods {
		a := v.ix.atoms[id]
		at[a.Service] = append(at[a.Service], a.Name[strings.IndexByte(a.Name, '.')+1:])
	}
	homes := slices.SortedFunc(maps.Keys(at), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(at[b]), len(at[a])), cmp.Compare(a, b))
	})
	const most = 6
	for i, home := range homes {
		homes[i] = fmt.Sprintf("%d in %s (%s)", len(at[home]), homeName(home), fitNames(at[home], most))
	}
	return homes
}

// partNames are an explanation's parts as people write them; units of a package
// in parts say where each is.
func (v *textView) partNames(e *Explanation) []string {
	if e.Kind == TargetSymbol && len(v.ix.methodAtoms(e.ID)) > 0 {
		return v.methodNames(e.Parts)
	}
	const most = 24
	shown := firstN(e.Parts, most)
	names := make([]string, len(shown))
	for i, p := range shown {
		names[i] = v.ix.short(p)
		if u := v.ix.units[p]; u != nil && e.Kind == TargetPackage {
			names[i] += " in " + homeName(u.Service)
		}
	}
	if n := len(e.Parts) - most; n > 0 {
		names = append(names, fmt.Sprintf("and %d more", n))
	}
	return names
}

// unique is a name for the target that means nothing else.
func (v *textView) unique(t Target) string {
	name := v.ix.targetName(t)
	if found, _, err := Resolve(v.ix.m, name); err != nil || found != t {
		return string(t.Kind) + ":" + strings.TrimPrefix(name, string(t.Kind)+":")
	}
	return name
}

// longReason is from how many characters a reason is not repeated line by line.
const longReason = 48

// owned lists the units of a service with the reason of each.
func (v *textView) owned(e *Explanation) {
	if len(e.Parts) == 0 {
		return
	}
	v.head("Owns:")
	const most = 30
	var rows []row
	above := ""
	for _, id := range firstN(v.byLines(e.Parts), most) {
		r := row{{v.ix.short(id), plain}}
		if u := v.ix.units[id]; u != nil {
			reason := u.Reason
			if reason == above && runes(reason) > longReason {
				reason = "as above"
			}
			above = u.Reason
			r = append(r, span{percent(u.Stability), stabilityStyle(u.Stability)}, span{reason, dim})
		}
		rows = append(rows, r)
	}
	v.table("  ", []column{{limit: 44}, {align: alignRight}, {flex: true, wraps: true}}, rows)
	if n := len(e.Parts) - most; n > 0 {
		v.line(span{fmt.Sprintf("  and %d more (--json has all)", n), dim})
	}
}

// explainService writes what it owns and the bill, or for library and root who
// uses it.
func (v *textView) explainService(e *Explanation) {
	v.owned(e)
	if e.Bill != nil && len(e.Bill.Crossings) > 0 {
		v.bill(*e.Bill, 5)
		return
	}
	if e.Bill != nil {
		v.head("Nothing crosses its boundary.")
		return
	}
	v.explainLinks("Couplings with others", e.Across, 12)
}

func (v *textView) explainTables(e *Explanation) {
	if len(e.Tables) == 0 {
		return
	}
	if e.Kind == TargetTable {
		v.tableAccesses(e)
		return
	}
	v.head("Tables:")
	rows := make([]row, len(e.Tables))
	for i, t := range e.Tables {
		owner := "owned by " + orSay(t.Owner, "nobody")
		if t.Owner == e.Service {
			owner = "owns"
		}
		at := place(t.Evidence)
		if n := len(t.Evidence); n > 1 {
			at += fmt.Sprintf(" +%d", n-1)
		}
		rows[i] = row{{t.Table, plain}, {orSay(string(t.Access), "not touched"), plain}, {owner, plain}, {at, dim}}
	}
	v.table("  ", []column{{limit: 30}, {}, {}, {flex: true, keepEnd: true}}, rows)
}

// tableAccesses lists every access to the one table that is explained.
func (v *textView) tableAccesses(e *Explanation) {
	t := v.ix.tables[strings.TrimPrefix(e.ID, "table:")]
	if t == nil {
		return
	}
	cuts := map[string]Cut{}
	for _, l := range e.Across {
		cuts[l.Other] = l.Cut
	}
	v.head("Used by:")
	var entries []entry
	for _, a := range t.Accesses {
		cut := cuts[a.Atom]
		for _, ev := range orOne(a.Evidence) {
			text := v.ix.funcName(a.Atom, ev) + " [" + strings.TrimPrefix(orSay(v.ix.service(a.Atom), "?"), "@") + "]"
			entries = append(entries, entry{string(a.Access), text, position(ev.File, ev.Line), cut, confidence([]model.Evidence{ev})})
			cut = Cut{} // an atom's price stands once
		}
	}
	v.entries(entries)
	if len(t.Refs) > 0 {
		v.wrap("  references ", strings.Join(t.Refs, ", "), plain)
	}
}

func orOne(ev []model.Evidence) []model.Evidence {
	if len(ev) == 0 {
		return []model.Evidence{{Confidence: model.Proved}}
	}
	return ev
}

func (v *textView) explainTransactions(e *Explanation) {
	if len(e.Transactions) == 0 {
		return
	}
	v.head("Transactions:")
	for _, tx := range firstN(e.Transactions, 8) {
		ev := tx.Evidence
		ev.Func = tx.Func
		v.line(span{"  " + v.ix.funcName(tx.Atom, ev) + "  ", plain}, span{position(ev.File, ev.Line), dim})
		v.wrap("    ", tableList(tx.Tables), dim)
		if len(tx.Services) > 1 {
			v.wrap("    across ", strings.Join(tx.Services, ", "), warn)
		}
	}
	if n := len(e.Transactions) - 8; n > 0 {
		v.line(span{fmt.Sprintf("  and %d more (--json has all)", n), dim})
	}
}

func tableList(tables []model.RouteTable) string {
	parts := make([]string, len(tables))
	for i, t := range tables {
		parts[i] = string(t.Access) + " " + t.Table
	}
	return orSay(strings.Join(parts, ", "), "no table")
}

func (v *textView) explainRoutes(e *Explanation) {
	if len(e.Routes) == 0 || e.Kind == TargetRoute {
		return
	}
	v.head("Routes:")
	const most = 20
	columns := []column{{}, {limit: 44}, {flex: true, keepEnd: true}, {flex: true, wraps: true}}
	rows := make([]row, 0, most)
	for _, r := range firstN(e.Routes, most) {
		cells := row{{orSay(r.Method, "any"), plain}, {r.Host + r.Pattern, plain}, {v.ix.goName(r.Handler), plain}}
		if v.wide() {
			cells = append(cells, span{tableList(r.Tables) + onlyReads(r.ReadOnly && len(r.Tables) > 0), dim})
		}
		rows = append(rows, cells)
	}
	v.table("  ", columns, rows)
	if n := len(e.Routes) - most; n > 0 {
		v.line(span{fmt.Sprintf("  and %d more (--json has all)", n), dim})
	}
}

func (v *textView) explainNext(e *Explanation) {
	v.blank()
	switch {
	case e.Kind == TargetService && model.IsService(e.ID):
		next := "ficus generate " + e.ID
		if other, _, ok := v.dearestWith(e.ID); ok {
			next = "ficus explain " + e.ID + " " + other + " · " + next
		}
		v.wrap("Next: ", next, accent)
	case model.IsService(e.Service) && !strings.Contains(e.Service, ","):
		v.wrap("Next: ", "ficus explain "+e.Service, accent)
	default:
		v.wrap("Next: ", "ficus report", accent)
	}
}

// dearestWith is the service that one shares its dearest crossing with.
func (v *textView) dearestWith(service string) (other string, price float64, ok bool) {
	for _, c := range v.ix.bill(service).Crossings {
		o := c.ToService
		if o == service {
			o = c.FromService
		}
		if model.IsService(o) && c.Price > price {
			other, price, ok = o, c.Price, true
		}
	}
	return other, price, ok
}
