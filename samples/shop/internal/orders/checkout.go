package orders

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/shop/internal/customers"
	"example.com/shop/internal/events"
	"example.com/shop/internal/models"
	"example.com/shop/internal/payments"
	"example.com/shop/internal/web"
)

// CheckoutRequest says which cart to buy, for whom, and how it is paid.
type CheckoutRequest struct {
	CartID        string `json:"cart_id"`
	CustomerID    int64  `json:"customer_id"`
	PaymentMethod string `json:"payment_method"`
	PaymentToken  string `json:"payment_token"`
	Note          string `json:"note"`
}

func (req CheckoutRequest) validate() error {
	errs := web.FieldErrors{}
	errs.Check(req.CartID != "", "cart_id", "is required")
	errs.Check(req.CustomerID > 0, "customer_id", "is required")
	errs.Check(req.PaymentMethod != "", "payment_method", "is required")
	errs.Check(len(req.Note) <= 500, "note", "must be at most 500 characters")
	return errs.Err()
}

// Shipping costs in minor units. Big orders ship for free.
const (
	shippingCost     = 490
	freeShippingFrom = 5000
)

// Checkout turns a cart into an order. Order, stock and payment are written in
// one transaction: it all happens or nothing does.
func (s *Service) Checkout(ctx context.Context, req CheckoutRequest) (models.Order, error) {
	if err := req.validate(); err != nil {
		return models.Order{}, err
	}
	o, err := s.draft(ctx, req)
	if err != nil {
		return models.Order{}, fmt.Errorf("check out: %w", err)
	}
	auth, err := s.Payments.Authorize(ctx, req.PaymentMethod, req.PaymentToken, o.Total)
	if err != nil {
		return models.Order{}, fmt.Errorf("check out: %w", err)
	}
	if err := s.place(ctx, &o, auth); err != nil {
		return models.Order{}, fmt.Errorf("check out: %w", err)
	}
	s.log.InfoContext(ctx, "order placed", "order", o.Number, "total", o.Total.String(), "tenant", web.Tenant(ctx))
	s.bus.Publish(ctx, models.TopicOrderPlaced, orderEvent(o))
	s.Inventory.WarnLow(ctx, productIDs(o.Lines))
	if auth.Provider() == "bank_transfer" {
		s.Events.Notify(ctx, o.CustomerID, "How to pay order "+o.Number, events.Urgent(),
			events.WithBody("Please transfer %s with the reference %s.", auth.Amount(), auth.Reference()))
	}
	return o, nil
}

// place writes everything that makes an order.
func (s *Service) place(ctx context.Context, o *models.Order, auth *payments.Authorization) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer tx.Rollback()
	if err := s.insertOrder(ctx, tx, o); err != nil {
		return fmt.Errorf("save order: %w", err)
	}
	if err := s.Inventory.CommitTx(ctx, tx, o.CartID, o.ID, o.Lines); err != nil {
		return err
	}
	if _, err := s.Payments.RecordTx(ctx, tx, o.ID, auth); err != nil {
		return err
	}
	if err := s.closeCart(ctx, tx, o.CartID, o.PlacedAt); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}

// draft computes the order of a cart without saving anything.
func (s *Service) draft(ctx context.Context, req CheckoutRequest) (models.Order, error) {
	customer, err := s.Customers.ActiveCustomer(ctx, req.CustomerID)
	if err != nil {
		return models.Order{}, err
	}
	address, err := s.Customers.DefaultAddress(ctx, customer.ID)
	if errors.Is(err, customers.ErrAddressNotFound) {
		return models.Order{}, fmt.Errorf("customer %d: %w", customer.ID, ErrNoAddress)
	}
	if err != nil {
		return models.Order{}, err
	}
	c, err := s.Carts.Cart(ctx, req.CartID)
	if err != nil {
		return models.Order{}, err
	}
	lines, err := s.orderLines(ctx, req.CartID)
	if err != nil {
		return models.Order{}, err
	}
	now := s.clock.Now()
	o := models.Order{
		Number: newNumber(now), CustomerID: customer.ID, CartID: req.CartID, Status: models.OrderPending,
		ShipTo: address.OneLine(), Country: address.Country, Note: req.Note,
		PlacedAt: now, UpdatedAt: now, Lines: lines,
	}
	return o, s.addUp(ctx, &o, c.Currency)
}

func (s *Service) orderLines(ctx context.Context, cartID string) ([]models.OrderLine, error) {
	cartLines, err := s.Carts.Lines(ctx, cartID)
	if err != nil {
		return nil, err
	}
	if len(cartLines) == 0 {
		return nil, ErrEmptyCart
	}
	lines := make([]models.OrderLine, 0, len(cartLines))
	for i, cl := range cartLines {
		product, err := s.Catalogue.CheckOrderable(ctx, cl.ProductID, cl.Quantity)
		if err != nil {
			return nil, err
		}
		lines = append(lines, models.OrderLine{
			LineNo: i + 1, ProductID: product.ID, SKU: product.SKU, Name: product.Name,
			Quantity: cl.Quantity, UnitPrice: cl.UnitPrice, LineTotal: cl.LineTotal,
		})
	}
	return lines, nil
}

// addUp computes subtotal, shipping, tax and total.
func (s *Service) addUp(ctx context.Context, o *models.Order, currency string) error {
	o.Subtotal = models.Money{Currency: currency}
	var err error
	for _, line := range o.Lines {
		if o.Subtotal, err = o.Subtotal.Add(line.LineTotal); err != nil {
			return err
		}
	}
	o.Shipping = models.Money{Amount: shippingCost, Currency: currency}
	if o.Subtotal.Amount >= freeShippingFrom {
		o.Shipping.Amount = 0
	}
	net, err := o.Subtotal.Add(o.Shipping)
	if err != nil {
		return err
	}
	rate, err := s.taxRate(ctx, o.Country)
	if err != nil {
		return err
	}
	o.Tax = net.Percent(rate)
	o.Total, err = net.Add(o.Tax)
	return err
}

// taxRate returns the tax rate of a country in basis points. Countries that we
// have no rate for are not taxed.
func (s *Service) taxRate(ctx context.Context, country string) (int, error) {
	models.TaxRatesMu.RLock()
	rate, ok := models.TaxRates[country]
	models.TaxRatesMu.RUnlock()
	if ok {
		return rate, nil
	}
	err := s.db.QueryRowContext(ctx, `SELECT basis_points FROM tax_rates WHERE country = ?`, country).Scan(&rate)
	if errors.Is(err, sql.ErrNoRows) {
		s.log.WarnContext(ctx, "no tax rate, assume none", "country", country)
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("load tax rate of %s: %w", country, err)
	}
	models.TaxRatesMu.Lock()
	models.TaxRates[country] = rate
	models.TaxRatesMu.Unlock()
	return rate, nil
}

// newNumber makes up an order number like 20260114-3F9A2C51.
func newNumber(now time.Time) string {
	return now.Format("20060102") + "-" + strings.ToUpper(web.NewID()[:8])
}

func productIDs(lines []models.OrderLine) []int64 {
	ids := make([]int64, len(lines))
	for i, line := range lines {
		ids[i] = line.ProductID
	}
	return ids
}
