package jobs

import (
	"context"
	"log/slog"

	"example.com/flights/internal/services"
)

// ReleaseHolds gives up the seats of bookings that were not paid in time.
func ReleaseHolds(bookings *services.BookingService, log *slog.Logger) Job {
	return func(ctx context.Context) error {
		released, err := bookings.ReleaseExpired(ctx)
		if released > 0 {
			log.InfoContext(ctx, "holds released", "bookings", released)
		}
		return err
	}
}
