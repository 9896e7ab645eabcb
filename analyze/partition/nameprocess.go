package partition

import (
	"path"
	"slices"
	"strings"
)

// voteProcesses names services after the programs that they are the code of, where the
// system runs as several: people have named those already. Each program names the
// service that has most of its lines, if these are most of that service.
func (n *namer) voteProcesses(a *assignment) {
	if !n.lay.many || n.opt.Blind {
		return
	}
	of := make([]map[int32]int, a.services) // lines by program
	lines := make([]int, a.services)
	for i, nd := range n.net.nodes {
		g := a.group[i]
		if g < 0 {
			continue
		}
		if of[g] == nil {
			of[g] = map[int32]int{}
		}
		for _, c := range nd.cells {
			lines[g] += n.cells.list[c].lines
			if m := n.processOf(c); m >= 0 && n.g.Packages[m].Name == "main" {
				of[g][m] += n.cells.list[c].lines
			}
		}
	}
	var mains []string
	for p, main := range n.lay.mains {
		if main {
			mains = append(mains, n.g.Packages[p].Dir)
		}
	}
	for g := range of {
		for _, m := range sortedKeys32(of[g]) {
			most := !slices.ContainsFunc(of, func(other map[int32]int) bool { return other[m] > of[g][m] })
			if most && 2*of[g][m] > lines[g] {
				n.vote(n.votes[g], programName(n.g.Packages[m].Dir, mains), float64(lines[g]))
			}
		}
	}
}

// programName is what a main's folder calls its program, without what most mains'
// folders begin with and the words of an architecture: cmd/shop-rpc/shop-rpc-orders is orders.
// Where nothing but such words is left, the last of them is the name: cmd/api is api.
func programName(dir string, mains []string) string {
	spare := ""
	for ; dir != "." && dir != "/" && dir != ""; dir = path.Dir(dir) {
		name := clean(path.Base(dir))
		name = strings.TrimPrefix(name, clean(path.Base(path.Dir(dir)))+"-")
		if prefix, rest, ok := strings.Cut(name, "-"); ok && mostBegin(mains, prefix+"-") {
			name = rest
		}
		words := strings.Split(name, "-")
		for len(words) > 1 && layer[words[0]] {
			words = words[1:]
		}
		name = strings.Join(words, "-")
		if word := bare(name); word != "" && !byproduct[word] {
			return word
		}
		if spare == "" && name != "cmd" && name != "main" {
			spare = name
		}
	}
	return spare
}

// mostBegin reports whether the folders of half of several mains begin with a prefix.
func mostBegin(mains []string, prefix string) bool {
	begin := 0
	for _, dir := range mains {
		if strings.HasPrefix(clean(path.Base(dir)), prefix) {
			begin++
		}
	}
	return begin > 1 && 2*begin >= len(mains)
}
