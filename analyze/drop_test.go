package analyze

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/facts"
)

// thinned is the facts of a system with a share of its edges removed at random:
// calls, uses, accesses to state and tables.
func thinned(f *facts.Facts, share float64, seed uint64) *facts.Facts {
	rnd := rand.New(rand.NewPCG(seed, 0))
	out := *f
	out.Calls = sample(f.Calls, share, rnd)
	out.Uses = sample(f.Uses, share, rnd)
	out.States = sample(f.States, share, rnd)
	out.Transactions = nil // their accesses are named by place
	out.Accesses = sample(f.Accesses, share, rnd)
	return &out
}

func sample[T any](list []T, share float64, rnd *rand.Rand) []T {
	var out []T
	for _, x := range list {
		if rnd.Float64() >= share {
			out = append(out, x)
		}
	}
	return out
}

// scoreThinned prints how many of the lines are in another place once edges are
// gone. Services are matched greedily by the lines that they share.
func scoreThinned(t *testing.T, systems []*system, blind bool) {
	var all []float64
	text := fmt.Sprintf("%-28s %8s\n", "system", "changed")
	for _, s := range systems {
		whole := *s.facts
		whole.Transactions = nil
		g := coupling.Build(coupling.Input{Facts: &whole, Packages: s.model.Packages})
		first := solveGraph(t, g, options(blind)).assignment(s.facts)
		var changed []float64
		for seed := range uint64(dropRuns) {
			less := coupling.Build(coupling.Input{Facts: thinned(s.facts, *drop, seed+1), Packages: s.model.Packages})
			changed = append(changed, s.changed(first, solveGraph(t, less, options(blind)).assignment(s.facts)))
		}
		all = append(all, mean(changed))
		text += fmt.Sprintf("%-28s %7.1f%%\n", s.name, 100*mean(changed))
	}
	t.Logf("\n%s%-28s %7.1f%%", text, "median", 100*median(all))
}

const dropRuns = 3

// changed is the share of the lines that are not in the matched place.
func (s *system) changed(a, b *Assignment) float64 {
	shared, total := map[[2]string]int{}, 0
	for _, p := range s.model.Packages {
		shared[[2]string{a.Packages[p.Path], b.Packages[p.Path]}] += p.Lines
		total += p.Lines
	}
	usedA, usedB, kept := map[string]bool{}, map[string]bool{}, 0
	for {
		best, most := [2]string{}, 0
		for pair, n := range shared {
			if !usedA[pair[0]] && !usedB[pair[1]] && (n > most || n == most && fmt.Sprint(pair) < fmt.Sprint(best)) {
				best, most = pair, n
			}
		}
		if most == 0 {
			return 1 - ratio(float64(kept), float64(total))
		}
		usedA[best[0]], usedB[best[1]] = true, true
		kept += most
	}
}
