//go:build !linux

package strangler

import (
	"errors"
	"testing"
)

func TestCost(t *testing.T) { t.Skip("only Linux tells the CPU time of a process while it runs") }

func serveAsLoad() error { return errors.New("there is no load generator for this system") }
