package store

import (
	"context"
	"errors"
	"fmt"
)

// Entry is one key with its value and the revision that wrote it.
type Entry struct {
	Key   string `json:"key"`
	Value []byte `json:"value"`
	// Revision counts the writes to the whole store, from 1.
	Revision int64 `json:"revision"`
}

// Store is a map with revisions. All methods are safe for concurrent use; values
// are copied both ways.
type Store interface {
	// Get returns the entry of a key; its error is ErrNotFound when there is none.
	Get(ctx context.Context, key string) (Entry, error)
	// List returns the entries whose keys have the prefix, sorted by key.
	List(ctx context.Context, prefix string) ([]Entry, error)
	// CompareAndSet writes value if the key's revision is still the given one; 0
	// means that the key must not exist. Otherwise its error is a *ConflictError.
	// When it returns nil the write survives a crash.
	CompareAndSet(ctx context.Context, key string, value []byte, revision int64) (Entry, error)
	// Watch sends every write after revision `after` to keys with the prefix, in
	// order, until ctx ends; then the channel is closed. It is also closed when the
	// reader falls behind or the store closes: watch again from the last revision
	// seen. Of a key's older writes only the latest may be sent.
	Watch(ctx context.Context, prefix string, after int64) (<-chan Entry, error)
	// Revision of the last write.
	Revision() int64
	// Close releases the store; later calls fail with ErrClosed.
	Close() error
}

// Errors of a Store, for errors.Is.
var (
	ErrNotFound = errors.New("no such key")
	ErrClosed   = errors.New("store is closed")
	// ErrCorrupt: a file does not hold what was written; see CorruptError.
	ErrCorrupt = errors.New("state file is damaged")
	// ErrLocked: another process has the file open.
	ErrLocked = errors.New("state file is in use")
)

// ConflictError tells that somebody else wrote the key first.
type ConflictError struct {
	Key       string
	Want, Got int64
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("write %s: it is at revision %d, not %d: somebody else changed it; read it again", e.Key, e.Got, e.Want)
}

// CorruptError says where a file is damaged.
type CorruptError struct {
	File   string
	Offset int64
	Why    string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("read %s: damaged at byte %d: %s; nothing was changed: restore it from a backup, or move it and its .wal away to start from the weights in strangler.yaml",
		e.File, e.Offset, e.Why)
}

// Unwrap makes errors.Is(err, ErrCorrupt) hold.
func (e *CorruptError) Unwrap() error { return ErrCorrupt }
