package catalogue

import (
	"context"
	"regexp"
	"strings"
	"unicode"

	"example.com/shop/internal/models"
)

var skuPattern = regexp.MustCompile(`^[A-Z0-9][A-Z0-9-]{2,31}$`)

// check validates a product before it is saved.
func (s *Service) check(ctx context.Context, p models.Product) error {
	invalid := func(field, reason string) error {
		return &InvalidProductError{ProductID: p.ID, Field: field, Reason: reason}
	}
	switch {
	case !skuPattern.MatchString(p.SKU):
		return invalid("sku", "must be 3 to 32 letters, digits or dashes")
	case p.Name == "" || p.Slug == "":
		return invalid("name", "must have letters or digits")
	case len(p.Name) > 200:
		return invalid("name", "must be at most 200 characters")
	case len(p.Description) > 5000:
		return invalid("description", "must be at most 5000 characters")
	case p.MaxPerOrder < 1 || p.MaxPerOrder > 1000:
		return invalid("max_per_order", "must be from 1 to 1000")
	case p.WeightGrams < 0:
		return invalid("weight_grams", "must not be negative")
	case p.Status != models.ProductActive && p.Status != models.ProductDraft:
		return invalid("status", "must be active or draft")
	}
	for _, tag := range p.Tags {
		if strings.Contains(tag, ",") || len(tag) > 40 {
			return invalid("tags", "must be short and without commas")
		}
	}
	return s.requireCategory(ctx, p.CategoryID)
}

// slugify turns a name into the last part of a URL.
func slugify(name string) string {
	var b strings.Builder
	dash := false
	for _, r := range strings.ToLower(strings.TrimSpace(name)) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if dash && b.Len() > 0 {
				b.WriteByte('-')
			}
			dash = false
			b.WriteRune(r)
		default:
			dash = true
		}
	}
	return b.String()
}

// normalizeTags lowers, trims and deduplicates tags and keeps their order.
// The result is a new slice, never nil.
func normalizeTags(tags []string) []string {
	out := make([]string, 0, len(tags))
	seen := make(map[string]bool, len(tags))
	for _, tag := range tags {
		tag = strings.ToLower(strings.TrimSpace(tag))
		if tag == "" || seen[tag] {
			continue
		}
		seen[tag] = true
		out = append(out, tag)
	}
	return out
}
