package strangler

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// stuck is a writer that waits until it is let.
type stuck struct {
	lines
	let chan struct{}
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.let
	return s.lines.Write(p)
}

func newDropped() prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: "dropped"})
}

func valueOf(t *testing.T, c prometheus.Counter) int {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(c)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	return int(families[0].GetMetric()[0].GetCounter().GetValue())
}

// TestAccessLogKeepsEveryLine: lines of many requests arrive whole, each once, whether
// or not the log runs.
func TestAccessLogKeepsEveryLine(t *testing.T) {
	const writers, each = 8, 2000
	out := newLines()
	l := newAccessLog(out, newDropped())
	l.add([]byte("before\n"))
	if out.String() != "before\n" {
		t.Fatalf("%q: without run a line is written at once", out)
	}
	ctx, stop := context.WithCancel(context.Background())
	var running, wait sync.WaitGroup
	running.Go(func() { l.run(ctx) })
	for w := range writers {
		wait.Go(func() {
			for i := range each {
				l.add(fmt.Appendf(nil, "%d.%d\n", w, i))
			}
		})
	}
	wait.Wait()
	stop()
	running.Wait()
	l.add([]byte("after\n"))
	seen := map[string]int{}
	for line := range strings.Lines(out.String()) {
		seen[line]++
	}
	if len(seen) != writers*each+2 {
		t.Errorf("%d different lines, want %d", len(seen), writers*each+2)
	}
	for line, n := range seen {
		if n != 1 {
			t.Errorf("%q stands %d times", line, n)
		}
	}
	if !strings.HasSuffix(out.String(), "after\n") {
		t.Error("the last line is not the last")
	}
}

// TestAccessLogDropsWhatDoesNotFit: a writer that hangs holds nobody up; what does not
// fit is counted.
func TestAccessLogDropsWhatDoesNotFit(t *testing.T) {
	out := &stuck{*newLines(), make(chan struct{})}
	dropped := newDropped()
	l := newAccessLog(out, dropped)
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { l.run(ctx) })
	line := bytes.Repeat([]byte("x"), 1<<10)
	line[len(line)-1] = '\n'
	const added = 3 * maxAccessLog >> 10
	l.setRunning(true) // as soon as run is
	for range added {
		l.add(line)
	}
	close(out.let)
	stop()
	running.Wait()
	lost, kept := valueOf(t, dropped), strings.Count(out.String(), "\n")
	if lost == 0 || lost+kept != added {
		t.Errorf("%d lines written and %d dropped of %d", kept, lost, added)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestAccessLogCountsWhatCannotBeWritten(t *testing.T) {
	dropped := newDropped()
	l := newAccessLog(failing{}, dropped)
	l.add([]byte("one\n"))
	l.add([]byte("two\n"))
	if got := valueOf(t, dropped); got != 2 {
		t.Errorf("%v dropped, want 2", got)
	}
}

// TestLogLine: the line is JSON, and says what was written, whatever the text.
func TestLogLine(t *testing.T) {
	for _, text := range []string{"", "plain", `quo"te`, `back\slash`, "line\nbreak", "é😀", "\x00\x1f\x7f", "bad\xffutf8", "<a&b>"} {
		l := &logLine{}
		l.text("text", text)
		l.number("number", -3)
		l.seconds("seconds", 1500*time.Microsecond)
		l.yes("yes")
		l.buf = append(l.buf, '}')
		var got struct {
			Text    string
			Number  int
			Seconds float64
			Yes     bool
		}
		if err := json.Unmarshal(l.buf, &got); err != nil {
			t.Fatalf("%q: %v: %s", text, err, l.buf)
		}
		if want := strings.ToValidUTF8(text, "\ufffd"); got.Text != want || got.Number != -3 || got.Seconds != 0.0015 || !got.Yes {
			t.Errorf("%q: %s", text, l.buf)
		}
	}
}

// TestLogNumbers: times and durations are written as the standard library writes them.
func TestLogNumbers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	zones := []*time.Location{time.UTC, time.FixedZone("", 19800), time.FixedZone("", -3600)}
	var last atomic.Pointer[second]
	now := time.Date(2026, 11, 21, 23, 59, 58, 0, time.UTC)
	durations := []time.Duration{0, 1, 10, time.Millisecond, time.Second, time.Minute + 1, 123456789, time.Hour, -1500 * time.Millisecond}
	for i := range 3000 {
		d := time.Duration(random.Int64N(int64(5 * time.Second)))
		if i < len(durations) {
			d = durations[i]
		}
		at := now.Add(d).In(zones[random.IntN(len(zones))])
		if i%3 == 0 {
			at = at.Truncate(time.Duration(math.Pow10(random.IntN(10))))
		}
		l := &logLine{}
		l.time("t", at, &last)
		l.seconds("d", d)
		text, ok := strings.CutPrefix(string(l.buf), `{"t":"`+at.Format(time.RFC3339Nano)+`","d":`)
		if back, err := time.ParseDuration(text + "s"); !ok || err != nil || back != d {
			t.Fatalf("%s of %s is written %s", at.Format(time.RFC3339Nano), d, l.buf)
		}
	}
}
