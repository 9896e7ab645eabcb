package strangler

import (
	"cmp"
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
	if x.body != nil && !x.body.Ended() {
		// The server reads a rest of the body; a client that sends none is not waited for.
		_ = http.NewResponseController(x.w.ResponseWriter).SetReadDeadline(time.Now().Add(restTimeout))
	}
	if x.complete {
		x.w.endUnread()
	}
	elapsed := time.Since(x.start)
	status := x.w.status
	if status == 0 {
		status = statusLeft
	}
	x.observe()
	x.endTrace()
	m := x.rule.metrics
	m.requests(x.arm).Inc()
	m.answers.of(ending{method: methodNumber(x.r.Method), status: status}).Observe(elapsed.Seconds())
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
	switch x.grpcStatus() {
	case "2", "4", "13", "14", "15":
		return true
	}
	return false
}

// grpcStatus is the status that a gRPC call ended with, "" when there was none.
func (x *exchange) grpcStatus() string {
	return cmp.Or(x.trailer.Trailer.Get("Grpc-Status"), x.trailer.Header.Get("Grpc-Status"))
}

// log writes the access log. No query, cookie or header stands in it: they hold
// what is personal or secret.
func (x *exchange) log(status int, elapsed time.Duration) {
	l := logLines.Get().(*logLine)
	defer logLines.Put(l)
	l.buf = l.buf[:0]
	l.time("time", x.start.Add(elapsed), &x.proxy.access.last)
	l.text("level", "INFO")
	l.text("msg", "request")
	l.text("method", x.r.Method)
	l.text("host", x.r.Host)
	l.text("path", x.r.URL.Path)
	l.text("proto", x.r.Proto)
	l.number("status", int64(status))
	l.number("bytes", x.w.bytes)
	l.seconds("duration", elapsed)
	l.text("route", x.rule.name)
	l.text("arm", string(x.arm))
	l.number("revision", x.plan.revision)
	if x.rule.route != nil {
		l.number("bucket", int64(x.key.Bucket))
		l.number("share", int64(x.share))
	}
	if x.to != nil {
		l.text("upstream", x.to.Name)
		l.seconds("upstream_time", x.latency)
	}
	if x.pin != "" {
		l.text("pin", string(x.pin))
	}
	if x.fallback != "" {
		l.text("fallback", x.fallback)
	}
	if x.trace != nil {
		l.text("trace_id", x.trace.span.SpanContext().TraceID().String())
		l.text("span_id", x.trace.span.SpanContext().SpanID().String())
	}
	if !x.complete && status != statusLeft {
		l.yes("cut_off")
	}
	l.buf = append(l.buf, '}', '\n')
	x.proxy.access.add(l.buf)
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
