package repositories

import (
	"context"

	"gorm.io/gorm"

	"example.com/flights/internal/models"
)

// InventoryRepository counts seats.
type InventoryRepository struct{ db *gorm.DB }

func NewInventoryRepository(db *gorm.DB) *InventoryRepository { return &InventoryRepository{db: db} }
func (r *InventoryRepository) WithTx(tx *gorm.DB) *InventoryRepository {
	return &InventoryRepository{db: tx}
}

func (r *InventoryRepository) OfFlight(ctx context.Context, flightID uint) ([]models.SeatInventory, error) {
	cabins := []models.SeatInventory{}
	err := r.db.WithContext(ctx).Where("flight_id = ?", flightID).Order("capacity DESC").Find(&cabins).Error
	return cabins, err
}

// Hold takes seats for a while. Without enough of them it changes nothing and
// returns gorm.ErrRecordNotFound.
func (r *InventoryRepository) Hold(ctx context.Context, flightID uint, cabin models.Cabin, seats int) error {
	return changed(r.cabin(ctx, flightID, cabin).
		Where("capacity - held - sold >= ?", seats).
		Update("held", gorm.Expr("held + ?", seats)))
}

func (r *InventoryRepository) Release(ctx context.Context, flightID uint, cabin models.Cabin, seats int) error {
	return changed(r.cabin(ctx, flightID, cabin).
		Where("held >= ?", seats).
		Update("held", gorm.Expr("held - ?", seats)))
}

func (r *InventoryRepository) Sell(ctx context.Context, flightID uint, cabin models.Cabin, seats int) error {
	return changed(r.cabin(ctx, flightID, cabin).
		Where("held >= ?", seats).
		Updates(map[string]any{"held": gorm.Expr("held - ?", seats), "sold": gorm.Expr("sold + ?", seats)}))
}

func (r *InventoryRepository) Return(ctx context.Context, flightID uint, cabin models.Cabin, seats int) error {
	return changed(r.cabin(ctx, flightID, cabin).
		Where("sold >= ?", seats).
		Update("sold", gorm.Expr("sold - ?", seats)))
}

func (r *InventoryRepository) cabin(ctx context.Context, flightID uint, cabin models.Cabin) *gorm.DB {
	return r.db.WithContext(ctx).Model(&models.SeatInventory{}).Where("flight_id = ? AND cabin = ?", flightID, cabin)
}
