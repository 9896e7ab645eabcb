package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
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
	admin      net.Listener               // nil: none
	handler    *admin.Handler             // of admin
	secure     atomic.Pointer[tls.Config] // of admin; nil when it speaks plain HTTP
	file       string                     // strangler.yaml
	// addresses that the listeners were asked for
	mainAddress, adminAddress string
	closers                   []io.Closer
	state                     *lentStore
	again                     restart // what a restart needs
	telemetry                 *telemetry
}

// run serves until the context ends.
func (o *proxyOptions) run(ctx context.Context, file string) error {
	defer raiseHeapFloor(atMostHalf(heapFloor, containerLimit(memoryMax)))()
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
	r := &running{file: file, log: slog.New(slog.NewTextHandler(o.c.err, nil)), again: restart{out: o.c.out, err: o.c.err, env: o.c.env}}
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
		keepSocket(r.admin, false)
		return nil
	})
}

// open makes everything that can fail, before anything runs.
func (o *proxyOptions) open(ctx context.Context, r *running, cfg *route.Config, file string) error {
	access, err := r.adminAccess(cfg)
	if err != nil {
		return fmt.Errorf("start admin: %w", err)
	}
	if err := o.listeners(r, cfg); err != nil {
		return err
	}
	lines, err := o.openAccessLog(r)
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
		Config: cfg, Tracer: r.telemetry.tracer, ConfigFile: file, Logger: r.log, AccessLog: lines, Registry: registry,
		Recorder: r.controller, Weights: r.controller, OnReload: r.reloaded, OnHealth: r.controller.Health,
		ShutdownTimeout: o.drain,
	})
	if err != nil {
		return fmt.Errorf("start proxy: %w", err)
	}
	r.handler = admin.New(admin.Options{
		Controller: r.controller, ProxyStatus: func() any { return r.proxy.Status() }, Refused: r.proxy.Refused,
		Registry: registry, Logger: r.log, Token: o.c.getenv("FICUS_ADMIN_TOKEN"), Access: access,
		Reload: r.proxy.ReloadFile,
	})
	return nil
}

func (o *proxyOptions) listeners(r *running, cfg *route.Config) (err error) {
	r.mainAddress = cmp.Or(o.listen, cfg.ListenAddress())
	if r.adminAddress, err = o.adminAddress(cfg, r.file); err != nil {
		return err
	}
	if r.main, err = o.inherited.orListen("traffic", r.mainAddress, "--listen"); err != nil {
		return err
	}
	r.closers = append(r.closers, r.main)
	if r.adminAddress == "" {
		return nil
	}
	if r.admin, err = o.adminListener(r.adminAddress); err != nil {
		return err
	}
	r.closers = append(r.closers, r.admin)
	return nil
}

// adminAccess reads who may use the admin API, and puts its certificates into force.
func (r *running) adminAccess(cfg *route.Config) (admin.Access, error) {
	secrets, err := cfg.AdminAccess.Read(filepath.Dir(r.file))
	if err != nil {
		return admin.Access{}, err
	}
	config, err := adminTLS(cfg.AdminAccess, secrets.PEM)
	if err != nil {
		return admin.Access{}, err
	}
	if config != nil {
		r.secure.Store(config)
	}
	return admin.AccessOf(cfg.AdminAccess, secrets)
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
	access, err := r.adminAccess(cfg)
	if err != nil { // a file has changed since it was checked: its change is another reload
		r.log.Error("admin goes on with the access before", "error", err.Error())
		return
	}
	r.handler.SetAccess(access)
}

func (r *running) banner(cfg *route.Config) string {
	where := "admin off"
	if r.admin != nil {
		where = "admin and dashboard on " + r.adminURL()
	}
	scheme := "http"
	if cfg.TLS != nil {
		scheme = "https"
	}
	return fmt.Sprintf("listening on %s://%s for %s (%s); %s", scheme, r.main.Addr(), strings.Join(cfg.Monolith.Addresses(), ", "), plural(len(cfg.Routes), "route"), where)
}

// adminURL is where the admin API is served, as --admin takes it.
func (r *running) adminURL() string {
	switch {
	case strings.HasPrefix(r.adminAddress, "unix:"):
		return r.adminAddress
	case r.secure.Load() != nil:
		return "https://" + r.admin.Addr().String() + "/"
	}
	return "http://" + r.admin.Addr().String() + "/"
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
		keepSocket(r.admin, true)
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
	accept := server.Serve
	if r.secure.Load() != nil {
		server.TLSConfig = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return r.secure.Load(), nil }}
		accept = func(ln net.Listener) error { return server.ServeTLS(ln, "", "") }
	}
	go func() { served <- accept(r.admin) }() // ends with Close below
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
