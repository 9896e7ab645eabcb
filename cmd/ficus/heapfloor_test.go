package main

import (
	"math"
	"os"
	"runtime"
	"runtime/metrics"
	"testing"
)

func TestHeapFloorLeavesHalf(t *testing.T) {
	for limit, want := range map[uint64]uint64{math.MaxUint64: heapFloor, 1 << 30: heapFloor, 64 << 20: 32 << 20} {
		if got := atMostHalf(heapFloor, limit); got != want {
			t.Errorf("may have %d MB: %d MB, want %d", limit>>20, got>>20, want>>20)
		}
	}
}

func TestHeapGrowsToFloor(t *testing.T) {
	if _, set := os.LookupEnv("GOGC"); set {
		t.Skip("GOGC is set, and says when garbage is collected")
	}
	before := heapGoal()
	defer raiseHeapFloor(heapFloor)()
	if grown := heapGoal() - before; grown < heapFloor*3/4 || grown > heapFloor*5/4 {
		t.Errorf("garbage is collected %d MB later, want %d", int(grown)>>20, heapFloor>>20)
	}
}

// heapGoal is the size at which the heap is next collected, in bytes.
func heapGoal() uint64 {
	runtime.GC()
	goal := []metrics.Sample{{Name: "/gc/heap/goal:bytes"}}
	metrics.Read(goal)
	return goal[0].Value.Uint64()
}
