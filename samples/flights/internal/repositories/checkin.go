package repositories

import (
	"context"
	"time"

	"gorm.io/gorm"

	"example.com/flights/internal/models"
)

// SeatRepository stores who sits where.
type SeatRepository struct{ db *gorm.DB }

func NewSeatRepository(db *gorm.DB) *SeatRepository          { return &SeatRepository{db: db} }
func (r *SeatRepository) WithTx(tx *gorm.DB) *SeatRepository { return &SeatRepository{db: tx} }

func (r *SeatRepository) Assign(ctx context.Context, seat *models.SeatAssignment) error {
	db := r.db.WithContext(ctx)
	err := db.Where("segment_id = ? AND passenger_id = ?", seat.SegmentID, seat.PassengerID).
		Delete(&models.SeatAssignment{}).Error
	if err != nil {
		return err
	}
	return db.Create(seat).Error
}

func (r *SeatRepository) OnFlight(ctx context.Context, flightID uint) ([]models.SeatAssignment, error) {
	var seats []models.SeatAssignment
	err := r.db.WithContext(ctx).Where("flight_id = ?", flightID).Order("seat").Find(&seats).Error
	return seats, err
}

func (r *SeatRepository) OfSegments(ctx context.Context, segmentIDs []uint) ([]models.SeatAssignment, error) {
	seats := []models.SeatAssignment{}
	err := r.db.WithContext(ctx).Where("segment_id IN ?", segmentIDs).Order("id").Find(&seats).Error
	return seats, err
}

func (r *SeatRepository) Free(ctx context.Context, segmentIDs []uint) error {
	return r.db.WithContext(ctx).Where("segment_id IN ?", segmentIDs).Delete(&models.SeatAssignment{}).Error
}

// BoardingPassRepository stores boarding passes.
type BoardingPassRepository struct{ db *gorm.DB }

func NewBoardingPassRepository(db *gorm.DB) *BoardingPassRepository {
	return &BoardingPassRepository{db: db}
}

func (r *BoardingPassRepository) WithTx(tx *gorm.DB) *BoardingPassRepository {
	return &BoardingPassRepository{db: tx}
}

func (r *BoardingPassRepository) Create(ctx context.Context, pass *models.BoardingPass) error {
	db := r.db.WithContext(ctx)
	var last int
	err := db.Model(&models.BoardingPass{}).Where("flight_id = ?", pass.FlightID).
		Select("COALESCE(MAX(sequence), 0)").Scan(&last).Error
	if err != nil {
		return err
	}
	pass.Sequence = last + 1
	return db.Omit("Flight", "Segment", "Passenger").Create(pass).Error
}

func (r *BoardingPassRepository) ByCode(ctx context.Context, code string) (*models.BoardingPass, error) {
	var pass models.BoardingPass
	err := r.db.WithContext(ctx).
		Preload("Flight.Route").Preload("Segment.Fare").Preload("Passenger").
		First(&pass, "code = ?", code).Error
	return &pass, err
}

func (r *BoardingPassRepository) OfSegment(ctx context.Context, segmentID uint) ([]models.BoardingPass, error) {
	passes := []models.BoardingPass{}
	err := r.db.WithContext(ctx).Preload("Passenger").
		Where("segment_id = ?", segmentID).Order("sequence").Find(&passes).Error
	return passes, err
}

// Board notes that a passenger went on board. A pass that was used or is void
// stays as it is, and gorm.ErrRecordNotFound is returned.
func (r *BoardingPassRepository) Board(ctx context.Context, id uint, at time.Time) error {
	return changed(r.db.WithContext(ctx).Model(&models.BoardingPass{}).
		Where("id = ? AND status = ?", id, models.PassIssued).
		Updates(map[string]any{"status": models.PassBoarded, "boarded_at": at}))
}

func (r *BoardingPassRepository) Void(ctx context.Context, segmentIDs []uint) error {
	return r.db.WithContext(ctx).Model(&models.BoardingPass{}).
		Where("segment_id IN ? AND status = ?", segmentIDs, models.PassIssued).
		Update("status", models.PassVoid).Error
}

func (r *BoardingPassRepository) MarkNoShows(ctx context.Context, flightIDs []uint) (int64, error) {
	result := r.db.WithContext(ctx).Model(&models.BoardingPass{}).
		Where("flight_id IN ? AND status = ?", flightIDs, models.PassIssued).
		Update("status", models.PassNoShow)
	return result.RowsAffected, result.Error
}
