package upstream

import (
	"slices"
	"sync/atomic"
)

// Group is one side of the traffic: one or more upstreams that are alike.
type Group struct {
	// Name of the side: the service's, or "monolith".
	Name string
	// Always lets an unhealthy upstream be picked when no other is left: nobody else
	// could answer.
	Always bool

	members []*Upstream
	turn    atomic.Uint32
	retries budget
}

// NewGroup makes a side of upstreams from Pool.Build.
func NewGroup(name string, members []*Upstream) *Group {
	return &Group{Name: name, members: slices.Clone(members)}
}

// Len is the number of upstreams.
func (g *Group) Len() int { return len(g.members) }

// Healthy reports whether an upstream of the group is healthy.
func (g *Group) Healthy() bool { return slices.ContainsFunc(g.members, (*Upstream).Healthy) }

// Pick is the healthy upstream with the fewest requests under way, the next in turn
// among equals, none of those that were tried; nil when none is left.
func (g *Group) Pick(tried []*Upstream) *Upstream {
	if len(tried) == 0 {
		g.retries.earn()
	}
	if now, some := g.ejected(); some {
		if best := g.least(tried, func(u *Upstream) bool { return u.Healthy() && !u.outlier.out(now) }); best != nil {
			return best
		}
	}
	if best := g.least(tried, (*Upstream).Healthy); best != nil || !g.Always {
		return best
	}
	return g.least(tried, func(*Upstream) bool { return true })
}

func (g *Group) least(tried []*Upstream, fits func(*Upstream) bool) (best *Upstream) {
	start := 0
	if len(g.members) > 1 {
		start = int(g.turn.Add(1))
	}
	for i := range g.members {
		u := g.members[(start+i)%len(g.members)]
		if fits(u) && !slices.Contains(tried, u) && (best == nil || u.active.Load() < best.active.Load()) {
			best = u
		}
	}
	return best
}
