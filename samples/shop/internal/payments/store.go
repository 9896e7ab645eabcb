package payments

import (
	"context"
	"database/sql"
	"errors"

	"example.com/shop/internal/models"
	"example.com/shop/internal/storage"
)

const paymentColumns = `id, order_id, provider, reference, status, amount, currency, authorized_at, captured_at, updated_at`

func scanPayment(row storage.Scanner) (models.Payment, error) {
	var p models.Payment
	err := row.Scan(&p.ID, &p.OrderID, &p.Provider, &p.Reference, &p.Status, &p.Amount.Amount, &p.Amount.Currency,
		storage.Time(&p.AuthorizedAt), storage.TimePtr(&p.CapturedAt), storage.Time(&p.UpdatedAt))
	return p, err
}

func (s *Service) paymentWhere(ctx context.Context, condition string, arg any) (models.Payment, error) {
	p, err := scanPayment(s.db.QueryRowContext(ctx, `SELECT `+paymentColumns+` FROM payments WHERE `+condition, arg))
	if errors.Is(err, sql.ErrNoRows) {
		return models.Payment{}, ErrNotFound
	}
	return p, err
}

func (s *Service) paymentsOf(ctx context.Context, orderID int64) ([]models.Payment, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT `+paymentColumns+` FROM payments WHERE order_id = ? ORDER BY id`, orderID)
	return storage.Collect(rows, err, scanPayment)
}

func (s *Service) insertPayment(ctx context.Context, tx *sql.Tx, p *models.Payment) error {
	return tx.QueryRowContext(ctx, `INSERT INTO payments
		(order_id, provider, reference, status, amount, currency, authorized_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		p.OrderID, p.Provider, p.Reference, p.Status, p.Amount.Amount, p.Amount.Currency, p.AuthorizedAt, p.UpdatedAt).Scan(&p.ID)
}

func (s *Service) refundedAmount(ctx context.Context, paymentID int64) (int64, error) {
	var sum int64
	err := s.db.QueryRowContext(ctx, `SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM refunds WHERE payment_id = ?`, paymentID).Scan(&sum)
	return sum, err
}

func (s *Service) saveRefund(ctx context.Context, r *models.Refund, full bool) error {
	return s.db.InTx(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `INSERT INTO refunds (payment_id, amount, currency, reason, reference, created_at)
			VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
			r.PaymentID, r.Amount.Amount, r.Amount.Currency, r.Reason, r.Reference, r.CreatedAt).Scan(&r.ID)
		if err != nil || !full {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE payments SET status = 'refunded', updated_at = ? WHERE id = ?`, r.CreatedAt, r.PaymentID)
		return err
	})
}
