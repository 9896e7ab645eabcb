package bill

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// comparisons prices what a copy of a value does not survive by itself, where the
// value crosses: nil told apart from empty, pointers and times compared.
func (b *biller) comparisons() {
	c := &comparer{b: b, lanes: b.lanes()}
	c.nilResults()
	c.nilFields()
	c.identities()
}

// lane is one function called from another service: what it takes and gives goes
// over a wire.
type lane struct {
	from   string // first caller's atom
	to     facts.Ref
	fromS  string
	toS    string
	caller facts.Ref
}

// ends reports whether code of the service stands at one of its ends.
func (l lane) ends(service string) bool { return service == l.fromS || service == l.toS }

type comparer struct {
	b     *biller
	lanes []lane
}

// lanes are the calls that are cut, each caller and callee once.
func (b *biller) lanes() []lane {
	type key struct{ from, to facts.Ref }
	seen := map[key]bool{}
	var out []lane
	for _, i := range b.calls {
		c := &b.in.Facts.Calls[i]
		if dataMethods[c.To.Method] || seen[key{c.From, c.To}] {
			continue
		}
		seen[key{c.From, c.To}] = true
		out = append(out, lane{c.From.Atom, c.To, b.in.Service[c.From.Atom], b.in.Service[c.To.Atom], c.From})
	}
	slices.SortFunc(out, func(x, y lane) int { // no two are equal
		return cmp.Or(cmp.Compare(x.to.Atom, y.to.Atom), cmp.Compare(x.to.Method, y.to.Method), cmp.Compare(x.from, y.from), cmp.Compare(x.caller.Method, y.caller.Method))
	})
	return out
}

// nilResults: the caller tells nil from empty in what a function of the other side
// gives, which may be nil for all that is known.
func (c *comparer) nilResults() {
	never := map[resultOf]bool{}
	for _, r := range c.b.in.Facts.NilResults {
		never[resultOf{r.Func, r.Result}] = !r.Nil
	}
	at := map[[2]string]*places{} // tester's atom, function
	of := map[[2]string]facts.Ref{}
	for _, t := range c.b.in.Facts.NilTests {
		if t.Field != "" || never[resultOf{t.Of, t.Result}] {
			continue
		}
		if _, _, ok := c.b.cuts(t.From.Atom, t.Of.Atom); !ok {
			continue
		}
		k := [2]string{t.From.Atom, refID(t.Of)}
		if at[k] == nil {
			at[k], of[k] = &places{}, t.Of
		}
		at[k].add(t.Evidence)
	}
	for _, k := range slices.SortedFunc(maps.Keys(at), comparePairs) {
		c.add(pair{k[0], of[k].Atom}, of[k], at[k].evidence, comparedNil, "nil and empty results of "+shortRef(of[k])+" are told apart")
	}
}

type resultOf struct {
	fn     facts.Ref
	result int
}

func comparePairs(x, y [2]string) int {
	return cmp.Or(cmp.Compare(x[0], y[0]), cmp.Compare(x[1], y[1]))
}

// nilFields: a type that crosses has a slice or map in which either end tells nil
// from empty. A type costs once between two services.
func (c *comparer) nilFields() {
	tested := map[string][]facts.NilTest{}
	for _, t := range c.b.in.Facts.NilTests {
		if t.Field != "" {
			tested[t.Of.Atom] = append(tested[t.Of.Atom], t)
		}
	}
	c.carried(slices.Sorted(maps.Keys(tested)), func(l lane, atom string) {
		var fields []string
		var evidence []model.Evidence
		for _, t := range tested[atom] {
			if home := c.b.in.Service[t.From.Atom]; l.ends(home) || home == model.Library {
				fields = append(fields, t.Field)
				evidence = append(evidence, t.Evidence)
			}
		}
		if len(fields) == 0 {
			return
		}
		slices.Sort(fields)
		c.add(pair{l.from, l.to.Atom}, l.to, evidence, comparedNil,
			"nil and empty are told apart in "+shortID(atom)+"."+strings.Join(slices.Compact(fields), ", ")+", which crosses with "+shortRef(l.to))
	})
}

// identities: pointers and times that crossed are compared.
func (c *comparer) identities() {
	byType := map[string][]facts.Identity{}
	for _, i := range c.b.in.Facts.Identities {
		if atom := strings.TrimPrefix(i.Type, "*"); atom == timeType {
			c.times(i)
		} else {
			byType[atom] = append(byType[atom], i)
		}
	}
	c.carried(slices.Sorted(maps.Keys(byType)), func(l lane, atom string) {
		kinds := map[string][]model.Evidence{}
		for _, i := range byType[atom] {
			if l.ends(c.b.in.Service[i.From.Atom]) {
				kinds[i.Kind] = append(kinds[i.Kind], i.Evidence)
			}
		}
		for _, kind := range slices.Sorted(maps.Keys(kinds)) {
			c.add(pair{l.from, l.to.Atom}, l.to, kinds[kind], comparedAs[kind],
				shortID(atom)+" is compared "+comparedBy[kind]+", and crosses with "+shortRef(l.to))
		}
	})
}

const timeType = "time.Time"

var comparedBy = map[string]string{"pointer": "by address", "time": "with its time by =="}

var comparedAs = map[string]remedy{"pointer": comparedPointer, "time": comparedTime}

// times: a function that is called from another service, or calls one, compares
// times. That those are the times that cross is a guess.
func (c *comparer) times(i facts.Identity) {
	ev := i.Evidence
	ev.Confidence = model.Guessed
	done := map[[2]string]bool{}
	for _, l := range c.lanes {
		if l.to != i.From && l.caller != i.From || done[[2]string{l.fromS, l.toS}] {
			continue
		}
		done[[2]string{l.fromS, l.toS}] = true
		what := "times that may cross with "
		c.add(pair{l.from, l.to.Atom}, l.to, []model.Evidence{ev}, comparedTime, shortRef(i.From)+" compares by == "+what+shortRef(l.to))
	}
}

// carried calls do once for each pair of services and each of the types that one of
// their calls carries, with the first such call.
func (c *comparer) carried(types []string, do func(l lane, atom string)) {
	if len(types) == 0 {
		return
	}
	api := c.b.known.api
	sets := map[facts.Ref][]string{} // which of the types a function carries
	by := map[string][]lane{}
	for _, l := range c.lanes {
		found, ok := sets[l.to]
		if !ok {
			for atom := range carriedTypes(api, l.to) {
				if _, wanted := slices.BinarySearch(types, atom); wanted {
					found = append(found, atom)
				}
			}
			sets[l.to] = found
		}
		for _, atom := range found {
			by[atom] = append(by[atom], l)
		}
	}
	for _, atom := range types {
		done := map[[2]string]bool{}
		for _, l := range by[atom] {
			if k := [2]string{l.fromS, l.toS}; !done[k] {
				done[k] = true
				do(l, atom)
			}
		}
	}
}

// apiUses are the types in the signature of a function, and in the exported fields
// of a type.
func apiUses(f *facts.Facts) map[facts.Ref][]string {
	out := map[facts.Ref][]string{}
	for _, u := range f.Uses {
		if u.InAPI && u.Kind != model.CouplingConst {
			out[u.From] = append(out[u.From], u.To)
		}
	}
	return out
}

// carriedTypes are the types that a call carries, those in fields of others too. A
// method's receiver stays where it is.
func carriedTypes(api map[facts.Ref][]string, fn facts.Ref) map[string]bool {
	out := map[string]bool{}
	work := slices.Clone(api[fn])
	for len(work) > 0 {
		atom := work[len(work)-1]
		work = work[:len(work)-1]
		if out[atom] || atom == fn.Atom {
			continue
		}
		out[atom] = true
		work = append(work, api[facts.Ref{Atom: atom}]...)
	}
	return out
}

func (c *comparer) add(k pair, callee facts.Ref, evidence []model.Evidence, r remedy, why string) {
	x := c.b.crossing(model.CouplingType, k, &places{evidence: slices.Clone(evidence)}, r.points, why, r.cure, r.kind)
	x.Callee = refID(callee)
	c.b.add(x)
}
