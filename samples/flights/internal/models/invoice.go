package models

import (
	"time"

	"gorm.io/gorm"

	"example.com/flights/internal/refcode"
)

// InvoiceLine is one position of an invoice.
type InvoiceLine struct {
	Text   string `json:"text"`
	Amount int64  `json:"amount"`
}

type Invoice struct {
	Base
	Number    string        `gorm:"uniqueIndex;size:20;not null" json:"number"`
	BookingID uint          `gorm:"not null;index" json:"-"`
	Booking   *Booking      `json:"booking,omitempty"`
	Recipient string        `gorm:"size:200;not null" json:"recipient"`
	Lines     []InvoiceLine `gorm:"serializer:json;not null" json:"lines"`
	Net       int64         `gorm:"not null" json:"net"`
	Tax       int64         `gorm:"not null" json:"tax"`
	Gross     int64         `gorm:"not null" json:"gross"`
	Credited  int64         `gorm:"not null;default:0" json:"credited"`
	IssuedAt  time.Time     `gorm:"not null;index" json:"issued_at"`
}

func (i *Invoice) BeforeCreate(*gorm.DB) error {
	if i.Number == "" {
		i.Number = refcode.Invoice(i.IssuedAt.Year())
	}
	i.Gross = 0
	for _, line := range i.Lines {
		i.Gross += line.Amount
	}
	i.Net = i.Gross - i.Tax
	return nil
}
