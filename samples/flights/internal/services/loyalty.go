package services

import (
	"context"
	"errors"

	"gorm.io/gorm"

	"example.com/flights/internal/apperr"
	"example.com/flights/internal/clock"
	"example.com/flights/internal/models"
	"example.com/flights/internal/money"
	"example.com/flights/internal/repositories"
)

const minRedeem = 1_000

const pointsPerEuro = 5

// voucherYears is how long a voucher for points is valid.
const voucherYears = 2

type LoyaltyAccount struct {
	Number  string                `json:"number"`
	Tier    models.Tier           `json:"tier"`
	Points  int64                 `json:"points"`
	Miles   int64                 `json:"lifetime_miles"`
	Worth   string                `json:"worth"`
	Entries []models.LoyaltyEntry `json:"entries"`
}

// LoyaltyService keeps the points of customers. A point is worth a cent.
type LoyaltyService struct {
	tx        *repositories.Transactor
	customers *repositories.CustomerRepository
	vouchers  *repositories.VoucherRepository
	clock     clock.Clock
}

func NewLoyaltyService(tx *repositories.Transactor, customers *repositories.CustomerRepository,
	vouchers *repositories.VoucherRepository, clk clock.Clock) *LoyaltyService {
	return &LoyaltyService{tx: tx, customers: customers, vouchers: vouchers, clock: clk}
}

func (s *LoyaltyService) Account(ctx context.Context, customerID uint) (*LoyaltyAccount, error) {
	customer, err := s.customers.ByID(ctx, customerID)
	if err != nil {
		return nil, apperr.Missing(err, "customer", customerID)
	}
	entries, err := s.customers.Entries(ctx, customerID)
	if err != nil {
		return nil, err
	}
	return &LoyaltyAccount{
		Number: customer.LoyaltyNumber, Tier: customer.Tier, Points: customer.Points, Miles: customer.LifetimeMiles,
		Worth: money.Format(customer.Points), Entries: entries,
	}, nil
}

func (s *LoyaltyService) Redeem(ctx context.Context, customerID uint, points int64) (*models.Voucher, error) {
	if points < minRedeem {
		return nil, apperr.InvalidField("points", "must be at least %d", minRedeem)
	}
	customer, err := s.customers.ByID(ctx, customerID)
	if err != nil {
		return nil, apperr.Missing(err, "customer", customerID)
	}
	voucher := &models.Voucher{
		Amount: points, Email: customer.Email, Reason: "loyalty points",
		ExpiresAt: s.clock.Now().AddDate(voucherYears, 0, 0),
	}
	err = s.tx.Run(ctx, func(tx *gorm.DB) error {
		entry := models.LoyaltyEntry{Points: -points, Reason: "redeemed"}
		if err := s.customers.WithTx(tx).AddPoints(ctx, customerID, entry); err != nil {
			return err
		}
		return s.vouchers.WithTx(tx).Create(ctx, voucher)
	})
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return nil, apperr.Conflict("not_enough_points", "%d points are fewer than %d", customer.Points, points)
	}
	if err != nil {
		return nil, err
	}
	return voucher, nil
}

// EarnTx adds the points for a booking that has been paid, and raises the tier
// when there are enough of them.
func (s *LoyaltyService) EarnTx(ctx context.Context, tx *gorm.DB, customerID uint, ref string, paid int64) error {
	customers := s.customers.WithTx(tx)
	customer, err := customers.ByID(ctx, customerID)
	if err != nil {
		return apperr.Missing(err, "customer", customerID)
	}
	points := paid / 100 * pointsPerEuro
	points += money.Percent(points, tierBonus(customer.Tier))
	if points == 0 {
		return nil
	}
	entry := models.LoyaltyEntry{Points: points, Reason: "booking", BookingRef: ref}
	if err := customers.AddPoints(ctx, customerID, entry); err != nil {
		return err
	}
	if tier := tierFor(customer.LifetimeMiles + points); tier != customer.Tier {
		return customers.SetTier(ctx, customerID, tier)
	}
	return nil
}

// RevokeTx takes back the points of a booking that has been cancelled, as far as
// they have not been spent.
func (s *LoyaltyService) RevokeTx(ctx context.Context, tx *gorm.DB, customerID uint, ref string) error {
	customers := s.customers.WithTx(tx)
	earned, err := customers.PointsOfBooking(ctx, customerID, ref)
	if err != nil || earned <= 0 {
		return err
	}
	customer, err := customers.ByID(ctx, customerID)
	if err != nil {
		return err
	}
	entry := models.LoyaltyEntry{Points: -min(earned, customer.Points), Reason: "cancelled", BookingRef: ref}
	return customers.AddPoints(ctx, customerID, entry)
}
