package plan

import (
	"slices"
	"strings"
)

// Closest is the name most like the given one, or "" when none is near enough to
// be what was meant: at most a third of its letters differ, or the name ends in
// it. Of equally near ones it is the first in order.
func Closest(name string, among []string) string {
	best, bestDistance := "", len(name)/3+2
	sorted := slices.Clone(among)
	slices.Sort(sorted)
	for _, candidate := range sorted {
		d := distance(strings.ToLower(name), strings.ToLower(candidate))
		if hasTail(candidate, name) {
			d = 1
		}
		if d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	return best
}

func hasTail(path, tail string) bool {
	rest, ok := strings.CutSuffix(path, tail)
	return ok && tail != "" && strings.HasSuffix(rest, "/")
}

// didYouMean is the end of an error message, empty when nothing is near.
func didYouMean(name string, among []string) string {
	if best := Closest(name, among); best != "" {
		return "; did you mean " + best + "?"
	}
	return ""
}

// distance is the Levenshtein distance in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
