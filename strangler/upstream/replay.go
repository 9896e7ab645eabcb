package upstream

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
)

// Replay is a request body that more than one attempt may read. It is not
// buffered beforehand: the first attempt streams it, and what it reads is kept up
// to a limit, so that a second attempt starts with what was kept.
type Replay struct {
	reading sync.Mutex // held while src is read, which may wait for the client
	src     io.Reader

	mu      sync.Mutex // guards what follows, never held for long
	kept    []byte
	limit   int
	lost    bool  // more was read than the limit allows to keep
	touched bool  // src was read
	err     error // of src, io.EOF at its end
}

// NewReplay keeps at most limit bytes of src. With a limit of zero a second
// attempt is possible only while nothing was read.
func NewReplay(src io.Reader, limit int) *Replay { return &Replay{src: src, limit: limit} }

// Repeatable reports whether another attempt would see the whole body.
func (b *Replay) Repeatable() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.lost
}

// Untouched reports whether no attempt has read anything.
func (b *Replay) Untouched() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.touched
}

// Err is the error that ended the reading of the source, nil when it is at its end
// or still open: the client broke off, or sent more than it may.
func (b *Replay) Err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if errors.Is(b.err, io.EOF) {
		return nil
	}
	return b.err
}

// Ended reports whether the source was read to its end.
func (b *Replay) Ended() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err != nil
}

// Whole is the body when it was read to its end and kept.
func (b *Replay) Whole() ([]byte, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.kept, !b.lost && errors.Is(b.err, io.EOF)
}

// Attempt reads the body from its start. The attempt before must have been
// closed; a read of it that still waits for the client loses nothing.
func (b *Replay) Attempt() *Attempt { return &Attempt{body: b} }

// Attempt is one reading of a Replay.
type Attempt struct {
	body     *Replay
	mu       sync.Mutex
	at       int
	closed   bool
	progress func()      // called after each read
	waiting  atomic.Bool // for the client to send more
}

var errAttemptOver = errors.New("read of a request body whose attempt is over")

// Read gives what was kept first, then more of the source.
func (a *Attempt) Read(p []byte) (int, error) {
	if a.over() {
		return 0, errAttemptOver
	}
	a.waiting.Store(true)
	n, err := a.body.readAt(a, p)
	a.waiting.Store(false)
	if a.over() {
		return 0, errAttemptOver
	}
	if a.progress != nil {
		a.progress()
	}
	return n, err
}

func (a *Attempt) over() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.closed
}

// Close ends the attempt, not the body: the server closes that.
func (a *Attempt) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.closed = true
	return nil
}

// readAt serves one read of an attempt.
func (b *Replay) readAt(a *Attempt, p []byte) (int, error) {
	if n := b.again(a, p); n > 0 {
		return n, nil // a read of the attempt before may still wait for the client
	}
	b.reading.Lock()
	defer b.reading.Unlock()
	if n, err, done := b.fromKept(a, p); done {
		return n, err
	}
	n, err := b.src.Read(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
	a.at += n
	b.keep(p[:n])
	return n, err
}

// again reads what is kept.
func (b *Replay) again(a *Attempt, p []byte) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lost || a.at >= len(b.kept) {
		return 0
	}
	n := copy(p, b.kept[a.at:])
	a.at += n
	return n
}

// fromKept serves a read without the source, when it can.
func (b *Replay) fromKept(a *Attempt, p []byte) (n int, err error, done bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case a.at < len(b.kept) && !b.lost:
		n = copy(p, b.kept[a.at:])
		a.at += n
		return n, nil, true
	case b.err != nil:
		return 0, b.err, true
	case a.over():
		return 0, errAttemptOver, true
	}
	b.touched = true
	return 0, nil, false
}

func (b *Replay) keep(p []byte) {
	if b.lost || len(p) == 0 {
		return
	}
	if len(b.kept)+len(p) > b.limit {
		b.lost, b.kept = true, nil
		return
	}
	b.kept = append(b.kept, p...)
}
