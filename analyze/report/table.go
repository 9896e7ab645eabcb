package report

import "slices"

// align is where a column's text stands.
type align int

const (
	alignLeft align = iota
	alignRight
)

// column is one column of a table on a screen.
type column struct {
	head  string
	align align
	// flex columns share what the others leave, and are truncated to it; keepEnd
	// truncates at the start. Cells that differ are truncated so that they still do,
	// where they can.
	flex    bool
	keepEnd bool
	// wraps is a flex column at the end that loses nothing: what does not fit stands on
	// lines of its own below.
	wraps bool
	// least and limit bound the columns it takes, 0: any.
	least, limit int
}

// row is the cells of one line, fewer than the columns when the rest is empty.
type row []span

// table writes rows under a dim head, columns two spaces apart. Without any head
// text the head is left out.
func (s *screen) table(indent string, columns []column, rows []row) {
	widths := s.columnWidths(indent, columns, rows)
	headed := false
	head := make(row, len(columns))
	for i, c := range columns {
		head[i] = span{c.head, dim}
		headed = headed || c.head != ""
	}
	if headed {
		s.row(indent, columns, widths, head)
	}
	for i, r := range fitCells(columns, widths, rows) {
		more := wrapLast(columns, widths, rows[i], r)
		s.row(indent, columns, widths, r)
		for _, below := range more {
			s.row(indent, columns, widths, below)
		}
	}
}

// wrapLast puts the first line of a cell that wraps into its row, and gives rows with
// the others.
func wrapLast(columns []column, widths []int, whole, fitted row) (below []row) {
	last := len(columns) - 1
	if !columns[last].wraps || len(whole) <= last {
		return nil
	}
	lines := wrapText(clean(whole[last].text), max(widths[last], 1))
	fitted[last].text = lines[0]
	for _, text := range lines[1:] {
		r := make(row, len(columns))
		r[last] = span{text, whole[last].style}
		below = append(below, r)
	}
	return below
}

// fitCells cuts the cells to the widths of their columns.
func fitCells(columns []column, widths []int, rows []row) []row {
	out := make([]row, len(rows))
	for i, r := range rows {
		out[i] = slices.Clone(r[:min(len(r), len(columns))])
	}
	for i, c := range columns {
		var texts []string
		for _, r := range out {
			if i < len(r) {
				texts = append(texts, clean(r[i].text))
			}
		}
		fitted := fitTexts(texts, widths[i], c.keepEnd)
		for _, r := range out {
			if i < len(r) {
				r[i].text, fitted = fitted[0], fitted[1:]
			}
		}
	}
	return out
}

// fitTexts cuts texts so that no two that differ look the same, where that can be:
// at the end (at the start with keepEnd), else in the middle, else at the other end.
func fitTexts(texts []string, width int, keepEnd bool) []string {
	ways := []func(string, int) string{truncate, truncateMiddle, truncateLeft}
	if keepEnd {
		ways = []func(string, int) string{truncateLeft, truncateMiddle, truncate}
	}
	var first []string
	for _, way := range ways {
		fitted := make([]string, len(texts))
		back, same := map[string]string{}, false
		for i, t := range texts {
			fitted[i] = way(t, width)
			was, seen := back[fitted[i]]
			same = same || seen && was != t
			back[fitted[i]] = t
		}
		if !same {
			return fitted
		}
		if first == nil {
			first = fitted
		}
	}
	return first
}

func (s *screen) row(indent string, columns []column, widths []int, r row) {
	spans := []span{{indent, plain}}
	for i, cell := range r {
		text := cell.text
		if columns[i].align == alignRight {
			text = padLeft(text, widths[i])
		} else {
			text = padRight(text, widths[i])
		}
		if i > 0 {
			spans = append(spans, span{"  ", plain})
		}
		spans = append(spans, span{text, cell.style})
	}
	s.line(spans...)
}

// columnWidths gives every column what its content needs, and divides what is
// left among the flex columns by their need.
func (s *screen) columnWidths(indent string, columns []column, rows []row) []int {
	widths := make([]int, len(columns))
	need, fixed := 0, runes(indent)+2*(len(columns)-1)
	for i, c := range columns {
		widths[i] = runes(c.head)
		for _, r := range rows {
			if i < len(r) {
				widths[i] = max(widths[i], runes(clean(r[i].text)))
			}
		}
		widths[i] = max(widths[i], c.least)
		if c.limit > 0 {
			widths[i] = min(widths[i], c.limit)
		}
		if c.flex {
			need += widths[i]
		} else {
			fixed += widths[i]
		}
	}
	left := max(s.width-fixed, 0)
	if need <= left {
		return widths
	}
	for i, c := range columns {
		if c.flex {
			widths[i] = max(widths[i]*left/need, min(widths[i], 8))
		}
	}
	return widths
}
