package repositories

import (
	"context"

	"gorm.io/gorm"

	"example.com/flights/internal/models"
)

// PaymentRepository stores payments and refunds.
type PaymentRepository struct{ db *gorm.DB }

func NewPaymentRepository(db *gorm.DB) *PaymentRepository          { return &PaymentRepository{db: db} }
func (r *PaymentRepository) WithTx(tx *gorm.DB) *PaymentRepository { return &PaymentRepository{db: tx} }

func (r *PaymentRepository) Create(ctx context.Context, payment *models.Payment) error {
	return r.db.WithContext(ctx).Create(payment).Error
}

func (r *PaymentRepository) ByID(ctx context.Context, id uint) (*models.Payment, error) {
	var payment models.Payment
	err := r.db.WithContext(ctx).Preload("Refunds").First(&payment, id).Error
	return &payment, err
}

func (r *PaymentRepository) OfBooking(ctx context.Context, bookingID uint) ([]models.Payment, error) {
	payments := []models.Payment{}
	err := r.db.WithContext(ctx).Preload("Refunds").Where("booking_id = ?", bookingID).Order("id").Find(&payments).Error
	return payments, err
}

// AddRefund stores a refund and what it makes of its payment. More than has
// been paid changes nothing and returns gorm.ErrRecordNotFound.
func (r *PaymentRepository) AddRefund(ctx context.Context, refund *models.Refund) error {
	db := r.db.WithContext(ctx)
	err := changed(db.Model(&models.Payment{}).
		Where("id = ? AND amount - refunded >= ?", refund.PaymentID, refund.Amount).
		Updates(map[string]any{
			"refunded": gorm.Expr("refunded + ?", refund.Amount),
			"status": gorm.Expr("CASE WHEN refunded + ? >= amount THEN ? ELSE ? END",
				refund.Amount, models.PaymentRefunded, models.PaymentPartiallyRefunded),
		}))
	if err != nil {
		return err
	}
	return db.Create(refund).Error
}

// VoucherRepository stores vouchers.
type VoucherRepository struct{ db *gorm.DB }

func NewVoucherRepository(db *gorm.DB) *VoucherRepository          { return &VoucherRepository{db: db} }
func (r *VoucherRepository) WithTx(tx *gorm.DB) *VoucherRepository { return &VoucherRepository{db: tx} }

func (r *VoucherRepository) Create(ctx context.Context, voucher *models.Voucher) error {
	return r.db.WithContext(ctx).Create(voucher).Error
}

func (r *VoucherRepository) ByCode(ctx context.Context, code string) (*models.Voucher, error) {
	var voucher models.Voucher
	err := r.db.WithContext(ctx).First(&voucher, "code = ?", code).Error
	return &voucher, err
}

// Use takes an amount from a voucher. Where less remains it changes nothing and
// returns gorm.ErrRecordNotFound.
func (r *VoucherRepository) Use(ctx context.Context, id uint, amount int64) error {
	return changed(r.db.WithContext(ctx).Model(&models.Voucher{}).
		Where("id = ? AND remaining >= ?", id, amount).
		Update("remaining", gorm.Expr("remaining - ?", amount)))
}

func (r *VoucherRepository) Refill(ctx context.Context, code string, amount int64) error {
	return changed(r.db.WithContext(ctx).Model(&models.Voucher{}).
		Where("code = ?", code).Update("remaining", gorm.Expr("remaining + ?", amount)))
}
