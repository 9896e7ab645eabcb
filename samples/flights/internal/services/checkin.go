package services

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"example.com/flights/internal/apperr"
	"example.com/flights/internal/clock"
	"example.com/flights/internal/models"
	"example.com/flights/internal/repositories"
)

type CheckinDeps struct {
	Tx       *repositories.Transactor
	Flights  *repositories.FlightRepository
	Seats    *repositories.SeatRepository
	Passes   *repositories.BoardingPassRepository
	Manifest *repositories.ManifestRepository
	Notifier Notifier
	Clock    clock.Clock
	Log      *slog.Logger
	Opens    time.Duration
	Closes   time.Duration
}

type CheckinService struct {
	CheckinDeps
}

func NewCheckinService(deps CheckinDeps) *CheckinService { return &CheckinService{CheckinDeps: deps} }

type SeatMapCabin struct {
	Cabin models.Cabin `json:"cabin"`
	Free  []string     `json:"free"`
	Taken []string     `json:"taken"`
}

func (s *CheckinService) SeatMap(ctx context.Context, flightID uint) ([]SeatMapCabin, error) {
	flight, err := s.Flights.ByID(ctx, flightID)
	if err != nil {
		return nil, apperr.Missing(err, "flight", flightID)
	}
	taken, err := s.takenSeats(ctx, s.Seats, flightID)
	if err != nil {
		return nil, err
	}
	var cabins []SeatMapCabin
	for _, rows := range fleet[flight.Aircraft] {
		cabin := SeatMapCabin{Cabin: rows.Cabin, Free: []string{}, Taken: []string{}}
		for _, seat := range rows.seats() {
			if taken[seat] {
				cabin.Taken = append(cabin.Taken, seat)
			} else {
				cabin.Free = append(cabin.Free, seat)
			}
		}
		cabins = append(cabins, cabin)
	}
	return cabins, nil
}

func (s *CheckinService) takenSeats(ctx context.Context, seats *repositories.SeatRepository, flightID uint) (map[string]bool, error) {
	assigned, err := seats.OnFlight(ctx, flightID)
	taken := map[string]bool{}
	for _, seat := range assigned {
		taken[seat.Seat] = true
	}
	return taken, err
}

type SeatInput struct {
	SegmentID   uint   `json:"segment_id" binding:"required"`
	PassengerID uint   `json:"passenger_id" binding:"required"`
	Seat        string `json:"seat" binding:"required,max=4"`
}

func (s *CheckinService) ChooseSeat(ctx context.Context, booking *models.Booking, in SeatInput) (*models.SeatAssignment, error) {
	segment, passenger, err := traveller(booking, in.SegmentID, in.PassengerID)
	if err != nil {
		return nil, err
	}
	if passenger.Kind == models.PassengerInfant {
		return nil, apperr.Invalid("infants have no seat of their own")
	}
	issued, err := s.Passes.OfSegment(ctx, segment.ID)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(issued, func(p models.BoardingPass) bool { return p.PassengerID == passenger.ID }) {
		return nil, apperr.Conflict("already_checked_in", "%s has a boarding pass", passenger.LastName)
	}
	in.Seat = strings.ToUpper(in.Seat)
	rows, _ := fleet[segment.Flight.Aircraft].rows(segment.Fare.Cabin)
	if !slices.Contains(rows.seats(), in.Seat) {
		return nil, apperr.InvalidField("seat", "%s has no seat %s in %s", segment.Flight.Aircraft, in.Seat, segment.Fare.Cabin)
	}
	seat := &models.SeatAssignment{FlightID: segment.FlightID, Seat: in.Seat, SegmentID: segment.ID, PassengerID: passenger.ID}
	err = s.Tx.Run(ctx, func(tx *gorm.DB) error { return s.Seats.WithTx(tx).Assign(ctx, seat) })
	if err != nil {
		return nil, apperr.Duplicate(err, "seat_taken", "seat %s is taken", in.Seat)
	}
	return seat, nil
}

func traveller(booking *models.Booking, segmentID, passengerID uint) (*models.Segment, *models.Passenger, error) {
	if booking.Status != models.BookingConfirmed {
		return nil, nil, apperr.Conflict("not_confirmed", "booking %s is %s", booking.Reference, booking.Status)
	}
	segment, passenger := booking.Segment(segmentID), booking.Passenger(passengerID)
	if segment == nil {
		return nil, nil, apperr.NotFound("segment", segmentID)
	}
	if passenger == nil {
		return nil, nil, apperr.NotFound("passenger", passengerID)
	}
	return segment, passenger, nil
}

// CheckIn issues boarding passes for a segment to all passengers who have none
// yet. Who has not chosen a seat gets the first free one.
func (s *CheckinService) CheckIn(ctx context.Context, booking *models.Booking, segmentID uint) ([]models.BoardingPass, error) {
	segment := booking.Segment(segmentID)
	switch {
	case booking.Status != models.BookingConfirmed:
		return nil, apperr.Conflict("not_confirmed", "booking %s is %s", booking.Reference, booking.Status)
	case segment == nil:
		return nil, apperr.NotFound("segment", segmentID)
	}
	if err := s.isOpen(&segment.Flight); err != nil {
		return nil, err
	}
	err := s.Tx.Run(ctx, func(tx *gorm.DB) error {
		issued, err := s.Passes.WithTx(tx).OfSegment(ctx, segmentID)
		if err != nil {
			return err
		}
		for _, passenger := range booking.Passengers {
			if slices.ContainsFunc(issued, func(p models.BoardingPass) bool { return p.PassengerID == passenger.ID }) {
				continue
			}
			if err := s.issueTx(ctx, tx, segment, passenger); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, apperr.Duplicate(err, "seat_taken", "somebody was faster, please try again")
	}
	s.Log.InfoContext(ctx, "checked in", "booking", booking.Reference, "flight", segment.Flight.Number)
	s.Notifier.Notify(ctx, booking.ContactEmail, "Your boarding passes", "Flight "+segment.Flight.Number)
	return s.Passes.OfSegment(ctx, segmentID)
}

func (s *CheckinService) isOpen(flight *models.Flight) error {
	now := s.Clock.Now()
	switch {
	case flight.Status == models.FlightCancelled:
		return apperr.Conflict("flight_cancelled", "flight %s is cancelled", flight.Number)
	case now.Before(flight.Departure.Add(-s.Opens)):
		return apperr.Conflict("checkin_not_open", "check-in opens %s before departure", s.Opens)
	case now.After(flight.Departure.Add(-s.Closes)):
		return apperr.Conflict("checkin_closed", "check-in closes %s before departure", s.Closes)
	}
	return nil
}

func (s *CheckinService) issueTx(ctx context.Context, tx *gorm.DB, segment *models.Segment, passenger models.Passenger) error {
	pass := &models.BoardingPass{
		FlightID: segment.FlightID, SegmentID: segment.ID, PassengerID: passenger.ID, Status: models.PassIssued,
	}
	if passenger.Kind != models.PassengerInfant {
		seat, err := s.seatTx(ctx, tx, segment, passenger.ID)
		if err != nil {
			return err
		}
		pass.Seat = seat
	}
	return s.Passes.WithTx(tx).Create(ctx, pass)
}

func (s *CheckinService) seatTx(ctx context.Context, tx *gorm.DB, segment *models.Segment, passengerID uint) (string, error) {
	seats := s.Seats.WithTx(tx)
	chosen, err := seats.OfSegments(ctx, []uint{segment.ID})
	if err != nil {
		return "", err
	}
	for _, seat := range chosen {
		if seat.PassengerID == passengerID {
			return seat.Seat, nil
		}
	}
	taken, err := s.takenSeats(ctx, seats, segment.FlightID)
	if err != nil {
		return "", err
	}
	rows, _ := fleet[segment.Flight.Aircraft].rows(segment.Fare.Cabin)
	for _, seat := range rows.seats() {
		if !taken[seat] {
			return seat, seats.Assign(ctx, &models.SeatAssignment{
				FlightID: segment.FlightID, Seat: seat, SegmentID: segment.ID, PassengerID: passengerID,
			})
		}
	}
	return "", apperr.Conflict("no_seats", "flight %s has no free seat in %s", segment.Flight.Number, segment.Fare.Cabin)
}

func (s *CheckinService) Pass(ctx context.Context, code string) (*models.BoardingPass, error) {
	pass, err := s.Passes.ByCode(ctx, strings.ToUpper(code))
	return pass, apperr.Missing(err, "boarding pass", code)
}

func (s *CheckinService) Board(ctx context.Context, code string) (*models.BoardingPass, error) {
	pass, err := s.Pass(ctx, code)
	if err != nil {
		return nil, err
	}
	if pass.Flight.Status == models.FlightCancelled {
		return nil, apperr.Conflict("flight_cancelled", "flight %s is cancelled", pass.Flight.Number)
	}
	err = s.Passes.Board(ctx, pass.ID, s.Clock.Now())
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, apperr.Conflict("pass_not_valid", "boarding pass %s is %s", pass.Code, pass.Status)
	}
	if err != nil {
		return nil, err
	}
	return s.Pass(ctx, code)
}

func (s *CheckinService) Passengers(ctx context.Context, flightID uint) ([]repositories.ManifestRow, error) {
	if _, err := s.Flights.ByID(ctx, flightID); err != nil {
		return nil, apperr.Missing(err, "flight", flightID)
	}
	return s.Manifest.OfFlight(ctx, flightID)
}

func (s *CheckinService) NoShows(ctx context.Context, flightIDs []uint) (int64, error) {
	return s.Passes.MarkNoShows(ctx, flightIDs)
}
