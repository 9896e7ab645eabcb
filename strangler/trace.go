package strangler

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/ficus-dev/ficus/strangler/upstream"
)

// Attributes of spans beside OpenTelemetry's own.
const (
	attrRoute    = attribute.Key("strangler.route")
	attrBucket   = attribute.Key("strangler.bucket")
	attrShare    = attribute.Key("strangler.share")
	attrRevision = attribute.Key("strangler.revision")
	attrFallback = attribute.Key("strangler.fallback")
	attrUpstream = attribute.Key("strangler.upstream")
)

// propagator reads and writes traceparent and tracestate (W3C Trace Context).
var propagator propagation.TraceContext

// tracing is one exchange as spans: one of the server, one of a client for each attempt.
// All methods work on nil, which is an exchange without.
type tracing struct {
	tracer   trace.Tracer
	ctx      context.Context // with the server's span
	span     trace.Span
	attempts int
}

// beginTrace starts the server's span, a child of the client's when there is one.
func (x *exchange) beginTrace() {
	if x.proxy.options.Tracer == nil {
		return
	}
	ctx := propagator.Extract(x.r.Context(), propagation.HeaderCarrier(x.r.Header))
	t := &tracing{tracer: x.proxy.options.Tracer}
	method := spanMethod(x.r.Method)
	t.ctx, t.span = t.tracer.Start(ctx, method, trace.WithSpanKind(trace.SpanKindServer), trace.WithTimestamp(x.start),
		trace.WithAttributes(semconv.HTTPRequestMethodKey.String(methods[methodNumber(x.r.Method)]), semconv.URLPath(x.r.URL.Path)))
	x.trace = t
}

// spanMethod is the method in the name of a span, which must not vary without bound.
func spanMethod(method string) string {
	if methodNumber(method) == 0 {
		return "HTTP"
	}
	return method
}

// traceDecision notes what was decided. No query stands in a span, as in the access log.
func (x *exchange) traceDecision() {
	if x.trace == nil || !x.trace.span.IsRecording() {
		return
	}
	span, r := x.trace.span, x.r
	if methodNumber(r.Method) == 0 {
		span.SetAttributes(semconv.HTTPRequestMethodOriginal(r.Method))
	}
	span.SetAttributes(semconv.URLScheme(x.scheme()), semconv.NetworkProtocolVersion(protocolVersion(r)), attrRevision.Int64(x.plan.revision))
	span.SetAttributes(hostAttributes(r.Host)...)
	if x.client.IsValid() {
		span.SetAttributes(semconv.ClientAddress(x.client.String()))
	}
	if agent := r.UserAgent(); agent != "" {
		span.SetAttributes(semconv.UserAgentOriginal(agent))
	}
	if x.rule.route == nil {
		return
	}
	rule := x.rule.route
	span.SetName(spanMethod(r.Method) + " " + rule.Pattern())
	reason := semconv.FeatureFlagResultReasonSplit
	if x.pin != "" {
		reason = semconv.FeatureFlagResultReasonTargetingMatch
	}
	span.SetAttributes(semconv.HTTPRoute(rule.Pattern()), attrRoute.String(rule.Name), attrBucket.Int(x.key.Bucket), attrShare.Int(x.share),
		semconv.FeatureFlagKey(rule.Name), semconv.FeatureFlagProviderName("ficus"), semconv.FeatureFlagResultVariant(string(x.arm)), reason)
}

func protocolVersion(r *http.Request) string {
	if r.ProtoMajor > 1 {
		return strconv.Itoa(r.ProtoMajor)
	}
	return strings.TrimPrefix(r.Proto, "HTTP/")
}

// hostAttributes are server.address and, when it is known, server.port.
func hostAttributes(host string) []attribute.KeyValue {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		return []attribute.KeyValue{semconv.ServerAddress(strings.Trim(host, "[]"))}
	}
	list := []attribute.KeyValue{semconv.ServerAddress(name)}
	if n, err := strconv.Atoi(port); err == nil {
		list = append(list, semconv.ServerPort(n))
	}
	return list
}

// endTrace ends the server's span.
func (x *exchange) endTrace() {
	if x.trace == nil {
		return
	}
	span := x.trace.span
	defer span.End()
	if !span.IsRecording() {
		return
	}
	if x.fallback != "" {
		span.SetAttributes(attrFallback.String(x.fallback))
	}
	if x.trailer != nil {
		span.SetAttributes(semconv.RPCResponseStatusCode(x.grpcStatus()))
	}
	if x.w.status != 0 {
		span.SetAttributes(semconv.HTTPResponseStatusCode(x.w.status))
	}
	switch {
	case x.w.status >= 500:
		failSpan(span, strconv.Itoa(x.w.status))
	case x.w.status == 0:
		span.SetAttributes(semconv.ErrorTypeKey.String("client_left"))
	case !x.complete:
		failSpan(span, "cut_off")
	case x.grpcFailed():
		failSpan(span, x.grpcStatus())
	}
}

func failSpan(span trace.Span, kind string) {
	span.SetAttributes(semconv.ErrorTypeKey.String(kind))
	span.SetStatus(codes.Error, "")
}

// header is what an upstream gets instead of the client's trace context; nil leaves
// that. It is for a request that no client's span stands for.
func (t *tracing) header() http.Header {
	if t == nil {
		return nil
	}
	return contextHeader(t.ctx)
}

// contextHeader holds the fields of the propagator; those that do not apply are empty.
func contextHeader(ctx context.Context) http.Header {
	h := http.Header{}
	for _, name := range propagator.Fields() {
		h[http.CanonicalHeaderKey(name)] = nil
	}
	propagator.Inject(ctx, propagation.HeaderCarrier(h))
	return h
}

// clientSpan is the span of one attempt; nil when nothing is traced.
type clientSpan struct{ trace.Span }

// beginAttempt starts the client's span and puts its context into the request.
func (x *exchange) beginAttempt(to *upstream.Upstream, request *upstream.Exchange) *clientSpan {
	t := x.trace
	if t == nil {
		return nil
	}
	ctx, span := t.tracer.Start(t.ctx, spanMethod(x.r.Method), trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(semconv.HTTPRequestMethodKey.String(methods[methodNumber(x.r.Method)])))
	request.Header = contextHeader(ctx)
	t.attempts++
	if !span.IsRecording() {
		return &clientSpan{span}
	}
	span.SetAttributes(hostAttributes(net.JoinHostPort(to.Address()))...)
	span.SetAttributes(attrUpstream.String(to.Name))
	if t.attempts > 1 {
		span.SetAttributes(semconv.HTTPRequestResendCount(t.attempts - 1))
	}
	url := func(r *http.Request) { span.SetAttributes(semconv.URLFull(to.URL + r.URL.EscapedPath())) }
	if rewrite := request.Adjust; rewrite != nil {
		request.Adjust = func(out *http.Request) {
			rewrite(out)
			url(out)
		}
	} else {
		url(x.r)
	}
	return &clientSpan{span}
}

// end ends the span of an attempt that was answered with a status, 0 for none.
func (s *clientSpan) end(status int, failure *upstream.Failure) {
	if s == nil {
		return
	}
	defer s.End()
	if status != 0 {
		s.SetAttributes(semconv.HTTPResponseStatusCode(status))
	}
	if kind := errorType(status, failure); kind != "" {
		failSpan(s, kind)
	}
}

// errorType is error.type of an attempt, "" when it is none.
func errorType(status int, failure *upstream.Failure) string {
	if status >= 400 {
		return strconv.Itoa(status)
	}
	return failureType(failure)
}
