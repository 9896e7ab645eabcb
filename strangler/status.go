package strangler

import (
	"time"

	"github.com/ficus-dev/ficus/strangler/upstream"
)

// Status is the state of the data plane, for admin.
type Status struct {
	// Revision of the configuration in force: 1 at the start, one more with every reload.
	Revision int64 `json:"revision"`
	// Listen is the address that is served; "" before Run.
	Listen string `json:"listen"`
	// Started is when Run began; zero before.
	Started time.Time `json:"started,omitzero"`
	// ConfigFile that is watched.
	ConfigFile string `json:"config_file,omitempty"`
	// Refused is the last configuration when it was not accepted; nil once one is.
	Refused *Refusal `json:"refused,omitempty"`
	// Upstreams by name, with their health.
	Upstreams []upstream.Health `json:"upstreams"`
	// Active is the number of requests and upgraded connections under way.
	Active int64 `json:"active"`
	// Shadow counts copies since the start.
	Shadow ShadowStatus `json:"shadow"`
}

// Refusal is a configuration that was not accepted.
type Refusal struct {
	At    time.Time `json:"at"`
	Error string    `json:"error"`
}

// ShadowStatus counts copies.
type ShadowStatus struct {
	Compared   int64 `json:"compared"`
	Mismatched int64 `json:"mismatched"`
	Dropped    int64 `json:"dropped"`
	Waiting    int   `json:"waiting"`
}

// Refused is why the configuration that was read last is not in force; "" when it is.
func (p *Proxy) Refused() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refused == nil {
		return ""
	}
	return p.refused.Error
}

// Status describes the proxy now.
func (p *Proxy) Status() Status {
	pl := p.plan.Load()
	s := Status{Revision: pl.revision, ConfigFile: p.options.ConfigFile, Active: p.active.n.Load()}
	for _, u := range p.pool.Upstreams() {
		s.Upstreams = append(s.Upstreams, u.Health())
	}
	counts := &p.metrics.counts
	s.Shadow = ShadowStatus{counts.compared.Load(), counts.mismatched.Load(), counts.dropped.Load(), p.copier.Waiting()}
	p.mu.Lock()
	defer p.mu.Unlock()
	s.Listen, s.Started, s.Refused = p.listen, p.started, p.refused
	return s
}
