package source

import (
	"context"
	"runtime"
	"sync"
)

// each calls do for every item, GOMAXPROCS at a time, and returns when all calls
// have. Once ctx has ended no more are begun.
func each[T any](ctx context.Context, items []T, do func(T)) {
	ready := make(chan T, len(items))
	for _, item := range items {
		ready <- item
	}
	close(ready)
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(items)) {
		wg.Go(func() {
			for item := range ready {
				if ctx.Err() != nil {
					return
				}
				do(item)
			}
		})
	}
	wg.Wait()
}

// inOrder calls do for every item once it has been called for all that the item
// needs, GOMAXPROCS at a time, and returns when all calls have. What is needed and
// is none of the items is not waited for; needs must not go in circles. Once ctx
// has ended no more are begun.
func inOrder[T comparable](ctx context.Context, items []T, needs func(T) []T, do func(T)) {
	waits := make(map[T]int, len(items))
	for _, item := range items {
		waits[item] = 0
	}
	then := map[T][]T{}
	ready := make(chan T, len(items))
	for _, item := range items {
		for _, need := range needs(item) {
			if _, ok := waits[need]; ok && need != item {
				waits[item]++
				then[need] = append(then[need], item)
			}
		}
		if waits[item] == 0 {
			ready <- item
		}
	}
	left := len(items)
	var mu sync.Mutex
	done := func(item T) {
		mu.Lock()
		defer mu.Unlock()
		for _, next := range then[item] {
			if waits[next]--; waits[next] == 0 {
				ready <- next
			}
		}
		if left--; left == 0 {
			close(ready)
		}
	}
	if left == 0 {
		return
	}
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(items)) {
		wg.Go(func() {
			for item := range ready {
				if ctx.Err() == nil {
					do(item)
				}
				done(item)
			}
		})
	}
	wg.Wait()
}
