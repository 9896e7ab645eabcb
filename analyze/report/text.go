package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Text writes the analyze screen: the verdict, the services with what each owns
// and costs, what hurts most, what was not seen, and what to type next.
func Text(w io.Writer, m *model.Model, o Options) error {
	v := &textView{screen: newScreen(o), ix: newIndex(m), o: o}
	if !v.wide() {
		v.folder = commonFolder(v.ix)
	}
	v.verdict()
	v.services()
	v.firstCut()
	v.knot()
	v.latency()
	v.sources()
	v.notSeen()
	v.next()
	return v.flush(w)
}

// textView is the analyze screen being written.
type textView struct {
	*screen
	ix *index
	o  Options
	// folder is left out in front of units' names, "" for whole names.
	folder string
}

// wide tells whether there is room for one line where 80 columns need two.
func (v *textView) wide() bool { return v.width >= 110 }

func (v *textView) verdict() {
	m := v.ix.m
	summary := m.Verdict.Summary
	if summary == "" {
		summary = fmt.Sprintf("No verdict: %s in %s were analysed.", counted(len(m.Packages), "package"), orSay(m.Module.Path, "the module"))
	}
	v.wrap("", summary, bold)
	for _, r := range firstN(m.Verdict.Reasons, 3) {
		v.wrap("  · ", r, plain)
	}
}

func (v *textView) services() {
	v.blank()
	columns := []column{
		{head: "service", least: v.nameWidth(), limit: 24},
		{head: v.ownsHead(), flex: true},
		{head: "routes", align: alignRight},
		{head: "tables", align: alignRight},
		{head: "crossings", align: alignRight},
		{head: "price", align: alignRight},
		{head: "stable", align: alignRight},
		{},
	}
	services := v.ix.ordered()
	if !v.wide() {
		columns[4].head = "in/out"
	}
	rows := make([]row, len(services))
	for i, s := range services {
		rows[i] = v.serviceRow(s)
	}
	if len(rows) == 0 {
		v.line(span{" no service was proposed", plain})
	} else {
		v.fitOwns(columns, rows, services)
		v.table(" ", columns, rows)
	}
	v.outside(model.Library, "stays a module")
	v.outside(model.Root, "stays the monolith's front")
	v.outside(model.Unassigned, "tests' helpers, tools, dead code")
}

func (v *textView) serviceRow(s model.Service) row {
	bill := v.ix.bill(s.Name)
	mark, name, crossings := "", plain, fmt.Sprintf("%d/%d", bill.In, bill.Out)
	if v.wide() {
		crossings = fmt.Sprintf("%d in %2d out", bill.In, bill.Out)
	}
	if s.Name == v.ix.m.Verdict.FirstCut {
		mark, name = "◀", accent
		if v.wide() {
			mark = "◀ first cut"
		}
	}
	return row{
		{s.Name, name},
		{"", plain},
		{fmt.Sprint(len(s.Routes)), plain},
		{fmt.Sprint(len(s.Tables)), plain},
		{crossings, plain},
		{amount(bill.Price), bold},
		{percent(s.Stability), stabilityStyle(s.Stability)},
		{mark, good},
	}
}

func stabilityStyle(x float64) style {
	if x < 0.8 {
		return warn
	}
	return plain
}

// fitOwns fills in the owned units, as many as the column has room for.
func (v *textView) fitOwns(columns []column, rows []row, services []model.Service) {
	for i := range rows {
		rows[i][1].text = strings.Repeat("x", v.width)
	}
	room := v.columnWidths(" ", columns, rows)[1]
	for i, s := range services {
		rows[i][1].text = fitList(v.shorts(s.Units), room)
	}
}

// shorts are the units as people write them, larger before smaller. Where room is
// scarce they lose the folder that all share; the column's head names it.
func (v *textView) shorts(units []string) []string {
	sorted := v.byLines(units)
	for i, u := range sorted {
		sorted[i] = strings.TrimPrefix(v.ix.short(u), v.folder)
	}
	return sorted
}

// byLines are the units, larger before smaller.
func (v *textView) byLines(units []string) []string {
	sorted := slices.Clone(units)
	slices.SortStableFunc(sorted, func(a, b string) int { return v.lines(b) - v.lines(a) })
	return sorted
}

func (v *textView) ownsHead() string {
	if v.folder == "" {
		return "owns"
	}
	return "owns in " + v.folder
}

// commonFolder is the folder with its slash that all services' units are in.
func commonFolder(ix *index) string {
	folder, first := "", true
	for _, s := range ix.m.Services {
		for _, u := range s.Units {
			short := ix.short(u)
			dir := short[:strings.LastIndex(short, "/")+1]
			if first {
				folder, first = dir, false
			}
			for !strings.HasPrefix(dir, folder) {
				folder = folder[:strings.LastIndex(strings.TrimSuffix(folder, "/"), "/")+1]
			}
		}
	}
	return folder
}

func (v *textView) lines(unit string) int {
	if u := v.ix.units[unit]; u != nil {
		return u.Lines
	}
	return 0
}

// fitList joins as many items as fit and says how many it left out.
func fitList(items []string, room int) string {
	all := strings.Join(items, ", ")
	if runes(all) <= room {
		return all
	}
	for n := len(items) - 1; n > 0; n-- {
		text := fmt.Sprintf("%s +%d", strings.Join(items[:n], ", "), len(items)-n)
		if runes(text) <= room {
			return text
		}
	}
	more := ""
	if len(items) > 1 {
		more = fmt.Sprintf(" +%d", len(items)-1)
	}
	if len(items) == 0 {
		return ""
	}
	return truncateLeft(items[0], max(room-runes(more), 1)) + more
}

// outside writes one line about the units that are in no service.
func (v *textView) outside(home, note string) {
	units := v.ix.outside(home)
	if len(units) == 0 {
		return
	}
	lead := " " + padRight(strings.TrimPrefix(home, "@"), v.nameWidth()) + "  "
	room := v.width - runes(lead) - runes(note) - 4
	if room < 12 {
		note, room = "", v.width-runes(lead)
	} else {
		note = "  (" + note + ")"
	}
	v.line(span{lead, dim}, span{fitList(v.shorts(units), room), plain}, span{note, dim})
}

func (v *textView) nameWidth() int {
	width := len("unassigned")
	for _, s := range v.ix.m.Services {
		width = max(width, min(runes(s.Name), 24))
	}
	return width
}

// outside are the units with a place that is no service. Packages without any
// unit, for they hold nothing but tests or could not be read, are unassigned.
func (ix *index) outside(home string) []string {
	var units []string
	covered := map[string]bool{}
	for _, u := range ix.m.Units {
		covered[u.Package] = true
		if u.Service == home {
			units = append(units, u.ID)
		}
	}
	if home == model.Unassigned {
		for _, p := range ix.m.Packages {
			if !covered[p.Path] {
				units = append(units, p.Path)
			}
		}
	}
	return units
}

// firstCut lists what the recommended cut costs.
func (v *textView) firstCut() {
	first := v.ix.m.Verdict.FirstCut
	bill := v.ix.bill(first)
	if first == "" || len(bill.Crossings) == 0 {
		return
	}
	v.head(fmt.Sprintf("What cutting %s costs, by cure (price %s):", first, amount(bill.Price)))
	v.cureSummary(bill.Crossings, 3)
}

// knot lists what holds the most entangled pair of services together.
func (v *textView) knot() {
	a, b, crossings := v.ix.dearestPair()
	first := v.ix.m.Verdict.FirstCut
	if len(crossings) == 0 || a == first || b == first {
		return // the bill of the first cut has shown it
	}
	sum, total := 0.0, 0.0
	for _, c := range crossings {
		sum += c.Price
	}
	for _, c := range v.ix.crossings() {
		total += c.Price
	}
	v.head(fmt.Sprintf("What holds %s and %s together, by cure (price %s of all crossings' %s):", a, b, amount(sum), amount(total)))
	v.cureSummary(crossings, 3)
}

// dearestPair finds the two services whose crossings cost most; of equals the
// first by name.
func (ix *index) dearestPair() (a, b string, of []model.Crossing) {
	pairs := map[[2]string][]model.Crossing{}
	sums := map[[2]string]float64{}
	var keys [][2]string
	for _, c := range ix.crossings() {
		if !model.IsService(c.FromService) || !model.IsService(c.ToService) {
			continue
		}
		key := [2]string{min(c.FromService, c.ToService), max(c.FromService, c.ToService)}
		if pairs[key] == nil {
			keys = append(keys, key)
		}
		pairs[key] = append(pairs[key], c)
		sums[key] += c.Price
	}
	slices.SortFunc(keys, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	var best [2]string
	for _, k := range keys {
		if of == nil || sums[k] > sums[best] {
			best, of = k, pairs[k]
		}
	}
	return best[0], best[1], of
}

func (v *textView) next() {
	v.blank()
	commands := []string{"ficus report --format units"}
	switch first := v.ix.m.Verdict.FirstCut; {
	case first != "":
		commands = []string{"ficus explain " + first, "ficus report --open", "ficus generate " + first}
	case len(v.ix.m.Services) > 0:
		commands = []string{"ficus explain " + v.ix.ordered()[0].Name, "ficus report --open"}
	}
	if v.o.Plan != nil {
		if n := len(v.o.Plan.Decisions()); n > 0 {
			v.line(span{fmt.Sprintf("Kept: %s of %s.", counted(n, "pin"), baseName(v.o.Plan.File)), dim})
		}
	}
	v.nextLine(commands...)
}

// nextLine is the last line: as many commands as fit, the first and the last of
// them before others.
func (v *textView) nextLine(commands ...string) {
	for len(commands) > 2 && runes("Next: "+strings.Join(commands, " · ")) > v.width {
		commands = slices.Delete(commands, 1, 2)
	}
	v.wrap("Next: ", strings.Join(commands, " · "), accent)
}

func baseName(path string) string {
	return path[strings.LastIndexAny(path, `/\`)+1:]
}

func orSay(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func firstN[T any](list []T, n int) []T { return list[:min(n, len(list))] }
