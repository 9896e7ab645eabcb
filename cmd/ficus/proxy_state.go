package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/ficus-dev/ficus/strangler/store"
)

// lentStore is a store that can be closed for a while, when another process takes the
// file over, and opened again when that one did not come up.
type lentStore struct {
	path string // "" for memory

	mu    sync.RWMutex
	store store.Store
	lent  bool
}

// openState opens the state of the rollout. The file may still be in the hands of the
// process before, which closes it on being told.
func openState(path string, from *inherited) (*lentStore, error) {
	if path == "" {
		return &lentStore{store: store.NewMemory()}, nil
	}
	from.askForState()
	s, err := store.Open(path)
	for limit := time.Now().Add(handoverTimeout); from != nil && errors.Is(err, store.ErrLocked) && time.Now().Before(limit); {
		time.Sleep(lockPause)
		s, err = store.Open(path)
	}
	if err != nil {
		return nil, fmt.Errorf("open the rollout's state: %w", err)
	}
	return &lentStore{path: path, store: s}, nil
}

// lockPause is the time between two looks whether the file is free.
const lockPause = 10 * time.Millisecond

// lend closes the file for another process.
func (l *lentStore) lend() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.path == "" || l.lent {
		return nil
	}
	l.lent = true
	return l.store.Close()
}

// takeBack opens it again.
func (l *lentStore) takeBack() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.lent {
		return nil
	}
	s, err := store.Open(l.path)
	if err != nil {
		return fmt.Errorf("open the rollout's state again: %w", err)
	}
	l.store, l.lent = s, false
	return nil
}

// isLent reports whether another process has the file.
func (l *lentStore) isLent() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.lent
}

func (l *lentStore) now() store.Store {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.store
}

// Get implements store.Store.
func (l *lentStore) Get(ctx context.Context, key string) (store.Entry, error) {
	return l.now().Get(ctx, key)
}

// List implements store.Store.
func (l *lentStore) List(ctx context.Context, prefix string) ([]store.Entry, error) {
	return l.now().List(ctx, prefix)
}

// CompareAndSet implements store.Store.
func (l *lentStore) CompareAndSet(ctx context.Context, key string, value []byte, revision int64) (store.Entry, error) {
	return l.now().CompareAndSet(ctx, key, value, revision)
}

// Watch implements store.Store.
func (l *lentStore) Watch(ctx context.Context, prefix string, after int64) (<-chan store.Entry, error) {
	return l.now().Watch(ctx, prefix, after)
}

// Revision implements store.Store.
func (l *lentStore) Revision() int64 { return l.now().Revision() }

// Close implements store.Store.
func (l *lentStore) Close() error {
	if l.isLent() {
		return nil
	}
	return l.now().Close()
}

// runRollout runs the controller. What it cannot save in the end because the state is
// another process's is no failure: that process has had the last of it.
func (r *running) runRollout(ctx context.Context) error {
	err := r.controller.Run(ctx)
	if r.state.isLent() {
		return nil
	}
	return err
}

func (o *proxyOptions) writePID() error {
	if o.pidFile == "" {
		return nil
	}
	temporary := o.pidFile + ".new"
	if err := os.WriteFile(temporary, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o644); err != nil {
		return fmt.Errorf("write the process id: %w", err)
	}
	if err := os.Rename(temporary, o.pidFile); err != nil {
		return fmt.Errorf("write the process id: %w", err)
	}
	return nil
}
