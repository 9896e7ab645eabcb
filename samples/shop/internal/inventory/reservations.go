package inventory

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"example.com/shop/internal/models"
)

// Reserve holds quantity pieces of a product for a cart, instead of what the
// cart held before. Zero releases them.
func (s *Service) Reserve(ctx context.Context, cartID string, productID int64, quantity int) error {
	level, err := s.Level(ctx, productID)
	if err != nil {
		return err
	}
	now := s.clock.Now()
	err = s.db.InTx(ctx, func(tx *sql.Tx) error {
		held, err := s.releaseHeld(ctx, tx, cartID, productID)
		if err != nil || quantity == 0 {
			return err
		}
		ok, err := s.addReserved(ctx, tx, productID, quantity, now)
		if err != nil {
			return err
		}
		if !ok {
			return &OutOfStockError{ProductID: productID, Requested: quantity, Available: level.Available() + held}
		}
		return s.insertReservation(ctx, tx, cartID, productID, quantity, now, now.Add(s.ttl))
	})
	if err != nil {
		return fmt.Errorf("reserve product %d: %w", productID, err)
	}
	return nil
}

// CommitTx takes the lines of an order out of the stock, in the transaction of
// the checkout. What the cart had reserved is used up; if its reservation has
// expired, free stock is taken.
func (s *Service) CommitTx(ctx context.Context, tx *sql.Tx, cartID string, orderID int64, lines []models.OrderLine) error {
	now := s.clock.Now()
	for _, line := range lines {
		if _, err := s.releaseHeld(ctx, tx, cartID, line.ProductID); err != nil {
			return fmt.Errorf("release reservation of product %d: %w", line.ProductID, err)
		}
		ok, err := s.addOnHand(ctx, tx, line.ProductID, -line.Quantity, now)
		if err != nil {
			return fmt.Errorf("take product %d from stock: %w", line.ProductID, err)
		}
		if !ok {
			return s.outOfStockTx(ctx, tx, line)
		}
		if err := s.insertMovement(ctx, tx, line.ProductID, -line.Quantity, "order", &orderID, now); err != nil {
			return fmt.Errorf("record movement of product %d: %w", line.ProductID, err)
		}
	}
	return nil
}

func (s *Service) outOfStockTx(ctx context.Context, tx *sql.Tx, line models.OrderLine) error {
	available := 0
	err := tx.QueryRowContext(ctx, `SELECT on_hand - reserved FROM stock_levels WHERE product_id = ?`, line.ProductID).Scan(&available)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("load stock of product %d: %w", line.ProductID, err)
	}
	return &OutOfStockError{ProductID: line.ProductID, Requested: line.Quantity, Available: available}
}

// RestockTx puts the lines of a cancelled order back.
func (s *Service) RestockTx(ctx context.Context, tx *sql.Tx, orderID int64, lines []models.OrderLine) error {
	now := s.clock.Now()
	for _, line := range lines {
		if _, err := s.addOnHand(ctx, tx, line.ProductID, line.Quantity, now); err != nil {
			return fmt.Errorf("restock product %d: %w", line.ProductID, err)
		}
		if err := s.insertMovement(ctx, tx, line.ProductID, line.Quantity, "cancelled", &orderID, now); err != nil {
			return fmt.Errorf("record movement of product %d: %w", line.ProductID, err)
		}
	}
	return nil
}

// WarnLow announces the given products that have run low.
func (s *Service) WarnLow(ctx context.Context, productIDs []int64) {
	levels, err := s.levelsOf(ctx, productIDs)
	if err != nil {
		s.log.ErrorContext(ctx, "check for low stock", "error", err)
		return
	}
	for _, id := range productIDs {
		if level, ok := levels[id]; ok {
			s.warnIfLow(ctx, level)
		}
	}
}

// ExpireReservations releases what carts have held for too long and returns
// how many reservations that were.
func (s *Service) ExpireReservations(ctx context.Context) (int, error) {
	n := 0
	now := s.clock.Now()
	err := s.db.InTx(ctx, func(tx *sql.Tx) error {
		expired, err := s.expiredReservations(ctx, tx, now)
		if err != nil {
			return err
		}
		for _, r := range expired {
			if err := s.unreserve(ctx, tx, r.productID, r.quantity); err != nil {
				return err
			}
			if err := s.finishReservation(ctx, tx, r.id, "expired"); err != nil {
				return err
			}
		}
		n = len(expired)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("expire reservations: %w", err)
	}
	return n, nil
}

// Run expires reservations at each interval until ctx is done.
func (s *Service) Run(ctx context.Context, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		n, err := s.ExpireReservations(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "background job failed", "error", err)
		}
		if n > 0 {
			s.log.InfoContext(ctx, "reservations expired", "count", n)
		}
	}
}
