package report

import (
	"fmt"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

func (v *textView) explainLinks(title string, links []Link, most int) {
	if len(links) == 0 {
		return
	}
	sum := 0.0
	for _, l := range links {
		sum += l.Price
	}
	if sum > 0 {
		title += fmt.Sprintf(" (price %s)", amount(sum))
	}
	v.head(title + ":")
	v.linkTable(firstN(links, most))
	if n := len(links) - most; n > 0 {
		v.line(span{fmt.Sprintf("  and %d more (--json has all)", n), dim})
	}
}

// entry is one line of evidence: what, and after it where and for how much.
type entry struct {
	kind, text string
	place      string
	cut        Cut
	sure       string // empty for what is proved
}

// linkTable writes couplings: kind, who, whom, where and how sure.
func (v *textView) linkTable(links []Link) {
	entries := make([]entry, len(links))
	for i, l := range links {
		entries[i] = entry{string(l.Kind), v.linkText(l), placeCount(l), l.Cut, confidence(l.Evidence)}
	}
	v.entries(entries)
}

// entries writes evidence with the places in a column of their own; where that
// does not fit, every place that is too far to the right goes below its line.
func (v *textView) entries(list []entry) {
	kinds, texts := 0, 0
	for _, e := range list {
		kinds, texts = max(kinds, runes(e.kind)), max(texts, runes(e.text))
	}
	texts = min(texts, v.width/2)
	lead := kinds + 4
	for _, e := range list {
		tail := e.tail()
		kind := "  " + padRight(e.kind, kinds) + "  "
		text := padRight(e.text, texts) + "  "
		if lead+runes(text)+length(tail) > v.width {
			text = e.text + "  "
		}
		if lead+runes(text)+length(tail) <= v.width {
			v.line(append([]span{{kind, plain}, {text, plain}}, tail...)...)
			continue
		}
		v.wrap(kind, e.text, plain)
		v.line(append([]span{{padRight("", lead), plain}}, tail...)...)
	}
}

func (e entry) tail() []span {
	tail := []span{{e.place, dim}}
	if f := e.cut.flags(); f != "" {
		tail = append(tail, span{"  " + f, warn})
	}
	if e.cut.Price > 0 {
		tail = append(tail, span{"  price " + amount(e.cut.Price), bold})
	}
	if e.sure != "" {
		tail = append(tail, span{"  " + e.sure, dim})
	}
	return tail
}

func length(spans []span) int {
	n := 0
	for _, sp := range spans {
		n += runes(sp.text)
	}
	return n
}

// linkText is who uses whom, with the service of the other side.
func (v *textView) linkText(l Link) string {
	from := v.ix.goName(l.From)
	if len(l.Evidence) > 0 {
		from = v.ix.funcName(l.From, l.Evidence[0])
	}
	to := v.ix.callee(l.Kind, l.To, l.Evidence)
	if l.Access != "" {
		to += " (" + string(l.Access) + ")"
	}
	home := strings.TrimPrefix(l.OtherService, "@")
	switch {
	case home == "":
		return from + " → " + to
	case l.Out:
		return from + " → " + to + " [" + home + "]"
	}
	return from + " [" + home + "] → " + to
}

func placeCount(l Link) string {
	at := place(l.Evidence)
	if l.Count > 1 && at != "" {
		at += fmt.Sprintf(" +%d", l.Count-1)
	}
	return at
}

// confidence is that of the first evidence; what is proved needs no word.
func confidence(ev []model.Evidence) string {
	if len(ev) == 0 || ev[0].Confidence == model.Proved {
		return ""
	}
	return string(ev[0].Confidence)
}
