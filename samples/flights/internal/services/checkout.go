package services

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"example.com/flights/internal/apperr"
	"example.com/flights/internal/models"
	"example.com/flights/internal/money"
	"example.com/flights/internal/refcode"
)

// PaymentInput says how somebody wants to pay. A voucher is used up first, the
// rest is charged to the card.
type PaymentInput struct {
	CardToken   string `json:"card_token"`
	VoucherCode string `json:"voucher_code"`
}

// Pay confirms a held booking: payment, seats, invoice and points change
// together or not at all.
func (s *BookingService) Pay(ctx context.Context, ref string, in PaymentInput) (*models.Booking, error) {
	in.VoucherCode = refcode.Clean(in.VoucherCode)
	var charged []models.Payment
	err := s.Tx.Run(ctx, func(tx *gorm.DB) error {
		bookings := s.Bookings.WithTx(tx)
		booking, err := bookings.Lock(ctx, ref)
		if err != nil {
			return apperr.Missing(err, "booking", ref)
		}
		if err := s.payable(booking); err != nil {
			return err
		}
		if err := s.sellSeats(ctx, tx, booking); err != nil {
			return err
		}
		if err := bookings.SetStatus(ctx, booking.ID, models.BookingHeld, models.BookingConfirmed); err != nil {
			return err
		}
		charged, err = s.Payments.ChargeTx(ctx, tx, Charge{
			BookingID: booking.ID, Reference: booking.Reference, Purpose: PurposeBooking, Amount: booking.Total,
			CardToken: in.CardToken, VoucherCode: in.VoucherCode,
		})
		if err != nil {
			return err
		}
		if _, err := s.Invoices.IssueTx(ctx, tx, booking); err != nil {
			return err
		}
		if booking.CustomerID == nil {
			return nil
		}
		return s.Loyalty.EarnTx(ctx, tx, *booking.CustomerID, booking.Reference, booking.Total)
	})
	if err != nil {
		s.Payments.Undo(ctx, charged)
		return nil, err
	}
	booking, err := s.Get(ctx, ref)
	if err != nil {
		return nil, err
	}
	s.Notifier.Notify(ctx, booking.ContactEmail, "Booking "+ref+" is confirmed",
		fmt.Sprintf("You have paid %s. Have a good flight!", money.Format(booking.Total)))
	return booking, nil
}

func (s *BookingService) payable(booking *models.Booking) error {
	if booking.Status != models.BookingHeld {
		return apperr.Conflict("not_payable", "booking %s is %s", booking.Reference, booking.Status)
	}
	now := s.Clock.Now()
	if !booking.HoldExpiresAt.After(now) {
		return apperr.Conflict("hold_expired", "booking %s was held until %s", booking.Reference, booking.HoldExpiresAt.Format("15:04"))
	}
	for _, segment := range booking.Segments {
		if !segment.Flight.Open(now) {
			return apperr.Conflict("flight_closed", "flight %s is %s", segment.Flight.Number, segment.Flight.Status)
		}
	}
	return nil
}

func (s *BookingService) sellSeats(ctx context.Context, tx *gorm.DB, booking *models.Booking) error {
	inventory := s.Inventory.WithTx(tx)
	for _, segment := range booking.Segments {
		if err := inventory.Sell(ctx, segment.FlightID, segment.Fare.Cabin, booking.Seats()); err != nil {
			return fmt.Errorf("sell seats of flight %d: %w", segment.FlightID, err)
		}
	}
	return nil
}
