// Package customers keeps the customers and their addresses.
package customers

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"strings"
	"time"

	"example.com/shop/internal/clock"
	"example.com/shop/internal/events"
	"example.com/shop/internal/models"
	"example.com/shop/internal/pagination"
	"example.com/shop/internal/storage"
	"example.com/shop/internal/web"
)

// Errors of this package.
var (
	ErrNotFound        = errors.New("customer not found")
	ErrAddressNotFound = errors.New("address not found")
	ErrEmailTaken      = errors.New("email is already registered")
	ErrInactive        = errors.New("customer account is closed")
)

// ConflictError is returned when a customer was changed by someone else since
// it was read.
type ConflictError struct {
	CustomerID int64
	UpdatedAt  time.Time // when it was really changed
}

// Error implements error.
func (e *ConflictError) Error() string {
	return fmt.Sprintf("customer %d was changed at %s", e.CustomerID, e.UpdatedAt.Format(time.RFC3339Nano))
}

// Service manages customers.
type Service struct {
	db    *storage.DB
	bus   *events.Bus
	clock clock.Clock
	log   *slog.Logger
}

// New returns a customer service.
func New(db *storage.DB, bus *events.Bus, clk clock.Clock, log *slog.Logger) *Service {
	return &Service{db: db, bus: bus, clock: clk, log: log.With("domain", "customers")}
}

// Registration is what a new customer tells about themselves.
type Registration struct {
	Email     string `json:"email"`
	Name      string `json:"name"`
	Phone     string `json:"phone"`
	Country   string `json:"country"`
	Language  string `json:"language"`
	Marketing bool   `json:"marketing"`
}

func (reg *Registration) normalize() {
	reg.Email = strings.ToLower(strings.TrimSpace(reg.Email))
	reg.Name = strings.TrimSpace(reg.Name)
	reg.Phone = strings.TrimSpace(reg.Phone)
	reg.Country = strings.ToUpper(strings.TrimSpace(reg.Country))
	reg.Language = strings.ToLower(strings.TrimSpace(reg.Language))
	if reg.Language == "" {
		reg.Language = "en"
	}
}

func (reg Registration) validate() error {
	errs := web.FieldErrors{}
	_, err := mail.ParseAddress(reg.Email)
	errs.Check(err == nil, "email", "is not an email address")
	errs.Check(reg.Name != "", "name", "is required")
	errs.Check(len(reg.Name) <= 120, "name", "must be at most 120 characters")
	errs.Check(models.ValidCountry(reg.Country), "country", "must be a two letter code")
	errs.Check(len(reg.Language) == 2, "language", "must be a two letter code")
	errs.Check(len(reg.Phone) <= 40, "phone", "must be at most 40 characters")
	return errs.Err()
}

// Register adds a customer.
func (s *Service) Register(ctx context.Context, reg Registration) (models.Customer, error) {
	reg.normalize()
	if err := reg.validate(); err != nil {
		return models.Customer{}, err
	}
	now := s.clock.Now()
	c := models.Customer{
		Email: reg.Email, Name: reg.Name, Phone: reg.Phone, Country: reg.Country,
		Language: reg.Language, Marketing: reg.Marketing, Active: true, CreatedAt: now, UpdatedAt: now,
	}
	id, err := s.insertCustomer(ctx, c)
	if storage.IsUniqueViolation(err) {
		return models.Customer{}, fmt.Errorf("register %s: %w", c.Email, ErrEmailTaken)
	}
	if err != nil {
		return models.Customer{}, fmt.Errorf("register customer: %w", err)
	}
	c.ID = id
	s.bus.Publish(ctx, models.TopicCustomerRegistered, models.CustomerRegistered{CustomerID: id, Name: c.Name})
	return c, nil
}

// Customer returns one customer.
func (s *Service) Customer(ctx context.Context, id int64) (models.Customer, error) {
	c, err := s.customerByID(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return models.Customer{}, fmt.Errorf("customer %d: %w", id, ErrNotFound)
	}
	if err != nil {
		return models.Customer{}, fmt.Errorf("load customer %d: %w", id, err)
	}
	return c, nil
}

// ActiveCustomer returns a customer who may still order.
func (s *Service) ActiveCustomer(ctx context.Context, id int64) (models.Customer, error) {
	c, err := s.Customer(ctx, id)
	if err != nil {
		return models.Customer{}, err
	}
	if !c.Active {
		return models.Customer{}, fmt.Errorf("customer %d: %w", id, ErrInactive)
	}
	return c, nil
}

// List returns customers, newest first. search matches name and email.
func (s *Service) List(ctx context.Context, search string, page pagination.Request) ([]models.Customer, int, error) {
	customers, total, err := s.listCustomers(ctx, strings.TrimSpace(search), page)
	if err != nil {
		return nil, 0, fmt.Errorf("list customers: %w", err)
	}
	return customers, total, nil
}

// Update replaces the data of a customer. The caller says with unchangedSince
// which version it has seen; a *ConflictError means that it was not the last.
// The zero time skips that check.
func (s *Service) Update(ctx context.Context, id int64, reg Registration, unchangedSince time.Time) (models.Customer, error) {
	c, err := s.Customer(ctx, id)
	if err != nil {
		return models.Customer{}, err
	}
	if !unchangedSince.IsZero() && c.UpdatedAt != unchangedSince {
		return models.Customer{}, &ConflictError{CustomerID: id, UpdatedAt: c.UpdatedAt}
	}
	reg.normalize()
	if err := reg.validate(); err != nil {
		return models.Customer{}, err
	}
	c.Email, c.Name, c.Phone, c.Country = reg.Email, reg.Name, reg.Phone, reg.Country
	c.Language, c.Marketing = reg.Language, reg.Marketing
	c.UpdatedAt = s.clock.Now()
	err = s.updateCustomer(ctx, c)
	if storage.IsUniqueViolation(err) {
		return models.Customer{}, fmt.Errorf("update customer %d: %w", id, ErrEmailTaken)
	}
	if err != nil {
		return models.Customer{}, fmt.Errorf("update customer %d: %w", id, err)
	}
	return c, nil
}

// Close closes the account of a customer. The data stays for the invoices.
func (s *Service) Close(ctx context.Context, id int64) error {
	c, err := s.Customer(ctx, id)
	if err != nil {
		return err
	}
	c.Active = false
	c.Marketing = false
	c.UpdatedAt = s.clock.Now()
	if err := s.updateCustomer(ctx, c); err != nil {
		return fmt.Errorf("close account of customer %d: %w", id, err)
	}
	s.log.InfoContext(ctx, "account closed", "customer", id)
	return nil
}
