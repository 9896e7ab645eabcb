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
	split := n.split(a)
	for i, nd := range n.net.nodes {
		g := a.group[i]
		if g < 0 {
			continue
		}
		for _, c := range nd.cells {
			if cl := n.cells.list[c]; !split[cl.pkg] {
				n.votePackage(n.votes[g], cl)
			} else {
				parts[g] += float64(cl.lines)
			}
		}
		if nd.table != noAtom {
			tables[g] = append(tables[g], tableClaim{n.g.Atoms[nd.table].Name, n.use(i, g, a)})
		}
	}
	for g := range n.votes {
		n.voteTables(n.votes[g], tables[g], parts[g])
	}
	if !n.opt.Blind {
		n.voteTerms(a)
	}
}

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
		if best := bestWord(n.votes[g]); best == "" || layer[best] || tables[g] == 0 && n.votes[g][best] < namingShare*lines[g] {
			share = termVote
		}
		for rank, t := range terms {
			if word := clean(t.Word); !layer[word] {
				n.vote(n.votes[g], word, share*lines[g]/float64(1+rank))
			}
		}
	}
}

// bestWord is the word with most votes, of equals the first; empty when there is none.
func bestWord(votes map[string]float64) string {
	best := ""
	for word, v := range votes {
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
// its own helps others, and has half a vote.
func (n *namer) votePackage(votes map[string]float64, c cell) {
	if !n.owns(c) {
		c.lines /= 2
	}
	dir := n.g.Packages[c.pkg].Dir
	last := lastTelling(dir)
	voted := false
	for share := 1.0; dir != "." && dir != "/" && dir != ""; dir = path.Dir(dir) {
		if word := clean(path.Base(dir)); word != "" && !layer[word] {
			n.vote(votes, word, share*float64(c.lines))
			share *= 0.9
			voted = true
		}
	}
	if !voted && last != "" {
		n.vote(votes, last, 0.5*float64(c.lines))
	}
}

// owns reports whether a declaration of a cell touches a table or answers something.
func (n *namer) owns(c cell) bool {
	return slices.ContainsFunc(c.atoms, func(a int32) bool {
		touches := slices.ContainsFunc(n.g.Out(a), func(c coupling.Coupling) bool { return c.Kind == model.CouplingTable })
		answers := slices.ContainsFunc(n.g.In(a), func(e int32) bool { return n.g.Couplings[e].Kind == model.CouplingRoute })
		return touches || answers || n.g.Atoms[a].Entries > 0
	})
}

// lastTelling is the deepest folder that is no version.
func lastTelling(dir string) string {
	for ; dir != "." && dir != "/" && dir != ""; dir = path.Dir(dir) {
		if word := clean(path.Base(dir)); word != "" && !version(word) {
			return word
		}
	}
	return ""
}

// version reports whether a word is v1, v2beta1 and the like.
func version(word string) bool {
	return len(word) > 1 && word[0] == 'v' && word[1] >= '0' && word[1] <= '9'
}

// layer words name a place in an architecture, not a domain.
var layer = map[string]bool{
	"internal": true, "pkg": true, "cmd": true, "src": true, "app": true, "apps": true, "lib": true, "service": true,
	"services": true, "handler": true, "handlers": true, "controller": true, "controllers": true, "repository": true,
	"repositories": true, "repo": true, "repos": true, "model": true, "models": true, "domain": true, "domains": true,
	"entity": true, "entities": true, "api": true, "rest": true, "grpc": true, "http": true, "https": true, "postgres": true,
	"mysql": true, "sqlite": true, "db": true, "database": true, "store": true, "storage": true, "adapters": true, "adapter": true,
	"ports": true, "port": true, "application": true, "infrastructure": true, "infra": true, "interfaces": true,
	"usecase": true, "usecases": true, "transport": true, "server": true, "main": true, "core": true, "modules": true,
	"module": true, "command": true, "commands": true, "query": true, "queries": true, "types": true, "common": true,
	"dao": true, "dal": true, "logic": true, "svc": true, "rpc": true, "proto": true, "pb": true, "config": true, "mq": true,
	"conf": true, "configs": true, "settings": true, "util": true, "utils": true, "helper": true, "helpers": true,
	"shared": true, "base": true, "test": true, "tests": true, "migration": true, "migrations": true, "route": true,
	"routes": true, "router": true, "tool": true, "tools": true,
	"v1": true, "v2": true, "v3": true, "impl": true, "data": true, "web": true, "dto": true, "ms": true,
}

// clean makes a word a name of a service: lower case, letters, digits, dashes.
func clean(word string) string {
	word = strings.ToLower(strings.ReplaceAll(word, "_", "-"))
	word = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return -1
	}, word)
	return strings.Trim(word, "-")
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
