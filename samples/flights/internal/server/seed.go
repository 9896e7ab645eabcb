package server

import (
	"context"
	"fmt"
	"time"

	"example.com/flights/internal/models"
	"example.com/flights/internal/services"
)

// seedDays is how far ahead there are flights.
const seedDays = 30

var seedAirports = []models.Airport{
	{Code: "BER", Name: "Berlin Brandenburg", City: "Berlin", Country: "DE", TimeZone: "Europe/Berlin"},
	{Code: "LIS", Name: "Humberto Delgado", City: "Lisbon", Country: "PT", TimeZone: "Europe/Lisbon"},
	{Code: "MAD", Name: "Adolfo Suarez", City: "Madrid", Country: "ES", TimeZone: "Europe/Madrid"},
	{Code: "OSL", Name: "Gardermoen", City: "Oslo", Country: "NO", TimeZone: "Europe/Oslo"},
	{Code: "VIE", Name: "Schwechat", City: "Vienna", Country: "AT", TimeZone: "Europe/Vienna"},
}

var seedRoutes = []struct {
	origin, destination string
	km                  int
	price               int64
	number, aircraft    string
	departs, duration   int // in minutes
}{
	{"BER", "LIS", 2310, 12900, "FL100", "A320", 7 * 60, 215},
	{"LIS", "BER", 2310, 12900, "FL101", "A320", 12 * 60, 210},
	{"BER", "VIE", 545, 6900, "FL200", "E190", 6*60 + 30, 75},
	{"BER", "VIE", 545, 7900, "FL202", "DH8D", 17 * 60, 95},
	{"VIE", "BER", 545, 6900, "FL201", "E190", 9 * 60, 75},
	{"VIE", "MAD", 1810, 9900, "FL300", "A321", 9 * 60, 180},
	{"MAD", "VIE", 1810, 9900, "FL301", "A321", 14 * 60, 175},
	{"BER", "OSL", 855, 7900, "FL400", "E190", 19 * 60, 100},
	{"OSL", "BER", 855, 7900, "FL401", "E190", 21*60 + 30, 100},
}

var seedCustomers = []services.CustomerInput{
	{Email: "ada@example.com", FirstName: "Ada", LastName: "Martens", Country: "DE"},
	{Email: "louis@example.com", FirstName: "Louis", LastName: "Petit", Country: "FR"},
}

// Seed loads demo data. A system that has airports stays as it is.
func (s *Server) Seed(ctx context.Context) error {
	airports, err := s.flights.Airports(ctx, "")
	if err != nil || len(airports) > 0 {
		return err
	}
	for _, airport := range seedAirports {
		if _, err := s.flights.AddAirport(ctx, airport); err != nil {
			return fmt.Errorf("seed airport %s: %w", airport.Code, err)
		}
	}
	if err := s.seedFlights(ctx); err != nil {
		return err
	}
	for _, customer := range seedCustomers {
		if _, err := s.customers.Register(ctx, customer); err != nil {
			return fmt.Errorf("seed customer %s: %w", customer.Email, err)
		}
	}
	return nil
}

func (s *Server) seedFlights(ctx context.Context) error {
	today := s.clock.Now().Truncate(24 * time.Hour)
	routes := map[string]uint{}
	for _, row := range seedRoutes {
		pair := row.origin + row.destination
		if routes[pair] == 0 {
			route, err := s.flights.AddRoute(ctx, models.Route{
				OriginCode: row.origin, DestinationCode: row.destination, DistanceKM: row.km, BasePrice: row.price,
			})
			if err != nil {
				return fmt.Errorf("seed route %s: %w", pair, err)
			}
			routes[pair] = route.ID
		}
		schedule, err := s.flights.AddSchedule(ctx, models.FlightSchedule{
			RouteID: routes[pair], Number: row.number, Aircraft: row.aircraft, Weekdays: "1234567",
			DepartsAt: row.departs, Duration: row.duration,
		})
		if err != nil {
			return fmt.Errorf("seed schedule %s: %w", row.number, err)
		}
		if _, err := s.flights.Generate(ctx, schedule.ID, today, today.AddDate(0, 0, seedDays)); err != nil {
			return fmt.Errorf("seed flights %s: %w", row.number, err)
		}
	}
	return nil
}
