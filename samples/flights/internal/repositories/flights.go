package repositories

import (
	"context"
	"time"

	"gorm.io/gorm"

	"example.com/flights/internal/models"
)

// FlightRepository stores flights and their fares.
type FlightRepository struct{ db *gorm.DB }

func NewFlightRepository(db *gorm.DB) *FlightRepository          { return &FlightRepository{db: db} }
func (r *FlightRepository) WithTx(tx *gorm.DB) *FlightRepository { return &FlightRepository{db: tx} }

// CreateMissing stores a flight with its fares and seats, unless there is one
// of that number and departure. It reports whether it did.
func (r *FlightRepository) CreateMissing(ctx context.Context, flight *models.Flight) (bool, error) {
	result := r.db.WithContext(ctx).Where("number = ? AND departure = ?", flight.Number, flight.Departure).
		Limit(1).Find(&models.Flight{})
	if result.Error != nil || result.RowsAffected > 0 {
		return false, result.Error
	}
	return true, r.db.WithContext(ctx).Omit("Schedule", "Route").Create(flight).Error
}

func (r *FlightRepository) ByID(ctx context.Context, id uint) (*models.Flight, error) {
	var flight models.Flight
	err := r.db.WithContext(ctx).Preload("Route").
		Preload("Fares", func(db *gorm.DB) *gorm.DB { return db.Order("price, id") }).
		First(&flight, id).Error
	return &flight, err
}

// Departing lists the flights on routes that leave in a period and can still be
// booked, with fares and seats.
func (r *FlightRepository) Departing(ctx context.Context, routeIDs []uint, from, until time.Time) ([]models.Flight, error) {
	var flights []models.Flight
	if len(routeIDs) == 0 {
		return flights, nil
	}
	err := r.db.WithContext(ctx).
		Preload("Route").Preload("Inventory").
		Preload("Fares", func(db *gorm.DB) *gorm.DB { return db.Order("price, id") }).
		Where("route_id IN ? AND departure >= ? AND departure < ?", routeIDs, from, until).
		Where("status IN ?", []models.FlightStatus{models.FlightScheduled, models.FlightDelayed}).
		Order("departure, id").Find(&flights).Error
	return flights, err
}

func (r *FlightRepository) Update(ctx context.Context, flight *models.Flight) error {
	return r.db.WithContext(ctx).Model(flight).
		Select("status", "gate", "departure", "arrival", "updated_at").Updates(flight).Error
}

// MarkDeparted sets the status of the flights that have left by now, and
// returns their IDs.
func (r *FlightRepository) MarkDeparted(ctx context.Context, now time.Time) ([]uint, error) {
	var ids []uint
	db := r.db.WithContext(ctx)
	err := db.Model(&models.Flight{}).
		Where("departure <= ? AND status IN ?", now, []models.FlightStatus{models.FlightScheduled, models.FlightDelayed}).
		Order("id").Pluck("id", &ids).Error
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	return ids, db.Model(&models.Flight{}).Where("id IN ?", ids).Update("status", models.FlightDeparted).Error
}

func (r *FlightRepository) FareByCode(ctx context.Context, flightID uint, code string) (*models.Fare, error) {
	var fare models.Fare
	err := r.db.WithContext(ctx).First(&fare, "flight_id = ? AND code = ?", flightID, code).Error
	return &fare, err
}
