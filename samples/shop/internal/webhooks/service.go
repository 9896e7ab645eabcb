// Package webhooks tells partners what happens in the shop, and takes their
// invoices.
package webhooks

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/shop/internal/billing"
	"example.com/shop/internal/catalogue"
	"example.com/shop/internal/clock"
	"example.com/shop/internal/events"
	"example.com/shop/internal/inventory"
	"example.com/shop/internal/models"
	"example.com/shop/internal/storage"
	"example.com/shop/internal/web"
)

// Errors of this package.
var (
	ErrPartnerNotFound  = errors.New("partner not found")
	ErrEndpointNotFound = errors.New("webhook endpoint not found")
	ErrNameTaken        = errors.New("partner name is taken")
)

// Service manages partners and their webhooks.
type Service struct {
	db        *storage.DB
	catalogue *catalogue.Service
	inventory *inventory.Service
	billing   *billing.Service
	client    *http.Client
	clock     clock.Clock
	log       *slog.Logger
}

// New returns a webhook service that queues a delivery for each event.
// Deliver or Run sends them with client.
func New(db *storage.DB, cat *catalogue.Service, inv *inventory.Service, bill *billing.Service, bus *events.Bus,
	client *http.Client, clk clock.Clock, log *slog.Logger) *Service {
	s := &Service{
		db: db, catalogue: cat, inventory: inv, billing: bill,
		client: client, clock: clk, log: log.With("domain", "webhooks"),
	}
	bus.Handle(events.Any, s.enqueue)
	return s
}

// Partner is a company that we work with.
type Partner struct {
	ID        int64     `json:"id"`
	Name      string    `json:"name"`
	ContactID *int64    `json:"contact_id,omitempty"`
	Active    bool      `json:"active"`
	CreatedAt time.Time `json:"created_at"`
}

// Endpoint is a URL that a partner wants to be called.
type Endpoint struct {
	ID        int64     `json:"id"`
	PartnerID int64     `json:"partner_id"`
	URL       string    `json:"url"`
	Topics    []string  `json:"topics"`
	Secret    string    `json:"secret,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

// Delivery is one call of an endpoint.
type Delivery struct {
	ID          int64           `json:"id"`
	EndpointID  int64           `json:"endpoint_id"`
	Topic       string          `json:"topic"`
	Body        json.RawMessage `json:"body"`
	Status      string          `json:"status"`
	Attempts    int             `json:"attempts"`
	LastError   string          `json:"last_error,omitempty"`
	CreatedAt   time.Time       `json:"created_at"`
	DeliveredAt *time.Time      `json:"delivered_at,omitempty"`
}

// AddPartner adds a partner. contactID is the customer account of the person
// who hears about problems.
func (s *Service) AddPartner(ctx context.Context, name string, contactID *int64) (Partner, error) {
	p := Partner{Name: strings.TrimSpace(name), ContactID: contactID, Active: true, CreatedAt: s.clock.Now()}
	if p.Name == "" {
		return Partner{}, web.FieldErrors{"name": "is required"}
	}
	err := s.insertPartner(ctx, &p)
	if storage.IsUniqueViolation(err) {
		return Partner{}, fmt.Errorf("add partner %q: %w", p.Name, ErrNameTaken)
	}
	if err != nil {
		return Partner{}, fmt.Errorf("add partner: %w", err)
	}
	return p, nil
}

// Partner returns one partner.
func (s *Service) Partner(ctx context.Context, id int64) (Partner, error) {
	p, err := s.partnerByID(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return Partner{}, fmt.Errorf("partner %d: %w", id, ErrPartnerNotFound)
	}
	if err != nil {
		return Partner{}, fmt.Errorf("load partner %d: %w", id, err)
	}
	return p, nil
}

// AddEndpoint adds a webhook for the given topics, all if there are none. The
// secret is only shown here.
func (s *Service) AddEndpoint(ctx context.Context, partnerID int64, rawURL string, topics []string) (Endpoint, error) {
	if _, err := s.Partner(ctx, partnerID); err != nil {
		return Endpoint{}, err
	}
	errs := web.FieldErrors{}
	u, err := url.Parse(rawURL)
	errs.Check(err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "", "url", "must be an http or https URL")
	for _, topic := range topics {
		errs.Check(slices.Contains(models.Topics(), topic), "topics", fmt.Sprintf("%q is not a topic", topic))
	}
	if err := errs.Err(); err != nil {
		return Endpoint{}, err
	}
	if len(topics) == 0 {
		topics = []string{events.Any}
	}
	e := Endpoint{PartnerID: partnerID, URL: rawURL, Topics: topics, Secret: web.NewID(), CreatedAt: s.clock.Now()}
	if err := s.insertEndpoint(ctx, &e); err != nil {
		return Endpoint{}, fmt.Errorf("add webhook: %w", err)
	}
	return e, nil
}

// enqueue writes a delivery for each endpoint that wants the event.
func (s *Service) enqueue(ctx context.Context, e events.Event) error {
	endpoints, err := s.endpointsFor(ctx, e.Topic)
	if err != nil || len(endpoints) == 0 {
		return err
	}
	body, err := json.Marshal(map[string]any{"topic": e.Topic, "tenant": e.Tenant, "occurred_at": e.OccurredAt, "data": e.Payload})
	if err != nil {
		return fmt.Errorf("encode event %s: %w", e.Topic, err)
	}
	for _, endpoint := range endpoints {
		if err := s.insertDelivery(ctx, endpoint.ID, e.Topic, string(body), s.clock.Now()); err != nil {
			return fmt.Errorf("queue delivery to endpoint %d: %w", endpoint.ID, err)
		}
	}
	return nil
}

// FeedItem is a product as partners see it.
type FeedItem struct {
	SKU       string               `json:"sku"`
	Name      string               `json:"name"`
	Status    models.ProductStatus `json:"status"`
	Price     *models.Money        `json:"price,omitempty"`
	UpdatedAt time.Time            `json:"updated_at"`
}

// Feed returns the products that changed since a time, with their prices.
func (s *Service) Feed(ctx context.Context, since time.Time, currency string) ([]FeedItem, error) {
	products, err := s.catalogue.ChangedSince(ctx, since)
	if err != nil {
		return nil, err
	}
	feed := make([]FeedItem, 0, len(products))
	for _, p := range products {
		item := FeedItem{SKU: p.SKU, Name: p.Name, Status: p.Status, UpdatedAt: p.UpdatedAt}
		price, err := s.catalogue.Price(ctx, p.ID, currency)
		if err == nil {
			item.Price = &price
		} else if !errors.Is(err, catalogue.ErrNoPrice) {
			return nil, err
		}
		feed = append(feed, item)
	}
	return feed, nil
}

// LowStock returns the SKUs that a supplier should send more of, scarcest
// first, at most limit.
func (s *Service) LowStock(ctx context.Context, threshold, limit int) ([]string, error) {
	errEnough := errors.New("enough")
	skus := []string{}
	err := s.inventory.EachBelow(ctx, threshold, func(level models.StockLevel) error {
		if len(skus) == limit {
			return errEnough
		}
		p, err := s.catalogue.Product(ctx, level.ProductID)
		if errors.Is(err, catalogue.ErrNotFound) {
			return nil
		}
		skus = append(skus, p.SKU)
		return err
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("low stock: %w", err)
	}
	return skus, nil
}

// ImportResult is the outcome of an invoice upload.
type ImportResult struct {
	Imported int               `json:"imported"`
	Rejected map[string]string `json:"rejected"`
}

// UploadInvoices imports the invoices of a partner.
func (s *Service) UploadInvoices(ctx context.Context, partnerID int64, body io.Reader) (ImportResult, error) {
	p, err := s.Partner(ctx, partnerID)
	if err != nil {
		return ImportResult{}, err
	}
	result := ImportResult{Rejected: map[string]string{}}
	result.Imported, err = s.billing.ImportInvoices(ctx, fmt.Sprintf("P%d", p.ID), body, func(row int, err error) {
		var bad *billing.RowError
		if errors.As(err, &bad) {
			result.Rejected[fmt.Sprintf("row %d", row)] = bad.Column + " " + bad.Reason
		}
	})
	return result, err
}
