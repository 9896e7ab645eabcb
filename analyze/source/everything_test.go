//go:build unix

package source

import (
	"flag"
	"syscall"
	"testing"

	"github.com/ficus-dev/ficus/analyze/cache"
)

var (
	everythingDir   = flag.String("dir", "", "load the module in this folder and print what each stage costs")
	everythingAll   = flag.Bool("bodies", false, "read the bodies of all generated files")
	everythingCache = flag.String("cache", "", "keep types in this folder; default a new one, so that the load is a cold one")
)

// cpu is what this process and the commands it ran have used, in seconds.
func cpu() (s float64) {
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if syscall.Getrusage(who, &u) == nil {
			s += float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
		}
	}
	return s
}

// TestEverything loads whatever it is pointed at: go test -run Everything -v -dir DIR.
// What it prints is CPU time, which other work on the machine changes little.
func TestEverything(t *testing.T) {
	if *everythingDir == "" {
		t.Skip("no -dir")
	}
	folder := *everythingCache
	if folder == "" {
		folder = t.TempDir()
	}
	stage, from, first := "", cpu(), cpu()
	next := func(s string) {
		now := cpu()
		if stage != "" {
			t.Logf("%6.2f CPU s  %s", now-from, stage)
		}
		stage, from = s, now
	}
	p, err := Load(t.Context(), Options{Dir: *everythingDir, Progress: next, SkipBodies: !*everythingAll, Cache: cache.New(folder, cache.Options{})})
	if err != nil {
		t.Fatal(err)
	}
	next("")
	lines, left, declared := 0, 0, 0
	for _, f := range p.Files {
		lines += f.Lines
		if f.Declared {
			declared += f.Lines
		}
	}
	for _, ssa := range p.SSA {
		if ssa == nil {
			left++
		}
	}
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	t.Logf("%6.2f CPU s  in all; %d packages (%d without SSA form), %d lines (%d without bodies), %d problems, peak of memory %d (KB, on darwin bytes)",
		cpu()-first, len(p.Packages), left, lines, declared, len(p.Problems), u.Maxrss)
}
