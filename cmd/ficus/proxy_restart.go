package main

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"time"
)

// A restart without a lost request. The old process starts the new one with its
// listening sockets and the writing end of a pipe. The new one checks its configuration
// first; then it writes "state", whereupon the old one saves and closes the state file;
// then "serving", whereupon the old one stops accepting. The sockets are never closed,
// so connections that come meanwhile wait in their queue. When the pipe ends before
// "serving", the new process has failed and the old one goes on.

// inheritEnv names what the new process inherits, in the order of the descriptors: each
// listener with the address that it was asked for, escaped (traffic=%3A8080).
const inheritEnv = "FICUS_INHERIT"

// firstInherited is the first descriptor after stdin, stdout and stderr.
const firstInherited = 3

// Words on the pipe.
const (
	wordState   = "state"
	wordServing = "serving"
	pipeName    = "pipe"
)

// handoverTimeout bounds each of the two steps.
const handoverTimeout = 30 * time.Second

// inherited is what a process has from the one before. All methods work on nil.
type inherited struct {
	listeners map[string]net.Listener
	addresses map[string]string // that the listeners were asked for
	pipe      *os.File
}

// inherit takes what the environment names; nil when it names nothing.
func inherit(env []string) (*inherited, error) {
	names := (&console{env: env}).getenv(inheritEnv)
	if names == "" {
		return nil, nil
	}
	from := &inherited{listeners: map[string]net.Listener{}, addresses: map[string]string{}}
	for i, entry := range strings.Split(names, ",") {
		name, escaped, _ := strings.Cut(entry, "=")
		address, err := url.QueryUnescape(escaped)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w; unset it to start afresh", inheritEnv, err)
		}
		f := os.NewFile(uintptr(firstInherited+i), name)
		if name == pipeName {
			from.pipe = f
			continue
		}
		ln, err := net.FileListener(f)
		f.Close()
		if err != nil {
			from.close()
			return nil, fmt.Errorf("take over the listener for %s: %w; unset %s to start afresh", name, err, inheritEnv)
		}
		from.listeners[name], from.addresses[name] = ln, address
	}
	return from, nil
}

// take is the inherited listener for the address; nil when there is none. One for another
// address stays with the process before until that ends.
func (from *inherited) take(name, address string) net.Listener {
	if from == nil || from.listeners[name] == nil {
		return nil
	}
	if before := from.addresses[name]; before != "" && before != address {
		return nil
	}
	ln := from.listeners[name]
	delete(from.listeners, name)
	return ln
}

// orListen is the inherited listener, or a new one.
func (from *inherited) orListen(name, addr, flag string) (net.Listener, error) {
	if ln := from.take(name, addr); ln != nil {
		return ln, nil
	}
	return listenOn(name, addr, flag)
}

// inheritEntry is a listener in inheritEnv.
func inheritEntry(name, address string) string { return name + "=" + url.QueryEscape(address) }

func (from *inherited) say(word string) {
	if from != nil && from.pipe != nil {
		_, _ = io.WriteString(from.pipe, word+"\n") // the old process may be gone: then nobody waits
	}
}

func (from *inherited) askForState() { from.say(wordState) }

func (from *inherited) serving() {
	from.say(wordServing)
	from.close()
}

func (from *inherited) close() {
	if from == nil {
		return
	}
	for _, ln := range from.listeners { // those that this configuration has no use for
		ln.Close()
	}
	if from.pipe != nil {
		from.pipe.Close()
		from.pipe = nil
	}
}

// restart is what starting the new process takes.
type restart struct {
	out, err io.Writer
	env      []string
}
