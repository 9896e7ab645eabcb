//go:build unix

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"
)

// restart starts the new process and returns when it serves. After an error this one
// serves on.
func (r *running) restart(ctx context.Context) (err error) {
	read, write, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("open a pipe: %w", err)
	}
	defer read.Close()
	child, err := r.startNew(write)
	write.Close()
	if err != nil {
		return err
	}
	if err := r.handOver(ctx, read); err != nil {
		_ = child.Kill()
		state, _ := child.Wait()
		return errors.Join(fmt.Errorf("%w (%v)", err, state), r.state.takeBack())
	}
	r.log.Info("restarted: the new process serves", "pid", child.Pid)
	return child.Release()
}

// startNew starts this program again, as the file of its name is now, with the
// listening sockets and the pipe. Not by os/exec: that would put the sockets, which both
// processes share, into blocking mode, and a blocked accept could not be ended.
func (r *running) startNew(pipe *os.File) (*os.Process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	program = strings.TrimSuffix(program, " (deleted)") // Linux says so of a replaced file
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, fmt.Errorf("start the new process: %w", err)
	}
	defer null.Close()
	files, names := []uintptr{null.Fd(), descriptor(r.again.out, null), descriptor(r.again.err, null)}, []string{}
	sockets, err := r.sockets()
	defer closeAll(sockets)
	if err != nil {
		return nil, err
	}
	for _, s := range sockets {
		files, names = append(files, uintptr(s.fd)), append(names, inheritEntry(s.name, s.address))
	}
	files, names = append(files, pipe.Fd()), append(names, pipeName)
	var env []string
	for _, kv := range r.again.env {
		if !strings.HasPrefix(kv, inheritEnv+"=") {
			env = append(env, kv)
		}
	}
	env = append(env, inheritEnv+"="+strings.Join(names, ","))
	pid, err := syscall.ForkExec(program, os.Args, &syscall.ProcAttr{Env: env, Files: files})
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	return os.FindProcess(pid)
}

// descriptor is that of a file, of null when the console is none.
func descriptor(w io.Writer, null *os.File) uintptr {
	if f, ok := w.(*os.File); ok {
		return f.Fd()
	}
	return null.Fd()
}

// socket is a copy of a listening socket's descriptor.
type socket struct {
	name, address string
	fd            int
}

func (r *running) sockets() (list []socket, err error) {
	for _, l := range []struct {
		name, address string
		ln            any
	}{{"traffic", r.mainAddress, r.main}, {"admin", r.adminAddress, r.admin}} {
		conn, ok := l.ln.(syscall.Conn)
		if !ok {
			continue // no admin
		}
		raw, err := conn.SyscallConn()
		if err != nil {
			return list, fmt.Errorf("hand the listener for %s on: %w", l.name, err)
		}
		var fd int
		var failed error
		err = raw.Control(func(original uintptr) {
			syscall.ForkLock.RLock() // no other process inherits the copy
			defer syscall.ForkLock.RUnlock()
			if fd, failed = syscall.Dup(int(original)); failed == nil {
				syscall.CloseOnExec(fd)
			}
		})
		if err = errors.Join(err, failed); err != nil {
			return list, fmt.Errorf("hand the listener for %s on: %w", l.name, err)
		}
		list = append(list, socket{l.name, l.address, fd})
	}
	return list, nil
}

func closeAll(list []socket) {
	for _, s := range list {
		_ = syscall.Close(s.fd)
	}
}

// handOver follows what the new process says until it serves.
func (r *running) handOver(ctx context.Context, pipe *os.File) error {
	stop := context.AfterFunc(ctx, func() { _ = pipe.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	words := bufio.NewScanner(pipe)
	for {
		if err := pipe.SetReadDeadline(time.Now().Add(handoverTimeout)); err != nil {
			return fmt.Errorf("wait for the new process: %w", err)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !words.Scan() {
			return fmt.Errorf("the new process did not come up; what it says stands above: %w", orEnded(words.Err()))
		}
		switch words.Text() {
		case wordState:
			if err := errors.Join(r.controller.Save(), r.state.lend()); err != nil {
				return err
			}
		case wordServing:
			return nil
		}
	}
}

func orEnded(err error) error {
	if err == nil {
		return errors.New("it ended")
	}
	return err
}
