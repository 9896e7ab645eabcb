package partition

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/model"
)

// names gives every service of an assignment the name that a person would
// choose: the pinned one; else that of the package (its last folder that says
// something) which holds most of the service's lines, unless its tables or route
// prefixes agree on another.
func (s *solver) names(a *assignment) []string {
	n := &namer{solver: s, votes: make([]map[string]float64, a.services), names: make([]string, a.services)}
	n.count(a)
	n.pinned(a)
	n.elect()
	return n.names
}

type namer struct {
	*solver
	votes []map[string]float64
	names []string
}

func (n *namer) count(a *assignment) {
	for i := range n.votes {
		n.votes[i] = map[string]float64{}
	}
	tables, parts := make([][]tableClaim, a.services), make([]float64, a.services)
	routes := make([][]string, a.services)
	split, keeps := n.split(a), make([]bool, a.services)
	for i, nd := range n.net.nodes {
		if g := a.group[i]; g >= 0 && nd.table != noAtom {
			keeps[g] = true
		}
	}
	for i, nd := range n.net.nodes {
		g := a.group[i]
		if g < 0 {
			continue
		}
		for _, c := range nd.cells {
			cl := n.cells.list[c]
			if keeps[g] && !n.owns(cl) {
				cl.lines /= helperShare
			}
			switch {
			case n.generated(cl):
				continue // nobody chose its names for what it does
			case split[cl.pkg]:
				parts[g] += float64(cl.lines)
			case !n.votePackage(n.votes[g], cl):
				parts[g] += namelessShare * float64(cl.lines)
			}
			if !n.opt.Blind {
				routes[g] = append(routes[g], n.answered(cl)...)
			}
		}
		if nd.table != noAtom {
			tables[g] = append(tables[g], tableClaim{n.g.Atoms[nd.table].Name, n.use(i, g, a)})
		}
	}
	for g := range n.votes {
		n.voteTables(n.votes[g], tables[g], parts[g])
	}
	n.voteProcesses(a)
	n.voteRoutes(routes, tables, parts)
	if !n.opt.Blind {
		n.voteTerms(a)
	}
}

// helperShare is how many lines of what owns nothing weigh as one, in a service that has
// tables to be named by.
const helperShare = 4

// split tells which packages are in several services.
func (n *namer) split(a *assignment) map[int32]bool {
	first, split := map[int32]int{}, map[int32]bool{}
	for i, nd := range n.net.nodes {
		for _, c := range nd.cells {
			p := n.cells.list[c].pkg
			if g, seen := first[p]; seen && g != a.group[i] {
				split[p] = true
			} else {
				first[p] = a.group[i]
			}
		}
	}
	return split
}

// What the word that most tells a service's declarations from others' adds to a name,
// in its lines: more than a folder that names a layer (half of its lines) where
// nothing better is known, else so little that it only counts when all else is taken.
// Where no table speaks, a word for less than namingShare of the lines is nothing
// better: a folder of a few lines does not name what stands beside it in shared ones.
const (
	termVote    = 0.55
	spareVote   = 0.001
	namingShare = 0.15
)

// voteTerms lets the names of declarations and tables speak.
func (n *namer) voteTerms(a *assignment) {
	names, lines, tables := map[string][]string{}, make([]float64, a.services), make([]int, a.services)
	for i, nd := range n.net.nodes {
		g := a.group[i]
		if g < 0 {
			continue
		}
		key := strconv.Itoa(g)
		lines[g] += float64(nd.lines)
		for _, c := range nd.cells {
			if n.generated(n.cells.list[c]) {
				continue
			}
			for _, atom := range n.cells.list[c].atoms {
				names[key] = append(names[key], n.g.Atoms[atom].Name)
			}
		}
		if nd.table != noAtom {
			names[key] = append(names[key], n.g.Atoms[nd.table].Name)
			tables[g]++
		}
	}
	for key, terms := range n.words.Terms(names) {
		g, _ := strconv.Atoi(key)
		share := spareVote
		if best := bestWord(n.votes[g]); best == "" || tables[g] == 0 && n.votes[g][best] < namingShare*lines[g] {
			share = termVote
		}
		for rank, t := range terms {
			if word := clean(t.Word); !layer[word] && !byproduct[word] {
				n.vote(n.votes[g], word, share*lines[g]/float64(1+rank))
			}
		}
	}
}

// bestWord is the word with most votes that names more than a layer, of equals the
// first; empty when there is none.
func bestWord(votes map[string]float64) string {
	best := ""
	for word, v := range votes {
		if layer[word] || byproduct[word] {
			continue
		}
		if best == "" || v > votes[best] || v == votes[best] && word < best {
			best = word
		}
	}
	return best
}

// tableVote is what a table adds to a name, in lines of code.
const tableVote = 20

// tableClaim is a table and how much its own service uses it.
type tableClaim struct {
	name string
	use  float64
}

func (n *namer) use(table, group int, a *assignment) float64 {
	sum := 0.0
	for _, l := range n.net.in[table] {
		if a.group[l.to] == group {
			sum += l.weight
		}
	}
	return sum
}

// voteTables lets tables speak: for themselves, and, by their use, for the parts of
// packages that have no folder of their own. The first word of a table's name
// counts half, so that issue, issue_label and issue_user agree.
func (n *namer) voteTables(votes map[string]float64, tables []tableClaim, lines float64) {
	total := 0.0
	for _, t := range tables {
		total += t.use
	}
	for _, t := range tables {
		each := float64(tableVote)
		if total > 0 {
			each += lines * t.use / total
		}
		name := t.name[strings.LastIndexByte(t.name, '.')+1:]
		n.vote(votes, clean(name), each)
		if first, _, many := strings.Cut(name, "_"); many {
			n.vote(votes, clean(first), each/2)
		}
	}
}

// generated reports whether most of a cell was written by a generator.
func (n *namer) generated(c cell) bool {
	made, all := 0, 0
	for _, atom := range c.atoms {
		all += n.g.Atoms[atom].Lines
		if n.g.Atoms[atom].Generated {
			made += n.g.Atoms[atom].Lines
		}
	}
	return made > 0 && 2*made >= all
}

// vote counts for a word, or for the form of it that is there already: orders and
// order are one name.
func (n *namer) vote(votes map[string]float64, word string, v float64) {
	if word == "" {
		return
	}
	for _, form := range []string{word, word + "s", stem(word)} {
		if _, ok := votes[form]; ok {
			votes[form] += v
			return
		}
	}
	votes[word] += v
}

// votePackage gives the lines to every folder on the path, the upper ones less: of
// internal/orders/app all of orders' packages vote for orders. A path of nothing
// but words of an architecture votes for its last. What has no route and no table of
// its own helps others, and has half a vote. It reports whether a folder names a domain.
func (n *namer) votePackage(votes map[string]float64, c cell) bool {
	if !n.owns(c) {
		c.lines /= 2
	}
	dir := n.g.Packages[c.pkg].Dir
	last := lastTelling(dir)
	voted := false
	for share := 1.0; dir != "." && dir != "/" && dir != ""; dir = path.Dir(dir) {
		if word := bare(path.Base(dir)); word != "" && !byproduct[word] {
			n.vote(votes, word, share*float64(c.lines))
			share *= 0.9
			voted = true
		}
	}
	if !voted && last != "" {
		n.vote(votes, last, spareShare*float64(c.lines))
	}
	return voted
}

// Of the lines of a package whose folders name nothing but layers, the last of them has
// little, and what tables and routes say the rest.
const (
	spareShare    = 0.05
	namelessShare = 0.5
)

// owns reports whether a declaration of a cell touches a table or answers something.
func (n *namer) owns(c cell) bool {
	return slices.ContainsFunc(c.atoms, func(a int32) bool {
		touches := slices.ContainsFunc(n.g.Out(a), func(c coupling.Coupling) bool { return c.Kind == model.CouplingTable })
		answers := slices.ContainsFunc(n.g.In(a), func(e int32) bool { return n.g.Couplings[e].Kind == model.CouplingRoute })
		return touches || answers || n.g.Atoms[a].Entries > 0
	})
}

// pinned takes the homes of pins as names.
func (n *namer) pinned(a *assignment) {
	for i, nd := range n.net.nodes {
		if g := a.group[i]; g >= 0 && nd.home != "" {
			n.names[g] = nd.home
		}
	}
}

// elect gives each service its best word that is more its own than another's;
// the strongest claims first, so that names are unique and stable.
func (n *namer) elect() {
	type claim struct {
		group int
		word  string
		votes float64
	}
	var claims []claim
	for g, votes := range n.votes {
		if n.names[g] != "" {
			continue
		}
		for word, v := range votes {
			if word != "" {
				claims = append(claims, claim{g, word, v})
			}
		}
	}
	slices.SortFunc(claims, func(a, b claim) int {
		switch {
		case a.votes != b.votes:
			if a.votes > b.votes {
				return -1
			}
			return 1
		case a.word != b.word:
			return strings.Compare(a.word, b.word)
		}
		return a.group - b.group
	})
	taken := map[string]bool{}
	for _, name := range n.names {
		taken[name] = true
	}
	for _, c := range claims {
		if n.names[c.group] == "" && !taken[c.word] {
			n.names[c.group], taken[c.word] = c.word, true
		}
	}
	for g := range n.names {
		for i := 1; n.names[g] == ""; i++ {
			if name := fmt.Sprintf("service-%d", i); !taken[name] {
				n.names[g], taken[name] = name, true
			}
		}
	}
}
