package services

import (
	"context"
	"fmt"
	"net/http"

	"gorm.io/gorm"

	"example.com/flights/internal/apperr"
	"example.com/flights/internal/models"
	"example.com/flights/internal/money"
)

const releaseBatch = 100

type Cancellation struct {
	Booking  *models.Booking `json:"booking"`
	Refunded int64           `json:"refunded"`
	Fee      int64           `json:"fee"`
}

func (s *BookingService) Cancel(ctx context.Context, ref, reason string) (*Cancellation, error) {
	return s.cancel(ctx, ref, reason, func(booking *models.Booking) int64 {
		var refund int64
		for _, segment := range booking.Segments {
			if segment.Flight.Status == models.FlightCancelled {
				refund += segment.Price
				continue
			}
			refund += money.Percent(segment.Price, segment.Fare.RefundPercent)
		}
		return refund
	})
}

// CancelFlight cancels the bookings of a flight that will not leave, refunds all
// of them, and counts them.
func (s *BookingService) CancelFlight(ctx context.Context, flight *models.Flight) (int, error) {
	cancelled := 0
	for _, status := range []models.BookingStatus{models.BookingHeld, models.BookingConfirmed} {
		refs, err := s.Bookings.OnFlight(ctx, flight.ID, status)
		if err != nil {
			return cancelled, err
		}
		for _, ref := range refs {
			everything := func(booking *models.Booking) int64 { return booking.Total }
			_, err := s.cancel(ctx, ref, "flight "+flight.Number+" is cancelled", everything)
			if err != nil && apperr.From(err).Status == http.StatusConflict {
				s.Log.WarnContext(ctx, "booking needs attention", "booking", ref, "error", err) // partly flown
				continue
			}
			if err != nil {
				return cancelled, fmt.Errorf("cancel booking %s: %w", ref, err)
			}
			cancelled++
		}
	}
	return cancelled, nil
}

func (s *BookingService) cancel(ctx context.Context, ref, reason string, refundOf func(*models.Booking) int64) (*Cancellation, error) {
	result := &Cancellation{}
	err := s.Tx.Run(ctx, func(tx *gorm.DB) error {
		booking, err := s.Bookings.WithTx(tx).Lock(ctx, ref)
		if err != nil {
			return apperr.Missing(err, "booking", ref)
		}
		switch booking.Status {
		case models.BookingHeld:
			return s.releaseTx(ctx, tx, booking, models.BookingCancelled)
		case models.BookingConfirmed:
		default:
			return apperr.Conflict("booking_closed", "booking %s is %s", ref, booking.Status)
		}
		if err := s.unusedTx(ctx, tx, booking); err != nil {
			return err
		}
		if err := s.returnSeatsTx(ctx, tx, booking); err != nil {
			return err
		}
		result.Refunded = refundOf(booking)
		result.Fee = booking.Total - result.Refunded
		if err := s.Payments.RefundBookingTx(ctx, tx, booking.ID, result.Refunded, reason); err != nil {
			return err
		}
		if booking.CustomerID != nil {
			return s.Loyalty.RevokeTx(ctx, tx, *booking.CustomerID, ref)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if result.Booking, err = s.Get(ctx, ref); err != nil {
		return nil, err
	}
	s.Notifier.Notify(ctx, result.Booking.ContactEmail, "Booking "+ref+" is cancelled",
		fmt.Sprintf("%s You get %s back.", reason, money.Format(result.Refunded)))
	return result, nil
}

func (s *BookingService) unusedTx(ctx context.Context, tx *gorm.DB, booking *models.Booking) error {
	passes := s.Passes.WithTx(tx)
	for _, segment := range booking.Segments {
		if segment.Flight.Status == models.FlightDeparted {
			return apperr.Conflict("already_flown", "flight %s has departed", segment.Flight.Number)
		}
		issued, err := passes.OfSegment(ctx, segment.ID)
		if err != nil {
			return err
		}
		for _, pass := range issued {
			if pass.Status == models.PassBoarded {
				return apperr.Conflict("already_boarded", "%s is on board of flight %s", pass.Passenger.LastName, segment.Flight.Number)
			}
		}
	}
	return nil
}

func (s *BookingService) returnSeatsTx(ctx context.Context, tx *gorm.DB, booking *models.Booking) error {
	inventory := s.Inventory.WithTx(tx)
	for _, segment := range booking.Segments {
		if err := inventory.Return(ctx, segment.FlightID, segment.Fare.Cabin, booking.Seats()); err != nil {
			return fmt.Errorf("return seats of flight %d: %w", segment.FlightID, err)
		}
	}
	if err := s.Passes.WithTx(tx).Void(ctx, segmentIDs(booking)); err != nil {
		return err
	}
	if err := s.Seats.WithTx(tx).Free(ctx, segmentIDs(booking)); err != nil {
		return err
	}
	return s.Bookings.WithTx(tx).SetStatus(ctx, booking.ID, models.BookingConfirmed, models.BookingCancelled)
}

func (s *BookingService) releaseTx(ctx context.Context, tx *gorm.DB, booking *models.Booking, to models.BookingStatus) error {
	inventory := s.Inventory.WithTx(tx)
	for _, segment := range booking.Segments {
		if err := inventory.Release(ctx, segment.FlightID, segment.Fare.Cabin, booking.Seats()); err != nil {
			return fmt.Errorf("release seats of flight %d: %w", segment.FlightID, err)
		}
	}
	return s.Bookings.WithTx(tx).SetStatus(ctx, booking.ID, models.BookingHeld, to)
}

// ReleaseExpired gives up the seats of bookings whose time is up, and counts
// them.
func (s *BookingService) ReleaseExpired(ctx context.Context) (int, error) {
	refs, err := s.Bookings.ExpiredHolds(ctx, s.Clock.Now(), releaseBatch)
	if err != nil {
		return 0, err
	}
	released := 0
	for _, ref := range refs {
		err := s.Tx.Run(ctx, func(tx *gorm.DB) error {
			booking, err := s.Bookings.WithTx(tx).Lock(ctx, ref)
			if err != nil || booking.Status != models.BookingHeld {
				return err
			}
			if err := s.releaseTx(ctx, tx, booking, models.BookingExpired); err != nil {
				return err
			}
			released++
			return nil
		})
		if err != nil {
			return released, fmt.Errorf("release booking %s: %w", ref, err)
		}
	}
	return released, nil
}
