package bill

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// replicateSteps keep a copy of a table where it is read.
func (b *biller) replicateSteps(from, owner, table string, places []model.Evidence) []model.CureStep {
	what := table
	if columns := b.columnsOf(table); len(columns) > 0 && len(columns) <= mostColumns {
		what += " (" + strings.Join(columns, ", ") + ")"
	}
	return []model.CureStep{
		{Service: owner, Do: "publish each change of " + what + ", from an outbox, with the row's key and version"},
		{Service: from, Do: "keep a copy with the columns that are read here, filled once, and pass over events older than the row", Evidence: places},
		{Service: from, Do: "read the copy; where it must not be stale, ask " + owner + " by a call instead"},
	}
}

// mostColumns is how many columns of a table are named.
const mostColumns = 12

func (b *biller) columnsOf(table string) []string {
	for _, t := range b.in.Facts.Tables {
		if t.Name == table && len(t.Columns) > 0 {
			return t.Columns
		}
	}
	return nil
}

// ownerSteps leave a table to the one service that writes it.
func (b *biller) ownerSteps(from, owner, table string, places []model.Evidence) []model.CureStep {
	w := &work{verbs: map[string][]verb{}}
	for _, ev := range places {
		w.add(facts.TableAccess{Table: table, Evidence: ev})
	}
	return []model.CureStep{
		{Service: owner, Do: "add a function for each change that " + from + " makes: " + w.words(), Undo: w.undo()},
		{Service: from, Do: "call it here, or publish an event that " + owner + " subscribes to", Evidence: places},
		{Service: from, Do: "give up the right to write " + table},
	}
}

// batchSteps take a call out of its loop.
func batchSteps(s *callSite, from, to string) []model.CureStep {
	list := "all of them"
	if v := s.varying(); v != "" {
		list = strings.Trim(v, " ()")
	}
	var loops []model.Evidence
	for _, l := range s.loopList() {
		if !slices.Contains(loops, l.Loop) {
			loops = append(loops, l.Loop)
		}
	}
	return []model.CureStep{
		{Service: to, Do: "add a function beside " + shortRef(s.to) + " that takes " + list + " and gives the results by key"},
		{Service: from, Do: "collect what it needs before the loop, call it once, and look the results up inside", Evidence: loops},
	}
}

// manyCalls is from how many functions of one service, called by one function, a
// single one is worth while.
const manyCalls = 3

// mostAmong bounds the functions that a step names.
const mostAmong = 6

// talk is one function that calls several of another service.
type talk struct {
	from    facts.Ref
	service string
}

// talks are the functions of other services that each function calls by itself: no
// loops, transactions, values or goroutines, which have other cures.
func (b *biller) talks() map[talk][]facts.Ref {
	out := map[talk][]facts.Ref{}
	for _, i := range b.calls {
		c := &b.in.Facts.Calls[i]
		to := b.in.Service[c.To.Atom]
		if dataMethods[c.To.Method] || b.known.plain[c.To] || c.Mode == facts.Value || c.Callback || c.Go || c.InLoop || c.InTx {
			continue
		}
		k := talk{c.From, to}
		if !slices.Contains(out[k], c.To) {
			out[k] = append(out[k], c.To)
		}
	}
	for k, list := range out {
		if len(list) < manyCalls {
			delete(out, k)
			continue
		}
		slices.SortFunc(list, func(x, y facts.Ref) int { return strings.Compare(refID(x), refID(y)) })
	}
	return out
}

// oneCall says who makes so many calls that one should do, and the steps to it.
func (s *callSite) oneCall(from, to string) (why, cure string, steps []model.CureStep) {
	var names []string
	for _, r := range s.among[:min(len(s.among), mostAmong)] {
		names = append(names, shortRef(r))
	}
	if more := len(s.among) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	why = fmt.Sprintf("%s calls %d functions of %s", shortRef(s.talker), len(s.among), to)
	return why, "make it one call that does what they do together", []model.CureStep{
		{Service: to, Do: "add one function that does " + strings.Join(names, ", ") + " and gives all their results"},
		{Service: from, Do: "call it in " + shortRef(s.talker) + ", in place of those"},
	}
}

func eventSteps(from, to, name string) []model.CureStep {
	return []model.CureStep{
		{Service: from, Do: "publish an event in place of " + name + ", from an outbox where it must not be lost"},
		{Service: to, Do: "subscribe, and call " + name + " once for each event's id"},
	}
}
