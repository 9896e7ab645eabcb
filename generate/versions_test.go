package generate

// What generated services import and ficus does not: blank imports keep these in
// go.mod, so that the versions written into a monolith's go.mod are ones that
// were tested here, and are raised with all others (TestVersionsAreOurs).
import (
	_ "go.opentelemetry.io/contrib/exporters/autoexport"
	_ "go.opentelemetry.io/contrib/instrumentation/google.golang.org/grpc/otelgrpc"
	_ "go.opentelemetry.io/otel"
	_ "go.opentelemetry.io/otel/sdk"
	_ "go.opentelemetry.io/otel/sdk/metric"
)
