package bill

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// verb is what a statement does to a table's rows.
type verb int

const (
	verbWrite verb = iota // not told
	verbInsert
	verbUpdate
	verbDelete
)

var verbNames = map[verb]string{verbWrite: "write", verbInsert: "insert into", verbUpdate: "update", verbDelete: "delete from"}

var (
	sqlVerb = regexp.MustCompile(`(?i)\b(insert|replace|merge|copy|update|delete|truncate)\b`)
	ormVerb = regexp.MustCompile(`^[a-z]\S* \w*?(Insert|Create|Upsert|Update|Save|Delete|Remove)`)
)

// verbOf reads the verb out of the evidence of a write: the statement, or the ORM's
// method.
func verbOf(detail string) verb {
	found := ormVerb.FindStringSubmatch(detail)
	if found == nil {
		found = sqlVerb.FindStringSubmatch(detail)
	}
	if found == nil {
		return verbWrite
	}
	switch strings.ToLower(found[1]) {
	case "insert", "create", "replace", "copy", "upsert":
		return verbInsert
	case "update", "save", "merge":
		return verbUpdate
	}
	return verbDelete
}

// work is what one service writes: verbs by table, and where.
type work struct {
	service  string
	verbs    map[string][]verb // table →
	tables   []string          // in the order of the code
	evidence []model.Evidence
}

func (w *work) add(a facts.TableAccess) {
	v := verbOf(a.Evidence.Detail)
	if w.verbs[a.Table] == nil {
		w.tables = append(w.tables, a.Table)
	}
	if !slices.Contains(w.verbs[a.Table], v) {
		w.verbs[a.Table] = append(w.verbs[a.Table], v)
		slices.Sort(w.verbs[a.Table])
	}
	if !slices.Contains(w.evidence, a.Evidence) && len(w.evidence) < maxEvidence {
		w.evidence = append(w.evidence, a.Evidence)
	}
}

// words is the work as a person says it: "insert into a, b, update c".
func (w *work) words() string { return joinByVerb(w, func(v verb) string { return verbNames[v] }) }

// undo is the compensation of the work, its tables in the opposite order.
func (w *work) undo() string {
	back := &work{verbs: w.verbs, tables: slices.Clone(w.tables)}
	slices.Reverse(back.tables)
	texts := map[verb]string{
		verbInsert: "delete, or mark cancelled, the rows inserted into %s",
		verbUpdate: "write the values from before back to %s (keep them with the step)",
		verbDelete: "unmark the rows of %s (mark them as deleted first, delete when all is done)",
		verbWrite:  "undo the write to %s",
	}
	var parts []string
	for _, v := range []verb{verbInsert, verbUpdate, verbDelete, verbWrite} {
		if tables := back.with(v); len(tables) > 0 {
			parts = append(parts, fmt.Sprintf(texts[v], strings.Join(tables, ", ")))
		}
	}
	return strings.Join(parts, "; ")
}

func (w *work) with(v verb) (tables []string) {
	for _, t := range w.tables {
		if slices.Contains(w.verbs[t], v) {
			tables = append(tables, t)
		}
	}
	return tables
}

func joinByVerb(w *work, name func(verb) string) string {
	var parts []string
	for _, v := range []verb{verbInsert, verbUpdate, verbDelete, verbWrite} {
		if tables := w.with(v); len(tables) > 0 {
			parts = append(parts, name(v)+" "+strings.Join(tables, ", "))
		}
	}
	return strings.Join(parts, ", ")
}

// workOf sorts written tables by the services that own them, in the order in which
// the code reaches them.
func (b *biller) workOf(accesses []facts.TableAccess) []*work {
	at := map[string]*work{}
	var out []*work
	for _, a := range accesses {
		owner := b.in.Service[model.TableID(a.Table)]
		if a.Access == model.Read || !model.IsService(owner) {
			continue
		}
		w := at[owner]
		if w == nil {
			w = &work{service: owner, verbs: map[string][]verb{}}
			at[owner] = w
			out = append(out, w)
		}
		w.add(a)
	}
	return out
}

// sagaSteps takes one transaction apart: the opener's part first, with the outbox, then
// a step for every other service, then the end. Each but the last can be taken back.
func (b *biller) sagaSteps(opener string, tx facts.Transaction) []model.CureStep {
	var accesses []facts.TableAccess
	for _, i := range tx.Reached {
		accesses = append(accesses, b.in.Facts.Accesses[i])
	}
	own, others := &work{service: opener}, []*work{}
	for _, w := range b.workOf(accesses) {
		if w.service == opener {
			own = w
		} else {
			others = append(others, w)
		}
	}
	if len(others) == 0 {
		return nil
	}
	where := place(tx.From)
	steps := []model.CureStep{{Service: opener, Do: "in " + where + ", write a message for " + others[0].service + " into an outbox", Evidence: []model.Evidence{tx.Evidence}}}
	if len(own.tables) > 0 {
		steps[0].Do = fmt.Sprintf("in %s, in one transaction: %s as pending, and a message for %s into an outbox", where, own.words(), others[0].service)
		steps[0].Undo, steps[0].Evidence = own.undo(), append(steps[0].Evidence, own.evidence...)
	}
	for i, w := range others {
		then := "answer " + opener
		if i+1 < len(others) {
			then = "message " + others[i+1].service + " by its own outbox"
		}
		steps = append(steps, model.CureStep{Service: w.service, Do: fmt.Sprintf("once for the message's id, in one transaction: %s; then %s", w.words(), then), Undo: w.undo(), Evidence: w.evidence})
	}
	done := "on the answer, close the saga"
	if len(own.tables) > 0 {
		done = "on the answer, take the mark of pending off " + strings.Join(own.tables, ", ")
	}
	return append(steps, model.CureStep{Service: opener, Do: done + "; on a refusal, run the compensations backwards. Where nobody can refuse, the outbox alone is enough"})
}

func place(r facts.Ref) string { return shortRef(r) }

// outboxSteps take a call out of its caller's transaction.
func (b *biller) outboxSteps(s *callSite, from, to string) []model.CureStep {
	name := shortRef(s.to)
	steps := []model.CureStep{
		{Service: from, Do: "where the result decides what is written, call " + name + " before the transaction begins", Evidence: s.evidence},
		{Service: from, Do: "else write a message for " + to + " into an outbox, in the same transaction, and send it after the commit", Evidence: nil},
	}
	for _, w := range b.workOf(b.behind(s.to, to)) {
		if w.service == to {
			return append(steps, model.CureStep{Service: to, Do: "once for the message's id, in one transaction of its own: " + w.words(), Undo: w.undo(), Evidence: w.evidence})
		}
	}
	return append(steps, model.CureStep{Service: to, Do: "do it once for the message's id"})
}

// behind are the accesses that a function reaches without leaving its service, nearest
// first.
func (b *biller) behind(fn facts.Ref, service string) []facts.TableAccess {
	reach := b.known.reach()
	var out []facts.TableAccess
	seen := map[facts.Ref]bool{fn: true}
	for queue := []facts.Ref{fn}; len(queue) > 0; queue = queue[1:] {
		for _, i := range reach.accesses[queue[0]] {
			out = append(out, b.in.Facts.Accesses[i])
		}
		for _, to := range reach.calls[queue[0]] {
			if home := b.in.Service[to.Atom]; !seen[to] && (home == service || home == model.Library) {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	return out
}

// reached is what functions call, each callee once, and access.
type reached struct {
	calls    map[facts.Ref][]facts.Ref
	accesses map[facts.Ref][]int
}

func reachedBy(f *facts.Facts) *reached {
	out := &reached{map[facts.Ref][]facts.Ref{}, map[facts.Ref][]int{}}
	seen := map[[2]facts.Ref]bool{}
	for _, c := range f.Calls {
		if k := [2]facts.Ref{c.From, c.To}; c.Mode != facts.Value && !c.Callback && !seen[k] {
			seen[k] = true
			out.calls[c.From] = append(out.calls[c.From], c.To)
		}
	}
	for i, a := range f.Accesses {
		out.accesses[a.From] = append(out.accesses[a.From], i)
	}
	return out
}

// compareTx orders transactions by where they are opened.
func compareTx(x, y facts.Transaction) int {
	return cmp.Or(compareEvidence(x.Evidence, y.Evidence), cmp.Compare(refID(x.From), refID(y.From)))
}
