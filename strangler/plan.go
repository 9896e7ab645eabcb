package strangler

import (
	"crypto/tls"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"sync/atomic"

	"github.com/ficus-dev/ficus/strangler/route"
	"github.com/ficus-dev/ficus/strangler/upstream"
)

// plan is one configuration, built: nothing in it changes once it is in force,
// but for counters.
type plan struct {
	config    *route.Config
	revision  int64
	table     *route.Table
	upstreams []*upstream.Upstream
	clients   map[*upstream.Upstream]*clientMetrics
	monolith  *upstream.Group
	trusted   []netip.Prefix
	announce  []netip.Prefix // sources that begin with a PROXY protocol header
	rules     map[*route.Rule]*rule
	overrides *route.Overrides
	tls       *tls.Config // of the listener; nil when it speaks plain HTTP
	files     string      // what the configuration's files hold, as by contents
	unmatched *rule       // stands for all requests that no rule matches
}

// rule is a route with what it needs at run time.
type rule struct {
	name    string
	route   *route.Rule // nil for unmatched and for redirects
	away    *route.Rule // of a redirect
	new     *upstream.Group
	ignore  []route.FieldPath
	sampled atomic.Uint32 // counts requests for the choice of shadow copies
	metrics *routeMetrics
}

// monolithName is the name of the monolith in logs, metrics and status.
const monolithName = "monolith"

// noRoute is the route label of requests that no rule matches.
const noRoute = "(none)"

// build makes a plan and changes nothing.
func (p *Proxy) build(cfg *route.Config, revision int64) (*plan, error) {
	table, err := route.Compile(cfg)
	if err != nil {
		return nil, err
	}
	next := &plan{
		config: cfg, revision: revision, table: table, overrides: cfg.Cohort.Overrides(), files: p.contents(cfg),
		clients: map[*upstream.Upstream]*clientMetrics{},
		rules:   map[*route.Rule]*rule{}, unmatched: &rule{name: noRoute, metrics: p.metrics.forRoute(noRoute)},
	}
	if next.tls, err = p.listenerTLS(cfg); err != nil {
		return nil, err
	}
	services, err := p.buildSides(next)
	if err != nil {
		return nil, err
	}
	for _, u := range next.upstreams {
		next.clients[u] = p.metrics.forUpstream(u)
	}
	for _, r := range table.Rules() {
		if r.Redirect != nil {
			next.rules[r] = &rule{name: r.Name, away: r, metrics: p.metrics.forRoute(r.Name)}
			continue
		}
		bound := &rule{name: r.Name, route: r, new: services[r.Service], metrics: p.metrics.forRoute(r.Name)}
		for _, text := range r.Ignore {
			path, err := route.ParseFieldPath(text)
			if err != nil {
				return nil, err
			}
			bound.ignore = append(bound.ignore, path)
		}
		next.rules[r] = bound
	}
	if next.trusted, err = ranges(cfg.TrustedProxies); err != nil {
		return nil, err
	}
	next.announce, err = ranges(cfg.ProxyProtocol)
	return next, err
}

func ranges(list []string) (prefixes []netip.Prefix, err error) {
	for _, text := range list {
		prefix, err := route.ParseProxyRange(text)
		if err != nil {
			return nil, err
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes, nil
}

func within(list []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// buildSides builds the upstreams of monolith and services.
func (p *Proxy) buildSides(next *plan) (services map[string]*upstream.Group, err error) {
	side := func(name string, u route.Upstream) (*upstream.Group, error) {
		secure, err := u.TLS.Read(p.folder())
		if err != nil {
			return nil, fmt.Errorf("upstream %s: %w", name, err)
		}
		members, err := p.pool.Build(specsOf(name, u, secure))
		next.upstreams = append(next.upstreams, members...)
		return upstream.NewGroup(name, members), err
	}
	if next.monolith, err = side(monolithName, next.config.Monolith); err != nil {
		return nil, err
	}
	next.monolith.Always = true
	services = map[string]*upstream.Group{}
	for _, name := range slices.Sorted(maps.Keys(next.config.Services)) {
		if services[name], err = side(name, next.config.Services[name]); err != nil {
			return nil, err
		}
	}
	return services, nil
}

func specsOf(name string, u route.Upstream, secure route.PEM) []upstream.Spec {
	s := upstream.Spec{Name: name, Health: u.Health, Timeout: u.RequestTimeout(), TLS: upstream.TLS{PEM: secure}}
	if u.TLS != nil {
		s.TLS.ServerName = u.TLS.ServerName
	}
	if b := u.Breaker; b != nil {
		s.Breaker.Failures = orDefault(b.Failures, route.DefaultFailures)
		s.Breaker.Pause = orDefault(b.Pause.Std(), route.DefaultPause)
	}
	if e := u.Eject; e != nil {
		s.Eject.Failures = orDefault(e.Failures, route.DefaultFailures)
		s.Eject.Pause = orDefault(e.Pause.Std(), route.DefaultPause)
	}
	var specs []upstream.Spec
	for _, url := range u.Addresses() {
		s.URL = url
		specs = append(specs, s)
	}
	return specs
}
