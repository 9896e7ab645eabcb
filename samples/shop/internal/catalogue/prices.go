package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"example.com/shop/internal/models"
)

// maxAmount keeps prices far from overflow, in minor units.
const maxAmount = 100_000_000

// Price returns what a product costs in a currency, ErrNoPrice if it is not
// sold in it.
func (s *Service) Price(ctx context.Context, productID int64, currency string) (models.Money, error) {
	amount, err := s.priceAmount(ctx, productID, currency)
	if errors.Is(err, sql.ErrNoRows) {
		return models.Money{}, fmt.Errorf("product %d in %s: %w", productID, currency, ErrNoPrice)
	}
	if err != nil {
		return models.Money{}, fmt.Errorf("load price of product %d: %w", productID, err)
	}
	return models.Money{Amount: amount, Currency: currency}, nil
}

// Prices returns all prices of a product by currency.
func (s *Service) Prices(ctx context.Context, productID int64) ([]models.Price, error) {
	if _, err := s.Product(ctx, productID); err != nil {
		return nil, err
	}
	prices, err := s.pricesOf(ctx, productID)
	if err != nil {
		return nil, fmt.Errorf("load prices of product %d: %w", productID, err)
	}
	return prices, nil
}

// SetPrice sets the price of a product in the currency of price.
func (s *Service) SetPrice(ctx context.Context, productID int64, price models.Money) (models.Price, error) {
	if err := checkPrice(productID, price); err != nil {
		return models.Price{}, err
	}
	if _, err := s.Product(ctx, productID); err != nil {
		return models.Price{}, err
	}
	now := s.clock.Now()
	if err := s.upsertPrice(ctx, productID, price, now); err != nil {
		return models.Price{}, fmt.Errorf("set price of product %d: %w", productID, err)
	}
	s.log.InfoContext(ctx, "price set", "product", productID, "price", price.String())
	return models.Price{ProductID: productID, Money: price, UpdatedAt: now}, nil
}

func checkPrice(productID int64, price models.Money) error {
	if !models.ValidCurrency(price.Currency) {
		return &InvalidProductError{ProductID: productID, Field: "currency", Reason: "must be a three letter code"}
	}
	if price.Amount < 0 || price.Amount > maxAmount {
		return &InvalidProductError{ProductID: productID, Field: "amount", Reason: fmt.Sprintf("must be from 0 to %d", maxAmount)}
	}
	return nil
}
