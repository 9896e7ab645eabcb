package bill

import (
	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// Known is what the bills of all partitions of the same facts have in common, so
// that it is found once for many. It is not changed by use.
type Known struct {
	surface map[facts.Ref]*facts.Surface
	starts  map[registration]string
	seams   seams
	api     map[facts.Ref][]string
	startup func(facts.Ref) bool // runs while the program starts only

	atoms []string   // of calls and uses
	calls [][2]int32 // ends of Facts.Calls, as indexes of atoms
	uses  [][2]int32 // of Facts.Uses
}

// Know finds it.
func Know(f *facts.Facts) *Known {
	k := &Known{surface: map[facts.Ref]*facts.Surface{}, starts: registrations(f), seams: seamsOf(f), api: apiUses(f), startup: startsOnly(f)}
	for i := range f.Surfaces {
		k.surface[f.Surfaces[i].Func] = &f.Surfaces[i]
	}
	number := map[string]int32{}
	at := func(atom string) int32 {
		n, ok := number[atom]
		if !ok {
			n = int32(len(k.atoms))
			number[atom] = n
			k.atoms = append(k.atoms, atom)
		}
		return n
	}
	k.calls, k.uses = make([][2]int32, len(f.Calls)), make([][2]int32, len(f.Uses))
	for i := range f.Calls {
		k.calls[i] = [2]int32{at(f.Calls[i].From.Atom), at(f.Calls[i].To.Atom)}
	}
	for i := range f.Uses {
		k.uses[i] = [2]int32{at(f.Uses[i].From.Atom), at(f.Uses[i].To)}
	}
	return k
}

// cut gives the calls and uses between two services, in their order.
func (k *Known) cut(service map[string]string) (calls, uses []int) {
	number := map[string]int32{}
	home := make([]int32, len(k.atoms)) // 0: of no service
	for i, atom := range k.atoms {
		if s := service[atom]; model.IsService(s) {
			n, ok := number[s]
			if !ok {
				n = int32(len(number) + 1)
				number[s] = n
			}
			home[i] = n
		}
	}
	between := func(ends [][2]int32) (out []int) {
		for i, e := range ends {
			if from, to := home[e[0]], home[e[1]]; from != 0 && to != 0 && from != to {
				out = append(out, i)
			}
		}
		return out
	}
	return between(k.calls), between(k.uses)
}
