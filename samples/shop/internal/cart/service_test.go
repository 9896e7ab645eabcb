package cart_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"example.com/shop/internal/cart"
	"example.com/shop/internal/catalogue"
	"example.com/shop/internal/clock"
	"example.com/shop/internal/customers"
	"example.com/shop/internal/events"
	"example.com/shop/internal/inventory"
	"example.com/shop/internal/models"
	"example.com/shop/internal/shoptest"
	"example.com/shop/internal/web"
)

func TestAddAndView(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	tea, pot := s.Product(t, "TEA-1", 790, 10), s.Product(t, "POT-1", 5490, 1)
	c := s.Cart(t, s.Customer(t, "ada@example.com"))
	if _, err := s.Carts.AddItem(t.Context(), c.ID, tea.ID, 2); err != nil {
		t.Fatal(err)
	}
	s.Clock.Advance(time.Second)
	if _, err := s.Carts.AddItem(t.Context(), c.ID, pot.ID, 1); err != nil {
		t.Fatal(err)
	}
	v, err := s.Carts.AddItem(t.Context(), c.ID, tea.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	if v.Subtotal != models.EUR(3*790+5490) || len(v.Lines) != 2 || v.Warnings != nil {
		t.Fatalf("view = %+v", v)
	}
	line := v.Lines[0]
	if line.SKU != "TEA-1" || line.Quantity != 3 || line.LineTotal != models.EUR(2370) || line.Available != 7 || !line.InStock {
		t.Errorf("first line = %+v", line)
	}
	if v.Lines[1].Available != 0 || v.Lines[1].InStock {
		t.Errorf("the last pot is reserved: %+v", v.Lines[1])
	}
	if v.UpdatedAt != shoptest.Start.Add(time.Second) {
		t.Errorf("updated_at = %v", v.UpdatedAt)
	}
}

// An empty cart has an empty list of lines, which clients see as [].
func TestEmptyCart(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	c := s.Cart(t, s.Customer(t, "ada@example.com"))
	v, err := s.Carts.View(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if v.Lines == nil || len(v.Lines) != 0 {
		t.Errorf("lines = %#v, want empty and not nil", v.Lines)
	}
}

func TestCatalogueErrorsReachTheCaller(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	tea := s.Product(t, "TEA-1", 790, 100)
	c := s.Cart(t, s.Customer(t, "ada@example.com"))
	if _, err := s.Carts.AddItem(t.Context(), c.ID, 999, 1); !errors.Is(err, catalogue.ErrNotFound) {
		t.Errorf("unknown product: error = %v, want catalogue.ErrNotFound", err)
	}
	_, err := s.Carts.AddItem(t.Context(), c.ID, tea.ID, 11)
	var invalid *catalogue.InvalidProductError
	if !errors.As(err, &invalid) {
		t.Fatalf("too many: error = %v, want an InvalidProductError", err)
	}
	if invalid.ProductID != tea.ID || invalid.Field != "quantity" || invalid.Reason != "must be at most 10" {
		t.Errorf("got %+v", *invalid)
	}
	if errors.Is(err, catalogue.ErrNotFound) {
		t.Error("an InvalidProductError is not ErrNotFound")
	}
	if want := fmt.Sprintf("put into cart: invalid product %d: quantity must be at most 10", tea.ID); err.Error() != want {
		t.Errorf("message = %q, want %q", err, want)
	}
}

func TestStockErrors(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	tea := s.Product(t, "TEA-1", 790, 3)
	ada, bob := s.Cart(t, s.Customer(t, "ada@example.com")), s.Cart(t, s.Customer(t, "bob@example.com"))
	if _, err := s.Carts.AddItem(t.Context(), ada.ID, tea.ID, 2); err != nil {
		t.Fatal(err)
	}
	_, err := s.Carts.AddItem(t.Context(), bob.ID, tea.ID, 2)
	var out *inventory.OutOfStockError
	if !errors.As(err, &out) || *out != (inventory.OutOfStockError{ProductID: tea.ID, Requested: 2, Available: 1}) {
		t.Fatalf("error = %v", err)
	}
	if err := s.Carts.Delete(t.Context(), ada.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Carts.AddItem(t.Context(), bob.ID, tea.ID, 3); err != nil {
		t.Errorf("deleting a cart must release its stock: %v", err)
	}
}

func TestChangeItems(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	tea := s.Product(t, "TEA-1", 790, 5)
	c := s.Cart(t, s.Customer(t, "ada@example.com"), tea)
	v, err := s.Carts.SetQuantity(t.Context(), c.ID, tea.ID, 4)
	if err != nil || v.Lines[0].Quantity != 4 || v.Lines[0].Available != 1 {
		t.Fatalf("set quantity: %+v, %v", v, err)
	}
	if err := s.Carts.RemoveItem(t.Context(), c.ID, tea.ID); err != nil {
		t.Fatal(err)
	}
	if got := s.Inventory.Available(t.Context(), tea.ID); got != 5 {
		t.Errorf("available = %d, want 5", got)
	}
	if err := s.Carts.RemoveItem(t.Context(), c.ID, tea.ID); !errors.Is(err, cart.ErrNotInCart) {
		t.Errorf("remove twice: error = %v", err)
	}
	if _, err := s.Carts.SetQuantity(t.Context(), c.ID, tea.ID, 1); !errors.Is(err, cart.ErrNotInCart) {
		t.Errorf("set removed: error = %v", err)
	}
	var fields web.FieldErrors
	if _, err := s.Carts.AddItem(t.Context(), c.ID, tea.ID, 0); !errors.As(err, &fields) {
		t.Errorf("zero: error = %v", err)
	}
	if _, err := s.Carts.SetQuantity(t.Context(), c.ID, tea.ID, 0); !errors.As(err, &fields) {
		t.Errorf("zero: error = %v", err)
	}
	if _, err := s.Carts.View(t.Context(), "nope"); !errors.Is(err, cart.ErrNotFound) {
		t.Errorf("unknown cart: error = %v", err)
	}
}

// Products that went off sale since they were added become warnings.
func TestWarnings(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	tea, coffee := s.Product(t, "TEA-1", 790, 5), s.Product(t, "COF-1", 990, 5)
	if _, err := s.Catalogue.SetPrice(t.Context(), coffee.ID, models.Money{Amount: 1090, Currency: "USD"}); err != nil {
		t.Fatal(err)
	}
	book := s.Product(t, "BOK-1", 1990, 5)
	if _, err := s.Catalogue.SetPrice(t.Context(), book.ID, models.Money{Amount: 2090, Currency: "USD"}); err != nil {
		t.Fatal(err)
	}
	c, err := s.Carts.Create(web.WithCurrency(t.Context(), "USD"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Currency != "USD" {
		t.Errorf("currency = %s, want that of the context", c.Currency)
	}
	for _, p := range []models.Product{tea, coffee, book} {
		if _, err := s.Carts.AddItem(t.Context(), c.ID, p.ID, 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Catalogue.ArchiveProduct(t.Context(), book.ID); err != nil {
		t.Fatal(err)
	}
	v, err := s.Carts.View(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Lines) != 1 || v.Lines[0].SKU != "COF-1" || v.Subtotal != (models.Money{Amount: 1090, Currency: "USD"}) {
		t.Errorf("lines = %+v, subtotal %v", v.Lines, v.Subtotal)
	}
	want := []string{"Product TEA-1 is not sold in USD", fmt.Sprintf("product %d is no longer on sale", book.ID)}
	if len(v.Warnings) != 2 || v.Warnings[0] != want[0] || v.Warnings[1] != want[1] {
		t.Errorf("warnings = %q, want %q", v.Warnings, want)
	}
	lines, err := s.Carts.Lines(t.Context(), c.ID)
	if err != nil || len(lines) != 1 {
		t.Errorf("lines to buy = %+v, %v", lines, err)
	}
}

func TestCartIsFull(t *testing.T) {
	t.Parallel()
	s := shoptest.New(t)
	c := s.Cart(t, s.Customer(t, "ada@example.com"))
	for i := range cart.MaxItems {
		p := s.Product(t, fmt.Sprintf("TEA-%d", i), 100, 5)
		if _, err := s.Carts.AddItem(t.Context(), c.ID, p.ID, 1); err != nil {
			t.Fatal(err)
		}
	}
	p := s.Product(t, "TEA-LAST", 100, 5)
	if _, err := s.Carts.AddItem(t.Context(), c.ID, p.ID, 1); !errors.Is(err, cart.ErrFull) {
		t.Errorf("error = %v, want ErrFull", err)
	}
}

type fakeCustomers map[int64]error

func (f fakeCustomers) ActiveCustomer(_ context.Context, id int64) (models.Customer, error) {
	return models.Customer{ID: id}, f[id]
}

func TestCreateChecksTheCustomer(t *testing.T) {
	t.Parallel()
	db := shoptest.OpenDB(t)
	clk := clock.NewFixed(shoptest.Start)
	log := slog.New(slog.DiscardHandler)
	cat := catalogue.New(db, clk, log)
	inv := inventory.New(db, cat, events.NewBus(clk, log), clk, log, time.Minute)
	carts := cart.New(db, cat, inv, fakeCustomers{7: customers.ErrInactive}, clk, log)
	closed := int64(7)
	if _, err := carts.Create(t.Context(), &closed); !errors.Is(err, customers.ErrInactive) {
		t.Errorf("error = %v, want ErrInactive", err)
	}
	if c, err := carts.Create(t.Context(), nil); err != nil || c.CustomerID != nil || c.Currency != "EUR" {
		t.Errorf("guest cart: %+v, %v", c, err)
	}
}
