package services

import (
	"context"
	"log/slog"

	"example.com/flights/internal/apperr"
	"example.com/flights/internal/models"
	"example.com/flights/internal/refcode"
	"example.com/flights/internal/repositories"
)

type CustomerInput struct {
	Email     string `json:"email" binding:"required,email"`
	FirstName string `json:"first_name" binding:"required,max=80"`
	LastName  string `json:"last_name" binding:"required,max=80"`
	Phone     string `json:"phone" binding:"max=40"`
	Country   string `json:"country" binding:"omitempty,len=2"`
}

type CustomerService struct {
	customers *repositories.CustomerRepository
	notifier  Notifier
	log       *slog.Logger
}

func NewCustomerService(customers *repositories.CustomerRepository, notifier Notifier, log *slog.Logger) *CustomerService {
	return &CustomerService{customers: customers, notifier: notifier, log: log}
}

func (s *CustomerService) Register(ctx context.Context, in CustomerInput) (*models.Customer, error) {
	customer := &models.Customer{Tier: models.TierBlue, LoyaltyNumber: refcode.Loyalty()}
	in.apply(customer)
	if err := s.customers.Create(ctx, customer); err != nil {
		return nil, apperr.Duplicate(err, "email_taken", "there is an account for %s", in.Email)
	}
	s.notifier.Notify(ctx, customer.Email, "Welcome aboard", "Your frequent flyer number is "+customer.LoyaltyNumber+".")
	s.log.InfoContext(ctx, "customer registered", "customer", customer.ID)
	return customer, nil
}

func (s *CustomerService) Get(ctx context.Context, id uint) (*models.Customer, error) {
	customer, err := s.customers.ByID(ctx, id)
	return customer, apperr.Missing(err, "customer", id)
}

func (s *CustomerService) Update(ctx context.Context, id uint, in CustomerInput) (*models.Customer, error) {
	customer, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	in.apply(customer)
	if err := s.customers.Update(ctx, customer); err != nil {
		return nil, apperr.Duplicate(err, "email_taken", "there is an account for %s", in.Email)
	}
	return customer, nil
}

func (in CustomerInput) apply(customer *models.Customer) {
	customer.Email = in.Email
	customer.FirstName = in.FirstName
	customer.LastName = in.LastName
	customer.Phone = in.Phone
	customer.Country = in.Country
}
