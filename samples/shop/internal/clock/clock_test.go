package clock_test

import (
	"testing"
	"time"

	"example.com/shop/internal/clock"
)

func TestSystem(t *testing.T) {
	t.Parallel()
	before := time.Now().Add(-time.Second)
	now := clock.System{}.Now()
	if now.Before(before) || now.Location() != time.UTC || now.Nanosecond()%1000 != 0 {
		t.Errorf("now = %v", now)
	}
	// Without a monotonic reading, so that == works after a round trip.
	if now != now.Round(0) {
		t.Error("now has a monotonic reading")
	}
}

func TestFixed(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 1, 1, 1, 0, 0, 1500, time.FixedZone("", 3600))
	c := clock.NewFixed(start)
	c.Advance(time.Minute)
	if want := time.Date(2026, 1, 1, 0, 1, 0, 1000, time.UTC); c.Now() != want {
		t.Errorf("now = %v, want %v", c.Now(), want)
	}
}
