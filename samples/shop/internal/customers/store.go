package customers

import (
	"context"
	"database/sql"

	"example.com/shop/internal/models"
	"example.com/shop/internal/pagination"
	"example.com/shop/internal/storage"
)

const customerColumns = `id, email, name, phone, country, language, marketing, active, created_at, updated_at`

func scanCustomer(row storage.Scanner) (models.Customer, error) {
	var c models.Customer
	err := row.Scan(&c.ID, &c.Email, &c.Name, &c.Phone, &c.Country, &c.Language, &c.Marketing, &c.Active,
		storage.Time(&c.CreatedAt), storage.Time(&c.UpdatedAt))
	return c, err
}

func (s *Service) customerByID(ctx context.Context, id int64) (models.Customer, error) {
	return scanCustomer(s.db.QueryRowContext(ctx, `SELECT `+customerColumns+` FROM customers WHERE id = ?`, id))
}

func (s *Service) insertCustomer(ctx context.Context, c models.Customer) (int64, error) {
	var id int64
	err := s.db.QueryRowContext(ctx, `INSERT INTO customers
		(email, name, phone, country, language, marketing, active, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		c.Email, c.Name, c.Phone, c.Country, c.Language, c.Marketing, c.Active, c.CreatedAt, c.UpdatedAt).Scan(&id)
	return id, err
}

func (s *Service) updateCustomer(ctx context.Context, c models.Customer) error {
	_, err := s.db.ExecContext(ctx, `UPDATE customers SET email = ?, name = ?, phone = ?, country = ?, language = ?,
		marketing = ?, active = ?, updated_at = ? WHERE id = ?`,
		c.Email, c.Name, c.Phone, c.Country, c.Language, c.Marketing, c.Active, c.UpdatedAt, c.ID)
	return err
}

func (s *Service) listCustomers(ctx context.Context, search string, page pagination.Request) ([]models.Customer, int, error) {
	where := ``
	var args []any
	if search != "" {
		where = ` WHERE LOWER(name) LIKE ? ESCAPE '\' OR email LIKE ? ESCAPE '\'`
		args = append(args, storage.LikePattern(search), storage.LikePattern(search))
	}
	var total int
	if err := s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM customers`+where, args...).Scan(&total); err != nil {
		return nil, 0, err
	}
	rows, err := s.db.QueryContext(ctx, `SELECT `+customerColumns+` FROM customers`+where+
		` ORDER BY created_at DESC, id DESC LIMIT ? OFFSET ?`, append(args, page.Limit(), page.Offset())...)
	customers, err := storage.Collect(rows, err, scanCustomer)
	return customers, total, err
}

const addressColumns = `id, customer_id, label, street, city, postal_code, country, is_default, created_at`

func scanAddress(row storage.Scanner) (models.Address, error) {
	var a models.Address
	err := row.Scan(&a.ID, &a.CustomerID, &a.Label, &a.Street, &a.City, &a.PostalCode, &a.Country, &a.IsDefault,
		storage.Time(&a.CreatedAt))
	return a, err
}

func (s *Service) addressesOf(ctx context.Context, customerID int64) ([]models.Address, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT `+addressColumns+` FROM addresses WHERE customer_id = ?
		ORDER BY is_default DESC, id`, customerID)
	return storage.Collect(rows, err, scanAddress)
}

func (s *Service) addressByID(ctx context.Context, customerID, id int64) (models.Address, error) {
	return scanAddress(s.db.QueryRowContext(ctx,
		`SELECT `+addressColumns+` FROM addresses WHERE id = ? AND customer_id = ?`, id, customerID))
}

// saveAddress inserts or updates a and keeps at most one default per customer.
func (s *Service) saveAddress(ctx context.Context, a *models.Address) error {
	return s.db.InTx(ctx, func(tx *sql.Tx) error {
		if a.IsDefault {
			_, err := tx.ExecContext(ctx, `UPDATE addresses SET is_default = FALSE WHERE customer_id = ?`, a.CustomerID)
			if err != nil {
				return err
			}
		}
		if a.ID != 0 {
			_, err := tx.ExecContext(ctx, `UPDATE addresses SET label = ?, street = ?, city = ?, postal_code = ?, country = ?,
				is_default = ? WHERE id = ?`, a.Label, a.Street, a.City, a.PostalCode, a.Country, a.IsDefault, a.ID)
			return err
		}
		return tx.QueryRowContext(ctx, `INSERT INTO addresses
			(customer_id, label, street, city, postal_code, country, is_default, created_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			a.CustomerID, a.Label, a.Street, a.City, a.PostalCode, a.Country, a.IsDefault, a.CreatedAt).Scan(&a.ID)
	})
}

func (s *Service) removeAddress(ctx context.Context, id int64) error {
	_, err := s.db.ExecContext(ctx, `DELETE FROM addresses WHERE id = ?`, id)
	return err
}
