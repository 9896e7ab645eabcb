package check

import (
	"fmt"
	"strings"

	"github.com/ficus-dev/ficus/analyze/model"
)

// brokenShown is how many broken packages an error names.
const brokenShown = 5

// Readable refuses an analysis in which packages are broken that the model has
// whole: what they cross is not known, and would look as if it were gone.
func Readable(before, now *model.Model) error {
	var broken []string
	for _, p := range now.Packages {
		if old, ok := before.Package(p.Path); p.Broken && (!ok || !old.Broken) {
			broken = append(broken, problemOf(now, p.Path))
		}
	}
	if len(broken) == 0 {
		return nil
	}
	lead := fmt.Sprintf("check crossings: %s not compile, and what crosses from there is not known; repair the code first", pluralDo(len(broken), "package"))
	if more := len(broken) - brokenShown; more > 0 {
		broken = append(broken[:brokenShown], fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("%s\n  %s", lead, strings.Join(broken, "\n  "))
}

func pluralDo(n int, what string) string {
	if n == 1 {
		return plural(n, what) + " does"
	}
	return plural(n, what) + " do"
}

// problemOf is the first problem of a package, with its place.
func problemOf(m *model.Model, path string) string {
	for _, p := range m.Problems {
		switch {
		case p.Package != path:
		case p.File != "":
			return fmt.Sprintf("%s:%d: %s", p.File, max(p.Line, 1), p.Message)
		default:
			return m.Rel(path) + ": " + p.Message
		}
	}
	return m.Rel(path)
}
