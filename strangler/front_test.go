package strangler

import (
	"net"
	"slices"
	"testing"
	"time"
)

// recorded is a connection that notes its write deadlines.
type recorded struct {
	net.Conn
	deadlines []time.Time
}

func (r *recorded) Write(p []byte) (int, error) { return len(p), nil }
func (r *recorded) SetWriteDeadline(t time.Time) error {
	r.deadlines = append(r.deadlines, t)
	return nil
}
func (r *recorded) SetDeadline(t time.Time) error { return r.SetWriteDeadline(t) }

// TestWritesAreBounded: a write has a deadline, which is not set for each, and one of
// the server's own counts instead while there is one.
func TestWritesAreBounded(t *testing.T) {
	r := &recorded{}
	c := &frontConn{Conn: r, bound: writeTimeout}
	write := func() {
		t.Helper()
		if _, err := c.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	before := time.Now()
	write()
	write()
	if len(r.deadlines) != 1 || r.deadlines[0].Before(before.Add(writeTimeout)) {
		t.Fatalf("deadlines %v after two writes, want one", r.deadlines)
	}
	own := time.Now().Add(time.Second)
	if err := c.SetWriteDeadline(own); err != nil {
		t.Fatal(err)
	}
	write()
	if err := c.SetDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.deadlines[1:], []time.Time{own, {}}) {
		t.Fatalf("deadlines %v: the server's own was overwritten", r.deadlines)
	}
	write()
	if len(r.deadlines) != 4 || r.deadlines[3].IsZero() {
		t.Errorf("deadlines %v: no bound after the server's own ended", r.deadlines)
	}
}
