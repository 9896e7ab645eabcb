package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/ficus-dev/ficus/strangler/route"
)

// socketListener is a unix socket that only its owner can open. It removes its file when
// it is closed, unless another process has taken it over.
type socketListener struct {
	*net.UnixListener
	path string
	file fs.FileInfo // as it was made
	kept atomic.Bool // another process serves it
}

// dialTimeout is what a proxy that is there needs at most to accept.
const dialTimeout = time.Second

// listenSocket makes the socket in a folder that nobody else can enter, and moves it into
// its place: it is never open to others, and takes the place of one that was left behind.
func listenSocket(path string) (*socketListener, error) {
	if err := freeSocket(path); err != nil {
		return nil, err
	}
	private, err := os.MkdirTemp(filepath.Dir(path), ".a")
	if err != nil {
		return nil, fmt.Errorf("listen for admin on %s: %w", path, err)
	}
	defer os.RemoveAll(private)
	made := filepath.Join(private, "s")
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("listen for admin on %s: %w", path, rootOf(err))
	}
	ln.SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(made, 0o600), os.Rename(made, path)); err != nil {
		ln.Close()
		return nil, fmt.Errorf("listen for admin on %s: %w", path, err)
	}
	return ownSocket(ln, path)
}

// ownSocket makes the listener responsible for its file.
func ownSocket(ln *net.UnixListener, path string) (*socketListener, error) {
	file, err := os.Lstat(path)
	if err != nil {
		ln.Close()
		return nil, fmt.Errorf("listen for admin: %w", err)
	}
	return &socketListener{UnixListener: ln, path: path, file: file}, nil
}

// freeSocket reports why the path cannot be taken.
func freeSocket(path string) error {
	file, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("listen for admin: %w", err)
	case file.Mode()&fs.ModeSocket == 0:
		return fmt.Errorf("listen for admin on %s: a file of that name is there and is no socket; choose another path with --admin", path)
	}
	ctx, done := context.WithTimeout(context.Background(), dialTimeout)
	defer done()
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err != nil {
		return nil // nobody serves it: it was left behind
	}
	conn.Close()
	return fmt.Errorf("listen for admin on %s: it is in use; is another proxy running? choose another path with --admin", path)
}

// Close ends the listener.
func (l *socketListener) Close() error {
	err := l.UnixListener.Close()
	if now, e := os.Lstat(l.path); !l.kept.Load() && e == nil && os.SameFile(now, l.file) {
		err = errors.Join(err, os.Remove(l.path))
	}
	return err
}

// keepSocket leaves the file of a socket to the other process, or takes it back.
func keepSocket(ln net.Listener, kept bool) {
	if l, ok := ln.(*socketListener); ok {
		l.kept.Store(kept)
	}
}

// adminAddress is where the admin API of a strangler.yaml at file is served; "" for
// nowhere.
func (o *proxyOptions) adminAddress(cfg *route.Config, file string) (string, error) {
	address := cfg.AdminAddress()
	if socket := cfg.AdminSocket(file); socket != "" {
		address = "unix:" + socket
	}
	if o.admin != "" {
		address = o.admin
	}
	if address == "" || address == route.Off {
		return "", nil
	}
	if path, ok := route.SocketPath(address); ok {
		if cfg.AdminAccess != nil && cfg.AdminAccess.TLS != nil {
			return "", usageErrorf("--admin %s is a unix socket, which only its owner can open: remove admin_access.tls from %s", address, filepath.ToSlash(file))
		}
		return "unix:" + path, nil
	}
	if host, _, err := net.SplitHostPort(address); err != nil || !route.Loopback(host) {
		return "", usageErrorf("--admin %s is not a loopback address; whoever reaches the admin API moves traffic: use 127.0.0.1:8081, unix:admin.sock, or off", address)
	}
	return address, nil
}

// adminListener is the inherited listener, or a new one.
func (o *proxyOptions) adminListener(address string) (net.Listener, error) {
	path, socket := route.SocketPath(address)
	if !socket {
		return o.inherited.orListen("admin", address, "--admin")
	}
	ln, ok := o.inherited.take("admin", address).(*net.UnixListener)
	if !ok {
		return listenSocket(path)
	}
	own, err := ownSocket(ln, path)
	if err != nil {
		return nil, err
	}
	own.kept.Store(true) // until this process serves it
	return own, nil
}

// adminTLS are the certificates of the admin listener in force; nil without.
func adminTLS(access *route.AdminAccess, pem route.PEM) (*tls.Config, error) {
	if access == nil || access.TLS == nil {
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	var err error
	if config.Certificates, err = pem.Pair(); err != nil {
		return nil, err
	}
	if config.ClientCAs, err = pem.Pool(); err != nil {
		return nil, err
	}
	if config.ClientCAs != nil {
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return config, nil
}
