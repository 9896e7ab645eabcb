//go:build unix

package main

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// onReloadSignal calls reload at every SIGHUP until stop is called, which waits.
func onReloadSignal(reload func()) (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	var wait sync.WaitGroup
	wait.Go(func() {
		for range signals {
			reload()
		}
	})
	return func() {
		signal.Stop(signals)
		close(signals)
		wait.Wait()
	}
}
