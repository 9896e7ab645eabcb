package partition

import (
	"context"
	"slices"

	"github.com/ficus-dev/ficus/analyze/model"
)

// cluster runs the ensemble twice: the first grouping shows what all groups use
// (the kernel), the second is made without it.
func (s *solver) cluster(ctx context.Context) error {
	s.kernel = make([]bool, len(s.net.nodes))
	if s.lay.many {
		return s.clusterProcesses(ctx)
	}
	for round := range kernelRounds {
		if err := s.ensemble(ctx); err != nil {
			return err
		}
		if round == 0 {
			s.kernel = s.findKernel(s.flowOwners())
		} else {
			s.kernel = s.findKernel(s.owners(s.groups(cutAt)))
		}
	}
	if err := s.ensemble(ctx); err != nil {
		return err
	}
	if s.lay.without.off(RuleDistance) {
		s.choose()
		return nil
	}
	for n, k := range s.findKernel(s.groupOwners(s.groups(cutAt))) {
		s.kernel[n] = s.kernel[n] || k
	}
	s.choose()
	return nil
}

// clusterProcesses needs no second round: what no process claims is the kernel.
func (s *solver) clusterProcesses(ctx context.Context) error {
	for range 2 {
		if err := s.ensemble(ctx); err != nil {
			return err
		}
	}
	s.choose()
	return nil
}

const (
	// kernelRounds is how often the kernel is looked for.
	kernelRounds = 2
	// folderShare is how far equal folder names close the gap that structure leaves
	// between two nodes; different names take nothing away.
	folderShare = 0.75
	// cutAt is the likeness below which groups stay apart: more than half of the
	// opinions say so.
	cutAt = 0.5
)

// idle reports whether a node takes no part in clustering, by what the layout or
// a pin says.
func (s *solver) idle(n int) bool {
	nd := s.net.nodes[n]
	if nd.home == model.Library || nd.home == model.Root {
		return true
	}
	if nd.home != "" || nd.table != noAtom {
		return false
	}
	for _, c := range nd.cells {
		p := s.cells.list[c].pkg
		if !s.lay.peeled[p] && !s.lay.unreached[p] {
			return false
		}
	}
	return true
}

// ensemble computes the likeness of the active nodes and their hierarchy.
func (s *solver) ensemble(ctx context.Context) error {
	drop := make([]bool, len(s.net.nodes))
	s.active = s.active[:0]
	for n := range drop {
		drop[n] = s.idle(n) || s.kernel[n]
		if !drop[n] {
			s.active = append(s.active, n)
		}
	}
	net := s.net.without(drop)
	if s.lay.many {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.like = s.claim(net)
		s.merges = linkage(s.like, s.sizes(), s.apart())
		return nil
	}
	if s.lay.layered {
		net.loop = make([]float64, len(net.nodes))
	}
	together, err := louvain(ctx, net, s.active, s.opt.Seed)
	if err != nil {
		return err
	}
	s.flow = flow(net, s.active)
	s.like = together
	switch alike := s.flow.alike(); {
	case s.lay.without.off(RuleLouvain):
		s.like = alike
	case !s.lay.without.off(RuleFlow) && !s.swallows(alike):
		s.like = mix(together, alike)
	}
	if s.lay.layered {
		s.like = mix(s.like, s.layerLikeness())
	}
	if !s.opt.Blind {
		s.like = lift(s.like, s.folders(s.active), folderShare)
	}
	s.merges = linkage(s.like, s.sizes(), s.apart())
	return nil
}

// swallows reports whether a likeness by itself would put more than half of the
// clustered lines into one group: flow does when a composition root was missed,
// and then has nothing to say.
func (s *solver) swallows(like *square) bool {
	of := cut(like.n, linkage(like, s.sizes(), nil), func(_ int, m merge) bool { return m.at < cutAt })
	lines, total := map[int]int{}, 0
	for i, g := range of {
		lines[g] += s.net.nodes[s.active[i]].lines
		total += s.net.nodes[s.active[i]].lines
	}
	for _, l := range lines {
		if float64(l) > collapseShare*float64(total) {
			return true
		}
	}
	return false
}

// sizes are the weights of nodes in the means of linkage: one each, so that a
// large package does not speak for the small ones beside it.
func (s *solver) sizes() []float64 {
	size := make([]float64, len(s.active))
	for i := range size {
		size[i] = 1
	}
	return size
}

// apart forbids merges that pins forbid; nil when none do.
func (s *solver) apart() func(a, b []int) bool {
	if !slices.ContainsFunc(s.active, func(n int) bool { return s.net.nodes[n].home != "" || len(s.net.nodes[n].apart) > 0 }) {
		return nil
	}
	return func(a, b []int) bool {
		for _, i := range a {
			x := s.net.nodes[s.active[i]]
			for _, j := range b {
				y := s.net.nodes[s.active[j]]
				if x.home != "" && y.home != "" && x.home != y.home {
					return true
				}
				for _, k := range x.apart {
					if k == s.active[j] {
						return true
					}
				}
			}
		}
		return false
	}
}

// groups cuts the hierarchy at a likeness: node → group, −1 for inactive nodes.
func (s *solver) groups(at float64) []int {
	return s.spread(cut(len(s.active), s.merges, func(_ int, m merge) bool { return m.at < at }))
}

func (s *solver) spread(of []int) []int {
	group := make([]int, len(s.net.nodes))
	for i := range group {
		group[i] = -1
	}
	for i, n := range s.active {
		group[n] = of[i]
	}
	return group
}
