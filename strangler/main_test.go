package strangler

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

var cost = flag.Bool("cost", false, "measure CPU time, latency and memory against nginx and HAProxy (those on PATH); takes four minutes; Linux only")
var costBinary = flag.String("cost.ficus", "", "with -cost: measure this `file` instead of building ficus")

// loadEnv makes the test binary run as the load of TestCost and its origin.
const loadEnv = "STRANGLER_TEST_LOAD"

func TestMain(m *testing.M) {
	if spec := os.Getenv(interopEnv); spec != "" {
		callInterop(spec)
		return
	}
	if os.Getenv(originEnv) != "" {
		serveAsOrigin()
	}
	if os.Getenv(loadEnv) != "" {
		if err := serveAsLoad(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if spec := os.Getenv(conformanceEnv); spec != "" {
		if err := serveConformance(spec); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		return
	}
	m.Run()
}
