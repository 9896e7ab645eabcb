package analyze

import (
	"os"
	"testing"

	"github.com/ficus-dev/ficus/analyze/cache"
)

// shared keeps the types of dependencies between the tests that are about something
// else: reading net/http from source again for each takes most of their time.
var shared *cache.Cache

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "ficus-analyze-test")
	if err != nil {
		panic(err)
	}
	shared = cache.New(dir, cache.Options{})
	code := m.Run()
	shared.Close()
	os.RemoveAll(dir)
	os.Exit(code)
}
