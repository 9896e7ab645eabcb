package cache

import (
	"cmp"
	"os"
	"slices"
	"time"
)

// abandoned is how old a temporary file is that no run writes any more.
const abandoned = 24 * time.Hour

// prune removes the records used longest ago until the rest fit. A record that
// another run wants just then is a miss for it.
func prune(dir string, limit int64) {
	records, left := entries(dir)
	for _, e := range left {
		if time.Since(e.used) > abandoned {
			os.Remove(e.path)
		}
	}
	slices.SortFunc(records, func(a, b entry) int {
		return cmp.Or(b.used.Compare(a.used), cmp.Compare(a.path, b.path))
	})
	var kept int64
	for _, e := range records {
		if kept += e.size; kept > limit {
			os.Remove(e.path)
		}
	}
}
