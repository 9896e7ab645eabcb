package bill

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// The thresholds of the verdict; the package comment says what they do.
const (
	smallSystem = 2000
	oneTeam     = 10_000  // lines that one team has in its head
	knotted     = 2.0 / 3 // share of the tables that several services change
	oneSwallows = 0.85
	firstShare  = 0.03
	layerTables = 0.5 // share of all tables that a data layer keeps, and more
	layerRoutes = 0.1 // of all routes that it answers at most
	outPrice    = 2.0
	cheapPer100 = 5.0  // price per 100 lines of a service that is cheap to cut
	dearPer100  = 10.0 // of one that no service is worth
	sureOf      = 2.0 / 3

	severalAsked = 2
)

// Proposal is what Judge judges.
type Proposal struct {
	Services    []model.Service
	Bills       []model.Bill
	Tables      []model.Table
	EntryPoints []model.EntryPoint
	// Written is the number of lines of each service that people wrote; nil: all of
	// them.
	Written map[string]int
}

// Judge gives the verdict, the first cut and the order of the cuts.
func Judge(p Proposal) model.Verdict {
	j := newJudge(p)
	v := model.Verdict{Order: j.order(), Reasons: []string{}}
	v.FirstCut = j.first(v.Order)
	if stay := j.stay(v.FirstCut); stay != "" {
		v.Summary, v.FirstCut, v.Order = "Stay: "+stay, "", nil
		v.Reasons = j.reasons(v)
		return v
	}
	v.Split = true
	v.Summary = j.summary(v)
	v.Reasons = j.reasons(v)
	return v
}

type judge struct {
	services []model.Service
	tables   []model.Table
	bill     map[string]model.Bill
	lines    int
	written  map[string]int // lines
	answers  map[string]int // routes, and calls from other programs
	commands map[string]int
	runs     map[string]bool // something starts there by itself

	allWritten, answered int // of all services
}

func newJudge(p Proposal) *judge {
	j := &judge{services: p.Services, bill: map[string]model.Bill{},
		written: map[string]int{}, answers: map[string]int{}, commands: map[string]int{}, runs: map[string]bool{}}
	for _, b := range p.Bills {
		j.bill[b.Service] = b
	}
	for _, t := range p.Tables {
		if t.Service != model.Unassigned { // of what a migration alone, or nobody, knows nothing follows
			j.tables = append(j.tables, t)
		}
	}
	for _, s := range p.Services {
		j.lines += s.Lines
		j.answers[s.Name] = len(s.Routes)
		if j.written[s.Name] = s.Lines; p.Written != nil {
			j.written[s.Name] = p.Written[s.Name]
		}
		j.allWritten += j.written[s.Name]
	}
	for _, e := range p.EntryPoints {
		switch e.Kind {
		case "grpc", "connect", "rpc":
			j.answers[e.Service]++
		case "command":
			j.commands[e.Service]++
		default: // a main, a job, a schedule, a consumer
			j.runs[e.Service] = true
		}
	}
	for _, s := range p.Services {
		j.answered += j.answers[s.Name]
	}
	return j
}

// unsafe says why a service cannot be cut before something is untied; empty when
// it can.
func (j *judge) unsafe(service string) string {
	for _, c := range j.bill[service].Crossings {
		if c.Kind == model.CouplingTx && c.CureKind == CureSaga {
			return c.Why
		}
	}
	for _, c := range j.bill[service].Crossings {
		if c.Kind == model.CouplingTable && c.CureKind == CureOwner {
			return c.Why
		}
	}
	return ""
}

// score ranks cuts of one tier: a leaf waits for nobody.
func (j *judge) score(service string) float64 {
	b := j.bill[service]
	return b.Price + outPrice*float64(b.Out)
}

// order lists clean cuts first, then safe ones, the cheapest leaves before others.
func (j *judge) order() []string {
	var names []string
	for _, s := range j.services {
		names = append(names, s.Name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(j.tier(a)-j.tier(b), cmp.Compare(j.score(a), j.score(b)), cmp.Compare(a, b))
	})
	return names
}

// tier is 0 for a clean cut, 1 for a safe one, 2 for others.
func (j *judge) tier(service string) int {
	if j.unsafe(service) != "" {
		return 2
	}
	for _, c := range j.bill[service].Crossings {
		if (c.Kind == model.CouplingTable || c.Kind == model.CouplingTx) && c.CureKind != CureDrop {
			return 1
		}
	}
	return 0
}

// first is the first safe cut that is worth a service, the best kind that there is:
//
//   - one that answers, and has a table of its own where the module has tables;
//   - where most tables are behind a data layer, so that to own one says nothing: one
//     that answers, but not for all, is cheap and clean, and of which the runs are sure;
//   - one that has a table of its own, and is called.
func (j *judge) first(order []string) string {
	owns := func(s model.Service) bool { return len(s.Tables) > 0 && !j.dataLayer(s) }
	for _, fits := range []func(model.Service) bool{
		func(s model.Service) bool { return j.answersSomebody(s) && (owns(s) || len(j.tables) == 0) },
		func(s model.Service) bool {
			return j.layered() && j.answersSomebody(s) && !j.dataLayer(s) && !j.front(s) && j.tier(s.Name) == 0 && j.per100(s) <= cheapPer100 && s.Stability >= sureOf
		},
		func(s model.Service) bool { return owns(s) && j.called(s.Name) },
	} {
		for _, name := range order {
			if s := j.service(name); j.worth(s) && fits(s) {
				return name
			}
		}
	}
	return ""
}

// worth reports whether a cut is safe, and of some weight for its price.
func (j *judge) worth(s model.Service) bool {
	return j.unsafe(s.Name) == "" && float64(j.written[s.Name]) >= firstShare*float64(j.allWritten) && j.per100(s) <= dearPer100
}

// per100 is the price for 100 lines.
func (j *judge) per100(s model.Service) float64 {
	return 100 * j.bill[s.Name].Price / float64(max(s.Lines, 1))
}

// answersSomebody reports whether a service is asked from outside: by a route or from
// another program; where nothing tells who is, by calls of other services: of several
// functions, unless something runs there by itself. What has more commands than that is
// a tool, and asked by people.
func (j *judge) answersSomebody(s model.Service) bool {
	if answers := j.answers[s.Name]; answers > 0 || j.commands[s.Name] > 0 {
		return answers >= j.commands[s.Name]
	}
	return (j.answered == 0 || len(j.tables) == 0) && j.called(s.Name) && (j.runs[s.Name] || j.bill[s.Name].In >= severalAsked)
}

// front reports whether a service answers for at least half of the module: to cut it
// from the data is to cut layers.
func (j *judge) front(s model.Service) bool {
	return j.answered > 0 && 2*j.answers[s.Name] >= j.answered
}

// called reports whether another service calls a function of it, were it one that the
// caller links.
func (j *judge) called(name string) bool {
	return slices.ContainsFunc(j.bill[name].Crossings, func(c model.Crossing) bool {
		return c.Kind == model.CouplingCall && c.ToService == name
	})
}

func (j *judge) service(name string) model.Service {
	for _, s := range j.services {
		if s.Name == name {
			return s
		}
	}
	return model.Service{}
}

// stay says why not to split; empty when splitting is worth it.
func (j *judge) stay(first string) string {
	largest := model.Service{}
	for _, s := range j.services {
		if s.Lines > largest.Lines {
			largest = s
		}
	}
	switch {
	case len(j.services) < 2:
		return "no boundary stands out; what there is hangs together."
	case j.allWritten < smallSystem:
		return fmt.Sprintf("%d lines in %d services; under %d a split costs more than it frees.", j.allWritten, len(j.services), smallSystem)
	case float64(largest.Lines) > oneSwallows*float64(j.lines):
		return fmt.Sprintf("%s holds %.0f %% of the lines; pull it apart inside the monolith first.", largest.Name, 100*float64(largest.Lines)/float64(j.lines))
	case first == "" && j.layered():
		return fmt.Sprintf("%d of %d tables are behind a data layer that all use; take that apart by domain first.", j.shared(), len(j.tables))
	case first == "":
		return "every boundary is crossed by a transaction or a table that both sides write, owns nothing, or costs more than it frees; untie those first."
	case j.allWritten < oneTeam && j.tied() > knotted*float64(len(j.tables)):
		return fmt.Sprintf("%.0f of %d tables belong to services that have to be untied first, and %d lines are few enough for one team.", j.tied(), len(j.tables), j.allWritten)
	}
	return ""
}

// dataLayer reports whether a service keeps the tables for the others: most of all,
// while others answer; or, where nothing tells who answers, while it calls nobody.
func (j *judge) dataLayer(s model.Service) bool {
	if float64(len(s.Tables)) <= layerTables*float64(len(j.tables)) {
		return false
	}
	if j.answered == 0 {
		return len(j.tables) > 1 && j.bill[s.Name].Out == 0 && j.called(s.Name)
	}
	return float64(j.answers[s.Name]) <= layerRoutes*float64(j.answered)
}

// layered reports whether most tables are behind a data layer.
func (j *judge) layered() bool { return 2*j.shared() > len(j.tables) }

// shared is the number of tables that no service owns, or a data layer.
func (j *judge) shared() int {
	n := 0
	for _, t := range j.tables {
		if !model.IsService(t.Service) || j.dataLayer(j.service(t.Service)) {
			n++
		}
	}
	return n
}

// tied is the number of tables whose services cannot be cut before something is untied.
func (j *judge) tied() (n float64) {
	for _, t := range j.tables {
		if model.IsService(t.Service) && j.unsafe(t.Service) != "" {
			n++
		}
	}
	return n
}

func (j *judge) cheap() (names []string) {
	for _, s := range j.services {
		if j.unsafe(s.Name) == "" && s.Lines > 0 && j.per100(s) <= cheapPer100 {
			names = append(names, s.Name)
		}
	}
	return names
}

func (j *judge) summary(v model.Verdict) string {
	cheap := len(j.cheap())
	slowly := ""
	if 2*cheap < len(j.services) {
		slowly = ", but slowly"
	}
	return fmt.Sprintf("Split it%s: %d services stand out, %s. Start with %s.", slowly, len(j.services), counted(cheap), v.FirstCut)
}

func counted(cheap int) string {
	switch cheap {
	case 0:
		return "none is cheap"
	case 1:
		return "1 is cheap"
	}
	return fmt.Sprintf("%d are cheap", cheap)
}

// reasons are the figures behind the verdict.
func (j *judge) reasons(v model.Verdict) []string {
	out := []string{}
	if v.FirstCut != "" {
		s, b := j.service(v.FirstCut), j.bill[v.FirstCut]
		out = append(out, fmt.Sprintf("%s first: price %.1f, %d calls in, %d out, %d routes, %d tables of its own, %s",
			s.Name, b.Price, b.In, b.Out, len(s.Routes), len(s.Tables), j.data(s.Name)))
		if v.Order[0] != s.Name {
			out[0] += fmt.Sprintf("; what stands before it is under %.0f %% of the lines, owns no table, answers nobody, or is dear for its size", 100*firstShare)
		}
	}
	if text := j.orderWords(v.Order); text != "" {
		out = append(out, text)
	}
	for _, s := range j.services {
		if why := j.unsafe(s.Name); why != "" {
			out = append(out, fmt.Sprintf("%s is not safe to cut yet: %s", s.Name, why))
		}
	}
	if cheap := j.cheap(); v.Split && len(cheap) > 0 {
		out = append(out, fmt.Sprintf("cheap (at most %.0f points for 100 lines, safe): %s", cheapPer100, strings.Join(cheap, ", ")))
	}
	return out
}

// orderWords say why the cuts have the order that they have.
func (j *judge) orderWords(order []string) string {
	tiers := [3][]string{}
	for _, name := range order {
		tiers[j.tier(name)] = append(tiers[j.tier(name)], name)
	}
	var parts []string
	for i, why := range [3][2]string{{"takes its data with it", "take their data with them"},
		{"shares tables that only one side writes", "share tables that only one side writes"}, {"has to be untied first", "have to be untied first"}} {
		if n := len(tiers[i]); n > 0 {
			parts = append(parts, fmt.Sprintf("%s (%s)", strings.Join(tiers[i], ", "), why[min(n, 2)-1]))
		}
	}
	if len(order) < 2 {
		return ""
	}
	return "order of the cuts: " + strings.Join(parts, "; then ")
}

// data says what becomes of a first cut's data.
func (j *judge) data(service string) string {
	switch {
	case len(j.tables) == 0:
		return "no table was seen in the whole module"
	case len(j.service(service).Tables) == 0:
		return fmt.Sprintf("and leaves its data behind the data layer that has %d of %d tables", j.shared(), len(j.tables))
	}
	return tierWords[j.tier(service)]
}

var tierWords = [...]string{
	"and takes its data with it: no table is used across its boundary",
	"no transaction and no table written across its boundary",
	"not safe yet",
}
