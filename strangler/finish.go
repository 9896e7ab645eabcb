package strangler

import (
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/ficus-dev/ficus/strangler/rollout"
)

// statusLeft is what the access log says when the client left before the answer
// (nginx's code).
const statusLeft = 499

// restTimeout bounds the wait for the rest of a body that nobody wants any more.
const restTimeout = 5 * time.Second

// finish reports the exchange: to the rollout, the metrics and the access log.
func (x *exchange) finish() {
	x.w.extend() // the server still has to write the end
	if x.body != nil && !x.body.Ended() {
		// The server reads a rest of the body; a client that sends none is not waited for.
		_ = http.NewResponseController(x.w.ResponseWriter).SetReadDeadline(time.Now().Add(restTimeout))
	}
	elapsed := time.Since(x.start)
	status := x.w.status
	if status == 0 {
		status = statusLeft
	}
	x.observe()
	m := x.rule.metrics
	m.requests(x.arm).Inc()
	m.duration(x.r.Method, status).Observe(elapsed.Seconds())
	if x.fallback != "" {
		m.fallback(x.fallback).Inc()
	}
	if x.proxy.access != nil {
		x.log(status, elapsed)
	}
}

// observe tells the rollout about a request of a route. Requests whose client left
// say nothing about either side; those whose arm was chosen, not drawn, would make
// the two sides unlike.
func (x *exchange) observe() {
	if x.proxy.options.Recorder == nil || x.rule.route == nil || x.left || x.to == nil || x.pin != "" {
		return
	}
	x.proxy.options.Recorder.Observe(rollout.Observation{
		Route: x.rule.name, Arm: x.arm, Unit: x.key.Unit, Share: x.share,
		Failed: x.failed || x.cutOff() || x.grpcFailed(), Latency: x.latency,
	})
}

// cutOff reports whether the upstream broke its answer off. When the client left,
// the upstream's body ends with an error as well.
func (x *exchange) cutOff() bool { return x.bodyErr != nil && x.r.Context().Err() == nil }

// grpcFailed reports whether a gRPC call ended with a status that says that the
// server, not the caller, failed: unknown, deadline exceeded, internal,
// unavailable, data loss.
func (x *exchange) grpcFailed() bool {
	if x.trailer == nil {
		return false
	}
	status := x.trailer.Trailer.Get("Grpc-Status")
	if status == "" {
		status = x.trailer.Header.Get("Grpc-Status")
	}
	switch status {
	case "2", "4", "13", "14", "15":
		return true
	}
	return false
}

// log writes the access log. No query, cookie or header stands in it: they hold
// what is personal or secret.
func (x *exchange) log(status int, elapsed time.Duration) {
	attrs := make([]slog.Attr, 0, 16)
	attrs = append(attrs,
		slog.String("method", x.r.Method),
		slog.String("host", x.r.Host),
		slog.String("path", x.r.URL.Path),
		slog.String("proto", x.r.Proto),
		slog.Int("status", status),
		slog.Int64("bytes", x.w.bytes),
		slog.Float64("duration", elapsed.Seconds()),
		slog.String("route", x.rule.name),
		slog.String("arm", string(x.arm)),
		slog.Int64("revision", x.plan.revision),
	)
	if x.rule.route != nil {
		attrs = append(attrs, slog.Int("bucket", x.key.Bucket), slog.Int("share", x.share))
	}
	if x.to != nil {
		attrs = append(attrs, slog.String("upstream", x.to.Name), slog.Float64("upstream_time", x.latency.Seconds()))
	}
	if x.pin != "" {
		attrs = append(attrs, slog.String("pin", string(x.pin)))
	}
	if x.fallback != "" {
		attrs = append(attrs, slog.String("fallback", x.fallback))
	}
	if !x.complete && status != statusLeft {
		attrs = append(attrs, slog.Bool("cut_off", true))
	}
	x.proxy.access.LogAttrs(x.r.Context(), slog.LevelInfo, "request", attrs...)
}

// inflight counts the requests under way, upgraded connections among them.
type inflight struct {
	n        atomic.Int64
	stopping atomic.Bool
	quiet    chan struct{} // signalled when the last request ends while stopping
}

func (f *inflight) enter() { f.n.Add(1) }

func (f *inflight) leave() {
	if f.n.Add(-1) == 0 && f.stopping.Load() {
		select {
		case f.quiet <- struct{}{}:
		default:
		}
	}
}

// wait returns true when no request is under way, false when over comes first.
func (f *inflight) wait(over <-chan struct{}) bool {
	f.stopping.Store(true)
	for f.n.Load() > 0 {
		select {
		case <-f.quiet:
		case <-over:
			return f.n.Load() == 0
		}
	}
	return true
}

var _ http.ResponseWriter = (*response)(nil)
