package bill

import (
	"cmp"
	"slices"
	"sync"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// Known is what the bills of all partitions of the same facts have in common, so
// that it is found once for many. It is safe for concurrent use.
type Known struct {
	surface map[facts.Ref]*facts.Surface
	starts  map[registration]string
	seams   seams
	plain   map[facts.Ref]bool // works on what it is handed alone
	api     map[facts.Ref][]string
	startup func(facts.Ref) bool // runs while the program starts only
	reach   func() *reached      // made when first asked for
	// godTypes have methods that are atoms, methodOf gives the type of each.
	godTypes []godType
	methodOf map[string]string

	atoms  []string         // of calls, uses, states and what has entry points and data
	number map[string]int32 // atom → index of atoms
	calls  [][2]int32       // ends of Facts.Calls, as indexes of atoms
	uses   [][2]int32       // of Facts.Uses
	ties   [][2]int32       // of calls, uses and states, each pair of two atoms once
	owners [][2]int32       // who accesses a table, and the table
	answer []int32          // handlers of routes and entry points
	own    []bool           // atoms that are declared
	reads  []readCall
}

// readCall is a call of a function that reads a variable after the start: indexes of
// Facts.Calls and Facts.States.
type readCall struct{ call, state int32 }

// Know finds it.
func Know(f *facts.Facts) *Known {
	k := &Known{surface: map[facts.Ref]*facts.Surface{}, plain: plainOf(f), starts: registrations(f), seams: seamsOf(f),
		api: apiUses(f), startup: startsOnly(f), reach: sync.OnceValue(func() *reached { return reachedBy(f) }),
		godTypes: godTypesOf(f), methodOf: map[string]string{}}
	for i := range f.Surfaces {
		k.surface[f.Surfaces[i].Func] = &f.Surfaces[i]
	}
	for _, t := range k.godTypes {
		for _, m := range t.methods {
			k.methodOf[m.id] = t.id
		}
	}
	k.numberAtoms(f)
	k.findReads(f)
	return k
}

// at is the number of an atom.
func (k *Known) at(atom string) int32 {
	n, ok := k.number[atom]
	if !ok {
		n = int32(len(k.atoms))
		k.number[atom] = n
		k.atoms = append(k.atoms, atom)
	}
	return n
}

// numberAtoms writes the ends of what ties atoms as small numbers, by which a
// partition is looked through without a look at any name.
func (k *Known) numberAtoms(f *facts.Facts) {
	k.number = make(map[string]int32, len(f.Decls))
	k.calls, k.uses = make([][2]int32, len(f.Calls)), make([][2]int32, len(f.Uses))
	for i := range f.Calls {
		k.calls[i] = [2]int32{k.at(f.Calls[i].From.Atom), k.at(f.Calls[i].To.Atom)}
	}
	for i := range f.Uses {
		k.uses[i] = [2]int32{k.at(f.Uses[i].From.Atom), k.at(f.Uses[i].To)}
	}
	k.ties = slices.Concat(k.calls, k.uses)
	for _, s := range f.States {
		k.ties = append(k.ties, [2]int32{k.at(s.From.Atom), k.at(s.Var)})
	}
	slices.SortFunc(k.ties, func(x, y [2]int32) int { return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1])) })
	k.ties = slices.Clip(slices.Compact(k.ties))
	for _, a := range f.Accesses {
		k.owners = append(k.owners, [2]int32{k.at(a.Owner().Atom), k.at(model.TableID(a.Table))})
	}
	for _, r := range f.Routes {
		k.answer = append(k.answer, k.at(r.Handler.Atom))
	}
	for _, e := range f.EntryPoints {
		k.answer = append(k.answer, k.at(e.Func.Atom))
	}
	k.own = make([]bool, len(k.atoms))
	for _, d := range f.Decls {
		if n, ok := k.number[d.ID]; ok {
			k.own[n] = true
		}
	}
}

// findReads finds the calls of functions that read variables after the start.
func (k *Known) findReads(f *facts.Facts) {
	by := map[facts.Ref][]int32{}
	for i, s := range f.States {
		if !s.Init && s.Access != model.Write {
			by[s.From] = append(by[s.From], int32(i))
		}
	}
	for i := range f.Calls {
		for _, s := range by[f.Calls[i].To] {
			k.reads = append(k.reads, readCall{int32(i), s})
		}
	}
}

// homes are the services of one partition, by number.
type homes struct {
	of    []int32  // atom → service, 0: of none
	names []string // of services; the first is of none
}

func (k *Known) homes(service map[string]string) homes {
	h := homes{of: make([]int32, len(k.atoms)), names: []string{""}}
	number := map[string]int32{}
	for i, atom := range k.atoms {
		if s := service[atom]; model.IsService(s) {
			n, ok := number[s]
			if !ok {
				n = int32(len(h.names))
				number[s] = n
				h.names = append(h.names, s)
			}
			h.of[i] = n
		}
	}
	return h
}

// between gives those of the ties that are between two services, in their order.
func (h homes) between(ends [][2]int32) (out []int) {
	for i, e := range ends {
		if from, to := h.of[e[0]], h.of[e[1]]; from != 0 && to != 0 && from != to {
			out = append(out, i)
		}
	}
	return out
}

func plainOf(f *facts.Facts) map[facts.Ref]bool {
	plain := make(map[facts.Ref]bool, len(f.Plain))
	for _, ref := range f.Plain {
		plain[ref] = true
	}
	return plain
}
