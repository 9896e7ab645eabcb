package customers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"example.com/shop/internal/models"
	"example.com/shop/internal/web"
)

// AddressInput is a new or changed address.
type AddressInput struct {
	Label      string `json:"label"`
	Street     string `json:"street"`
	City       string `json:"city"`
	PostalCode string `json:"postal_code"`
	Country    string `json:"country"`
	IsDefault  bool   `json:"is_default"`
}

func (in *AddressInput) normalize() {
	in.Label = strings.TrimSpace(in.Label)
	in.Street = strings.TrimSpace(in.Street)
	in.City = strings.TrimSpace(in.City)
	in.PostalCode = strings.ToUpper(strings.TrimSpace(in.PostalCode))
	in.Country = strings.ToUpper(strings.TrimSpace(in.Country))
}

func (in AddressInput) validate() error {
	errs := web.FieldErrors{}
	errs.Check(in.Street != "", "street", "is required")
	errs.Check(in.City != "", "city", "is required")
	errs.Check(in.PostalCode != "", "postal_code", "is required")
	errs.Check(len(in.PostalCode) <= 12, "postal_code", "must be at most 12 characters")
	errs.Check(models.ValidCountry(in.Country), "country", "must be a two letter code")
	return errs.Err()
}

// Addresses returns the addresses of a customer, the default one first.
func (s *Service) Addresses(ctx context.Context, customerID int64) ([]models.Address, error) {
	if _, err := s.Customer(ctx, customerID); err != nil {
		return nil, err
	}
	addresses, err := s.addressesOf(ctx, customerID)
	if err != nil {
		return nil, fmt.Errorf("list addresses of customer %d: %w", customerID, err)
	}
	return addresses, nil
}

// DefaultAddress returns where to ship to, ErrAddressNotFound if the customer
// has no address yet.
func (s *Service) DefaultAddress(ctx context.Context, customerID int64) (models.Address, error) {
	addresses, err := s.Addresses(ctx, customerID)
	if err != nil {
		return models.Address{}, err
	}
	if len(addresses) == 0 {
		return models.Address{}, fmt.Errorf("customer %d: %w", customerID, ErrAddressNotFound)
	}
	return addresses[0], nil
}

// AddAddress adds an address. The first one becomes the default.
func (s *Service) AddAddress(ctx context.Context, customerID int64, in AddressInput) (models.Address, error) {
	in.normalize()
	if err := in.validate(); err != nil {
		return models.Address{}, err
	}
	existing, err := s.Addresses(ctx, customerID)
	if err != nil {
		return models.Address{}, err
	}
	a := in.address(customerID)
	a.IsDefault = in.IsDefault || len(existing) == 0
	a.CreatedAt = s.clock.Now()
	if err := s.saveAddress(ctx, &a); err != nil {
		return models.Address{}, fmt.Errorf("add address of customer %d: %w", customerID, err)
	}
	return a, nil
}

// UpdateAddress replaces an address.
func (s *Service) UpdateAddress(ctx context.Context, customerID, addressID int64, in AddressInput) (models.Address, error) {
	in.normalize()
	if err := in.validate(); err != nil {
		return models.Address{}, err
	}
	old, err := s.address(ctx, customerID, addressID)
	if err != nil {
		return models.Address{}, err
	}
	a := in.address(customerID)
	a.ID, a.CreatedAt = old.ID, old.CreatedAt
	a.IsDefault = in.IsDefault || old.IsDefault
	if err := s.saveAddress(ctx, &a); err != nil {
		return models.Address{}, fmt.Errorf("update address %d: %w", addressID, err)
	}
	return a, nil
}

// DeleteAddress removes an address.
func (s *Service) DeleteAddress(ctx context.Context, customerID, addressID int64) error {
	if _, err := s.address(ctx, customerID, addressID); err != nil {
		return err
	}
	if err := s.removeAddress(ctx, addressID); err != nil {
		return fmt.Errorf("delete address %d: %w", addressID, err)
	}
	return nil
}

func (s *Service) address(ctx context.Context, customerID, addressID int64) (models.Address, error) {
	a, err := s.addressByID(ctx, customerID, addressID)
	if errors.Is(err, sql.ErrNoRows) {
		return models.Address{}, fmt.Errorf("address %d of customer %d: %w", addressID, customerID, ErrAddressNotFound)
	}
	if err != nil {
		return models.Address{}, fmt.Errorf("load address %d: %w", addressID, err)
	}
	return a, nil
}

func (in AddressInput) address(customerID int64) models.Address {
	return models.Address{
		CustomerID: customerID, Label: in.Label, Street: in.Street, City: in.City,
		PostalCode: in.PostalCode, Country: in.Country, IsDefault: in.IsDefault,
	}
}
