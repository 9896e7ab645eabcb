package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// Unresolved writes all that analysis could not read or understand, each with
// what would help.
func Unresolved(w io.Writer, m *model.Model, o Options) error {
	v := &textView{screen: newScreen(o), ix: newIndex(m), o: o}
	if len(m.Problems)+len(m.Unresolved) == 0 {
		v.line(span{"Everything was read and understood.", good})
		return v.flush(w)
	}
	v.wrap("", fmt.Sprintf("%s not be read, %s not understood.", couldThings(len(m.Problems), "thing"), couldThings(len(m.Unresolved), "place")), bold)
	v.problems("Not read", m.Problems)
	v.problems("Read, but not understood", m.Unresolved)
	v.blank()
	v.wrap("Next: ", "ficus analyze, once they are settled", accent)
	return v.flush(w)
}

func couldThings(n int, what string) string {
	if what == "thing" {
		return counted(n, what) + " could"
	}
	if n == 1 {
		return "1 place was"
	}
	return counted(n, what) + " were"
}

func (v *textView) problems(title string, list []model.Problem) {
	if len(list) == 0 {
		return
	}
	v.head(title + ":")
	for _, p := range list {
		at := position(p.File, p.Line)
		if p.File == "" {
			at = v.ix.short(p.Package)
		}
		lead := "  "
		if at != "" {
			lead += at + ": "
		}
		v.wrap("  ", strings.TrimSpace(lead)+" "+p.Message+" ["+orSay(p.Code, "?")+"]", plain)
		if p.Cure != "" {
			v.wrap("      → ", p.Cure, good)
		}
	}
}
