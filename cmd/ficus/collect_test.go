package main

import (
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"testing"
)

func TestHeapGrowsToRoomyThenToTwice(t *testing.T) {
	c := &collector{roomy: 1 << 30}
	for _, tt := range []struct {
		inUse, next uint64
	}{
		{0, 1 << 30},         // nothing collected yet
		{100 << 20, 1 << 30}, // the same heap size
		{512 << 20, 1 << 30}, // twice is as much
		{600 << 20, 1200 << 20},
	} {
		p := uint64(c.percent(tt.inUse))
		inUse := max(tt.inUse, smallestHeap)
		if got := inUse + inUse*p/100; got > tt.next || got < tt.next-tt.next/50 {
			t.Errorf("%d in use: collected at %d, want %d", tt.inUse, got, tt.next)
		}
	}
}

func TestCollectLateIsUndone(t *testing.T) {
	os.Unsetenv("GOGC")
	before := debug.SetGCPercent(77)
	defer debug.SetGCPercent(before)
	stop := collectLate()
	if now := debug.SetGCPercent(500); now <= 77 {
		t.Errorf("percent %d while an analysis runs", now)
	}
	runtime.GC() // whether its cleanup runs before stop or after
	stop()
	runtime.GC()
	if now := debug.SetGCPercent(77); now != 77 {
		t.Errorf("percent %d afterwards, want 77", now)
	}
}

func TestCollectLateLeavesGOGCAlone(t *testing.T) {
	t.Setenv("GOGC", "50")
	before := debug.SetGCPercent(50)
	defer debug.SetGCPercent(before)
	defer collectLate()()
	if now := debug.SetGCPercent(50); now != 50 {
		t.Errorf("percent %d, though GOGC says 50", now)
	}
}

func TestContainerLimit(t *testing.T) {
	for text, want := range map[string]uint64{"536870912\n": 512 << 20, "max\n": math.MaxUint64, "": math.MaxUint64} {
		file := filepath.Join(t.TempDir(), "memory.max")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := containerLimit(file); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	if got := containerLimit(filepath.Join(t.TempDir(), "none")); got != math.MaxUint64 {
		t.Errorf("no file: %d", got)
	}
}
