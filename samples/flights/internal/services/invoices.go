package services

import (
	"context"
	"time"

	"gorm.io/gorm"

	"example.com/flights/internal/apperr"
	"example.com/flights/internal/clock"
	"example.com/flights/internal/models"
	"example.com/flights/internal/money"
	"example.com/flights/internal/repositories"
)

const taxPercent = 19

type InvoiceService struct {
	invoices *repositories.InvoiceRepository
	revenue  *repositories.RevenueRepository
	clock    clock.Clock
}

func NewInvoiceService(invoices *repositories.InvoiceRepository, revenue *repositories.RevenueRepository, clk clock.Clock) *InvoiceService {
	return &InvoiceService{invoices: invoices, revenue: revenue, clock: clk}
}

func (s *InvoiceService) IssueTx(ctx context.Context, tx *gorm.DB, booking *models.Booking) (*models.Invoice, error) {
	invoice := &models.Invoice{
		BookingID: booking.ID, Recipient: booking.ContactEmail, IssuedAt: s.clock.Now(),
		Tax: money.Included(booking.Total, taxPercent),
	}
	for _, segment := range booking.Segments {
		invoice.Lines = append(invoice.Lines, invoiceLine(segment, len(booking.Passengers)))
	}
	return invoice, s.invoices.WithTx(tx).Create(ctx, invoice)
}

func (s *InvoiceService) Get(ctx context.Context, number string) (*models.Invoice, error) {
	invoice, err := s.invoices.ByNumber(ctx, number)
	return invoice, apperr.Missing(err, "invoice", number)
}

func (s *InvoiceService) List(ctx context.Context, recipient string, page models.Page) ([]models.Invoice, int64, error) {
	return s.invoices.List(ctx, recipient, page)
}

type RevenueReport struct {
	Routes []repositories.RevenueRow  `json:"routes"`
	Totals repositories.RevenueTotals `json:"totals"`
}

func (s *InvoiceService) Revenue(ctx context.Context, from, until time.Time) (*RevenueReport, error) {
	if !until.After(from) {
		return nil, apperr.InvalidField("until", "must be after from")
	}
	routes, err := s.revenue.ByRoute(ctx, from, until)
	if err != nil {
		return nil, err
	}
	totals, err := s.revenue.Totals(ctx, from, until)
	return &RevenueReport{Routes: routes, Totals: totals}, err
}
