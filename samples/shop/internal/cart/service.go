// Package cart has the shopping carts.
package cart

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"

	"example.com/shop/internal/catalogue"
	"example.com/shop/internal/clock"
	"example.com/shop/internal/inventory"
	"example.com/shop/internal/models"
	"example.com/shop/internal/storage"
	"example.com/shop/internal/web"
)

// Errors of this package.
var (
	ErrNotFound   = errors.New("cart not found")
	ErrNotInCart  = errors.New("product is not in the cart")
	ErrCheckedOut = errors.New("cart is already checked out")
	ErrFull       = errors.New("cart is full")
)

// MaxItems is how many different products fit in a cart.
const MaxItems = 50

// CustomerLookup is what carts need to know about customers.
type CustomerLookup interface {
	ActiveCustomer(ctx context.Context, id int64) (models.Customer, error)
}

// Service manages carts.
type Service struct {
	db        *storage.DB
	catalogue *catalogue.Service
	inventory *inventory.Service
	customers CustomerLookup
	clock     clock.Clock
	log       *slog.Logger
}

// New returns a cart service.
func New(db *storage.DB, cat *catalogue.Service, inv *inventory.Service, customers CustomerLookup, clk clock.Clock, log *slog.Logger) *Service {
	return &Service{db: db, catalogue: cat, inventory: inv, customers: customers, clock: clk, log: log.With("domain", "cart")}
}

// View is a cart with its lines, priced in the currency of the cart.
type View struct {
	models.Cart
	Lines    []models.CartLine `json:"lines"`
	Subtotal models.Money      `json:"subtotal"`
	Warnings []string          `json:"warnings,omitempty"`
}

// Create opens an empty cart in the currency of the request.
func (s *Service) Create(ctx context.Context, customerID *int64) (models.Cart, error) {
	if customerID != nil {
		if _, err := s.customers.ActiveCustomer(ctx, *customerID); err != nil {
			return models.Cart{}, fmt.Errorf("create cart: %w", err)
		}
	}
	now := s.clock.Now()
	c := models.Cart{
		ID: web.NewID(), CustomerID: customerID, Currency: web.Currency(ctx),
		Status: models.CartOpen, CreatedAt: now, UpdatedAt: now,
	}
	if err := s.insertCart(ctx, c); err != nil {
		return models.Cart{}, fmt.Errorf("create cart: %w", err)
	}
	return c, nil
}

// Cart returns a cart without its lines.
func (s *Service) Cart(ctx context.Context, id string) (models.Cart, error) {
	c, err := s.cartByID(ctx, id)
	if errors.Is(err, sql.ErrNoRows) {
		return models.Cart{}, fmt.Errorf("cart %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return models.Cart{}, fmt.Errorf("load cart %s: %w", id, err)
	}
	return c, nil
}

// View returns a cart with all that the customer wants to see.
func (s *Service) View(ctx context.Context, id string) (View, error) {
	c, err := s.Cart(ctx, id)
	if err != nil {
		return View{}, err
	}
	lines, warnings, err := s.priceLines(ctx, c)
	if err != nil {
		return View{}, err
	}
	if err := s.inventory.FillAvailability(ctx, lines); err != nil {
		return View{}, fmt.Errorf("view cart %s: %w", id, err)
	}
	v := View{Cart: c, Lines: lines, Subtotal: models.Money{Currency: c.Currency}, Warnings: warnings}
	for _, line := range lines {
		if v.Subtotal, err = v.Subtotal.Add(line.LineTotal); err != nil {
			return View{}, fmt.Errorf("view cart %s: %w", id, err)
		}
	}
	return v, nil
}

// Lines returns the priced lines of an open cart.
func (s *Service) Lines(ctx context.Context, id string) ([]models.CartLine, error) {
	c, err := s.openCart(ctx, id)
	if err != nil {
		return nil, err
	}
	lines, warnings, err := s.priceLines(ctx, c)
	if err != nil {
		return nil, err
	}
	for _, w := range warnings {
		s.log.WarnContext(ctx, "cart line dropped", "cart", id, "reason", w)
	}
	return lines, nil
}

// priceLines looks each item up in the catalogue. Products that were taken off
// sale since they were added are left out, with a warning.
func (s *Service) priceLines(ctx context.Context, c models.Cart) ([]models.CartLine, []string, error) {
	items, err := s.itemsOf(ctx, c.ID)
	if err != nil {
		return nil, nil, fmt.Errorf("load items of cart %s: %w", c.ID, err)
	}
	lines := make([]models.CartLine, 0, len(items))
	var warnings []string
	for _, it := range items {
		product, err := s.catalogue.Product(ctx, it.productID)
		if errors.Is(err, catalogue.ErrNotFound) || err == nil && product.Status != models.ProductActive {
			warnings = append(warnings, fmt.Sprintf("product %d is no longer on sale", it.productID))
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("price cart %s: %w", c.ID, err)
		}
		price, err := s.catalogue.Price(ctx, it.productID, c.Currency)
		if errors.Is(err, catalogue.ErrNoPrice) {
			warnings = append(warnings, fmt.Sprintf("%s is not sold in %s", product.Name, c.Currency))
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("price cart %s: %w", c.ID, err)
		}
		lines = append(lines, models.CartLine{
			ProductID: product.ID, SKU: product.SKU, Name: product.Name, Quantity: it.quantity,
			UnitPrice: price, LineTotal: price.Times(it.quantity),
		})
	}
	return lines, warnings, nil
}

// AddItem puts quantity more pieces of a product into a cart.
func (s *Service) AddItem(ctx context.Context, id string, productID int64, quantity int) (View, error) {
	if quantity < 1 {
		return View{}, web.FieldErrors{"quantity": "must be at least 1"}
	}
	if _, err := s.openCart(ctx, id); err != nil {
		return View{}, err
	}
	items, err := s.itemsOf(ctx, id)
	if err != nil {
		return View{}, fmt.Errorf("load items of cart %s: %w", id, err)
	}
	had := 0
	for _, it := range items {
		if it.productID == productID {
			had = it.quantity
		}
	}
	if had == 0 && len(items) >= MaxItems {
		return View{}, fmt.Errorf("cart %s: %w", id, ErrFull)
	}
	if err := s.put(ctx, id, productID, had+quantity); err != nil {
		return View{}, err
	}
	return s.View(ctx, id)
}

// SetQuantity changes the quantity of a product that is in the cart.
func (s *Service) SetQuantity(ctx context.Context, id string, productID int64, quantity int) (View, error) {
	if quantity < 1 {
		return View{}, web.FieldErrors{"quantity": "must be at least 1"}
	}
	if _, err := s.openCart(ctx, id); err != nil {
		return View{}, err
	}
	if err := s.requireItem(ctx, id, productID); err != nil {
		return View{}, err
	}
	if err := s.put(ctx, id, productID, quantity); err != nil {
		return View{}, err
	}
	return s.View(ctx, id)
}

// put checks with the catalogue, reserves the stock and saves the item.
func (s *Service) put(ctx context.Context, id string, productID int64, quantity int) error {
	if _, err := s.catalogue.CheckOrderable(ctx, productID, quantity); err != nil {
		return fmt.Errorf("put into cart: %w", err)
	}
	if err := s.inventory.Reserve(ctx, id, productID, quantity); err != nil {
		return fmt.Errorf("put into cart: %w", err)
	}
	if err := s.saveItem(ctx, id, productID, quantity, s.clock.Now()); err != nil {
		return fmt.Errorf("put product %d into cart %s: %w", productID, id, err)
	}
	return nil
}

// RemoveItem takes a product out of a cart.
func (s *Service) RemoveItem(ctx context.Context, id string, productID int64) error {
	if _, err := s.openCart(ctx, id); err != nil {
		return err
	}
	if err := s.requireItem(ctx, id, productID); err != nil {
		return err
	}
	if err := s.inventory.Reserve(ctx, id, productID, 0); err != nil {
		return fmt.Errorf("remove from cart: %w", err)
	}
	if err := s.deleteItem(ctx, id, productID, s.clock.Now()); err != nil {
		return fmt.Errorf("remove product %d from cart %s: %w", productID, id, err)
	}
	return nil
}

// Delete throws a cart away and releases what it holds.
func (s *Service) Delete(ctx context.Context, id string) error {
	if _, err := s.openCart(ctx, id); err != nil {
		return err
	}
	items, err := s.itemsOf(ctx, id)
	if err != nil {
		return fmt.Errorf("load items of cart %s: %w", id, err)
	}
	for _, it := range items {
		if err := s.inventory.Reserve(ctx, id, it.productID, 0); err != nil {
			return fmt.Errorf("delete cart %s: %w", id, err)
		}
	}
	if err := s.deleteCart(ctx, id); err != nil {
		return fmt.Errorf("delete cart %s: %w", id, err)
	}
	return nil
}

func (s *Service) openCart(ctx context.Context, id string) (models.Cart, error) {
	c, err := s.Cart(ctx, id)
	if err != nil {
		return models.Cart{}, err
	}
	if c.Status != models.CartOpen {
		return models.Cart{}, fmt.Errorf("cart %s: %w", id, ErrCheckedOut)
	}
	return c, nil
}

func (s *Service) requireItem(ctx context.Context, id string, productID int64) error {
	ok, err := s.hasItem(ctx, id, productID)
	if err != nil {
		return fmt.Errorf("load item of cart %s: %w", id, err)
	}
	if !ok {
		return fmt.Errorf("product %d: %w", productID, ErrNotInCart)
	}
	return nil
}
