package catalogue

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"example.com/shop/internal/models"
	"example.com/shop/internal/storage"
)

const productColumns = `p.id, p.sku, p.slug, p.name, p.description, p.category_id, p.status, p.max_per_order,
	p.weight_grams, p.tags, p.attributes, p.created_at, p.updated_at, p.archived_at`

func scanProduct(row storage.Scanner) (models.Product, error) {
	var p models.Product
	var tags, attributes string
	err := row.Scan(&p.ID, &p.SKU, &p.Slug, &p.Name, &p.Description, &p.CategoryID, &p.Status, &p.MaxPerOrder,
		&p.WeightGrams, &tags, &attributes, storage.Time(&p.CreatedAt), storage.Time(&p.UpdatedAt), storage.TimePtr(&p.ArchivedAt))
	if err != nil {
		return models.Product{}, err
	}
	p.Tags = splitTags(tags)
	if attributes != "" {
		if err := json.Unmarshal([]byte(attributes), &p.Attributes); err != nil {
			return models.Product{}, fmt.Errorf("product %d: attributes: %w", p.ID, err)
		}
	}
	return p, nil
}

func (s *Service) productByID(ctx context.Context, id int64) (models.Product, error) {
	return scanProduct(s.db.QueryRowContext(ctx, `SELECT `+productColumns+` FROM products p WHERE p.id = ?`, id))
}

func (s *Service) productBySKU(ctx context.Context, sku string) (models.Product, error) {
	return scanProduct(s.db.QueryRowContext(ctx,
		`SELECT `+productColumns+` FROM products p WHERE p.sku = ?`, strings.ToUpper(sku)))
}

func (s *Service) productsByIDs(ctx context.Context, ids []int64) ([]models.Product, error) {
	args := make([]any, len(ids))
	for i, id := range ids {
		args[i] = id
	}
	query := fmt.Sprintf(`SELECT %s FROM products p WHERE p.id IN (%s) ORDER BY p.id`,
		productColumns, storage.Placeholders(len(ids)))
	rows, err := s.db.QueryContext(ctx, query, args...)
	return storage.Collect(rows, err, scanProduct)
}

func (s *Service) productsChangedSince(ctx context.Context, since time.Time) ([]models.Product, error) {
	rows, err := s.db.QueryContext(ctx,
		`SELECT `+productColumns+` FROM products p WHERE p.updated_at >= ? ORDER BY p.updated_at, p.id`, since)
	return storage.Collect(rows, err, scanProduct)
}

// sortOrders are the ORDER BY clauses a client can choose.
var sortOrders = map[string]string{
	"":       "p.name, p.id",
	"name":   "p.name, p.id",
	"newest": "p.created_at DESC, p.id DESC",
	"sku":    "p.sku",
}

func (s *Service) listProducts(ctx context.Context, f Filter) ([]models.Product, int, error) {
	from := ` FROM products p JOIN categories c ON c.id = p.category_id`
	where := ` WHERE p.status = ?`
	args := []any{string(f.Status)}
	if f.Category != "" {
		where += ` AND c.slug = ?`
		args = append(args, f.Category)
	}
	if f.Search != "" {
		where += ` AND (LOWER(p.name) LIKE ? ESCAPE '\' OR LOWER(p.sku) LIKE ? ESCAPE '\' OR LOWER(p.description) LIKE ? ESCAPE '\')`
		pattern := storage.LikePattern(f.Search)
		args = append(args, pattern, pattern, pattern)
	}
	if f.Tag != "" {
		where += ` AND ',' || p.tags || ',' LIKE ? ESCAPE '\'`
		args = append(args, storage.LikePattern(","+f.Tag+","))
	}
	var total int
	if err := s.db.QueryRowContext(ctx, `SELECT COUNT(*)`+from+where, args...).Scan(&total); err != nil {
		return nil, 0, err
	}
	order, ok := sortOrders[f.Sort]
	if !ok {
		return nil, 0, &InvalidProductError{Field: "sort", Reason: "must be name, newest or sku"}
	}
	rows, err := s.db.QueryContext(ctx, `SELECT `+productColumns+from+where+` ORDER BY `+order+` LIMIT ? OFFSET ?`,
		append(args, f.Limit, f.Offset)...)
	products, err := storage.Collect(rows, err, scanProduct)
	return products, total, err
}

func (s *Service) insertProduct(ctx context.Context, p models.Product, prices []models.Money) (int64, error) {
	attributes, err := encodeAttributes(p.Attributes)
	if err != nil {
		return 0, err
	}
	err = s.db.InTx(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `INSERT INTO products
			(sku, slug, name, description, category_id, status, max_per_order, weight_grams, tags, attributes, created_at, updated_at)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			p.SKU, p.Slug, p.Name, p.Description, p.CategoryID, string(p.Status), p.MaxPerOrder, p.WeightGrams,
			strings.Join(p.Tags, ","), attributes, p.CreatedAt, p.UpdatedAt).Scan(&p.ID)
		if err != nil {
			return err
		}
		for _, price := range prices {
			_, err := tx.ExecContext(ctx, `INSERT INTO product_prices (product_id, currency, amount, updated_at) VALUES (?, ?, ?, ?)`,
				p.ID, price.Currency, price.Amount, p.CreatedAt)
			if err != nil {
				return err
			}
		}
		return nil
	})
	return p.ID, err
}

func (s *Service) updateProduct(ctx context.Context, p models.Product) error {
	attributes, err := encodeAttributes(p.Attributes)
	if err != nil {
		return err
	}
	_, err = s.db.ExecContext(ctx, `UPDATE products SET slug = ?, name = ?, description = ?, category_id = ?, status = ?,
		max_per_order = ?, weight_grams = ?, tags = ?, attributes = ?, updated_at = ? WHERE id = ?`,
		p.Slug, p.Name, p.Description, p.CategoryID, string(p.Status),
		p.MaxPerOrder, p.WeightGrams, strings.Join(p.Tags, ","), attributes, p.UpdatedAt, p.ID)
	return err
}

func (s *Service) archiveProduct(ctx context.Context, id int64, now time.Time) error {
	_, err := s.db.ExecContext(ctx, `UPDATE products SET status = ?, archived_at = ?, updated_at = ? WHERE id = ?`,
		string(models.ProductArchived), now, now, id)
	return err
}

func (s *Service) priceAmount(ctx context.Context, productID int64, currency string) (int64, error) {
	var amount int64
	err := s.db.QueryRowContext(ctx, `SELECT amount FROM product_prices WHERE product_id = ? AND currency = ?`,
		productID, currency).Scan(&amount)
	return amount, err
}

func scanPrice(row storage.Scanner) (models.Price, error) {
	var p models.Price
	err := row.Scan(&p.ProductID, &p.Money.Currency, &p.Money.Amount, storage.Time(&p.UpdatedAt))
	return p, err
}

func (s *Service) pricesOf(ctx context.Context, productID int64) ([]models.Price, error) {
	rows, err := s.db.QueryContext(ctx,
		`SELECT product_id, currency, amount, updated_at FROM product_prices WHERE product_id = ? ORDER BY currency`, productID)
	return storage.Collect(rows, err, scanPrice)
}

func (s *Service) upsertPrice(ctx context.Context, productID int64, price models.Money, now time.Time) error {
	return s.db.InTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO product_prices (product_id, currency, amount, updated_at) VALUES (?, ?, ?, ?)
			ON CONFLICT (product_id, currency) DO UPDATE SET amount = excluded.amount, updated_at = excluded.updated_at`,
			productID, price.Currency, price.Amount, now)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE products SET updated_at = ? WHERE id = ?`, now, productID)
		return err
	})
}

const categoryColumns = `id, slug, name, parent_id, position`

func scanCategory(row storage.Scanner) (models.Category, error) {
	var c models.Category
	err := row.Scan(&c.ID, &c.Slug, &c.Name, &c.ParentID, &c.Position)
	return c, err
}

func (s *Service) allCategories(ctx context.Context) ([]models.Category, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT `+categoryColumns+` FROM categories ORDER BY position, name`)
	return storage.Collect(rows, err, scanCategory)
}

func (s *Service) categoryBySlug(ctx context.Context, slug string) (models.Category, error) {
	return scanCategory(s.db.QueryRowContext(ctx, `SELECT `+categoryColumns+` FROM categories WHERE slug = ?`, slug))
}

func (s *Service) categoryExists(ctx context.Context, id int64) (bool, error) {
	var n int
	err := s.db.QueryRowContext(ctx, `SELECT COUNT(*) FROM categories WHERE id = ?`, id).Scan(&n)
	return n > 0, err
}

func (s *Service) insertCategory(ctx context.Context, c models.Category) (int64, error) {
	var id int64
	err := s.db.QueryRowContext(ctx, `INSERT INTO categories (slug, name, parent_id, position) VALUES (?, ?, ?, ?) RETURNING id`,
		c.Slug, c.Name, c.ParentID, c.Position).Scan(&id)
	return id, err
}

func splitTags(tags string) []string {
	if tags == "" {
		return []string{}
	}
	return strings.Split(tags, ",")
}

func encodeAttributes(attributes map[string]string) (string, error) {
	if len(attributes) == 0 {
		return "", nil
	}
	b, err := json.Marshal(attributes)
	if err != nil {
		return "", fmt.Errorf("encode attributes: %w", err)
	}
	return string(b), nil
}
