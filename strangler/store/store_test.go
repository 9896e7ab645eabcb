package store_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"github.com/ficus-dev/ficus/strangler/store"
)

// each runs a test with every implementation.
func each(t *testing.T, test func(t *testing.T, s store.Store)) {
	t.Run("memory", func(t *testing.T) { test(t, store.NewMemory()) })
	t.Run("file", func(t *testing.T) {
		s, err := store.Open(filepath.Join(t.TempDir(), "deep", "er", "state"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		test(t, s)
	})
}

func set(t *testing.T, s store.Store, key, value string, revision int64) store.Entry {
	t.Helper()
	e, err := s.CompareAndSet(t.Context(), key, []byte(value), revision)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestCompareAndSet(t *testing.T) {
	each(t, func(t *testing.T, s store.Store) {
		if _, err := s.Get(t.Context(), "a"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Get of nothing: %v", err)
		}
		first := set(t, s, "a", "1", 0)
		second := set(t, s, "a", "2", first.Revision)
		if first.Revision != 1 || second.Revision != 2 || s.Revision() != 2 {
			t.Errorf("revisions %d, %d, %d", first.Revision, second.Revision, s.Revision())
		}
		var conflict *store.ConflictError
		_, err := s.CompareAndSet(t.Context(), "a", []byte("3"), first.Revision)
		if !errors.As(err, &conflict) || conflict.Got != 2 {
			t.Errorf("write from an old revision: %v", err)
		}
		if _, err := s.CompareAndSet(t.Context(), "a", nil, 0); !errors.As(err, &conflict) {
			t.Errorf("second creation: %v", err)
		}
		if e, err := s.Get(t.Context(), "a"); err != nil || string(e.Value) != "2" {
			t.Errorf("Get = %q, %v", e.Value, err)
		}
	})
}

func TestValuesAreCopied(t *testing.T) {
	each(t, func(t *testing.T, s store.Store) {
		value := []byte("ab")
		e, err := s.CompareAndSet(t.Context(), "k", value, 0)
		if err != nil {
			t.Fatal(err)
		}
		value[0], e.Value[1] = 'x', 'x'
		got, _ := s.Get(t.Context(), "k")
		got.Value[0] = 'y'
		if got, _ := s.Get(t.Context(), "k"); string(got.Value) != "ab" {
			t.Errorf("a caller changed the stored value to %q", got.Value)
		}
	})
}

func TestListIsSorted(t *testing.T) {
	each(t, func(t *testing.T, s store.Store) {
		for _, k := range []string{"r/b", "h/1", "r/a", "r/c"} {
			set(t, s, k, k, 0)
		}
		entries, err := s.List(t.Context(), "r/")
		if err != nil || len(entries) != 3 || entries[0].Key != "r/a" || entries[2].Key != "r/c" {
			t.Errorf("List = %v, %v", entries, err)
		}
	})
}

func TestWatch(t *testing.T) {
	each(t, func(t *testing.T, s store.Store) {
		set(t, s, "r/a", "1", 0)
		b := set(t, s, "r/b", "1", 0)
		ctx, cancel := context.WithCancel(t.Context())
		ch, err := s.Watch(ctx, "r/", 1)
		if err != nil {
			t.Fatal(err)
		}
		set(t, s, "h/1", "unseen", 0)
		set(t, s, "r/b", "2", b.Revision)
		for _, want := range []string{"r/b=1@2", "r/b=2@4"} {
			e := <-ch
			if got := fmt.Sprintf("%s=%s@%d", e.Key, e.Value, e.Revision); got != want {
				t.Errorf("watched %s, want %s", got, want)
			}
		}
		cancel()
		if _, open := <-ch; open {
			t.Error("the watch goes on after its context ended")
		}
	})
}

func TestSlowWatcherIsCutOff(t *testing.T) {
	s := store.NewMemory()
	ch, err := s.Watch(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		set(t, s, fmt.Sprint(i), "", 0)
	}
	n := 0
	for range ch {
		n++
	}
	if n == 0 || n >= 1000 {
		t.Errorf("%d entries before the watch was cut off", n)
	}
}

func TestClosed(t *testing.T) {
	each(t, func(t *testing.T, s store.Store) {
		ch, err := s.Watch(t.Context(), "", 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, open := <-ch; open {
			t.Error("the watch outlives the store")
		}
		_, getErr := s.Get(t.Context(), "a")
		_, listErr := s.List(t.Context(), "")
		_, setErr := s.CompareAndSet(t.Context(), "a", nil, 0)
		_, watchErr := s.Watch(t.Context(), "", 0)
		for _, err := range []error{getErr, listErr, setErr, watchErr} {
			if !errors.Is(err, store.ErrClosed) {
				t.Errorf("after Close: %v", err)
			}
		}
	})
}

// Of all who try to move a counter from one revision, exactly one wins.
func TestConcurrentWritersNeverOverwrite(t *testing.T) {
	each(t, func(t *testing.T, s store.Store) {
		const writers, each = 4, 50
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for range each {
					increment(t, s)
				}
			})
		}
		wg.Wait()
		if e, err := s.Get(t.Context(), "n"); err != nil || string(e.Value) != fmt.Sprint(writers*each) {
			t.Errorf("counted to %s (%v), want %d", e.Value, err, writers*each)
		}
	})
}

func increment(t *testing.T, s store.Store) {
	for {
		e, err := s.Get(t.Context(), "n")
		n := 0
		if err == nil {
			fmt.Sscan(string(e.Value), &n)
		}
		_, err = s.CompareAndSet(t.Context(), "n", fmt.Append(nil, n+1), e.Revision)
		var conflict *store.ConflictError
		if err == nil {
			return
		}
		if !errors.As(err, &conflict) {
			t.Error(err)
			return
		}
	}
}
