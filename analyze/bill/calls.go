package bill

import (
	"cmp"
	"slices"

	"github.com/ficus-dev/ficus/analyze/facts"
	"github.com/ficus-dev/ficus/analyze/model"
)

// callSite gathers the calls of one function from one atom.
type callSite struct {
	from     string
	to       facts.Ref
	inLoop   bool
	loops    []model.Loop // that repeat it, also around its callers
	measured facts.Flow   // how often traces have it, if they do
	inTx     bool
	value    bool      // never called from there, only handed on as a value
	callback bool      // the callee's side handed it to the caller before
	starts   string    // what the value is registered as: "cron job @daily", or empty
	through  string    // interface of the caller's package that all calls go through
	started  bool      // only ever started with go: nobody waits for it
	talker   facts.Ref // a caller that calls several functions of the service: among
	among    []facts.Ref
	evidence []model.Evidence
	ranked   int // see rank
}

// billCalls prices every function that another service calls: the first caller of
// each service pays for it, loops and transactions before plain places.
func (b *biller) billCalls() {
	sites := b.callSites()
	paid := map[[3]string]bool{} // caller's service, callee
	for _, s := range sites {
		from, to, _ := b.cuts(s.from, s.to.Atom)
		key := [3]string{from, s.to.Atom, s.to.Method}
		first := !paid[key]
		paid[key] = true
		if b.known.plain[s.to] {
			b.add(plainCrossing(s, from, to, first))
			continue
		}
		b.add(b.callCrossing(s, from, to, first))
	}
}

func (b *biller) callSites() []*callSite {
	registered, starts, seams, flows, talks := b.registered(), b.known.starts, b.known.seams, b.flows(), b.talks()
	type key struct {
		from string
		to   facts.Ref
	}
	at := map[key]*callSite{}
	var sites []*callSite
	for _, i := range b.calls {
		c := &b.in.Facts.Calls[i]
		if dataMethods[c.To.Method] {
			continue
		}
		to := b.in.Service[c.To.Atom]
		k := key{c.From.Atom, c.To}
		s := at[k]
		if s == nil {
			s = &callSite{from: c.From.Atom, to: c.To, value: true, callback: true, started: true, starts: starts[registration{c.From.Atom, c.To}],
				through: seams.of(c.From.Atom, c.To.Atom)}
			at[k] = s
			sites = append(sites, s)
		}
		s.inLoop = s.inLoop || c.InLoop
		if f := flows[[2]facts.Ref{c.From, c.To}]; f.PerRequest > s.measured.PerRequest {
			s.measured = f
		}
		b.repeat(s, *c)
		if among := talks[talk{c.From, to}]; len(among) > len(s.among) {
			s.talker, s.among = c.From, among
		}
		s.started = s.started && c.Go
		s.inTx = s.inTx || c.InTx
		s.value = s.value && c.Mode == facts.Value
		s.callback = s.callback && c.Mode == facts.Dynamic && registered[[2]int32{b.home.of[b.known.calls[i][1]], b.known.calls[i][0]}]
		if c.Mode != facts.Dynamic || c.Callback {
			s.through = ""
		}
		s.evidence = append(s.evidence, c.Evidence)
	}
	for _, s := range sites {
		s.ranked = s.rank()
	}
	slices.SortFunc(sites, func(x, y *callSite) int {
		return cmp.Or(y.ranked-x.ranked, cmp.Compare(x.from, y.from), cmp.Compare(x.to.Atom, y.to.Atom), cmp.Compare(x.to.Method, y.to.Method))
	})
	return sites
}

// dataMethods go with the data they describe: both sides have them.
var dataMethods = map[string]bool{
	"Error": true, "Unwrap": true, "Is": true, "As": true, "String": true, "GoString": true, "Scan": true, "Value": true,
	"MarshalJSON": true, "UnmarshalJSON": true, "MarshalText": true, "UnmarshalText": true,
}

// registered tells which atoms a service calls by name: what such an atom calls
// back dynamically in that service was handed to it.
func (b *biller) registered() map[[2]int32]bool {
	out := map[[2]int32]bool{}
	for _, i := range b.calls {
		if b.in.Facts.Calls[i].Mode != facts.Dynamic {
			ends := b.known.calls[i]
			out[[2]int32{b.home.of[ends[0]], ends[1]}] = true
		}
	}
	return out
}

// rank orders sites by what they cost.
func (s *callSite) rank() int {
	n := 0
	if s.repeats() != "" {
		n += int(2 * s.factor())
	}
	if s.inTx {
		n++
	}
	return n
}

func (b *biller) callCrossing(s *callSite, from, to string, first bool) model.Crossing {
	c := model.Crossing{Kind: model.CouplingCall, From: s.from, To: s.to.Atom, FromService: from, ToService: to,
		Callee: refID(s.to), Through: s.through, InLoop: s.repeats() != "", Loops: s.loopList(), PerRequest: model.Round(s.measured.PerRequest), Entry: s.measured.Entry, InTx: s.inTx, Evidence: s.evidence}
	points, worst := callBase*furtherCaller, remedy{}
	switch {
	case s.callback, s.started && first:
		points = callBase
	case s.value && s.starts != "":
		points = registerPrice
	case first && b.misplaced(s, from):
		points = movePrice / s.factor() // at home a loop costs nothing
	case first:
		points, worst = surfacePrice(b.known.surface[s.to])
		if s.inTx {
			points += inTxPrice
		}
	}
	c.Price = points * s.factor()
	w := b.callWords(s, worst, first, from, to)
	c.Why, c.Cure, c.CureKind = w.why, w.cure, w.kind
	if first || s.callback || w.kind == CureOne {
		c.Steps = w.steps
	}
	return c
}

// plainCrossing is a call of what works on its arguments alone: no wire is needed, the
// caller links it too, as often as it likes.
func plainCrossing(s *callSite, from, to string, first bool) model.Crossing {
	price := plainPrice
	if !first {
		price *= furtherCaller
	}
	return model.Crossing{Kind: model.CouplingCall, From: s.from, To: s.to.Atom, FromService: from, ToService: to,
		Callee: refID(s.to), Price: price, Why: shortRef(s.to) + " works on what it is handed alone",
		Cure: "link it on both sides, or keep it in a library", CureKind: CureCopy, Evidence: s.evidence}
}

// words say what is wrong with a call, and what to do about it.
type words struct {
	why, cure, kind string
	steps           []model.CureStep
}

// callWords says the dearest thing about a call, and its cure.
func (b *biller) callWords(s *callSite, worst remedy, first bool, from, to string) words {
	name := shortRef(s.to)
	switch {
	case s.callback:
		return words{why: shortID(s.from) + " calls back into " + name, cure: "turn it into an event that the other side subscribes to", kind: CureEvent, steps: eventSteps(from, to, name)}
	case s.value && s.starts != "":
		return words{why: name + " is registered from the other side as " + s.starts, cure: "move the registration to where it runs", kind: CureMove}
	case first && b.misplaced(s, from):
		return words{why: "nothing of " + to + " hangs together with " + shortID(s.to.Atom), cure: "move it to " + from + ", who alone uses it", kind: CureMove}
	case worst.points >= inTxPrice && worst.kind != "":
		return words{why: name + " " + worst.why, cure: worst.cure, kind: worst.kind}
	case s.repeats() != "":
		w := words{}
		if w.why, w.cure, w.kind = s.loopWords(name); w.kind == CureBatch {
			w.steps = batchSteps(s, from, to)
		}
		return w
	case s.inTx:
		return words{why: name + " is called inside a transaction", cure: "call it before the transaction begins, or after it by an outbox", kind: CureSaga, steps: b.outboxSteps(s, from, to)}
	case worst.kind != "":
		return words{why: name + " " + worst.why, cure: worst.cure, kind: worst.kind}
	case s.started:
		return words{why: name + " is started in a goroutine, and nobody waits for it", cure: "publish an event that " + to + " subscribes to", kind: CureEvent, steps: eventSteps(from, to, name)}
	case s.value:
		return words{why: name + " is handed over as a value", cure: "register it where it lives, and call it remotely", kind: CureRemote}
	case len(s.among) > 0:
		why, cure, steps := s.oneCall(from, to)
		return words{why, cure, CureOne, steps}
	case !first:
		return words{why: "one more place calls " + name, cure: "the facade serves it as well", kind: CureRemote}
	}
	cure := "the facade makes the call; give it a deadline"
	if s.through != "" {
		cure = "hand the facade to your own " + shortID(s.through) + ", and give it a deadline"
	}
	return words{why: name + " becomes a remote call" + b.lacks(s.to), cure: cure, kind: CureRemote}
}

// lacks names what a signature should have for a call that can fail or hang.
func (b *biller) lacks(to facts.Ref) string {
	s := b.known.surface[to]
	switch {
	case s == nil || s.Context && s.Error:
		return ""
	case !s.Context && !s.Error:
		return ", but takes no context and returns no error"
	case !s.Error:
		return ", but returns no error"
	}
	return ", but takes no context"
}

// refID names a function or method as model.Route.Handler does.
func refID(r facts.Ref) string {
	if r.Method == "" {
		return r.Atom
	}
	return r.Atom + "." + r.Method
}

// shortRef is refID with the last folder of the package only: orders.Service.Place.
func shortRef(r facts.Ref) string { return shortID(refID(r)) }

func shortID(id string) string {
	for i := len(id) - 1; i >= 0; i-- {
		if id[i] == '/' {
			return id[i+1:]
		}
	}
	return id
}
