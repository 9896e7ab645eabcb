package report

import (
	"fmt"
	"io"
	"slices"
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
	for i, p := range list {
		at := position(p.File, p.Line)
		if p.File == "" {
			at = v.ix.short(p.Package)
		}
		lead := "  "
		if at != "" {
			lead += at + ": "
		}
		v.wrap("  ", strings.TrimSpace(lead)+" "+p.Message+" ["+orSay(p.Code, "?")+"]", plain)
		sameBelow := i+1 < len(list) && list[i+1].Cure == p.Cure
		if p.Cure != "" && !sameBelow {
			v.wrap("      → ", p.Cure, good)
		}
	}
}

// notSeen sums up on the analyze screen what Unresolved lists.
func (v *textView) notSeen() {
	parts := append(problemParts(v.ix.m.Problems), problemParts(v.ix.m.Unresolved)...)
	if len(parts) == 0 {
		return
	}
	v.blank()
	v.wrap("Not seen: ", strings.Join(parts, ", ")+" (ficus explain --unresolved).", plain)
}

// problemParts sums problems up by code, each with its first place.
func problemParts(problems []model.Problem) []string {
	var codes []string
	byCode := map[string][]model.Problem{}
	for _, p := range problems {
		if byCode[p.Code] == nil {
			codes = append(codes, p.Code)
		}
		byCode[p.Code] = append(byCode[p.Code], p)
	}
	slices.Sort(codes)
	var parts []string
	for _, code := range codes {
		list := byCode[code]
		part := problemLabel(code, len(list))
		if at := list[0]; len(list) == 1 && at.File != "" {
			part += " in " + position(at.File, at.Line)
		}
		parts = append(parts, part)
	}
	return parts
}

func problemLabel(code string, n int) string {
	switch code {
	case "load":
		return counted(n, "package") + " not loaded"
	case "type":
		return counted(n, "type error")
	case "dependency":
		return missing(n, "dependency")
	case "go.sum":
		return "an incomplete go.sum"
	case "workspace", "vendor":
		return counted(n, code+" problem")
	case "nested-module":
		return counted(n, "nested module") + " left out"
	case "build-constraint":
		return counted(n, "file") + " left out by build constraints"
	case "comment":
		return counted(n, "//ficus: comment") + " not understood"
	case "sql":
		return counted(n, "SQL string") + " built at run time"
	case "resource":
		return counted(n, "resource name") + " made at run time"
	case "sql-file":
		return counted(n, "SQL file") + " not understood"
	case "reflect":
		return counted(n, "use") + " of reflection"
	case "route":
		return counted(n, "route") + " not understood"
	case "profile", "traces", "coverage", "history":
		return counted(n, "doubt") + " about the " + code
	case "":
		return counted(n, "blind spot")
	}
	return counted(n, code+" blind spot")
}

func missing(n int, what string) string {
	return strings.Replace(counted(n, what), " ", " missing ", 1)
}
