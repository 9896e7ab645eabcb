//go:build unix

package scale

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/ficus-dev/ficus/analyze"
)

var sizes = flag.String("lines", "62000,125000", "sizes of the monoliths that BenchmarkAnalyze analyses, separated by commas")

// childVariable names the folder that a child of the benchmark analyses: peak
// memory is that of a process.
const childVariable = "FICUS_SCALE_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		if err := analyzeOnce(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func analyzeOnce(dir string) error {
	m, err := analyze.Run(context.Background(), analyze.Options{Dir: dir, Seed: 1})
	if err != nil {
		return err
	}
	return m.Write(io.Discard)
}

// BenchmarkAnalyze analyses monoliths of growing size, each in a process of its own,
// go list included, after a run that fills the go command's build cache:
//
//	go test ./analyze/scale -run '^$' -bench Analyze -benchtime 1x -timeout 0 -lines 62000,125000,250000,500000,1000000,2000000
func BenchmarkAnalyze(b *testing.B) {
	for size := range strings.SplitSeq(*sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil {
			b.Fatal(err)
		}
		dir, lines := monolith(b, n, 1)
		measure(b, dir)
		b.Run(size, func(b *testing.B) {
			var cpu, rss float64
			for b.Loop() {
				c, r := measure(b, dir)
				cpu, rss = cpu+c, max(rss, r)
			}
			b.ReportMetric(float64(lines), "lines")
			b.ReportMetric(cpu/float64(b.N), "CPU-s")
			b.ReportMetric(cpu/float64(b.N)/float64(lines)*1e6, "CPU-s/Mline")
			b.ReportMetric(rss/1e9, "GB")
			b.ReportMetric(rss/1e9/float64(lines)*1e6, "GB/Mline")
		})
	}
}

// measure analyses in a child and gives its CPU seconds, those of its own children
// included, and its peak memory in bytes.
func measure(b *testing.B, dir string) (cpu, rss float64) {
	b.Helper()
	exe, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childVariable+"="+dir, "GOFLAGS=", "GOWORK=off")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		b.Fatalf("analyse %s: %v\n%s", dir, err, stderr.String())
	}
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	unit := 1024.0 // of Linux and the BSDs
	if runtime.GOOS == "darwin" {
		unit = 1
	}
	return cmd.ProcessState.UserTime().Seconds() + cmd.ProcessState.SystemTime().Seconds(), float64(usage.Maxrss) * unit
}
