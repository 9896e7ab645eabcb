package strangler

import (
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
	monolith  *upstream.Upstream
	trusted   []netip.Prefix
	rules     map[*route.Rule]*rule
	unmatched *rule // stands for all requests that no rule matches
}

// rule is a route with what it needs at run time.
type rule struct {
	name    string
	route   *route.Rule // nil for unmatched
	new     *upstream.Upstream
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
	names := slices.Sorted(maps.Keys(cfg.Services))
	specs := []upstream.Spec{specOf(monolithName, cfg.Monolith)}
	for _, name := range names {
		specs = append(specs, specOf(name, cfg.Services[name]))
	}
	list, err := p.pool.Build(specs)
	if err != nil {
		return nil, err
	}
	next := &plan{
		config: cfg, revision: revision, table: table, upstreams: list, monolith: list[0],
		rules: map[*route.Rule]*rule{}, unmatched: &rule{name: noRoute, metrics: p.metrics.forRoute(noRoute)},
	}
	for _, r := range table.Rules() {
		bound := &rule{name: r.Name, route: r, new: list[1+slices.Index(names, r.Service)], metrics: p.metrics.forRoute(r.Name)}
		for _, text := range r.Ignore {
			path, err := route.ParseFieldPath(text)
			if err != nil {
				return nil, err
			}
			bound.ignore = append(bound.ignore, path)
		}
		next.rules[r] = bound
	}
	for _, text := range cfg.TrustedProxies {
		prefix, err := route.ParseProxyRange(text)
		if err != nil {
			return nil, err
		}
		next.trusted = append(next.trusted, prefix)
	}
	return next, nil
}

func specOf(name string, u route.Upstream) upstream.Spec {
	return upstream.Spec{Name: name, URL: u.URL, Health: u.Health, Timeout: u.RequestTimeout()}
}
