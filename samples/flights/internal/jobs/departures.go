package jobs

import (
	"context"
	"fmt"
	"log/slog"

	"example.com/flights/internal/services"
)

// CloseFlights marks the flights that have left, and who missed them.
func CloseFlights(flights *services.FlightService, checkin *services.CheckinService, log *slog.Logger) Job {
	return func(ctx context.Context) error {
		departed, err := flights.Depart(ctx)
		if err != nil || len(departed) == 0 {
			return err
		}
		missed, err := checkin.NoShows(ctx, departed)
		if err != nil {
			return fmt.Errorf("mark no-shows: %w", err)
		}
		log.InfoContext(ctx, "flights departed", "flights", len(departed), "no_shows", missed)
		return nil
	}
}
