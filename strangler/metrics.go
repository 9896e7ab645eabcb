package strangler

import (
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/upstream"
)

// metrics of the proxy. Labels are bounded: routes by the configuration, methods
// by a list, the rest by constants.
type metrics struct {
	durations      *prometheus.HistogramVec
	attempts       *prometheus.HistogramVec
	requests       *prometheus.CounterVec
	fallbacks      *prometheus.CounterVec
	compared       *prometheus.CounterVec
	mismatched     *prometheus.CounterVec
	dropped        *prometheus.CounterVec
	reloadsRefused prometheus.Counter
	logDropped     prometheus.Counter

	counts struct{ compared, mismatched, dropped atomic.Int64 } // for Status
}

func newMetrics() *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "strangler_" + name, Help: help}, labels)
	}
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		// The boundaries that OpenTelemetry's semantic conventions advise.
		buckets := []float64{.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10}
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	}
	return &metrics{
		// http.server.request.duration and http.client.request.duration of OpenTelemetry.
		durations: histogram("http_server_request_duration_seconds", "Duration of requests, from their headers to the end of the answer.",
			"http_request_method", "http_response_status_code", "http_route"),
		attempts: histogram("http_client_request_duration_seconds", "Duration of attempts at an upstream, to the end of the answer.",
			"http_request_method", "http_response_status_code", "error_type", "server_address", "server_port", "upstream"),
		requests:   counter("requests_total", "Requests by route and assigned arm.", "route", "arm"),
		fallbacks:  counter("fallback_total", "Requests of the new arm that the monolith answered, by reason.", "route", "reason"),
		compared:   counter("shadow_compared_total", "Copies compared.", "route"),
		mismatched: counter("shadow_mismatch_total", "Copies answered differently, by the first difference.", "route", "class"),
		dropped:    counter("shadow_dropped_total", "Copies not compared, by reason.", "reason"),
		reloadsRefused: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "strangler_reload_refused_total", Help: "Configurations that were refused."}),
		logDropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "strangler_access_log_dropped_total", Help: "Lines of the access log that could not be written."}),
	}
}

// routeMetrics are the metrics of one route, looked up once.
type routeMetrics struct {
	route    string
	of       *metrics
	old, new prometheus.Counter
	answers  durations
}

func (m *metrics) forRoute(name string) *routeMetrics {
	r := &routeMetrics{
		route: name, of: m,
		old: m.requests.WithLabelValues(name, string(rollout.Old)),
		new: m.requests.WithLabelValues(name, string(rollout.New)),
	}
	r.answers.make = func(k ending) prometheus.Observer {
		return m.durations.WithLabelValues(methods[k.method], strconv.Itoa(k.status), name)
	}
	return r
}

func (m *routeMetrics) requests(arm rollout.Arm) prometheus.Counter {
	if arm == rollout.New {
		return m.new
	}
	return m.old
}

func (m *routeMetrics) fallback(reason string) prometheus.Counter {
	return m.of.fallbacks.WithLabelValues(m.route, reason)
}

// clientMetrics are the metrics of one upstream, looked up once.
type clientMetrics struct{ attempts durations }

func (m *metrics) forUpstream(u *upstream.Upstream) *clientMetrics {
	host, port := u.Address()
	c := &clientMetrics{}
	c.attempts.make = func(k ending) prometheus.Observer {
		status := ""
		if k.status != 0 {
			status = strconv.Itoa(k.status)
		}
		kind := k.failure
		if k.status >= 400 {
			kind = status
		}
		return m.attempts.WithLabelValues(methods[k.method], status, kind, host, port, u.Name)
	}
	return c
}

// observe takes an attempt: the status of its answer, 0 for none, and its failure.
func (c *clientMetrics) observe(method string, status int, failure *upstream.Failure, took time.Duration) {
	c.attempts.of(ending{methodNumber(method), status, failureType(failure)}).Observe(took.Seconds())
}

// failureType is error.type of a failure, "" when there is none; a refused answer is
// none of the attempt.
func failureType(f *upstream.Failure) string {
	switch {
	case f == nil || f.Kind == upstream.Refused:
		return ""
	case f.Kind == upstream.Left:
		return "client_left"
	}
	return string(f.Kind)
}

// methods are the values of the method label; others become the first.
var methods = [...]string{"_OTHER", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"}

func methodNumber(method string) int {
	for i, m := range methods {
		if m == method {
			return i
		}
	}
	return 0
}

// ending is what a histogram of durations is chosen by.
type ending struct {
	method, status int
	failure        string
}

// durations are histograms of one kind, each built once: a look-up by labels costs more
// than all else that is counted.
type durations struct {
	make   func(ending) prometheus.Observer
	known  atomic.Pointer[[]known] // the few that occur
	adding sync.Mutex
}

type known struct {
	ending
	prometheus.Observer
}

func (d *durations) of(k ending) prometheus.Observer {
	if o := find(d.known.Load(), k); o != nil {
		return o
	}
	d.adding.Lock()
	defer d.adding.Unlock()
	before := d.known.Load()
	if o := find(before, k); o != nil {
		return o
	}
	list := []known{{k, d.make(k)}}
	if before != nil {
		list = append(list, *before...)
	}
	d.known.Store(&list)
	return list[0].Observer
}

func find(list *[]known, k ending) prometheus.Observer {
	if list == nil {
		return nil
	}
	for i := range *list {
		if o := &(*list)[i]; o.ending == k {
			return o.Observer
		}
	}
	return nil
}

// collector gathers all metrics of a proxy, and reads the gauges when asked.
type collector struct {
	proxy                      *Proxy
	parts                      []prometheus.Collector
	revision, healthy, waiting *prometheus.Desc
	broken                     *prometheus.Desc
	weight                     *prometheus.Desc // nil when the rollout reports it
}

func (m *metrics) all(p *Proxy) prometheus.Collector {
	gauge := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("strangler_"+name, help, labels, nil)
	}
	c := &collector{
		proxy:    p,
		parts:    []prometheus.Collector{m.durations, m.attempts, m.requests, m.fallbacks, m.compared, m.mismatched, m.dropped, m.reloadsRefused, m.logDropped},
		revision: gauge("plan_revision", "Number of the configuration in force, from 1 at the start."),
		healthy:  gauge("upstream_healthy", "1 while the upstream answers its health checks.", "upstream", "url"),
		broken:   gauge("upstream_breaker_open", "1 while the upstream's circuit breaker lets nothing pass.", "upstream", "url"),
		waiting:  gauge("shadow_waiting", "Copies that wait to be sent."),
	}
	if p.options.Weights == nil {
		c.weight = gauge("cohort_weight_ratio", "Share of the cohort's users on the new side, 0 to 1.", "route")
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, part := range c.parts {
		part.Describe(ch)
	}
	for _, d := range []*prometheus.Desc{c.revision, c.healthy, c.waiting, c.broken, c.weight} {
		if d != nil {
			ch <- d
		}
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	for _, part := range c.parts {
		part.Collect(ch)
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	pl := c.proxy.plan.Load()
	gauge(c.revision, float64(pl.revision))
	gauge(c.waiting, float64(c.proxy.copier.Waiting()))
	for _, u := range pl.upstreams {
		gauge(c.healthy, oneIf(u.Healthy()), u.Name, u.URL)
		gauge(c.broken, oneIf(u.Health().Breaker == "open"), u.Name, u.URL)
	}
	if c.weight == nil {
		return
	}
	for _, r := range pl.config.Routes {
		gauge(c.weight, r.Weight.Ratio(), r.Name)
	}
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
