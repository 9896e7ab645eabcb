package partition

import "slices"

const (
	// linkedLargest is the share of the packages that use a library which one service
	// may have at most: what one service uses for itself, and another now and then, is
	// that one's.
	linkedLargest = 0.75
	// linkedInside is how many lines that one service alone uses a library may take
	// along, for each line of it that several use.
	linkedInside = 1
)

// placeLinked makes libraries of what several services, or libraries, import and what
// each of them can have a copy of: it owns no table and answers nothing, nor does
// anything that it imports itself. A call to another service in its place would cost a
// round trip and gain nothing. Who owns it by flow has no say in this: the largest
// process uses nearly everything most. It needs processes, since only there who imports
// what is known before anything is proposed.
func (t *settler) placeLinked() {
	if t.lay.without.off(RuleLinked) || !t.lay.many || t.lay.modules {
		return
	}
	copied := t.copied()
	for changed := true; changed; {
		changed = false
		for n := range t.net.nodes {
			if copied[n] && t.group[n] >= 0 && (t.linkedBySeveral(n) || t.linkedByLibrary(n)) && t.link(n, copied) {
				changed = true
			}
		}
	}
}

// copied marks the nodes in services that each service can have a copy of.
func (t *settler) copied() []bool {
	out := make([]bool, len(t.net.nodes))
	for n := range out {
		out[n] = t.group[n] >= 0 && t.mayBeCopied(n)
	}
	for changed := true; changed; {
		changed = false
		for n, may := range out {
			if may && slices.ContainsFunc(t.imported(n), func(m int) bool { return t.group[m] >= 0 && !out[m] }) {
				out[n], changed = false, true
			}
		}
	}
	return out
}

// mayBeCopied leaves out generated contracts, which their server owns, parts of packages,
// and, unless names are withheld, what stands in the folder of a process.
func (t *settler) mayBeCopied(n int) bool {
	nd := t.net.nodes[n]
	if nd.table != noAtom || nd.home != "" || nd.routes-nd.loops+nd.tables > 0 || t.runs(n) || !t.opt.Blind && t.inDomainFolder(n) {
		return false
	}
	return !slices.ContainsFunc(nd.cells, func(c int) bool {
		return !t.cells.list[c].whole || isContract(t.g, t.cells.list[c].pkg)
	})
}

// imported are the nodes that hold what a node's packages import.
func (t *settler) imported(n int) []int {
	var out []int
	for _, c := range t.net.nodes[n].cells {
		for _, p := range t.g.Packages[t.cells.list[c].pkg].Imports {
			out = append(out, t.nodesOf(p)...)
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(m int) bool { return m == n })
}

// linkers counts, by group, the packages that import one of a node's.
func (t *settler) linkers(n int) map[int]float64 {
	seen, users := map[int32]bool{}, map[int]float64{}
	for _, c := range t.net.nodes[n].cells {
		for _, p := range t.lay.importers[t.cells.list[c].pkg] {
			if seen[p] || slices.Contains(t.nodesOf(p), n) {
				continue
			}
			seen[p] = true
			groups := t.groupsOfPackage(p)
			for _, g := range groups {
				users[g] += 1 / float64(len(groups))
			}
		}
	}
	return users
}

func (t *settler) linkedBySeveral(n int) bool {
	largest, total, services := 0.0, 0.0, 0
	for g, w := range t.linkers(n) {
		if g >= 0 {
			largest, total, services = max(largest, w), total+w, services+1
		}
	}
	return services > 1 && largest <= linkedLargest*total
}

// linkedByLibrary reports whether a library imports a node: a library that stands on a
// service could not be linked into another.
func (t *settler) linkedByLibrary(n int) bool { return t.linkers(n)[groupLibrary] > 0 }

// link makes a library of a node with all that it imports, unless most of that is the
// inside of one service.
func (t *settler) link(n int, copied []bool) bool {
	seen, stack := map[int]bool{n: true}, []int{n}
	shared, inside := 0, 0
	for len(stack) > 0 {
		m := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if m == n || t.linkedBySeveral(m) {
			shared += t.net.nodes[m].lines
		} else {
			inside += t.net.nodes[m].lines
		}
		for _, i := range t.imported(m) {
			if !seen[i] && copied[i] && t.group[i] >= 0 {
				seen[i] = true
				stack = append(stack, i)
			}
		}
	}
	if inside > linkedInside*shared {
		return false
	}
	for _, m := range sortedKeys(seen) {
		t.group[m], t.why[m] = groupLibrary, "several services import it or what it is the inside of, and each can have a copy: it owns no table and answers nothing, nor does what it uses"
	}
	return true
}
