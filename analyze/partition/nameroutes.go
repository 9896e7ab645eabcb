package partition

import (
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// routeVote is what a route adds to a name, in lines of code.
const routeVote = 5

// voteRoutes lets the paths of routes speak for services without a table of their own:
// for themselves, and for the parts of packages that have no folder of their own. Of a
// path counts the first segment that is the service's own, so that neither a prefix of all
// nor a parameter does.
func (n *namer) voteRoutes(routes [][]string, tables [][]tableClaim, parts []float64) {
	having := make([]map[string]float64, len(routes)) // share of the service's routes
	for g, list := range routes {
		having[g] = map[string]float64{}
		for _, pattern := range list {
			words := segments(pattern)
			for i, w := range words {
				if !slices.Contains(words[:i], w) {
					having[g][w] += 1 / float64(len(list))
				}
			}
		}
	}
	for g, list := range routes {
		if len(tables[g]) > 0 {
			continue
		}
		for _, pattern := range list {
			for _, w := range segments(pattern) {
				if mostHave(having, g, w) {
					n.vote(n.votes[g], w, routeVote+parts[g]/float64(len(list)))
					break
				}
			}
		}
	}
}

// mostHave reports whether a word is at least twice as frequent on the service's routes
// as on any other's.
func mostHave(having []map[string]float64, g int, word string) bool {
	for other, words := range having {
		if other != g && 2*words[word] > having[g][word] {
			return false
		}
	}
	return true
}

// segments are the words of a route's path, without parameters and what names no
// domain.
func segments(pattern string) []string {
	var words []string
	for _, s := range strings.Split(pattern, "/") {
		if w := clean(s); w != "" && w == strings.ToLower(s) && !layer[w] && !byproduct[w] && !deed[w] && !version(w) {
			words = append(words, w)
		}
	}
	return words
}

// deed words of paths say what is done, or who asks, not what is served.
var deed = map[string]bool{
	"me": true, "my": true, "self": true, "new": true, "edit": true, "delete": true, "update": true, "create": true, "list": true,
	"static": true, "assets": true, "health": true, "healthz": true, "version": true, "index": true, "admin": true,
}

// answered are the paths of the routes that a cell's declarations answer, by place.
func (n *namer) answered(c cell) []string {
	var out []string
	for _, atom := range c.atoms {
		for _, e := range n.g.In(atom) {
			if cp := n.g.Couplings[e]; cp.Kind == model.CouplingRoute {
				name := n.g.Atoms[cp.From].Name
				out = append(out, name[strings.IndexByte(name, '/')+1:])
			}
		}
	}
	return out
}
