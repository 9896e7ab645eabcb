package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// FileName is where the accepted crossings stand, at the module's root.
const FileName = "ficus.accepted.yaml"

// Version is the format of that file.
const Version = 1

// Accepted are the crossings that people have accepted.
type Accepted struct {
	// File is the name that findings use; empty when it is of no file.
	File   string
	Module string
	// Services holds, by the service that crosses, its crossings in the order of
	// the file.
	Services map[string][]Entry
}

// Entry is one accepted crossing.
type Entry struct {
	ID     string // of model.Crossing
	Kind   model.CouplingKind
	From   string // relative to the module, as To and Callee: for the reader
	To     string
	Callee string
	Into   string // the service that is crossed into
	InLoop bool
	InTx   bool
	Why    string // a person's reason
	Until  string // the last day on which it holds, 2027-01-31; empty: for good
	Line   int    // in the file, from 1; 0 when of no file
	Column int
}

// key tells crossings apart; it does not depend on lines.
type key struct{ service, into, id string }

func keyOf(c *model.Crossing) key { return key{c.FromService, c.ToService, c.ID} }

// Of are all crossings of a model as accepted ones.
func Of(m *model.Model) *Accepted {
	a := &Accepted{Module: m.Module.Path, Services: map[string][]Entry{}}
	for _, c := range Crossings(m) {
		a.Services[c.FromService] = append(a.Services[c.FromService], entryOf(m, &c))
	}
	a.sort()
	return a
}

func entryOf(m *model.Model, c *model.Crossing) Entry {
	return Entry{ID: c.ID, Kind: c.Kind, From: m.Rel(c.From), To: m.Rel(c.To), Callee: m.Rel(c.Callee), Into: c.ToService, InLoop: c.InLoop, InTx: c.InTx}
}

// Crossings are all crossings of a model, each once, by the crossing service,
// then by what crosses.
func Crossings(m *model.Model) []model.Crossing {
	var out []model.Crossing
	for _, b := range m.Bills {
		for _, c := range b.Crossings {
			if c.FromService == b.Service {
				out = append(out, c)
			}
		}
	}
	slices.SortFunc(out, func(x, y model.Crossing) int {
		return cmp.Or(cmp.Compare(x.FromService, y.FromService), cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To),
			cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Callee, y.Callee), cmp.Compare(x.ID, y.ID))
	})
	return out
}

// Accept takes the crossings of the named services from the model, of all when
// none is named, and leaves the others as they are. Why and Until of entries
// that stay are kept. It returns how many came and how many went.
func (a *Accepted) Accept(m *model.Model, services ...string) (added, removed int) {
	a.Module = m.Module.Path
	now := Of(m)
	for _, s := range a.known(now) {
		if len(services) > 0 && !slices.Contains(services, s) {
			continue
		}
		old := map[key]Entry{}
		for _, e := range a.Services[s] {
			old[key{s, e.Into, e.ID}] = e
		}
		entries, kept := now.Services[s], 0
		for i, e := range entries {
			if before, ok := old[key{s, e.Into, e.ID}]; ok {
				entries[i].Why, entries[i].Until = before.Why, before.Until
				kept++
			}
		}
		added, removed = added+len(entries)-kept, removed+len(a.Services[s])-kept
		a.Services[s] = entries
		if len(entries) == 0 {
			delete(a.Services, s)
		}
	}
	a.sort()
	return added, removed
}

// known are the services of both, by name.
func (a *Accepted) known(other *Accepted) []string {
	var names []string
	for _, x := range []*Accepted{a, other} {
		for s := range x.Services {
			names = append(names, s)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Count is the number of all entries.
func (a *Accepted) Count() int {
	n := 0
	for _, entries := range a.Services {
		n += len(entries)
	}
	return n
}

func (a *Accepted) sort() {
	for _, entries := range a.Services {
		slices.SortStableFunc(entries, func(x, y Entry) int {
			return cmp.Or(strings.Compare(x.From, y.From), strings.Compare(x.To, y.To), cmp.Compare(x.Kind, y.Kind),
				strings.Compare(x.Callee, y.Callee), strings.Compare(x.Into, y.Into), strings.Compare(x.ID, y.ID))
		})
	}
}
