package upstream

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ficus-dev/ficus/strangler/route"
)

// Spec says what an upstream is. Two upstreams with the same URL share their
// connections over a reload, and with the same health path their state.
type Spec struct {
	// Name for logs, metrics and status: the service's, or "monolith".
	Name string
	// URL with scheme (http, https, h2c), host and port.
	URL string
	// Health is the path that is probed; no probes when empty.
	Health string
	// Timeout without progress until the response headers; none when zero.
	Timeout time.Duration
	// Breaker is the circuit breaker; none when its Failures are zero.
	Breaker Breaker
	// Eject says when the upstream is left out of its group; never when its Failures are
	// zero.
	Eject Eject
	// TLS of an https upstream; the system's authorities when zero.
	TLS TLS
}

// TLS says whom an https upstream must be, and who we are to it.
type TLS struct {
	route.PEM
	// ServerName of the upstream's certificate; the URL's host when empty.
	ServerName string
}

// Upstream is one side: connections, and what is known of its health.
type Upstream struct {
	Spec
	client    Client
	transport *http.Transport
	conns     *h1Conns // nil unless the scheme is http
	target    *url.URL
	health    *health
	breaker   *breaker // nil: none
	outlier   outlier
	active    atomic.Int64
}

// Send forwards one exchange; see Client.
func (u *Upstream) Send(w http.ResponseWriter, x *Exchange) error {
	u.active.Add(1)
	defer u.active.Add(-1)
	return u.client.Send(w, x)
}

// Address is the host and port of the URL, the scheme's own when it names none.
func (u *Upstream) Address() (host, port string) {
	port = u.target.Port()
	switch {
	case port != "":
	case u.target.Scheme == "https":
		port = "443"
	default:
		port = "80"
	}
	return u.target.Hostname(), port
}

// RoundTrip sends a request that no client waits for: a shadow or a probe. The
// request has a path only; the upstream's address is filled in.
func (u *Upstream) RoundTrip(r *http.Request) (*http.Response, error) {
	r.URL.Scheme, r.URL.Host = wireScheme(u.target), u.target.Host
	return u.transport.RoundTrip(r)
}

// Healthy is false while the health check fails; true when there is none, or none
// has been made yet.
func (u *Upstream) Healthy() bool { return !u.health.down.Load() }

// Health describes the state for status pages.
func (u *Upstream) Health() Health { return u.health.report(u) }

// Options of a Pool; the zero value is useful.
type Options struct {
	// Logger of changes of health; none when nil.
	Logger *slog.Logger
	// Interval between health probes; 5s when zero.
	Interval time.Duration
	// ProbeTimeout of one probe; 2s when zero.
	ProbeTimeout time.Duration
	// Resolve looks a host name up; the system's resolver when nil.
	Resolve func(ctx context.Context, host string) ([]string, error)
	// Changed is called when an upstream's health changed, and after the first probe
	// that succeeds; it must not block long.
	Changed func(name string, healthy bool, reason string)
}

// Pool owns the upstreams of a proxy over reloads, and their health checks.
type Pool struct {
	options Options

	mu      sync.Mutex
	current []*Upstream
	ctx     context.Context // of Run; nil before
	checks  map[*Upstream]context.CancelFunc
	wait    sync.WaitGroup
	// addresses of each upstream's host name, as they were last
	addresses map[string][]string
}

// NewPool makes an empty pool. Nothing runs before Run.
func NewPool(o Options) *Pool {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Changed == nil {
		o.Changed = func(string, bool, string) {}
	}
	if o.Resolve == nil {
		o.Resolve = systemResolver
	}
	if o.Interval <= 0 {
		o.Interval = 5 * time.Second
	}
	if o.ProbeTimeout <= 0 {
		o.ProbeTimeout = 2 * time.Second
	}
	return &Pool{options: o, checks: map[*Upstream]context.CancelFunc{}}
}

// Build makes the upstreams for the specs, in their order, with the connections of
// those that are in use now. Nothing changes until Use.
func (p *Pool) Build(specs []Spec) ([]*Upstream, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]*Upstream, len(specs))
	for i, s := range specs {
		u, err := p.build(s)
		if err != nil {
			return nil, err
		}
		list[i] = u
	}
	return list, nil
}

func (p *Pool) build(s Spec) (*Upstream, error) {
	target, err := url.Parse(s.URL)
	if err != nil {
		return nil, fmt.Errorf("upstream %s: %w", s.Name, err)
	}
	var transport *http.Transport
	var conns *h1Conns
	state := &health{}
	for _, old := range p.current {
		if old.Spec == s {
			return old, nil
		}
		if old.URL == s.URL && old.TLS == s.TLS {
			transport, conns = old.transport, old.conns
			if old.Spec.Health == s.Health {
				state = old.health
			}
		}
	}
	if transport == nil {
		if transport, err = newTransport(target, s.TLS); err != nil {
			return nil, fmt.Errorf("upstream %s: %w", s.Name, err)
		}
		if target.Scheme == "http" {
			conns = newH1Conns(targetAddress(target))
		}
	}
	log := slog.NewLogLogger(p.options.Logger.With("upstream", s.Name).Handler(), slog.LevelDebug)
	reverse := newReverseClient(s.Name, target, s.Timeout, transport, log)
	var client Client = reverse
	if conns != nil {
		client = newH1Client(reverse, conns)
	}
	return &Upstream{
		Spec: s, conns: conns, client: client, target: target, transport: transport, health: state, breaker: p.newBreaker(s),
	}, nil
}

// Use puts upstreams from Build into use: health checks of new ones start, those
// of others end, and idle connections that nobody uses any longer are closed.
func (p *Pool) Use(list []*Upstream) {
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.current
	p.current = slices.Clone(list)
	for _, u := range before {
		if slices.Contains(list, u) {
			continue
		}
		if stop := p.checks[u]; stop != nil {
			stop()
			delete(p.checks, u)
		}
		if !slices.ContainsFunc(list, func(v *Upstream) bool { return v.transport == u.transport }) {
			u.client.CloseIdle()
		}
	}
	p.startChecks()
}

// startChecks starts the checks that are missing. p.mu is held.
func (p *Pool) startChecks() {
	if p.ctx == nil {
		return
	}
	for _, u := range p.current {
		if p.checks[u] != nil || u.Spec.Health == "" {
			continue
		}
		ctx, cancel := context.WithCancel(p.ctx)
		p.checks[u] = cancel
		p.wait.Go(func() { p.check(ctx, u) })
	}
}

// Run checks health until the context ends, then waits for its goroutines and
// closes idle connections.
func (p *Pool) Run(ctx context.Context) {
	p.mu.Lock()
	p.ctx = ctx
	p.startChecks()
	p.mu.Unlock()
	p.pruneUntil(ctx)
	p.mu.Lock()
	p.ctx = nil // no check starts from here on
	p.mu.Unlock()
	p.wait.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.checks)
	for _, u := range p.current {
		u.client.CloseIdle()
	}
}

// pruneUntil closes connections that have long been idle, and looks up names anew, until
// the context ends.
func (p *Pool) pruneUntil(ctx context.Context) {
	tick := time.NewTicker(idleTimeout / 2)
	defer tick.Stop()
	for {
		p.resolve(ctx)
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			for _, u := range p.Upstreams() {
				if u.conns != nil {
					u.conns.prune(now)
				}
			}
		}
	}
}

// Upstreams in use now, by name and URL.
func (p *Pool) Upstreams() []*Upstream {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := slices.Clone(p.current)
	slices.SortFunc(list, func(a, b *Upstream) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.URL, b.URL))
	})
	return list
}

// health is what probes found out.
type health struct {
	down atomic.Bool

	mu       sync.Mutex
	failures int // in a row
	at       time.Time
	err      string
}

// Health is a report of health for status pages.
type Health struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	// Healthy as Upstream.Healthy.
	Healthy bool `json:"healthy"`
	// Probed is false when no health path is set.
	Probed bool `json:"probed"`
	// Checked is when the last probe ended; zero before.
	Checked time.Time `json:"checked,omitzero"`
	// Error of the last probe.
	Error string `json:"error,omitempty"`
	// Breaker is "closed" (requests pass), "open" or "half-open"; "" without one.
	Breaker string `json:"breaker,omitempty"`
	// Ejected is true while the upstream is left out of its group.
	Ejected bool `json:"ejected,omitempty"`
}

func (h *health) report(u *Upstream) Health {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Health{Name: u.Name, URL: u.URL, Healthy: !h.down.Load(), Probed: u.Spec.Health != "", Checked: h.at, Error: h.err, Breaker: u.breaker.state(), Ejected: u.outlier.out(time.Now())}
}

// downAfter is how many probes must fail in a row; one that succeeds brings the
// upstream back.
const downAfter = 2

// note takes the result of a probe and reports whether the state changed.
func (h *health) note(err error) (changed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at, h.err = time.Now(), ""
	if err == nil {
		h.failures = 0
		return h.down.Swap(false)
	}
	h.err = err.Error()
	h.failures++
	return h.failures >= downAfter && !h.down.Swap(true)
}
