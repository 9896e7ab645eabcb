package facts

import (
	"fmt"
	"go/types"
	"maps"
	"sort"
	"strings"

	"golang.org/x/tools/go/ssa"

	"github.com/ficus-dev/ficus/analyze/model"
)

// maxWrappers is how many functions of the module SQL may pass on its way to the
// database.
const maxWrappers = 3

// accessSite remembers the calls behind an access, the outermost first.
type accessSite struct {
	index int // in Facts.Accesses
	chain []ssa.CallInstruction
	sole  ssa.Instruction // the one place that gives the table's name, if it is elsewhere
	giver ssa.Instruction // one of several places that give it
	built bool            // by a query builder: another call runs it
}

// sqlSite is a call that takes SQL, seen from inside a chain of wrappers.
type sqlSite struct {
	chain []ssa.CallInstruction // outermost first
	sink  sink
	env   *env
	// giver is where the name of the table was given to shared code; nil: nowhere else.
	giver ssa.Instruction
	sole  ssa.Instruction // the same, where only one place gives it
	// guessed: the text is one of several that its name stands for.
	guessed bool
}

// tables finds the accesses to tables in SQL.
func (e *extractor) tables() {
	e.tableComments()
	t := e.tableFinder()
	e.bodies(func(in ssa.Instruction) {
		if call, ok := in.(ssa.CallInstruction); ok {
			if s, ok := e.sinkOf(call); ok {
				t.site(sqlSite{chain: []ssa.CallInstruction{call}, sink: s})
			} else if s, ok := e.statementSink(call); ok {
				t.site(sqlSite{chain: []ssa.CallInstruction{call}, sink: s})
			} else {
				t.collections(call)
				t.dynamo(call)
			}
		} else if st, ok := in.(*ssa.Store); ok {
			t.keptSchema(st)
		}
	})
}

// tableFinder makes the finder, or gives the one that was made.
func (e *extractor) tableFinder() *tableFinder {
	if e.finder == nil {
		e.finder = &tableFinder{e: e, seen: map[string]int{}, asked: map[ssa.Instruction]bool{}, sites: map[ssa.Instruction]*DataSite{}}
	}
	return e.finder
}

// tableFinder gathers accesses, one for a place, table and access.
type tableFinder struct {
	e     *extractor
	seen  map[string]int
	asked map[ssa.Instruction]bool // places already reported as not understood
	sites map[ssa.Instruction]*DataSite
	known map[string]bool // names of tables, see knownTable
}

// site resolves one SQL text, going to the callers when it comes from them.
func (t *tableFinder) site(s sqlSite) {
	if t.annotated(s) {
		t.mark(s.chain[0], s.sink.library(), SiteDeclared, "", false)
		return
	}
	resolve := func(r *stringResolver) []string { return t.texts(r, s) }
	r := t.e.resolver(nil)
	texts := resolve(r)
	s.sole, s.guessed = r.sole, r.guessed && !s.sink.agree(texts)
	if s.sink.prepared && !r.kept() {
		t.callers(s, r)
		return
	}
	texts, cut := t.withoutPrefix(texts)
	c := &chooser{e: t.e, resolve: resolve, key: s.sink.tables, gives: s.gives}
	if !cut && t.instances(s, c.instances(r)) {
		return
	}
	if s.sink.anything(texts) {
		if t.ofOwners(s, resolve) {
			return
		}
		t.askAt(s.chain[0], s.sink.library(), fmt.Sprintf("the table is one of %d or more that are given elsewhere", len(texts)), true)
		return
	}
	understood, exact := false, true
	for _, text := range texts {
		if t.read(s, text, r.looked) {
			understood = true
		} else {
			exact = false
		}
	}
	if understood && (exact || len(r.open) == 0) {
		return
	}
	if t.callers(s, r) || understood {
		return
	}
	t.ask(s, texts)
}

// ofOwners goes on in the callers of a function that is given a struct with the table's
// name in a field: there it is known which.
func (t *tableFinder) ofOwners(s sqlSite, resolve func(*stringResolver) []string) bool {
	r := t.e.resolver(nil)
	r.owners = true
	resolve(r)
	return t.callers(s, r)
}

// maxTables is how many tables one text may be about, each on another way: what may be
// any of more says nothing about who shares them.
const maxTables = 12

// gives tells data from names: of many values that a field or parameter has, only those
// that stores are made with.
func (s sqlSite) gives(_ types.Object, list []offer) bool {
	return len(list) <= maxTables || namesStore(s.chain, list)
}

// anything tells whether texts are about so many tables.
func (s sink) anything(texts []string) bool {
	if len(texts) <= maxTables {
		return false
	}
	seen := map[string]bool{}
	for _, text := range texts {
		seen[s.tables([]string{text})] = true
	}
	return len(seen) > maxTables
}

// agree tells whether texts do the same to the same tables, as those of several
// dialects do.
func (s sink) agree(texts []string) bool {
	for i := 1; i < len(texts); i++ {
		if !maps.Equal(s.read(texts[0]).access, s.read(texts[i]).access) {
			return false
		}
	}
	return true
}

// instances reads a text for each who gives it a name; false if it is understood
// for none.
func (t *tableFinder) instances(s sqlSite, list []instance) bool {
	var missed []ssa.Instruction
	found := false
	for _, in := range list {
		s.giver = in.giver
		if !t.e.runsFor(in.giver, s.chain[len(s.chain)-1].Parent()) {
			found = true // for others
			continue
		}
		any := false
		for _, text := range in.texts {
			any = !s.sink.anything(in.texts) && t.read(s, text, true) || any
		}
		found = found || any
		if !any {
			missed = append(missed, in.giver)
		}
	}
	for _, at := range missed {
		if found {
			t.askAt(at, s.sink.library(), "the table's name that is given here is built while the program runs", true)
		}
	}
	return found
}

// read takes the tables of one text; false if a table's name is not known.
func (t *tableFinder) read(s sqlSite, text string, looked bool) bool {
	st := s.sink.read(text)
	if st.verb == "" && !strings.Contains(text, hole) && strings.ContainsAny(strings.TrimSpace(text), " \t\n") {
		// All of it is known, and it is no statement about tables: FLUSH LOGS, a part of
		// one that is put into another.
		t.mark(s.chain[0], s.sink.library(), SiteNoTable, "", false)
		return true
	}
	if st.verb == "" || st.verb == hole && len(st.access) == 0 || st.open {
		return false
	}
	t.statement(s, st, text, looked)
	state := SiteResolved
	if len(st.access)+len(st.defs) == 0 {
		state = SiteNoTable
	}
	t.mark(s.chain[0], s.sink.library(), state, "", false)
	return true
}

func (t *tableFinder) texts(r *stringResolver, s sqlSite) []string {
	r.statement = true
	r.named = s.sink.keyword == "" && !s.sink.identifier && !s.sink.collection
	r.handles = s.sink.collection
	if !s.sink.identifier {
		out := r.filled(r.texts(s.sink.value, s.env), s.sink.names, s.env)
		if named := r.lookUp(out); named != nil {
			return named
		}
		return out
	}
	v := s.sink.value
	if c, ok := v.(*ssa.ChangeType); ok {
		v = c.X
	}
	items := sliceItems(v)
	if len(items) == 0 {
		return []string{hole}
	}
	return r.texts(items[len(items)-1], s.env)
}

// callers goes on in the callers of the function whose parameter is unknown. It
// says whether the place itself needs no mention: it is a wrapper.
func (t *tableFinder) callers(s sqlSite, r *stringResolver) bool {
	if len(r.open) == 0 {
		return false
	}
	outer := s.chain[0].Parent()
	var fn *ssa.Function
	for p := range r.open {
		if fn == nil || t.e.lessFunc(p.Parent(), fn) {
			fn = p.Parent()
		}
	}
	if !encloses(fn, outer) {
		return false
	}
	if len(s.chain) > maxWrappers {
		return t.shorter(s)
	}
	callers := t.e.caller[fn]
	for _, call := range callers {
		if inChain(s.chain, call) {
			continue
		}
		chain := append([]ssa.CallInstruction{call}, s.chain...)
		t.site(sqlSite{chain: chain, sink: s.sink, env: appendEnv(s.env, bind(call, fn, nil))})
	}
	return len(callers) > 0 || isExportedFunc(fn)
}

// shorter tells whether a chain of wrappers runs through a call that takes SQL itself,
// as an interface of the module for its database does: it is followed from there.
func (t *tableFinder) shorter(s sqlSite) bool {
	for _, call := range s.chain[:len(s.chain)-1] {
		if _, ok := t.e.sinkOf(call); ok {
			return true
		}
	}
	return false
}

func inChain(chain []ssa.CallInstruction, call ssa.CallInstruction) bool {
	for _, c := range chain {
		if c == call {
			return true
		}
	}
	return false
}

// encloses tells whether inner is fn or an anonymous function inside it.
func encloses(fn, inner *ssa.Function) bool {
	for ; inner != nil; inner = inner.Parent() {
		if inner == fn {
			return true
		}
	}
	return false
}

func isExportedFunc(fn *ssa.Function) bool {
	return fn.Parent() == nil && fn.Object() != nil
}

// appendEnv hangs an environment on top of the outermost one.
func appendEnv(inner, outer *env) *env {
	if inner == nil {
		return outer
	}
	return &env{args: inner.args, up: appendEnv(inner.up, outer)}
}

func (t *tableFinder) statement(s sqlSite, st statement, text string, looked bool) {
	for i := range st.defs {
		st.defs[i].Evidence = t.e.evidence(t.e.posOf(s.chain[0]), model.Proved, "CREATE TABLE "+st.defs[i].Name)
		t.e.out.Tables = append(t.e.out.Tables, st.defs[i])
	}
	t.e.altered = append(t.e.altered, st.altered...)
	t.e.renames = append(t.e.renames, st.renames...)
	names := st.tables()
	for _, name := range names {
		var joined []string
		for _, o := range names {
			if o != name {
				joined = append(joined, o)
			}
		}
		conf := model.Proved
		if looked || len(s.chain) > 1 || strings.Contains(text, hole) {
			conf = model.Resolved
		}
		if s.guessed {
			conf = model.Guessed
		}
		t.add(s, name, st.access[name], joined, conf, shortSQL(text))
	}
}

// add records an access at the outermost place of the chain, or, of shared code
// that is given the table's name, where it is given.
func (t *tableFinder) add(s sqlSite, table string, a model.Access, joined []string, conf model.Confidence, detail string) {
	at := s.chain[0]
	from, ok := t.e.refInstr(at)
	if !ok {
		return
	}
	acc := TableAccess{From: from, Table: table, Access: a, Joined: joined, Evidence: t.e.evidence(t.e.posOf(at), conf, detail)}
	t.onBehalf(&acc, s)
	for _, c := range s.chain {
		acc.InLoop = acc.InLoop || t.e.inLoop(c)
	}
	key := fmt.Sprintf("%s\x00%s\x00%s\x00%s:%d:%d", from, acc.For, table, acc.Evidence.File, acc.Evidence.Line, acc.Evidence.Column)
	if i, ok := t.seen[key]; ok {
		old := &t.e.out.Accesses[i]
		old.Access = merge(old.Access, a)
		old.InLoop = old.InLoop || acc.InLoop
		old.Joined = unionSorted(old.Joined, joined)
		t.e.access = append(t.e.access, s.access(i))
		return
	}
	t.seen[key] = len(t.e.out.Accesses)
	t.e.access = append(t.e.access, s.access(len(t.e.out.Accesses)))
	t.e.out.Accesses = append(t.e.out.Accesses, acc)
}

// access remembers the site of an access.
func (s sqlSite) access(index int) accessSite {
	return accessSite{index: index, chain: s.chain, sole: s.sole, giver: s.giver, built: s.sink.keyword != ""}
}

// onBehalf says for whom shared code accesses a table: who gave it the table's
// name, or the type that an instance of generic code is made for.
func (t *tableFinder) onBehalf(acc *TableAccess, s sqlSite) {
	if s.giver == nil {
		if ref, ok := t.e.typeArgument(s.chain[0].Parent()); ok && ref.Atom != acc.From.Atom {
			acc.For = ref
		}
		return
	}
	ref, at := t.e.giverOf(s.giver)
	if ref.Atom == "" || ref.Atom == acc.From.Atom {
		return
	}
	acc.For = ref
	acc.Evidence = t.e.evidence(at, model.Resolved, acc.Evidence.Detail)
}

func unionSorted(a, b []string) []string {
	out := append(append([]string{}, a...), b...)
	sort.Strings(out)
	out = compact(out)
	if len(out) == 0 {
		return nil
	}
	return out
}

// given is the text as the outermost caller has it: a wrapper's parameter is what it
// is called with.
func (s sqlSite) given() ssa.Value {
	v := s.sink.value
	for i := len(s.chain) - 2; i >= 0; i-- {
		p := paramOf(v)
		if p == nil {
			break
		}
		a := bind(s.chain[i], p.Parent(), nil).args[p]
		if a == nil {
			break
		}
		v = a
	}
	return v
}

func packageOf(r Ref) string {
	if i := strings.LastIndexByte(r.Atom, '.'); i > 0 {
		return r.Atom[:i]
	}
	return ""
}

// shortSQL writes a text on one line, holes as …, cut at 120 runes.
func shortSQL(text string) string {
	s := strings.Join(strings.Fields(strings.ReplaceAll(text, hole, "…")), " ")
	if r := []rune(s); len(r) > 120 {
		return string(r[:119]) + "…"
	}
	return s
}
