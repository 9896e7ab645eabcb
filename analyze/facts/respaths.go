package facts

import (
	"slices"
	"strings"
)

// maxPaths bounds the alternatives of one path, and of each of its parts: what is
// joined of several multiplies, and says less with each.
const maxPaths = 8

// cross joins texts, those of paths within their bound.
func (r *stringResolver) cross(a, b []string) []string {
	if r.paths {
		return fewer(crossed(fewer(a), fewer(b), maxPaths*maxPaths))
	}
	return cross(a, b)
}

// most is how many texts are looked at for one value: of paths more than are kept, to
// know what all have in common.
func (r *stringResolver) most() int {
	if r.paths {
		return maxPaths * maxPaths
	}
	return maxTexts
}

// fewer gives texts as they are, or, of too many, one pattern: what they begin and end
// with alike, and a hole for what is between.
func fewer(texts []string) []string {
	var out []string
	for _, text := range texts {
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	if len(out) <= maxPaths {
		return out
	}
	begin, end := alike(out)
	return []string{begin + hole + end}
}

// alike gives the folders that texts begin with alike, and the folders, name or
// extension that they end with.
func alike(texts []string) (begin, end string) {
	begin, end = texts[0], texts[0]
	for _, text := range texts[1:] {
		for !strings.HasPrefix(text, begin) {
			begin = begin[:len(begin)-1]
		}
		for !strings.HasSuffix(text, end) {
			end = end[1:]
		}
	}
	begin = begin[:strings.LastIndexByte(begin, '/')+1]
	for _, text := range texts { // a/b and a/a/b have no more in common than one a/
		end = end[max(0, len(begin)+len(end)-len(text)):]
	}
	if i := strings.IndexAny(end, "/."); i >= 0 {
		return begin, end[i:]
	}
	return begin, ""
}
