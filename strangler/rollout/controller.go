package rollout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ficus-dev/ficus/strangler/route"
	"github.com/ficus-dev/ficus/strangler/store"
)

// Options of a Controller. Config is required.
type Options struct {
	Config *route.Config
	// Store keeps shares, counts and history; in memory when nil. The caller closes it.
	Store store.Store
	// Logger takes one line a decision; none when nil.
	Logger *slog.Logger
	// Clock is time.Now when nil.
	Clock func() time.Time
	// Interval between two looks at the evidence; one second when 0. A first failure
	// of a unit on the new side is looked at at once.
	Interval time.Duration
}

// Controller moves routes: it counts what the proxy saw, decides, and says which
// share is in force. Observe, Compare and Share are for every request and take no
// lock; everything else is for people and costs more.
type Controller struct {
	store    store.Store
	log      *slog.Logger
	clock    func() time.Time
	interval time.Duration
	table    atomic.Pointer[map[string]*counter] // for the data plane, by route name
	kick     chan struct{}                       // a failure wants to be looked at

	mu         sync.Mutex // guards what follows
	config     *route.Config
	revision   string // of config
	routes     map[string]*managed
	order      []string // names in the configuration's order
	inOrder    []*managed
	health     map[string]string
	history    []Record
	unsaved    int // of history, at its end
	checkpoint time.Time
	watchers   map[chan struct{}]struct{}
	enough     map[enoughKey]float64 // see memo
}

// managed is one route under control.
type managed struct {
	rule     route.Route
	policy   route.Policy
	counter  *counter
	state    *State
	decision Decision
	// numbers of the state, to be computed again when stale: they cost more than the
	// rest of a decision.
	numbers  Numbers
	stale    bool
	counted  bool // since the last decision
	memo     memo
	curve    curve
	revision int64     // in the store
	dirty    bool      // counted since the last save
	look     time.Time // nothing is to be decided before, unless something is counted
	epoch    time.Time
}

// Compile-time checks: what the proxy needs.
var (
	_ Recorder = (*Controller)(nil)
	_ Weights  = (*Controller)(nil)
)

// NewController loads the state of the configured routes from the store.
func NewController(o Options) (*Controller, error) {
	if o.Config == nil {
		return nil, errors.New("start the rollout: no configuration")
	}
	c := &Controller{
		store: o.Store, log: o.Logger, clock: o.Clock, interval: cmp.Or(o.Interval, time.Second),
		kick: make(chan struct{}, 1), routes: map[string]*managed{}, health: map[string]string{},
		watchers: map[chan struct{}]struct{}{}, enough: map[enoughKey]float64{},
	}
	if c.store == nil {
		c.store = store.NewMemory()
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.clock == nil {
		c.clock = time.Now
	}
	ctx := context.Background()
	if err := c.loadHistory(ctx); err != nil {
		return nil, err
	}
	if err := c.Reload(o.Config); err != nil {
		return nil, err
	}
	return c, nil
}

// Reload puts another configuration in force, in one step: routes keep share and
// evidence by name. A route whose service changed starts afresh at its weight. On
// an error nothing changes.
func (c *Controller) Reload(config *route.Config) error {
	revision, err := ConfigRevision(config)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.collect()
	routes, order, err := c.build(config)
	if err != nil {
		return err
	}
	c.config, c.revision, c.routes, c.order = config, revision, routes, order
	c.inOrder = make([]*managed, len(order))
	for i, name := range order {
		c.inOrder[i] = routes[name]
	}
	table := make(map[string]*counter, len(routes))
	for name, m := range routes {
		table[name] = m.counter
	}
	c.table.Store(&table)
	for _, m := range routes {
		if route.Share(m.counter.share.Load()) != m.state.Share {
			m.counter.enter(m.state.Share)
		}
	}
	c.evaluate()
	return nil
}

// build makes the routes of a configuration from those in force and the store.
func (c *Controller) build(config *route.Config) (map[string]*managed, []string, error) {
	routes := map[string]*managed{}
	var order []string
	for i := range config.Routes {
		rule := config.Routes[i]
		m, err := c.manage(config, &rule)
		if err != nil {
			return nil, nil, err
		}
		routes[rule.Name] = m
		order = append(order, rule.Name)
	}
	return routes, order, nil
}

func (c *Controller) manage(config *route.Config, rule *route.Route) (*managed, error) {
	now := c.clock()
	m := &managed{rule: *rule, policy: config.PolicyOf(rule.Name), epoch: now, stale: true, memo: memo{enough: c.enough}}
	if old, ok := c.routes[rule.Name]; ok {
		state := old.state.clone()
		m.state, m.counter, m.curve, m.revision, m.dirty = &state, old.counter, old.curve, old.revision, true
		if !slices.Equal(old.rule.Ignore, rule.Ignore) {
			m.state.Parity = Parity{} // other rules of comparison, other evidence
		}
	} else if err := c.restoreState(m); err != nil {
		return nil, err
	}
	c.adapt(m, now)
	if m.counter == nil {
		m.counter = newCounter(m.state.Share)
	}
	return m, nil
}

// adapt fits the state to the rule of the configuration in force.
func (c *Controller) adapt(m *managed, now time.Time) {
	s := m.state
	s.Shadowed = m.rule.Shadow > 0
	s.Unhealthy = c.health[m.rule.Service]
	switch {
	case s.Service != m.rule.Service:
		m.counter = nil
		s.Service, s.Moved, s.Paused = m.rule.Service, false, false
		s.restart(m.rule.Weight, now)
	case !s.Moved && s.Share != m.rule.Weight:
		s.enter(m.rule.Weight, now)
	}
}

// Observe counts one answer. Routes that are not configured are ignored.
func (c *Controller) Observe(o Observation) {
	counter, ok := (*c.table.Load())[o.Route]
	if !ok {
		return
	}
	if counter.observe(o) && o.Arm == New {
		c.wake()
	}
}

// Compare counts one shadowed request.
func (c *Controller) Compare(cmp Comparison) {
	if counter, ok := (*c.table.Load())[cmp.Route]; ok {
		counter.compare(cmp)
	}
}

// Share is the share (1/10000) of the route that is in force; 0, the monolith, for
// unknown routes.
func (c *Controller) Share(name string) int {
	if counter, ok := (*c.table.Load())[name]; ok {
		return int(counter.share.Load())
	}
	return 0
}

// Health tells whether a service answers its health checks. A service that is out
// of health rolls its routes back.
func (c *Controller) Health(service string, healthy bool, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if healthy {
		reason = ""
	} else if reason == "" {
		reason = "health check failed"
	}
	if c.health[service] == reason {
		return
	}
	c.health[service] = reason
	for _, m := range c.routes {
		if m.rule.Service == service {
			m.state.Unhealthy, m.look = reason, time.Time{}
		}
	}
	c.wake()
}

func (c *Controller) wake() {
	select {
	case c.kick <- struct{}{}:
	default: // a look is due already
	}
}

// Revision of the configuration in force.
func (c *Controller) Revision() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.revision
}

// announce wakes the watchers.
func (c *Controller) announce() {
	for ch := range c.watchers {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// Watch returns a channel that receives after every look at the evidence and every
// change; several may fall together. stop ends it.
func (c *Controller) Watch() (changes <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watchers[ch] = struct{}{}
	return ch, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.watchers, ch)
	}
}

// unknownRoute says which routes there are.
func (c *Controller) unknownRoute(name string) error {
	names := slices.Sorted(slices.Values(c.order))
	return fmt.Errorf("%w %q; there are: %s", ErrUnknownRoute, name, quoteList(names))
}
