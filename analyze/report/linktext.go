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

// linkTable writes couplings: kind, who, whom, where and how sure. Where a line is
// too long the place goes below.
func (v *textView) linkTable(links []Link) {
	if v.wide() {
		v.linkColumns(links)
		return
	}
	kinds := 0
	for _, l := range links {
		kinds = max(kinds, len(l.Kind))
	}
	for _, l := range links {
		head := []span{{"  " + padRight(string(l.Kind), kinds) + "  ", plain}, {v.linkText(l) + "  ", plain}}
		tail := []span{{placeCount(l), dim}}
		if f := l.flags(); f != "" {
			tail = append(tail, span{"  " + f, warn})
		}
		if l.Price > 0 {
			tail = append(tail, span{"  price " + amount(l.Price), bold})
		}
		if c := confidence(l.Evidence); c != "" {
			tail = append(tail, span{"  " + c, dim})
		}
		if length(head)+length(tail) <= v.width {
			v.line(append(head, tail...)...)
			continue
		}
		v.line(head...)
		v.line(append([]span{{padRight("", kinds+4), plain}}, tail...)...)
	}
}

func length(spans []span) int {
	n := 0
	for _, sp := range spans {
		n += runes(sp.text)
	}
	return n
}

func (v *textView) linkColumns(links []Link) {
	rows := make([]row, len(links))
	for i, l := range links {
		rows[i] = row{{string(l.Kind), plain}, {v.linkText(l), plain}, {placeCount(l), dim}, {confidence(l.Evidence), dim}, {l.flags(), warn}}
		if l.Price > 0 {
			rows[i] = append(rows[i], span{"price " + amount(l.Price), bold})
		}
	}
	v.table("  ", []column{{}, {flex: true}, {flex: true, keepEnd: true}, {}, {}, {}}, rows)
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
