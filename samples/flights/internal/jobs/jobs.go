// Package jobs has what runs in the background.
package jobs

import (
	"context"
	"log/slog"
	"time"
)

// Job is something that is done again and again.
type Job func(ctx context.Context) error

// Runner runs jobs.
type Runner struct {
	Jobs []Job
	Log  *slog.Logger
}

// Run runs all jobs every interval until ctx is done.
func (r *Runner) Run(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		r.RunOnce(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// RunOnce runs all jobs once. A job that fails is tried again the next time.
func (r *Runner) RunOnce(ctx context.Context) {
	for _, job := range r.Jobs {
		if err := job(ctx); err != nil && ctx.Err() == nil {
			r.Log.ErrorContext(ctx, "job failed", "error", err)
		}
	}
}
