package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/ficus-dev/ficus/strangler"
	"github.com/ficus-dev/ficus/strangler/admin"
	"github.com/ficus-dev/ficus/strangler/rollout"
	"github.com/ficus-dev/ficus/strangler/route"
)

// running is a proxy with all that belongs to it.
type running struct {
	proxy      *strangler.Proxy
	controller *rollout.Controller
	log        *slog.Logger
	main       net.Listener
	admin      net.Listener // nil: none
	handler    http.Handler // of admin
	closers    []io.Closer
	state      *lentStore
	again      restart // what a restart needs
	telemetry  *telemetry
}

// run serves until the context ends.
func (o *proxyOptions) run(ctx context.Context, file string) error {
	cfg, problems, err := readConfigBy(route.CheckFiles, file)
	if err != nil {
		return err
	}
	if err := problems.Err(); err != nil {
		return fmt.Errorf("start proxy: the configuration is not valid:\n%w", err)
	}
	for _, w := range problems.Warnings() {
		o.c.notef("%s", w)
	}
	r := &running{log: slog.New(slog.NewTextHandler(o.c.err, nil)), again: restart{out: o.c.out, err: o.c.err, env: o.c.env}}
	defer r.close()
	if o.inherited, err = inherit(o.c.env); err != nil {
		return err
	}
	defer o.inherited.close()
	if err := o.open(ctx, r, cfg, file); err != nil {
		return err
	}
	o.c.notef("%s", r.banner(cfg))
	return r.serve(ctx, func() error { // signals are heard from here on
		if err := o.writePID(); err != nil {
			return err
		}
		o.inherited.serving()
		return nil
	})
}

// open makes everything that can fail, before anything runs.
func (o *proxyOptions) open(ctx context.Context, r *running, cfg *route.Config, file string) error {
	if err := o.listeners(r, cfg); err != nil {
		return err
	}
	access, err := o.openAccessLog(r)
	if err != nil {
		return err
	}
	if r.state, err = openState(cfg.StatePath(file), o.inherited); err != nil {
		return err
	}
	r.closers = append(r.closers, r.state)
	if r.controller, err = rollout.NewController(rollout.Options{Config: cfg, Store: r.state, Logger: r.log}); err != nil {
		return fmt.Errorf("start rollout: %w", err)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(r.controller.Collector(), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	if r.telemetry, err = startTelemetry(ctx, o.c.getenv, registry, r.log); err != nil {
		return err
	}
	r.closers = append(r.closers, closerFunc(func() { r.telemetry.stop(ctx, r.log) }))
	r.proxy, err = strangler.New(strangler.Options{
		Config: cfg, Tracer: r.telemetry.tracer, ConfigFile: file, Logger: r.log, AccessLog: access, Registry: registry,
		Recorder: r.controller, Weights: r.controller, OnReload: r.reloaded, OnHealth: r.controller.Health,
		ShutdownTimeout: o.drain,
	})
	if err != nil {
		return fmt.Errorf("start proxy: %w", err)
	}
	r.handler = admin.New(admin.Options{
		Controller: r.controller, ProxyStatus: func() any { return r.proxy.Status() },
		Registry: registry, Logger: r.log, Token: o.c.getenv("FICUS_ADMIN_TOKEN"),
	})
	return nil
}

func (o *proxyOptions) listeners(r *running, cfg *route.Config) (err error) {
	addr := cfg.ListenAddress()
	if o.listen != "" {
		addr = o.listen
	}
	if r.main, err = o.inherited.orListen("traffic", addr, "--listen"); err != nil {
		return err
	}
	r.closers = append(r.closers, r.main)
	addr = cfg.AdminAddress()
	if o.admin != "" {
		addr = o.admin
	}
	if addr == "" || addr == route.Off {
		return nil
	}
	if host, _, err := net.SplitHostPort(addr); err != nil || !route.Loopback(host) {
		return usageErrorf("--admin %s is not a loopback address; whoever reaches the admin API moves traffic: use 127.0.0.1:8081, or off", addr)
	}
	if r.admin, err = o.inherited.orListen("admin", addr, "--admin"); err != nil {
		return err
	}
	r.closers = append(r.closers, r.admin)
	return nil
}

func (o *proxyOptions) openAccessLog(r *running) (io.Writer, error) {
	switch o.accessLog {
	case "-":
		return o.c.out, nil
	case route.Off, "":
		return nil, nil
	}
	f, err := os.OpenFile(o.accessLog, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return nil, fmt.Errorf("open access log: %w", err)
	}
	r.closers = append(r.closers, f)
	return f, nil
}

func (r *running) reloaded(cfg *route.Config) {
	if err := r.controller.Reload(cfg); err != nil {
		r.log.Error("the rollout does not take the new configuration", "error", err.Error())
	}
}

func (r *running) banner(cfg *route.Config) string {
	where := "admin off"
	if r.admin != nil {
		where = "admin and dashboard on http://" + r.admin.Addr().String() + "/"
	}
	scheme := "http"
	if cfg.TLS != nil {
		scheme = "https"
	}
	return fmt.Sprintf("listening on %s://%s for %s (%s); %s", scheme, r.main.Addr(), strings.Join(cfg.Monolith.Addresses(), ", "), plural(len(cfg.Routes), "route"), where)
}

// serve runs the proxy; rollout and admin end after it, so that the last requests
// are still counted. ready is called when everything is set up.
func (r *running) serve(ctx context.Context, ready func() error) error {
	behind, endBehind := context.WithCancel(context.WithoutCancel(ctx))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wait sync.WaitGroup
	var failures [2]error
	start := func(i int, ctx context.Context, run func(context.Context) error) {
		wait.Go(func() {
			failures[i] = run(ctx)
			cancel() // nothing serves without the others
		})
	}
	adminCtx, endAdmin := context.WithCancel(behind)
	defer endAdmin()
	start(0, behind, r.runRollout)
	start(1, adminCtx, r.serveAdmin)
	stopReloads := onReloadSignal(func() { _ = r.proxy.ReloadFile() }) // the proxy logs refusals
	stopRestarts := onRestartSignal(func() {
		if err := r.restart(ctx); err != nil {
			r.log.Error("restart failed: this process stays", "error", err.Error())
			return
		}
		r.proxy.Drain()
		endAdmin() // orders are the new process's
		cancel()
	})
	err := ready()
	if err == nil {
		err = r.proxy.Run(ctx, r.main)
	}
	stopReloads()
	stopRestarts()
	endBehind()
	wait.Wait()
	return errors.Join(err, failures[0], failures[1])
}

// adminStop bounds the wait for admin requests; open event streams never end.
const adminStop = 500 * time.Millisecond

func (r *running) serveAdmin(ctx context.Context) error {
	if r.admin == nil {
		<-ctx.Done()
		return nil
	}
	server := &http.Server{Handler: r.handler, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(r.log.Handler(), slog.LevelDebug)}
	served := make(chan error, 1)
	go func() { served <- server.Serve(r.admin) }() // ends with Close below
	select {
	case err := <-served:
		return fmt.Errorf("serve admin: %w", err)
	case <-ctx.Done():
	}
	limit, done := context.WithTimeout(context.WithoutCancel(ctx), adminStop)
	defer done()
	if server.Shutdown(limit) != nil {
		server.Close()
	}
	<-served
	return nil
}

// closerFunc is a function as an io.Closer.
type closerFunc func()

// Close calls the function.
func (f closerFunc) Close() error {
	f()
	return nil
}

func (r *running) close() {
	for i := len(r.closers) - 1; i >= 0; i-- {
		r.closers[i].Close()
	}
}
