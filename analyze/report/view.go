package report

import (
	"slices"
	"strings"
	"time"

	"github.com/ficus-dev/ficus/analyze/model"
)

// page is what the HTML report's script draws: the model, resolved to names that
// people read, without the atoms.
type page struct {
	Module       string          `json:"module"`
	Tool         string          `json:"tool"`
	Verdict      model.Verdict   `json:"verdict"`
	Stats        model.Stats     `json:"stats"`
	Groups       []pageGroup     `json:"groups"`
	Edges        []pageEdge      `json:"edges"`     // between groups, by their index
	UnitEdges    []pageEdge      `json:"unitEdges"` // between units, by their number over all groups
	Crossings    []pageCrossing  `json:"crossings"`
	Tables       []pageTable     `json:"tables"`
	Routes       []pageRoute     `json:"routes"`
	Entries      []pageRoute     `json:"entries"` // other entry points: Method is their kind
	Transactions []pageTx        `json:"transactions"`
	Candidates   []pageCandidate `json:"candidates"`
	Cures        []pageCure      `json:"cures"` // of the crossings, dearest first
	RTT          float64         `json:"rtt"`   // milliseconds of one remote call
	Turns        int             `json:"turns"` // of a loop that nothing measured
	K            int             `json:"k"`     // services that the metrics count
	Metrics      []pageMetric    `json:"metrics"`
	Problems     []pageProblem   `json:"problems"`
	Pins         []string        `json:"pins"`
}

type pageGroup struct {
	Name      string     `json:"name"`
	Service   bool       `json:"service"`
	Units     []pageUnit `json:"units"` // larger before smaller
	Lines     int        `json:"lines"`
	Routes    int        `json:"routes"`
	Tables    []string   `json:"tables"`
	In        int        `json:"in"`
	Out       int        `json:"out"`
	Price     float64    `json:"price"`
	Stability float64    `json:"stability"`
}

type pageUnit struct {
	Name      string  `json:"name"`
	Lines     int     `json:"lines"`
	Stability float64 `json:"stability"`
	Reason    string  `json:"reason"`
	Pinned    bool    `json:"pinned,omitempty"`
}

type pageEdge struct {
	From  int     `json:"from"`
	To    int     `json:"to"`
	Price float64 `json:"price,omitempty"`
	Label string  `json:"label"`
	Soft  bool    `json:"soft,omitempty"`
}

type pageCrossing struct {
	Kind   string   `json:"kind"`
	From   string   `json:"from"`
	To     string   `json:"to"`
	A      int      `json:"a"` // group of From, -1 when unknown
	B      int      `json:"b"`
	Price  float64  `json:"price"`
	Why    string   `json:"why"`
	Cure   string   `json:"cure"`
	How    int      `json:"how"` // index of its kind of cure
	Flags  string   `json:"flags,omitempty"`
	Places []string `json:"places"`
	// Steps are of sagas and the like, in order.
	Steps []pageStep `json:"steps,omitempty"`
}

// pageCure is one kind of cure, with the steps of those that have none of their own.
type pageCure struct {
	Title string   `json:"title"`
	Steps []string `json:"steps"`
}

type pageStep struct {
	Who    string   `json:"who"`
	Do     string   `json:"do"`
	Undo   string   `json:"undo,omitempty"`
	Places []string `json:"places,omitempty"`
}

// pageRemote is what an entry point waits for: base calls, and loops times the turns
// of a loop.
type pageRemote struct {
	Places int              `json:"places"`
	Base   float64          `json:"base"`
	Loops  int              `json:"loops,omitempty"`
	Steps  []pageRemoteStep `json:"steps"`
}

type pageRemoteStep struct {
	Callee   string  `json:"callee"`
	A        int     `json:"a"` // group of the caller
	B        int     `json:"b"`
	At       string  `json:"at"`
	Loop     string  `json:"loop,omitempty"`
	Places   int     `json:"places"`
	Base     float64 `json:"base"`
	Loops    int     `json:"loops,omitempty"`
	Measured bool    `json:"measured,omitempty"`
}

type pageMetric struct {
	Name    string  `json:"name"`
	Value   float64 `json:"value"`
	Better  string  `json:"better"`
	Formula string  `json:"formula"`
	Note    string  `json:"note,omitempty"`
}

type pageTable struct {
	Name  string `json:"name"`
	Group int    `json:"group"`
	At    string `json:"at,omitempty"`
}

type pageRoute struct {
	Method  string         `json:"method"`
	Pattern string         `json:"pattern"`
	Group   int            `json:"group"`
	Handler string         `json:"handler"`
	At      string         `json:"at"`
	Cells   map[int]string `json:"cells"` // table's index → r, w, rw
	// Steps are the tables' indexes in the order in which the code reaches them.
	Steps    []int `json:"steps,omitempty"`
	ReadOnly bool  `json:"readOnly,omitempty"`
	// Remote is nil when nothing becomes remote behind it.
	Remote *pageRemote `json:"remote,omitempty"`
}

type pageTx struct {
	Func   string   `json:"func"`
	At     string   `json:"at"`
	Tables []string `json:"tables"`
	Groups []string `json:"groups"`
}

type pageCandidate struct {
	Services  int                  `json:"services"`
	Price     float64              `json:"price"`
	Score     float64              `json:"score"`
	Stability float64              `json:"stability"`
	Chosen    bool                 `json:"chosen"`
	Groups    []pageCandidateGroup `json:"groups"`
}

type pageCandidateGroup struct {
	Name  string   `json:"name"`
	Lines int      `json:"lines"`
	Units []string `json:"units"`
}

type pageProblem struct {
	Code    string `json:"code"`
	At      string `json:"at"`
	Message string `json:"message"`
	Cure    string `json:"cure,omitempty"`
}

// newPage resolves a model for the script.
func newPage(m *model.Model, o Options) page {
	b := &pageBuilder{v: &textView{screen: newScreen(o), ix: newIndex(m), o: o}, group: map[string]int{}, unit: map[string]int{}}
	b.page = page{Module: m.Module.Path, Tool: m.Tool, Verdict: m.Verdict, Stats: m.Stats}
	b.groups()
	b.edges()
	b.crossings()
	b.data()
	b.candidates()
	b.problems()
	b.metrics()
	b.page.RTT, b.page.Turns = float64(o.rtt())/float64(time.Millisecond), model.LoopTurns
	if o.Plan != nil {
		for _, p := range o.Plan.Decisions() {
			b.page.Pins = append(b.page.Pins, p.String())
		}
	}
	return b.page
}

type pageBuilder struct {
	v     *textView
	page  page
	group map[string]int // service or home → index of its group
	unit  map[string]int // unit → its number over all groups
}

func (b *pageBuilder) groups() {
	for _, s := range b.v.ix.ordered() {
		bill := b.v.ix.bill(s.Name)
		b.addGroup(pageGroup{Name: s.Name, Service: true, Lines: s.Lines, Routes: len(s.Routes), Tables: nonNil(s.Tables),
			In: bill.In, Out: bill.Out, Price: bill.Price, Stability: s.Stability}, s.Units)
	}
	for _, home := range []string{model.Library, model.Root, model.Unassigned} {
		if units := b.v.ix.outside(home); len(units) > 0 {
			b.addGroup(pageGroup{Name: home, Tables: []string{}}, units)
		}
	}
}

func (b *pageBuilder) addGroup(g pageGroup, units []string) {
	b.group[g.Name] = len(b.page.Groups)
	lines := 0
	for _, id := range b.v.byLines(units) {
		b.unit[id] = len(b.unit)
		u := pageUnit{Name: b.v.ix.short(id)}
		if known := b.v.ix.units[id]; known != nil {
			u.Lines, u.Stability, u.Reason, u.Pinned = known.Lines, known.Stability, known.Reason, known.Pinned
		}
		lines += u.Lines
		g.Units = append(g.Units, u)
	}
	if g.Lines == 0 {
		g.Lines = lines
	}
	b.page.Groups = append(b.page.Groups, g)
}

// groupOf is the index of a group, -1 when the model does not have it.
func (b *pageBuilder) groupOf(name string) int {
	if i, ok := b.group[name]; ok {
		return i
	}
	return -1
}

func (b *pageBuilder) edges() {
	for _, e := range collapse(b.v.ix, LevelServices).edges {
		from, to := b.groupOf(e.from), b.groupOf(e.to)
		if from >= 0 && to >= 0 && from != to {
			b.page.Edges = append(b.page.Edges, pageEdge{From: from, To: to, Price: e.price, Label: e.label(), Soft: e.soft})
		}
	}
	for _, e := range collapse(b.v.ix, LevelUnits).edges {
		from, okFrom := b.unit[e.from]
		to, okTo := b.unit[e.to]
		if okFrom && okTo {
			b.page.UnitEdges = append(b.page.UnitEdges, pageEdge{From: from, To: to, Price: e.price, Label: e.label(), Soft: e.soft})
		}
	}
}

func (b *pageBuilder) crossings() {
	ix := b.v.ix
	how := map[string]int{}
	for _, sum := range model.SumByCure(ix.crossings()) {
		how[sum.Kind] = len(b.page.Cures)
		cure := model.CureOf(sum.Kind)
		b.page.Cures = append(b.page.Cures, pageCure{orSay(cure.Title, "Other"), nonNil(cure.Steps)})
	}
	for _, c := range ix.crossings() {
		from := ix.goName(c.From)
		if len(c.Evidence) > 0 {
			from = ix.funcName(c.From, c.Evidence[0])
		}
		pc := pageCrossing{Kind: string(c.Kind), From: from, To: ix.callee(c.Kind, c.To, c.Evidence), A: b.groupOf(c.FromService), B: b.groupOf(c.ToService),
			Price: c.Price, Why: c.Why, Cure: c.Cure, How: how[c.CureKind], Flags: Cut{InLoop: c.InLoop, InTx: c.InTx}.flags(), Places: []string{}}
		for _, ev := range c.Evidence {
			if ev.File != "" {
				pc.Places = append(pc.Places, position(ev.File, ev.Line))
			}
		}
		for _, l := range c.Loops {
			pc.Places = append(pc.Places, "loop at "+position(l.Loop.File, l.Loop.Line))
		}
		pc.Places = slices.Compact(pc.Places)
		pc.Steps = pageSteps(c.Steps)
		b.page.Crossings = append(b.page.Crossings, pc)
	}
}

func (b *pageBuilder) data() {
	m := b.v.ix.m
	number := map[string]int{}
	for _, t := range m.Tables {
		number[t.Name] = len(b.page.Tables)
		pt := pageTable{Name: t.Name, Group: b.groupOf(t.Service)}
		if t.Defined != nil {
			pt.At = position(t.Defined.File, t.Defined.Line)
		}
		b.page.Tables = append(b.page.Tables, pt)
	}
	for _, r := range m.Routes {
		pr := pageRoute{Method: orSay(r.Method, "any"), Pattern: r.Host + r.Pattern, Group: b.groupOf(r.Service), Handler: b.v.ix.goName(r.Handler),
			At: position(r.Registered.File, r.Registered.Line), ReadOnly: r.ReadOnly}
		pr.reach(r.Tables, number)
		pr.Remote = b.remote(r.Remote)
		b.page.Routes = append(b.page.Routes, pr)
	}
	for _, e := range m.EntryPoints {
		pr := pageRoute{Method: e.Kind, Pattern: orSay(e.Name, b.v.ix.goName(orSay(e.Handler, e.Registrar))), Group: b.groupOf(e.Service),
			Handler: b.v.ix.goName(orSay(e.Handler, e.Registrar)), At: position(e.Registered.File, e.Registered.Line), ReadOnly: e.ReadOnly}
		pr.reach(e.Tables, number)
		pr.Remote = b.remote(e.Remote)
		b.page.Entries = append(b.page.Entries, pr)
	}
	for _, tx := range m.Transactions {
		ev := tx.Evidence
		ev.Func = tx.Func
		pt := pageTx{Func: b.v.ix.funcName(tx.Atom, ev), At: position(ev.File, ev.Line), Groups: nonNil(tx.Services)}
		for _, t := range tx.Tables {
			pt.Tables = append(pt.Tables, string(t.Access)+" "+t.Table)
		}
		b.page.Transactions = append(b.page.Transactions, pt)
	}
}

// reach fills in the cells of an entry point.
func (r *pageRoute) reach(tables []model.RouteTable, number map[string]int) {
	r.Cells = map[int]string{}
	for _, t := range tables {
		if n, ok := number[t.Table]; ok {
			r.Cells[n] = accessLetters(t.Access)
			r.Steps = append(r.Steps, n)
		}
	}
}

func accessLetters(a model.Access) string {
	switch a {
	case model.Write:
		return "w"
	case model.ReadWrite:
		return "rw"
	}
	return "r"
}

func (b *pageBuilder) candidates() {
	for _, c := range b.v.ix.m.Candidates {
		pc := pageCandidate{Services: c.Services, Price: c.Price, Score: c.Score, Stability: c.Stability, Chosen: b.chosen(c)}
		byName := map[string][]string{}
		for unit, service := range c.Units {
			if model.IsService(service) {
				byName[service] = append(byName[service], unit)
			}
		}
		for _, name := range sortedNames(byName) {
			g := pageCandidateGroup{Name: name}
			units := byName[name]
			slices.Sort(units)
			for _, u := range b.v.byLines(units) {
				g.Lines += b.v.lines(u)
				g.Units = append(g.Units, b.v.ix.short(u))
			}
			pc.Groups = append(pc.Groups, g)
		}
		b.page.Candidates = append(b.page.Candidates, pc)
	}
}

// chosen reports whether the candidate groups the units as the proposal does.
func (b *pageBuilder) chosen(c model.Candidate) bool {
	name := map[string]string{} // candidate's name → proposal's
	for _, u := range b.v.ix.m.Units {
		theirs, ok := c.Units[u.ID]
		if !ok || !model.IsService(theirs) || !model.IsService(u.Service) {
			continue
		}
		if mine, seen := name[theirs]; seen && mine != u.Service {
			return false
		}
		name[theirs] = u.Service
	}
	return c.Services == len(b.v.ix.m.Services) && len(name) == c.Services
}

func sortedNames(m map[string][]string) []string {
	names := make([]string, 0, len(m))
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

func (b *pageBuilder) problems() {
	for _, list := range [][]model.Problem{b.v.ix.m.Problems, b.v.ix.m.Unresolved} {
		for _, p := range list {
			at := position(p.File, p.Line)
			if p.File == "" {
				at = b.v.ix.short(p.Package)
			}
			b.page.Problems = append(b.page.Problems, pageProblem{Code: p.Code, At: at, Message: strings.TrimSpace(p.Message), Cure: p.Cure})
		}
	}
}
