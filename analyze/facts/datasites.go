package facts

import (
	"slices"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// SiteState says what became of a place that hands a statement to a database.
type SiteState string

// The states of data sites.
const (
	SiteResolved   SiteState = "resolved"   // its tables are known
	SiteNoTable    SiteState = "no table"   // it is understood and names none: SELECT 1
	SiteDeclared   SiteState = "declared"   // a comment says what it does
	SiteUnresolved SiteState = "unresolved" // also in Facts.Unresolved, with the cure
)

// DataSite is one place that hands a statement to a database: SQL, a chain of calls
// of a mapper, a table named to a query builder. A function that passes its
// parameter on is none, its callers are.
type DataSite struct {
	From  Ref
	Via   string // sql, gorm, xorm, bun, go-pg, ent, squirrel, goqu, …
	State SiteState
	// Foreign: nothing of the statement stands in the code; it comes from a file, a
	// user, another program.
	Foreign  bool
	Reason   string // of unresolved ones
	Evidence model.Evidence
}

// siteRank orders what several ways to one place add up to: what is not understood
// on one way is not understood.
var siteRank = map[SiteState]int{SiteNoTable: 0, SiteResolved: 1, SiteDeclared: 2, SiteUnresolved: 3}

// mark notes what became of the statement at a place.
func (t *tableFinder) mark(at ssa.Instruction, via string, state SiteState, reason string, foreign bool) {
	if old := t.sites[at]; old != nil {
		if siteRank[state] > siteRank[old.State] {
			old.State, old.Reason, old.Foreign = state, reason, foreign
		}
		return
	}
	from, ok := t.e.refInstr(at)
	if !ok {
		return
	}
	t.sites[at] = &DataSite{From: from, Via: via, State: state, Reason: reason, Foreign: foreign,
		Evidence: t.e.evidence(t.e.posOf(at), model.Proved, "")}
}

// listSites hands over the sites: one a place, also where a generic's instances
// have several.
func (t *tableFinder) listSites() {
	at := map[model.Evidence]*DataSite{}
	for _, s := range t.sites {
		old := at[s.Evidence]
		if old == nil || siteRank[s.State] > siteRank[old.State] || siteRank[s.State] == siteRank[old.State] && s.Reason < old.Reason {
			at[s.Evidence] = s
		}
	}
	for _, s := range at {
		t.e.out.DataSites = append(t.e.out.DataSites, *s)
	}
	slices.SortFunc(t.e.out.DataSites, func(a, b DataSite) int { return compareEvidence(a.Evidence, b.Evidence) })
}

// ask lists a place whose SQL is not understood, with the comment that settles it.
func (t *tableFinder) ask(s sqlSite, texts []string) {
	if fromBuilder(s.given()) {
		return
	}
	if t.documented(s) {
		t.mark(s.chain[0], s.sink.library(), SiteDeclared, "", false)
		return
	}
	what := "the SQL is built while the program runs"
	if len(texts) > 0 && !allHoles(texts) {
		what += ": " + shortSQL(texts[0])
	}
	t.askAt(s.chain[0], s.sink.library(), what, allHoles(texts))
}

func (t *tableFinder) askAt(at ssa.Instruction, via, what string, foreign bool) {
	t.mark(at, via, SiteUnresolved, what, foreign)
	if t.asked[at] {
		return
	}
	t.asked[at] = true
	file, line, _ := t.e.p.Rel(t.e.posOf(at))
	from, _ := t.e.refInstr(at)
	t.e.unresolved(model.Problem{Code: "sql", File: file, Line: line, Package: packageOf(from),
		Message: what, Cure: "name the tables in a comment on this line or the one before: //ficus:table NAME rw (or r, w)"})
}
