package partition

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Pins are a person's decisions, resolved to atoms. They are kept exactly.
type Pins struct {
	Places   []Place
	Together []Group
	Apart    []Group
}

// Place puts atoms into a service, or makes them Library or Root.
type Place struct {
	Atoms []int32
	Home  string
	Where string // what the person wrote and where, for messages and reasons
}

// Group relates sets of atoms: all in one service, or no two in one.
type Group struct {
	Members [][]int32
	Where   string
}

// ErrPins is wrapped by the error for pins that cannot be kept together.
var ErrPins = errors.New("pins contradict each other")

// union is a union-find over cells that remembers why two were joined.
type union struct {
	up    []int
	home  []string
	where []string // the pins that give the home
	why   []string // the pins that joined the group
}

func newUnion(n int) *union {
	u := &union{up: make([]int, n), home: make([]string, n), where: make([]string, n), why: make([]string, n)}
	for i := range u.up {
		u.up[i] = i
	}
	return u
}

func (u *union) find(i int) int {
	for u.up[i] != i {
		u.up[i] = u.up[u.up[i]]
		i = u.up[i]
	}
	return i
}

// place gives a group of cells its home.
func (u *union) place(i int, home, where string) error {
	r := u.find(i)
	switch u.home[r] {
	case "":
		u.home[r], u.where[r] = home, where
	case home:
		u.where[r] = also(u.where[r], where)
	default:
		return fmt.Errorf("%s puts it into %s, %s into %s%s: %w; keep one", u.where[r], u.home[r], where, home, u.joinedNote(r), ErrPins)
	}
	return nil
}

// join puts two cells into one group; where is the pin that asks for it.
func (u *union) join(i, j int, where string) error {
	a, b := u.find(i), u.find(j)
	if a == b {
		return nil
	}
	if b < a {
		a, b = b, a
	}
	if u.home[a] != "" && u.home[b] != "" && u.home[a] != u.home[b] {
		return fmt.Errorf("%s puts together what %s puts into %s and %s into %s: %w; keep one",
			where, u.where[a], u.home[a], u.where[b], u.home[b], ErrPins)
	}
	u.up[b] = a
	u.why[a] = also(also(u.why[a], u.why[b]), where)
	if u.home[b] != "" {
		u.home[a], u.where[a] = u.home[b], also(u.where[a], u.where[b])
	}
	return nil
}

// also adds a pin to a list of pins in words, once.
func also(list, where string) string {
	switch {
	case where == "" || strings.Contains(list, where):
		return list
	case list == "":
		return where
	}
	return list + " and " + where
}

func (u *union) joinedNote(r int) string {
	if u.why[r] == "" {
		return ""
	}
	return ", and " + u.why[r] + " puts them together"
}

// cellsOf are the cells of atoms, each once, in order.
func cellsOf(cellOf []int, atoms []int32) []int {
	var out []int
	seen := map[int]bool{}
	for _, a := range atoms {
		if c := cellOf[a]; c >= 0 && !seen[c] {
			seen[c] = true
			out = append(out, c)
		}
	}
	return out
}

// apply joins and places the cells as the pins say, and returns which cells must
// not meet. All contradictions are reported at once.
func (p Pins) apply(u *union, cellOf []int) (apart [][2]int, err error) {
	var errs []error
	for _, g := range p.Together {
		var first = -1
		for _, m := range g.Members {
			for _, c := range cellsOf(cellOf, m) {
				if first < 0 {
					first = c
				}
				errs = append(errs, u.join(first, c, g.Where))
			}
		}
	}
	for _, pl := range p.Places {
		for _, c := range cellsOf(cellOf, pl.Atoms) {
			errs = append(errs, u.place(c, pl.Home, pl.Where))
		}
	}
	homes := map[string]int{}
	for i := range u.up {
		if h := u.home[u.find(i)]; h != "" {
			if first, ok := homes[h]; ok {
				errs = append(errs, u.join(first, i, ""))
			} else {
				homes[h] = i
			}
		}
	}
	for _, g := range p.Apart {
		pairs, err := g.pairs(u, cellOf)
		apart, errs = append(apart, pairs...), append(errs, err)
	}
	return apart, errors.Join(errs...)
}

// pairs are the cells of an apart group that must not meet.
func (g Group) pairs(u *union, cellOf []int) (out [][2]int, err error) {
	var errs []error
	for i, m := range g.Members {
		for _, other := range g.Members[:i] {
			for _, a := range cellsOf(cellOf, other) {
				for _, b := range cellsOf(cellOf, m) {
					ra, rb := u.find(a), u.find(b)
					if ra == rb && u.home[ra] != model.Library && u.home[ra] != model.Root {
						errs = append(errs, fmt.Errorf("%s keeps apart what other pins put together%s: %w; keep one",
							g.Where, homeNote(u, ra), ErrPins))
					}
					out = append(out, [2]int{a, b})
				}
			}
		}
	}
	return out, errors.Join(errs...)
}

func homeNote(u *union, r int) string {
	note := ""
	if u.home[r] != "" {
		note = " in " + u.home[r]
	}
	if pins := also(u.where[r], u.why[r]); pins != "" {
		note += " (" + pins + ")"
	}
	return note
}
