package inventory

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"example.com/shop/internal/models"
	"example.com/shop/internal/storage"
)

const levelColumns = `product_id, on_hand, reserved, reorder_at, bin, updated_at`

func scanLevel(row storage.Scanner) (models.StockLevel, error) {
	var l models.StockLevel
	err := row.Scan(&l.ProductID, &l.OnHand, &l.Reserved, &l.ReorderAt, &l.Bin, storage.Time(&l.UpdatedAt))
	return l, err
}

func (s *Service) levelOf(ctx context.Context, productID int64) (models.StockLevel, error) {
	return scanLevel(s.db.QueryRowContext(ctx, `SELECT `+levelColumns+` FROM stock_levels WHERE product_id = ?`, productID))
}

func (s *Service) levelsOf(ctx context.Context, ids []int64) (map[int64]models.StockLevel, error) {
	byID := make(map[int64]models.StockLevel, len(ids))
	if len(ids) == 0 {
		return byID, nil
	}
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	rows, err := s.db.QueryContext(ctx, fmt.Sprintf(`SELECT %s FROM stock_levels WHERE product_id IN (%s)`,
		levelColumns, storage.Placeholders(len(ids))), args...)
	levels, err := storage.Collect(rows, err, scanLevel)
	for _, l := range levels {
		byID[l.ProductID] = l
	}
	return byID, err
}

func (s *Service) levelsBelow(ctx context.Context, threshold int) ([]models.StockLevel, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT `+levelColumns+` FROM stock_levels WHERE on_hand - reserved <= ?
		ORDER BY on_hand - reserved, product_id`, threshold)
	return storage.Collect(rows, err, scanLevel)
}

func (s *Service) upsertLevel(ctx context.Context, tx *sql.Tx, productID int64, in LevelInput, now time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO stock_levels (product_id, on_hand, reserved, reorder_at, bin, updated_at)
		VALUES (?, ?, 0, ?, ?, ?) ON CONFLICT (product_id) DO UPDATE
		SET on_hand = excluded.on_hand, reorder_at = excluded.reorder_at, bin = excluded.bin, updated_at = excluded.updated_at`,
		productID, in.OnHand, in.ReorderAt, in.Bin, now)
	if err != nil {
		return err
	}
	return s.insertMovement(ctx, tx, productID, in.OnHand, "stocktaking", nil, now)
}

// addOnHand changes the stock unless less than what is reserved would remain.
func (s *Service) addOnHand(ctx context.Context, tx *sql.Tx, productID int64, delta int, now time.Time) (bool, error) {
	res, err := tx.ExecContext(ctx, `UPDATE stock_levels SET on_hand = on_hand + ?, updated_at = ?
		WHERE product_id = ? AND on_hand - reserved + ? >= 0`, delta, now, productID, delta)
	return changed(res, err)
}

func (s *Service) addReserved(ctx context.Context, tx *sql.Tx, productID int64, delta int, now time.Time) (bool, error) {
	res, err := tx.ExecContext(ctx, `UPDATE stock_levels SET reserved = reserved + ?, updated_at = ?
		WHERE product_id = ? AND on_hand - reserved - ? >= 0`, delta, now, productID, delta)
	return changed(res, err)
}

func changed(res sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}

func (s *Service) insertMovement(ctx context.Context, tx *sql.Tx, productID int64, delta int, reason string, orderID *int64, now time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO stock_movements (product_id, delta, reason, order_id, created_at) VALUES (?, ?, ?, ?, ?)`,
		productID, delta, reason, orderID, now)
	return err
}

func (s *Service) insertReservation(ctx context.Context, tx *sql.Tx, cartID string, productID int64, quantity int, now, expires time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO stock_reservations (product_id, cart_id, quantity, status, expires_at, created_at)
		VALUES (?, ?, ?, 'held', ?, ?)`, productID, cartID, quantity, expires, now)
	return err
}

// releaseHeld gives back what a cart holds of a product and returns how much
// that was.
func (s *Service) releaseHeld(ctx context.Context, tx *sql.Tx, cartID string, productID int64) (int, error) {
	var held int
	err := tx.QueryRowContext(ctx, `SELECT CAST(COALESCE(SUM(quantity), 0) AS BIGINT) FROM stock_reservations
		WHERE cart_id = ? AND product_id = ? AND status = 'held'`, cartID, productID).Scan(&held)
	if err != nil || held == 0 {
		return 0, err
	}
	if err := s.unreserve(ctx, tx, productID, held); err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE stock_reservations SET status = 'released'
		WHERE cart_id = ? AND product_id = ? AND status = 'held'`, cartID, productID)
	return held, err
}

func (s *Service) unreserve(ctx context.Context, tx *sql.Tx, productID int64, quantity int) error {
	_, err := tx.ExecContext(ctx, `UPDATE stock_levels SET reserved = reserved - ? WHERE product_id = ?`, quantity, productID)
	return err
}

type reservation struct {
	id        int64
	productID int64
	quantity  int
}

func (s *Service) expiredReservations(ctx context.Context, tx *sql.Tx, now time.Time) ([]reservation, error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, product_id, quantity FROM stock_reservations
		WHERE status = 'held' AND expires_at <= ? ORDER BY id`, now)
	return storage.Collect(rows, err, func(row storage.Scanner) (r reservation, err error) {
		err = row.Scan(&r.id, &r.productID, &r.quantity)
		return r, err
	})
}

func (s *Service) finishReservation(ctx context.Context, tx *sql.Tx, id int64, status string) error {
	_, err := tx.ExecContext(ctx, `UPDATE stock_reservations SET status = ? WHERE id = ?`, status, id)
	return err
}
