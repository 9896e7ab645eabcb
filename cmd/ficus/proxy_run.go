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
	"github.com/ficus-dev/ficus/strangler/store"
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
	r := &running{log: slog.New(slog.NewTextHandler(o.c.err, nil))}
	defer r.close()
	if err := o.open(r, cfg, file); err != nil {
		return err
	}
	o.c.notef("%s", r.banner(cfg))
	return r.serve(ctx)
}

// open makes everything that can fail, before anything runs.
func (o *proxyOptions) open(r *running, cfg *route.Config, file string) error {
	if err := o.listeners(r, cfg); err != nil {
		return err
	}
	access, err := o.openAccessLog(r)
	if err != nil {
		return err
	}
	state, err := openState(cfg.StatePath(file))
	if err != nil {
		return err
	}
	r.closers = append(r.closers, state)
	if r.controller, err = rollout.NewController(rollout.Options{Config: cfg, Store: state, Logger: r.log}); err != nil {
		return fmt.Errorf("start rollout: %w", err)
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(r.controller.Collector(), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	r.proxy, err = strangler.New(strangler.Options{
		Config: cfg, ConfigFile: file, Logger: r.log, AccessLog: access, Registry: registry,
		Recorder: r.controller, Weights: r.controller, OnReload: r.reloaded, OnHealth: r.controller.Health,
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
	if r.main, err = listenOn("traffic", addr, "--listen"); err != nil {
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
	if r.admin, err = listenOn("admin", addr, "--admin"); err != nil {
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

func openState(path string) (store.Store, error) {
	if path == "" {
		return store.NewMemory(), nil
	}
	state, err := store.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the rollout's state: %w", err)
	}
	return state, nil
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
// are still counted.
func (r *running) serve(ctx context.Context) error {
	behind, endBehind := context.WithCancel(context.WithoutCancel(ctx))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wait sync.WaitGroup
	var failures [2]error
	start := func(i int, run func(context.Context) error) {
		wait.Go(func() {
			failures[i] = run(behind)
			cancel() // nothing serves without the others
		})
	}
	start(0, r.controller.Run)
	start(1, r.serveAdmin)
	stopSignals := onReloadSignal(func() { _ = r.proxy.ReloadFile() }) // the proxy logs refusals
	err := r.proxy.Run(ctx, r.main)
	stopSignals()
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

func (r *running) close() {
	for i := len(r.closers) - 1; i >= 0; i-- {
		r.closers[i].Close()
	}
}
