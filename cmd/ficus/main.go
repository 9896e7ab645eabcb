// Command ficus moves a Go monolith to services, one safe cut at a time.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(int(mainExit())) }

// mainExit is main without os.Exit, so that deferred calls run.
func mainExit() exitCode {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, newConsole(os.Stdin, os.Stdout, os.Stderr, os.Environ()), os.Args[1:])
}
