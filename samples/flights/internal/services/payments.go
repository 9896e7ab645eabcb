package services

import (
	"context"
	"errors"
	"log/slog"
	"slices"

	"gorm.io/gorm"

	"example.com/flights/internal/apperr"
	"example.com/flights/internal/clock"
	"example.com/flights/internal/models"
	"example.com/flights/internal/money"
	"example.com/flights/internal/repositories"
)

const (
	PurposeBooking = "booking"
	PurposeBaggage = "baggage"
)

type Charge struct {
	BookingID   uint
	Reference   string
	Purpose     string
	Amount      int64
	CardToken   string
	VoucherCode string
}

type PaymentService struct {
	tx       *repositories.Transactor
	payments *repositories.PaymentRepository
	vouchers *repositories.VoucherRepository
	invoices *repositories.InvoiceRepository
	gateway  PaymentGateway
	clock    clock.Clock
	log      *slog.Logger
}

func NewPaymentService(tx *repositories.Transactor, payments *repositories.PaymentRepository, vouchers *repositories.VoucherRepository,
	invoices *repositories.InvoiceRepository, gateway PaymentGateway, clk clock.Clock, log *slog.Logger) *PaymentService {
	return &PaymentService{tx: tx, payments: payments, vouchers: vouchers, invoices: invoices, gateway: gateway, clock: clk, log: log}
}

func (s *PaymentService) Get(ctx context.Context, id uint) (*models.Payment, error) {
	payment, err := s.payments.ByID(ctx, id)
	return payment, apperr.Missing(err, "payment", id)
}

func (s *PaymentService) OfBooking(ctx context.Context, bookingID uint) ([]models.Payment, error) {
	return s.payments.OfBooking(ctx, bookingID)
}

// ChargeTx takes an amount, first from the voucher and then from the card. The
// payments are to be undone by Undo should the transaction fail later.
func (s *PaymentService) ChargeTx(ctx context.Context, tx *gorm.DB, charge Charge) ([]models.Payment, error) {
	var payments []models.Payment
	rest := charge.Amount
	if charge.VoucherCode != "" {
		payment, err := s.useVoucherTx(ctx, tx, charge)
		if err != nil {
			return nil, err
		}
		payments = append(payments, payment)
		rest -= payment.Amount
	}
	if rest > 0 {
		ref, err := s.gateway.Charge(ctx, charge.CardToken, rest)
		if err != nil {
			return nil, err
		}
		payments = append(payments, models.Payment{
			BookingID: charge.BookingID, Purpose: charge.Purpose, Method: models.PayByCard,
			Amount: rest, Status: models.PaymentCaptured, GatewayRef: ref,
		})
	}
	for i := range payments {
		if err := s.payments.WithTx(tx).Create(ctx, &payments[i]); err != nil {
			return payments, err
		}
	}
	s.log.InfoContext(ctx, "charged", "booking", charge.Reference, "purpose", charge.Purpose, "amount", charge.Amount)
	return payments, nil
}

func (s *PaymentService) useVoucherTx(ctx context.Context, tx *gorm.DB, charge Charge) (models.Payment, error) {
	vouchers := s.vouchers.WithTx(tx)
	voucher, err := vouchers.ByCode(ctx, charge.VoucherCode)
	if err != nil {
		return models.Payment{}, apperr.Missing(err, "voucher", charge.VoucherCode)
	}
	amount := min(voucher.Remaining, charge.Amount)
	if amount == 0 || !voucher.ExpiresAt.After(s.clock.Now()) {
		return models.Payment{}, apperr.Conflict("voucher_used_up", "voucher %s is used up or no longer valid", voucher.Code)
	}
	return models.Payment{
		BookingID: charge.BookingID, Purpose: charge.Purpose, Method: models.PayByVoucher,
		Amount: amount, Status: models.PaymentCaptured, VoucherCode: voucher.Code,
	}, vouchers.Use(ctx, voucher.ID, amount)
}

func (s *PaymentService) Undo(ctx context.Context, payments []models.Payment) {
	for _, payment := range payments {
		if payment.GatewayRef == "" {
			continue
		}
		if _, err := s.gateway.Refund(context.WithoutCancel(ctx), payment.GatewayRef, payment.Amount); err != nil {
			s.log.ErrorContext(ctx, "charge could not be undone", "charge", payment.GatewayRef, "error", err)
		}
	}
}

func (s *PaymentService) Refund(ctx context.Context, id uint, amount int64, reason string) (*models.Payment, error) {
	payment, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	err = s.tx.Run(ctx, func(tx *gorm.DB) error {
		if err := s.refundTx(ctx, tx, payment, amount, reason); err != nil {
			return err
		}
		return s.creditTx(ctx, tx, payment.BookingID, amount)
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, apperr.Conflict("too_much", "only %s can be refunded", money.Format(payment.Refundable()))
	}
	if err != nil {
		return nil, err
	}
	return s.Get(ctx, id)
}

// RefundBookingTx gives back an amount from the payments of a booking, the last
// one first.
func (s *PaymentService) RefundBookingTx(ctx context.Context, tx *gorm.DB, bookingID uint, amount int64, reason string) error {
	payments, err := s.payments.WithTx(tx).OfBooking(ctx, bookingID)
	if err != nil {
		return err
	}
	rest := amount
	for _, payment := range slices.Backward(payments) {
		part := min(rest, payment.Refundable())
		if part <= 0 || payment.Purpose != PurposeBooking {
			continue
		}
		if err := s.refundTx(ctx, tx, &payment, part, reason); err != nil {
			return err
		}
		rest -= part
	}
	return s.creditTx(ctx, tx, bookingID, amount-rest)
}

func (s *PaymentService) refundTx(ctx context.Context, tx *gorm.DB, payment *models.Payment, amount int64, reason string) error {
	refund := &models.Refund{PaymentID: payment.ID, Amount: amount, Reason: reason}
	if err := s.payments.WithTx(tx).AddRefund(ctx, refund); err != nil {
		return err
	}
	if payment.Method == models.PayByVoucher {
		return s.vouchers.WithTx(tx).Refill(ctx, payment.VoucherCode, amount)
	}
	ref, err := s.gateway.Refund(ctx, payment.GatewayRef, amount)
	if err != nil {
		return err
	}
	return tx.WithContext(ctx).Model(refund).Update("gateway_ref", ref).Error
}

func (s *PaymentService) creditTx(ctx context.Context, tx *gorm.DB, bookingID uint, amount int64) error {
	if amount == 0 {
		return nil
	}
	return s.invoices.WithTx(tx).Credit(ctx, bookingID, amount)
}
