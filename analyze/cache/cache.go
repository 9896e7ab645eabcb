package cache

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// Variable is the environment variable that names the folder of the cache, or
// turns it off with the value off.
const Variable = "FICUS_CACHE"

// DefaultMaxBytes is how much a cache keeps.
const DefaultMaxBytes = 2 << 30

// Options of New.
type Options struct {
	// MaxBytes is how much Close leaves; default DefaultMaxBytes.
	MaxBytes int64
}

// Cache is a folder of records. It is safe for concurrent use. A nil Cache holds
// nothing and keeps nothing.
type Cache struct {
	dir   string
	max   int64
	wrote atomic.Bool
}

// New gives the cache in a folder, which is made when the first record is kept.
func New(dir string, opt Options) *Cache {
	if opt.MaxBytes <= 0 {
		opt.MaxBytes = DefaultMaxBytes
	}
	return &Cache{dir: dir, max: opt.MaxBytes}
}

// Default gives the user's cache: where FICUS_CACHE says, else in the folder that
// the system has for caches; nil when it is off or there is no such folder.
func Default() *Cache {
	dir := os.Getenv(Variable)
	if dir == "off" {
		return nil
	}
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return nil
		}
		dir = filepath.Join(base, "ficus")
	}
	return New(dir, Options{})
}

// A record's file is the magic, the checksum, the content.
const magic = "ficus cache 1\n"

const headLen = len(magic) + sha256.Size

// suffix is the ending of records: nothing else in the folder is touched.
const suffix = ".rec"

func (c *Cache) path(k Key) string {
	name := k.String()
	return filepath.Join(c.dir, name[:2], name[2:]+suffix)
}

func checksum(k Key, data []byte) []byte {
	h := sha256.New()
	h.Write(k[:])
	h.Write(data)
	return h.Sum(nil)
}

// Get gives the content kept under the key, which the caller owns.
func (c *Cache) Get(k Key) ([]byte, bool) {
	if c == nil {
		return nil, false
	}
	path := c.path(k)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, false
	}
	if len(data) < headLen || string(data[:len(magic)]) != magic || !bytes.Equal(data[len(magic):headLen], checksum(k, data[headLen:])) {
		os.Remove(path) // cut short, altered or misnamed
		return nil, false
	}
	touch(path)
	return data[headLen:], true
}

// fresh is how old the mark of the last use may be: it decides only what goes first.
const fresh = time.Hour

func touch(path string) {
	now := time.Now()
	if info, err := os.Stat(path); err == nil && now.Sub(info.ModTime()) > fresh {
		_ = os.Chtimes(path, now, now)
	}
}

// Put keeps the content under the key; where it cannot, it does not.
func (c *Cache) Put(k Key, data []byte) {
	if c == nil || int64(len(data)) > c.max {
		return
	}
	path := c.path(k)
	if os.MkdirAll(filepath.Dir(path), 0o700) != nil {
		return
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), tempPrefix+"*")
	if err != nil {
		return
	}
	c.wrote.Store(true)
	if err := write(tmp, k, data); err != nil || os.Rename(tmp.Name(), path) != nil {
		os.Remove(tmp.Name())
	}
}

const tempPrefix = "new-"

func write(f *os.File, k Key, data []byte) error {
	_, err := f.WriteString(magic)
	if err == nil {
		_, err = f.Write(checksum(k, data))
	}
	if err == nil {
		_, err = f.Write(data)
	}
	return errors.Join(err, f.Close())
}

// Close bounds the size of the cache, if anything was kept in it.
func (c *Cache) Close() {
	if c != nil && c.wrote.Swap(false) {
		prune(c.dir, c.max)
	}
}

// entry is one file of the cache.
type entry struct {
	path string
	size int64
	used time.Time
}

// entries lists the records, and the temporary files that a killed run left.
func entries(dir string) (records, left []entry) {
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // vanished, or unreadable: not ours to remove
		}
		info, err := d.Info()
		if err != nil || !info.Mode().IsRegular() {
			return nil
		}
		e := entry{path, info.Size(), info.ModTime()}
		switch {
		case filepath.Ext(path) == suffix:
			records = append(records, e)
		case len(d.Name()) > len(tempPrefix) && d.Name()[:len(tempPrefix)] == tempPrefix:
			left = append(left, e)
		}
		return nil
	})
	return records, left
}
