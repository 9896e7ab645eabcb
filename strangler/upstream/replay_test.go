package upstream

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func readAll(t *testing.T, a *Attempt) string {
	t.Helper()
	b, err := io.ReadAll(a)
	if err != nil {
		t.Fatal(err)
	}
	a.Close()
	return string(b)
}

func TestReplay(t *testing.T) {
	b := NewReplay(iotest.OneByteReader(strings.NewReader("body")), 10)
	if !b.Untouched() {
		t.Error("touched")
	}
	first := b.Attempt()
	two := make([]byte, 2)
	if _, err := io.ReadFull(first, two); err != nil {
		t.Fatal(err)
	}
	first.Close()
	if _, err := first.Read(two); !errors.Is(err, errAttemptOver) {
		t.Errorf("read after close: %v", err)
	}
	if _, whole := b.Whole(); whole || b.Untouched() {
		t.Error("half a body is taken for the whole")
	}
	if got := readAll(t, b.Attempt()); got != "body" {
		t.Errorf("second attempt %q", got)
	}
	if got := readAll(t, b.Attempt()); got != "body" {
		t.Errorf("third attempt %q", got)
	}
	if kept, whole := b.Whole(); !whole || string(kept) != "body" {
		t.Errorf("whole %q %v", kept, whole)
	}
}

func TestReplayLimit(t *testing.T) {
	b := NewReplay(strings.NewReader("0123456789"), 5)
	if !b.Repeatable() {
		t.Error("not repeatable though nothing was read")
	}
	if got := readAll(t, b.Attempt()); got != "0123456789" {
		t.Errorf("%q", got)
	}
	if _, whole := b.Whole(); b.Repeatable() || whole {
		t.Error("repeatable beyond the limit")
	}
}

func TestReplayError(t *testing.T) {
	b := NewReplay(io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(errors.New("client left"))), 5)
	for range 2 {
		if got, err := io.ReadAll(b.Attempt()); string(got) != "ab" || err == nil {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// TestReplayLateRead: a read of an attempt that is over takes nothing from the next.
func TestReplayLateRead(t *testing.T) {
	pr, pw := io.Pipe()
	b := NewReplay(pr, 100)
	first := b.Attempt()
	done := make(chan error)
	go func() {
		_, err := first.Read(make([]byte, 10))
		done <- err
	}()
	if _, err := pw.Write([]byte("first ")); err != nil { // the read waits until here
		t.Fatal(err)
	}
	<-done
	go func() {
		_, err := first.Read(make([]byte, 10))
		done <- err
	}()
	go func() { pw.Write([]byte("second")); pw.Close() }()
	first.Close()
	if got := readAll(t, b.Attempt()); got != "first second" {
		t.Errorf("%q", got)
	}
	<-done
}

func FuzzReplay(f *testing.F) {
	f.Add([]byte("body"), 3, 2)
	f.Fuzz(func(t *testing.T, body []byte, limit, half int) {
		if limit < 0 || half < 0 || half > len(body) {
			return
		}
		b := NewReplay(iotest.HalfReader(bytes.NewReader(body)), limit)
		a := b.Attempt()
		if _, err := io.ReadFull(a, make([]byte, half)); err != nil {
			t.Fatal(err)
		}
		a.Close()
		if !b.Repeatable() {
			if half <= limit {
				t.Fatalf("%d bytes are not kept with a limit of %d", half, limit)
			}
			return
		}
		if got, err := io.ReadAll(b.Attempt()); err != nil || !bytes.Equal(got, body) {
			t.Fatalf("second attempt %q, %v", got, err)
		}
	})
}
