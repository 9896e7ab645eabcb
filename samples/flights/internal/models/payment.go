package models

import (
	"time"

	"gorm.io/gorm"

	"example.com/flights/internal/refcode"
)

type PaymentMethod string

const (
	PayByCard    PaymentMethod = "card"
	PayByVoucher PaymentMethod = "voucher"
)

type Payment struct {
	Base
	BookingID   uint          `gorm:"not null;index" json:"booking_id"`
	Purpose     string        `gorm:"size:20;not null;default:booking" json:"purpose"`
	Method      PaymentMethod `gorm:"size:10;not null" json:"method"`
	Amount      int64         `gorm:"not null" json:"amount"`
	Refunded    int64         `gorm:"not null;default:0" json:"refunded"`
	Status      PaymentStatus `gorm:"size:20;not null" json:"status"`
	GatewayRef  string        `gorm:"size:40" json:"gateway_ref,omitempty"`
	VoucherCode string        `gorm:"size:16" json:"voucher_code,omitempty"`
	Refunds     []Refund      `json:"refunds,omitempty"`
}

func (p *Payment) Refundable() int64 { return p.Amount - p.Refunded }

type Refund struct {
	ID         uint      `gorm:"primaryKey" json:"id"`
	PaymentID  uint      `gorm:"not null;index" json:"payment_id"`
	Amount     int64     `gorm:"not null" json:"amount"`
	Reason     string    `gorm:"size:200" json:"reason"`
	GatewayRef string    `gorm:"size:40" json:"gateway_ref,omitempty"`
	CreatedAt  time.Time `json:"created_at"`
}

type Voucher struct {
	Base
	Code      string    `gorm:"uniqueIndex;size:16;not null" json:"code"`
	Amount    int64     `gorm:"not null" json:"amount"`
	Remaining int64     `gorm:"not null" json:"remaining"`
	Email     string    `gorm:"size:200" json:"email,omitempty"`
	Reason    string    `gorm:"size:60" json:"reason"`
	ExpiresAt time.Time `gorm:"not null;index" json:"expires_at"`
}

func (v *Voucher) BeforeCreate(*gorm.DB) error {
	if v.Code == "" {
		v.Code = refcode.Voucher()
	}
	v.Remaining = v.Amount
	return nil
}
