package billing

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"example.com/shop/internal/models"
	"example.com/shop/internal/pagination"
	"example.com/shop/internal/storage"
)

const invoiceColumns = `id, number, order_id, customer_name, country, status, currency, net, tax, total, source, issued_at, due_at, voided_at`

func scanInvoice(row storage.Scanner) (models.Invoice, error) {
	var inv models.Invoice
	var currency string
	err := row.Scan(&inv.ID, &inv.Number, &inv.OrderID, &inv.CustomerName, &inv.Country, &inv.Status, &currency,
		&inv.Net.Amount, &inv.Tax.Amount, &inv.Total.Amount, &inv.Source,
		storage.Time(&inv.IssuedAt), storage.Time(&inv.DueAt), storage.TimePtr(&inv.VoidedAt))
	inv.Net.Currency, inv.Tax.Currency, inv.Total.Currency = currency, currency, currency
	return inv, err
}

// draftFromOrder collects what an invoice needs from the order.
func (s *Service) draftFromOrder(ctx context.Context, orderID int64) (models.Invoice, error) {
	inv := models.Invoice{OrderID: &orderID, Status: models.InvoiceOpen, Source: "shop"}
	var number, currency string
	var subtotal, shipping int64
	err := s.db.QueryRowContext(ctx, `SELECT o.number, c.name, o.country, o.currency, o.subtotal, o.shipping, o.tax, o.total
		FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = ?`, orderID).
		Scan(&number, &inv.CustomerName, &inv.Country, &currency, &subtotal, &shipping, &inv.Tax.Amount, &inv.Total.Amount)
	if err != nil {
		return models.Invoice{}, err
	}
	inv.Number = "INV-" + number
	inv.Net = models.Money{Amount: subtotal + shipping, Currency: currency}
	inv.Tax.Currency, inv.Total.Currency = currency, currency
	rows, err := s.db.QueryContext(ctx, `SELECT line_no, name, quantity, unit_price, line_total FROM order_lines
		WHERE order_id = ? ORDER BY line_no`, orderID)
	inv.Lines, err = storage.Collect(rows, err, scanLine(currency))
	return inv, err
}

func scanLine(currency string) func(storage.Scanner) (models.InvoiceLine, error) {
	return func(row storage.Scanner) (models.InvoiceLine, error) {
		var l models.InvoiceLine
		err := row.Scan(&l.LineNo, &l.Description, &l.Quantity, &l.UnitPrice.Amount, &l.LineTotal.Amount)
		l.UnitPrice.Currency, l.LineTotal.Currency = currency, currency
		return l, err
	}
}

func (s *Service) insertInvoice(ctx context.Context, inv *models.Invoice) error {
	return s.db.InTx(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `INSERT INTO invoices
			(number, order_id, customer_name, country, status, currency, net, tax, total, source, issued_at, due_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			inv.Number, inv.OrderID, inv.CustomerName, inv.Country, inv.Status, inv.Total.Currency,
			inv.Net.Amount, inv.Tax.Amount, inv.Total.Amount, inv.Source, inv.IssuedAt, inv.DueAt).Scan(&inv.ID)
		if err != nil {
			return err
		}
		for _, l := range inv.Lines {
			_, err := tx.ExecContext(ctx, `INSERT INTO invoice_lines (invoice_id, line_no, description, quantity, unit_price, line_total)
				VALUES (?, ?, ?, ?, ?, ?)`, inv.ID, l.LineNo, l.Description, l.Quantity, l.UnitPrice.Amount, l.LineTotal.Amount)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) invoiceWhere(ctx context.Context, condition string, arg any) (models.Invoice, error) {
	inv, err := scanInvoice(s.db.QueryRowContext(ctx, `SELECT `+invoiceColumns+` FROM invoices WHERE `+condition, arg))
	if errors.Is(err, sql.ErrNoRows) {
		return models.Invoice{}, ErrNotFound
	}
	if err != nil {
		return models.Invoice{}, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT line_no, description, quantity, unit_price, line_total FROM invoice_lines
		WHERE invoice_id = ? ORDER BY line_no`, inv.ID)
	inv.Lines, err = storage.Collect(rows, err, scanLine(inv.Total.Currency))
	return inv, err
}

func (s *Service) listInvoices(ctx context.Context, status string, page pagination.Request) ([]models.Invoice, int, error) {
	where, args := ``, []any{}
	if status != "" {
		where, args = ` WHERE status = ?`, []any{status}
	}
	var total int
	if err := s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM invoices`+where, args...).Scan(&total); err != nil {
		return nil, 0, err
	}
	query := fmt.Sprintf(`SELECT %s FROM invoices%s ORDER BY issued_at DESC, id DESC LIMIT %d OFFSET %d`,
		invoiceColumns, where, page.Limit(), page.Offset())
	rows, err := s.db.QueryContext(ctx, query, args...)
	invoices, err := storage.Collect(rows, err, scanInvoice)
	return invoices, total, err
}

func (s *Service) invoicesBetween(ctx context.Context, from, to time.Time) ([]models.Invoice, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT `+invoiceColumns+` FROM invoices WHERE issued_at >= ? AND issued_at < ? ORDER BY issued_at, id`, from, to)
	return storage.Collect(rows, err, scanInvoice)
}

func (s *Service) numberTaken(ctx context.Context, number string) (bool, error) {
	var n int
	err := s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM invoices WHERE number = ?`, number).Scan(&n)
	return n > 0, err
}

func (s *Service) voidInvoice(ctx context.Context, id int64, now time.Time) error {
	_, err := s.db.ExecContext(ctx, `UPDATE invoices SET status = 'voided', voided_at = ? WHERE id = ?`, now, id)
	return err
}

func (s *Service) voidForOrder(ctx context.Context, orderID int64, now time.Time) error {
	_, err := s.db.ExecContext(ctx, `UPDATE invoices SET status = 'voided', voided_at = ? WHERE order_id = ? AND status <> 'voided'`, now, orderID)
	return err
}

func (s *Service) markPaid(ctx context.Context, orderID int64) error {
	_, err := s.db.ExecContext(ctx, `UPDATE invoices SET status = 'paid' WHERE order_id = ? AND status = 'open'`, orderID)
	return err
}

func (s *Service) allTaxRates(ctx context.Context) ([]models.TaxRate, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT country, basis_points, updated_at FROM tax_rates ORDER BY country`)
	return storage.Collect(rows, err, func(row storage.Scanner) (models.TaxRate, error) {
		var rate models.TaxRate
		err := row.Scan(&rate.Country, &rate.BasisPoints, storage.Time(&rate.UpdatedAt))
		return rate, err
	})
}

func (s *Service) upsertTaxRate(ctx context.Context, rate models.TaxRate) error {
	_, err := s.db.ExecContext(ctx, `INSERT INTO tax_rates (country, basis_points, updated_at) VALUES (?, ?, ?)
		ON CONFLICT (country) DO UPDATE SET basis_points = excluded.basis_points, updated_at = excluded.updated_at`,
		rate.Country, rate.BasisPoints, rate.UpdatedAt)
	return err
}
