//go:build !unix

package main

// onReloadSignal does nothing where there is no SIGHUP; the file is watched.
func onReloadSignal(func()) (stop func()) { return func() {} }
