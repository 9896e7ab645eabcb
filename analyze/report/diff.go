package report

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/metrics"
	"github.com/ficus-dev/ficus/analyze/model"
)

// Difference is what two models of the same code disagree on.
type Difference struct {
	// PriceBefore and PriceAfter are the sums over all crossings, each once.
	PriceBefore float64 `json:"price_before"`
	PriceAfter  float64 `json:"price_after"`
	// Services are those whose bill or content changed, by name.
	Services []ServiceChange `json:"services"`
	// Units, Tables and Routes are those with another home, by name.
	Units  []HomeChange `json:"units"`
	Tables []HomeChange `json:"tables"`
	Routes []HomeChange `json:"routes"`
	// Metrics are those that changed, in the order of metrics.Of.
	Metrics []MetricChange `json:"metrics"`
	// Latency are the entry points that wait for other calls, most changed first.
	Latency []LatencyChange `json:"latency"`
}

// MetricChange is one metric of both.
type MetricChange struct {
	Name   string  `json:"name"`
	Before float64 `json:"before"`
	After  float64 `json:"after"`
	Better string  `json:"better"` // higher or lower
}

// LatencyChange is the remote calls behind one entry point in both.
type LatencyChange struct {
	Entry  string  `json:"entry"`
	Before float64 `json:"before"`
	After  float64 `json:"after"`
}

// ServiceChange is how one service's bill differs.
type ServiceChange struct {
	Service string           `json:"service"`
	Before  float64          `json:"before"` // price; 0 when there was no such service
	After   float64          `json:"after"`
	Added   []model.Crossing `json:"added"` // dearest first
	Removed []model.Crossing `json:"removed"`
	Priced  []PriceChange    `json:"priced"` // those that stay and cost something else, most changed first
}

// PriceChange is a crossing of both that has another price: a further caller becomes
// the first, which pays in full, or the other way round.
type PriceChange struct {
	Crossing model.Crossing `json:"crossing"` // as it is after
	Before   float64        `json:"before"`
}

// HomeChange is a thing that is in another service.
type HomeChange struct {
	Name string `json:"name"`
	From string `json:"from,omitempty"` // empty when the thing is new
	To   string `json:"to,omitempty"`   // empty when it is gone
}

// Diff compares two models. Crossings are the same when their IDs are.
func Diff(before, after *model.Model) *Difference {
	a, b := newIndex(before), newIndex(after)
	d := &Difference{PriceBefore: totalPrice(a), PriceAfter: totalPrice(b), Services: []ServiceChange{}}
	for _, name := range bothNames(a, b) {
		if c := serviceChange(a.bill(name), b.bill(name)); c.Before != c.After || len(c.Added)+len(c.Removed) > 0 {
			c.Service = name
			d.Services = append(d.Services, c)
		}
	}
	d.Units = homeChanges(unitHomes(before), unitHomes(after))
	d.Tables = homeChanges(tableHomes(before), tableHomes(after))
	d.Routes = homeChanges(routeHomes(before), routeHomes(after))
	d.Metrics = metricChanges(metrics.Of(before), metrics.Of(after))
	d.Latency = latencyChanges(a, b)
	return d
}

func metricChanges(before, after metrics.Report) []MetricChange {
	out := []MetricChange{}
	for i, x := range before.Metrics {
		if y := after.Metrics[i]; x.Value != y.Value {
			out = append(out, MetricChange{x.Name, x.Value, y.Value, x.Better})
		}
	}
	return out
}

func latencyChanges(a, b *index) []LatencyChange {
	out := []LatencyChange{}
	calls := func(ix *index) map[string]float64 {
		sum := map[string]float64{}
		for _, s := range ix.slowest() {
			sum[s.name] += s.remote.Calls
		}
		return sum
	}
	before, after := calls(a), calls(b)
	for name, n := range before {
		if after[name] != n {
			out = append(out, LatencyChange{name, n, after[name]})
		}
	}
	for name, n := range after {
		if _, was := before[name]; !was {
			out = append(out, LatencyChange{name, 0, n})
		}
	}
	slices.SortFunc(out, func(x, y LatencyChange) int {
		return cmp.Or(cmp.Compare(math.Abs(y.After-y.Before), math.Abs(x.After-x.Before)), cmp.Compare(x.Entry, y.Entry))
	})
	return out
}

func totalPrice(ix *index) float64 {
	sum := 0.0
	for _, c := range ix.crossings() {
		sum += c.Price
	}
	return model.Round(sum)
}

func bothNames(a, b *index) []string {
	var names []string
	for _, ix := range []*index{a, b} {
		for name := range ix.bills {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func serviceChange(a, b model.Bill) ServiceChange {
	return ServiceChange{Before: a.Price, After: b.Price, Added: missingFrom(a, b), Removed: missingFrom(b, a), Priced: priced(a, b)}
}

func priced(a, b model.Bill) []PriceChange {
	was := map[string]float64{}
	for _, c := range a.Crossings {
		was[c.ID] = c.Price
	}
	out := []PriceChange{}
	for _, c := range b.Crossings {
		if before, ok := was[c.ID]; ok && before != c.Price {
			out = append(out, PriceChange{c, before})
		}
	}
	slices.SortStableFunc(out, func(x, y PriceChange) int {
		return cmp.Or(cmp.Compare(math.Abs(y.Crossing.Price-y.Before), math.Abs(x.Crossing.Price-x.Before)), compareCrossings(x.Crossing, y.Crossing))
	})
	return out
}

// missingFrom are the crossings of bill b that bill a does not have.
func missingFrom(a, b model.Bill) []model.Crossing {
	have := map[string]bool{}
	for _, c := range a.Crossings {
		have[c.ID] = true
	}
	out := []model.Crossing{}
	for _, c := range b.Crossings {
		if !have[c.ID] {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, compareCrossings)
	return out
}

func unitHomes(m *model.Model) map[string]string {
	homes := map[string]string{}
	for _, u := range m.Units {
		homes[u.ID] = u.Service
	}
	return homes
}

func tableHomes(m *model.Model) map[string]string {
	homes := map[string]string{}
	for _, t := range m.Tables {
		homes[t.Name] = t.Service
	}
	return homes
}

func routeHomes(m *model.Model) map[string]string {
	homes := map[string]string{}
	for i := range m.Routes {
		homes[strings.TrimPrefix(m.Routes[i].RouteID(), "route:")] = m.Routes[i].Service
	}
	return homes
}

func homeChanges(before, after map[string]string) []HomeChange {
	out := []HomeChange{}
	for name, from := range before {
		if to := after[name]; to != from {
			out = append(out, HomeChange{name, from, to})
		}
	}
	for name, to := range after {
		if _, ok := before[name]; !ok {
			out = append(out, HomeChange{Name: name, To: to})
		}
	}
	slices.SortFunc(out, func(a, b HomeChange) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// DiffText writes a difference as one paragraph a service: its price before and
// after, the crossings that come and those that go.
func DiffText(w io.Writer, before, after *model.Model, d *Difference, o Options) error {
	v := &textView{screen: newScreen(o), ix: newIndex(after), o: o}
	old := &textView{screen: v.screen, ix: newIndex(before), o: o}
	v.diffHead(d)
	for _, c := range d.Services {
		v.blank()
		v.line(span{padRight(c.Service, 14), bold}, span{" " + old.priceChange(v, c), changeStyle(c.After - c.Before)})
		v.changed("+", c.Added)
		old.changed("−", c.Removed)
		v.priced(c.Priced)
	}
	v.homes("units", d.Units)
	v.homes("tables", d.Tables)
	v.homes("routes", d.Routes)
	v.latencyChanges(d.Latency)
	v.metricChanges(d.Metrics)
	return v.flush(w)
}

// priceChange is a service's price before and after, or that it came or went.
func (v *textView) priceChange(after *textView, c ServiceChange) string {
	_, was := v.ix.bills[c.Service]
	_, is := after.ix.bills[c.Service]
	switch {
	case !was:
		return "is new, price " + amount(c.After)
	case !is:
		return "is gone, its price was " + amount(c.Before)
	}
	return fmt.Sprintf("price %s → %s", amount(c.Before), amount(c.After))
}

func (v *textView) diffHead(d *Difference) {
	change := d.PriceAfter - d.PriceBefore
	word := "the same price"
	switch {
	case change > 0.005:
		word = amount(change) + " dearer"
	case change < -0.005:
		word = amount(-change) + " cheaper"
	}
	if len(d.Services)+len(d.Units)+len(d.Tables)+len(d.Routes) == 0 {
		v.line(span{"Nothing changes.", bold})
		return
	}
	v.line(span{fmt.Sprintf("All crossings: price %s → %s, %s.", amount(d.PriceBefore), amount(d.PriceAfter), word), bold})
}

// latencyChanges lists the entry points whose added latency changes most.
func (v *textView) latencyChanges(changes []LatencyChange) {
	const most = 6
	if len(changes) == 0 {
		return
	}
	v.head(fmt.Sprintf("Added latency (%s a round trip):", v.o.rtt()))
	rows := make([]row, 0, most)
	for _, c := range firstN(changes, most) {
		rows = append(rows, row{{c.Entry, plain}, {v.addedBy(c.Before), plain}, {"→ " + v.addedBy(c.After), changeStyle(c.After - c.Before)}})
	}
	v.table("  ", []column{{flex: true}, {align: alignRight}, {}}, rows)
	if n := len(changes) - most; n > 0 {
		v.line(span{fmt.Sprintf("  and %d more (--json has all)", n), dim})
	}
}

// metricChanges lists the metrics that change, with which way is better.
func (v *textView) metricChanges(changes []MetricChange) {
	changes = slices.DeleteFunc(slices.Clone(changes), func(c MetricChange) bool { return figure(c.Before) == figure(c.After) })
	if len(changes) == 0 {
		return
	}
	v.head("Metrics (they compare with papers; go by the bill):")
	rows := make([]row, 0, len(changes))
	for _, c := range changes {
		better := (c.After > c.Before) == (c.Better == "higher")
		word, st := "worse", warn
		if better {
			word, st = "better", good
		}
		rows = append(rows, row{{c.Name, plain}, {figure(c.Before), plain}, {"→ " + figure(c.After), plain}, {word, st}})
	}
	v.table("  ", []column{{}, {align: alignRight}, {}, {}}, rows)
}

func changeStyle(change float64) style {
	if change > 0 {
		return warn
	}
	return good
}

// changed lists crossings that came or went, grouped as in a bill.
func (v *textView) changed(sign string, crossings []model.Crossing) {
	const most = 6
	items := group(crossings)
	for _, it := range firstN(items, most) {
		tail := []span{{"  " + it.where(), dim}, {"  price " + amount(it.price), plain}}
		text := "  " + sign + " " + it.why
		if runes(text)+length(tail) <= v.width {
			v.line(append([]span{{text, plain}}, tail...)...)
			continue
		}
		v.wrap("  "+sign+" ", it.why, plain)
		v.line(append([]span{{"  ", plain}}, tail...)...)
	}
	if n := len(items) - most; n > 0 {
		v.line(span{fmt.Sprintf("  %s %d more", sign, n), dim})
	}
}

// priced lists crossings that stay and cost something else.
func (v *textView) priced(changes []PriceChange) {
	const most = 3
	for _, p := range firstN(changes, most) {
		c := p.Crossing
		places := ""
		if len(c.Evidence) > 0 {
			places = position(c.Evidence[0].File, c.Evidence[0].Line) + "  "
		}
		v.wrap("  ~ ", c.Why, plain)
		v.line(span{"    " + places, dim}, span{fmt.Sprintf("price %s → %s", amount(p.Before), amount(c.Price)), changeStyle(c.Price - p.Before)})
	}
	if n := len(changes) - most; n > 0 {
		v.line(span{fmt.Sprintf("  ~ %d more", n), dim})
	}
}

func (v *textView) homes(what string, changes []HomeChange) {
	if len(changes) == 0 {
		return
	}
	v.head("Moved " + what + ":")
	for _, c := range firstN(changes, 12) {
		v.line(span{fmt.Sprintf("  %s  %s → %s", v.ix.short(c.Name), orSay(strings.TrimPrefix(c.From, "@"), "new"), orSay(strings.TrimPrefix(c.To, "@"), "gone")), plain})
	}
	if n := len(changes) - 12; n > 0 {
		v.line(span{fmt.Sprintf("  and %d more (--json has all)", n), dim})
	}
}
