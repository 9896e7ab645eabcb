// Package models has the tables of the system.
package models

import (
	"strings"
	"time"
)

type Base struct {
	ID        uint      `gorm:"primaryKey" json:"id"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

type Page struct {
	Number int
	Size   int
}

func (p Page) Offset() int { return (p.Number - 1) * p.Size }

type FlightStatus string

const (
	FlightScheduled FlightStatus = "scheduled"
	FlightDelayed   FlightStatus = "delayed"
	FlightCancelled FlightStatus = "cancelled"
	FlightDeparted  FlightStatus = "departed"
)

type BookingStatus string

const (
	BookingHeld      BookingStatus = "held"
	BookingConfirmed BookingStatus = "confirmed"
	BookingCancelled BookingStatus = "cancelled"
	BookingExpired   BookingStatus = "expired"
)

type PaymentStatus string

const (
	PaymentCaptured          PaymentStatus = "captured"
	PaymentPartiallyRefunded PaymentStatus = "partially_refunded"
	PaymentRefunded          PaymentStatus = "refunded"
)

type PassStatus string

const (
	PassIssued  PassStatus = "issued"
	PassBoarded PassStatus = "boarded"
	PassVoid    PassStatus = "void"
	PassNoShow  PassStatus = "no_show"
)

type Cabin string

// Cabins, cheapest first.
const (
	Economy  Cabin = "economy"
	Premium  Cabin = "premium"
	Business Cabin = "business"
)

func All() []any {
	return []any{
		&Customer{}, &LoyaltyEntry{},
		&Airport{}, &Route{}, &FlightSchedule{}, &Flight{}, &Fare{}, &SeatInventory{},
		&Booking{}, &Passenger{}, &Segment{},
		&Payment{}, &Refund{}, &Invoice{}, &Voucher{},
		&SeatAssignment{}, &BoardingPass{}, &Bag{},
	}
}

func normalizeName(name string) string {
	return strings.Join(strings.Fields(name), " ")
}
