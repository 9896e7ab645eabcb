package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Bill writes one service's whole bill by cure, every item with its places, every cure
// with its steps.
// It is an error when the model has no such service.
func Bill(w io.Writer, m *model.Model, service string, o Options) error {
	ix := newIndex(m)
	bill, ok := ix.bills[service]
	if !ok {
		return unknownName(service, serviceNames(m), "service")
	}
	v := &textView{screen: newScreen(o), ix: ix, o: o}
	v.line(span{fmt.Sprintf("%s: price %s, %s", service, amount(bill.Price), crossingCounts(*bill)), bold})
	v.bill(*bill, len(bill.Crossings))
	return v.flush(w)
}

func crossingCounts(b model.Bill) string {
	return fmt.Sprintf("%s (%s in, %d out)", counted(len(b.Crossings), "crossing"), counted(b.In, "function"), b.Out)
}

// bill writes the bill by cure, dearest first, and of each the dearest items.
func (v *textView) bill(b model.Bill, most int) {
	v.cures(b.Crossings, b.Service, most)
}

// itemPlaces lists which declarations the item couples, the first few of many.
func (v *textView) itemPlaces(it item) {
	const most = 8
	for _, c := range firstN(it.crossings, most) {
		to := v.ix.goName(c.To)
		if c.Callee != "" {
			to = v.ix.goName(c.Callee)
		}
		from := v.ix.goName(c.From)
		if len(c.Evidence) > 0 {
			from = v.ix.funcName(c.From, c.Evidence[0])
		}
		v.line(span{fmt.Sprintf("       %s → %s", from, to), plain}, span{"  " + place(c.Evidence), dim})
	}
	if n := len(it.crossings); n > most {
		v.line(span{fmt.Sprintf("       and %d more", n-most), dim})
	}
}

// itemLoops says where the loops are that repeat the item's calls, with what varies.
func (v *textView) itemLoops(it item) {
	const most = 4
	loops := it.loops()
	for _, l := range firstN(loops, most) {
		text := "loop at " + position(l.Loop.File, l.Loop.Line) + " around " + position(l.Call.File, l.Call.Line)
		if len(l.Via) > 0 {
			text = "loop at " + position(l.Loop.File, l.Loop.Line)
			for _, via := range l.Via {
				text += " → " + position(via.File, via.Line)
			}
		}
		if len(l.Varies) > 0 {
			text += ", " + strings.Join(l.Varies, ", ") + " varies"
		}
		v.wrap("       ", text, dim)
	}
	if n := len(loops) - most; n > 0 {
		v.line(span{fmt.Sprintf("       and %d more loops", n), dim})
	}
}

func serviceNames(m *model.Model) []string {
	names := make([]string, 0, len(m.Services))
	for _, s := range m.Services {
		names = append(names, s.Name)
	}
	return names
}
