package report

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
	// truncates at the start.
	flex    bool
	keepEnd bool
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
	for _, r := range rows {
		s.row(indent, columns, widths, r)
	}
}

func (s *screen) row(indent string, columns []column, widths []int, r row) {
	spans := []span{{indent, plain}}
	for i, cell := range r {
		if i >= len(columns) {
			break
		}
		text := clean(cell.text)
		if columns[i].keepEnd {
			text = truncateLeft(text, widths[i])
		}
		text = truncate(text, widths[i])
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
