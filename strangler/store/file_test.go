package store

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func open(t *testing.T, path string) *File {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func put(t *testing.T, f *File, key, value string) {
	t.Helper()
	e, err := f.Get(t.Context(), key)
	if err != nil && !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	if _, err := f.CompareAndSet(t.Context(), key, []byte(value), e.Revision); err != nil {
		t.Fatal(err)
	}
}

func content(t *testing.T, f *File) map[string]string {
	t.Helper()
	entries, err := f.List(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		out[e.Key] = string(e.Value)
	}
	return out
}

// written fills a store and returns its state after each write, the first for none.
func written(t *testing.T, f *File, n int) []map[string]string {
	t.Helper()
	states := []map[string]string{content(t, f)}
	for i := range n {
		put(t, f, "key"+strconv.Itoa(i%3), fmt.Sprintf("value %d", i))
		states = append(states, content(t, f))
	}
	return states
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	f := open(t, path)
	states := written(t, f, 7)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	g := open(t, path)
	if got := content(t, g); !maps.Equal(got, states[7]) || g.Revision() != 7 {
		t.Errorf("reopened with %v at revision %d", got, g.Revision())
	}
	put(t, g, "key0", "more")
	if g.Revision() != 8 {
		t.Errorf("revisions go on at %d", g.Revision())
	}
}

// Killed at any byte of the log, what is read is the state after some whole number
// of writes, and all writes before the cut are in it.
func TestLogCutAtEveryByte(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state")
	f := open(t, path)
	sizes := []int64{f.size}
	var states []map[string]string
	states = append(states, content(t, f))
	for i := range 8 {
		put(t, f, "key"+strconv.Itoa(i%3), fmt.Sprintf("value %d", i))
		sizes, states = append(sizes, f.size), append(states, content(t, f))
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(path + ".wal")
	if err != nil {
		t.Fatal(err)
	}
	for cut := range len(log) + 1 {
		for _, tail := range []int{0, 9} { // what a power failure may leave: zeros
			reopenCut(t, filepath.Join(dir, fmt.Sprintf("cut%d-%d", cut, tail)), log[:cut], tail, sizes, states)
		}
	}
}

func reopenCut(t *testing.T, path string, log []byte, zeros int, sizes []int64, states []map[string]string) {
	t.Helper()
	data := append(bytes.Clone(log), make([]byte, zeros)...)
	if err := os.WriteFile(path+".wal", data, 0o600); err != nil {
		t.Fatal(err)
	}
	whole := 0
	for i, size := range sizes {
		if int64(len(log)) >= size {
			whole = i
		}
	}
	f, err := Open(path)
	if zeros > 0 && err != nil && errors.Is(err, ErrCorrupt) {
		return // zeros in the middle of a record cannot be told from damage: reported
	}
	if err != nil {
		t.Fatalf("log cut at byte %d: %v", len(log), err)
	}
	defer f.Close()
	if got := content(t, f); !maps.Equal(got, states[whole]) {
		t.Errorf("log cut at byte %d: %v, want %v", len(log), got, states[whole])
	}
	put(t, f, "after", "the crash")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	g, err := Open(path)
	if err != nil {
		t.Fatalf("log cut at byte %d, written again: %v", len(log), err)
	}
	defer g.Close()
	if got := content(t, g); len(got) != len(states[whole])+1 || got["after"] != "the crash" {
		t.Errorf("log cut at byte %d, written again: %v", len(log), got)
	}
}

// Any changed byte of a file is reported; nothing is changed or deleted.
func TestDamageIsReported(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state")
	f := open(t, path)
	f.compactAt = 200
	written(t, f, 12)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + ".wal"} {
		good, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range good {
			bad := bytes.Clone(good)
			bad[i] ^= 0x21
			if err := os.WriteFile(name, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			g, err := Open(path)
			if err == nil {
				g.Close()
				t.Errorf("%s with byte %d changed is taken for good", filepath.Base(name), i)
				continue
			}
			var corrupt *CorruptError
			if !errors.Is(err, ErrCorrupt) || !errors.As(err, &corrupt) || corrupt.File != name || !strings.Contains(err.Error(), "damaged at byte") {
				t.Errorf("byte %d: %v", i, err)
			}
			if after, _ := os.ReadFile(name); !bytes.Equal(after, bad) {
				t.Errorf("byte %d: the damaged file was changed", i)
			}
		}
		if err := os.WriteFile(name, good, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Killed at any point of a compaction: before the snapshot, between snapshot and new
// log, after it.
func TestCompaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	f := open(t, path)
	f.compactAt = 300
	states := written(t, f, 60)
	oldLog, err := os.ReadFile(path + ".wal")
	if err != nil {
		t.Fatal(err)
	}
	if len(oldLog) > 600 {
		t.Errorf("the log has %d bytes: it is never compacted", len(oldLog))
	}
	f.mu.Lock()
	err = f.compact()
	f.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for name, log := range map[string][]byte{"with the new log": nil, "with the old log": oldLog} {
		if log != nil {
			if err := os.WriteFile(path+".wal", log, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		g, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := content(t, g); !maps.Equal(got, states[60]) || g.Revision() != 60 {
			t.Errorf("%s: %v at revision %d", name, got, g.Revision())
		}
		g.Close()
	}
}

func TestSecondOpenIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	f := open(t, path)
	if _, err := Open(path); !errors.Is(err, ErrLocked) {
		t.Errorf("second Open: %v, want ErrLocked", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path)
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(file, "state")); err == nil {
		t.Error("a state file inside a file is opened")
	}
	if _, err := Open(file); !errors.Is(err, ErrCorrupt) {
		t.Errorf("a foreign file: %v", err)
	}
}

// A failed write leaves a log that can be written again.
func TestFailedWrite(t *testing.T) {
	f := open(t, filepath.Join(t.TempDir(), "state"))
	put(t, f, "a", "1")
	good := f.wal
	readOnly, err := os.Open(f.walPath())
	if err != nil {
		t.Fatal(err)
	}
	f.wal = readOnly
	if _, err := f.CompareAndSet(t.Context(), "b", []byte("2"), 0); err == nil {
		t.Fatal("a write to a read-only log succeeds")
	}
	if _, err := f.Get(t.Context(), "b"); !errors.Is(err, ErrNotFound) {
		t.Errorf("what was not written is there: %v", err)
	}
	if err := readOnly.Close(); err != nil {
		t.Fatal(err)
	}
	f.wal = good
}

// The child of TestKill9 writes and says so, until it is killed.
func TestKill9Child(t *testing.T) {
	path := os.Getenv("FICUS_STORE_CHILD")
	if path == "" {
		t.Skip("only as a child of TestKill9")
	}
	f := open(t, path)
	f.compactAt = 2000
	for i := 0; ; i++ {
		put(t, f, "n", strconv.Itoa(i))
		fmt.Printf("wrote %d\n", i)
	}
}

// kill -9 in the middle of writing: every acknowledged write is there.
func TestKill9(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	for round := range 3 {
		child := exec.Command(os.Args[0], "-test.run=^TestKill9Child$")
		child.Env = append(os.Environ(), "FICUS_STORE_CHILD="+path)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		last, lines := -1, bufio.NewScanner(out)
		for lines.Scan() {
			if text, ok := strings.CutPrefix(lines.Text(), "wrote "); ok {
				last, _ = strconv.Atoi(text)
			}
			if last == 40+round*7 {
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = child.Wait()
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		n, _ := strconv.Atoi(content(t, f)["n"])
		if n < last || n > last+1 {
			t.Errorf("acknowledged up to %d, found %d", last, n)
		}
		f.Close()
	}
}

func FuzzDecodeLog(f *testing.F) {
	rec, err := encodeRecord(Entry{Key: "k", Value: []byte("v"), Revision: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(append([]byte(walHeader), rec...))
	f.Add([]byte(walHeader))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, whole, err := decodeLog("wal", data)
		if err != nil && (len(entries) > 0 || !errors.Is(err, ErrCorrupt)) {
			t.Errorf("error %v with %d entries", err, len(entries))
		}
		if whole > int64(len(data)) {
			t.Errorf("%d whole bytes of %d", whole, len(data))
		}
	})
}

func FuzzDecodeSnapshot(f *testing.F) {
	data, err := encodeSnapshot(snapshot{Revision: 3, Entries: []Entry{{Key: "k", Value: []byte("v"), Revision: 3}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := decodeSnapshot("state", data); err != nil && !errors.Is(err, ErrCorrupt) {
			t.Error(err)
		}
	})
}
