package repositories

import (
	"context"

	"gorm.io/gorm"

	"example.com/flights/internal/models"
)

// InvoiceRepository stores invoices.
type InvoiceRepository struct{ db *gorm.DB }

func NewInvoiceRepository(db *gorm.DB) *InvoiceRepository          { return &InvoiceRepository{db: db} }
func (r *InvoiceRepository) WithTx(tx *gorm.DB) *InvoiceRepository { return &InvoiceRepository{db: tx} }

func (r *InvoiceRepository) Create(ctx context.Context, invoice *models.Invoice) error {
	return r.db.WithContext(ctx).Omit("Booking").Create(invoice).Error
}

func (r *InvoiceRepository) ByNumber(ctx context.Context, number string) (*models.Invoice, error) {
	var invoice models.Invoice
	err := r.db.WithContext(ctx).Preload("Booking.Customer").First(&invoice, "number = ?", number).Error
	return &invoice, err
}

func (r *InvoiceRepository) List(ctx context.Context, recipient string, page models.Page) ([]models.Invoice, int64, error) {
	query := r.db.WithContext(ctx).Model(&models.Invoice{})
	if recipient != "" {
		query = query.Where("recipient = ?", recipient)
	}
	return listPage[models.Invoice](query, page, "issued_at DESC, id DESC")
}

func (r *InvoiceRepository) Credit(ctx context.Context, bookingID uint, amount int64) error {
	var invoice models.Invoice
	db := r.db.WithContext(ctx)
	if err := db.Where("booking_id = ?", bookingID).Order("id").First(&invoice).Error; err != nil {
		return err
	}
	return db.Model(&invoice).Update("credited", gorm.Expr("credited + ?", amount)).Error
}
