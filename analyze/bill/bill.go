package bill

import (
	"cmp"
	"slices"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// The kinds of cures, as model.Crossing.CureKind has them.
const (
	CureRemote    = "remote"    // make it a call: the facade does it
	CureOne       = "one"       // one call in place of several
	CureEvent     = "event"     // publish, and let the other side subscribe
	CureBatch     = "batch"     // one call for many
	CureHoist     = "hoist"     // one call before the loop
	CureReplicate = "replicate" // copy what is read
	CureOwner     = "owner"     // ask the owner, who alone writes
	CureSaga      = "saga"      // steps and their compensation, or an outbox
	CureTogether  = "together"  // do not cut here
	CureReturn    = "return"    // give back what was changed
	CureStream    = "stream"    // a streaming call
	CureAdapter   = "adapter"   // copy by hand what a wire cannot
	CureDTO       = "dto"       // carry the data
	CureError     = "error"     // carried as a status
	CureDrop      = "drop"      // a constraint that has to go
	CureCopy      = "copy"      // repeat it on both sides
	CurePresence  = "presence"  // carry that a list is there, beside what is in it
	CureCompare   = "compare"   // compare what a copy keeps
	CureOwnType   = "own-type"  // of the methods of a type that is split
	CureMove      = "move"      // put it on the other side
	CureRegister  = "register"  // enter it, or its facade, where the other side starts
)

// Input is a partition and the facts that it cuts through.
type Input struct {
	Facts *facts.Facts
	// Known is Know(Facts), where many partitions are billed; nil: found anew.
	Known *Known
	// Service gives the service or role of every atom and table, by atom ID.
	Service map[string]string
	// Services are all services.
	Services []string
}

// Crossings finds everything that the boundaries cut, sorted by ID.
func Crossings(in Input) []model.Crossing {
	b := newBiller(in)
	b.billCalls()
	b.billUses()
	b.ownTypes()
	b.errorTests()
	b.comparisons()
	b.states()
	b.initEffects()
	b.tables()
	b.references()
	b.transactions()
	b.resources()
	for i := range b.out {
		b.out[i].Price = model.Round(b.out[i].Price)
	}
	return byID(b.out)
}

// byID sorts crossings, and keeps the first of an ID: a table may be defined twice.
func byID(crossings []model.Crossing) []model.Crossing {
	order := make([]int, len(crossings))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int { return cmp.Or(cmp.Compare(crossings[x].ID, crossings[y].ID), x-y) })
	out := make([]model.Crossing, 0, len(crossings))
	for _, i := range order {
		if n := len(out); n == 0 || out[n-1].ID != crossings[i].ID {
			out = append(out, crossings[i])
		}
	}
	return out
}

// Bills gives every service the crossings that touch it, dearest first.
func Bills(in Input, crossings []model.Crossing) []model.Bill {
	bills := make([]model.Bill, 0, len(in.Services))
	for _, s := range slices.Sorted(slices.Values(in.Services)) {
		bill := model.Bill{Service: s, Crossings: []model.Crossing{}}
		into, outOf := map[string]bool{}, map[string]bool{}
		for _, c := range crossings {
			if c.FromService != s && c.ToService != s {
				continue
			}
			bill.Crossings = append(bill.Crossings, c)
			bill.Price += c.Price
			switch {
			case c.Kind != model.CouplingCall, c.CureKind == CureCopy: // no call over the wire
			case c.ToService == s:
				into[c.Callee] = true
			default:
				outOf[c.Callee] = true
			}
		}
		bill.Price, bill.In, bill.Out = model.Round(bill.Price), len(into), len(outOf)
		slices.SortFunc(bill.Crossings, byPrice)
		bill.Cures = model.SumByCure(bill.Crossings)
		bills = append(bills, bill)
	}
	return bills
}

func byPrice(x, y model.Crossing) int {
	return cmp.Or(cmp.Compare(y.Price, x.Price), cmp.Compare(x.ID, y.ID))
}

// Total is the price of all crossings, each counted once.
func Total(crossings []model.Crossing) float64 {
	sum := 0.0
	for _, c := range crossings {
		sum += c.Price
	}
	return model.Round(sum)
}
