package strangler

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/trace"

	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/route"
	"github.com/ficus-dev/ficus/strangler/shadow"
	"github.com/ficus-dev/ficus/strangler/upstream"
)

// Options of a Proxy. Config is required; the zero value of the rest is useful.
type Options struct {
	// Config to begin with.
	Config *route.Config
	// ConfigFile is watched when set: a change of it, or of the certificates that it
	// names, reloads the configuration. Their names are relative to its folder, to the
	// working directory when there is none.
	ConfigFile string
	// Logger of what happens to the proxy (not of requests); none when nil.
	Logger *slog.Logger
	// AccessLog gets one JSON line a request, in batches of at most a tenth of a second
	// while Run serves; none when nil. A writer that does not keep up loses lines, which
	// strangler_access_log_dropped_total counts, and holds no request up.
	AccessLog io.Writer
	// Recorder gets every observation and comparison; nobody when nil.
	Recorder rollout.Recorder
	// Weights says which share is in force; the configuration's weights when nil.
	Weights rollout.Weights
	// Tracer makes a span for each request and one for each attempt at an upstream, with
	// the names of OpenTelemetry's conventions for HTTP, and upstreams get their context
	// (W3C traceparent). When nil nothing is traced, which costs nothing, and a context of
	// the client passes as it came.
	Tracer trace.Tracer
	// Registry gets the metrics; a private one when nil.
	Registry *prometheus.Registry
	// OnReload is called after a new configuration came into force.
	OnReload func(*route.Config)
	// OnHealth is called when a service's health changes.
	OnHealth func(service string, healthy bool, reason string)
	// ShutdownTimeout bounds the graceful stop; 10s when zero.
	ShutdownTimeout time.Duration
	// HeaderTimeout bounds the wait for a request's header, and for the TLS handshake
	// before it; 10s when zero.
	HeaderTimeout time.Duration
	// WriteTimeout bounds the wait for a client that takes nothing of its answer; 60s when
	// zero.
	WriteTimeout time.Duration
	// HealthInterval is the time between health probes; 5s when zero.
	HealthInterval time.Duration
	// MaxReplay bounds the part of a request's body that is kept so that the
	// monolith can answer after the new side failed, in bytes; 64 KiB when zero.
	MaxReplay int
	// Shadow bounds the copies; its Done and Dropped are not used.
	Shadow shadow.Options
}

// Proxy is the data plane: an http.Handler, and Run to serve it.
type Proxy struct {
	options Options
	log     *slog.Logger
	access  *accessLog // nil: none
	metrics *metrics
	pool    *upstream.Pool
	copier  *shadow.Copier
	plan    atomic.Pointer[plan]
	secure  atomic.Pointer[tls.Config] // of the listener, the last there was
	active  inflight
	conns   inflight // connections of clients

	draining   atomic.Bool
	warnedBare atomic.Int64 // when the log said last that PROXY headers are missing, in ns since 1970

	reloading sync.Mutex
	mu        sync.Mutex // guards what follows
	refused   *Refusal
	listen    string
	started   time.Time
}

// New builds a proxy. Nothing runs before Run; ServeHTTP works at once, without
// health checks and shadow copies.
func New(o Options) (*Proxy, error) {
	if o.Config == nil {
		return nil, errors.New("build proxy: no configuration")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	o.ShutdownTimeout = orDefault(o.ShutdownTimeout, 10*time.Second)
	o.HeaderTimeout = orDefault(o.HeaderTimeout, headerTimeout)
	o.WriteTimeout = orDefault(o.WriteTimeout, writeTimeout)
	o.MaxReplay = orDefault(o.MaxReplay, 64<<10)
	p := &Proxy{options: o, log: o.Logger}
	p.active.quiet, p.conns.quiet = make(chan struct{}, 1), make(chan struct{}, 1)
	p.pool = upstream.NewPool(upstream.Options{Logger: o.Logger, Interval: o.HealthInterval, Changed: p.healthChanged})
	copies := o.Shadow
	copies.Done, copies.Dropped = p.compared, p.dropped
	p.copier = shadow.New(copies)
	p.metrics = newMetrics()
	if o.AccessLog != nil {
		p.access = newAccessLog(o.AccessLog, p.metrics.logDropped)
	}
	if err := o.Registry.Register(p.metrics.all(p)); err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	if err := p.swap(o.Config); err != nil {
		return nil, err
	}
	return p, nil
}

func orDefault[T time.Duration | int](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// Reload puts a configuration into force: it is built and checked first, then
// swapped in one step. On an error nothing changes.
func (p *Proxy) Reload(cfg *route.Config) error {
	if err := p.swap(cfg); err != nil {
		p.refuse(err)
		return err
	}
	if p.options.OnReload != nil {
		p.options.OnReload(cfg)
	}
	p.log.Info("configuration in force", "revision", p.plan.Load().revision, "routes", len(cfg.Routes))
	return nil
}

// swap builds a plan and puts it into force.
func (p *Proxy) swap(cfg *route.Config) error {
	if cfg == nil {
		return errors.New("reload: no configuration")
	}
	p.reloading.Lock()
	defer p.reloading.Unlock()
	revision := int64(1)
	before := p.plan.Load()
	if before != nil {
		revision = before.revision + 1
	}
	next, err := p.build(cfg, revision)
	if err != nil {
		return err
	}
	p.plan.Store(next)
	if next.tls != nil {
		p.secure.Store(next.tls)
	}
	p.pool.Use(next.upstreams)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused = nil
	if before == nil {
		return nil
	}
	if later := before.config.Restarts(cfg); len(later) > 0 {
		p.log.Warn("changed in the file, but a reload cannot put it into force: restart (SIGUSR2 loses no request)", "keys", strings.Join(later, ", "))
	}
	return nil
}

// refuse notes a configuration that was not accepted.
func (p *Proxy) refuse(err error) {
	p.metrics.reloadsRefused.Inc()
	p.mu.Lock()
	p.refused = &Refusal{At: time.Now(), Error: err.Error()}
	p.mu.Unlock()
	p.log.Error("configuration refused: the one before stays in force", "revision", p.plan.Load().revision, "error", err.Error())
}

// healthChanged tells whether a service is well: one of its upstreams suffices.
func (p *Proxy) healthChanged(name string, _ bool, reason string) {
	if p.options.OnHealth == nil || name == monolithName {
		return
	}
	for _, u := range p.plan.Load().upstreams {
		if u.Name == name && u.Healthy() {
			p.options.OnHealth(name, true, "")
			return
		}
	}
	p.options.OnHealth(name, false, reason)
}
