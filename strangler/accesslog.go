package strangler

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Bounds of the access log.
const (
	// maxAccessLog is what waits to be written; beyond it lines are dropped and counted:
	// a disk that is full or a pipe that nobody reads must not hold traffic up.
	maxAccessLog = 4 << 20
	// flushAfter is the longest that a line waits for others.
	flushAfter = 100 * time.Millisecond
	// flushAt is how much is written at once without waiting.
	flushAt = 64 << 10
)

// accessLog writes lines to out in batches. While its run is under way a request only
// appends to memory; without run each line is written at once.
type accessLog struct {
	out     io.Writer
	dropped prometheus.Counter
	more    chan struct{} // there is something to write
	much    chan struct{} // there is enough to write it now
	last    atomic.Pointer[second]

	writing sync.Mutex // held while out is written
	mu      sync.Mutex // guards what follows
	buf     []byte
	spare   []byte
	running bool
}

func newAccessLog(out io.Writer, dropped prometheus.Counter) *accessLog {
	return &accessLog{out: out, dropped: dropped, more: make(chan struct{}, 1), much: make(chan struct{}, 1)}
}

// add takes one line, which the caller may use again.
func (l *accessLog) add(line []byte) {
	l.mu.Lock()
	if len(l.buf)+len(line) > maxAccessLog {
		l.mu.Unlock()
		l.dropped.Inc()
		return
	}
	before := len(l.buf)
	l.buf = append(l.buf, line...)
	after, running := len(l.buf), l.running
	l.mu.Unlock()
	switch {
	case !running:
		l.flush()
	case before == 0:
		notify(l.more)
	case before < flushAt && after >= flushAt:
		notify(l.much)
	}
}

func notify(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// run writes until the context ends, and then what is left.
func (l *accessLog) run(ctx context.Context) {
	l.setRunning(true)
	defer l.flush()
	defer l.setRunning(false)
	timer := time.NewTimer(flushAfter)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.more:
		}
		timer.Reset(flushAfter)
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-l.much:
		}
		l.flush()
	}
}

func (l *accessLog) setRunning(yes bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = yes
}

// flush writes what is there.
func (l *accessLog) flush() {
	l.writing.Lock()
	defer l.writing.Unlock()
	l.mu.Lock()
	full := l.buf
	l.buf, l.spare = l.spare[:0], nil
	l.mu.Unlock()
	if len(full) > 0 {
		if _, err := l.out.Write(full); err != nil {
			l.dropped.Add(float64(bytes.Count(full, []byte{'\n'})))
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if cap(full) <= 4*flushAt { // a burst's buffer is not kept
		l.spare = full[:0]
	}
}

// logLine is one JSON object, written field by field: encoding by reflection costs
// more than forwarding the request.
type logLine struct{ buf []byte }

var logLines = sync.Pool{New: func() any { return &logLine{make([]byte, 0, 1024)} }}

func (l *logLine) key(name string) {
	if len(l.buf) == 0 {
		l.buf = append(l.buf, '{')
	} else {
		l.buf = append(l.buf, ',')
	}
	l.buf = append(l.buf, '"')
	l.buf = append(l.buf, name...)
	l.buf = append(l.buf, '"', ':')
}

func (l *logLine) text(name, value string) {
	l.key(name)
	if plainText(value) {
		l.buf = append(l.buf, '"')
		l.buf = append(l.buf, value...)
		l.buf = append(l.buf, '"')
		return
	}
	data, err := json.Marshal(value)
	if err != nil { // a string can always be written
		data = []byte(`""`)
	}
	l.buf = append(l.buf, data...)
}

// plainText reports whether a text stands in JSON as it is.
func plainText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func (l *logLine) number(name string, value int64) {
	l.key(name)
	l.buf = strconv.AppendInt(l.buf, value, 10)
}

// seconds writes a duration to the nanosecond.
func (l *logLine) seconds(name string, d time.Duration) {
	l.key(name)
	if d < 0 {
		l.buf = append(l.buf, '-')
		d = -d
	}
	l.buf = strconv.AppendInt(l.buf, int64(d/time.Second), 10)
	l.fraction(int(d % time.Second))
}

// fraction writes nanoseconds as the digits after the point, without zeros at the end.
func (l *logLine) fraction(ns int) {
	if ns == 0 {
		return
	}
	digits := 9
	for ns%10 == 0 {
		ns, digits = ns/10, digits-1
	}
	l.buf = append(l.buf, ".000000000"[:digits+1]...)
	for i := len(l.buf) - 1; ns > 0; i, ns = i-1, ns/10 {
		l.buf[i] = byte('0' + ns%10)
	}
}

// second is a second as time.RFC3339 has it, in its two parts around the fraction.
type second struct {
	unix         int64
	zone         *time.Location
	before, zulu string
}

// time writes as time.RFC3339Nano does. last is the second of the line before, which most
// lines share.
func (l *logLine) time(name string, t time.Time, last *atomic.Pointer[second]) {
	s := last.Load()
	if s == nil || s.unix != t.Unix() || s.zone != t.Location() {
		const date = "2006-01-02T15:04:05"
		text := t.Format(time.RFC3339)
		s = &second{t.Unix(), t.Location(), text[:len(date)], text[len(date):]}
		last.Store(s)
	}
	l.key(name)
	l.buf = append(l.buf, '"')
	l.buf = append(l.buf, s.before...)
	l.fraction(t.Nanosecond())
	l.buf = append(l.buf, s.zulu...)
	l.buf = append(l.buf, '"')
}

func (l *logLine) yes(name string) {
	l.key(name)
	l.buf = append(l.buf, "true"...)
}
