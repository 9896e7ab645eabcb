package models

import (
	"time"

	"gorm.io/gorm"

	"example.com/flights/internal/refcode"
)

type SeatAssignment struct {
	ID          uint      `gorm:"primaryKey" json:"id"`
	FlightID    uint      `gorm:"not null;uniqueIndex:idx_seat_flight" json:"flight_id"`
	Seat        string    `gorm:"size:4;not null;uniqueIndex:idx_seat_flight" json:"seat"`
	SegmentID   uint      `gorm:"not null;uniqueIndex:idx_seat_passenger" json:"segment_id"`
	PassengerID uint      `gorm:"not null;uniqueIndex:idx_seat_passenger" json:"passenger_id"`
	CreatedAt   time.Time `json:"created_at"`
}

type BoardingPass struct {
	Base
	Code        string     `gorm:"uniqueIndex;size:16;not null" json:"code"`
	FlightID    uint       `gorm:"not null;index" json:"flight_id"`
	Flight      Flight     `json:"-"`
	SegmentID   uint       `gorm:"not null;uniqueIndex:idx_pass_passenger" json:"segment_id"`
	Segment     Segment    `json:"-"`
	PassengerID uint       `gorm:"not null;uniqueIndex:idx_pass_passenger" json:"passenger_id"`
	Passenger   Passenger  `json:"passenger"`
	Seat        string     `gorm:"size:4" json:"seat,omitempty"`
	Sequence    int        `gorm:"not null" json:"sequence"`
	Status      PassStatus `gorm:"size:10;not null" json:"status"`
	BoardedAt   *time.Time `json:"boarded_at,omitempty"`
}

func (p *BoardingPass) BeforeCreate(*gorm.DB) error {
	if p.Code == "" {
		p.Code = refcode.BoardingPass()
	}
	return nil
}

type Bag struct {
	Base
	Tag         string `gorm:"uniqueIndex;size:12;not null" json:"tag"`
	FlightID    uint   `gorm:"not null;index" json:"flight_id"`
	SegmentID   uint   `gorm:"not null;index" json:"segment_id"`
	PassengerID uint   `gorm:"not null;index" json:"passenger_id"`
	WeightKG    int    `gorm:"not null" json:"weight_kg"`
	ExcessFee   int64  `gorm:"not null;default:0" json:"excess_fee"`
	PaymentID   *uint  `json:"payment_id,omitempty"`
}

func (Bag) TableName() string { return "baggage" }

func (b *Bag) BeforeCreate(*gorm.DB) error {
	if b.Tag == "" {
		b.Tag = refcode.BagTag()
	}
	return nil
}
