package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
)

// The files. Both begin with a line that names format and version.
//
//	FILE      "ficus-state 1 <crc32c> <length>\n" and a JSON object: {"revision":…, "entries":[…]}
//	FILE.wal  "ficus-wal 1\n" and records: length and CRC-32C of the payload, CRC-32C
//	          of these eight bytes (uint32 each, little endian), and the payload, one
//	          Entry in JSON
const (
	snapshotHeader = "ficus-state 1 %08x %d\n"
	walHeader      = "ficus-wal 1\n"
	recordHead     = 12
	// maxRecord bounds the payload of a record.
	maxRecord = 16 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// snapshot is the content of FILE.
type snapshot struct {
	Revision int64   `json:"revision"`
	Entries  []Entry `json:"entries"`
}

func encodeSnapshot(s snapshot) ([]byte, error) {
	slices.SortFunc(s.Entries, func(a, b Entry) int { return strings.Compare(a.Key, b.Key) })
	body, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	head := fmt.Sprintf(snapshotHeader, crc32.Checksum(body, castagnoli), len(body))
	return append([]byte(head), body...), nil
}

// decodeSnapshot reads a snapshot; file is for messages.
func decodeSnapshot(file string, data []byte) (snapshot, error) {
	var s snapshot
	damaged := func(offset int, why string) (snapshot, error) {
		return snapshot{}, &CorruptError{File: file, Offset: int64(offset), Why: why}
	}
	line, body, found := bytes.Cut(data, []byte("\n"))
	var sum uint32
	var length int
	if _, err := fmt.Sscanf(string(line)+"\n", snapshotHeader, &sum, &length); err != nil || !found {
		return damaged(0, "it does not begin as a state file of version 1")
	}
	start := len(line) + 1
	if len(body) != length {
		return damaged(len(data), fmt.Sprintf("%d bytes of content instead of %d", len(body), length))
	}
	if got := crc32.Checksum(body, castagnoli); got != sum {
		return damaged(start, fmt.Sprintf("checksum %08x instead of %08x", got, sum))
	}
	if err := json.Unmarshal(body, &s); err != nil {
		return damaged(start, err.Error())
	}
	return s, nil
}

func encodeRecord(e Entry) ([]byte, error) {
	payload, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	if len(payload) > maxRecord {
		return nil, fmt.Errorf("write %s: value of %d bytes is larger than a record may be (%d)", e.Key, len(e.Value), maxRecord)
	}
	rec := binary.LittleEndian.AppendUint32(nil, uint32(len(payload)))
	rec = binary.LittleEndian.AppendUint32(rec, crc32.Checksum(payload, castagnoli))
	rec = binary.LittleEndian.AppendUint32(rec, crc32.Checksum(rec, castagnoli))
	return append(rec, payload...), nil
}

// decodeLog reads the records of a log and how many bytes of it are whole. A last
// record that ends too early, or a rest of zeros (what file systems leave when the
// power fails), is a write that was never acknowledged: it is left out. Anything
// else that does not fit is damage.
func decodeLog(file string, data []byte) (entries []Entry, whole int64, err error) {
	if len(data) < len(walHeader) && strings.HasPrefix(walHeader, string(data)) {
		return nil, 0, nil // killed while the log was created
	}
	if !bytes.HasPrefix(data, []byte(walHeader)) {
		return nil, 0, &CorruptError{File: file, Why: "it does not begin as a log of version 1"}
	}
	at := len(walHeader)
	for rest := data[at:]; !unfinished(rest); rest = data[at:] {
		if binary.LittleEndian.Uint32(rest[8:]) != crc32.Checksum(rest[:8], castagnoli) {
			return nil, 0, &CorruptError{File: file, Offset: int64(at), Why: "the head of a record does not match its checksum"}
		}
		size := int(binary.LittleEndian.Uint32(rest))
		if size > len(rest)-recordHead {
			break // the head is whole, the payload is not: the last, torn write
		}
		e, err := decodePayload(file, int64(at), rest[recordHead:recordHead+size], binary.LittleEndian.Uint32(rest[4:]))
		if err != nil {
			return nil, 0, err
		}
		entries = append(entries, e)
		at += recordHead + size
	}
	return entries, int64(at), nil
}

// unfinished reports that no head of a record is here.
func unfinished(rest []byte) bool {
	return len(rest) < recordHead || len(bytes.Trim(rest, "\x00")) == 0
}

func decodePayload(file string, offset int64, payload []byte, sum uint32) (Entry, error) {
	var e Entry
	if got := crc32.Checksum(payload, castagnoli); got != sum {
		return e, &CorruptError{File: file, Offset: offset, Why: fmt.Sprintf("checksum %08x instead of %08x", got, sum)}
	}
	if err := json.Unmarshal(payload, &e); err != nil {
		return e, &CorruptError{File: file, Offset: offset, Why: err.Error()}
	}
	return e, nil
}
