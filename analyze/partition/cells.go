package partition

import (
	"slices"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/model"
)

// cell is the smallest thing that clustering moves: a package, or a part of one
// that a pin or its mixed contents ask for.
type cell struct {
	pkg   int32
	atoms []int32 // sorted; all of the package's for a whole one
	whole bool
	lines int
}

// cells are all cells of a module.
type cells struct {
	g      *coupling.Graph
	list   []cell
	cellOf []int // atom → cell, -1 for tables and routes
	// strangers are packages whose parts say nothing of each other; see partByFolders.
	strangers map[int32]bool
}

// newCells gives every package its cells: one, unless parts says that it mixes
// domains or pins name only some of its atoms. parts gives a number per atom.
func newCells(g *coupling.Graph, parts []int, pins Pins) *cells {
	c := &cells{g: g, cellOf: make([]int, len(g.Atoms))}
	for i := range c.cellOf {
		c.cellOf[i] = -1
	}
	mark := pinMarks(len(g.Atoms), pins)
	for p := range g.Packages {
		c.add(int32(p), parts, mark)
	}
	return c
}

// pinMarks numbers atoms by the set of pins that name them: atoms of one package
// that are named differently must be able to part.
func pinMarks(n int, pins Pins) []string {
	mark := make([]string, n)
	number := 0
	sign := func(atoms []int32) {
		number++
		for _, a := range atoms {
			mark[a] += string(rune('0'+number%64)) + string(rune('0'+number/64)) + "."
		}
	}
	for _, p := range pins.Places {
		sign(p.Atoms)
	}
	for _, g := range slices.Concat(pins.Together, pins.Apart) {
		for _, m := range g.Members {
			sign(m)
		}
	}
	return mark
}

func (c *cells) add(p int32, parts []int, mark []string) {
	type sign struct {
		part int
		mark string
	}
	pkg := c.g.Packages[p]
	at := map[sign]int{}
	for _, a := range pkg.Atoms {
		s := sign{parts[a], mark[a]}
		i, ok := at[s]
		if !ok {
			i = len(c.list)
			at[s] = i
			c.list = append(c.list, cell{pkg: p})
		}
		c.list[i].atoms = append(c.list[i].atoms, a)
		c.list[i].lines += c.g.Atoms[a].Lines
		c.cellOf[a] = i
	}
	switch len(at) {
	case 0: // nothing declared, or nothing readable
		c.list = append(c.list, cell{pkg: p, whole: true, lines: pkg.Lines})
	case 1:
		last := &c.list[len(c.list)-1]
		last.whole, last.lines = true, pkg.Lines
	}
}

// network joins the cells that pins and bindings put together and adds the tables.
// Links are weighed between cells, then added: what was joined keeps its strength,
// inside as well.
func (c *cells) network(u *union, apart [][2]int) (*network, []int) {
	fine, nodeOf := c.fineNetwork()
	nodeOfCell := make([]int, len(c.list))
	var nodes []node
	at := map[int]int{}
	for i, cl := range c.list {
		r := u.find(i)
		n, ok := at[r]
		if !ok {
			n = len(nodes)
			at[r] = n
			nodes = append(nodes, node{table: noAtom, home: u.home[r]})
		}
		nodes[n].cells = append(nodes[n].cells, i)
		nodes[n].lines += cl.lines
		nodeOfCell[i] = n
	}
	coarse := slices.Clone(nodeOfCell)
	for _, nd := range fine.nodes[len(c.list):] {
		coarse = append(coarse, len(nodes))
		nodes = append(nodes, nd)
	}
	for a, n := range nodeOf {
		if n >= 0 {
			nodeOf[a] = coarse[n]
		}
	}
	for _, pair := range apart {
		a, b := nodeOfCell[pair[0]], nodeOfCell[pair[1]]
		nodes[a].apart = append(nodes[a].apart, b)
		nodes[b].apart = append(nodes[b].apart, a)
	}
	c.markData(nodes, nodeOf)
	return fine.merge(nodes, coarse), nodeOfCell
}

// fineNetwork has a node for every cell, in order, then one for every table.
func (c *cells) fineNetwork() (*network, []int) {
	nodes := make([]node, len(c.list))
	own := make([]int, len(c.list))
	for i := range nodes {
		nodes[i] = node{table: noAtom, cells: []int{i}}
		own[i] = i
	}
	nodeOf := slices.Clone(c.cellOf)
	for a, atom := range c.g.Atoms {
		if atom.Kind == model.KindTable {
			nodeOf[a] = len(nodes)
			nodes = append(nodes, node{table: int32(a)})
		}
	}
	net := newNetwork(c.g, nodes, nodeOf, c.nodeOfPackage(own))
	c.unlinkStrangers(net)
	c.markUpward(net)
	return net, nodeOf
}

// unlinkStrangers takes out the links between parts of a package that are strangers.
func (c *cells) unlinkStrangers(net *network) {
	if len(c.strangers) == 0 {
		return
	}
	drop := func(links []link, n int) []link {
		return slices.DeleteFunc(links, func(l link) bool {
			return n < len(c.list) && l.to < len(c.list) && c.list[n].pkg == c.list[l.to].pkg && c.strangers[c.list[n].pkg]
		})
	}
	for n := range net.nodes {
		net.out[n], net.in[n] = drop(net.out[n], n), drop(net.in[n], n)
	}
}

// upwardShare is what a link against the imports counts: a callback ties less than
// a call by name.
const upwardShare = 0.5

// markUpward finds the links that no import goes along, and damps them.
func (c *cells) markUpward(net *network) {
	mark := func(l *link, from, to int) {
		if !c.reaches(net.nodes[from], net.nodes[to]) {
			l.upward = true
			l.weight *= upwardShare
		}
	}
	for n := range net.nodes {
		for i := range net.out[n] {
			mark(&net.out[n][i], n, net.out[n][i].to)
		}
		for i := range net.in[n] {
			mark(&net.in[n][i], net.in[n][i].to, n)
		}
	}
}

// reaches reports whether a package of one node imports, or is, one of another's.
func (c *cells) reaches(from, to node) bool {
	if to.table != noAtom {
		return true
	}
	for _, f := range from.cells {
		for _, t := range to.cells {
			p, q := c.list[f].pkg, c.list[t].pkg
			if _, ok := slices.BinarySearch(c.g.Packages[p].Imports, q); ok || p == q {
				return true
			}
		}
	}
	return false
}

func (c *cells) markData(nodes []node, nodeOf []int) {
	for a, atom := range c.g.Atoms {
		if n := nodeOf[a]; n >= 0 {
			nodes[n].routes += atom.Entries
			nodes[n].loops += atom.Loops
		}
	}
	for _, t := range serverTypes(c.g) {
		if n := nodeOf[t]; n >= 0 {
			nodes[n].routes++
		}
	}
	type pair struct {
		node  int
		table int32
	}
	seen := map[pair]bool{}
	for _, e := range c.g.Couplings {
		switch e.Kind {
		case model.CouplingTable:
			if n := nodeOf[e.From]; n >= 0 && !seen[pair{n, e.To}] {
				seen[pair{n, e.To}] = true
				nodes[n].tables++
			}
		case model.CouplingRoute:
			if n := nodeOf[e.To]; n >= 0 {
				nodes[n].routes++
			}
		}
	}
}

// nodeOfPackage gives whole packages their node; imports of a package in parts
// belong to no part.
func (c *cells) nodeOfPackage(nodeOfCell []int) []int {
	out := make([]int, len(c.g.Packages))
	for i := range out {
		out[i] = -1
	}
	for i, cl := range c.list {
		if cl.whole {
			out[cl.pkg] = nodeOfCell[i]
		}
	}
	return out
}
