package orders

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/shop/internal/cart"
	"example.com/shop/internal/models"
	"example.com/shop/internal/pagination"
	"example.com/shop/internal/storage"
)

const orderColumns = `id, number, customer_id, cart_id, status, currency, subtotal, tax, shipping, total, ship_to, country, note, placed_at, updated_at`

func scanOrder(row storage.Scanner) (models.Order, error) {
	var o models.Order
	var currency string
	err := row.Scan(&o.ID, &o.Number, &o.CustomerID, &o.CartID, &o.Status, &currency,
		&o.Subtotal.Amount, &o.Tax.Amount, &o.Shipping.Amount, &o.Total.Amount,
		&o.ShipTo, &o.Country, &o.Note, storage.Time(&o.PlacedAt), storage.Time(&o.UpdatedAt))
	o.Subtotal.Currency, o.Tax.Currency, o.Shipping.Currency, o.Total.Currency = currency, currency, currency, currency
	return o, err
}

type listQuery struct {
	conditions []string
	args       []any
}

func (q *listQuery) add(condition string, arg any) {
	q.conditions = append(q.conditions, condition)
	q.args = append(q.args, arg)
}

func (q *listQuery) where() string {
	if len(q.conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(q.conditions, " AND ")
}

func (s *Service) listOrders(ctx context.Context, q listQuery, page pagination.Request) ([]models.Order, int, error) {
	var total int
	if err := s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM orders`+q.where(), q.args...).Scan(&total); err != nil {
		return nil, 0, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT `+orderColumns+` FROM orders`+q.where()+` ORDER BY placed_at DESC, id DESC LIMIT ? OFFSET ?`,
		append(q.args, page.Limit(), page.Offset())...)
	orders, err := storage.Collect(rows, err, scanOrder)
	return orders, total, err
}

func (s *Service) orderByID(ctx context.Context, id int64) (models.Order, error) {
	o, err := scanOrder(s.db.QueryRowContext(ctx, `SELECT `+orderColumns+` FROM orders WHERE id = ?`, id))
	if err != nil {
		return models.Order{}, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT line_no, product_id, sku, name, quantity, unit_price, line_total
		FROM order_lines WHERE order_id = ? ORDER BY line_no`, id)
	o.Lines, err = storage.Collect(rows, err, func(row storage.Scanner) (l models.OrderLine, err error) {
		err = row.Scan(&l.LineNo, &l.ProductID, &l.SKU, &l.Name, &l.Quantity, &l.UnitPrice.Amount, &l.LineTotal.Amount)
		l.UnitPrice.Currency, l.LineTotal.Currency = o.Total.Currency, o.Total.Currency
		return l, err
	})
	return o, err
}

func (s *Service) insertOrder(ctx context.Context, tx *sql.Tx, o *models.Order) error {
	err := tx.QueryRowContext(ctx, `INSERT INTO orders
		(number, customer_id, cart_id, status, currency, subtotal, tax, shipping, total, ship_to, country, note, placed_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		o.Number, o.CustomerID, o.CartID, o.Status, o.Total.Currency, o.Subtotal.Amount, o.Tax.Amount, o.Shipping.Amount,
		o.Total.Amount, o.ShipTo, o.Country, o.Note, o.PlacedAt, o.UpdatedAt).Scan(&o.ID)
	if storage.IsUniqueViolation(err) {
		return fmt.Errorf("cart %s: %w", o.CartID, cart.ErrCheckedOut)
	}
	if err != nil {
		return err
	}
	for _, l := range o.Lines {
		_, err := tx.ExecContext(ctx, `INSERT INTO order_lines (order_id, line_no, product_id, sku, name, quantity, unit_price, line_total)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, o.ID, l.LineNo, l.ProductID, l.SKU, l.Name, l.Quantity, l.UnitPrice.Amount, l.LineTotal.Amount)
		if err != nil {
			return err
		}
	}
	return nil
}

// closeCart makes sure that a cart is bought only once.
func (s *Service) closeCart(ctx context.Context, tx *sql.Tx, cartID string, now time.Time) error {
	res, err := tx.ExecContext(ctx, `UPDATE carts SET status = 'checked_out', updated_at = ? WHERE id = ? AND status = 'open'`, now, cartID)
	if err != nil {
		return fmt.Errorf("close cart: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("cart %s: %w", cartID, cart.ErrCheckedOut))
	}
	return nil
}

func (s *Service) moveStatus(ctx context.Context, tx *sql.Tx, o models.Order, from, to string, now time.Time) error {
	res, err := tx.ExecContext(ctx, `UPDATE orders SET status = ?, updated_at = ? WHERE id = ? AND status = ?`, to, now, o.ID, from)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("is %s, not %s: %w", o.Status, from, ErrWrongStatus))
	}
	return nil
}

func (s *Service) updateNote(ctx context.Context, o models.Order) error {
	_, err := s.db.ExecContext(ctx, `UPDATE orders SET note = ?, updated_at = ? WHERE id = ?`, o.Note, o.UpdatedAt, o.ID)
	return err
}

func (s *Service) salesByCustomer(ctx context.Context, currency string, since time.Time, limit int) ([]SalesRow, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT c.id, c.name, c.email, COUNT(*), CAST(SUM(o.total) AS BIGINT) AS revenue
		FROM orders o JOIN customers c ON c.id = o.customer_id
		WHERE o.currency = ? AND o.placed_at >= ? AND o.status <> 'cancelled'
		GROUP BY c.id, c.name, c.email ORDER BY revenue DESC, c.id LIMIT ?`, currency, since, limit)
	return storage.Collect(rows, err, func(row storage.Scanner) (SalesRow, error) {
		r := SalesRow{Revenue: models.Money{Currency: currency}}
		err := row.Scan(&r.CustomerID, &r.Name, &r.Email, &r.Orders, &r.Revenue.Amount)
		return r, err
	})
}
