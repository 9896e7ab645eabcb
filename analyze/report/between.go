package report

import (
	"maps"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Between is all that couples two things: directly, through tables and
// transactions, and, where nothing is direct, the shortest path each way.
type Between struct {
	A Target `json:"a"`
	B Target `json:"b"`
	// Inside says which of the two is part of the other, "a" or "b"; the rest of the
	// other is compared with it. Empty when neither is.
	Inside string `json:"inside,omitempty"`
	// Price is the sum of the crossings between the two.
	Price float64 `json:"price"`
	// AB and BA are the direct couplings, heaviest first.
	AB []Link `json:"ab"`
	BA []Link `json:"ba"`
	// Crossings between the two, dearest first.
	Crossings    []model.Crossing    `json:"crossings"`
	Tables       []SharedTable       `json:"tables"`
	Transactions []model.Transaction `json:"transactions"`
	// PathAB and PathBA are shortest chains of couplings; empty when there are
	// direct ones or none at all.
	PathAB []Link `json:"path_ab,omitempty"`
	PathBA []Link `json:"path_ba,omitempty"`
}

// SharedTable is a table that both touch.
type SharedTable struct {
	Table string       `json:"table"`
	Owner string       `json:"owner,omitempty"`
	A     model.Access `json:"a"`
	B     model.Access `json:"b"`
	// EvidenceA and EvidenceB are the places of each.
	EvidenceA []model.Evidence `json:"evidence_a,omitempty"`
	EvidenceB []model.Evidence `json:"evidence_b,omitempty"`
}

// ExplainPair answers what couples two names. The error is an ErrName.
func ExplainPair(m *model.Model, nameA, nameB string) (*Between, error) {
	a, _, err := Resolve(m, nameA)
	if err != nil {
		return nil, err
	}
	b, _, err := Resolve(m, nameB)
	if err != nil {
		return nil, err
	}
	ix := newIndex(m)
	w := &between{ix: ix, out: &Between{A: a, B: b}, a: ix.members(a), b: ix.members(b)}
	w.apart()
	w.direct()
	w.crossings()
	w.tables()
	w.transactions()
	if len(w.out.AB) == 0 {
		w.out.PathAB = w.path(w.a, w.b)
	}
	if len(w.out.BA) == 0 {
		w.out.PathBA = w.path(w.b, w.a)
	}
	return w.out, nil
}

type between struct {
	ix   *index
	out  *Between
	a, b map[string]bool
}

// apart takes the smaller of the two out of the larger, when it is part of it.
func (w *between) apart() {
	within := func(small, large map[string]bool) bool {
		if len(small) == 0 || len(small) >= len(large) {
			return false
		}
		for a := range small {
			if !large[a] {
				return false
			}
		}
		return true
	}
	switch {
	case within(w.b, w.a):
		w.out.Inside = "b"
		maps.DeleteFunc(w.a, func(a string, _ bool) bool { return w.b[a] })
	case within(w.a, w.b):
		w.out.Inside = "a"
		maps.DeleteFunc(w.b, func(b string, _ bool) bool { return w.a[b] })
	}
}

func (w *between) direct() {
	cuts := w.ix.cuts()
	w.out.AB, w.out.BA = []Link{}, []Link{}
	for _, c := range w.ix.m.Couplings {
		link := w.link(c)
		link.Cut = cuts[crossKey{c.From, c.To, c.Kind}]
		switch {
		case w.a[c.From] && w.b[c.To] && !w.b[c.From] && !w.a[c.To]:
			if c, ok := narrow(c, w.out.A.Method, w.out.B.Method); ok {
				link.Coupling = c
				w.out.AB = append(w.out.AB, link)
			}
		case w.b[c.From] && w.a[c.To] && !w.a[c.From] && !w.b[c.To]:
			if c, ok := narrow(c, w.out.B.Method, w.out.A.Method); ok {
				link.Coupling = c
				w.out.BA = append(w.out.BA, link)
			}
		}
	}
	sortLinks(w.out.AB)
	sortLinks(w.out.BA)
}

func (w *between) link(c model.Coupling) Link {
	return Link{Coupling: c, Out: true, Other: c.To, OtherService: w.ix.service(c.To)}
}

// narrow keeps the places from one method to another; an empty name is any.
func narrow(c model.Coupling, from, to string) (model.Coupling, bool) {
	if from == "" && to == "" {
		return c, true
	}
	c.Evidence = slices.DeleteFunc(slices.Clone(c.Evidence), func(ev model.Evidence) bool {
		return from != "" && !isMethod(ev.Func, from) || to != "" && !isMethod(ev.Detail, to)
	})
	c.Count = len(c.Evidence)
	return c, c.Count > 0
}

func (w *between) crossings() {
	w.out.Crossings = []model.Crossing{}
	for _, c := range w.ix.crossings() {
		if w.a[c.From] && w.b[c.To] || w.b[c.From] && w.a[c.To] || w.services(c) {
			w.out.Crossings = append(w.out.Crossings, c)
			w.out.Price += c.Price
		}
	}
}

// services reports whether the two are the crossing's services.
func (w *between) services(c model.Crossing) bool {
	a, b := w.out.A, w.out.B
	if a.Kind != TargetService || b.Kind != TargetService {
		return false
	}
	return c.FromService == a.ID && c.ToService == b.ID || c.FromService == b.ID && c.ToService == a.ID
}

func (w *between) tables() {
	w.out.Tables = []SharedTable{}
	for _, t := range w.ix.m.Tables {
		s := SharedTable{Table: t.Name, Owner: t.Service}
		for _, a := range t.Accesses {
			if w.a[a.Atom] {
				s.A, s.EvidenceA = joinAccess(s.A, a.Access), append(s.EvidenceA, a.Evidence...)
			}
			if w.b[a.Atom] {
				s.B, s.EvidenceB = joinAccess(s.B, a.Access), append(s.EvidenceB, a.Evidence...)
			}
		}
		if s.A != "" && s.B != "" {
			w.out.Tables = append(w.out.Tables, s)
		}
	}
}

func (w *between) transactions() {
	w.out.Transactions = []model.Transaction{}
	for _, tx := range w.ix.m.Transactions {
		if w.inTx(tx, w.out.A, w.a) && w.inTx(tx, w.out.B, w.b) {
			w.out.Transactions = append(w.out.Transactions, tx)
		}
	}
}

func (w *between) inTx(tx model.Transaction, t Target, set map[string]bool) bool {
	if w.out.Inside == "" && t.Kind == TargetService && slices.Contains(tx.Services, t.ID) || set[tx.Atom] {
		return true
	}
	return slices.ContainsFunc(tx.Atoms, func(a string) bool { return set[a] }) ||
		slices.ContainsFunc(tx.Tables, func(t model.RouteTable) bool { return set["table:"+t.Table] })
}

// path is a shortest chain of couplings from one set of atoms to another, by
// breadth-first search; of equals the one whose atoms come first by name.
func (w *between) path(from, to map[string]bool) []Link {
	next := map[string][]int{}
	for i, c := range w.ix.m.Couplings {
		next[c.From] = append(next[c.From], i)
	}
	came := map[string]int{} // atom → coupling that reached it
	queue := make([]string, 0, len(from))
	for a := range from {
		if to[a] {
			return nil
		}
		queue = append(queue, a)
	}
	slices.Sort(queue)
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		edges := next[at]
		slices.SortFunc(edges, func(i, j int) int { return strings.Compare(w.ix.m.Couplings[i].To, w.ix.m.Couplings[j].To) })
		for _, i := range edges {
			atom := w.ix.m.Couplings[i].To
			if _, seen := came[atom]; seen || from[atom] {
				continue
			}
			came[atom] = i
			if to[atom] {
				return w.chain(came, atom, from)
			}
			queue = append(queue, atom)
		}
	}
	return nil
}

// chain walks back from the atom reached to where the search began.
func (w *between) chain(came map[string]int, atom string, from map[string]bool) []Link {
	var links []Link
	for !from[atom] {
		c := w.ix.m.Couplings[came[atom]]
		links = append(links, w.link(c))
		atom = c.From
	}
	slices.Reverse(links)
	return links
}
