package orders_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"example.com/shop/internal/billing"
	"example.com/shop/internal/cart"
	"example.com/shop/internal/catalogue"
	"example.com/shop/internal/customers"
	"example.com/shop/internal/events"
	"example.com/shop/internal/inventory"
	"example.com/shop/internal/models"
	"example.com/shop/internal/orders"
	"example.com/shop/internal/pagination"
	"example.com/shop/internal/payments"
	"example.com/shop/internal/shoptest"
	"example.com/shop/internal/storage"
	"example.com/shop/internal/web"
)

func count(t *testing.T, db *storage.DB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestCheckout(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	ada := s.Customer(t, "ada@example.com")
	tea, pot := s.Product(t, "TEA-1", 1000, 10), s.Product(t, "POT-1", 3000, 3)
	c := s.Cart(t, ada, tea, pot)
	o, err := s.Orders.Checkout(t.Context(), orders.CheckoutRequest{
		CartID: c.ID, CustomerID: ada.ID, PaymentMethod: "card", PaymentToken: "tok_visa", Note: "ring twice",
	})
	if err != nil {
		t.Fatal(err)
	}
	// 40.00 + 4.90 shipping, 19 % tax on both.
	if o.Subtotal != models.EUR(4000) || o.Shipping != models.EUR(490) || o.Tax != models.EUR(853) || o.Total != models.EUR(5343) {
		t.Errorf("amounts = %v %v %v %v", o.Subtotal, o.Shipping, o.Tax, o.Total)
	}
	loaded, err := s.Orders.Order(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	if loaded.PlacedAt != o.PlacedAt || loaded.Total != o.Total || loaded.Note != "ring twice" || len(loaded.Lines) != 2 {
		t.Errorf("loaded %+v", loaded)
	}
	if loaded.ShipTo != "Lindenweg 4, 10115 Berlin, DE" || loaded.Status != models.OrderPending {
		t.Errorf("ship to %q, status %s", loaded.ShipTo, loaded.Status)
	}
	level, err := s.Inventory.Level(t.Context(), pot.ID)
	if err != nil || level.OnHand != 2 || level.Reserved != 0 {
		t.Errorf("stock = %+v, %v", level, err)
	}
	paid, err := s.Payments.ForOrder(t.Context(), o.ID)
	if err != nil || len(paid) != 1 || paid[0].Amount != o.Total || paid[0].Status != models.PaymentAuthorized {
		t.Errorf("payments = %+v, %v", paid, err)
	}
	if bought, err := s.Carts.Cart(t.Context(), c.ID); err != nil || bought.Status != models.CartCheckedOut {
		t.Errorf("cart = %+v, %v", bought, err)
	}
	if inv, err := s.Billing.ForOrder(t.Context(), o.ID); err != nil || inv.Total != o.Total || len(inv.Lines) != 2 {
		t.Errorf("invoice = %+v, %v", inv, err)
	}
	if n := count(t, s.DB, `SELECT COUNT(*) FROM event_log WHERE topic IN ('order.placed', 'stock.low', 'invoice.issued')`); n != 3 {
		t.Errorf("%d events, want order.placed, invoice.issued and stock.low of the pot", n)
	}
}

// Whatever fails in the transaction, nothing of the order stays.
func TestCheckoutIsAtomic(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	ada := s.Customer(t, "ada@example.com")
	tea, pot := s.Product(t, "TEA-1", 1000, 10), s.Product(t, "POT-1", 3000, 1)
	c := s.Cart(t, ada, tea, pot)
	// The reservation expires and someone takes the last pot off the shelf.
	s.Clock.Advance(16 * time.Minute)
	if n, err := s.Inventory.ExpireReservations(t.Context()); err != nil || n != 2 {
		t.Fatalf("expired %d, %v", n, err)
	}
	if _, err := s.Inventory.Adjust(t.Context(), pot.ID, -1, "broken"); err != nil {
		t.Fatal(err)
	}
	_, err := s.Orders.Checkout(t.Context(), orders.CheckoutRequest{
		CartID: c.ID, CustomerID: ada.ID, PaymentMethod: "card", PaymentToken: "tok_visa",
	})
	var out *inventory.OutOfStockError
	if !errors.As(err, &out) || out.ProductID != pot.ID || out.Available != 0 {
		t.Fatalf("error = %v, want out of stock", err)
	}
	for _, table := range []string{"orders", "order_lines", "payments", "invoices"} {
		if n := count(t, s.DB, `SELECT COUNT(*) FROM `+table); n != 0 {
			t.Errorf("%s has %d rows after the rollback", table, n)
		}
	}
	if got := s.Inventory.Available(t.Context(), tea.ID); got != 10 {
		t.Errorf("tea available = %d, want 10", got)
	}
	if open, err := s.Carts.Cart(t.Context(), c.ID); err != nil || open.Status != models.CartOpen {
		t.Errorf("cart = %+v, %v", open, err)
	}
}

func TestCheckoutRefusals(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	ada := s.Customer(t, "ada@example.com")
	homeless, err := s.Customers.Register(t.Context(), customers.Registration{Email: "h@example.com", Name: "H", Country: "DE"})
	if err != nil {
		t.Fatal(err)
	}
	closed := s.Customer(t, "closed@example.com")
	tea := s.Product(t, "TEA-1", 1000, 10)
	full, empty := s.Cart(t, ada, tea), s.Cart(t, ada)
	if err := s.Customers.Close(t.Context(), closed.ID); err != nil {
		t.Fatal(err)
	}
	ok := orders.CheckoutRequest{CartID: full.ID, CustomerID: ada.ID, PaymentMethod: "card", PaymentToken: "tok_visa"}
	tests := []struct {
		name   string
		change func(*orders.CheckoutRequest)
		want   error
	}{
		{"unknown customer", func(r *orders.CheckoutRequest) { r.CustomerID = 99 }, customers.ErrNotFound},
		{"closed account", func(r *orders.CheckoutRequest) { r.CustomerID = closed.ID }, customers.ErrInactive},
		{"no address", func(r *orders.CheckoutRequest) { r.CustomerID = homeless.ID }, orders.ErrNoAddress},
		{"unknown cart", func(r *orders.CheckoutRequest) { r.CartID = "x" }, cart.ErrNotFound},
		{"empty cart", func(r *orders.CheckoutRequest) { r.CartID = empty.ID }, orders.ErrEmptyCart},
		{"unknown method", func(r *orders.CheckoutRequest) { r.PaymentMethod = "gold" }, payments.ErrUnknownProvider},
		{"declined", func(r *orders.CheckoutRequest) { r.PaymentToken = "tok_decline" }, payments.ErrDeclined},
	}
	for _, tt := range tests {
		req := ok
		tt.change(&req)
		if _, err := s.Orders.Checkout(t.Context(), req); !errors.Is(err, tt.want) {
			t.Errorf("%s: error = %v, want %v", tt.name, err, tt.want)
		}
	}
	var fields web.FieldErrors
	if _, err := s.Orders.Checkout(t.Context(), orders.CheckoutRequest{}); !errors.As(err, &fields) || len(fields) != 3 {
		t.Errorf("nothing given: error = %v, fields %v", err, fields)
	}
	req := ok
	req.PaymentToken = "tok_decline"
	var declined *payments.DeclinedError
	if _, err := s.Orders.Checkout(t.Context(), req); !errors.As(err, &declined) || declined.Code != "do_not_honor" {
		t.Errorf("declined: error = %v", err)
	}
	if _, err := s.Orders.Checkout(t.Context(), ok); err != nil {
		t.Fatalf("after all refusals: %v", err)
	}
	if _, err := s.Orders.Checkout(t.Context(), ok); !errors.Is(err, cart.ErrCheckedOut) {
		t.Errorf("twice: error = %v", err)
	}
}

// The maximum per order can be lowered while a product lies in a cart.
func TestCheckoutAsksTheCatalogueAgain(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	ada := s.Customer(t, "ada@example.com")
	tea := s.Product(t, "TEA-1", 1000, 10)
	c := s.Cart(t, ada, tea)
	if _, err := s.Carts.SetQuantity(t.Context(), c.ID, tea.ID, 5); err != nil {
		t.Fatal(err)
	}
	limit := 2
	if _, err := s.Catalogue.UpdateProduct(t.Context(), tea.ID, catalogue.ProductUpdate{MaxPerOrder: &limit}); err != nil {
		t.Fatal(err)
	}
	_, err := s.Orders.Checkout(t.Context(), orders.CheckoutRequest{
		CartID: c.ID, CustomerID: ada.ID, PaymentMethod: "card", PaymentToken: "tok_visa",
	})
	var invalid *catalogue.InvalidProductError
	if !errors.As(err, &invalid) || invalid.ProductID != tea.ID || invalid.Reason != "must be at most 2" {
		t.Errorf("error = %v", err)
	}
}

// counter counts how often the catalogue is asked.
type counter struct {
	orders.ProductChecker
	calls int
}

func (c *counter) CheckOrderable(ctx context.Context, id int64, quantity int) (models.Product, error) {
	c.calls++
	return c.ProductChecker.CheckOrderable(ctx, id, quantity)
}

func TestCheckoutChecksEachProduct(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	checker := &counter{ProductChecker: s.Catalogue}
	deps := s.Orders.Deps
	deps.Catalogue = checker
	checkouts := orders.New(s.DB, deps, s.Bus, s.Clock, s.Log)
	ada := s.Customer(t, "ada@example.com")
	c := s.Cart(t, ada, s.Product(t, "AAA", 100, 5), s.Product(t, "BBB", 100, 5), s.Product(t, "CCC", 100, 5))
	o, err := checkouts.Checkout(t.Context(), orders.CheckoutRequest{
		CartID: c.ID, CustomerID: ada.ID, PaymentMethod: "card", PaymentToken: "tok_visa",
	})
	if err != nil || len(o.Lines) != 3 {
		t.Fatalf("order = %+v, %v", o, err)
	}
	if checker.calls != 3 {
		t.Errorf("asked %d times, want once for each of the 3 products", checker.calls)
	}
}

func TestBankTransfer(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	ada := s.Customer(t, "ada@example.com")
	c := s.Cart(t, ada, s.Product(t, "TEA-1", 6000, 10))
	o, err := s.Orders.Checkout(t.Context(), orders.CheckoutRequest{CartID: c.ID, CustomerID: ada.ID, PaymentMethod: "bank_transfer"})
	if err != nil {
		t.Fatal(err)
	}
	if !o.Shipping.IsZero() {
		t.Errorf("shipping = %v, want free from 50.00", o.Shipping)
	}
	notes, err := s.Events.Notifications(t.Context(), ada.ID, true)
	if err != nil {
		t.Fatal(err)
	}
	if len(notes) == 0 || !notes[0].Urgent || !strings.Contains(notes[0].Body, "71.40 EUR") {
		t.Errorf("notifications = %+v", notes)
	}
}

func TestTaxRateIsCached(t *testing.T) {
	s := shoptest.New(t)
	traveller, err := s.Customers.Register(t.Context(), customers.Registration{Email: "t@example.com", Name: "T", Country: "NO"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Customers.AddAddress(t.Context(), traveller.ID, customers.AddressInput{Street: "1", City: "Oslo", PostalCode: "0150", Country: "NO"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Billing.SetTaxRate(t.Context(), "NO", 2500); err != nil {
		t.Fatal(err)
	}
	// The row is gone, but billing has put the rate into the cache.
	if _, err := s.DB.ExecContext(t.Context(), `DELETE FROM tax_rates WHERE country = 'NO'`); err != nil {
		t.Fatal(err)
	}
	o := s.Order(t, traveller, s.Product(t, "TEA-1", 10000, 5))
	if o.Tax != models.EUR(2500) {
		t.Errorf("tax = %v, want 25.00", o.Tax)
	}
	models.TaxRatesMu.Lock()
	delete(models.TaxRates, "NO")
	models.TaxRatesMu.Unlock()
	if o := s.Order(t, traveller, s.Product(t, "TEA-2", 10000, 5)); !o.Tax.IsZero() {
		t.Errorf("tax without rate = %v", o.Tax)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	tea := s.Product(t, "TEA-1", 1000, 10)
	o := s.Order(t, s.Customer(t, "ada@example.com"), tea)
	cancelled, err := s.Orders.Cancel(t.Context(), o.ID)
	if err != nil || cancelled.Status != models.OrderCancelled {
		t.Fatalf("cancel: %+v, %v", cancelled, err)
	}
	if got := s.Inventory.Available(t.Context(), tea.ID); got != 10 {
		t.Errorf("available = %d, want 10", got)
	}
	paid, err := s.Payments.ForOrder(t.Context(), o.ID)
	if err != nil || paid[0].Status != models.PaymentVoided {
		t.Errorf("payments = %+v, %v", paid, err)
	}
	if inv, err := s.Billing.ForOrder(t.Context(), o.ID); err != nil || inv.Status != models.InvoiceVoided {
		t.Errorf("invoice = %+v, %v", inv, err)
	}
	if _, err := s.Orders.Cancel(t.Context(), o.ID); !errors.Is(err, orders.ErrWrongStatus) {
		t.Errorf("cancel twice: error = %v", err)
	}
	if _, err := s.Orders.Cancel(t.Context(), 99); !errors.Is(err, orders.ErrNotFound) {
		t.Errorf("unknown: error = %v", err)
	}
}

func TestShip(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	o := s.Order(t, s.Customer(t, "ada@example.com"), s.Product(t, "TEA-1", 1000, 10))
	if _, err := s.Orders.Ship(t.Context(), o.ID); !errors.Is(err, orders.ErrWrongStatus) {
		t.Errorf("ship unpaid: error = %v", err)
	}
	paid, err := s.Payments.ForOrder(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Payments.Capture(t.Context(), paid[0].ID); err != nil {
		t.Fatal(err)
	}
	shipped := 0
	events.Subscribe(s.Bus, models.TopicOrderShipped, func(_ context.Context, _ models.OrderEvent) error {
		shipped++
		return nil
	})
	if got, err := s.Orders.Ship(t.Context(), o.ID); err != nil || got.Status != models.OrderShipped {
		t.Errorf("ship: %+v, %v", got, err)
	}
	if shipped != 1 {
		t.Errorf("%d events, want 1", shipped)
	}
}

// The note is only changed if the order is as the caller has seen it: the
// times are compared with ==.
func TestSetNote(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	o := s.Order(t, s.Customer(t, "ada@example.com"), s.Product(t, "TEA-1", 1000, 10))
	s.Clock.Advance(time.Minute)
	changed, err := s.Orders.SetNote(t.Context(), o.ID, " leave at the door ", o.UpdatedAt)
	if err != nil || changed.Note != "leave at the door" {
		t.Fatalf("note: %+v, %v", changed, err)
	}
	if _, err := s.Orders.SetNote(t.Context(), o.ID, "too late", o.UpdatedAt); !errors.Is(err, orders.ErrChanged) {
		t.Errorf("stale: error = %v, want ErrChanged", err)
	}
	loaded, err := s.Orders.Order(t.Context(), o.ID)
	if err != nil || loaded.UpdatedAt != changed.UpdatedAt {
		t.Errorf("updated_at = %v, want %v", loaded.UpdatedAt, changed.UpdatedAt)
	}
}

// The inventory sorts the lines that it gets by the place in the warehouse.
func TestPickingList(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	z, m, a := s.Product(t, "ZZZ", 100, 5), s.Product(t, "MMM", 100, 5), s.Product(t, "AAA", 100, 5)
	o := s.Order(t, s.Customer(t, "ada@example.com"), z, m, a)
	lines, err := s.Orders.PickingList(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	var bins []string
	for _, line := range lines {
		bins = append(bins, line.Bin)
	}
	if got := strings.Join(bins, " "); got != "Z-AAA Z-MMM Z-ZZZ" {
		t.Errorf("bins = %s", got)
	}
	// The caller's own slice is what is sorted.
	mine := o.Lines
	if err := s.Inventory.ArrangeForPicking(t.Context(), mine); err != nil {
		t.Fatal(err)
	}
	if mine[0].SKU != "AAA" || o.Lines[0].SKU != "AAA" {
		t.Errorf("first line = %+v, want AAA", mine[0])
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	ada, bob := s.Customer(t, "ada@example.com"), s.Customer(t, "bob@example.com")
	tea := s.Product(t, "TEA-1", 1000, 50)
	first := s.Order(t, ada, tea)
	s.Clock.Advance(time.Hour)
	second := s.Order(t, bob, tea)
	third := s.Order(t, ada, tea)
	if _, err := s.Orders.Cancel(t.Context(), third.ID); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		opts []orders.ListOption
		want []int64
	}{
		{"all", nil, []int64{third.ID, second.ID, first.ID}},
		{"customer", []orders.ListOption{orders.OfCustomer(ada.ID)}, []int64{third.ID, first.ID}},
		{"status", []orders.ListOption{orders.WithStatus("pending")}, []int64{second.ID, first.ID}},
		{"since", []orders.ListOption{orders.PlacedSince(second.PlacedAt)}, []int64{third.ID, second.ID}},
		{"both", []orders.ListOption{orders.OfCustomer(bob.ID), orders.WithStatus("cancelled")}, nil},
	}
	for _, tt := range tests {
		page, err := s.Orders.List(t.Context(), pagination.Request{}, tt.opts...)
		if err != nil {
			t.Fatal(err)
		}
		if page.Items == nil || len(page.Items) != len(tt.want) || page.Total != len(tt.want) {
			t.Errorf("%s: %d of %d orders, want %d", tt.name, len(page.Items), page.Total, len(tt.want))
			continue
		}
		for i, o := range page.Items {
			if o.ID != tt.want[i] {
				t.Errorf("%s: order %d is %d, want %d", tt.name, i, o.ID, tt.want[i])
			}
		}
	}
	page, err := s.Orders.List(t.Context(), pagination.Request{Page: 2, PerPage: 2})
	if err != nil || len(page.Items) != 1 || page.Pages() != 2 {
		t.Errorf("second page = %+v, %v", page, err)
	}
}

func TestSalesReport(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	ada, bob := s.Customer(t, "ada@example.com"), s.Customer(t, "bob@example.com")
	tea, pot := s.Product(t, "TEA-1", 1000, 50), s.Product(t, "POT-1", 9000, 50)
	s.Order(t, ada, tea)
	s.Order(t, ada, tea)
	big := s.Order(t, bob, pot)
	report, err := s.Orders.SalesReport(t.Context(), "EUR", shoptest.Start, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(report) != 2 || report[0].CustomerID != bob.ID || report[0].Revenue != big.Total || report[1].Orders != 2 || report[1].Email != "ada@example.com" {
		t.Errorf("report = %+v", report)
	}
	none, err := s.Orders.SalesReport(t.Context(), "USD", shoptest.Start, 10)
	if err != nil || none == nil || len(none) != 0 {
		t.Errorf("dollars = %#v, %v", none, err)
	}
}

func TestInvoiceCSV(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	o := s.Order(t, s.Customer(t, "ada@example.com"), s.Product(t, "TEA-1", 1000, 10))
	r, err := s.Orders.Invoices.OrderCSV(t.Context(), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(content), "INV-"+o.Number+",Test Customer,DE,open,EUR,1490,283,1773,2026-03-02,shop\n") {
		t.Errorf("csv = %s", content)
	}
	if _, err := s.Orders.Invoices.OrderCSV(t.Context(), 99); !errors.Is(err, billing.ErrNotFound) {
		t.Errorf("unknown: error = %v", err)
	}
}
