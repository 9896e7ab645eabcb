// Package clock is the time source of the shop, so that tests can stop it.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time. All times are UTC and have microsecond precision,
// which is what both databases can store.
type Clock interface {
	Now() time.Time
}

// System is the wall clock.
type System struct{}

// Now returns the current time in UTC.
func (System) Now() time.Time {
	return time.Now().UTC().Truncate(time.Microsecond)
}

// Fixed is a clock that only moves when told to.
type Fixed struct {
	mu  sync.Mutex
	now time.Time
}

// NewFixed returns a clock standing at t.
func NewFixed(t time.Time) *Fixed {
	return &Fixed{now: t.UTC().Truncate(time.Microsecond)}
}

// Now returns the time the clock stands at.
func (f *Fixed) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// Advance moves the clock by d.
func (f *Fixed) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}
