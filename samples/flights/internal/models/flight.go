package models

import (
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
)

type FlightSchedule struct {
	Base
	RouteID   uint   `gorm:"not null;index" json:"route_id" binding:"required"`
	Route     Route  `json:"-" binding:"-"`
	Number    string `gorm:"size:8;not null;uniqueIndex" json:"number"`
	Aircraft  string `gorm:"size:8;not null" json:"aircraft"`
	Weekdays  string `gorm:"size:7;not null" json:"weekdays" binding:"required,numeric,excludesall=089"`
	DepartsAt int    `gorm:"not null" json:"departs_at_minute" binding:"gte=0,lt=1440"`
	Duration  int    `gorm:"not null" json:"duration_minutes" binding:"gt=0"`
}

// FliesOn reports whether the schedule has a flight on day. Weekdays are the
// digits 1 (Monday) to 7 (Sunday).
func (s *FlightSchedule) FliesOn(day time.Time) bool {
	return strings.ContainsRune(s.Weekdays, '1'+(rune(day.Weekday())+6)%7)
}

type Flight struct {
	Base
	ScheduleID uint            `gorm:"not null;index" json:"schedule_id"`
	Schedule   FlightSchedule  `json:"-"`
	RouteID    uint            `gorm:"not null;index:idx_flight_route_departure,priority:1" json:"-"`
	Route      Route           `json:"route"`
	Number     string          `gorm:"size:8;not null;uniqueIndex:idx_flight_number_departure" json:"number"`
	Aircraft   string          `gorm:"size:8;not null" json:"aircraft"`
	Departure  time.Time       `gorm:"not null;uniqueIndex:idx_flight_number_departure;index:idx_flight_route_departure,priority:2" json:"departure"`
	Arrival    time.Time       `gorm:"not null" json:"arrival"`
	Status     FlightStatus    `gorm:"size:12;not null;default:scheduled;index" json:"status"`
	Gate       string          `gorm:"size:6" json:"gate,omitempty"`
	Fares      []Fare          `json:"fares,omitempty"`
	Inventory  []SeatInventory `json:"-"`
}

func (f *Flight) BeforeCreate(*gorm.DB) error {
	if !f.Arrival.After(f.Departure) {
		return fmt.Errorf("flight %s arrives at %s, before it departs", f.Number, f.Arrival.Format(time.RFC3339))
	}
	if f.Status == "" {
		f.Status = FlightScheduled
	}
	return nil
}

func (f *Flight) Open(now time.Time) bool {
	return (f.Status == FlightScheduled || f.Status == FlightDelayed) && f.Departure.After(now)
}

type SeatInventory struct {
	FlightID uint  `gorm:"primaryKey;autoIncrement:false" json:"-"`
	Cabin    Cabin `gorm:"primaryKey;size:10" json:"cabin"`
	Capacity int   `gorm:"not null" json:"capacity"`
	Held     int   `gorm:"not null;default:0" json:"held"`
	Sold     int   `gorm:"not null;default:0" json:"sold"`
}

func (SeatInventory) TableName() string { return "seat_inventory" }

func (s SeatInventory) Available() int { return s.Capacity - s.Held - s.Sold }

type Fare struct {
	Base
	FlightID      uint   `gorm:"not null;uniqueIndex:idx_fare_flight_code" json:"flight_id"`
	Code          string `gorm:"size:8;not null;uniqueIndex:idx_fare_flight_code" json:"code"`
	Cabin         Cabin  `gorm:"size:10;not null" json:"cabin"`
	Price         int64  `gorm:"not null" json:"price"`
	BagAllowance  int    `gorm:"not null;default:0" json:"bag_allowance_kg"`
	RefundPercent int    `gorm:"not null;default:0" json:"refund_percent"`
}
