package main

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ficus-dev/ficus/analyze/cache"
)

var update = flag.Bool("update", false, "rewrite the expectations inside testdata/script")

// scriptCache is the cache that the scripts share: no test reads or fills that of who
// runs it, and what one script read of the standard library serves the others.
var scriptCache = sync.OnceValue(func() string {
	dir, err := os.MkdirTemp("", "ficus-script-cache")
	if err != nil {
		return "off"
	}
	return dir
})

func TestMain(m *testing.M) {
	if os.Getenv(cache.Variable) == "" {
		os.Setenv(cache.Variable, "off")
	}
	testscript.Main(m, map[string]func(){"ficus": func() { os.Exit(int(mainExit())) }})
}

// TestScript runs every verb as a user would, from testdata/script/*.txtar.
func TestScript(t *testing.T) {
	t.Cleanup(func() {
		if dir := scriptCache(); dir != "off" {
			os.RemoveAll(dir)
		}
	})
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               passGoEnv,
	})
}

// passGoEnv lets scripts use the caller's build and module caches: without it
// every script would compile the standard library again.
// FICUS_ROOT is this module's folder: its go.mod and go.sum serve the modules of
// scripts, so that nothing has to be fetched.
func passGoEnv(env *testscript.Env) error {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return err
	}
	env.Setenv("FICUS_ROOT", root)
	env.Setenv(cache.Variable, scriptCache())
	for _, key := range []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS", "GOSUMDB", "GONOSUMDB", "GOPRIVATE"} {
		if v := goEnv(key); v != "" {
			env.Setenv(key, v)
		}
	}
	return nil
}

// runInProcess runs ficus inside the test and returns the exit code.
func runInProcess(t *testing.T, c *console, args ...string) exitCode {
	t.Helper()
	return run(context.Background(), c, args)
}
