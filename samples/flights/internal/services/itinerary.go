package services

import (
	"context"
	"fmt"
	"time"

	"example.com/flights/internal/models"
	"example.com/flights/internal/money"
)

type Itinerary struct {
	Reference string         `json:"reference"`
	Status    string         `json:"status"`
	Travelers []string       `json:"travelers"`
	Legs      []ItineraryLeg `json:"legs"`
	Total     string         `json:"total"`
	Paid      string         `json:"paid"`
}

type ItineraryLeg struct {
	Flight    string   `json:"flight"`
	From      string   `json:"from"`
	To        string   `json:"to"`
	Departure string   `json:"departure"`
	Arrival   string   `json:"arrival"`
	Fare      string   `json:"fare"`
	Status    string   `json:"status"`
	Seats     []string `json:"seats,omitempty"`
}

func (s *BookingService) Itinerary(ctx context.Context, booking *models.Booking) (*Itinerary, error) {
	payments, err := s.Payments.OfBooking(ctx, booking.ID)
	if err != nil {
		return nil, err
	}
	seats, err := s.Seats.OfSegments(ctx, segmentIDs(booking))
	if err != nil {
		return nil, err
	}
	it := &Itinerary{Reference: booking.Reference, Status: string(booking.Status), Total: money.Format(booking.Total)}
	for _, p := range booking.Passengers {
		it.Travelers = append(it.Travelers, p.FirstName+" "+p.LastName)
	}
	var paid int64
	for _, p := range payments {
		paid += p.Refundable()
	}
	it.Paid = money.Format(paid)
	for _, segment := range booking.Segments {
		flight := segment.Flight
		leg := ItineraryLeg{
			Flight: flight.Number, From: flight.Route.OriginCode, To: flight.Route.DestinationCode,
			Departure: flight.Departure.UTC().Format(time.RFC1123), Arrival: flight.Arrival.UTC().Format(time.RFC1123),
			Fare:   fmt.Sprintf("%s, %s, %d kg baggage", segment.Fare.Code, segment.Fare.Cabin, segment.Fare.BagAllowance),
			Status: string(flight.Status),
		}
		for _, seat := range seats {
			if seat.SegmentID == segment.ID {
				leg.Seats = append(leg.Seats, seat.Seat)
			}
		}
		it.Legs = append(it.Legs, leg)
	}
	return it, nil
}

func segmentIDs(booking *models.Booking) []uint {
	ids := make([]uint, len(booking.Segments))
	for i, segment := range booking.Segments {
		ids[i] = segment.ID
	}
	return ids
}
