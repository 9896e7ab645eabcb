package models

import (
	"strings"
	"time"

	"gorm.io/gorm"
)

type Tier string

const (
	TierBlue   Tier = "blue"
	TierSilver Tier = "silver"
	TierGold   Tier = "gold"
)

type Customer struct {
	Base
	Email         string         `gorm:"uniqueIndex;size:200;not null" json:"email"`
	FirstName     string         `gorm:"size:80;not null" json:"first_name"`
	LastName      string         `gorm:"size:80;not null" json:"last_name"`
	Phone         string         `gorm:"size:40" json:"phone,omitempty"`
	Country       string         `gorm:"size:2" json:"country"`
	LoyaltyNumber string         `gorm:"uniqueIndex;size:16;not null" json:"loyalty_number"`
	Tier          Tier           `gorm:"size:10;not null;default:blue" json:"tier"`
	Points        int64          `gorm:"not null;default:0" json:"points"`
	LifetimeMiles int64          `gorm:"not null;default:0" json:"lifetime_miles"`
	Entries       []LoyaltyEntry `json:"entries,omitempty"`
}

func (c *Customer) BeforeSave(*gorm.DB) error {
	c.Email = strings.ToLower(strings.TrimSpace(c.Email))
	c.FirstName = normalizeName(c.FirstName)
	c.LastName = normalizeName(c.LastName)
	c.Country = strings.ToUpper(c.Country)
	return nil
}

type LoyaltyEntry struct {
	ID         uint      `gorm:"primaryKey" json:"id"`
	CustomerID uint      `gorm:"index;not null" json:"-"`
	Points     int64     `gorm:"not null" json:"points"`
	Reason     string    `gorm:"size:40;not null" json:"reason"`
	BookingRef string    `gorm:"size:6;index" json:"booking_ref,omitempty"`
	CreatedAt  time.Time `json:"created_at"`
}
