package bill

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// maxEvidence bounds the places listed of one crossing.
const maxEvidence = 12

type biller struct {
	in    Input
	known *Known
	home  homes
	calls []int // between services, indexes of Facts.Calls
	uses  []int // of Facts.Uses
	out   []model.Crossing

	lonelyOf []int32 // made when first asked for
}

func newBiller(in Input) *biller {
	b := &biller{in: in, known: in.Known}
	if b.known == nil {
		b.known = Know(in.Facts)
	}
	b.home = b.known.homes(in.Service)
	b.calls, b.uses = b.home.between(b.known.calls), b.home.between(b.known.uses)
	return b
}

// cuts reports whether two atoms are in two services.
func (b *biller) cuts(from, to string) (fromService, toService string, ok bool) {
	f, t := b.in.Service[from], b.in.Service[to]
	return f, t, model.IsService(f) && model.IsService(t) && f != t
}

// add appends a crossing once its evidence is in order.
func (b *biller) add(c model.Crossing) {
	c.Evidence = firstPlaces(c.Evidence)
	for i := range c.Steps {
		c.Steps[i].Evidence = firstPlaces(c.Steps[i].Evidence)
	}
	c.ID = crossingID(c)
	b.out = append(b.out, c)
}

// firstPlaces are the places in order, each once, the first of many.
func firstPlaces(ev []model.Evidence) []model.Evidence {
	out := slices.Clone(ev)
	slices.SortFunc(out, compareEvidence)
	out = slices.Compact(out)
	return slices.Clip(out[:min(len(out), maxEvidence)])
}

func compareEvidence(x, y model.Evidence) int {
	return cmp.Or(cmp.Compare(x.File, y.File), cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column),
		cmp.Compare(x.Func, y.Func), cmp.Compare(x.Detail, y.Detail), cmp.Compare(x.Confidence, y.Confidence))
}

// crossingID hashes what a crossing is, not where: it outlives edits above it.
// Further tells apart crossings of one kind between the same two atoms.
func crossingID(c model.Crossing) string {
	further := c.Callee
	switch c.CureKind {
	case CureError:
		further = "error"
	case CureRegister:
		further = c.ToService // of several that read one registry
	case CurePresence, CureCompare:
		further = c.Callee + " " + c.Why // of two types that one call carries
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{string(c.Kind), c.From, c.To, further}, "\x00")))
	return hex.EncodeToString(sum[:6])
}
