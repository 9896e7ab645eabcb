package catalogue

import (
	"errors"
	"fmt"
)

// Errors of the catalogue. Test for them with errors.Is.
var (
	ErrNotFound         = errors.New("product not found")
	ErrCategoryNotFound = errors.New("category not found")
	ErrNoPrice          = errors.New("product has no price in this currency")
	ErrDuplicate        = errors.New("sku or slug is already taken")
)

// InvalidProductError says why a product cannot be saved or ordered.
type InvalidProductError struct {
	ProductID int64  // 0 for a product that does not exist yet
	Field     string // the JSON name of the field
	Reason    string
}

// Error implements error.
func (e *InvalidProductError) Error() string {
	if e.ProductID == 0 {
		return fmt.Sprintf("invalid product: %s %s", e.Field, e.Reason)
	}
	return fmt.Sprintf("invalid product %d: %s %s", e.ProductID, e.Field, e.Reason)
}
