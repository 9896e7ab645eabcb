package repositories

import (
	"context"
	"time"

	"gorm.io/gorm"

	"example.com/flights/internal/models"
)

type RevenueRow struct {
	Origin      string `json:"origin"`
	Destination string `json:"destination"`
	Bookings    int64  `json:"bookings"`
	Gross       int64  `json:"gross"`
}

type RevenueTotals struct {
	Paid     int64 `json:"paid"`
	Refunded int64 `json:"refunded"`
	Invoiced int64 `json:"invoiced"`
	Tax      int64 `json:"tax"`
}

// RevenueRepository sums up money.
type RevenueRepository struct{ db *gorm.DB }

func NewRevenueRepository(db *gorm.DB) *RevenueRepository { return &RevenueRepository{db: db} }
func (r *RevenueRepository) ByRoute(ctx context.Context, from, until time.Time) ([]RevenueRow, error) {
	rows := []RevenueRow{}
	err := r.db.WithContext(ctx).Raw(`
		SELECT routes.origin_code AS origin, routes.destination_code AS destination,
		       COUNT(DISTINCT bookings.id) AS bookings, COALESCE(SUM(booking_segments.price), 0) AS gross
		FROM booking_segments
		JOIN bookings ON bookings.id = booking_segments.booking_id
		JOIN flights ON flights.id = booking_segments.flight_id
		JOIN routes ON routes.id = flights.route_id
		WHERE bookings.status = ? AND bookings.created_at >= ? AND bookings.created_at < ?
		GROUP BY routes.origin_code, routes.destination_code
		ORDER BY gross DESC, origin, destination`,
		models.BookingConfirmed, from, until).Scan(&rows).Error
	return rows, err
}

func (r *RevenueRepository) Totals(ctx context.Context, from, until time.Time) (RevenueTotals, error) {
	var totals RevenueTotals
	db := r.db.WithContext(ctx)
	err := db.Model(&models.Payment{}).Where("created_at >= ? AND created_at < ?", from, until).
		Select("COALESCE(SUM(amount), 0) AS paid, COALESCE(SUM(refunded), 0) AS refunded").Scan(&totals).Error
	if err != nil {
		return totals, err
	}
	var invoiced struct{ Gross, Tax int64 }
	err = db.Model(&models.Invoice{}).Where("issued_at >= ? AND issued_at < ?", from, until).
		Select("COALESCE(SUM(gross), 0) AS gross, COALESCE(SUM(tax), 0) AS tax").Scan(&invoiced).Error
	totals.Invoiced, totals.Tax = invoiced.Gross, invoiced.Tax
	return totals, err
}

type ManifestRow struct {
	Reference string `json:"reference"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Kind      string `json:"kind"`
	Tier      string `json:"tier,omitempty"`
	Seat      string `json:"seat,omitempty"`
	Pass      string `json:"pass_status,omitempty"`
	Bags      int    `json:"bags"`
}

// ManifestRepository lists who is on a flight.
type ManifestRepository struct{ db *gorm.DB }

func NewManifestRepository(db *gorm.DB) *ManifestRepository { return &ManifestRepository{db: db} }
func (r *ManifestRepository) OfFlight(ctx context.Context, flightID uint) ([]ManifestRow, error) {
	rows := []ManifestRow{}
	err := r.db.WithContext(ctx).Table("booking_segments AS s").
		Select(`b.reference, p.first_name, p.last_name, p.kind, COALESCE(c.tier, '') AS tier,
			COALESCE(a.seat, '') AS seat, COALESCE(bp.status, '') AS pass,
			(SELECT COUNT(*) FROM baggage WHERE baggage.segment_id = s.id AND baggage.passenger_id = p.id) AS bags`).
		Joins("JOIN bookings AS b ON b.id = s.booking_id").
		Joins("JOIN passengers AS p ON p.booking_id = b.id").
		Joins("LEFT JOIN customers AS c ON c.id = b.customer_id").
		Joins("LEFT JOIN seat_assignments AS a ON a.segment_id = s.id AND a.passenger_id = p.id").
		Joins("LEFT JOIN boarding_passes AS bp ON bp.segment_id = s.id AND bp.passenger_id = p.id").
		Where("s.flight_id = ? AND b.status = ?", flightID, models.BookingConfirmed).
		Order("p.last_name, p.first_name, p.id").Scan(&rows).Error
	return rows, err
}
