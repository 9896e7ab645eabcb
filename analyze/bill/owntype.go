package bill

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// godType is a type whose methods are atoms of their own.
type godType struct {
	id      string
	methods []godMethod // by name
	// narrow are the module's interfaces that the type implements.
	narrow []*facts.Interface
}

type godMethod struct {
	id, name string
	at       model.Evidence
}

// godTypesOf finds the types whose methods are atoms, by ID.
func godTypesOf(f *facts.Facts) []godType {
	at := map[string]*godType{}
	for i := range f.Decls {
		d := &f.Decls[i]
		if d.Kind != model.KindMethod || d.Type == "" {
			continue
		}
		if at[d.Type] == nil {
			at[d.Type] = &godType{id: d.Type}
		}
		name := d.Name[strings.IndexByte(d.Name, '.')+1:]
		at[d.Type].methods = append(at[d.Type].methods, godMethod{d.ID, name, model.Evidence{File: d.File, Line: d.Line, Confidence: model.Proved, Func: d.Name}})
	}
	for i := range f.Interfaces {
		for _, impl := range f.Interfaces[i].Implementations {
			if t := at[impl]; t != nil {
				t.narrow = append(t.narrow, &f.Interfaces[i])
			}
		}
	}
	var out []godType
	for _, id := range slices.Sorted(maps.Keys(at)) {
		slices.SortFunc(at[id].methods, func(x, y godMethod) int { return cmp.Compare(x.name, y.name) })
		out = append(out, *at[id])
	}
	return out
}

// ownTypes prices the methods that are in another service than their type: Go has a
// type's methods in the type's package, so there they become those of a new type.
func (b *biller) ownTypes() {
	for _, t := range b.known.godTypes {
		keeper := b.keeper(t)
		if keeper == "" {
			continue
		}
		away := map[string][]godMethod{}
		for _, m := range t.methods {
			if s := b.in.Service[m.id]; model.IsService(s) && s != keeper {
				away[s] = append(away[s], m)
			}
		}
		for _, s := range slices.Sorted(maps.Keys(away)) {
			b.ownType(t, s, keeper, away[s])
		}
	}
}

// keeper is the service that keeps the type: its own, or, where the type is in none,
// the one with most of its methods. Empty: no service has any.
func (b *biller) keeper(t godType) string {
	if s := b.in.Service[t.id]; model.IsService(s) {
		return s
	}
	count, best := map[string]int{}, ""
	for _, m := range t.methods {
		if s := b.in.Service[m.id]; model.IsService(s) {
			count[s]++
		}
	}
	for _, s := range slices.Sorted(maps.Keys(count)) {
		if best == "" || count[s] > count[best] {
			best = s
		}
	}
	return best
}

func (b *biller) ownType(t godType, service, keeper string, methods []godMethod) {
	mixed := b.mixedInterfaces(t, service)
	places := make([]model.Evidence, len(methods))
	for i, m := range methods {
		places[i] = m.at
	}
	name := shortID(t.id)
	b.add(model.Crossing{Kind: model.CouplingType, From: methods[0].id, To: t.id, FromService: service, ToService: keeper,
		Price: ownTypeBase + ownTypeMethod*float64(len(methods)) + ownTypeInterface*float64(len(mixed)),
		Why: fmt.Sprintf("%d %s of %s %s in %s, the type stays with %s", len(methods), plural(len(methods), "method", "methods"), name,
			plural(len(methods), "is", "are"), service, keeper),
		Cure:     "give " + service + " a type of its own with " + plural(len(methods), "it", "them"),
		CureKind: CureOwnType, Evidence: places, Steps: b.ownTypeSteps(t, service, methods, mixed)})
}

// mixedInterfaces are those that the type implements, with methods of the service and
// of others: an interface of one service's methods stays as it is.
func (b *biller) mixedInterfaces(t godType, service string) []*facts.Interface {
	var out []*facts.Interface
	for _, i := range t.narrow {
		own, others := false, false
		for _, name := range i.Methods {
			switch s := b.in.Service[t.id+"."+name]; {
			case s == service:
				own = true
			case model.IsService(s):
				others = true
			}
		}
		if own && others {
			out = append(out, i)
		}
	}
	return out
}

// mostMethods is how many methods a step names.
const mostMethods = 12

func (b *biller) ownTypeSteps(t godType, service string, methods []godMethod, mixed []*facts.Interface) []model.CureStep {
	name := shortID(t.id)
	var names []string
	var places []model.Evidence
	for _, m := range methods {
		names, places = append(names, m.name), append(places, m.at)
	}
	list := strings.Join(names[:min(len(names), mostMethods)], ", ")
	if more := len(names) - mostMethods; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	steps := []model.CureStep{
		{Service: service, Do: "declare a type with the fields of " + name + " that these methods use, and a constructor beside the old one"},
		{Service: service, Do: "make them its methods: " + list, Evidence: places},
	}
	for _, i := range mixed {
		steps = append(steps, model.CureStep{Service: service, Do: fmt.Sprintf("narrow %s for its callers: of its %d methods %s has %s",
			shortID(i.Type), len(i.Methods), service, b.listed(t, i, service)), Evidence: []model.Evidence{i.Evidence}})
	}
	return append(steps, model.CureStep{Service: service, Do: "hand the new type to " + service + "'s callers where the program is wired, in place of " + name})
}

// listed names the methods of an interface that a service has.
func (b *biller) listed(t godType, i *facts.Interface, service string) string {
	var names []string
	for _, name := range i.Methods {
		if b.in.Service[t.id+"."+name] == service {
			names = append(names, name)
		}
	}
	if more := len(names) - mostMethods; more > 0 {
		return strings.Join(names[:mostMethods], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
