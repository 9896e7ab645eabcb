// Command flights runs the booking system.
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
	"sync"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"

	"example.com/flights/internal/clock"
	"example.com/flights/internal/config"
	"example.com/flights/internal/database"
	"example.com/flights/internal/server"
)

func main() {
	seed := flag.Bool("seed", false, "load demo data into an empty database first")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "flights:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, seed bool) error {
	cfg, err := config.FromEnv(os.Getenv)
	if err != nil {
		return err
	}
	gin.SetMode(gin.ReleaseMode)
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: cfg.LogLevel}))
	db, err := database.Open(cfg.DatabaseURL, clock.System{}, log)
	if err != nil {
		return err
	}
	defer database.Close(db)
	if err := database.Migrate(db); err != nil {
		return err
	}
	srv := server.New(cfg, db, clock.System{}, log)
	if seed {
		if err := srv.Seed(ctx); err != nil {
			return err
		}
	}
	return serve(ctx, cfg, srv, log)
}

// serve runs until ctx is done, then finishes the requests and jobs under way.
func serve(ctx context.Context, cfg config.Config, app *server.Server, log *slog.Logger) error {
	listener, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return err
	}
	var jobs sync.WaitGroup
	defer jobs.Wait()
	jobCtx, stopJobs := context.WithCancel(ctx)
	defer stopJobs()
	jobs.Go(func() { app.Jobs.Run(jobCtx, cfg.JobInterval) })

	srv := &http.Server{Handler: app.Router, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(listener) }()
	log.Info("open for bookings", "addr", listener.Addr().String())
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), cfg.ShutdownGrace)
	defer cancel()
	if err := srv.Shutdown(shutdown); err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
