package models

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"example.com/flights/internal/refcode"
)

type Booking struct {
	Base
	Reference     string        `gorm:"uniqueIndex;size:6;not null" json:"reference"`
	CustomerID    *uint         `gorm:"index" json:"customer_id,omitempty"`
	Customer      *Customer     `json:"customer,omitempty"`
	ContactEmail  string        `gorm:"size:200;not null" json:"contact_email"`
	Status        BookingStatus `gorm:"size:12;not null;index:idx_booking_expiry,priority:1" json:"status"`
	HoldExpiresAt time.Time     `gorm:"not null;index:idx_booking_expiry,priority:2" json:"hold_expires_at"`
	Total         int64         `gorm:"not null" json:"total"`
	Passengers    []Passenger   `json:"passengers"`
	Segments      []Segment     `json:"segments"`
	Payments      []Payment     `json:"payments,omitempty"`
}

func (b *Booking) BeforeCreate(*gorm.DB) error {
	if len(b.Segments) == 0 || len(b.Passengers) == 0 {
		return fmt.Errorf("booking needs at least a passenger and a flight")
	}
	if b.Reference == "" {
		b.Reference = refcode.Booking()
	}
	b.ContactEmail = strings.ToLower(strings.TrimSpace(b.ContactEmail))
	return nil
}

// Seats is the number of seats that the booking takes on each flight: infants
// sit on somebody's lap.
func (b *Booking) Seats() int {
	n := 0
	for _, p := range b.Passengers {
		if p.Kind != PassengerInfant {
			n++
		}
	}
	return n
}

func (b *Booking) HasPassenger(lastName string) bool {
	return slices.ContainsFunc(b.Passengers, func(p Passenger) bool { return strings.EqualFold(p.LastName, normalizeName(lastName)) })
}

// Passenger returns the passenger with that ID, or nil.
func (b *Booking) Passenger(id uint) *Passenger {
	if i := slices.IndexFunc(b.Passengers, func(p Passenger) bool { return p.ID == id }); i >= 0 {
		return &b.Passengers[i]
	}
	return nil
}

// Segment returns the segment with that ID, or nil.
func (b *Booking) Segment(id uint) *Segment {
	if i := slices.IndexFunc(b.Segments, func(s Segment) bool { return s.ID == id }); i >= 0 {
		return &b.Segments[i]
	}
	return nil
}

type PassengerKind string

const (
	PassengerAdult  PassengerKind = "adult"
	PassengerChild  PassengerKind = "child"
	PassengerInfant PassengerKind = "infant"
)

type Passenger struct {
	Base
	BookingID uint          `gorm:"not null;index" json:"-"`
	FirstName string        `gorm:"size:80;not null" json:"first_name"`
	LastName  string        `gorm:"size:80;not null" json:"last_name"`
	BirthDate time.Time     `gorm:"not null" json:"birth_date"`
	Kind      PassengerKind `gorm:"size:8;not null" json:"kind"`
	Document  string        `gorm:"size:40" json:"document,omitempty"`
}

func (p *Passenger) BeforeSave(*gorm.DB) error {
	p.FirstName = normalizeName(p.FirstName)
	p.LastName = normalizeName(p.LastName)
	return nil
}

type Segment struct {
	ID        uint   `gorm:"primaryKey" json:"id"`
	BookingID uint   `gorm:"not null;index" json:"-"`
	Position  int    `gorm:"not null" json:"position"`
	FlightID  uint   `gorm:"not null;index" json:"flight_id"`
	Flight    Flight `json:"flight"`
	FareID    uint   `gorm:"not null" json:"-"`
	Fare      Fare   `json:"fare"`
	Price     int64  `gorm:"not null" json:"price"`
}

func (Segment) TableName() string { return "booking_segments" }
