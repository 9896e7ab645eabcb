package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ficus-dev/ficus/analyze/model"
)

// item is one line of a bill as people read it: crossings that hurt for the same
// reason and have the same cure are one item.
type item struct {
	why, cure string
	price     float64
	crossings []model.Crossing // dearest first
}

// group makes items of crossings, dearest first.
func group(crossings []model.Crossing) []item {
	type key struct{ why, cure, to string }
	var order []key
	byKey := map[key]*item{}
	sorted := slices.Clone(crossings)
	slices.SortStableFunc(sorted, compareCrossings)
	for _, c := range sorted {
		k := key{c.Why, c.Cure, c.ToService}
		if byKey[k] == nil {
			byKey[k] = &item{why: c.Why, cure: c.Cure}
			order = append(order, k)
		}
		byKey[k].price += c.Price
		byKey[k].crossings = append(byKey[k].crossings, c)
	}
	items := make([]item, len(order))
	for i, k := range order {
		items[i] = *byKey[k]
	}
	slices.SortStableFunc(items, func(a, b item) int { return cmp.Compare(b.price, a.price) })
	return items
}

// where is the first place of the item, with how many more there are.
func (it item) where() string {
	at, places := "", 0
	for _, c := range it.crossings {
		if at == "" {
			at = place(c.Evidence)
		}
		places += max(len(c.Evidence), 1)
	}
	if at != "" && places > 1 {
		at += fmt.Sprintf(" +%d", places-1)
	}
	return at
}

// loops are those around the item's calls.
func (it item) loops() []model.Loop {
	var out []model.Loop
	for _, c := range it.crossings {
		out = append(out, c.Loops...)
	}
	return out
}

// flags say what makes the item dear.
func (it item) flags() string {
	var sum Cut
	for _, c := range it.crossings {
		sum.InLoop, sum.InTx = sum.InLoop || c.InLoop, sum.InTx || c.InTx
	}
	return sum.flags()
}

// rest sums up the items that were not shown.
func (v *textView) rest(items []item, shown int) {
	if len(items) <= shown {
		return
	}
	sum := 0.0
	for _, it := range items[shown:] {
		sum += it.price
	}
	v.line(span{fmt.Sprintf("     and %d more, price %s", len(items)-shown, amount(sum)), dim})
}

// itemLines writes one item: why, below it where and for how much, and the cure,
// on the same line where there is room.
func (v *textView) itemLines(n int, it item) {
	lead := fmt.Sprintf("%3d  ", n)
	indent := padRight("", runes(lead))
	v.wrap(lead, it.why, plain)
	tail := "  price " + amount(it.price)
	if f := it.flags(); f != "" {
		tail = "  " + f + tail
	}
	where := truncateLeft(orSay(it.where(), "place unknown"), v.width-runes(indent)-runes(tail))
	at := []span{{indent, plain}, {where, dim}, {tail, bold}}
	cure := []span{{"  → ", plain}, {it.cure, good}}
	switch {
	case it.cure == "":
		v.line(at...)
	case length(at)+length(cure) <= v.width:
		v.line(append(at, cure...)...)
	default:
		v.line(at...)
		v.wrap(indent+"→ ", it.cure, good)
	}
}
