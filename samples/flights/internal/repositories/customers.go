package repositories

import (
	"context"

	"gorm.io/gorm"

	"example.com/flights/internal/models"
)

// CustomerRepository stores customers and their loyalty points.
type CustomerRepository struct{ db *gorm.DB }

func NewCustomerRepository(db *gorm.DB) *CustomerRepository { return &CustomerRepository{db: db} }
func (r *CustomerRepository) WithTx(tx *gorm.DB) *CustomerRepository {
	return &CustomerRepository{db: tx}
}

func (r *CustomerRepository) Create(ctx context.Context, customer *models.Customer) error {
	return r.db.WithContext(ctx).Create(customer).Error
}

func (r *CustomerRepository) Update(ctx context.Context, customer *models.Customer) error {
	return r.db.WithContext(ctx).
		Select("email", "first_name", "last_name", "phone", "country", "updated_at").
		Updates(customer).Error
}

func (r *CustomerRepository) ByID(ctx context.Context, id uint) (*models.Customer, error) {
	var customer models.Customer
	err := r.db.WithContext(ctx).First(&customer, id).Error
	return &customer, err
}

// AddPoints changes the points of a customer, never below zero, and says why.
// Miles only ever grow.
func (r *CustomerRepository) AddPoints(ctx context.Context, id uint, entry models.LoyaltyEntry) error {
	db := r.db.WithContext(ctx)
	err := changed(db.Model(&models.Customer{}).
		Where("id = ? AND points + ? >= 0", id, entry.Points).
		Updates(map[string]any{
			"points":         gorm.Expr("points + ?", entry.Points),
			"lifetime_miles": gorm.Expr("lifetime_miles + ?", max(entry.Points, 0)),
		}))
	if err != nil {
		return err
	}
	entry.CustomerID = id
	return db.Create(&entry).Error
}

func (r *CustomerRepository) SetTier(ctx context.Context, id uint, tier models.Tier) error {
	return r.db.WithContext(ctx).Model(&models.Customer{}).Where("id = ?", id).Update("tier", tier).Error
}

func (r *CustomerRepository) Entries(ctx context.Context, id uint) ([]models.LoyaltyEntry, error) {
	entries := []models.LoyaltyEntry{}
	err := r.db.WithContext(ctx).Where("customer_id = ?", id).Order("id DESC").Find(&entries).Error
	return entries, err
}

func (r *CustomerRepository) PointsOfBooking(ctx context.Context, customerID uint, ref string) (int64, error) {
	var points int64
	err := r.db.WithContext(ctx).Model(&models.LoyaltyEntry{}).
		Where("customer_id = ? AND booking_ref = ?", customerID, ref).
		Select("COALESCE(SUM(points), 0)").Scan(&points).Error
	return points, err
}
