package store

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
)

// Memory is a Store without files, and the part of the file store that lives in
// memory.
type Memory struct {
	mu       sync.Mutex
	entries  map[string]Entry
	revision int64
	watchers map[*watcher]struct{}
	closed   bool
	// persist, when set, makes an entry durable before it counts.
	persist func(Entry) error
}

// watcher receives entries; its channel is closed by the store alone.
type watcher struct {
	prefix string
	ch     chan Entry
}

// watchBuffer is how many writes a watcher may fall behind.
const watchBuffer = 256

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{entries: map[string]Entry{}, watchers: map[*watcher]struct{}{}}
}

// Get implements Store.
func (m *Memory) Get(_ context.Context, key string) (Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return Entry{}, ErrClosed
	}
	e, ok := m.entries[key]
	if !ok {
		return Entry{}, ErrNotFound
	}
	return e.clone(), nil
}

// List implements Store.
func (m *Memory) List(_ context.Context, prefix string) ([]Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	return m.since(prefix, -1, func(a, b Entry) int { return strings.Compare(a.Key, b.Key) }), nil
}

// since lists what was written after a revision, in the given order.
func (m *Memory) since(prefix string, after int64, order func(a, b Entry) int) []Entry {
	var out []Entry
	for key, e := range m.entries {
		if strings.HasPrefix(key, prefix) && e.Revision > after {
			out = append(out, e.clone())
		}
	}
	slices.SortFunc(out, order)
	return out
}

// CompareAndSet implements Store.
func (m *Memory) CompareAndSet(_ context.Context, key string, value []byte, revision int64) (Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return Entry{}, ErrClosed
	}
	if got := m.entries[key].Revision; got != revision {
		return Entry{}, &ConflictError{Key: key, Want: revision, Got: got}
	}
	e := Entry{Key: key, Value: bytes.Clone(value), Revision: m.revision + 1}
	if m.persist != nil {
		if err := m.persist(e); err != nil {
			return Entry{}, err
		}
	}
	m.revision = e.Revision
	m.entries[key] = e
	m.notify(e)
	return e.clone(), nil
}

func (m *Memory) notify(e Entry) {
	for w := range m.watchers {
		if !strings.HasPrefix(e.Key, w.prefix) {
			continue
		}
		select {
		case w.ch <- e.clone():
		default: // too far behind: it will watch again
			delete(m.watchers, w)
			close(w.ch)
		}
	}
}

// Watch implements Store.
func (m *Memory) Watch(ctx context.Context, prefix string, after int64) (<-chan Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, ErrClosed
	}
	past := m.since(prefix, after, func(a, b Entry) int { return cmp.Compare(a.Revision, b.Revision) })
	w := &watcher{prefix: prefix, ch: make(chan Entry, len(past)+watchBuffer)}
	for _, e := range past {
		w.ch <- e
	}
	m.watchers[w] = struct{}{}
	context.AfterFunc(ctx, func() { m.unwatch(w) })
	return w.ch, nil
}

func (m *Memory) unwatch(w *watcher) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.watchers[w]; ok {
		delete(m.watchers, w)
		close(w.ch)
	}
}

// Revision implements Store.
func (m *Memory) Revision() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.revision
}

// Close implements Store.
func (m *Memory) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	for w := range m.watchers {
		close(w.ch)
	}
	clear(m.watchers)
	return nil
}

func (e Entry) clone() Entry {
	e.Value = bytes.Clone(e.Value)
	return e
}
