//go:build unix

package main

import (
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// onReloadSignal calls reload at every SIGHUP until stop is called, which waits.
func onReloadSignal(reload func()) (stop func()) { return onSignal(syscall.SIGHUP, reload) }

// onRestartSignal calls restart at every SIGUSR2 until stop is called, which waits.
func onRestartSignal(restart func()) (stop func()) { return onSignal(syscall.SIGUSR2, restart) }

func onSignal(which os.Signal, do func()) (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, which)
	var wait sync.WaitGroup
	wait.Go(func() {
		for range signals {
			do()
		}
	})
	return func() {
		signal.Stop(signals)
		close(signals)
		wait.Wait()
	}
}
