package cart

import (
	"context"
	"database/sql"
	"time"

	"example.com/shop/internal/models"
	"example.com/shop/internal/storage"
)

type item struct {
	productID int64
	quantity  int
}

func (s *Service) insertCart(ctx context.Context, c models.Cart) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO carts (id, customer_id, currency, status, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)`,
		c.ID, c.CustomerID, c.Currency, c.Status, c.CreatedAt, c.UpdatedAt)
	return err
}

func (s *Service) cartByID(ctx context.Context, id string) (models.Cart, error) {
	var c models.Cart
	err := s.db.QueryRowContext(ctx, `SELECT id, customer_id, currency, status, created_at, updated_at FROM carts WHERE id = ?`, id).
		Scan(&c.ID, &c.CustomerID, &c.Currency, &c.Status, storage.Time(&c.CreatedAt), storage.Time(&c.UpdatedAt))
	return c, err
}

func (s *Service) itemsOf(ctx context.Context, id string) ([]item, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT product_id, quantity FROM cart_items WHERE cart_id = ? ORDER BY added_at, product_id`, id)
	return storage.Collect(rows, err, func(row storage.Scanner) (it item, err error) {
		err = row.Scan(&it.productID, &it.quantity)
		return it, err
	})
}

func (s *Service) hasItem(ctx context.Context, id string, productID int64) (bool, error) {
	var n int
	err := s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM cart_items WHERE cart_id = ? AND product_id = ?`, id, productID).Scan(&n)
	return n > 0, err
}

func (s *Service) saveItem(ctx context.Context, id string, productID int64, quantity int, now time.Time) error {
	return s.db.InTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO cart_items (cart_id, product_id, quantity, added_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (cart_id, product_id) DO UPDATE SET quantity = excluded.quantity`, id, productID, quantity, now)
		if err != nil {
			return err
		}
		return touch(ctx, tx, id, now)
	})
}

func (s *Service) deleteItem(ctx context.Context, id string, productID int64, now time.Time) error {
	return s.db.InTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM cart_items WHERE cart_id = ? AND product_id = ?`, id, productID)
		if err != nil {
			return err
		}
		return touch(ctx, tx, id, now)
	})
}

func touch(ctx context.Context, tx *sql.Tx, id string, now time.Time) error {
	_, err := tx.ExecContext(ctx, `UPDATE carts SET updated_at = ? WHERE id = ?`, now, id)
	return err
}

func (s *Service) deleteCart(ctx context.Context, id string) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM carts WHERE id = ?`, id)
	return err
}
