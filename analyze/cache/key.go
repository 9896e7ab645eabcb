package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
)

// Key names a record.
type Key [sha256.Size]byte

// String is the key in hexadecimal.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// Hash makes a key of all that a record is made of. Every part is hashed with its
// length, so that parts never run together.
type Hash struct{ h hash.Hash }

// NewHash starts a key. The kind separates the records of one use from those of
// others, and carries the version of their format: "facts 3".
func NewHash(kind string) *Hash {
	h := &Hash{h: sha256.New()}
	h.Text(kind)
	return h
}

// Text adds texts, each as one part.
func (h *Hash) Text(parts ...string) {
	for _, part := range parts {
		h.size(int64(len(part)))
		io.WriteString(h.h, part)
	}
}

// Bytes adds one part.
func (h *Hash) Bytes(data []byte) {
	h.size(int64(len(data)))
	h.h.Write(data)
}

// Key adds the key of another record, or of a part that was hashed before.
func (h *Hash) Key(k Key) { h.Bytes(k[:]) }

// Sum is the key of all that was added. More can be added after it.
func (h *Hash) Sum() Key { return Key(h.h.Sum(nil)) }

func (h *Hash) size(n int64) {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(n))
	h.h.Write(b[:])
}

// KeyOf is the key of some content alone.
func KeyOf(data []byte) Key { return sha256.Sum256(data) }

// KeyOfFile is the key of a file's content, whatever its name.
func KeyOfFile(path string) (Key, error) {
	f, err := os.Open(path)
	if err != nil {
		return Key{}, fmt.Errorf("hash file: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return Key{}, fmt.Errorf("hash file: %w", err)
	}
	return Key(h.Sum(nil)), nil
}
