package partition

import (
	"math"
	"path"
	"slices"
)

// claim is the opinion where a system runs as several processes: each process is
// what its main alone reaches, and what several reach goes to the one that uses it
// most, by ownership flow, or is a library. It replaces the ensemble there: which
// code runs together is known, not guessed. It gives a likeness, 1 inside of a group
// and between 0 and 1 elsewhere, so that alternatives can be made of it as usual.
func (s *solver) claim(net *network) *square {
	c := &claimer{solver: s, at: make([]int, len(s.active)), place: make([]int, len(s.net.nodes))}
	c.findCores()
	c.score(net)
	like := newSquare(len(s.active))
	for i := range s.active {
		for j := range i {
			like.set(i, j, c.alike(i, j))
		}
	}
	return like
}

type claimer struct {
	*solver
	cores []int       // places in active
	place []int       // node → place in active, or −1
	at    []int       // place → its core, by number, or −1
	own   [][]float64 // place → how much every core claims it
	words *square     // likeness of folders, nil when blind
}

func (c *claimer) findCores() {
	for i := range c.place {
		c.place[i] = -1
	}
	for i, n := range c.active {
		c.place[n] = i
		c.at[i] = -1
		if c.runs(n) {
			c.at[i] = len(c.cores)
			c.cores = append(c.cores, i)
		}
	}
	if !c.opt.Blind {
		c.words = c.folders(c.active)
	}
}

// score takes the flow's shares of the cores' sources; what no core reaches is
// claimed by ties in either direction.
func (c *claimer) score(net *network) {
	reached := make([]bool, len(c.net.nodes))
	var inside []int
	for i, n := range c.active {
		if reached[n] = c.reachedBy(n) > 0 || c.at[i] >= 0; reached[n] {
			inside = append(inside, n)
		}
	}
	out := make([]bool, len(reached))
	for n := range out {
		out[n] = !reached[n]
	}
	inner := net.without(out)
	inner.nodes = slices.Clone(net.nodes)
	for n := range inner.nodes {
		inner.nodes[n].source, inner.nodes[n].started = c.runs(n), false
	}
	c.flow = flow(inner, inside)
	coreOf := map[int]int{} // source → core
	for k, i := range c.cores {
		if s := c.flow.own[c.flow.index[c.active[i]]]; s >= 0 {
			coreOf[s] = k
		}
	}
	c.own = make([][]float64, len(c.active))
	for i, n := range c.active {
		c.own[i] = make([]float64, len(c.cores))
		if !reached[n] {
			continue
		}
		for _, x := range c.flow.share[c.flow.index[n]] {
			if k, ok := coreOf[x.at]; ok {
				c.own[i][k] += x.v
			}
		}
	}
	for range tieRounds {
		for i, n := range c.active {
			if !reached[n] {
				c.own[i] = c.byTies(n)
			}
		}
	}
	c.lean()
	for i, n := range c.active {
		c.kernel[n] = c.at[i] < 0 && reached[n] && c.owner(i) < 0 && c.mayBeShared(n)
	}
}

// lean closes the gap of claims by the likeness of folders.
func (c *claimer) lean() {
	if c.words == nil {
		return
	}
	for i := range c.active {
		if c.at[i] >= 0 {
			continue
		}
		for k, core := range c.cores {
			c.own[i][k] += (1 - c.own[i][k]) * folderShare * c.words.at(i, core)
		}
	}
}

// reachedBy is the number of processes that reach a node.
func (c *claimer) reachedBy(n int) int {
	most := 0
	for _, cell := range c.net.nodes[n].cells {
		most = max(most, c.lay.processes[c.cells.list[cell].pkg])
	}
	return most
}

// mayBeShared reports whether a node can be a library. What several processes run is
// one, whatever it owns; beside modules, what has data of its own is not. What only
// roots import starts something and is no library, however small.
func (c *claimer) mayBeShared(n int) bool {
	nd := c.net.nodes[n]
	if c.onTop(n) || nd.home != "" || nd.table != noAtom {
		return false
	}
	return !c.lay.modules || !c.answers(n) || c.dataLayer(n)
}

// looseClaim keeps what nobody claims more than half of apart from all cores.
const looseClaim = 0.9

// tieRounds is how far ties carry a claim.
const tieRounds = 3

// byTies is the mean claim on a node's neighbours.
func (c *claimer) byTies(n int) []float64 {
	own := make([]float64, len(c.cores))
	total := 0.0
	for _, l := range slices.Concat(c.net.out[n], c.net.in[n]) {
		j := c.place[l.to]
		if j < 0 {
			continue
		}
		for k, v := range c.own[j] {
			own[k] += l.weight * v
			total += l.weight * v
		}
	}
	for k := range own {
		if total > 0 {
			own[k] /= total
		}
	}
	return own
}

// alike is 1 for what one core claims more than half of, the claim for a core and
// what it does not, and for two cores what their folders say.
func (c *claimer) alike(i, j int) float64 {
	a, b := c.owner(i), c.owner(j)
	switch {
	case a >= 0 && a == b:
		return 1
	case a >= 0 && b >= 0:
		if c.words == nil {
			return 0
		}
		return folderShare * c.words.at(c.cores[a], c.cores[b])
	case a >= 0:
		return looseClaim * c.own[j][a]
	case b >= 0:
		return looseClaim * c.own[i][b]
	}
	return cosine(c.own[i], c.own[j]) * cutAt // nobody's
}

func (c *claimer) owner(i int) int {
	if c.at[i] >= 0 {
		return c.at[i]
	}
	best := -1
	need := c.needed(i)
	for k, v := range c.own[i] {
		if v > need && (best < 0 || v > c.own[i][best]) {
			best = k
		}
	}
	return best
}

// needed is the share that a core has to claim at least to own what is in a place. What
// several processes run, or stands beside modules that folders tell, and answers nothing
// is a library, unless one of them is clearly its main user. From a package that came
// apart each took its own declarations, which use the rest in any case. What stands in the
// domain folder of a process is no library, however many use it.
func (c *claimer) needed(i int) float64 {
	n := c.active[i]
	if c.answers(n) || !c.opt.Blind && c.inDomainFolder(n) {
		return cutAt
	}
	if !c.lay.foldered && (c.lay.modules || c.reachedBy(n) < 2) {
		return cutAt
	}
	for _, cell := range c.net.nodes[n].cells {
		if !c.cells.list[cell].whole {
			return restClaim
		}
	}
	return sharedClaim
}

const (
	// sharedClaim is what a process has to claim of what others run too, restClaim of
	// what is left of a package.
	sharedClaim = 0.6
	restClaim   = 0.95
)

// inDomainFolder reports whether a package of a node stands in a folder, named for no
// layer, in which most run in one process.
func (s *solver) inDomainFolder(n int) bool {
	for _, cell := range s.net.nodes[n].cells {
		p := s.cells.list[cell].pkg
		for up := s.g.Packages[p].Dir; up != "" && up != "."; up = parent(up) {
			if layer[clean(path.Base(up))] {
				continue
			}
			if m, found := s.lay.folderProcess(p, up, s.lay.process); found && m != nothing {
				return true
			}
		}
	}
	return false
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// cosine is how far two vectors point the same way, 0 when one is nothing.
func cosine(a, b []float64) float64 {
	if n := dot(a, a) * dot(b, b); n > 0 {
		return dot(a, b) / math.Sqrt(n)
	}
	return 0
}
