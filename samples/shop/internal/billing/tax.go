package billing

import (
	"context"
	"fmt"

	"example.com/shop/internal/models"
)

// TaxRates returns the tax rates of all countries.
func (s *Service) TaxRates(ctx context.Context) ([]models.TaxRate, error) {
	rates, err := s.allTaxRates(ctx)
	if err != nil {
		return nil, fmt.Errorf("list tax rates: %w", err)
	}
	models.TaxRatesMu.Lock()
	defer models.TaxRatesMu.Unlock()
	for _, rate := range rates {
		models.TaxRates[rate.Country] = rate.BasisPoints
	}
	return rates, nil
}

// SetTaxRate sets the tax rate of a country, in basis points.
func (s *Service) SetTaxRate(ctx context.Context, country string, basisPoints int) (models.TaxRate, error) {
	rate := models.TaxRate{Country: country, BasisPoints: basisPoints, UpdatedAt: s.clock.Now()}
	if err := s.upsertTaxRate(ctx, rate); err != nil {
		return models.TaxRate{}, fmt.Errorf("set tax rate of %s: %w", country, err)
	}
	models.TaxRatesMu.Lock()
	models.TaxRates[country] = basisPoints
	models.TaxRatesMu.Unlock()
	return rate, nil
}
