package main

import "runtime"

// heapFloor is the heap below which garbage is not worth collecting, in bytes. A proxy keeps
// a few MB and throws 2.5 KB away with each request: it would collect several times a second,
// for a twentieth of all it does, and each time the requests of some ms wait for it: with one
// core also for the sweeping, during which Go does not look at the network. So it is once in
// 20,000 requests, and they are less than the slowest hundredth.
const heapFloor = 104 << 20

// raiseHeapFloor lets the heap grow to floor bytes before garbage is collected. Release takes
// it back.
//
// Memory that is never touched takes none, and counts when the collector sets its next goal:
// with GOGC=100 at twice what lives. Percentages of a few MB would not do it, nor bound the
// heap of 10,000 connections.
func raiseHeapFloor(floor uint64) (release func()) {
	untouched := make([]byte, floor/2)
	return func() { runtime.KeepAlive(untouched) }
}
