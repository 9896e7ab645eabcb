package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	bridge "go.opentelemetry.io/contrib/bridges/prometheus"
	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// telemetry sends traces and metrics where the standard OTEL_* variables say. Nothing of
// it exists unless they ask for it.
type telemetry struct {
	tracer trace.Tracer // nil: no traces
	ends   []func(context.Context) error
}

// telemetryStop bounds the wait for a collector at the end.
const telemetryStop = 3 * time.Second

// startTelemetry reads the environment. Exporters, samplers, limits, batches and headers
// are configured by the variables of the OpenTelemetry specification, which the SDK reads
// itself.
func startTelemetry(ctx context.Context, env func(string) string, metrics prometheus.Gatherer, log *slog.Logger) (*telemetry, error) {
	t := &telemetry{}
	traces, values := wantsSignal(env, "TRACES"), wantsSignal(env, "METRICS")
	if !traces && !values {
		return t, nil
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("telemetry", "error", err.Error()) }))
	about, err := resource.New(ctx, resource.WithAttributes(semconv.ServiceName("ficus-proxy"), semconv.ServiceVersion(toolVersion())),
		resource.WithTelemetrySDK(), resource.WithHost(), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("describe this process for OpenTelemetry: %w; look at OTEL_RESOURCE_ATTRIBUTES", err)
	}
	if traces {
		err = t.startTraces(ctx, about)
	}
	if err == nil && values {
		err = t.startMetrics(ctx, about, metrics)
	}
	if err != nil {
		t.stop(ctx, log)
		return nil, err
	}
	return t, nil
}

// wantsSignal reports whether the environment asks for TRACES or METRICS: it names an
// exporter, or where to send to.
func wantsSignal(env func(string) string, signal string) bool {
	exporter := env("OTEL_" + signal + "_EXPORTER")
	switch {
	case strings.EqualFold(env("OTEL_SDK_DISABLED"), "true"), exporter == "none":
		return false
	case exporter != "":
		return true
	}
	return env("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || env("OTEL_EXPORTER_OTLP_"+signal+"_ENDPOINT") != ""
}

func (t *telemetry) startTraces(ctx context.Context, about *resource.Resource) error {
	exporter, err := autoexport.NewSpanExporter(ctx)
	if err != nil {
		return fmt.Errorf("export traces: %w; look at OTEL_TRACES_EXPORTER and OTEL_EXPORTER_OTLP_PROTOCOL", err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about))
	t.ends = append(t.ends, provider.Shutdown)
	t.tracer = provider.Tracer(scopeName)
	return nil
}

// scopeName is the instrumentation scope of spans and metrics.
const scopeName = "github.com/ficus-dev/ficus/strangler"

// startMetrics pushes what /metrics shows, read when it is time to push: requests pay
// nothing for it.
func (t *telemetry) startMetrics(ctx context.Context, about *resource.Resource, metrics prometheus.Gatherer) error {
	autoexport.WithFallbackMetricProducer(func(context.Context) (sdkmetric.Producer, error) {
		return renamed{bridge.NewMetricProducer(bridge.WithGatherer(metrics))}, nil
	})
	reader, err := autoexport.NewMetricReader(ctx)
	if err != nil {
		return fmt.Errorf("export metrics: %w; look at OTEL_METRICS_EXPORTER and OTEL_EXPORTER_OTLP_PROTOCOL", err)
	}
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithResource(about))
	t.ends = append(t.ends, provider.Shutdown)
	return nil
}

// stop sends what is left.
func (t *telemetry) stop(ctx context.Context, log *slog.Logger) {
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), telemetryStop)
	defer done()
	for _, end := range slices.Backward(t.ends) {
		if err := end(ctx); err != nil {
			log.Warn("telemetry: the last of it was not sent", "error", err.Error())
		}
	}
}

// renamed gives the metrics that OpenTelemetry's conventions name their names: in
// Prometheus dots are underscores, and the unit is a part of the name.
type renamed struct{ sdkmetric.Producer }

// Produce implements metric.Producer.
func (r renamed) Produce(ctx context.Context) ([]metricdata.ScopeMetrics, error) {
	scopes, err := r.Producer.Produce(ctx)
	for i := range scopes {
		scopes[i].Scope.Name = scopeName
		for j := range scopes[i].Metrics {
			rename(&scopes[i].Metrics[j])
		}
	}
	return scopes, err
}

// rename renames a metric of the conventions, with its attributes; others stay.
func rename(m *metricdata.Metrics) {
	histogram, ok := m.Data.(metricdata.Histogram[float64])
	if !ok {
		return
	}
	switch m.Name {
	case "http_server_request_duration_seconds":
		m.Name, m.Unit = "http.server.request.duration", "s"
	case "http_client_request_duration_seconds":
		m.Name, m.Unit = "http.client.request.duration", "s"
	default:
		return
	}
	for i := range histogram.DataPoints {
		point := &histogram.DataPoints[i]
		point.Attributes = renamedAttributes(point.Attributes)
	}
}

func renamedAttributes(set attribute.Set) attribute.Set {
	var list []attribute.KeyValue
	for _, a := range set.ToSlice() {
		text := a.Value.AsString()
		key, number := attribute.Key(""), false
		switch a.Key {
		case "http_request_method":
			key = semconv.HTTPRequestMethodKey
		case "http_response_status_code":
			key, number = semconv.HTTPResponseStatusCodeKey, true
		case "http_route":
			key = semconv.HTTPRouteKey
		case "error_type":
			key = semconv.ErrorTypeKey
		case "server_address":
			key = semconv.ServerAddressKey
		case "server_port":
			key, number = semconv.ServerPortKey, true
		default:
			key = "strangler." + a.Key
		}
		n, err := strconv.Atoi(text)
		switch {
		case text == "": // as Prometheus has it: there is none
		case number && err == nil:
			list = append(list, key.Int(n))
		default:
			list = append(list, key.String(text))
		}
	}
	return attribute.NewSet(list...)
}
