//go:build unix

package main

import (
	"syscall"
	"testing"
)

func TestReloadSignal(t *testing.T) {
	reloads := make(chan struct{}, 10)
	stop := onReloadSignal(func() { reloads <- struct{}{} })
	for range 2 {
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		<-reloads
	}
	stop()
}
