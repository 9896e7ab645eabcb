package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// graph is a model collapsed for drawing.
type graph struct {
	groups []graphGroup // services by order of the cuts, then library and root
	edges  []graphEdge  // by from, to
}

type graphGroup struct {
	name  string // a service, model.Library or model.Root
	note  string // "6 routes, 3 tables, price 11"
	nodes []graphNode
}

type graphNode struct {
	id, label string
	lines     int
}

// graphEdge sums all couplings of one direction between two nodes.
type graphEdge struct {
	from, to string
	price    float64
	kinds    map[model.CouplingKind]int
	cures    map[string]float64 // price by kind of cure
	soft     bool               // to the library or from the root: no crossing of services
}

// label is "2 calls, 1 tx", kinds by name.
func (e graphEdge) label() string {
	kinds := make([]string, 0, len(e.kinds))
	for k := range e.kinds {
		kinds = append(kinds, string(k))
	}
	slices.Sort(kinds)
	for i, k := range kinds {
		kinds[i] = kindCount(model.CouplingKind(k), e.kinds[model.CouplingKind(k)])
	}
	return strings.Join(kinds, ", ")
}

// kindCount names a number of couplings of one kind.
func kindCount(k model.CouplingKind, n int) string {
	switch k {
	case model.CouplingTx:
		return counted(n, "transaction")
	case model.CouplingState:
		return counted(n, "shared variable")
	case model.CouplingTable:
		return counted(n, "table access")
	case model.CouplingCoChange:
		return counted(n, "co-change")
	case model.CouplingConst:
		return counted(n, "constant")
	case model.CouplingResource:
		return counted(n, "shared resource")
	}
	return counted(n, string(k))
}

// edgeSet sums edges by their ends.
type edgeSet map[[2]string]*graphEdge

func (s edgeSet) add(from, to string, kind model.CouplingKind, n int, price float64, soft bool) {
	key := [2]string{from, to}
	if s[key] == nil {
		s[key] = &graphEdge{from: from, to: to, kinds: map[model.CouplingKind]int{}, soft: soft}
	}
	s[key].kinds[kind] += n
	s[key].price += price
}

// cure counts a crossing for its cure.
func (s edgeSet) cure(from, to string, c model.Crossing) {
	e := s[[2]string{from, to}]
	if e.cures == nil {
		e.cures = map[string]float64{}
	}
	e.cures[c.CureKind] += c.Price
}

// priceText is the price with the cure that most of it is for: "price 50, mostly
// outbox or saga".
func (e graphEdge) priceText() string {
	text := "price " + amount(e.price)
	best := ""
	for kind, price := range e.cures {
		if best == "" || price > e.cures[best] || price == e.cures[best] && kind < best {
			best = kind
		}
	}
	if best == "" {
		return text
	}
	title := model.CureOf(best).Title
	title = strings.ToLower(title[:1]) + title[1:]
	if len(e.cures) > 1 {
		title = "mostly " + title
	}
	return text + ", " + title
}

func (s edgeSet) sorted() []graphEdge {
	out := make([]graphEdge, 0, len(s))
	for _, e := range s {
		out = append(out, *e)
	}
	slices.SortFunc(out, func(a, b graphEdge) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	return out
}

// collapse makes the graph of a level.
func collapse(ix *index, level Level) graph {
	if level == LevelUnits {
		return unitGraph(ix)
	}
	g := graph{groups: groups(ix)}
	edges := edgeSet{}
	for _, c := range ix.crossings() {
		edges.add(c.FromService, c.ToService, c.Kind, 1, c.Price, false)
		edges.cure(c.FromService, c.ToService, c)
	}
	for _, c := range ix.m.Couplings {
		from, to := ix.service(c.From), ix.service(c.To)
		if from == model.Root && model.IsService(to) || model.IsService(from) && to == model.Library {
			edges.add(from, to, c.Kind, max(c.Count, 1), 0, true)
		}
	}
	g.edges = g.known(edges.sorted())
	return g
}

// known drops edges to what is not drawn.
func (g graph) known(edges []graphEdge) []graphEdge {
	names := map[string]bool{}
	for _, gr := range g.groups {
		names[gr.name] = true
		for _, n := range gr.nodes {
			names[n.id] = true
		}
	}
	return slices.DeleteFunc(edges, func(e graphEdge) bool { return !names[e.from] || !names[e.to] })
}

// groups are the services in the order of the cuts, then library and root, each
// with its units.
func groups(ix *index) []graphGroup {
	var out []graphGroup
	units := map[string][]graphNode{}
	for _, u := range ix.m.Units {
		units[u.Service] = append(units[u.Service], graphNode{id: u.ID, label: ix.short(u.ID), lines: u.Lines})
	}
	for _, s := range ix.ordered() {
		note := fmt.Sprintf("%s, %s, price %s", counted(len(s.Routes), "route"), counted(len(s.Tables), "table"), amount(ix.bill(s.Name).Price))
		out = append(out, graphGroup{name: s.Name, note: note, nodes: units[s.Name]})
	}
	for home, note := range map[string]string{model.Library: "stays a module", model.Root: "stays the monolith's front"} {
		if len(units[home]) > 0 {
			out = append(out, graphGroup{name: home, note: note, nodes: units[home]})
		}
	}
	tail := out[len(ix.m.Services):]
	slices.SortFunc(tail, func(a, b graphGroup) int { return cmp.Compare(a.name, b.name) })
	return out
}

func unitGraph(ix *index) graph {
	g := graph{groups: groups(ix)}
	edges := edgeSet{}
	for _, c := range ix.m.Couplings {
		from, to := ix.atoms[c.From], ix.atoms[c.To]
		if from == nil || to == nil || from.Unit == to.Unit || from.Unit == "" || to.Unit == "" {
			continue
		}
		edges.add(from.Unit, to.Unit, c.Kind, max(c.Count, 1), 0, from.Service == to.Service || !model.IsService(from.Service) || !model.IsService(to.Service))
	}
	for _, c := range ix.crossings() {
		from, to := ix.atoms[c.From], ix.atoms[c.To]
		if from != nil && to != nil && edges[[2]string{from.Unit, to.Unit}] != nil {
			edges[[2]string{from.Unit, to.Unit}].price += c.Price
			edges.cure(from.Unit, to.Unit, c)
		}
	}
	g.edges = g.known(edges.sorted())
	return g
}
