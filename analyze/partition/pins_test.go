package partition

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/model"
)

// TestPinsAreKeptExactly puts pins of every kind on declarations and packages of
// random modules: the proposal and every alternative keep all of them, or the pins
// contradict each other.
func TestPinsAreKeptExactly(t *testing.T) {
	kept := 0
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		g := parse(t, knottedLayers(r))
		pins := randomPins(r, g)
		res, err := Solve(context.Background(), g, Options{Seed: seed, Pins: pins})
		if errors.Is(err, ErrPins) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		kept++
		checkPins(t, fmt.Sprintf("seed %d", seed), pins, func(a int32) string { return res.Units[res.UnitOf[a]].Service })
		for _, c := range res.Candidates {
			checkPins(t, fmt.Sprintf("seed %d, %d services", seed, c.Services), pins, func(a int32) string { return c.Service[a] })
		}
		for _, p := range pins.Places {
			for _, a := range p.Atoms {
				if u := res.Units[res.UnitOf[a]]; !u.Pinned {
					t.Errorf("seed %d: %s is pinned, its unit %s does not say so", seed, g.Atoms[a].ID, u.ID)
				}
			}
		}
	}
	if kept < 20 {
		t.Errorf("only %d of 60 modules had pins that do not contradict each other", kept)
	}
}

// randomPins names declarations, or whole packages, at random.
func randomPins(r *rand.Rand, g *coupling.Graph) Pins {
	set := func() []int32 {
		for {
			p := g.Packages[r.IntN(len(g.Packages))]
			switch {
			case p.Name == "main":
			case r.IntN(4) == 0:
				return p.Atoms
			default:
				return []int32{p.Atoms[r.IntN(len(p.Atoms))]}
			}
		}
	}
	var pins Pins
	placed := map[int32]bool{}
	for n := range r.IntN(4) {
		home := []string{"one", "two", model.Library, model.Root}[r.IntN(4)]
		var atoms []int32
		for _, a := range set() {
			if !placed[a] {
				placed[a] = true
				atoms = append(atoms, a)
			}
		}
		pins.Places = append(pins.Places, Place{Atoms: atoms, Home: home, Where: fmt.Sprintf("place %d", n)})
	}
	for n := range r.IntN(2) {
		pins.Together = append(pins.Together, Group{Members: [][]int32{set(), set()}, Where: fmt.Sprintf("together %d", n)})
	}
	for n := range r.IntN(3) {
		pins.Apart = append(pins.Apart, Group{Members: [][]int32{set(), set()}, Where: fmt.Sprintf("apart %d", n)})
	}
	return pins
}

func checkPins(t *testing.T, name string, pins Pins, home func(int32) string) {
	t.Helper()
	for _, p := range pins.Places {
		for _, a := range p.Atoms {
			if home(a) != p.Home {
				t.Errorf("%s: %s pins to %s what is in %s", name, p.Where, p.Home, home(a))
			}
		}
	}
	for _, g := range pins.Together {
		for _, m := range g.Members {
			for _, a := range m {
				if home(a) != home(g.Members[0][0]) {
					t.Errorf("%s: %s is in %s and %s", name, g.Where, home(g.Members[0][0]), home(a))
				}
			}
		}
	}
	for _, g := range pins.Apart {
		for i, m := range g.Members {
			for _, other := range g.Members[:i] {
				for _, a := range m {
					for _, b := range other {
						if home(a) == home(b) && model.IsService(home(a)) {
							t.Errorf("%s: %s meets in %s", name, g.Where, home(a))
						}
					}
				}
			}
		}
	}
}
