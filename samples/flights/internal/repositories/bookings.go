package repositories

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"example.com/flights/internal/models"
)

// BookingRepository stores bookings with passengers and segments.
type BookingRepository struct{ db *gorm.DB }

func NewBookingRepository(db *gorm.DB) *BookingRepository          { return &BookingRepository{db: db} }
func (r *BookingRepository) WithTx(tx *gorm.DB) *BookingRepository { return &BookingRepository{db: tx} }

func (r *BookingRepository) Create(ctx context.Context, booking *models.Booking) error {
	return r.db.WithContext(ctx).Omit("Customer", "Payments", "Segments.Flight", "Segments.Fare").Create(booking).Error
}

func (r *BookingRepository) ByReference(ctx context.Context, ref string) (*models.Booking, error) {
	return r.load(r.db.WithContext(ctx), ref)
}

// Lock loads a booking like ByReference and keeps others from changing it until
// the transaction ends.
func (r *BookingRepository) Lock(ctx context.Context, ref string) (*models.Booking, error) {
	return r.load(r.db.WithContext(ctx).Clauses(clause.Locking{Strength: "UPDATE"}), ref)
}

func (r *BookingRepository) load(db *gorm.DB, ref string) (*models.Booking, error) {
	var booking models.Booking
	err := withDetails(db).First(&booking, "reference = ?", ref).Error
	return &booking, err
}

func withDetails(db *gorm.DB) *gorm.DB {
	return db.
		Preload("Passengers", func(db *gorm.DB) *gorm.DB { return db.Order("id") }).
		Preload("Segments", func(db *gorm.DB) *gorm.DB { return db.Order("position") }).
		Preload("Segments.Flight.Route").
		Preload("Segments.Fare")
}

func (r *BookingRepository) OfCustomer(ctx context.Context, customerID uint, page models.Page) ([]models.Booking, int64, error) {
	query := withDetails(r.db.WithContext(ctx).Model(&models.Booking{})).
		Preload("Payments").
		Where("customer_id = ?", customerID)
	return listPage[models.Booking](query, page, "id DESC")
}

// SetStatus moves a booking from one state to another. In another state it
// changes nothing and returns gorm.ErrRecordNotFound.
func (r *BookingRepository) SetStatus(ctx context.Context, id uint, from, to models.BookingStatus) error {
	return changed(r.db.WithContext(ctx).Model(&models.Booking{}).
		Where("id = ? AND status = ?", id, from).Update("status", to))
}

func (r *BookingRepository) ExpiredHolds(ctx context.Context, now time.Time, limit int) ([]string, error) {
	var refs []string
	err := r.db.WithContext(ctx).Model(&models.Booking{}).
		Where("status = ? AND hold_expires_at <= ?", models.BookingHeld, now).
		Order("hold_expires_at, id").Limit(limit).Pluck("reference", &refs).Error
	return refs, err
}

func (r *BookingRepository) OnFlight(ctx context.Context, flightID uint, status models.BookingStatus) ([]string, error) {
	var refs []string
	err := r.db.WithContext(ctx).Model(&models.Booking{}).
		Joins("JOIN booking_segments ON booking_segments.booking_id = bookings.id").
		Where("booking_segments.flight_id = ? AND bookings.status = ?", flightID, status).
		Order("bookings.reference").Distinct().Pluck("bookings.reference", &refs).Error
	return refs, err
}
