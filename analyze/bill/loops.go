package bill

import (
	"math"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/coupling"
	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// repeat notes the loop around one call: the nearest in what runs for a service.
// Loops of roots fill in data when the program starts, those of tests' helpers for
// tests.
func (b *biller) repeat(s *callSite, c facts.Call) {
	for _, r := range c.Repeats {
		if home := b.in.Service[r.In.Atom]; r.Cure == facts.RepeatOuter && !model.IsService(home) && home != model.Library {
			continue
		}
		s.loops = append(s.loops, model.Loop{Cure: coupling.RepeatName(r.Cure), Loop: r.Loop, Call: c.Evidence, Varies: r.Varies, Via: r.Via})
		return
	}
}

// loopKinds are the dearest first, with what a call in such a loop costs more.
var loopKinds = []struct {
	cure   string
	factor float64
}{
	{"batch", loopFactor}, {"serial", loopFactor}, {"other", loopFactor}, {"outer", outerFactor}, {"hoist", hoistFactor},
}

// repeats is the dearest kind of loop around the site's calls, empty when none is.
func (s *callSite) repeats() string {
	for _, k := range loopKinds {
		if slices.ContainsFunc(s.loops, func(l model.Loop) bool { return l.Cure == k.cure }) {
			return k.cure
		}
	}
	if s.inLoop {
		return "other"
	}
	return ""
}

// factor is by how much repetition makes a call dearer: as measured, else as its
// loops tell.
func (s *callSite) factor() float64 {
	if n := s.measured.PerRequest; n > 0 {
		return min(measuredMost, 1+math.Log2(max(1, n)))
	}
	kind := s.repeats()
	for _, k := range loopKinds {
		if k.cure == kind {
			return k.factor
		}
	}
	return 1
}

// flows are the calls that traces have.
func (b *biller) flows() map[[2]facts.Ref]facts.Flow {
	out := map[[2]facts.Ref]facts.Flow{}
	for _, f := range b.in.Facts.Measured.Flows {
		if f.PerRequest > 0 {
			out[[2]facts.Ref{f.From, f.To}] = f
		}
	}
	return out
}

// loopWords says how a call repeats, and its cure.
func (s *callSite) loopWords(name string) (why, cure, kind string) {
	inTx := ""
	if s.inTx {
		inTx = " inside a transaction"
	}
	switch cures := s.repeats(); {
	case cures == "hoist":
		return name + " is called in a loop" + inTx + ", with the same arguments each time", "hoist: call it once before the loop", CureHoist
	case s.inTx:
		return name + " is called in a loop inside a transaction", "fetch what it needs in one call before the transaction begins", CureBatch
	case cures == "serial":
		return name + " is called in a loop, each time with what it gave before", "move the loop: one call that runs all of it on the other side", CureBatch
	case cures == "outer":
		return name + " is called in a loop around its callers", "batch: make the call where the loop is, one that takes all of them", CureBatch
	case cures == "batch":
		return name + " is called in a loop", "batch: one call that takes all of them" + s.varying(), CureBatch
	}
	return name + " is called in a loop", "batch: one call that takes all of them", CureBatch
}

// varying names the one parameter that a batch would have as a list, if it is one.
func (s *callSite) varying() string {
	var names []string
	for _, l := range s.loops {
		if l.Cure == "batch" {
			names = append(names, l.Varies...)
		}
	}
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), func(n string) bool { return n == "_" || n == "receiver" })
	if len(names) == 0 || len(names) > 3 {
		return ""
	}
	return " (a list of " + strings.Join(names, ", ") + ")"
}

// maxLoops bounds the loops listed of one crossing.
const maxLoops = 5

// loopList is the site's loops, sorted and bounded.
func (s *callSite) loopList() []model.Loop {
	loops := slices.Clone(s.loops)
	slices.SortStableFunc(loops, func(x, y model.Loop) int { return compareEvidence(x.Call, y.Call) })
	return loops[:min(len(loops), maxLoops)]
}
