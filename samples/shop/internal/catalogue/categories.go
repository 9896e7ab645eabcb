package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"example.com/shop/internal/models"
	"example.com/shop/internal/storage"
)

// Categories returns all categories in display order.
func (s *Service) Categories(ctx context.Context) ([]models.Category, error) {
	categories, err := s.allCategories(ctx)
	if err != nil {
		return nil, fmt.Errorf("list categories: %w", err)
	}
	return categories, nil
}

// CategoryBySlug returns one category.
func (s *Service) CategoryBySlug(ctx context.Context, slug string) (models.Category, error) {
	c, err := s.categoryBySlug(ctx, slug)
	if errors.Is(err, sql.ErrNoRows) {
		return models.Category{}, fmt.Errorf("category %q: %w", slug, ErrCategoryNotFound)
	}
	if err != nil {
		return models.Category{}, fmt.Errorf("load category %q: %w", slug, err)
	}
	return c, nil
}

// CreateCategory adds a category below parentID, or at the top if it is nil.
func (s *Service) CreateCategory(ctx context.Context, name string, parentID *int64, position int) (models.Category, error) {
	c := models.Category{Name: strings.TrimSpace(name), Slug: slugify(name), ParentID: parentID, Position: position}
	if c.Slug == "" {
		return models.Category{}, &InvalidProductError{Field: "name", Reason: "must have letters or digits"}
	}
	if parentID != nil {
		if err := s.requireCategory(ctx, *parentID); err != nil {
			return models.Category{}, err
		}
	}
	id, err := s.insertCategory(ctx, c)
	if storage.IsUniqueViolation(err) {
		return models.Category{}, fmt.Errorf("create category %q: %w", c.Slug, ErrDuplicate)
	}
	if err != nil {
		return models.Category{}, fmt.Errorf("create category %q: %w", c.Slug, err)
	}
	c.ID = id
	return c, nil
}

func (s *Service) requireCategory(ctx context.Context, id int64) error {
	ok, err := s.categoryExists(ctx, id)
	if err != nil {
		return fmt.Errorf("load category %d: %w", id, err)
	}
	if !ok {
		return fmt.Errorf("category %d: %w", id, ErrCategoryNotFound)
	}
	return nil
}
