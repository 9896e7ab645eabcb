// Package shoptest sets up a shop for tests: a migrated database of its own, a
// clock that stands still, and all services on them.
package shoptest

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"example.com/shop/internal/billing"
	"example.com/shop/internal/cart"
	"example.com/shop/internal/catalogue"
	"example.com/shop/internal/clock"
	"example.com/shop/internal/customers"
	"example.com/shop/internal/events"
	"example.com/shop/internal/inventory"
	"example.com/shop/internal/models"
	"example.com/shop/internal/orders"
	"example.com/shop/internal/payments"
	"example.com/shop/internal/recommendations"
	"example.com/shop/internal/storage"
	"example.com/shop/internal/webhooks"
)

// Start is when the clock of each test stands still.
var Start = time.Date(2026, time.March, 2, 9, 30, 0, 123456000, time.UTC)

// template is a migrated, empty database. Migrating takes longer than copying.
var template = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "shoptest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "template.db")
	db, err := storage.Open(context.Background(), name)
	if err != nil {
		return nil, err
	}
	if err := storage.Migrate(context.Background(), db); err != nil {
		db.Close()
		return nil, err
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(name)
})

// OpenDB returns a migrated SQLite database that is gone after the test.
func OpenDB(t testing.TB) *storage.DB {
	t.Helper()
	content, err := template()
	if err != nil {
		t.Fatalf("migrate template database: %v", err)
	}
	name := filepath.Join(t.TempDir(), "shop.db")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := storage.Open(context.Background(), name+"?_pragma=synchronous(OFF)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// Shop is all services on one database.
type Shop struct {
	DB    *storage.DB
	Clock *clock.Fixed
	Log   *slog.Logger
	Bus   *events.Bus

	Events          *events.Service
	Customers       *customers.Service
	Catalogue       *catalogue.Service
	Inventory       *inventory.Service
	Carts           *cart.Service
	Payments        *payments.Service
	Billing         *billing.Service
	Orders          *orders.Service
	Recommendations *recommendations.Service
	Webhooks        *webhooks.Service
}

// New returns a shop on a fresh SQLite database.
func New(t testing.TB) *Shop {
	t.Helper()
	return NewOn(OpenDB(t))
}

// NewOn returns a shop on db.
func NewOn(db *storage.DB) *Shop {
	clk := clock.NewFixed(Start)
	log := slog.New(slog.DiscardHandler)
	s := &Shop{DB: db, Clock: clk, Log: log, Bus: events.NewBus(clk, log)}
	s.Events = events.NewService(db, s.Bus, clk, log)
	s.Customers = customers.New(db, s.Bus, clk, log)
	s.Catalogue = catalogue.New(db, clk, log)
	s.Inventory = inventory.New(db, s.Catalogue, s.Bus, clk, log, 15*time.Minute)
	s.Carts = cart.New(db, s.Catalogue, s.Inventory, s.Customers, clk, log)
	s.Payments = payments.New(db, s.Bus, clk, log,
		payments.WithProvider(payments.NewCardGateway(clk, 500_000)),
		payments.WithProvider(payments.NewBankTransfer(clk, 14*24*time.Hour)),
		payments.WithRetries(1))
	s.Billing = billing.New(db, s.Bus, clk, log)
	s.Orders = orders.New(db, orders.Deps{
		Catalogue: s.Catalogue, Customers: s.Customers, Carts: s.Carts, Inventory: s.Inventory,
		Payments: s.Payments, Invoices: s.Billing, Events: s.Events,
	}, s.Bus, clk, log)
	s.Recommendations = recommendations.New(db, s.Catalogue, s.Inventory, clk, log)
	s.Webhooks = webhooks.New(db, s.Catalogue, s.Inventory, s.Billing, s.Bus, http.DefaultClient, clk, log)
	return s
}

// Category adds a category.
func (s *Shop) Category(t testing.TB, name string) models.Category {
	t.Helper()
	c, err := s.Catalogue.CreateCategory(t.Context(), name, nil, 0)
	if err != nil {
		t.Fatalf("add category: %v", err)
	}
	return c
}

// Product adds a product at a price in euro cents with some stock.
func (s *Shop) Product(t testing.TB, sku string, cents int64, stock int) models.Product {
	t.Helper()
	c, err := s.Catalogue.CategoryBySlug(t.Context(), "test")
	if err != nil {
		c = s.Category(t, "Test")
	}
	p, err := s.Catalogue.CreateProduct(t.Context(), catalogue.ProductInput{
		SKU: sku, Name: "Product " + sku, CategoryID: c.ID, Prices: []models.Money{models.EUR(cents)},
	})
	if err != nil {
		t.Fatalf("add product: %v", err)
	}
	_, err = s.Inventory.SetLevel(t.Context(), p.ID, inventory.LevelInput{OnHand: stock, ReorderAt: 2, Bin: "Z-" + sku})
	if err != nil {
		t.Fatalf("set stock: %v", err)
	}
	return p
}

// Customer adds a German customer with an address.
func (s *Shop) Customer(t testing.TB, email string) models.Customer {
	t.Helper()
	c, err := s.Customers.Register(t.Context(), customers.Registration{Email: email, Name: "Test Customer", Country: "DE"})
	if err != nil {
		t.Fatalf("register customer: %v", err)
	}
	_, err = s.Customers.AddAddress(t.Context(), c.ID, customers.AddressInput{
		Street: "Lindenweg 4", City: "Berlin", PostalCode: "10115", Country: "DE",
	})
	if err != nil {
		t.Fatalf("add address: %v", err)
	}
	return c
}

// Cart opens a cart with one piece of each product.
func (s *Shop) Cart(t testing.TB, customer models.Customer, products ...models.Product) models.Cart {
	t.Helper()
	c, err := s.Carts.Create(t.Context(), &customer.ID)
	if err != nil {
		t.Fatalf("create cart: %v", err)
	}
	for _, p := range products {
		if _, err := s.Carts.AddItem(t.Context(), c.ID, p.ID, 1); err != nil {
			t.Fatalf("add to cart: %v", err)
		}
	}
	return c
}

// Order places an order, paid by card, for one piece of each product.
func (s *Shop) Order(t testing.TB, customer models.Customer, products ...models.Product) models.Order {
	t.Helper()
	c := s.Cart(t, customer, products...)
	o, err := s.Orders.Checkout(t.Context(), orders.CheckoutRequest{
		CartID: c.ID, CustomerID: customer.ID, PaymentMethod: "card", PaymentToken: "tok_visa",
	})
	if err != nil {
		t.Fatalf("check out: %v", err)
	}
	return o
}
