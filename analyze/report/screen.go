package report

import (
	"io"
	"strings"
	"unicode"
)

// DefaultWidth is the width of a screen when nobody says otherwise.
const DefaultWidth = 80

// style is how a span looks on a terminal that has colours.
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	good   style = "32"
	warn   style = "33"
	accent style = "1;36"
)

// span is text of one style.
type span struct {
	text  string
	style style
}

// screen collects lines, none wider than its width, and writes them at once.
type screen struct {
	b     strings.Builder
	width int
	color bool
}

func newScreen(o Options) *screen {
	width := o.Width
	if width <= 0 {
		width = DefaultWidth
	}
	return &screen{width: width, color: o.Color}
}

func (s *screen) flush(w io.Writer) error {
	_, err := io.WriteString(w, s.b.String())
	return err
}

// line writes one line of spans, cut at the screen's width; the cut shows as "…".
func (s *screen) line(spans ...span) {
	for i := range spans {
		spans[i].text = clean(spans[i].text)
	}
	for _, sp := range cut(trimRight(spans), s.width) {
		s.span(sp.text, sp.style)
	}
	s.b.WriteByte('\n')
}

// cut keeps the first width columns; the last of them is "…" when there was more.
func cut(spans []span, width int) []span {
	total := 0
	for _, sp := range spans {
		total += runes(sp.text)
	}
	if total <= width {
		return spans
	}
	left := max(width-1, 0)
	var out []span
	for _, sp := range spans {
		r := []rune(sp.text)
		n := min(len(r), left)
		left -= n
		out = append(out, span{string(r[:n]), sp.style})
	}
	return append(trimRight(out), span{"…", plain})
}

func (s *screen) span(text string, st style) {
	if !s.color || st == plain || strings.TrimSpace(text) == "" {
		s.b.WriteString(text)
		return
	}
	s.b.WriteString("\x1b[" + string(st) + "m" + text + "\x1b[0m")
}

func (s *screen) blank() { s.b.WriteByte('\n') }

// wrap writes text over as many lines as it needs; the first starts with lead,
// the others are indented by as much.
func (s *screen) wrap(lead, text string, st style) {
	indent := strings.Repeat(" ", runes(lead))
	for i, part := range wrapText(text, max(s.width-runes(lead), 10)) {
		if i > 0 {
			lead = indent
		}
		s.line(span{lead, plain}, span{part, st})
	}
}

// head starts a section.
func (s *screen) head(text string) {
	s.blank()
	s.wrap("", text, bold)
}

// wrapText breaks text at spaces, and inside a word that alone is too long.
func wrapText(text string, width int) []string {
	var lines []string
	current := ""
	for _, word := range strings.Fields(text) {
		for runes(word) > width {
			if current != "" {
				lines, current = append(lines, current), ""
			}
			r := []rune(word)
			lines, word = append(lines, string(r[:width])), string(r[width:])
		}
		switch {
		case current == "":
			current = word
		case runes(current)+1+runes(word) <= width:
			current += " " + word
		default:
			lines, current = append(lines, current), word
		}
	}
	if current != "" || len(lines) == 0 {
		lines = append(lines, current)
	}
	return lines
}

// clean keeps control characters of a model out of the terminal.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\n' || r == '\r':
			return ' '
		case unicode.IsControl(r), r == unicode.ReplacementChar:
			return '?'
		}
		return r
	}, s)
}

func runes(s string) int { return len([]rune(s)) }

// truncate keeps the start of a text that is too long.
func truncate(s string, n int) string {
	r := []rune(s)
	switch {
	case len(r) <= n:
		return s
	case n <= 0:
		return ""
	}
	return string(r[:n-1]) + "…"
}

// truncateLeft keeps the end of a text that is too long: of a path, the file and
// line.
func truncateLeft(s string, n int) string {
	r := []rune(s)
	switch {
	case len(r) <= n:
		return s
	case n <= 0:
		return ""
	}
	return "…" + string(r[len(r)-n+1:])
}

// truncateMiddle keeps both ends of a text that is too long, two thirds of it the
// start.
func truncateMiddle(s string, n int) string {
	r := []rune(s)
	if len(r) <= n || n < 3 {
		return truncate(s, n)
	}
	tail := (n - 1) / 3
	return string(r[:n-1-tail]) + "…" + string(r[len(r)-tail:])
}

func padRight(s string, n int) string { return s + strings.Repeat(" ", max(n-runes(s), 0)) }
func padLeft(s string, n int) string  { return strings.Repeat(" ", max(n-runes(s), 0)) + s }

func trimRight(spans []span) []span {
	for len(spans) > 0 {
		last := &spans[len(spans)-1]
		trimmed := strings.TrimRight(last.text, " ")
		if trimmed != "" {
			if trimmed != last.text {
				spans = append(spans[:len(spans)-1:len(spans)-1], span{trimmed, last.style})
			}
			return spans
		}
		spans = spans[:len(spans)-1]
	}
	return spans
}
