//go:build !unix

package main

import (
	"context"
	"errors"
)

// onReloadSignal does nothing where there is no SIGHUP; the file is watched.
func onReloadSignal(func()) (stop func()) { return func() {} }

// onRestartSignal does nothing where there is no SIGUSR2.
func onRestartSignal(func()) (stop func()) { return func() {} }

func (r *running) restart(context.Context) error { return errors.ErrUnsupported }
