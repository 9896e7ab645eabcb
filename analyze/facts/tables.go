package facts

import (
	"fmt"
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
}

// sqlSite is a call that takes SQL, seen from inside a chain of wrappers.
type sqlSite struct {
	chain []ssa.CallInstruction // outermost first
	sink  sink
	env   *env
}

// tables finds the accesses to tables in SQL.
func (e *extractor) tables() {
	e.tableComments()
	t := &tableFinder{e: e, seen: map[string]int{}, asked: map[ssa.Instruction]bool{}}
	for _, fn := range e.funcs {
		if e.ctx.Err() != nil {
			return
		}
		eachInstr(fn, func(in ssa.Instruction) {
			call, ok := in.(ssa.CallInstruction)
			if !ok {
				return
			}
			if s, ok := e.sinkOf(call); ok {
				t.site(sqlSite{chain: []ssa.CallInstruction{call}, sink: s})
			}
		})
	}
	e.finder = t
}

// tableFinder gathers accesses, one for a place, table and access.
type tableFinder struct {
	e     *extractor
	seen  map[string]int
	asked map[ssa.Instruction]bool // places already reported as not understood
}

// site resolves one SQL text, going to the callers when it comes from them.
func (t *tableFinder) site(s sqlSite) {
	if t.annotated(s) {
		return
	}
	r := &stringResolver{e: t.e, open: map[*ssa.Parameter]bool{}, active: map[ssa.Value]bool{}}
	texts := t.texts(r, s)
	understood, exact := false, true
	for _, text := range texts {
		st := readSQL(text)
		if s.sink.identifier {
			st = statement{verb: "COPY"}
			if name := strings.TrimSpace(text); !strings.Contains(name, hole) && name != "" {
				st.touch(name, model.Write)
			}
		}
		if st.verb == "" || st.verb == hole && len(st.access) == 0 || st.open {
			exact = false
			continue
		}
		understood = true
		t.statement(s, st, text, r.looked)
	}
	if understood && (exact || len(r.open) == 0) {
		return
	}
	if t.callers(s, r) || understood {
		return
	}
	t.ask(s, texts)
}

func (t *tableFinder) texts(r *stringResolver, s sqlSite) []string {
	if !s.sink.identifier {
		return r.texts(s.sink.value, s.env)
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
	if len(s.chain) > maxWrappers || !encloses(fn, outer) {
		return false
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
		t.add(s.chain, name, st.access[name], joined, conf, shortSQL(text))
	}
}

// add records an access at the outermost place of the chain.
func (t *tableFinder) add(chain []ssa.CallInstruction, table string, a model.Access, joined []string, conf model.Confidence, detail string) {
	at := chain[0]
	from, ok := t.e.refInstr(at)
	if !ok {
		return
	}
	ev := t.e.evidence(t.e.posOf(at), conf, detail)
	loop := false
	for _, c := range chain {
		loop = loop || t.e.inLoop(c)
	}
	key := fmt.Sprintf("%s\x00%s\x00%s:%d:%d", from, table, ev.File, ev.Line, ev.Column)
	if i, ok := t.seen[key]; ok {
		old := &t.e.out.Accesses[i]
		old.Access = merge(old.Access, a)
		old.InLoop = old.InLoop || loop
		old.Joined = unionSorted(old.Joined, joined)
		t.e.access = append(t.e.access, accessSite{i, chain})
		return
	}
	t.seen[key] = len(t.e.out.Accesses)
	t.e.access = append(t.e.access, accessSite{len(t.e.out.Accesses), chain})
	t.e.out.Accesses = append(t.e.out.Accesses, TableAccess{From: from, Table: table, Access: a, InLoop: loop, Joined: joined, Evidence: ev})
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

// ask lists a place whose SQL is not understood, with the comment that settles it.
func (t *tableFinder) ask(s sqlSite, texts []string) {
	if fromBuilder(s.sink.value) || t.documented(s) {
		return
	}
	what := "the SQL is built while the program runs"
	if len(texts) > 0 && !allHoles(texts) {
		what += ": " + shortSQL(texts[0])
	}
	t.askMessage(s, what)
}

func (t *tableFinder) askMessage(s sqlSite, what string) {
	at := s.chain[0]
	if t.asked[at] {
		return
	}
	t.asked[at] = true
	file, line, _ := t.e.p.Rel(t.e.posOf(at))
	from, _ := t.e.refInstr(at)
	t.e.unresolved(model.Problem{Code: "sql", File: file, Line: line, Package: packageOf(from),
		Message: what, Cure: "name the tables in a comment on this line or the one before: //ficus:table NAME rw (or r, w)"})
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
