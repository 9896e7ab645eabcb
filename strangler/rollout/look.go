package rollout

import (
	"context"
	"maps"
	"slices"
	"time"
)

// leastPause keeps a storm of failures from taking more than a few percent of a core.
const leastPause = 20 * time.Millisecond

// Run looks at the evidence every interval, and at once after a failure, until ctx
// ends; then it saves what was counted. It returns an error only if that last save
// fails.
func (c *Controller) Run(ctx context.Context) error {
	ticker := time.NewTicker(c.interval)
	defer ticker.Stop()
	rest := time.NewTimer(0)
	defer rest.Stop()
	for {
		select {
		case <-ctx.Done():
			return c.Save()
		case <-rest.C:
		}
		select {
		case <-ctx.Done():
			return c.Save()
		case <-ticker.C:
		case <-c.kick:
		}
		c.Evaluate()
		rest.Reset(leastPause)
	}
}

// checkpointEvery is how often counts are saved while nothing is decided.
const checkpointEvery = 10 * time.Second

// Evaluate collects, decides and acts once, as Run does every interval.
func (c *Controller) Evaluate() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.collectNews()
	c.evaluate()
	if now := c.clock(); now.Sub(c.checkpoint) >= checkpointEvery {
		c.checkpoint = now
		if err := c.saveAll(); err != nil {
			c.log.Error("rollout state not saved", "error", err)
		}
	}
}

// Save writes all counts to the store.
func (c *Controller) Save() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.collect()
	return c.saveAll()
}

// collect moves counts from the data plane's counters into the states.
func (c *Controller) collect() {
	now := c.clock()
	for _, m := range c.inOrder {
		m.collect(now)
	}
}

// collectNews is collect for the routes that evaluate looks at: those on which something
// was counted, or whose time has come.
func (c *Controller) collectNews() {
	now := c.clock()
	for _, m := range c.inOrder {
		if m.counter.touched.Load() || m.stale || !now.Before(m.look) {
			m.collect(now)
		}
	}
}

func (m *managed) collect(now time.Time) {
	m.counter.touched.Store(false) // before the counts are read: what comes later touches it anew
	if taken := m.counter.take(); len(taken) > 0 {
		for _, share := range slices.Sorted(maps.Keys(taken)) {
			m.state.record(share, taken[share])
		}
		m.dirty, m.stale, m.counted = true, true, true
	}
	if p := m.counter.takeParity(); p.Compared > 0 || p.Different > 0 {
		m.state.Parity = m.state.Parity.add(p)
		m.dirty, m.stale, m.counted = true, true, true
	}
	m.state.roll(now)
	m.renewEpoch(now)
}

// unitEpoch is how long a unit's failure hides its next ones on the same step.
const unitEpoch = 10 * time.Minute

func (m *managed) renewEpoch(now time.Time) {
	if now.Sub(m.epoch) >= unitEpoch || m.counter.failed.full() {
		m.epoch = now
		m.counter.failed.clear()
	}
}

// evaluate decides for every route and acts; the lock is held.
func (c *Controller) evaluate() {
	now := c.clock()
	for i, m := range c.inOrder {
		quiet := !m.stale
		if quiet && now.Before(m.look) {
			continue
		}
		m.decide(now)
		if m.decision.Action != Hold {
			c.act(m, now)
		}
		m.curve.add(now, m.state, m.decision.Numbers)
		m.look = now
		if quiet {
			m.look = now.Add(m.rest(i))
		}
	}
	c.announce()
}

// rest is how long a route on which nothing is counted is left alone: until one of its
// gates opens by time, and not for long. Ten thousand routes without traffic cost next to
// nothing so, and i spreads them over time.
func (m *managed) rest(i int) time.Duration {
	most := 10*time.Second + time.Duration(i%10)*time.Second
	for _, g := range m.decision.Gates {
		if !g.OK && g.Seconds != nil {
			most = min(most, time.Duration(*g.Seconds*float64(time.Second)))
		}
	}
	return most
}
