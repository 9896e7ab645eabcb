// Package billing writes the invoices and knows the tax rates.
package billing

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/shop/internal/clock"
	"example.com/shop/internal/events"
	"example.com/shop/internal/models"
	"example.com/shop/internal/pagination"
	"example.com/shop/internal/storage"
)

// Errors of this package.
var (
	ErrNotFound     = errors.New("invoice not found")
	ErrVoided       = errors.New("invoice is voided")
	ErrUnknownOrder = errors.New("order to invoice not found")
)

// paymentTerm is how long customers have to pay.
const paymentTerm = 14 * 24 * time.Hour

// Service manages invoices and tax rates.
type Service struct {
	db    *storage.DB
	bus   *events.Bus
	clock clock.Clock
	log   *slog.Logger
}

// New returns a billing service that invoices each placed order.
func New(db *storage.DB, bus *events.Bus, clk clock.Clock, log *slog.Logger) *Service {
	s := &Service{db: db, bus: bus, clock: clk, log: log.With("domain", "billing")}
	events.Subscribe(bus, models.TopicOrderPlaced, func(ctx context.Context, e models.OrderEvent) error {
		_, err := s.InvoiceOrder(ctx, e.OrderID)
		return err
	})
	events.Subscribe(bus, models.TopicPaymentCaptured, func(ctx context.Context, e models.PaymentEvent) error {
		return s.markPaid(ctx, e.OrderID)
	})
	events.Subscribe(bus, models.TopicOrderCancelled, func(ctx context.Context, e models.OrderEvent) error {
		return s.voidForOrder(ctx, e.OrderID, s.clock.Now())
	})
	return s
}

// InvoiceOrder writes the invoice of an order. Called twice it returns the
// invoice that exists.
func (s *Service) InvoiceOrder(ctx context.Context, orderID int64) (models.Invoice, error) {
	existing, err := s.ForOrder(ctx, orderID)
	if err == nil || !errors.Is(err, ErrNotFound) {
		return existing, err
	}
	inv, err := s.draftFromOrder(ctx, orderID)
	if errors.Is(err, sql.ErrNoRows) {
		return models.Invoice{}, fmt.Errorf("invoice order %d: %w", orderID, ErrUnknownOrder)
	}
	if err != nil {
		return models.Invoice{}, fmt.Errorf("invoice order %d: %w", orderID, err)
	}
	inv.IssuedAt = s.clock.Now()
	inv.DueAt = inv.IssuedAt.Add(paymentTerm)
	if err := s.insertInvoice(ctx, &inv); err != nil {
		return models.Invoice{}, fmt.Errorf("invoice order %d: %w", orderID, err)
	}
	s.bus.Publish(ctx, models.TopicInvoiceIssued, models.InvoiceIssued{
		InvoiceID: inv.ID, Number: inv.Number, OrderID: orderID, Total: inv.Total,
	})
	return inv, nil
}

// ForOrder returns the invoice of an order.
func (s *Service) ForOrder(ctx context.Context, orderID int64) (models.Invoice, error) {
	inv, err := s.invoiceWhere(ctx, `order_id = ?`, orderID)
	if err != nil {
		return models.Invoice{}, fmt.Errorf("invoice of order %d: %w", orderID, err)
	}
	return inv, nil
}

// Invoice returns one invoice with its lines.
func (s *Service) Invoice(ctx context.Context, id int64) (models.Invoice, error) {
	inv, err := s.invoiceWhere(ctx, `id = ?`, id)
	if err != nil {
		return models.Invoice{}, fmt.Errorf("invoice %d: %w", id, err)
	}
	return inv, nil
}

// List returns invoices, newest first. An empty status means all.
func (s *Service) List(ctx context.Context, status string, page pagination.Request) (pagination.Page[models.Invoice], error) {
	invoices, total, err := s.listInvoices(ctx, status, page)
	if err != nil {
		return pagination.Page[models.Invoice]{}, fmt.Errorf("list invoices: %w", err)
	}
	return pagination.NewPage(invoices, total, page), nil
}

// Void cancels an invoice. The number stays taken.
func (s *Service) Void(ctx context.Context, id int64) (models.Invoice, error) {
	inv, err := s.Invoice(ctx, id)
	if err != nil {
		return models.Invoice{}, err
	}
	if inv.Status == models.InvoiceVoided {
		return models.Invoice{}, fmt.Errorf("invoice %s: %w", inv.Number, ErrVoided)
	}
	now := s.clock.Now()
	if err := s.voidInvoice(ctx, id, now); err != nil {
		return models.Invoice{}, fmt.Errorf("void invoice %s: %w", inv.Number, err)
	}
	inv.Status, inv.VoidedAt = models.InvoiceVoided, &now
	return inv, nil
}
