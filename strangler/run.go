package strangler

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/ficus-dev/ficus/strangler/socket"
)

// Bounds of the server.
const (
	headerTimeout  = 10 * time.Second
	writeTimeout   = 60 * time.Second
	idleTimeout    = 120 * time.Second
	maxHeaderBytes = 64 << 10
	maxH2Streams   = 250
	maxH2Frame     = 16 << 10 // a connection keeps a buffer as long as the longest frame that came
)

// Run serves the listener until the context ends. Then it stops accepting, lets
// requests under way end for at most Options.ShutdownTimeout, cuts off what is
// left, and returns when everything that it started has ended. The error is nil
// after a stop that cut nothing off.
func (p *Proxy) Run(ctx context.Context, ln net.Listener) error {
	p.mu.Lock()
	p.listen, p.started = ln.Addr().String(), time.Now()
	p.mu.Unlock()

	background, endBackground := context.WithCancel(context.WithoutCancel(ctx))
	var wait sync.WaitGroup
	defer wait.Wait()
	defer endBackground()
	if p.options.ConfigFile != "" {
		watch, err := p.watch()
		if err != nil {
			ln.Close()
			return err
		}
		wait.Go(func() { watch.run(background) })
	}
	wait.Go(func() { p.pool.Run(background) })
	wait.Go(func() { p.copier.Run(background) })
	if p.access != nil {
		wait.Go(func() { p.access.run(background) })
	}
	return p.serveUntil(ctx, ln)
}

// serveUntil serves until ctx ends, and stops gracefully.
func (p *Proxy) serveUntil(ctx context.Context, ln net.Listener) error {
	requests, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	server := p.server(requests)
	served := make(chan error, 1)
	accept := server.Serve
	if p.secure.Load() != nil {
		server.TLSConfig = &tls.Config{GetConfigForClient: p.tlsForClient}
		accept = func(ln net.Listener) error { return server.ServeTLS(ln, "", "") }
	}
	lot := newParked(ln.Addr(), parkAfter)
	defer lot.holds.Wait()
	defer lot.Close()
	go func() {
		served <- accept(front{p.behindBalancers(socket.Listener{Listener: ln}), &p.conns, p.options.WriteTimeout, p.noHeader, lot})
	}() // ends with Shutdown or Close below
	lot.holds.Go(func() { _ = server.Serve(lot) }) // as well; not with TLS, where nothing is parked
	select {
	case err := <-served:
		server.Close()
		return fmt.Errorf("serve %s: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	limit, done := context.WithTimeout(context.WithoutCancel(ctx), p.options.ShutdownTimeout)
	defer done()
	if p.draining.Load() {
		ln.Close()
		served <- <-served // it ends with the listener
		p.emptyConnections(limit)
	}
	err := server.Shutdown(limit)
	whole := err == nil && p.active.wait(limit.Done())
	left := p.active.n.Load()
	cut()
	server.Close()
	<-served
	if whole {
		return nil
	}
	last, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer done()
	p.active.wait(last.Done())
	if left == 0 {
		return nil // only idle connections were left
	}
	return fmt.Errorf("stop: %d requests were cut off after %s", left, p.options.ShutdownTimeout)
}

// Drain makes every HTTP/1 answer the last of its connection, so that clients go over to
// whoever else accepts them: a new process with the same listening socket. When the
// context of Run ends, connections then have a while to end so, before those without a
// request are closed: a request that was just sent over one would be lost.
func (p *Proxy) Drain() { p.draining.Store(true) }

// emptyTimeout bounds the wait of Drain.
const emptyTimeout = 5 * time.Second

func (p *Proxy) emptyConnections(ctx context.Context) {
	ctx, done := context.WithTimeout(ctx, emptyTimeout)
	defer done()
	p.conns.wait(ctx.Done())
}

// server is the front: net/http with the bounds above; HTTP/1, and HTTP/2 with TLS
// (ALPN) or without (h2c).
func (p *Proxy) server(requests context.Context) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           p,
		Protocols:         &protocols,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxH2Streams, MaxReadFrameSize: maxH2Frame},
		ReadHeaderTimeout: p.options.HeaderTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ConnContext:       withConn,
		ConnState:         noteState,
		BaseContext:       func(net.Listener) context.Context { return requests },
		ErrorLog:          slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
	}
}
