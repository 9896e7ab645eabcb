package coupling

import (
	"cmp"
	"slices"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// ResourceGroup is a resource with all of its uses.
type ResourceGroup struct {
	Kind model.ResourceKind
	Name string
	Uses []facts.ResourceUse
}

// Resources groups the uses, by kind and name.
func Resources(f *facts.Facts) []ResourceGroup {
	uses := slices.Clone(f.Resources)
	slices.SortStableFunc(uses, func(a, b facts.ResourceUse) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	var out []ResourceGroup
	for _, u := range uses {
		if n := len(out); n == 0 || out[n-1].Kind != u.Kind || out[n-1].Name != u.Name {
			out = append(out, ResourceGroup{Kind: u.Kind, Name: u.Name})
		}
		out[len(out)-1].Uses = append(out[len(out)-1].Uses, u)
	}
	return out
}

// Hub is the atom that a resource belongs to: who publishes, else who writes it, at
// the most places, the first of them by ID. Empty: nobody does, or it is another
// program, which ties none of its callers together.
func (g ResourceGroup) Hub() string {
	if g.Kind == model.ResourceHTTP || g.Kind == model.ResourceGRPC {
		return ""
	}
	votes := map[string]int{}
	best := ""
	for _, u := range g.Uses {
		if u.Access == model.Read || u.Access == model.Consume {
			continue
		}
		id := u.Owner().Atom
		votes[id]++
		if best == "" || votes[id] > votes[best] || votes[id] == votes[best] && id < best {
			best = id
		}
	}
	return best
}

// resources binds who uses a resource to who writes or publishes it: a star.
func (b *builder) resources(f *facts.Facts) {
	for _, g := range Resources(f) {
		hub := g.Hub()
		for _, u := range g.Uses {
			if hub == "" || g.Kind == model.ResourceTopic && u.Access == model.Publish {
				continue // two that publish need not know of each other
			}
			if e := b.edge(u.Owner().Atom, hub, model.CouplingResource, u.Evidence); e != nil {
				e.Access = MergeAccess(e.Access, u.Access)
				e.InLoop = e.InLoop || u.InLoop
			}
		}
	}
}
