// Command shop runs the online shop.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/shop/internal/app"
	"example.com/shop/internal/clock"
	"example.com/shop/internal/config"
	"example.com/shop/internal/storage"
)

func main() {
	seed := flag.Bool("seed", false, "load demo data into an empty database first")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "shop:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, seed bool) error {
	cfg, err := config.FromEnv(os.Getenv)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: cfg.LogLevel}))
	db, err := storage.Open(ctx, cfg.DatabaseURL)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := storage.Migrate(ctx, db); err != nil {
		return err
	}
	a := app.New(cfg, db, clock.System{}, log)
	if seed {
		if err := a.Seed(ctx); err != nil {
			return err
		}
	}
	return serve(ctx, cfg, a, log)
}

// serve runs until ctx is done, then finishes the requests and jobs under way.
func serve(ctx context.Context, cfg config.Config, a *app.App, log *slog.Logger) error {
	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return err
	}
	srv := &http.Server{Handler: a.Handler(), ReadHeaderTimeout: 5 * time.Second}
	jobs, stopJobs := context.WithCancel(ctx)
	defer a.Wait()
	defer stopJobs()
	a.Start(jobs)

	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(listener) }()
	log.Info("shop is open", "addr", listener.Addr().String())
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	log.Info("shutting down")
	shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), cfg.ShutdownTimeout)
	defer cancel()
	if err := srv.Shutdown(shutdown); err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
