package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/gofrs/flock"
)

// compactAt is the size of the log at which it is folded into the snapshot.
const compactAt = 4 << 20

// File is a Store in a file with a write-ahead log.
type File struct {
	*Memory
	path string
	lock *flock.Flock
	wal  *os.File
	size int64 // of the whole records in wal
	// compactAt is a field so that tests can compact often.
	compactAt int64
	// broken is set when the log could not be brought back to a whole record: then
	// nothing may be appended to it.
	broken error
	// closing closes once and remembers the error.
	closing func() error
}

// Open opens or creates the store at path and locks it. Its errors are ErrLocked,
// ErrCorrupt and those of the file system; none of them changes a file.
func Open(path string) (*File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("create the folder of the state file: %w", err)
	}
	f := &File{Memory: NewMemory(), path: path, compactAt: compactAt}
	if err := f.acquire(); err != nil {
		return nil, err
	}
	if err := f.load(); err != nil {
		_ = f.lock.Close()
		return nil, err
	}
	f.persist = f.append
	f.closing = sync.OnceValue(func() error {
		return errors.Join(f.Memory.Close(), f.wal.Close(), f.lock.Close())
	})
	return f, nil
}

func (f *File) acquire() error {
	f.lock = flock.New(f.path + ".lock")
	ok, err := f.lock.TryLock()
	if err != nil {
		return fmt.Errorf("lock the state file: %w", err)
	}
	if !ok {
		_ = f.lock.Close()
		return fmt.Errorf("open %s: %w by another process; stop that one, or give this one a state file of its own (state: in strangler.yaml)", f.path, ErrLocked)
	}
	return nil
}

// load reads snapshot and log and opens the log for writing.
func (f *File) load() error {
	snap, err := f.readSnapshot()
	if err != nil {
		return err
	}
	data, err := os.ReadFile(f.walPath())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read the state log: %w", err)
	}
	entries, whole, err := decodeLog(f.walPath(), data)
	if err != nil {
		return err
	}
	f.restore(snap.Revision, snap.Entries)
	for _, e := range entries {
		// A crash between snapshot and new log leaves records that are in both.
		if e.Revision > f.revision {
			f.restore(e.Revision, []Entry{e})
		}
	}
	return f.openLog(whole)
}

func (f *File) restore(revision int64, entries []Entry) {
	for _, e := range entries {
		f.entries[e.Key] = e
	}
	f.revision = revision
}

func (f *File) readSnapshot() (snapshot, error) {
	data, err := os.ReadFile(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return snapshot{}, nil
	case err != nil:
		return snapshot{}, fmt.Errorf("read the state file: %w", err)
	}
	return decodeSnapshot(f.path, data)
}

func (f *File) walPath() string { return f.path + ".wal" }

// openLog opens the log, cut to its whole records.
func (f *File) openLog(whole int64) error {
	if whole == 0 {
		return f.newLog()
	}
	wal, err := os.OpenFile(f.walPath(), os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open the state log: %w", err)
	}
	f.wal, f.size = wal, whole
	if err := f.cut(); err != nil {
		_ = wal.Close()
		return err
	}
	return nil
}

// newLog replaces the log by an empty one, in one step.
func (f *File) newLog() error {
	if err := writeFile(f.walPath(), []byte(walHeader)); err != nil {
		return fmt.Errorf("create the state log: %w", err)
	}
	wal, err := os.OpenFile(f.walPath(), os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open the state log: %w", err)
	}
	f.wal, f.size = wal, int64(len(walHeader))
	return nil
}

// cut removes an unfinished record from the end of the log.
func (f *File) cut() error {
	if err := f.wal.Truncate(f.size); err != nil {
		return fmt.Errorf("cut the state log to its last whole record: %w", err)
	}
	return nil
}

// append is Memory's persist: the store is locked.
func (f *File) append(e Entry) error {
	if f.broken != nil {
		return f.broken
	}
	if f.size >= f.compactAt {
		if err := f.compact(); err != nil {
			return err
		}
	}
	rec, err := encodeRecord(e)
	if err != nil {
		return err
	}
	if err := f.writeRecord(rec); err != nil {
		err = fmt.Errorf("write the state log %s: %w", f.walPath(), err)
		if cutErr := f.cut(); cutErr != nil {
			f.broken = errors.Join(err, cutErr)
		}
		return err
	}
	f.size += int64(len(rec))
	return nil
}

func (f *File) writeRecord(rec []byte) error {
	if _, err := f.wal.WriteAt(rec, f.size); err != nil {
		return err
	}
	return f.wal.Sync()
}

// compact writes a snapshot and begins an empty log. Killed in between, the old
// log's records are known by their revisions to be in the snapshot.
func (f *File) compact() error {
	snap := snapshot{Revision: f.revision}
	for _, e := range f.entries {
		snap.Entries = append(snap.Entries, e)
	}
	data, err := encodeSnapshot(snap)
	if err != nil {
		return err
	}
	if err := writeFile(f.path, data); err != nil {
		return fmt.Errorf("write the state file: %w", err)
	}
	if err := f.wal.Close(); err != nil {
		f.broken = fmt.Errorf("close the state log: %w", err)
		return f.broken
	}
	if err := f.newLog(); err != nil {
		f.broken = err
		return err
	}
	return nil
}

// writeFile replaces a file in one step: a reader sees the old or the new content,
// also after a crash.
func writeFile(path string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Sync()
	}
	if err = errors.Join(err, tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a rename durable; Windows has no such call and needs none.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !strings.Contains(err.Error(), "invalid argument") {
		return err
	}
	return nil
}

// Close implements Store: it waits for a write under way, closes the log and
// releases the lock. The lock file stays: removing it would race with another
// process that opens it.
func (f *File) Close() error { return f.closing() }
