package repositories

import (
	"context"

	"gorm.io/gorm"

	"example.com/flights/internal/models"
)

// BagRepository stores checked baggage.
type BagRepository struct{ db *gorm.DB }

func NewBagRepository(db *gorm.DB) *BagRepository          { return &BagRepository{db: db} }
func (r *BagRepository) WithTx(tx *gorm.DB) *BagRepository { return &BagRepository{db: tx} }

func (r *BagRepository) Create(ctx context.Context, bag *models.Bag) error {
	return r.db.WithContext(ctx).Create(bag).Error
}

func (r *BagRepository) OfSegments(ctx context.Context, segmentIDs []uint) ([]models.Bag, error) {
	bags := []models.Bag{}
	err := r.db.WithContext(ctx).Where("segment_id IN ?", segmentIDs).Order("id").Find(&bags).Error
	return bags, err
}

func (r *BagRepository) Weight(ctx context.Context, segmentID, passengerID uint) (int, error) {
	var kg int
	err := r.db.WithContext(ctx).Model(&models.Bag{}).
		Where("segment_id = ? AND passenger_id = ?", segmentID, passengerID).
		Select("COALESCE(SUM(weight_kg), 0)").Scan(&kg).Error
	return kg, err
}
