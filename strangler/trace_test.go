package strangler

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
)

// traced lets a proxy record its spans.
func traced(sampler sdktrace.Sampler) (*tracetest.SpanRecorder, func(*Options)) {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder), sdktrace.WithSampler(sampler))
	return recorder, func(o *Options) { o.Tracer = provider.Tracer("test") }
}

// spans waits for the spans of n requests, by their end; the server's comes last.
func spans(t *testing.T, r *rig, recorder *tracetest.SpanRecorder) []sdktrace.ReadOnlySpan {
	t.Helper()
	if err := r.stop(); err != nil { // all have ended then
		t.Fatal(err)
	}
	return recorder.Ended()
}

// describe is a span with its attributes, sorted, without those of the connection.
func describe(s sdktrace.ReadOnlySpan) string {
	var list []string
	for _, a := range s.Attributes() {
		switch a.Key {
		case "server.port", "url.full", "user_agent.original", "client.address", "network.protocol.version", "url.scheme", "server.address":
			continue
		}
		list = append(list, fmt.Sprintf("%s=%s", a.Key, a.Value.Emit()))
	}
	slices.Sort(list)
	return fmt.Sprintf("%s %q %s: %s", s.SpanKind(), s.Name(), s.Status().Code, strings.Join(list, " "))
}

func attributeOf(s sdktrace.ReadOnlySpan, key attribute.Key) string {
	for _, a := range s.Attributes() {
		if a.Key == key {
			return a.Value.Emit()
		}
	}
	return ""
}

const (
	clientTrace  = "4bf92f3577b34da6a3ce929d0e0e4736"
	clientParent = "00-" + clientTrace + "-00f067aa0ba902b7-01"
)

// told is a backend that answers with the status and says what trace context it got.
func told(t *testing.T, status int, seen chan<- http.Header) string {
	t.Helper()
	return newServer(t, func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header
		w.WriteHeader(status)
	})
}

// TestTrace: the spans of a request that the new side fails and the monolith answers,
// in one trace with the client's, and what each side gets of it.
func TestTrace(t *testing.T) {
	rewritten := strings.Replace(twoArms, "weight", `rewrite: {path: "/v2/{id}"}, weight`, 1)
	for _, way := range []struct{ yaml, header, path string }{
		{twoArms, "X-Plain: 1", "/items/7"},
		{twoArms, "Expect: 100-continue", "/items/7"}, // goes by net/http
		{rewritten, "X-Plain: 1", "/v2/7"},
		{rewritten, "Expect: 100-continue", "/v2/7"},
	} {
		recorder, with := traced(sdktrace.AlwaysSample())
		seen := make(chan http.Header, 2)
		sides := map[string]string{"OLD": told(t, 200, seen), "NEW": told(t, 503, seen), "WEIGHT": "100%"}
		r := start(t, way.yaml, sides, with)
		r.ask(t, "GET", "/items/7?secret=1", "", user(1), "Traceparent: "+clientParent, "Tracestate: a=b", way.header)
		first, second := <-seen, <-seen
		list := spans(t, r, recorder)
		if len(list) != 3 {
			t.Fatalf("%d spans", len(list))
		}
		attempt, fallback, server := list[0], list[1], list[2]
		bucket := attributeOf(server, "strangler.bucket")
		for i, want := range []string{
			`client "GET" Error: error.type=503 http.request.method=GET http.response.status_code=503 strangler.upstream=s`,
			`client "GET" Unset: http.request.method=GET http.request.resend_count=1 http.response.status_code=200 strangler.upstream=monolith`,
			`server "GET /items/{id}" Unset: feature_flag.key=items feature_flag.provider.name=ficus feature_flag.result.reason=split ` +
				`feature_flag.result.variant=new http.request.method=GET http.response.status_code=200 http.route=/items/{id} strangler.bucket=` + bucket +
				` strangler.fallback=5xx strangler.revision=1 strangler.route=items strangler.share=10000 url.path=/items/7`,
		} {
			if got := describe(list[i]); got != want {
				t.Errorf("span %d:\n got %s\nwant %s", i, got, want)
			}
		}
		if server.Parent().TraceID().String() != clientTrace || server.SpanContext().TraceState().String() != "a=b" || !server.Parent().IsRemote() {
			t.Errorf("the server's span is no child of the client's: %v", server.Parent())
		}
		for i, got := range []http.Header{first, second} {
			s := []sdktrace.ReadOnlySpan{attempt, fallback}[i]
			want := fmt.Sprintf("00-%s-%s-01", clientTrace, s.SpanContext().SpanID())
			if s.Parent().SpanID() != server.SpanContext().SpanID() || !slices.Equal(got["Traceparent"], []string{want}) || !slices.Equal(got["Tracestate"], []string{"a=b"}) {
				t.Errorf("attempt %d got %q %q, want %s", i, got["Traceparent"], got["Tracestate"], want)
			}
		}
		if full := attributeOf(attempt, "url.full"); full != sides["NEW"]+way.path {
			t.Errorf("url.full %s", full)
		}
		if !strings.Contains(r.access.String(), `"trace_id":"`+clientTrace+`"`) {
			t.Errorf("access log without the trace: %s", r.access)
		}
	}
}

// TestTraceEndings: what spans say of failures, long bodies, redirects and refusals.
func TestTraceEndings(t *testing.T) {
	yaml := twoArms + "redirects: [{match: {path: /gone}, path: /items/1}]\n"
	large := strings.Repeat("x", 100<<10)
	tests := []struct {
		name, method, path, body string
		want                     []string // parts of the spans
	}{
		{"no route", "GET", "/other", "", []string{`client "GET" Unset`, `server "GET" Unset: http.request.method=GET http.response.status_code=200 strangler.revision=1 url.path=/other`}},
		{"unknown method", "BREW", "/other", "", []string{`client "HTTP" Unset`, `server "HTTP" Unset: http.request.method=_OTHER http.request.method_original=BREW`}},
		{"long body, not repeatable", "POST", "/items/1", large, []string{`error.type=connect`, `resend_count=1`, `strangler.fallback=connect`}},
		{"redirect", "GET", "/gone", "", []string{`server "GET" Unset: http.request.method=GET http.response.status_code=307`}},
		{"refused", "CONNECT", "/", "", []string{`server "CONNECT" Unset: http.request.method=CONNECT http.response.status_code=405`}},
	}
	for _, tt := range tests {
		recorder, with := traced(sdktrace.AlwaysSample())
		r := start(t, yaml, map[string]string{"OLD": backend(t, "old").URL, "NEW": closedPort(t), "WEIGHT": "100%"}, with)
		req, err := http.NewRequestWithContext(context.Background(), tt.method, r.url+tt.path, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultTransport.RoundTrip(req) // follows nothing
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		list := spans(t, r, recorder)
		if len(list) != len(tt.want) {
			t.Errorf("%s: %d spans, want %d", tt.name, len(list), len(tt.want))
			continue
		}
		for i, want := range tt.want {
			if got := describe(list[i]); !strings.Contains(got, want) {
				t.Errorf("%s: span %d:\n got %s\nwant %s", tt.name, i, got, want)
			}
		}
	}
}

// TestTraceNotSampled: nothing is recorded, and the upstream is told so.
func TestTraceNotSampled(t *testing.T) {
	recorder, with := traced(sdktrace.NeverSample())
	seen := make(chan http.Header, 1)
	r := start(t, twoArms, map[string]string{"OLD": told(t, 200, seen), "NEW": closedPort(t), "WEIGHT": "0%"}, with)
	r.ask(t, "GET", "/items/7", "", "Traceparent: "+clientParent)
	if got := (<-seen).Get("Traceparent"); !strings.HasPrefix(got, "00-"+clientTrace) || !strings.HasSuffix(got, "-00") {
		t.Errorf("traceparent %q", got)
	}
	if list := spans(t, r, recorder); len(list) != 0 {
		t.Errorf("%d spans", len(list))
	}
}

// TestTraceOff: the client's context passes as it came, and a broken one too.
func TestTraceOff(t *testing.T) {
	seen := make(chan http.Header, 2)
	r := start(t, twoArms, map[string]string{"OLD": told(t, 200, seen), "NEW": closedPort(t), "WEIGHT": "0%"})
	for _, parent := range []string{clientParent, "nonsense"} {
		r.ask(t, "GET", "/items/7", "", "Traceparent: "+parent, "Tracestate: a=b")
		if got := <-seen; got.Get("Traceparent") != parent || got.Get("Tracestate") != "a=b" {
			t.Errorf("got %q", got)
		}
	}
	if strings.Contains(r.access.String(), "trace_id") {
		t.Errorf("access log: %s", r.access)
	}
}

// TestTraceBrokenContext: a context that cannot be read begins a new trace, and its
// tracestate goes no further.
func TestTraceBrokenContext(t *testing.T) {
	recorder, with := traced(sdktrace.AlwaysSample())
	seen := make(chan http.Header, 1)
	r := start(t, twoArms, map[string]string{"OLD": told(t, 200, seen), "NEW": closedPort(t), "WEIGHT": "0%"}, with)
	for _, body := range []string{"", strings.Repeat("x", 100<<10)} { // either client
		r.ask(t, "POST", "/other", body, "Traceparent: 00-nonsense", "Tracestate: a=b")
		if got := <-seen; len(got["Tracestate"]) != 0 || len(got["Traceparent"]) != 1 || !strings.HasPrefix(got.Get("Traceparent"), "00-") || got.Get("Traceparent") == "00-nonsense" {
			t.Errorf("got %q %q", got["Traceparent"], got["Tracestate"])
		}
	}
	for _, s := range spans(t, r, recorder) {
		if s.SpanKind() == trace.SpanKindServer && s.Parent().IsValid() {
			t.Errorf("parent %v", s.Parent())
		}
	}
}

// TestTraceGRPC: the status of a call stands in its span.
func TestTraceGRPC(t *testing.T) {
	recorder, with := traced(sdktrace.AlwaysSample())
	origin := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/grpc")
		w.Header().Set(http.TrailerPrefix+"Grpc-Status", "13")
	})
	r := start(t, "version: 1\nmonolith: {url: $OLD}\n", map[string]string{"OLD": origin}, with)
	req, err := http.NewRequestWithContext(context.Background(), "POST", r.url+"/a.B/C", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/grpc")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	res.Body.Close()
	list := spans(t, r, recorder)
	if got := describe(list[len(list)-1]); !strings.Contains(got, "Error: error.type=13 ") || !strings.Contains(got, "rpc.response.status_code=13") {
		t.Errorf("%s", got)
	}
}
