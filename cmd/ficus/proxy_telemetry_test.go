package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	metricspb "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	tracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	"google.golang.org/protobuf/proto"
)

// collectorOf is an OTLP collector over HTTP that notes what it gets.
type collectorOf struct {
	*httptest.Server
	mu      sync.Mutex
	spans   []string // name and some attributes
	metrics []string // name, unit and attributes of histograms
	service string
}

func newCollectorOf(t *testing.T) *collectorOf {
	t.Helper()
	c := &collectorOf{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err == nil {
			err = c.take(r.URL.Path, data)
		}
		if err != nil {
			t.Errorf("%s: %v", r.URL.Path, err)
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *collectorOf) take(path string, data []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch path {
	case "/v1/traces":
		var req tracepb.ExportTraceServiceRequest
		if err := proto.Unmarshal(data, &req); err != nil {
			return err
		}
		for _, rs := range req.ResourceSpans {
			c.service = valueOfKey(rs.Resource.Attributes, "service.name")
			for _, ss := range rs.ScopeSpans {
				for _, s := range ss.Spans {
					c.spans = append(c.spans, fmt.Sprintf("%s %s %x arm=%s", s.Kind, s.Name, s.TraceId, valueOfKey(s.Attributes, "feature_flag.result.variant")))
				}
			}
		}
	case "/v1/metrics":
		var req metricspb.ExportMetricsServiceRequest
		if err := proto.Unmarshal(data, &req); err != nil {
			return err
		}
		for _, rm := range req.ResourceMetrics {
			for _, sm := range rm.ScopeMetrics {
				for _, m := range sm.Metrics {
					for _, p := range m.GetHistogram().GetDataPoints() {
						c.metrics = append(c.metrics, fmt.Sprintf("%s %s %s", m.Name, m.Unit, attributesText(p.Attributes)))
					}
					if m.GetSum() != nil {
						c.metrics = append(c.metrics, m.Name)
					}
				}
			}
		}
	default:
		return fmt.Errorf("nothing is sent here")
	}
	return nil
}

func valueOfKey(list []*commonpb.KeyValue, key string) string {
	for _, kv := range list {
		if kv.Key == key {
			return kv.Value.GetStringValue()
		}
	}
	return ""
}

func attributesText(list []*commonpb.KeyValue) string {
	var parts []string
	for _, kv := range list {
		if kv.Key != "server.port" {
			parts = append(parts, kv.Key+"="+textOf(kv.Value))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

func textOf(v *commonpb.AnyValue) string {
	if number, ok := v.Value.(*commonpb.AnyValue_IntValue); ok {
		return strconv.FormatInt(number.IntValue, 10)
	}
	return strconv.Quote(v.GetStringValue())
}

// runOnce runs a proxy for one request and ends it.
func runOnce(t *testing.T, header string) (said string) {
	t.Helper()
	file := proxyFile(t, side(t, "old"), side(t, "new"))
	errs := newOutput()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	exit := make(chan exitCode, 1)
	go func() {
		exit <- run(ctx, newConsole(strings.NewReader(""), io.Discard, errs, os.Environ()), []string{"proxy", file})
	}()
	url := errs.await(t, `listening on (http://\S+) for`)[1]
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/items/1", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Traceparent", header)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	cancel()
	if code := <-exit; code != exitOK {
		t.Errorf("exit %d\n%s", code, errs)
	}
	return errs.String()
}

const anyParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

// TestTelemetry: traces and metrics go to the collector that the environment names, with
// the names of the conventions.
func TestTelemetry(t *testing.T) {
	c := newCollectorOf(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL)
	t.Setenv("OTEL_SERVICE_NAME", "front")
	runOnce(t, anyParent)
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.Sort(c.spans)
	want := []string{
		"SPAN_KIND_CLIENT GET 4bf92f3577b34da6a3ce929d0e0e4736 arm=",
		"SPAN_KIND_SERVER GET /items/{id} 4bf92f3577b34da6a3ce929d0e0e4736 arm=old",
	}
	if !slices.Equal(c.spans, want) || c.service != "front" {
		t.Errorf("spans of %q: %q", c.service, c.spans)
	}
	for _, want := range []string{
		`http.server.request.duration s http.request.method="GET" http.response.status_code=200 http.route="items"`,
		`http.client.request.duration s http.request.method="GET" http.response.status_code=200 server.address="127.0.0.1" strangler.upstream="monolith"`,
		"strangler_requests_total",
	} {
		if !slices.Contains(c.metrics, want) {
			t.Errorf("no %q among\n%s", want, strings.Join(c.metrics, "\n"))
		}
	}
}

// TestTelemetryIsAskedFor: nothing is sent unless the environment says so.
func TestTelemetryIsAskedFor(t *testing.T) {
	for _, env := range []map[string]string{
		{},
		{"OTEL_SDK_DISABLED": "true"},
		{"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"},
	} {
		c := newCollectorOf(t)
		for k, v := range env {
			t.Setenv(k, v)
		}
		if len(env) > 0 {
			t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", c.URL)
		}
		runOnce(t, anyParent)
		if c.spans != nil || c.metrics != nil {
			t.Errorf("%v: sent %v %v", env, c.spans, c.metrics)
		}
		for k := range env {
			t.Setenv(k, "")
		}
	}
}

// TestTelemetryUnreachable: a collector that is not there harms nothing.
func TestTelemetryUnreachable(t *testing.T) {
	somebody := httptest.NewServer(nil)
	defer somebody.Close()
	held, err := net.Dial("tcp", somebody.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close() // until then nobody listens at its near end
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+held.LocalAddr().String())
	t.Setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "100")
	if said := runOnce(t, anyParent); !strings.Contains(said, "telemetry") {
		t.Errorf("nothing was said: %s", said)
	}
}

func TestTelemetryRefuses(t *testing.T) {
	file := proxyFile(t, side(t, "old"), side(t, "new"))
	for name, value := range map[string]string{"OTEL_TRACES_EXPORTER": "nonsense", "OTEL_METRICS_EXPORTER": "nonsense"} {
		t.Setenv(name, value)
		errs := newOutput()
		code := runInProcess(t, newConsole(strings.NewReader(""), io.Discard, errs, os.Environ()), "proxy", file)
		if code != exitFailed || !strings.Contains(errs.String(), "look at "+name) {
			t.Errorf("%s: exit %d: %s", name, code, errs)
		}
		t.Setenv(name, "")
	}
}
