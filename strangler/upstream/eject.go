package upstream

import (
	"sync/atomic"
	"time"
)

// Eject says when an upstream is left out of its group, and for how long.
type Eject struct {
	// Failures in a row; 0 is never.
	Failures int
	// Pause until it gets requests again; the next failure then ejects it anew.
	Pause time.Duration
}

// outlier counts the failures of one upstream.
type outlier struct {
	failures atomic.Int64 // in a row
	until    atomic.Int64 // ns since 1970; left out before
}

// Note takes what became of a request.
func (u *Upstream) Note(o Outcome) {
	if u.Spec.Eject.Failures <= 0 {
		return
	}
	switch o {
	case Succeeded:
		if u.outlier.failures.Load() != 0 {
			u.outlier.failures.Store(0)
		}
	case Failed:
		if u.outlier.failures.Add(1) >= int64(u.Spec.Eject.Failures) {
			u.outlier.until.Store(time.Now().Add(u.Spec.Eject.Pause).UnixNano())
		}
	}
}

func (o *outlier) out(now time.Time) bool {
	until := o.until.Load()
	return until != 0 && now.UnixNano() < until
}

// ejected reports whether members are to be left out now: not when more than half
// would be.
func (g *Group) ejected() (now time.Time, some bool) {
	if len(g.members) < 2 || g.members[0].Spec.Eject.Failures <= 0 {
		return time.Time{}, false
	}
	now = time.Now()
	n := 0
	for _, u := range g.members {
		if u.outlier.out(now) {
			n++
		}
	}
	return now, n > 0 && 2*n <= len(g.members)
}

// A retry on another upstream of a group is paid for by requests: at most one for
// every retryPrice of them in the long run, and no more than a burst at once. Without
// a budget, an arm that fails as a whole would get several times its load just then.
const (
	retryPrice = 5
	retryBurst = 100
	fullBudget = retryPrice * retryBurst
)

// budget counts what retries may still cost. Its zero value is full.
type budget struct{ spent atomic.Int64 }

// earn is called for every request.
func (b *budget) earn() {
	if b.spent.Load() > 0 {
		b.spent.Add(-1)
	}
}

// MayRetry reports whether a request that was not sent may be tried on another
// upstream of the group, and counts it.
func (g *Group) MayRetry() bool {
	if g.retries.spent.Add(retryPrice) <= fullBudget {
		return true
	}
	g.retries.spent.Add(-retryPrice)
	return false
}
