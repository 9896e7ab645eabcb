package services

import (
	"cmp"
	"context"
	"slices"
	"time"

	"example.com/flights/internal/clock"
	"example.com/flights/internal/models"
	"example.com/flights/internal/repositories"
)

type SearchQuery struct {
	Origin      string       `form:"from" binding:"required,len=3,uppercase"`
	Destination string       `form:"to" binding:"required,len=3,uppercase"`
	Date        time.Time    `form:"date" time_format:"2006-01-02" time_utc:"1" binding:"required"`
	Seats       int          `form:"passengers,default=1" binding:"min=1,max=9"`
	Cabin       models.Cabin `form:"cabin,default=economy" binding:"oneof=economy premium business"`
}

type Offer struct {
	FlightID    uint      `json:"flight_id"`
	Number      string    `json:"number"`
	Origin      string    `json:"origin"`
	Destination string    `json:"destination"`
	Departure   time.Time `json:"departure"`
	Arrival     time.Time `json:"arrival"`
	Duration    string    `json:"duration"`
	FareCode    string    `json:"fare_code"`
	Price       int64     `json:"price_per_adult"`
	SeatsLeft   int       `json:"seats_left"`
}

type SearchService struct {
	routes  *repositories.RouteRepository
	flights *repositories.FlightRepository
	clock   clock.Clock
}

func NewSearchService(routes *repositories.RouteRepository, flights *repositories.FlightRepository, clk clock.Clock) *SearchService {
	return &SearchService{routes: routes, flights: flights, clock: clk}
}

// Find lists the flights of a day that have seats, cheapest first.
func (s *SearchService) Find(ctx context.Context, query SearchQuery) ([]Offer, error) {
	routes, err := s.routes.Leaving(ctx, query.Origin)
	if err != nil {
		return nil, err
	}
	var ids []uint
	for _, route := range routes {
		if route.DestinationCode == query.Destination {
			ids = append(ids, route.ID)
		}
	}
	from := query.Date.UTC().Truncate(24 * time.Hour)
	until := from.AddDate(0, 0, 1)
	if now := s.clock.Now(); from.Before(now) {
		from = now
	}
	flights, err := s.flights.Departing(ctx, ids, from, until)
	if err != nil {
		return nil, err
	}
	offers := []Offer{}
	for i := range flights {
		if offer, ok := offerOf(&flights[i], query); ok {
			offers = append(offers, offer)
		}
	}
	slices.SortStableFunc(offers, func(a, b Offer) int { return cmp.Compare(a.Price, b.Price) })
	return offers, nil
}

// offerOf makes an offer of a flight that has a fare and enough seats.
func offerOf(flight *models.Flight, query SearchQuery) (Offer, bool) {
	fare := cheapestFare(flight.Fares, query.Cabin)
	if fare == nil {
		return Offer{}, false
	}
	for _, cabin := range flight.Inventory {
		if cabin.Cabin == query.Cabin && cabin.Available() >= query.Seats {
			return Offer{
				FlightID: flight.ID, Number: flight.Number,
				Origin: flight.Route.OriginCode, Destination: flight.Route.DestinationCode,
				Departure: flight.Departure, Arrival: flight.Arrival, Duration: flight.Arrival.Sub(flight.Departure).String(),
				FareCode: fare.Code, Price: fare.Price, SeatsLeft: cabin.Available(),
			}, true
		}
	}
	return Offer{}, false
}

// cheapestFare returns the first fare of a cabin in fares, which are sorted by
// price, or nil.
func cheapestFare(fares []models.Fare, cabin models.Cabin) *models.Fare {
	if i := slices.IndexFunc(fares, func(f models.Fare) bool { return f.Cabin == cabin }); i >= 0 {
		return &fares[i]
	}
	return nil
}
