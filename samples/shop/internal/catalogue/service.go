// Package catalogue knows the products, their categories and prices.
package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"example.com/shop/internal/clock"
	"example.com/shop/internal/models"
	"example.com/shop/internal/storage"
)

// Service answers everything about products.
type Service struct {
	db    *storage.DB
	clock clock.Clock
	log   *slog.Logger
}

// New returns a catalogue on db.
func New(db *storage.DB, clk clock.Clock, log *slog.Logger) *Service {
	return &Service{db: db, clock: clk, log: log.With("domain", "catalogue")}
}

// Filter narrows ListProducts. The zero value lists all active products.
type Filter struct {
	Category string // slug
	Search   string // part of name, SKU or description
	Tag      string
	Status   models.ProductStatus // active if empty
	Sort     string               // "name" (default), "newest" or "sku"
	Limit    int                  // 20 if zero
	Offset   int
}

// ProductInput is a new product.
type ProductInput struct {
	SKU         string
	Name        string
	Description string
	CategoryID  int64
	Status      models.ProductStatus // active if empty
	MaxPerOrder int                  // 10 if zero
	WeightGrams int
	Tags        []string
	Attributes  map[string]string
	Prices      []models.Money
}

// ProductUpdate changes a product. Nil fields stay as they are; an empty,
// non-nil slice or map clears the tags or attributes.
type ProductUpdate struct {
	Name        *string
	Description *string
	CategoryID  *int64
	Status      *models.ProductStatus
	MaxPerOrder *int
	WeightGrams *int
	Tags        []string
	Attributes  map[string]string
}

const (
	defaultMaxPerOrder = 10
	defaultLimit       = 20
	maxLimit           = 100
)

// Product returns one product, archived or not.
func (s *Service) Product(ctx context.Context, id int64) (models.Product, error) {
	p, err := s.productByID(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return models.Product{}, fmt.Errorf("product %d: %w", id, ErrNotFound)
	}
	if err != nil {
		return models.Product{}, fmt.Errorf("load product %d: %w", id, err)
	}
	return p, nil
}

// ProductBySKU returns the product with the given stock keeping unit.
func (s *Service) ProductBySKU(ctx context.Context, sku string) (*models.Product, error) {
	p, err := s.productBySKU(ctx, sku)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("sku %q: %w", sku, ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("load product %q: %w", sku, err)
	}
	return &p, nil
}

// ProductsByID returns the products with the given ids by id. Ids that do not
// exist are left out.
func (s *Service) ProductsByID(ctx context.Context, ids []int64) (map[int64]models.Product, error) {
	products := make(map[int64]models.Product, len(ids))
	if len(ids) == 0 {
		return products, nil
	}
	found, err := s.productsByIDs(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("load %d products: %w", len(ids), err)
	}
	for _, p := range found {
		products[p.ID] = p
	}
	return products, nil
}

// ListProducts returns the products that match f and how many there are in
// all. The slice is empty, never nil, when there are none.
func (s *Service) ListProducts(ctx context.Context, f Filter) ([]models.Product, int, error) {
	if f.Limit <= 0 {
		f.Limit = defaultLimit
	}
	f.Limit = min(f.Limit, maxLimit)
	f.Offset = max(f.Offset, 0)
	if f.Status == "" {
		f.Status = models.ProductActive
	}
	if f.Category != "" {
		if _, err := s.CategoryBySlug(ctx, f.Category); err != nil {
			return nil, 0, err
		}
	}
	products, total, err := s.listProducts(ctx, f)
	if err != nil {
		return nil, 0, fmt.Errorf("list products: %w", err)
	}
	return products, total, nil
}

// ChangedSince returns the products that were changed at or after since,
// oldest change first. It is nil when nothing changed.
func (s *Service) ChangedSince(ctx context.Context, since time.Time) ([]models.Product, error) {
	products, err := s.productsChangedSince(ctx, since.UTC())
	if err != nil {
		return nil, fmt.Errorf("list products changed since %s: %w", since.Format(time.RFC3339), err)
	}
	if len(products) == 0 {
		return nil, nil
	}
	return products, nil
}

// CreateProduct adds a product with its prices. It returns an
// *InvalidProductError when the input is bad and ErrDuplicate when the SKU is
// taken.
func (s *Service) CreateProduct(ctx context.Context, in ProductInput) (models.Product, error) {
	now := s.clock.Now()
	p := models.Product{
		SKU: strings.ToUpper(strings.TrimSpace(in.SKU)), Slug: slugify(in.Name),
		Name: strings.TrimSpace(in.Name), Description: strings.TrimSpace(in.Description),
		CategoryID: in.CategoryID, Status: in.Status, MaxPerOrder: in.MaxPerOrder,
		WeightGrams: in.WeightGrams, Tags: normalizeTags(in.Tags), Attributes: in.Attributes,
		CreatedAt: now, UpdatedAt: now,
	}
	if p.Status == "" {
		p.Status = models.ProductActive
	}
	if p.MaxPerOrder == 0 {
		p.MaxPerOrder = defaultMaxPerOrder
	}
	if err := s.check(ctx, p); err != nil {
		return models.Product{}, err
	}
	for _, price := range in.Prices {
		if err := checkPrice(0, price); err != nil {
			return models.Product{}, err
		}
	}
	id, err := s.insertProduct(ctx, p, in.Prices)
	if storage.IsUniqueViolation(err) {
		return models.Product{}, fmt.Errorf("create product %s: %w", p.SKU, ErrDuplicate)
	}
	if err != nil {
		return models.Product{}, fmt.Errorf("create product %s: %w", p.SKU, err)
	}
	p.ID = id
	s.log.InfoContext(ctx, "product created", "product", id, "sku", p.SKU)
	return p, nil
}

// UpdateProduct changes a product and returns it as it is then.
func (s *Service) UpdateProduct(ctx context.Context, id int64, in ProductUpdate) (models.Product, error) {
	p, err := s.Product(ctx, id)
	if err != nil {
		return models.Product{}, err
	}
	if p.Status == models.ProductArchived {
		return models.Product{}, &InvalidProductError{ProductID: id, Field: "status", Reason: "archived products cannot be changed"}
	}
	in.apply(&p)
	p.UpdatedAt = s.clock.Now()
	if err := s.check(ctx, p); err != nil {
		return models.Product{}, err
	}
	err = s.updateProduct(ctx, p)
	if storage.IsUniqueViolation(err) {
		return models.Product{}, fmt.Errorf("update product %d: %w", id, ErrDuplicate)
	}
	if err != nil {
		return models.Product{}, fmt.Errorf("update product %d: %w", id, err)
	}
	return p, nil
}

func (in ProductUpdate) apply(p *models.Product) {
	if in.Name != nil {
		p.Name = strings.TrimSpace(*in.Name)
		p.Slug = slugify(*in.Name)
	}
	if in.Description != nil {
		p.Description = strings.TrimSpace(*in.Description)
	}
	if in.CategoryID != nil {
		p.CategoryID = *in.CategoryID
	}
	if in.Status != nil {
		p.Status = *in.Status
	}
	if in.MaxPerOrder != nil {
		p.MaxPerOrder = *in.MaxPerOrder
	}
	if in.WeightGrams != nil {
		p.WeightGrams = *in.WeightGrams
	}
	if in.Tags != nil {
		p.Tags = normalizeTags(in.Tags)
	}
	if in.Attributes != nil {
		p.Attributes = in.Attributes
	}
}

// ArchiveProduct takes a product off sale for good. Archiving twice is fine.
func (s *Service) ArchiveProduct(ctx context.Context, id int64) error {
	p, err := s.Product(ctx, id)
	if err != nil {
		return err
	}
	if p.Status == models.ProductArchived {
		return nil
	}
	if err := s.archiveProduct(ctx, id, s.clock.Now()); err != nil {
		return fmt.Errorf("archive product %d: %w", id, err)
	}
	s.log.InfoContext(ctx, "product archived", "product", id)
	return nil
}

// CheckOrderable returns the product if quantity pieces of it may be ordered,
// otherwise ErrNotFound or an *InvalidProductError.
func (s *Service) CheckOrderable(ctx context.Context, id int64, quantity int) (models.Product, error) {
	p, err := s.Product(ctx, id)
	if err != nil {
		return models.Product{}, err
	}
	switch {
	case p.Status != models.ProductActive:
		return models.Product{}, &InvalidProductError{ProductID: id, Field: "status", Reason: "is not on sale"}
	case quantity < 1:
		return models.Product{}, &InvalidProductError{ProductID: id, Field: "quantity", Reason: "must be at least 1"}
	case quantity > p.MaxPerOrder:
		return models.Product{}, &InvalidProductError{
			ProductID: id, Field: "quantity", Reason: fmt.Sprintf("must be at most %d", p.MaxPerOrder),
		}
	}
	return p, nil
}
