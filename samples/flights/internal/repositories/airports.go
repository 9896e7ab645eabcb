package repositories

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"example.com/flights/internal/models"
)

// AirportRepository stores airports.
type AirportRepository struct{ db *gorm.DB }

func NewAirportRepository(db *gorm.DB) *AirportRepository { return &AirportRepository{db: db} }
func (r *AirportRepository) Create(ctx context.Context, airport *models.Airport) error {
	return r.db.WithContext(ctx).Create(airport).Error
}

func (r *AirportRepository) ByCode(ctx context.Context, code string) (*models.Airport, error) {
	var airport models.Airport
	err := r.db.WithContext(ctx).First(&airport, "code = ?", code).Error
	return &airport, err
}

func (r *AirportRepository) List(ctx context.Context, search string) ([]models.Airport, error) {
	airports := []models.Airport{}
	query := r.db.WithContext(ctx)
	if search != "" {
		prefix := strings.ToLower(search) + "%"
		query = query.Where("LOWER(code) LIKE ? OR LOWER(name) LIKE ? OR LOWER(city) LIKE ?", prefix, prefix, prefix)
	}
	err := query.Order("code").Find(&airports).Error
	return airports, err
}

type RouteRepository struct{ db *gorm.DB }

func NewRouteRepository(db *gorm.DB) *RouteRepository { return &RouteRepository{db: db} }
func (r *RouteRepository) Create(ctx context.Context, route *models.Route) error {
	return r.db.WithContext(ctx).Omit("Origin", "Destination").Create(route).Error
}

func (r *RouteRepository) ByID(ctx context.Context, id uint) (*models.Route, error) {
	var route models.Route
	err := r.db.WithContext(ctx).First(&route, id).Error
	return &route, err
}

func (r *RouteRepository) Leaving(ctx context.Context, origin string) ([]models.Route, error) {
	var routes []models.Route
	err := r.db.WithContext(ctx).Where("origin_code = ? AND active", origin).Order("id").Find(&routes).Error
	return routes, err
}

func (r *RouteRepository) CreateSchedule(ctx context.Context, schedule *models.FlightSchedule) error {
	return r.db.WithContext(ctx).Omit("Route").Create(schedule).Error
}

func (r *RouteRepository) ScheduleByID(ctx context.Context, id uint) (*models.FlightSchedule, error) {
	var schedule models.FlightSchedule
	err := r.db.WithContext(ctx).Preload("Route").First(&schedule, id).Error
	return &schedule, err
}
