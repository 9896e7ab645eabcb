// Package inventory knows what lies in the warehouse and what is reserved.
package inventory

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"example.com/shop/internal/clock"
	"example.com/shop/internal/events"
	"example.com/shop/internal/models"
	"example.com/shop/internal/storage"
)

// ErrNotStocked is returned for products that the warehouse has never seen.
var ErrNotStocked = errors.New("product is not stocked")

// OutOfStockError is returned when there is less than what was asked for.
type OutOfStockError struct {
	ProductID int64
	Requested int
	Available int
}

// Error implements error.
func (e *OutOfStockError) Error() string {
	return fmt.Sprintf("product %d: %d requested, %d available", e.ProductID, e.Requested, e.Available)
}

// ProductLookup is what inventory needs of the catalogue.
type ProductLookup interface {
	Product(ctx context.Context, id int64) (models.Product, error)
}

// Service manages stock levels and reservations.
type Service struct {
	db       *storage.DB
	products ProductLookup
	bus      *events.Bus
	clock    clock.Clock
	log      *slog.Logger
	ttl      time.Duration
}

// New returns an inventory. Reservations expire after ttl.
func New(db *storage.DB, products ProductLookup, bus *events.Bus, clk clock.Clock, log *slog.Logger, ttl time.Duration) *Service {
	return &Service{db: db, products: products, bus: bus, clock: clk, log: log.With("domain", "inventory"), ttl: ttl}
}

// Level returns the stock level of a product.
func (s *Service) Level(ctx context.Context, productID int64) (models.StockLevel, error) {
	level, err := s.levelOf(ctx, productID)
	if errors.Is(err, sql.ErrNoRows) {
		return models.StockLevel{}, fmt.Errorf("product %d: %w", productID, ErrNotStocked)
	}
	if err != nil {
		return models.StockLevel{}, fmt.Errorf("load stock of product %d: %w", productID, err)
	}
	return level, nil
}

// Available returns how many pieces of a product can be sold, 0 if that is not
// known.
func (s *Service) Available(ctx context.Context, productID int64) int {
	level, err := s.Level(ctx, productID)
	if errors.Is(err, ErrNotStocked) {
		return 0
	}
	if err != nil {
		s.log.WarnContext(ctx, "stock unknown, assume none", "product", productID, "error", err)
		return 0
	}
	return level.Available()
}

// FillAvailability sets Available and InStock of each line.
func (s *Service) FillAvailability(ctx context.Context, lines []models.CartLine) error {
	if len(lines) == 0 {
		return nil
	}
	ids := make([]int64, len(lines))
	for i, line := range lines {
		ids[i] = line.ProductID
	}
	levels, err := s.levelsOf(ctx, ids)
	if err != nil {
		return fmt.Errorf("load stock of %d products: %w", len(ids), err)
	}
	for i := range lines {
		level := levels[lines[i].ProductID]
		lines[i].Available = level.Available()
		lines[i].InStock = level.Available() > 0
	}
	return nil
}

// ArrangeForPicking sorts lines into the order in which the picker walks
// through the warehouse, and tells where each article lies.
func (s *Service) ArrangeForPicking(ctx context.Context, lines []models.OrderLine) error {
	ids := make([]int64, len(lines))
	for i, line := range lines {
		ids[i] = line.ProductID
	}
	levels, err := s.levelsOf(ctx, ids)
	if err != nil {
		return fmt.Errorf("load bins of %d products: %w", len(ids), err)
	}
	for i := range lines {
		lines[i].Bin = levels[lines[i].ProductID].Bin
	}
	slices.SortStableFunc(lines, func(a, b models.OrderLine) int {
		return cmp.Or(cmp.Compare(a.Bin, b.Bin), cmp.Compare(a.SKU, b.SKU))
	})
	return nil
}

// EachBelow calls fn for each product of which no more than threshold pieces
// are available, scarcest first. It stops at the first error of fn.
func (s *Service) EachBelow(ctx context.Context, threshold int, fn func(models.StockLevel) error) error {
	levels, err := s.levelsBelow(ctx, threshold)
	if err != nil {
		return fmt.Errorf("list low stock: %w", err)
	}
	for _, level := range levels {
		if err := fn(level); err != nil {
			return err
		}
	}
	return nil
}

// LevelInput is the part of a stock level that is set by hand.
type LevelInput struct {
	OnHand    int    `json:"on_hand"`
	ReorderAt int    `json:"reorder_at"`
	Bin       string `json:"bin"`
}

// SetLevel records a stocktaking. The product must be in the catalogue.
func (s *Service) SetLevel(ctx context.Context, productID int64, in LevelInput) (models.StockLevel, error) {
	if _, err := s.products.Product(ctx, productID); err != nil {
		return models.StockLevel{}, fmt.Errorf("set stock: %w", err)
	}
	now := s.clock.Now()
	err := s.db.InTx(ctx, func(tx *sql.Tx) error {
		return s.upsertLevel(ctx, tx, productID, in, now)
	})
	if err != nil {
		return models.StockLevel{}, fmt.Errorf("set stock of product %d: %w", productID, err)
	}
	return s.Level(ctx, productID)
}

// Adjust adds delta, which may be negative, to what is on hand.
func (s *Service) Adjust(ctx context.Context, productID int64, delta int, reason string) (models.StockLevel, error) {
	level, err := s.Level(ctx, productID)
	if err != nil {
		return models.StockLevel{}, err
	}
	now := s.clock.Now()
	err = s.db.InTx(ctx, func(tx *sql.Tx) error {
		ok, err := s.addOnHand(ctx, tx, productID, delta, now)
		if err != nil {
			return err
		}
		if !ok {
			return &OutOfStockError{ProductID: productID, Requested: -delta, Available: level.Available()}
		}
		return s.insertMovement(ctx, tx, productID, delta, reason, nil, now)
	})
	if err != nil {
		return models.StockLevel{}, fmt.Errorf("adjust stock of product %d: %w", productID, err)
	}
	level, err = s.Level(ctx, productID)
	if err != nil {
		return models.StockLevel{}, err
	}
	s.warnIfLow(ctx, level)
	return level, nil
}

func (s *Service) warnIfLow(ctx context.Context, level models.StockLevel) {
	if level.Available() > level.ReorderAt {
		return
	}
	s.bus.Publish(ctx, models.TopicStockLow, models.StockLow{
		ProductID: level.ProductID, Available: level.Available(), ReorderAt: level.ReorderAt,
	})
}
