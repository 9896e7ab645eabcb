// Package orders turns carts into orders and follows them until they ship.
package orders

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"example.com/shop/internal/billing"
	"example.com/shop/internal/cart"
	"example.com/shop/internal/catalogue"
	"example.com/shop/internal/clock"
	"example.com/shop/internal/customers"
	"example.com/shop/internal/events"
	"example.com/shop/internal/inventory"
	"example.com/shop/internal/models"
	"example.com/shop/internal/pagination"
	"example.com/shop/internal/payments"
	"example.com/shop/internal/storage"
)

// Errors of this package.
var (
	ErrNotFound    = errors.New("order not found")
	ErrEmptyCart   = errors.New("cart is empty")
	ErrWrongStatus = errors.New("order is in the wrong status")
	ErrChanged     = errors.New("order was changed meanwhile")
	ErrNoAddress   = errors.New("customer has no address to ship to")
)

// InvoiceExporter gives out invoices as CSV.
type InvoiceExporter interface {
	OrderCSV(ctx context.Context, orderID int64) (io.ReadCloser, error)
}

// ProductChecker tells whether a product may be ordered.
type ProductChecker interface {
	CheckOrderable(ctx context.Context, id int64, quantity int) (models.Product, error)
}

var (
	_ InvoiceExporter = (*billing.Service)(nil)
	_ ProductChecker  = (*catalogue.Service)(nil)
)

// Deps are the services that orders need.
type Deps struct {
	Catalogue ProductChecker
	Customers *customers.Service
	Carts     *cart.Service
	Inventory *inventory.Service
	Payments  *payments.Service
	Invoices  InvoiceExporter
	Events    *events.Service
}

// Service manages orders.
type Service struct {
	Deps
	db    *storage.DB
	bus   *events.Bus
	clock clock.Clock
	log   *slog.Logger
}

// New returns an order service.
func New(db *storage.DB, deps Deps, bus *events.Bus, clk clock.Clock, log *slog.Logger) *Service {
	return &Service{Deps: deps, db: db, bus: bus, clock: clk, log: log.With("domain", "orders")}
}

// ListOption narrows List.
type ListOption func(*listQuery)

// OfCustomer lists only the orders of one customer.
func OfCustomer(id int64) ListOption {
	return func(q *listQuery) { q.add(`customer_id = ?`, id) }
}

// WithStatus lists only orders in one status.
func WithStatus(status string) ListOption {
	return func(q *listQuery) { q.add(`status = ?`, status) }
}

// PlacedSince lists only orders placed at or after t.
func PlacedSince(t time.Time) ListOption {
	return func(q *listQuery) { q.add(`placed_at >= ?`, t.UTC()) }
}

// List returns orders without their lines, newest first.
func (s *Service) List(ctx context.Context, page pagination.Request, opts ...ListOption) (pagination.Page[models.Order], error) {
	var q listQuery
	for _, opt := range opts {
		opt(&q)
	}
	orders, total, err := s.listOrders(ctx, q, page)
	if err != nil {
		return pagination.Page[models.Order]{}, fmt.Errorf("list orders: %w", err)
	}
	return pagination.NewPage(orders, total, page), nil
}

// Order returns one order with its lines.
func (s *Service) Order(ctx context.Context, id int64) (models.Order, error) {
	o, err := s.orderByID(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return models.Order{}, fmt.Errorf("order %d: %w", id, ErrNotFound)
	}
	if err != nil {
		return models.Order{}, fmt.Errorf("load order %d: %w", id, err)
	}
	return o, nil
}

// SetNote changes the note of an order that the caller has seen as of seen.
func (s *Service) SetNote(ctx context.Context, id int64, note string, seen time.Time) (models.Order, error) {
	o, err := s.Order(ctx, id)
	if err != nil {
		return models.Order{}, err
	}
	if o.UpdatedAt != seen {
		return models.Order{}, fmt.Errorf("order %s: %w", o.Number, ErrChanged)
	}
	o.Note, o.UpdatedAt = strings.TrimSpace(note), s.clock.Now()
	if err := s.updateNote(ctx, o); err != nil {
		return models.Order{}, fmt.Errorf("set note of order %s: %w", o.Number, err)
	}
	return o, nil
}

// Cancel cancels an order that has not been paid yet: the goods go back to the
// shelf and the authorization is dropped.
func (s *Service) Cancel(ctx context.Context, id int64) (models.Order, error) {
	o, err := s.Order(ctx, id)
	if err != nil {
		return models.Order{}, err
	}
	now := s.clock.Now()
	err = s.db.InTx(ctx, func(tx *sql.Tx) error {
		if err := s.moveStatus(ctx, tx, o, models.OrderPending, models.OrderCancelled, now); err != nil {
			return err
		}
		if err := s.Inventory.RestockTx(ctx, tx, id, o.Lines); err != nil {
			return err
		}
		return s.Payments.VoidTx(ctx, tx, id)
	})
	if err != nil {
		return models.Order{}, fmt.Errorf("cancel order %s: %w", o.Number, err)
	}
	o.Status, o.UpdatedAt = models.OrderCancelled, now
	s.bus.Publish(ctx, models.TopicOrderCancelled, orderEvent(o))
	return o, nil
}

// Ship marks a paid order as shipped.
func (s *Service) Ship(ctx context.Context, id int64) (models.Order, error) {
	o, err := s.Order(ctx, id)
	if err != nil {
		return models.Order{}, err
	}
	now := s.clock.Now()
	err = s.db.InTx(ctx, func(tx *sql.Tx) error {
		return s.moveStatus(ctx, tx, o, models.OrderPaid, models.OrderShipped, now)
	})
	if err != nil {
		return models.Order{}, fmt.Errorf("ship order %s: %w", o.Number, err)
	}
	o.Status, o.UpdatedAt = models.OrderShipped, now
	s.bus.Publish(ctx, models.TopicOrderShipped, orderEvent(o))
	return o, nil
}

// PickingList returns the lines of an order in the order of picking.
func (s *Service) PickingList(ctx context.Context, id int64) ([]models.OrderLine, error) {
	o, err := s.Order(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.Inventory.ArrangeForPicking(ctx, o.Lines); err != nil {
		return nil, fmt.Errorf("picking list of order %s: %w", o.Number, err)
	}
	return o.Lines, nil
}

// SalesRow is one customer in the sales report.
type SalesRow struct {
	CustomerID int64        `json:"customer_id"`
	Name       string       `json:"name"`
	Email      string       `json:"email"`
	Orders     int          `json:"orders"`
	Revenue    models.Money `json:"revenue"`
}

// SalesReport sums up what customers have bought since a time, best customers
// first.
func (s *Service) SalesReport(ctx context.Context, currency string, since time.Time, limit int) ([]SalesRow, error) {
	rows, err := s.salesByCustomer(ctx, currency, since.UTC(), limit)
	if err != nil {
		return nil, fmt.Errorf("sales report: %w", err)
	}
	return rows, nil
}

func orderEvent(o models.Order) models.OrderEvent {
	return models.OrderEvent{OrderID: o.ID, Number: o.Number, CustomerID: o.CustomerID, Total: o.Total}
}
