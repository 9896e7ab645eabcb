package partition

import (
	"context"
	"math/rand/v2"
	"runtime"

	"golang.org/x/sync/errgroup"
)

// run is one grouping to be made of an ensemble.
type run struct {
	resolution float64
	seed       uint64
	number     uint64 // tells runs of one seed apart
}

// grouping is what one run gives: the group of every node, and how many there are.
type grouping struct {
	of     []int32
	groups int
}

// modularizeAll makes the runs, as many at a time as there are processors. What a run
// gives depends on nothing but itself; the order is that of the runs.
func modularizeAll(ctx context.Context, t *ties, runs []run) ([]grouping, error) {
	out := make([]grouping, len(runs))
	at, ctx := errgroup.WithContext(ctx)
	at.SetLimit(runtime.GOMAXPROCS(0))
	for i, r := range runs {
		at.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			out[i].of, out[i].groups = modularize(t, r.resolution, rand.NewPCG(r.seed, r.number))
			return nil
		})
	}
	return out, at.Wait()
}
