package route

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing wrong, or doubtful, in a configuration.
type Problem struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
	// Path of the field, e.g. routes[3].match.path.
	Path string `json:"path"`
	// Text says what is wrong and what to do.
	Text string `json:"text"`
	// Warning marks what is allowed but probably not meant.
	Warning bool `json:"warning,omitempty"`
}

// String is file:line:column: path: text, without position when there is none.
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		fmt.Fprintf(&b, "%s:%d:%d: ", p.File, max(p.Line, 1), max(p.Column, 1))
	}
	if p.Warning {
		b.WriteString("warning: ")
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	return b.String() + p.Text
}

// Problems is every problem of one configuration, in the order of the file.
type Problems []Problem

// Error lists the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Errors are the problems that are no warnings.
func (ps Problems) Errors() Problems {
	return slices.DeleteFunc(slices.Clone(ps), func(p Problem) bool { return p.Warning })
}

// Warnings are the problems that do not refuse the configuration.
func (ps Problems) Warnings() Problems {
	return slices.DeleteFunc(slices.Clone(ps), func(p Problem) bool { return !p.Warning })
}

// Err is the errors as an error of type Problems, nil when there are none.
func (ps Problems) Err() error {
	if errs := ps.Errors(); len(errs) > 0 {
		return errs
	}
	return nil
}

func (ps Problems) sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.CompactFunc(ps, func(a, b Problem) bool { return a == b })
}

// position is a place in the file; zero when the configuration has none.
type position struct{ line, column int }

// collector gathers problems and knows where each field stands.
type collector struct {
	file     string
	places   map[string]position
	problems Problems
}

func (c *collector) errorf(path, format string, args ...any) {
	c.add(Problem{Path: path, Text: fmt.Sprintf(format, args...)})
}

func (c *collector) warnf(path, format string, args ...any) {
	c.add(Problem{Path: path, Text: fmt.Sprintf(format, args...), Warning: true})
}

func (c *collector) add(p Problem) {
	at := c.place(p.Path)
	p.File, p.Line, p.Column = c.file, at.line, at.column
	c.problems = append(c.problems, p)
}

// place is where the field stands, or the nearest thing around it that does.
func (c *collector) place(path string) position {
	for {
		if at, ok := c.places[path]; ok || path == "" {
			return at
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
}

// where names the line of a field for a message about another, "" when unknown.
func (c *collector) where(path string) string {
	if at := c.place(path); at.line > 0 {
		return fmt.Sprintf(" (line %d)", at.line)
	}
	return ""
}

// suggest is ", did you mean X?" for the known word nearest to the given one, ""
// when none is near.
func suggest(word string, known []string) string {
	best, least := "", max(1, len(word)/3)+1
	for _, k := range slices.Sorted(slices.Values(known)) {
		if d := distance(strings.ToLower(word), strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return ", did you mean " + best + "?"
}

// distance is the edit distance in bytes (Damerau–Levenshtein, optimal string
// alignment: two swapped neighbours are one edit).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			step := 1
			if a[i] == b[j] {
				step = 0
			}
			row[j+1] = min(last[j]+step, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
