package cache

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

func key(text string) Key {
	h := NewHash("test 1")
	h.Text(text)
	return h.Sum()
}

func want(t *testing.T, c *Cache, k Key, data string) {
	t.Helper()
	if got, ok := c.Get(k); !ok || string(got) != data {
		t.Errorf("got %q, %v, want %q", got, ok, data)
	}
}

func wantMiss(t *testing.T, c *Cache, k Key) {
	t.Helper()
	if got, ok := c.Get(k); ok {
		t.Errorf("got %q, want nothing", got)
	}
}

func TestKeepsWhatWasPut(t *testing.T) {
	c := New(filepath.Join(t.TempDir(), "not", "there"), Options{})
	wantMiss(t, c, key("a"))
	c.Put(key("a"), []byte("one"))
	c.Put(key("empty"), nil)
	c.Close()
	want(t, c, key("a"), "one")
	want(t, c, key("empty"), "")
	c.Put(key("a"), []byte("two"))
	want(t, c, key("a"), "two")
}

func TestHashKeepsPartsApart(t *testing.T) {
	seen := map[Key]string{}
	for name, add := range map[string]func(h *Hash){
		"ab+c":  func(h *Hash) { h.Text("ab", "c") },
		"a+bc":  func(h *Hash) { h.Text("a", "bc") },
		"abc":   func(h *Hash) { h.Text("abc") },
		"abc+":  func(h *Hash) { h.Text("abc", "") },
		"key":   func(h *Hash) { h.Key(KeyOf([]byte("abc"))) },
		"empty": func(h *Hash) {},
	} {
		h := NewHash("k")
		add(h)
		if other, ok := seen[h.Sum()]; ok {
			t.Errorf("%s and %s have one key", name, other)
		}
		seen[h.Sum()] = name
	}
	if NewHash("k").Sum() == NewHash("l").Sum() {
		t.Error("two kinds have one key")
	}
	a, b := NewHash("k"), NewHash("k")
	a.Text("same")
	b.Bytes([]byte("same"))
	if a.Sum() != b.Sum() {
		t.Error("text and bytes differ")
	}
}

func TestKeyOfFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("content"), 0o644); err != nil {
		t.Fatal(err)
	}
	if k, err := KeyOfFile(path); err != nil || k != KeyOf([]byte("content")) {
		t.Errorf("got %v, %v", k, err)
	}
	if _, err := KeyOfFile(path + "x"); err == nil {
		t.Error("a missing file has a key")
	}
}

// TestTrustsNoDamagedRecord alters every byte of a record in turn.
func TestTrustsNoDamagedRecord(t *testing.T) {
	c := New(t.TempDir(), Options{})
	c.Put(key("a"), []byte("one"))
	whole, err := os.ReadFile(c.path(key("a")))
	if err != nil {
		t.Fatal(err)
	}
	damaged := [][]byte{nil, []byte("x"), append(bytes.Clone(whole), 0)}
	for i := range whole {
		altered := bytes.Clone(whole)
		altered[i] ^= 1
		damaged = append(damaged, altered, whole[:i])
	}
	for _, data := range damaged {
		if err := os.WriteFile(c.path(key("a")), data, 0o644); err != nil {
			t.Fatal(err)
		}
		wantMiss(t, c, key("a"))
		if _, err := os.Stat(c.path(key("a"))); err == nil {
			t.Fatal("the damaged record is still there")
		}
	}
	c.Put(key("a"), []byte("again"))
	want(t, c, key("a"), "again")
}

func TestTrustsNoRecordOfAnotherName(t *testing.T) {
	c := New(t.TempDir(), Options{})
	c.Put(key("a"), []byte("one"))
	c.Put(key("b"), []byte("two"))
	if err := os.Rename(c.path(key("a")), c.path(key("b"))); err != nil {
		t.Fatal(err)
	}
	wantMiss(t, c, key("b"))
}

func TestWhereNothingCanBeKept(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]*Cache{"nil": nil, "a file in the way": New(file, Options{}), "below a file": New(filepath.Join(file, "x"), Options{}),
		"too large": New(t.TempDir(), Options{MaxBytes: 2})} {
		t.Run(name, func(t *testing.T) {
			c.Put(key("a"), []byte("one"))
			wantMiss(t, c, key("a"))
			c.Close()
		})
	}
}

func TestDefault(t *testing.T) {
	t.Setenv(Variable, "off")
	if Default() != nil {
		t.Error("off is a cache")
	}
	dir := t.TempDir()
	t.Setenv(Variable, dir)
	Default().Put(key("a"), []byte("one"))
	want(t, New(dir, Options{}), key("a"), "one")
}

func TestCloseRemovesWhatWasUsedLongestAgo(t *testing.T) {
	dir := t.TempDir()
	size := int64(headLen + 100)
	c := New(dir, Options{MaxBytes: 3 * size})
	data := make([]byte, 100)
	now := time.Now()
	for i := range 6 {
		k := key(fmt.Sprint(i))
		c.Put(k, data)
		at := now.Add(time.Duration(i-10) * 24 * time.Hour)
		if err := os.Chtimes(c.path(k), at, at); err != nil {
			t.Fatal(err)
		}
	}
	bystander := filepath.Join(dir, "README")
	temp := filepath.Join(dir, tempPrefix+"1")
	for _, name := range []string{bystander, temp} {
		if err := os.WriteFile(name, make([]byte, 1000), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	long := now.Add(-2 * abandoned)
	if err := os.Chtimes(temp, long, long); err != nil {
		t.Fatal(err)
	}
	want(t, c, key("0"), string(data)) // used again
	c.Close()
	for i, kept := range []bool{true, false, false, false, true, true} {
		if _, ok := c.Get(key(fmt.Sprint(i))); ok != kept {
			t.Errorf("record %d: kept %v, want %v", i, ok, kept)
		}
	}
	if _, err := os.Stat(bystander); err != nil {
		t.Error("removed a file that is no record")
	}
	if _, err := os.Stat(temp); err == nil {
		t.Error("left an abandoned temporary file")
	}
}

// TestRunsAtOnce lets several caches share a folder that is too small for them:
// each answer is right or none.
func TestRunsAtOnce(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 4 {
		c := New(dir, Options{MaxBytes: 2000})
		wg.Go(func() {
			for i := range 50 {
				text := fmt.Sprint(i % 7)
				if got, ok := c.Get(key(text)); ok && string(got) != text {
					t.Errorf("got %q, want %q", got, text)
				}
				c.Put(key(text), []byte(text))
				c.Close()
			}
		})
	}
	wg.Wait()
}
