//go:build unix

package verify

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// inGroup starts the command as the leader of a process group, so that the test
// binaries can be stopped with it.
func inGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// interrupt asks the whole group to stop.
func interrupt(cmd *exec.Cmd) error { return signal(cmd, syscall.SIGINT) }

// killGroup ends what the command left behind; usually nothing.
func killGroup(cmd *exec.Cmd) { _ = signal(cmd, syscall.SIGKILL) }

func signal(cmd *exec.Cmd, sig syscall.Signal) error {
	err := syscall.Kill(-cmd.Process.Pid, sig)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}
