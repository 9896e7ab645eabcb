//go:build unix && (!linux || race)

package socket

import (
	"runtime"
	"syscall"
)

// unseen: the race detector needs to see the system calls, but all else is the same.
const unseen = runtime.GOOS == "linux"

func readNow(fd uintptr, p []byte) (int, error) { return counted(syscall.Read(int(fd), p)) }

func writeNow(fd uintptr, p []byte) (int, error) { return counted(syscall.Write(int(fd), p)) }

func peekNow(fd uintptr) error {
	var one [1]byte
	_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK)
	return err
}

func counted(n int, err error) (int, error) { return max(n, 0), err }
