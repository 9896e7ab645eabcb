package main

import (
	"bytes"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"sync"
)

// roomyHeap is up to where the heap of an analysis grows before garbage is looked
// for, in bytes. What is loaded stays to the end, so that to look for garbage while it
// grows only reads it again and again: 4 s of 37 on half a million lines, for nothing.
// A gibibyte and three eighths is what lets these look once after their types are
// read, not twice: to stop at one costs a second and a half, and saves a fifth of the
// memory.
const roomyHeap = 11 << 27

// collectLate lets the heap grow to roomyHeap, or half of what the process may have,
// before garbage is collected, and beyond that to twice of what is in use, as is
// customary. Where GOGC is set it does nothing; GOMEMLIMIT holds all the same. Stop
// puts back what was before.
func collectLate() (stop func()) {
	if _, set := os.LookupEnv("GOGC"); set {
		return func() {}
	}
	c := &collector{roomy: atMostHalf(roomyHeap, containerLimit(memoryMax))}
	c.before = debug.SetGCPercent(c.percent(0))
	c.watch()
	return c.stop
}

type collector struct {
	roomy  uint64
	before int // percent

	mu      sync.Mutex
	stopped bool
}

// customary is GOGC where nobody sets it, smallestHeap what the runtime takes for in
// use when less is, in bytes.
const (
	customary    = 100
	smallestHeap = 4 << 20
)

// percent is how much the heap may grow beyond what is in use.
func (c *collector) percent(inUse uint64) int {
	inUse = max(inUse, smallestHeap)
	if 2*inUse >= c.roomy {
		return customary
	}
	return int(100 * (c.roomy - inUse) / inUse)
}

// watch has adjust called after the next collection: a thing that nobody holds is
// found by it.
func (c *collector) watch() {
	runtime.AddCleanup(&struct{ own *collector }{}, (*collector).adjust, c)
}

func (c *collector) adjust() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return
	}
	inUse := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(inUse)
	if inUse[0].Value.Kind() == metrics.KindUint64 {
		debug.SetGCPercent(c.percent(inUse[0].Value.Uint64()))
	}
	c.watch()
}

func (c *collector) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopped = true
	debug.SetGCPercent(c.before)
}

// atMostHalf is the size of a heap, or half of the bytes that the process may have.
func atMostHalf(heap, limit uint64) uint64 { return min(heap, limit/2) }

// memoryMax is where Linux says what a container may have (cgroup v2).
const memoryMax = "/sys/fs/cgroup/memory.max"

// containerLimit reads how many bytes of memory a container may have; without one, a
// number that nothing reaches.
func containerLimit(file string) uint64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return math.MaxUint64
	}
	limit, err := strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 64)
	if err != nil { // max
		return math.MaxUint64
	}
	return limit
}
