package check

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Options of Compare.
type Options struct {
	// Now decides which acceptances have expired; zero: none has.
	Now time.Time
	// Owners names the owners of a file of the module, by its relative path; nil:
	// nobody.
	Owners func(file string) []string
	// Base names the revision that the accepted crossings were read from, empty for
	// the file. What is gone since a base is no finding.
	Base string
}

// Status tells what a finding is about.
type Status string

// The statuses.
const (
	New     Status = "new"
	Worse   Status = "worse"   // accepted, and now in a loop or a transaction
	Stale   Status = "stale"   // accepted, and no longer there
	Expired Status = "expired" // accepted until a day that has passed
)

// Finding is one thing that fails the check.
type Finding struct {
	Rule    string   `json:"rule"` // FICUS2xx
	Status  Status   `json:"status"`
	File    string   `json:"file,omitempty"` // relative to the module
	Line    int      `json:"line,omitempty"`
	Column  int      `json:"column,omitempty"`
	Message string   `json:"message"`
	Service string   `json:"service"` // that crosses: its list is meant
	Into    string   `json:"into"`
	ID      string   `json:"id"` // of the crossing; does not depend on lines
	Price   float64  `json:"price"`
	Why     string   `json:"why,omitempty"`
	Cure    string   `json:"cure,omitempty"`
	Owners  []string `json:"owners"`
	// Crossing is what crosses now; nil when it is gone.
	Crossing *model.Crossing `json:"crossing,omitempty"`
}

// ServiceCount is the size of one service's list.
type ServiceCount struct {
	Service  string `json:"service"`
	Accepted int    `json:"accepted"`
	Now      int    `json:"now"`
}

// Result is the answer to a check.
type Result struct {
	Version  int            `json:"version"`
	Module   string         `json:"module"`
	Base     string         `json:"base,omitempty"`
	OK       bool           `json:"ok"`
	Price    float64        `json:"price"`    // of all crossings now
	Services []ServiceCount `json:"services"` // by name
	Findings []Finding      `json:"findings"` // by file, line and code
	// Gone counts the crossings that a base has and the code no longer.
	Gone int `json:"gone"`
}

// Compare finds what differs between the crossings of a model and those accepted.
func Compare(m *model.Model, accepted *Accepted, o Options) *Result {
	k := &comparer{m: m, o: o, accepted: accepted,
		out: &Result{Version: Version, Module: m.Module.Path, Base: o.Base, Findings: []Finding{}, Services: []ServiceCount{}}}
	k.crossings()
	k.entries()
	k.counts()
	slices.SortFunc(k.out.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Service, b.Service), cmp.Compare(a.Into, b.Into), cmp.Compare(a.ID, b.ID))
	})
	k.out.OK = len(k.out.Findings) == 0
	k.out.Price = model.Round(k.out.Price)
	return k.out
}

// rank puts findings in the code before those in the list.
func rank(f Finding) int {
	if f.Status == Stale || f.Status == Expired {
		return 1
	}
	return 0
}

type comparer struct {
	m        *model.Model
	o        Options
	accepted *Accepted
	now      map[key]*model.Crossing
	out      *Result
}

func (k *comparer) crossings() {
	known := map[key]Entry{}
	for service, entries := range k.accepted.Services {
		for _, e := range entries {
			known[key{service, e.Into, e.ID}] = e
		}
	}
	all := Crossings(k.m)
	k.now = make(map[key]*model.Crossing, len(all))
	for i := range all {
		c := &all[i]
		k.now[keyOf(c)] = c
		k.out.Price += c.Price
		switch e, ok := known[keyOf(c)]; {
		case !ok:
			k.add(c, ruleOf(c), New, "new crossing: "+k.sentence(c))
		case c.InLoop && !e.InLoop:
			k.add(c, CodeWorse, Worse, "worse crossing: "+k.sentence(c)+", accepted outside of one")
		case c.InTx && !e.InTx:
			k.add(c, CodeWorse, Worse, "worse crossing: "+k.sentence(c)+" inside a transaction, accepted outside of one")
		}
	}
}

// add is a finding at the place of a crossing.
func (k *comparer) add(c *model.Crossing, rule string, status Status, message string) {
	f := Finding{Rule: rule, Status: status, Message: message, Service: c.FromService, Into: c.ToService, ID: c.ID,
		Price: c.Price, Why: c.Why, Cure: c.Cure, Crossing: c}
	if len(c.Evidence) > 0 {
		f.File, f.Line, f.Column = c.Evidence[0].File, c.Evidence[0].Line, c.Evidence[0].Column
	} else if a, ok := k.m.Atom(c.From); ok {
		f.File, f.Line = a.File, a.Line
	}
	f.Owners = k.owners(f.File)
	k.out.Findings = append(k.out.Findings, f)
}

func (k *comparer) owners(file string) []string {
	if k.o.Owners == nil || file == "" {
		return []string{}
	}
	return append([]string{}, k.o.Owners(file)...)
}

// entries finds what was accepted and is gone, better or expired.
func (k *comparer) entries() {
	today := k.o.Now.UTC().Format(time.DateOnly)
	for service, entries := range k.accepted.Services {
		for _, e := range entries {
			c := k.now[key{service, e.Into, e.ID}]
			what := e.sentence(service)
			switch {
			case c == nil && k.o.Base != "":
				k.out.Gone++
			case k.o.Base != "":
			case c == nil:
				k.listed(service, e, c, CodeStale, Stale, "stale: "+what+" is accepted, and no longer there")
			case e.InLoop && !c.InLoop:
				k.listed(service, e, c, CodeStale, Stale, "stale: "+what+" is accepted in a loop, and no longer in one")
			case e.InTx && !c.InTx:
				k.listed(service, e, c, CodeStale, Stale, "stale: "+what+" is accepted in a transaction, and no longer in one")
			case e.Until != "" && !k.o.Now.IsZero() && e.Until < today:
				k.listed(service, e, c, CodeExpired, Expired, "expired: "+what+" was accepted until "+e.Until)
			}
		}
	}
}

// listed is a finding at a line of the list; its owner is that of the code.
func (k *comparer) listed(service string, e Entry, c *model.Crossing, rule string, status Status, message string) {
	f := Finding{Rule: rule, Status: status, File: k.accepted.File, Line: e.Line, Column: e.Column, Message: message,
		Service: service, Into: e.Into, ID: e.ID, Why: e.Why, Crossing: c}
	at := k.accepted.File
	for _, id := range []string{e.From, k.m.Module.Path + "/" + e.From} {
		if a, ok := k.m.Atom(id); ok && a.File != "" {
			at = a.File
		}
	}
	if c != nil {
		f.Price, f.Cure = c.Price, c.Cure
	}
	f.Owners = k.owners(at)
	k.out.Findings = append(k.out.Findings, f)
}

func (k *comparer) counts() {
	now := Of(k.m)
	for _, s := range k.accepted.known(now) {
		k.out.Services = append(k.out.Services, ServiceCount{s, len(k.accepted.Services[s]), len(now.Services[s])})
	}
}

// sentence says what crosses: cart.Total (orders) calls catalogue.Describe in a loop.
func (k *comparer) sentence(c *model.Crossing) string {
	s := entryOf(k.m, c).sentence(c.FromService)
	if c.InLoop {
		s += " in a loop"
	}
	return s
}

func (e Entry) sentence(service string) string {
	to := e.To
	if e.Callee != "" {
		to = e.Callee
	}
	return fmt.Sprintf("%s (%s) %s %s (%s)", short(e.From), service, verb(e.Kind), short(to), e.Into)
}

func verb(kind model.CouplingKind) string {
	switch kind {
	case model.CouplingCall:
		return "calls"
	case model.CouplingTx:
		return "spans a transaction to"
	}
	return "uses"
}

// short is a name without the folders above its package; tables and routes say
// what they are.
func short(id string) string {
	if kind, name, ok := strings.Cut(id, ":"); ok && (kind == string(model.KindTable) || kind == string(model.KindRoute)) {
		return kind + " " + name
	}
	return id[strings.LastIndexByte(id, '/')+1:]
}
