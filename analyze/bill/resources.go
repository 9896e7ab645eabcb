package bill

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/model"
)

// resources prices the keys, buckets, files and topics that two services use. Of
// one service's uses the dearest pays in full, each further place 1.
func (b *biller) resources() {
	for _, g := range coupling.Resources(b.in.Facts) {
		hub := g.Hub()
		at := map[pair]*places{}
		for _, u := range g.Uses {
			if hub == "" || g.Kind == model.ResourceTopic && u.Access == model.Publish {
				continue
			}
			if p := b.gather(at, u.Owner().Atom, hub); p != nil {
				p.access = coupling.MergeAccess(p.access, u.Access)
				p.inLoop = p.inLoop || u.InLoop
				p.add(u.Evidence)
			}
		}
		b.resource(g, at)
	}
}

func (b *biller) resource(g coupling.ResourceGroup, at map[pair]*places) {
	var list []model.Crossing
	for _, k := range sortedPairs(at) {
		list = append(list, b.resourceCrossing(g, k, at[k]))
	}
	slices.SortStableFunc(list, func(x, y model.Crossing) int {
		return cmp.Or(cmp.Compare(y.Price, x.Price), cmp.Compare(x.From, y.From))
	})
	paid := map[string]bool{}
	for _, c := range list {
		if paid[c.FromService] {
			c.Price = min(c.Price, furtherUse)
		}
		paid[c.FromService] = true
		b.add(c)
	}
}

func (b *biller) resourceCrossing(g coupling.ResourceGroup, k pair, p *places) model.Crossing {
	from, owner, _ := b.cuts(k.from, k.to)
	name := string(g.Kind) + " " + g.Name
	var c model.Crossing
	switch {
	case g.Kind == model.ResourceTopic:
		c = b.crossing(model.CouplingResource, k, p, topicUse, fmt.Sprintf("%s consumes %s of %s", from, name, owner),
			"it is an event already: agree on its schema, and on who owns it", CureEvent)
	case p.access == model.Read:
		c = b.crossing(model.CouplingResource, k, p, sharedRead, fmt.Sprintf("%s reads %s of %s", from, name, owner),
			"ask "+owner+" by a call, or replicate what is read", CureReplicate)
	default:
		c = b.crossing(model.CouplingResource, k, p, sharedWrite, fmt.Sprintf("%s and %s both write %s", from, owner, name),
			"let "+owner+" alone write it; give "+from+" a name of its own where it is only a cache", CureOwner)
	}
	c.Callee = name
	return c
}
