package services

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"gorm.io/gorm"

	"example.com/flights/internal/apperr"
	"example.com/flights/internal/clock"
	"example.com/flights/internal/models"
	"example.com/flights/internal/repositories"
)

const maxPassengers = 9

type BookingInput struct {
	CustomerID   uint             `json:"customer_id"`
	ContactEmail string           `json:"contact_email" binding:"omitempty,email"`
	Passengers   []PassengerInput `json:"passengers" binding:"required"`
	Segments     []SegmentInput   `json:"segments" binding:"required,dive"`
}

type PassengerInput struct {
	FirstName string    `json:"first_name" binding:"max=80"`
	LastName  string    `json:"last_name" binding:"max=80"`
	BirthDate time.Time `json:"birth_date"`
	Document  string    `json:"document" binding:"max=40"`
}

type SegmentInput struct {
	FlightID uint   `json:"flight_id" binding:"required"`
	FareCode string `json:"fare_code" binding:"required"`
}

type BookingDeps struct {
	Tx        *repositories.Transactor
	Bookings  *repositories.BookingRepository
	Flights   *repositories.FlightRepository
	Inventory *repositories.InventoryRepository
	Customers *repositories.CustomerRepository
	Seats     *repositories.SeatRepository
	Passes    *repositories.BoardingPassRepository
	Payments  *PaymentService
	Invoices  *InvoiceService
	Loyalty   *LoyaltyService
	Notifier  Notifier
	Clock     clock.Clock
	Log       *slog.Logger
	HoldTTL   time.Duration
}

type BookingService struct {
	BookingDeps
}

func NewBookingService(deps BookingDeps) *BookingService { return &BookingService{BookingDeps: deps} }

func (s *BookingService) Create(ctx context.Context, in BookingInput) (*models.Booking, error) {
	booking, err := s.draft(ctx, in)
	if err != nil {
		return nil, err
	}
	err = s.Tx.Run(ctx, func(tx *gorm.DB) error {
		inventory := s.Inventory.WithTx(tx)
		for _, segment := range booking.Segments {
			err := inventory.Hold(ctx, segment.FlightID, segment.Fare.Cabin, booking.Seats())
			if errors.Is(err, gorm.ErrRecordNotFound) {
				return apperr.Conflict("sold_out", "flight %s has no %d seats left in %s", segment.Flight.Number, booking.Seats(), segment.Fare.Cabin)
			}
			if err != nil {
				return err
			}
		}
		return s.Bookings.WithTx(tx).Create(ctx, booking)
	})
	if err != nil {
		return nil, err
	}
	s.Log.InfoContext(ctx, "booking held", "booking", booking.Reference, "until", booking.HoldExpiresAt)
	return booking, nil
}

func (s *BookingService) draft(ctx context.Context, in BookingInput) (*models.Booking, error) {
	switch {
	case len(in.Passengers) == 0 || len(in.Passengers) > maxPassengers:
		return nil, apperr.InvalidField("passengers", "must be between 1 and %d", maxPassengers)
	case len(in.Segments) == 0:
		return nil, apperr.InvalidField("segments", "there must be at least one flight")
	}
	now := s.Clock.Now()
	booking := &models.Booking{
		Status: models.BookingHeld, ContactEmail: in.ContactEmail, HoldExpiresAt: now.Add(s.HoldTTL),
	}
	if in.CustomerID != 0 {
		customer, err := s.Customers.ByID(ctx, in.CustomerID)
		if err != nil {
			return nil, apperr.Missing(err, "customer", in.CustomerID)
		}
		booking.CustomerID = &customer.ID
		if booking.ContactEmail == "" {
			booking.ContactEmail = customer.Email
		}
	}
	if booking.ContactEmail == "" {
		return nil, apperr.InvalidField("contact_email", "is needed without an account")
	}
	segments, err := s.draftSegments(ctx, in.Segments, now)
	if err != nil {
		return nil, err
	}
	booking.Segments = segments
	booking.Passengers, err = draftPassengers(in.Passengers, segments[0].Flight.Departure)
	if err != nil {
		return nil, err
	}
	price(booking)
	return booking, nil
}

func (s *BookingService) draftSegments(ctx context.Context, in []SegmentInput, now time.Time) ([]models.Segment, error) {
	segments := make([]models.Segment, len(in))
	for i, wanted := range in {
		flight, err := s.Flights.ByID(ctx, wanted.FlightID)
		if err != nil {
			return nil, apperr.Missing(err, "flight", wanted.FlightID)
		}
		if !flight.Open(now) {
			return nil, apperr.Conflict("flight_closed", "flight %s cannot be booked any more", flight.Number)
		}
		if i > 0 && flight.Departure.Before(segments[i-1].Flight.Arrival) {
			return nil, apperr.Invalid("flight %s leaves before flight %s arrives", flight.Number, segments[i-1].Flight.Number)
		}
		fare, err := s.Flights.FareByCode(ctx, flight.ID, wanted.FareCode)
		if err != nil {
			return nil, apperr.Missing(err, "fare", wanted.FareCode)
		}
		segments[i] = models.Segment{Position: i + 1, FlightID: flight.ID, Flight: *flight, FareID: fare.ID, Fare: *fare}
	}
	return segments, nil
}

func draftPassengers(in []PassengerInput, day time.Time) ([]models.Passenger, error) {
	passengers := make([]models.Passenger, len(in))
	adults, infants := 0, 0
	for i, p := range in {
		if p.FirstName == "" || p.LastName == "" {
			return nil, apperr.Invalid("passenger %d needs a first and a last name", i+1)
		}
		if p.BirthDate.IsZero() || p.BirthDate.After(day) {
			return nil, apperr.Invalid("passenger %d needs a date of birth before the flight", i+1)
		}
		passengers[i] = models.Passenger{
			FirstName: p.FirstName, LastName: p.LastName, BirthDate: p.BirthDate, Document: p.Document,
			Kind: passengerKind(p.BirthDate, day),
		}
		switch passengers[i].Kind {
		case models.PassengerAdult:
			adults++
		case models.PassengerInfant:
			infants++
		}
	}
	if adults == 0 {
		return nil, apperr.Invalid("somebody must be 12 or older")
	}
	if infants > adults {
		return nil, apperr.Invalid("each infant needs an adult to sit on")
	}
	return passengers, nil
}

func price(booking *models.Booking) {
	booking.Total = 0
	for i := range booking.Segments {
		segment := &booking.Segments[i]
		segment.Price = 0
		for _, passenger := range booking.Passengers {
			segment.Price += passengerPrice(segment.Fare.Price, passenger.Kind)
		}
		booking.Total += segment.Price
	}
}

func (s *BookingService) Get(ctx context.Context, ref string) (*models.Booking, error) {
	booking, err := s.Bookings.ByReference(ctx, ref)
	return booking, apperr.Missing(err, "booking", ref)
}

func (s *BookingService) OfCustomer(ctx context.Context, customerID uint, page models.Page) ([]models.Booking, int64, error) {
	if _, err := s.Customers.ByID(ctx, customerID); err != nil {
		return nil, 0, apperr.Missing(err, "customer", customerID)
	}
	return s.Bookings.OfCustomer(ctx, customerID, page)
}
