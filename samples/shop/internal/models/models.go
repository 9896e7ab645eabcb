// Package models has the types that the whole shop talks about.
package models

import "time"

// Customer is a registered customer.
type Customer struct {
	ID        int64     `json:"id"`
	Email     string    `json:"email"`
	Name      string    `json:"name"`
	Phone     string    `json:"phone,omitempty"`
	Country   string    `json:"country"`
	Language  string    `json:"language"`
	Marketing bool      `json:"marketing"`
	Active    bool      `json:"active"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Address is a postal address of a customer.
type Address struct {
	ID         int64     `json:"id"`
	CustomerID int64     `json:"customer_id"`
	Label      string    `json:"label,omitempty"`
	Street     string    `json:"street"`
	City       string    `json:"city"`
	PostalCode string    `json:"postal_code"`
	Country    string    `json:"country"`
	IsDefault  bool      `json:"is_default"`
	CreatedAt  time.Time `json:"created_at"`
}

// OneLine formats the address for a label.
func (a Address) OneLine() string {
	return a.Street + ", " + a.PostalCode + " " + a.City + ", " + a.Country
}

// ProductStatus is the state of a product in the catalogue.
type ProductStatus string

// The states of a product.
const (
	ProductActive   ProductStatus = "active"
	ProductDraft    ProductStatus = "draft"
	ProductArchived ProductStatus = "archived"
)

// Product is an article in the catalogue.
type Product struct {
	ID          int64             `json:"id"`
	SKU         string            `json:"sku"`
	Slug        string            `json:"slug"`
	Name        string            `json:"name"`
	Description string            `json:"description"`
	CategoryID  int64             `json:"category_id"`
	Status      ProductStatus     `json:"status"`
	MaxPerOrder int               `json:"max_per_order"`
	WeightGrams int               `json:"weight_grams"`
	Tags        []string          `json:"tags"`
	Attributes  map[string]string `json:"attributes,omitempty"`
	CreatedAt   time.Time         `json:"created_at"`
	UpdatedAt   time.Time         `json:"updated_at"`
	ArchivedAt  *time.Time        `json:"archived_at,omitempty"`
}

// Category groups products.
type Category struct {
	ID       int64  `json:"id"`
	Slug     string `json:"slug"`
	Name     string `json:"name"`
	ParentID *int64 `json:"parent_id,omitempty"`
	Position int    `json:"position"`
}

// Price is what a product costs in one currency.
type Price struct {
	ProductID int64     `json:"product_id"`
	Money     Money     `json:"money"`
	UpdatedAt time.Time `json:"updated_at"`
}

// StockLevel is how much of a product lies in the warehouse.
type StockLevel struct {
	ProductID int64     `json:"product_id"`
	OnHand    int       `json:"on_hand"`
	Reserved  int       `json:"reserved"`
	ReorderAt int       `json:"reorder_at"`
	Bin       string    `json:"bin"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Available is what can still be sold.
func (l StockLevel) Available() int { return l.OnHand - l.Reserved }

// Cart statuses.
const (
	CartOpen       = "open"
	CartCheckedOut = "checked_out"
)

// Cart is a shopping cart.
type Cart struct {
	ID         string    `json:"id"`
	CustomerID *int64    `json:"customer_id,omitempty"`
	Currency   string    `json:"currency"`
	Status     string    `json:"status"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
}

// CartLine is an item of a cart, with what the other domains know about it.
type CartLine struct {
	ProductID int64  `json:"product_id"`
	SKU       string `json:"sku"`
	Name      string `json:"name"`
	Quantity  int    `json:"quantity"`
	UnitPrice Money  `json:"unit_price"`
	LineTotal Money  `json:"line_total"`
	Available int    `json:"available"`
	InStock   bool   `json:"in_stock"`
}

// Notification is a message to a customer.
type Notification struct {
	ID         int64      `json:"id"`
	CustomerID int64      `json:"customer_id"`
	Email      string     `json:"email,omitempty"`
	Channel    string     `json:"channel"`
	Subject    string     `json:"subject"`
	Body       string     `json:"body"`
	Urgent     bool       `json:"urgent"`
	ReadAt     *time.Time `json:"read_at,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
}
