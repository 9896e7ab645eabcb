package partition

import "math"

const (
	// kernelGroups is from how many groups a kernel node must be used,
	// kernelLargest the share that the largest user may have at most.
	kernelGroups  = 3
	kernelLargest = 0.55
)

// findKernel marks the nodes that serve all groups and belong to none: used from
// at least three, none of them the main user, with no table or route of their
// own; or the one data layer that holds most tables for all, which is no service
// by itself. The likeness to a domain package that every domain uses is the rule's
// weakness: what it marks is a suggestion, with the reason printed.
func (s *solver) findKernel(owners [][]float64) []bool {
	kernel := make([]bool, len(s.net.nodes))
	if s.lay.without.off(RuleKernel) {
		return kernel
	}
	for changed := true; changed; {
		changed = false
		for n := range s.net.nodes {
			if !kernel[n] && s.mayBeKernel(n) && (s.servesAll(n, owners[n]) && s.rests(n, kernel, owners) || s.supports(n, kernel)) {
				kernel[n], changed = true, true
			}
		}
	}
	return kernel
}

func (s *solver) mayBeKernel(n int) bool {
	nd := s.net.nodes[n]
	if s.runs(n) || s.isTop(n) || s.idle(n) || s.onTop(n) {
		return false
	}
	return nd.home == "" && nd.table == noAtom && (!s.answers(n) || s.dataLayer(n))
}

// onTop reports whether only roots import the packages of a node: parts of a package
// use each other, but no service uses them.
func (s *solver) onTop(n int) bool {
	for _, c := range s.net.nodes[n].cells {
		if !s.lay.onTop(int(s.cells.list[c].pkg)) {
			return false
		}
	}
	return s.net.nodes[n].table == noAtom
}

// answers reports whether the outside asks a node for something, or it touches tables.
// A background loop alone is a sign of neither in what is used more than it uses:
// pools, caches, resolvers and loggers have one too.
func (s *solver) answers(n int) bool {
	nd := s.net.nodes[n]
	if nd.routes-nd.loops+nd.tables > 0 {
		return true
	}
	return nd.loops > 0 && s.working(s.net.out[n]) > s.working(s.net.in[n])
}

const (
	// layerShare is the share of all tables that a data layer touches, layerTables
	// their least number, layerUsers that of the nodes that use it.
	layerShare  = 0.4
	layerTables = 4
	layerUsers  = 4
)

// dataLayer reports whether a node keeps the tables of others: a package that did
// not come apart, touches a large part of all tables and answers no route.
func (s *solver) dataLayer(n int) bool {
	all := 0
	for _, nd := range s.net.nodes {
		if nd.table != noAtom {
			all++
		}
	}
	nd := s.net.nodes[n]
	if len(nd.cells) != 1 || !s.cells.list[nd.cells[0]].whole {
		return false
	}
	return nd.routes == 0 && nd.tables >= layerTables && float64(nd.tables) >= layerShare*float64(all)
}

// owners gives, for every node, how much of its use comes from each group.
func (s *solver) owners(group []int) [][]float64 {
	groups := 0
	for _, g := range group {
		groups = max(groups, g+1)
	}
	out := make([][]float64, len(s.net.nodes))
	for n := range out {
		out[n] = make([]float64, groups)
		for _, l := range s.net.in[n] {
			if g := group[l.to]; g >= 0 {
				out[n][g] += l.weight / math.Sqrt(float64(max(1, s.net.degree(l.to))))
			}
		}
	}
	return out
}

// flowOwners are the owners that ownership flow found: sources instead of groups.
func (s *solver) flowOwners() [][]float64 {
	out := make([][]float64, len(s.net.nodes))
	for i, n := range s.active {
		out[n] = s.flow.share[i].dense(len(s.flow.sources))
	}
	return out
}

// servesAll reports whether no group is the main user of a node. Of a data layer
// the number of its users decides: whoever keeps most tables draws all that use it
// into one group, which then looks like its main user.
func (s *solver) servesAll(n int, owner []float64) bool {
	if s.answers(n) {
		return len(s.net.in[n]) >= layerUsers
	}
	return spread(owner, kernelGroups, kernelLargest)
}

// spread reports whether at least so many groups use something, the largest of
// them no more than its share.
func spread(owner []float64, least int, most float64) bool {
	largest, total, groups := 0.0, 0.0, 0
	for _, w := range owner {
		largest, total = max(largest, w), total+w
	}
	for _, w := range owner {
		if w > 0 && w >= 0.05*total {
			groups++
		}
	}
	return groups >= least && largest < most*total
}

// supports reports whether only kernel nodes use n, and n uses nothing else: the
// inside of a library.
func (s *solver) supports(n int, kernel []bool) bool {
	used := false
	for _, l := range s.net.in[n] {
		if s.idle(l.to) {
			continue
		}
		if !kernel[l.to] {
			return false
		}
		used = true
	}
	for _, l := range s.net.out[n] {
		if !kernel[l.to] {
			return false
		}
	}
	return used
}

// rests reports whether a node depends on the kernel alone, or nearly: what draws
// on domains is no library, however many use it.
func (s *solver) rests(n int, kernel []bool, owners [][]float64) bool {
	if s.answers(n) {
		return true
	}
	onKernel, total := 0.0, 0.0
	for _, l := range s.net.out[n] {
		if l.upward || s.idle(l.to) {
			continue
		}
		total += l.weight
		if kernel[l.to] || s.leaf(l.to) || s.mayBeKernel(l.to) && s.servesAll(l.to, owners[l.to]) {
			onKernel += l.weight
		}
	}
	return onKernel >= restsShare*total
}

// restsShare is the share of a library's own ties that must go to the kernel or to
// leaves. It is low: a helper that reaches into one domain is still a helper.
const restsShare = 0.25

// leaf reports whether a node imports nothing and has no data.
func (s *solver) leaf(n int) bool {
	for _, l := range s.net.out[n] {
		if !l.upward {
			return false
		}
	}
	return s.net.nodes[n].table == noAtom && !s.answers(n)
}

// runs reports whether a node is what one process alone reaches.
func (s *solver) runs(n int) bool {
	for _, c := range s.net.nodes[n].cells {
		if s.processOf(c) != nothing {
			return true
		}
	}
	return false
}
