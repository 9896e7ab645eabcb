package services

import (
	"context"
	"time"

	"example.com/flights/internal/apperr"
	"example.com/flights/internal/clock"
	"example.com/flights/internal/models"
	"example.com/flights/internal/refcode"
	"example.com/flights/internal/repositories"
)

type VoucherInput struct {
	Amount    int64  `json:"amount" binding:"required,gt=0"`
	Email     string `json:"email" binding:"omitempty,email"`
	Reason    string `json:"reason" binding:"required,max=60"`
	ValidDays int    `json:"valid_days" binding:"required,gt=0"`
}

type VoucherService struct {
	vouchers *repositories.VoucherRepository
	notifier Notifier
	clock    clock.Clock
}

func NewVoucherService(vouchers *repositories.VoucherRepository, notifier Notifier, clk clock.Clock) *VoucherService {
	return &VoucherService{vouchers: vouchers, notifier: notifier, clock: clk}
}

func (s *VoucherService) Issue(ctx context.Context, in VoucherInput) (*models.Voucher, error) {
	voucher := &models.Voucher{
		Amount: in.Amount, Email: in.Email, Reason: in.Reason,
		ExpiresAt: s.clock.Now().Add(time.Duration(in.ValidDays) * 24 * time.Hour),
	}
	if err := s.vouchers.Create(ctx, voucher); err != nil {
		return nil, err
	}
	if voucher.Email != "" {
		s.notifier.Notify(ctx, voucher.Email, "Your voucher", "Your code is "+voucher.Code+".")
	}
	return voucher, nil
}

func (s *VoucherService) Get(ctx context.Context, code string) (*models.Voucher, error) {
	voucher, err := s.vouchers.ByCode(ctx, refcode.Clean(code))
	return voucher, apperr.Missing(err, "voucher", code)
}
