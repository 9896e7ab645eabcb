package bill

import (
	"strings"

	"github.com/ficus-dev/ficus/analyze/facts"
)

// The price list; the package comment is its text.
const (
	callBase      = 1.0
	fieldPrice    = 0.05
	fieldsMost    = 1.0
	noErrorPrice  = 1.0
	noCtxPrice    = 0.5
	inTxPrice     = 3.0
	furtherCaller = 0.2
	loopFactor    = 3.0
	outerFactor   = 2.0
	hoistFactor   = 1.5
	measuredMost  = 8.0
	registerPrice = 0.5
	movePrice     = 1.0
	plainPrice    = 0.2

	txWrite     = 10.0
	txMoreTable = 3.0
	txRead      = 2.0

	tableWrite = 8.0
	tableRead  = 3.0
	tableJoin  = 5.0
	furtherUse = 1.0
	foreignKey = 1.0

	sharedWrite = 6.0
	sharedRead  = 2.0
	topicUse    = 0.5

	stateWrite = 8.0
	stateStale = 4.0
	stateRead  = 2.0
	initEntry  = 2.0

	typeAPI          = 0.5
	typeInside       = 0.25
	constUse         = 0.05
	ownTypeBase      = 2.0
	ownTypeMethod    = 0.25
	ownTypeInterface = 0.5
	errorTest        = 0.5
)

// remedy is what is wrong with one thing, and what to do about it.
type remedy struct {
	points float64
	kind   string // of the cure
	why    string
	cure   string
}

// obstacles are the remedies by facts.Obstacle.Kind.
var obstacles = map[string]remedy{
	"transaction":   {8, CureTogether, "runs in its caller's transaction", "keep together, or let the caller's side write an outbox"},
	"channel":       {6, CureAdapter, "hands a channel across", "stream it, or turn it into an event"},
	"handle":        {6, CureTogether, "hands a handle of this process across", "pass the data instead of the handle, or keep the function with its caller"},
	"callback":      {4, CureAdapter, "takes a callback", "return the results, or stream them"},
	"interface":     {3, CureAdapter, "carries an interface", "carry the closed set of its implementations, or their data"},
	"alias":         {2, CureReturn, "goes on sharing with its caller what one of them changes later", "give back what changed, or ask for it anew"},
	"mutated":       {3, CureReturn, "changes its argument", "return the changed value"},
	"stream":        {2, CureStream, "carries a stream", "make it a streaming call"},
	"generic":       {2, CureAdapter, "is generic", "one method for each instance that is used"},
	"unexported":    {2, CureAdapter, "carries a type with unexported fields", "add an adapter that copies what the type means"},
	"context-value": {2, CureAdapter, "reads a value from the context", "carry it as metadata, or as a parameter"},
	"options":       {1, CureAdapter, "takes functional options", "carry the options as fields"},
}

// The remedies of comparisons that a copy does not survive by itself.
var (
	comparedNil     = remedy{points: 0.5, kind: CurePresence, cure: "carried: the facade keeps nil apart from empty; a wire of your own needs a flag for it"}
	comparedTime    = remedy{points: 0.5, kind: CureCompare, cure: "compare with Equal: a time that crossed has no monotonic clock, and may have another location"}
	comparedPointer = remedy{points: 1, kind: CureCompare, cure: "compare keys: what crossed is a copy with an address of its own"}
)

// unknownObstacle is for kinds that facts may add later.
var unknownObstacle = remedy{2, CureAdapter, "carries what a wire does not", "add an adapter"}

func remedyOf(kind string) remedy {
	if r, ok := obstacles[kind]; ok {
		return r
	}
	return unknownObstacle
}

// direction turns "takes" around for what comes out of a function.
func direction(why, path string) string {
	if rest, ok := strings.CutPrefix(why, "takes "); ok && strings.HasPrefix(path, "result") {
		return "returns " + rest
	}
	return why
}

// surfacePrice is what making a function remote costs, with the dearest thing
// about it.
func surfacePrice(s *facts.Surface) (points float64, worst remedy) {
	points = callBase
	if s == nil {
		return points, remedy{}
	}
	points += min(fieldsMost, fieldPrice*float64(s.Fields))
	seen := map[string]bool{}
	for _, o := range s.Obstacles {
		r := remedyOf(o.Kind)
		if r.points > worst.points {
			worst = r
			if o.Path != "" {
				worst.why = direction(worst.why, o.Path) + " (" + o.Path + ")"
			}
		}
		if !seen[o.Kind] { // one cure serves all of a kind
			seen[o.Kind] = true
			points += r.points
		}
	}
	if !s.Error {
		points += noErrorPrice
	}
	if !s.Context {
		points += noCtxPrice
	}
	return points, worst
}
