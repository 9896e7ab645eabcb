// Package clock tells the time, so that tests can say what it is.
package clock

import "time"

// Clock tells the time.
type Clock interface {
	Now() time.Time
}

// System is the clock of the machine, in UTC with microseconds: what the
// databases keep.
type System struct{}

// Now is the time of the machine.
func (System) Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
