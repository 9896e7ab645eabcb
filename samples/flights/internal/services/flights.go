package services

import (
	"context"
	"log/slog"
	"regexp"
	"strings"
	"time"

	"gorm.io/gorm"

	"example.com/flights/internal/apperr"
	"example.com/flights/internal/clock"
	"example.com/flights/internal/models"
	"example.com/flights/internal/money"
	"example.com/flights/internal/repositories"
)

const maxGenerateDays = 366

var flightNumber = regexp.MustCompile(`^[A-Z0-9]{2}[0-9]{1,4}$`)

type FlightService struct {
	tx        *repositories.Transactor
	airports  *repositories.AirportRepository
	routes    *repositories.RouteRepository
	flights   *repositories.FlightRepository
	inventory *repositories.InventoryRepository
	clock     clock.Clock
	log       *slog.Logger
}

func NewFlightService(tx *repositories.Transactor, airports *repositories.AirportRepository, routes *repositories.RouteRepository,
	flights *repositories.FlightRepository, inventory *repositories.InventoryRepository, clk clock.Clock, log *slog.Logger) *FlightService {
	return &FlightService{tx: tx, airports: airports, routes: routes, flights: flights, inventory: inventory, clock: clk, log: log}
}

func (s *FlightService) Airports(ctx context.Context, search string) ([]models.Airport, error) {
	return s.airports.List(ctx, search)
}

func (s *FlightService) AddAirport(ctx context.Context, airport models.Airport) (*models.Airport, error) {
	if err := s.airports.Create(ctx, &airport); err != nil {
		return nil, apperr.Duplicate(err, "airport_exists", "there is an airport %s", airport.Code)
	}
	return &airport, nil
}

func (s *FlightService) AddRoute(ctx context.Context, route models.Route) (*models.Route, error) {
	for _, code := range []string{route.OriginCode, route.DestinationCode} {
		if _, err := s.airports.ByCode(ctx, code); err != nil {
			return nil, apperr.Missing(err, "airport", code)
		}
	}
	route.Active = true
	if err := s.routes.Create(ctx, &route); err != nil {
		return nil, apperr.Duplicate(err, "route_exists", "there is a route from %s to %s", route.OriginCode, route.DestinationCode)
	}
	return &route, nil
}

func (s *FlightService) AddSchedule(ctx context.Context, schedule models.FlightSchedule) (*models.FlightSchedule, error) {
	schedule.Number = strings.ToUpper(schedule.Number)
	if !flightNumber.MatchString(schedule.Number) {
		return nil, apperr.InvalidField("number", "must be like FL123")
	}
	if _, known := fleet[schedule.Aircraft]; !known {
		return nil, apperr.InvalidField("aircraft", "%q is not in the fleet", schedule.Aircraft)
	}
	if _, err := s.routes.ByID(ctx, schedule.RouteID); err != nil {
		return nil, apperr.Missing(err, "route", schedule.RouteID)
	}
	if err := s.routes.CreateSchedule(ctx, &schedule); err != nil {
		return nil, apperr.Duplicate(err, "schedule_exists", "there is a schedule %s", schedule.Number)
	}
	return &schedule, nil
}

// Generate makes the flights of a schedule from a day until before another, and
// counts those that were not there yet.
func (s *FlightService) Generate(ctx context.Context, scheduleID uint, from, until time.Time) (int, error) {
	if !until.After(from) || until.Sub(from) > maxGenerateDays*24*time.Hour {
		return 0, apperr.Invalid("the period must be between a day and %d days long", maxGenerateDays)
	}
	schedule, err := s.routes.ScheduleByID(ctx, scheduleID)
	if err != nil {
		return 0, apperr.Missing(err, "schedule", scheduleID)
	}
	made := 0
	err = s.tx.Run(ctx, func(tx *gorm.DB) error {
		flights := s.flights.WithTx(tx)
		for day := from.UTC().Truncate(24 * time.Hour); day.Before(until); day = day.AddDate(0, 0, 1) {
			if !schedule.FliesOn(day) {
				continue
			}
			created, err := flights.CreateMissing(ctx, newFlight(schedule, day))
			if err != nil {
				return err
			}
			if created {
				made++
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	s.log.InfoContext(ctx, "flights made", "schedule", schedule.Number, "flights", made)
	return made, nil
}

func newFlight(schedule *models.FlightSchedule, day time.Time) *models.Flight {
	departure := day.Add(time.Duration(schedule.DepartsAt) * time.Minute)
	flight := &models.Flight{
		ScheduleID: schedule.ID, RouteID: schedule.RouteID,
		Number: schedule.Number, Aircraft: schedule.Aircraft,
		Departure: departure, Arrival: departure.Add(time.Duration(schedule.Duration) * time.Minute),
		Status: models.FlightScheduled,
	}
	for _, rows := range fleet[schedule.Aircraft] {
		flight.Inventory = append(flight.Inventory, models.SeatInventory{Cabin: rows.Cabin, Capacity: rows.capacity()})
		flight.Fares = append(flight.Fares, defaultFares(rows.Cabin, schedule.Route.BasePrice)...)
	}
	return flight
}

func defaultFares(cabin models.Cabin, base int64) []models.Fare {
	price := money.Percent(base, fareFactor(cabin))
	letter := strings.ToUpper(string(cabin[:1]))
	return []models.Fare{
		{Code: letter + "LIGHT", Cabin: cabin, Price: price, BagAllowance: 0, RefundPercent: 0},
		{Code: letter + "FLEX", Cabin: cabin, Price: money.Percent(price, 140), BagAllowance: 23, RefundPercent: 90},
	}
}

func (s *FlightService) Get(ctx context.Context, id uint) (*models.Flight, error) {
	flight, err := s.flights.ByID(ctx, id)
	return flight, apperr.Missing(err, "flight", id)
}

type CabinAvailability struct {
	models.SeatInventory
	Available int `json:"available"`
}

func (s *FlightService) Availability(ctx context.Context, id uint) ([]CabinAvailability, error) {
	if _, err := s.Get(ctx, id); err != nil {
		return nil, err
	}
	cabins, err := s.inventory.OfFlight(ctx, id)
	if err != nil {
		return nil, err
	}
	availability := make([]CabinAvailability, len(cabins))
	for i, cabin := range cabins {
		availability[i] = CabinAvailability{SeatInventory: cabin, Available: cabin.Available()}
	}
	return availability, nil
}

type StatusInput struct {
	Status       models.FlightStatus `json:"status" binding:"required"`
	Gate         string              `json:"gate" binding:"max=6"`
	DelayMinutes int                 `json:"delay_minutes"`
}

// SetStatus changes the status of a flight that has not left yet. A delay moves
// departure and arrival.
func (s *FlightService) SetStatus(ctx context.Context, id uint, in StatusInput) (*models.Flight, error) {
	flight, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	if flight.Status == models.FlightDeparted || flight.Status == models.FlightCancelled {
		return nil, apperr.Conflict("flight_closed", "flight %s is %s", flight.Number, flight.Status)
	}
	switch in.Status {
	case models.FlightDelayed:
		if in.DelayMinutes <= 0 {
			return nil, apperr.InvalidField("delay_minutes", "must be more than zero")
		}
		delay := time.Duration(in.DelayMinutes) * time.Minute
		flight.Departure, flight.Arrival = flight.Departure.Add(delay), flight.Arrival.Add(delay)
	case models.FlightScheduled, models.FlightCancelled:
	default:
		return nil, apperr.InvalidField("status", "must be scheduled, delayed or cancelled")
	}
	flight.Status = in.Status
	if in.Gate != "" {
		flight.Gate = strings.ToUpper(in.Gate)
	}
	if err := s.flights.Update(ctx, flight); err != nil {
		return nil, err
	}
	s.log.InfoContext(ctx, "flight status changed", "flight", flight.Number, "status", flight.Status)
	return flight, nil
}

func (s *FlightService) Depart(ctx context.Context) ([]uint, error) {
	return s.flights.MarkDeparted(ctx, s.clock.Now())
}
